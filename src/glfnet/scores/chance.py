"""What a test-selected score is worth when nothing is learnt: random labels, in each fold the best of several draws."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from glfnet.errors import SettingsError, ShapeError
from glfnet.scores.metrics import MEASURES, Metric, check_classes


@dataclass(frozen=True, slots=True)
class ChanceLevel:
    """Scores that random labels reach when each fold keeps its best draw; NaN where undefined.

    Attributes:
        by_metric: one for each of `metrics.MEASURES`; runs made before a measure existed lack it.
    """

    by_metric: Mapping[Metric, float]

    def of(self, metric: Metric) -> float:
        """Return the level of one metric; NaN where it was not computed."""
        return self.by_metric.get(metric, math.nan)

    @property
    def uf1(self) -> float:
        """Unweighted F1."""
        return self.of("uf1")

    @property
    def uar(self) -> float:
        """Unweighted average recall."""
        return self.of("uar")

    @property
    def accuracy(self) -> float:
        """Share of correct predictions."""
        return self.of("accuracy")


def chance_of_selection(
    truth: NDArray[np.int64],
    group: NDArray[np.generic],
    n_classes: int,
    looks: int,
    *,
    counted: NDArray[np.bool_] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> ChanceLevel:
    """Score random labels under selection on the test fold: what a test-selected score is worth when nothing is learnt.

    For each fold, `looks` uniformly random label vectors are drawn and the most accurate one is kept (the first, if
    several are equally accurate); these are pooled over folds and scored. They need not be drawn one by one: the best
    number of hits is the maximum of binomials, and given that number, which samples are hit and what the others are
    called is uniform.

    Args:
        truth: (N,) class indices.
        group: (N,) the fold in which each sample was held out, as numbers or text.
        n_classes: K.
        looks: how many predictions a fold chose among, such as the number of epochs; 1 is plain chance.
        counted: (N,) which samples are scored (one database of several); the choice always sees the whole fold.
        draws: repetitions to average over.
        seed: seed of the draws.

    Raises:
        ShapeError: if the arrays differ in length or a class index has no class.
        SettingsError: if `looks` or `draws` is below 1.

    Source:
        Varanka et al., "Data Leakage and Evaluation Issues in Micro-Expression Analysis", IEEE TAC 15(1), 2024, for the
        effect; the computation is ours.
    """
    if looks < 1 or draws < 1:
        raise SettingsError(f"looks and draws must be at least 1; got {looks} and {draws}.")
    if truth.ndim != 1 or group.shape != truth.shape:
        raise ShapeError(f"truth and group must both be (N,); got {truth.shape} and {group.shape}.")
    check_classes("truth", truth, n_classes)
    rng = np.random.default_rng(seed)
    chosen = _selected_at_random(truth, group, n_classes, looks, draws, rng)
    rows = np.ones(len(truth), dtype=np.bool_) if counted is None else counted
    cell = np.arange(draws)[:, None] * n_classes**2 + truth[rows] * n_classes + chosen[:, rows]
    confusions = np.bincount(cell.ravel(), minlength=draws * n_classes**2).reshape(draws, n_classes, n_classes)
    return ChanceLevel({metric: float(measure.of(confusions).mean()) for metric, measure in MEASURES.items()})


def _selected_at_random(
    truth: NDArray[np.int64],
    group: NDArray[np.generic],
    n_classes: int,
    looks: int,
    draws: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return (draws, N) labels: for each draw and fold, the most accurate of `looks` random label vectors."""
    _, fold, sizes = np.unique(group, return_inverse=True, return_counts=True)
    hits = _best_hits(sizes, 1 / n_classes, looks, draws, rng)[:, fold]
    by_chance = rng.random((draws, len(truth)))
    in_fold_order = np.lexsort((by_chance, np.broadcast_to(fold, by_chance.shape)), axis=-1)
    place_in_fold = np.arange(len(truth)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    place = np.empty(by_chance.shape, dtype=np.int64)
    np.put_along_axis(place, in_fold_order, np.broadcast_to(place_in_fold, place.shape), axis=-1)
    step = rng.integers(1, max(n_classes, 2), size=place.shape)  # any class but the true one
    return np.where(place < hits, truth, (truth + step) % n_classes)


def _best_hits(
    sizes: NDArray[np.intp], p: float, looks: int, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return (draws, folds) the largest of `looks` binomial(size, p) numbers, by inverting its distribution.

    The maximum is at most m with probability F(m)^looks, so it is the first m whose tail 1 - F(m) is at most
    1 - u^(1/looks), u uniform. Tails keep their digits where F is nearly 1.
    """
    u = 1.0 - rng.random((draws, len(sizes)))  # in (0, 1]: its logarithm exists
    tail = -np.expm1(np.log(u) / looks)
    tails = binom.sf(np.arange(sizes.max(initial=0))[:, None], sizes, p)  # (M, folds)
    return np.asarray((tails[None] > tail[:, None, :]).sum(1), dtype=np.int64)
