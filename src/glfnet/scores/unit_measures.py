"""Scores of one action unit: answers of many samples, and how often each sample counts, in; numbers out.

All take `truth` (N,) bool, `probability` (..., N) that the unit is there, and `weight` (..., N) >= 0, how often each
sample counts, and give (...): so resampling people, or exchanging their answers, is one call. A unit that no sample
that counts shows, or that all show, has no score: NaN.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

UnitMetric = Literal["f1", "f1_both", "auc", "average_precision"]

THRESHOLD = 0.5
"""A unit is said to be there from this probability on; fixed, never chosen."""


def f1(truth: Truth, probability: Floats, weight: Floats) -> Floats:
    """Return F1 of the answer that the unit is there: 2 TP / (2 TP + FP + FN)."""
    return _f1(truth, probability >= THRESHOLD, weight)


def f1_both(truth: Truth, probability: Floats, weight: Floats) -> Floats:
    """Return the mean of F1 of "there" and F1 of "not there"; some papers call this F1, or macro F1."""
    said = probability >= THRESHOLD
    return (_f1(truth, said, weight) + _f1(~truth, ~said, weight)) / 2


def auc(truth: Truth, probability: Floats, weight: Floats) -> Floats:
    """Return the area under the ROC curve: the chance that a sample with the unit gets more than one without.

    Equal probabilities count half. Guessing gives 0.5.
    """
    there, absent, ends = _sorted(truth, probability, weight)
    below = np.concatenate([np.zeros((*absent.shape[:-1], 1)), np.cumsum(absent, axis=-1)], axis=-1)
    lower, upper = _at(below, ends[0]), _at(below, ends[1])
    won = (there * (lower + upper) / 2).sum(-1)
    return _ratio(won, there.sum(-1) * absent.sum(-1))


def average_precision(truth: Truth, probability: Floats, weight: Floats) -> Floats:
    """Return the average precision: precision at each threshold, weighted by the recall that it adds.

    Guessing gives the share of samples that show the unit.
    """
    there, absent, ends = _sorted(truth, -probability, weight)
    said, found = np.cumsum(there + absent, axis=-1), np.cumsum(there, axis=-1)
    last = ends[1] - 1
    precision = _ratio(_at(found, last), _at(said, last))
    gained = np.where(there > 0, there * np.nan_to_num(precision), 0.0).sum(-1)
    return _ratio(np.where(absent.sum(-1) > 0, gained, np.nan), there.sum(-1))


@dataclass(frozen=True, slots=True)
class UnitMeasure:
    """A score of one unit.

    Attributes:
        name: as people write it.
        says: what it is.
        of: computes it.
        of_order: whether it depends on the order of the probabilities alone, not on how large they are.
    """

    name: str
    says: str
    of: Callable[[Truth, Floats, Floats], Floats]
    of_order: bool = False


UNIT_MEASURES: Mapping[UnitMetric, UnitMeasure] = MappingProxyType(
    {
        "f1": UnitMeasure("F1", "F1 of the answer that the unit is there", f1),
        "f1_both": UnitMeasure("F1 both", 'mean of F1 of "there" and of "not there"', f1_both),
        "auc": UnitMeasure("AUC", "area under the ROC curve; guessing gives 0.5", auc, of_order=True),
        "average_precision": UnitMeasure(
            "AP",
            "average precision; guessing gives the share of clips that show the unit",
            average_precision,
            of_order=True,
        ),
    }
)
"""Every measure, in the order in which tables show them."""


def _f1(truth: Truth, said: Truth, weight: Floats) -> Floats:
    hits = (weight * (truth & said)).sum(-1)
    support, named = (weight * truth).sum(-1), (weight * said).sum(-1)
    defined = (support > 0) & ((weight * ~truth).sum(-1) > 0)
    return _ratio(2 * hits, np.where(defined, support + named, 0))


def _sorted(truth: Truth, value: Floats, weight: Floats) -> tuple[Floats, Floats, tuple[NDArray[Any], NDArray[Any]]]:
    """Return weights of samples with and without the unit by rising value, and where each group of equal ones ends.

    Both are (..., N); the ends are positions of the first of a group and of the first after it.
    """
    order = np.argsort(value, axis=-1, kind="stable")
    shape = np.broadcast_shapes(order.shape, weight.shape)
    weight = np.take_along_axis(np.broadcast_to(weight, shape), np.broadcast_to(order, shape), axis=-1)
    there = np.broadcast_to(truth[order], shape)
    ranked = np.take_along_axis(value, order, axis=-1)
    n = value.shape[-1]
    new = np.concatenate([np.ones((*ranked.shape[:-1], 1), dtype=bool), np.diff(ranked, axis=-1) != 0], axis=-1)
    first = np.maximum.accumulate(np.where(new, np.arange(n), 0), axis=-1)
    starts = np.concatenate([new[..., 1:], np.ones((*ranked.shape[:-1], 1), dtype=bool)], axis=-1)
    after = np.minimum.accumulate(np.where(starts, np.arange(1, n + 1), n)[..., ::-1], axis=-1)[..., ::-1]
    return weight * there, weight * ~there, (np.broadcast_to(first, shape), np.broadcast_to(after, shape))


def _at(values: Floats, places: NDArray[Any]) -> Floats:
    return np.take_along_axis(values, places, axis=-1)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    undefined = np.full(np.shape(denominator), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=undefined, where=np.asarray(denominator) > 0))
