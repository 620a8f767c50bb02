"""What a linear model gains from other looks at the same clips: scales, phases, renditions, databases, made-up fields.

    python scripts/linear_variants.py FLOWS_B.npz --crop b --other FLOWS_A.npz

Quick tries before a network is given the same: each is logistic regression on maps of 14 x 14 pixels (centred, divided
by their deviation, cut at three deviations, mirrored in training and test, classes weighted equally), one person left
out at a time, some seconds each. Prints the rows of docs/measurements.md, with 95 % intervals over subjects.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from field_scores import shown
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional as F
from train_free_weights import CLIP, rows

from glfnet.config.settings import InputSettings
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.model.inputs import mirrored
from glfnet.samples.flow_npz import read_flow_npz
from glfnet.settings_page import read_settings
from glfnet.synthetic.fields.draw import draw_fields

C = 4e-3
FIELDS = 6_000
PULL = 250.0  # strength of the L2 penalty about what fields say; as C = 4e-3 is about zero
_INPUTS = InputSettings(clip=CLIP)

Floats = NDArray[np.float64]
Answer = Callable[[Floats, NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]], Floats]
"""Both views (2, N, F), truth, rows to train on and rows held out -> probabilities of each held-out view (2, n, K)."""


def views(maps: NDArray[np.float32], side: int = 14) -> Floats:
    """Return (2, N, F): maps and their mirror images, averaged to so many pixels a side."""
    small = shown(maps)
    both = [F.adaptive_avg_pool2d(view, side).flatten(1) for view in (small, mirrored(small, _INPUTS))]
    return np.stack([view.numpy().astype(np.float64) for view in both])


def left_out(data: LabelledSet, features: Floats, answer: Answer) -> Floats:
    """Return (N, K): what is said of each clip by a model that saw other people only."""
    subjects = np.array([str(sample.subject) for sample in data.flow.samples])
    said = np.zeros((len(subjects), len(data.classes)))
    for subject in np.unique(subjects):
        train, test = np.flatnonzero(subjects != subject), np.flatnonzero(subjects == subject)
        said[test] = answer(features, data.truth, train, test).mean(axis=0)
    return said


def ridge(c: float = C) -> Answer:
    """Return logistic regression as scikit-learn has it."""

    def answer(features: Floats, truth: NDArray[np.int64], train: NDArray[np.intp], test: NDArray[np.intp]) -> Floats:
        regression = LogisticRegression(C=c, class_weight="balanced", max_iter=3000)
        model = make_pipeline(StandardScaler(), regression)
        model.fit(np.concatenate(list(features[:, train])), np.tile(truth[train], 2))
        return np.stack([model.predict_proba(view) for view in features[:, test]])

    return answer


def without_database_means(databases: NDArray[np.str_]) -> Answer:
    """Return the same after the mean map of each database, over the people trained on, is taken out."""

    def answer(features: Floats, truth: NDArray[np.int64], train: NDArray[np.intp], test: NDArray[np.intp]) -> Floats:
        centred = features.copy()
        for database in np.unique(databases):
            of_training = features[:, train[databases[train] == database]]
            if of_training.size:
                centred[:, databases == database] -= of_training.mean(axis=(0, 1))
        return ridge()(centred, truth, train, test)

    return answer


def about_fields(crop: str, size_px: int, seed: int = 0) -> Answer:
    """Return logistic regression whose weights are pulled not to zero but to what made-up fields have taught."""
    fields = draw_fields(FIELDS, seed=seed, crop=crop, size_px=size_px)
    known = views(fields.maps)[0]
    scale, truth_of_fields = known.std(axis=0), fields.truth.astype(np.int64)
    start = penalised(known / scale, truth_of_fields, torch.zeros(3, known.shape[1] + 1, dtype=torch.float64))

    def answer(features: Floats, truth: NDArray[np.int64], train: NDArray[np.intp], test: NDArray[np.intp]) -> Floats:
        weights = penalised(np.concatenate(list(features[:, train])) / scale, np.tile(truth[train], 2), start)
        logits = torch.from_numpy(features[:, test] / scale) @ weights[:, :-1].T + weights[:, -1]
        return np.asarray(logits.softmax(dim=2))

    return answer


def penalised(features: Floats, truth: NDArray[np.int64], about: Tensor) -> Tensor:
    """Return (K, F + 1), the last column the bias, of least loss plus the penalty on the way from `about`."""
    x, y = torch.from_numpy(features), torch.from_numpy(truth)
    balanced = len(truth) / (len(about) * torch.from_numpy(np.bincount(truth, minlength=len(about))).clamp(min=1))
    # A field is worth less than a clip: however many there are, together they count as the clips of one fold do.
    worth = balanced[y] * min(1.0, 2 * PULL / len(truth))
    weights = about.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=40, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = (worth * F.cross_entropy(x @ weights[:, :-1].T + weights[:, -1], y, reduction="none")).sum()
        loss = loss + PULL / 2 * ((weights - about)[:, :-1] ** 2).sum()
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)
    return weights.detach()


def variants(flows: Path, data: LabelledSet, crop: str, other: Path | None) -> Mapping[str, tuple[Floats, Answer]]:
    """Return what is tried, by name: what the model sees, and how it answers."""
    maps = data.flow.maps
    databases = np.array([sample.subject.database for sample in data.flow.samples])
    plain = views(maps)
    found = {
        "14 x 14": (plain, ridge()),
        "7 x 7": (views(maps, 7), ridge(1e-2)),
        "14 x 14, 7 x 7 and 4 x 4": (np.concatenate([plain, views(maps, 7), views(maps, 4)], axis=2), ridge(2e-3)),
        "without each database's mean map": (plain, without_database_means(databases)),
        "pulled to what made-up fields say": (plain, about_fields(crop, maps.shape[-1])),
    }
    if np.load(flows)["flow"].ndim == 5:
        onward = views(read_flow_npz(flows, phase=1).maps)
        found["apex to offset alone"] = (onward, ridge())
        found["apex to offset beside"] = (np.concatenate([plain, onward], axis=2), ridge(2e-3))
    if other is not None:
        same = read_flow_npz(other)
        place = {sample.sample_id: i for i, sample in enumerate(same.samples)}
        ordered = same.maps[[place[sample.sample_id] for sample in data.flow.samples]]
        found["both renditions side by side"] = (np.concatenate([plain, views(ordered)], axis=2), ridge(2e-3))
    return found


def main() -> None:
    """Print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows", type=Path, help="maps of the development subjects, .npz")
    parser.add_argument("--crop", default="b", help="which crop to draw fields for")
    parser.add_argument("--other", type=Path, help="the same clips in another rendition, .npz")
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = label_samples(read_flow_npz(given.flows), read_settings("glfnet").protocol)
    tried = variants(given.flows, data, given.crop, given.other)
    for name, (features, answer) in track(tried.items(), "variants", console=Console(stderr=True)):
        print(
            next(rows(given.crop, data, left_out(data, features, answer)[None])).replace("one of 1", name), flush=True
        )


if __name__ == "__main__":
    main()
