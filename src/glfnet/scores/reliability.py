"""How far probabilities can be trusted, and the temperature that makes them more trustworthy.

A classifier is calibrated if eight in ten of the answers that it gives with probability 0.8 are right. Temperature
scaling (`glfnet.scores.calibration`) brings a network closer to that.

Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from glfnet.errors import ShapeError
from glfnet.scores.calibration import Probabilities, calibrated

Truth = NDArray[np.int64]
"""(N,), class indices from 0."""

BINS = 10

_COLDEST, _HOTTEST = 0.05, 20.0  # beyond these, one class takes all, or all classes are equally probable
_LEAST = 5e-7  # half of the last digit of a prediction table, so that a zero there is not infinitely wrong


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Answers sorted into bins of equal width by the probability of the most probable class.

    Attributes:
        count: (B,) answers in each bin; bin b holds probabilities from b / B to below (b + 1) / B, the last also 1.
        confidence: (B,) mean probability of the answers in it; NaN where there is none.
        accuracy: (B,) share of them that are right; NaN where there is none.
    """

    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error: mean of |confidence - accuracy|, bins weighted by their count."""
        filled = self.count > 0
        gaps = np.abs(self.confidence - self.accuracy)[filled]
        return float((gaps * self.count[filled]).sum() / self.count.sum())


def fit_temperature(probabilities: Probabilities, truth: Truth) -> float:
    """Return the temperature that makes held-out probabilities most likely to give what was true.

    Above 1 the classifier was too confident, below 1 not confident enough. Limited to 0.05 .. 20: if every answer is
    right, or the probabilities contain no information, there is no best temperature.

    Args:
        probabilities: (N, K) of samples that the classifier was not trained on.
        truth: (N,) class indices.

    Raises:
        ShapeError: if the arrays do not fit, or there is no sample.
    """
    _check(probabilities, truth)

    def loss(log_temperature: float) -> float:
        return float(negative_log_likelihood(calibrated(probabilities, np.exp(log_temperature)), truth).mean())

    limits = (np.log(_COLDEST), np.log(_HOTTEST))  # has one minimum: the loss is convex in 1 / T
    found = minimize_scalar(loss, bounds=limits, method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def cross_fitted(probabilities: Probabilities, truth: Truth, subjects: NDArray[Any]) -> Probabilities:
    """Return calibrated probabilities, those of each subject by the temperature fitted on all other subjects.

    They show what the temperature is worth for new people; one fitted on all subjects would look better than it is.

    Args:
        probabilities: (N, K), held out.
        truth: (N,) class indices.
        subjects: (N,) whose sample it is; two subjects or more.

    Raises:
        ShapeError: if the arrays do not fit or there is one subject only.
    """
    out = np.empty_like(probabilities)
    for subject in np.unique(subjects):
        own = subjects == subject
        out[own] = calibrated(probabilities[own], fit_temperature(probabilities[~own], truth[~own]))
    return out


def negative_log_likelihood(probabilities: Probabilities, truth: Truth) -> NDArray[np.float64]:
    """Return (N,) -log of the probability that the true class was given."""
    given = probabilities[np.arange(len(truth)), truth]
    return np.asarray(-np.log(np.maximum(given, _LEAST)))


def brier_score(probabilities: Probabilities, truth: Truth) -> NDArray[np.float64]:
    """Return (N,) squared distances to the truth, summed over the classes: 0 to 2."""
    return np.asarray(((probabilities - np.eye(probabilities.shape[1])[truth]) ** 2).sum(axis=1))


def reliability(probabilities: Probabilities, truth: Truth, bins: int = BINS) -> Reliability:
    """Return how often answers are right, by how probable they were said to be.

    Raises:
        ShapeError: if the arrays do not fit, or there is no sample.
    """
    _check(probabilities, truth)
    right = probabilities.argmax(axis=1) == truth
    return _binned(probabilities.max(axis=1), right, bins)


def expected_calibration_error(probabilities: Probabilities, truth: Truth, bins: int = BINS) -> float:
    """Return the mean distance between confidence and accuracy over bins of equal width; see `Reliability`."""
    return reliability(probabilities, truth, bins).error


def error_of_the_calibrated(
    probabilities: Probabilities, bins: int = BINS, *, draws: int = 2_000, seed: int = 0
) -> float:
    """Return the expected calibration error that these probabilities would show if they were exactly right.

    Never 0: in a bin of few answers, the share that is right departs from its probability by chance. The mean over
    draws of which answers are right.
    """
    confidence = probabilities.max(axis=1)
    rng = np.random.default_rng(seed)
    return float(
        np.mean([_binned(confidence, rng.random(len(confidence)) < confidence, bins).error for _ in range(draws)])
    )


def subject_interval(
    statistic: Callable[[NDArray[np.intp]], float],
    subjects: NDArray[Any],
    *,
    resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return a percentile bootstrap interval over subjects of any number that is computed from samples.

    Subjects are drawn with replacement, all their samples together, as `resampling.interval` does for scores that
    are a function of a confusion matrix.

    Args:
        statistic: is called with positions of samples, some of them repeated; where it is NaN, it is left out.
        subjects: (N,) whose sample it is.
        resamples: how many times to draw.
        seed: of the drawing.
        level: share of the resampled numbers that the interval holds.
    """
    rows = [np.flatnonzero(subjects == subject) for subject in np.unique(subjects)]
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))])) for _ in range(resamples)
    ]
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _binned(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int) -> Reliability:
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    nothing = np.full(bins, np.nan)
    means = (
        np.divide(np.bincount(place, weights, bins), count, out=nothing.copy(), where=count > 0)
        for weights in (confidence, right)
    )
    return Reliability(count.astype(np.int64), *means)


def _check(probabilities: Probabilities, truth: Truth) -> None:
    if probabilities.ndim != 2 or truth.shape != probabilities.shape[:1] or not len(truth):
        raise ShapeError(
            f"probabilities must be (N, K) and truth (N,), N at least 1; got {probabilities.shape} and {truth.shape}."
        )
    if truth.min() < 0 or truth.max() >= probabilities.shape[1]:
        raise ShapeError(
            f"truth must be class indices 0 to {probabilities.shape[1] - 1}; got {truth.min()} to {truth.max()}."
        )
