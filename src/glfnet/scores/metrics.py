"""UF1, UAR, accuracy, weighted F1 and per-class scores: confusion matrices in, numbers out.

A confusion matrix is (..., K, K): rows are the truth, columns the prediction, any leading axes. Matrices are added
up over all folds before they are scored; a score is never averaged over folds. Entries may be counts, or counts
averaged over seeds.

A class without a true sample makes UF1 and UAR undefined: the result is NaN, never an average of the other classes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ShapeError

Confusion = NDArray[np.int64] | NDArray[np.float64]

Metric = Literal["uf1", "uar", "accuracy", "weighted_f1"]


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """Scores of each class, arrays of shape (..., K).

    Attributes:
        precision: TP / (TP + FP); NaN for a class that was never predicted.
        recall: TP / (TP + FN); NaN for a class without a true sample.
        f1: 2 TP / (2 TP + FP + FN); NaN for a class without a true sample, as in UF1.
        support: the number of true samples.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.float64]


def confusion(truth: NDArray[np.int64], prediction: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """Count how often each class was predicted as each class.

    Args:
        truth: (N,) class indices from 0.
        prediction: (N,) class indices from 0.
        n_classes: K, given by the caller because a class may be absent from both arrays.

    Returns:
        (K, K) counts, rows = truth, columns = prediction.

    Raises:
        ShapeError: if the arrays differ in length or hold an index outside 0..K-1.
    """
    if truth.shape != prediction.shape or truth.ndim != 1:
        raise ShapeError(f"truth and prediction must both be (N,); got {truth.shape} and {prediction.shape}.")
    check_classes("truth", truth, n_classes)
    check_classes("prediction", prediction, n_classes)
    counts = np.bincount(truth * n_classes + prediction, minlength=n_classes**2)
    return counts.astype(np.int64).reshape(n_classes, n_classes)


def uf1(confusion: Confusion) -> NDArray[np.float64]:
    """Return the unweighted F1: the mean over the K classes of 2 TP / (2 TP + FP + FN).

    Papers that score one database call it F1 or macro F1. Some have another macro F1, the harmonic mean of the mean
    precision and the mean recall; this is not it.

    Args:
        confusion: (..., K, K), pooled over all folds.

    Returns:
        (...) in 0..1; NaN where a class has no true sample.

    Raises:
        ShapeError: if the last two axes are not K by K.

    Source:
        See et al., "MEGC 2019 - The Second Facial Micro-Expressions Grand Challenge", FG 2019.
    """
    return np.asarray(per_class(confusion).f1.mean(-1))


def uar(confusion: Confusion) -> NDArray[np.float64]:
    """Return the unweighted average recall: the mean over the K classes of TP / N_c.

    Args:
        confusion: (..., K, K), pooled over all folds.

    Returns:
        (...) in 0..1; NaN where a class has no true sample.

    Raises:
        ShapeError: if the last two axes are not K by K.

    Source:
        See et al., "MEGC 2019 - The Second Facial Micro-Expressions Grand Challenge", FG 2019.
    """
    return np.asarray(per_class(confusion).recall.mean(-1))


def accuracy(confusion: Confusion) -> NDArray[np.float64]:
    """Return the share of samples that are predicted correctly.

    Args:
        confusion: (..., K, K), pooled over all folds.

    Returns:
        (...) in 0..1; NaN where there is no sample at all.

    Raises:
        ShapeError: if the last two axes are not K by K.
    """
    _check_square(confusion)
    return _ratio(_hits(confusion).sum(-1), confusion.sum((-2, -1)))


def weighted_f1(confusion: Confusion) -> NDArray[np.float64]:
    """Return the mean over classes of 2 TP / (2 TP + FP + FN), each class weighted by the number of its true samples.

    It is scikit-learn's `f1_score(average="weighted")`. Where classes are as unequal as in micro-expression databases
    it is usually higher than UF1, so a paper that says "F1" and no more is not safely compared with either.

    Args:
        confusion: (..., K, K), pooled over all folds.

    Returns:
        (...) in 0..1; NaN where there is no sample at all. A class without a true sample has no weight.

    Raises:
        ShapeError: if the last two axes are not K by K.
    """
    scores = per_class(confusion)
    return _ratio(np.nansum(scores.f1 * scores.support, axis=-1), scores.support.sum(-1))


def per_class(confusion: Confusion) -> ClassScores:
    """Return precision, recall, F1 and support of each class of a (..., K, K) confusion matrix.

    Raises:
        ShapeError: if the last two axes are not K by K.
    """
    _check_square(confusion)
    hits, support, predicted = _hits(confusion), confusion.sum(-1), confusion.sum(-2)
    # 2 TP + FP + FN is support + predicted; zeroed without support, so that the ratio is NaN there.
    f1 = _ratio(2 * hits, np.where(support > 0, support + predicted, 0))
    return ClassScores(
        precision=_ratio(hits, predicted),
        recall=_ratio(hits, support),
        f1=f1,
        support=support.astype(np.float64),
    )


def check_classes(name: str, values: NDArray[np.int64], n_classes: int) -> None:
    """Raise ShapeError, naming the array, if a class index lies outside 0..n_classes-1."""
    outside = values[(values < 0) | (values >= n_classes)]
    if outside.size:
        raise ShapeError(
            f"{name} holds class index {outside[0]}; expected 0 to {n_classes - 1}, for {n_classes} classes."
        )


def _check_square(confusion: Confusion) -> None:
    if confusion.ndim < 2 or confusion.shape[-1] != confusion.shape[-2]:
        raise ShapeError(f"a confusion matrix must be (..., K, K), rows = truth; got {confusion.shape}.")


def _hits(confusion: Confusion) -> NDArray[np.float64]:
    return np.diagonal(confusion, axis1=-2, axis2=-1).astype(np.float64)


def _ratio(numerator: Confusion, denominator: Confusion) -> NDArray[np.float64]:
    undefined = np.full(np.shape(denominator), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=undefined, where=np.asarray(denominator) > 0))


@dataclass(frozen=True, slots=True)
class Measure:
    """A score of a run: its name as people write it, and what computes it, (..., K, K) to (...), NaN if undefined."""

    name: str
    of: Callable[[Confusion], NDArray[np.float64]]


MEASURES: Mapping[Metric, Measure] = MappingProxyType(
    {
        "uf1": Measure("UF1", uf1),
        "uar": Measure("UAR", uar),
        "accuracy": Measure("Accuracy", accuracy),
        "weighted_f1": Measure("Weighted F1", weighted_f1),
    }
)
"""Every measure, in the order in which tables show them; scores, chance levels, files and tables follow from it."""
