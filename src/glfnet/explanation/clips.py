"""Many clips at once: their mean maps by group, where they lie on a plane, and those that every seed gets wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score

from glfnet.scores.predictions import Predictions
from glfnet.scores.unit_measures import THRESHOLD
from glfnet.scores.unit_predictions import UNKNOWN, UnitPredictions, unit_name
from glfnet.threads import processor_threads

LEAST_CLIPS = 5
"""Fewer clips have no mean map: it would show these clips, not what they have in common."""

_LEAST_TSNE = 10  # clips; below, neighbourhoods mean nothing
_PERPLEXITY = 30.0  # the library's own, less where there are few clips


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanMap:
    """The mean of a group's maps, (C, H, W), and of how many clips it is."""

    name: str
    clips: int
    map: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """N clips as points of a plane.

    Attributes:
        pca: (N, 2), the first two principal components.
        explained: the share of all variance in each of them.
        tsne: (N, 2); None where there are too few clips.
        silhouettes: name of a grouping -> how much nearer a clip lies to its own group than to the next one, -1..1, in
            the space of whole maps; None where it has no meaning.
    """

    pca: NDArray[np.float64]
    explained: tuple[float, float]
    tsne: NDArray[np.float64] | None
    silhouettes: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Missed:
    """A clip that every seed gets wrong.

    Attributes:
        sample_id: the clip.
        asked: `class`, or a unit such as `AU4`.
        truth: what is right.
        said: what most seeds say instead.
        probability: of what is right, the mean over seeds.
    """

    sample_id: str
    asked: str
    truth: str
    said: str
    probability: float


def mean_maps(maps: NDArray[np.float32], groups: Mapping[str, NDArray[np.bool_]]) -> tuple[MeanMap, ...]:
    """Return the mean map of each group that has enough clips.

    Args:
        maps: (N, C, H, W).
        groups: name -> (N,), which clips belong to it.
    """
    return tuple(
        MeanMap(name=name, clips=int(rows.sum()), map=maps[rows].mean(axis=0))
        for name, rows in groups.items()
        if rows.sum() >= LEAST_CLIPS
    )


def plane(maps: NDArray[np.float32], groupings: Mapping[str, Sequence[str]]) -> Plane | None:
    """Return where clips lie on a plane, by principal components and by t-SNE; None for fewer than three clips.

    Args:
        maps: (N, C, H, W).
        groupings: name -> the group of each clip.

    Source:
        van der Maaten & Hinton, "Visualizing Data using t-SNE", JMLR 2008; Rousseeuw, "Silhouettes", 1987.
    """
    flat = maps.reshape(len(maps), -1).astype(np.float64)
    if len(flat) < 3 or not np.ptp(flat, axis=0).any():
        return None
    with processor_threads():
        pca = PCA(n_components=2, svd_solver="full").fit(flat)
        spread = None
        if len(flat) >= _LEAST_TSNE:
            perplexity = min(_PERPLEXITY, (len(flat) - 1) / 3)
            spread = TSNE(n_components=2, perplexity=perplexity, init="pca", random_state=0).fit_transform(flat)
        silhouettes = {name: _silhouette(flat, groups) for name, groups in groupings.items()}
        return Plane(
            pca=np.asarray(pca.transform(flat)),
            explained=(float(pca.explained_variance_ratio_[0]), float(pca.explained_variance_ratio_[1])),
            tsne=None if spread is None else np.asarray(spread, dtype=np.float64),
            silhouettes=silhouettes,
        )


def _silhouette(flat: NDArray[np.float64], groups: Sequence[str]) -> float | None:
    return float(silhouette_score(flat, list(groups))) if 2 <= len(set(groups)) < len(flat) else None


def missed_classes(table: Predictions) -> tuple[Missed, ...]:
    """Return the clips whose class every seed gets wrong."""
    found = []
    for sample_id in np.unique(table.sample_id).tolist():
        rows = table.sample_id == sample_id
        truth = int(table.truth[rows][0])
        said = table.prediction[rows]
        if (said != truth).all():
            most = int(np.bincount(said).argmax())
            found.append(
                Missed(
                    sample_id=sample_id, asked="class", truth=table.classes[truth], said=table.classes[most],
                    probability=float(table.probabilities[rows, truth].mean()),
                )
            )  # fmt: skip
    return tuple(sorted(found))


def missed_units(table: UnitPredictions) -> tuple[Missed, ...]:
    """Return the clips of which every seed gets a unit wrong, one by one."""
    found = []
    for sample_id in np.unique(table.sample_id).tolist():
        rows = table.sample_id == sample_id
        for place, unit in enumerate(table.units):
            truth = int(table.truth[rows, place][0])
            probabilities = table.probabilities[rows, place]
            if truth != UNKNOWN and ((probabilities >= THRESHOLD) != bool(truth)).all():
                there, not_there = ("there", "not there") if truth else ("not there", "there")
                mean = float(probabilities.mean())
                found.append(
                    Missed(
                        sample_id=sample_id, asked=unit_name(unit), truth=there, said=not_there,
                        probability=mean if truth else 1 - mean,
                    )
                )  # fmt: skip
    return tuple(sorted(found))
