"""How certain a score is: intervals over subjects, paired tests between runs, and Holm's correction for several tests.

People, not clips, are the independent draws, so everything here resamples or permutes whole subjects. Confusions are
(S, R, K, K): one matrix for each subject and seed. All functions are seeded: the same call gives the same numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ProtocolError, SettingsError, ShapeError
from glfnet.scores.metrics import Confusion, check_classes
from glfnet.scores.predictions import Predictions
from glfnet.scores.unit_predictions import UnitPredictions

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_CHUNK = 2_000  # resamples handled at once: bounds memory, and is part of what a seed means
_NAMED = 3  # sample ids shown in an error
_ROUNDING = 1e-12  # two statistics closer than this are equal: their sums were only added in another order


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """A score, its spread over seeds, and its interval over subjects.

    Attributes:
        mean: mean over the seeds of the pooled score; NaN where it is undefined.
        sd: standard deviation over the seeds (n - 1); NaN for a single seed, which shows no spread.
        low: lower end of the interval over subjects; NaN where no resample was defined, and for a single subject.
        high: upper end, likewise.
        undefined_share: share of the resamples in which the score was undefined; these were left out. NaN where it is
            unknown, because the interval was read from a file.
    """

    mean: float
    sd: float
    low: float
    high: float
    undefined_share: float = np.nan

    @property
    def is_defined(self) -> bool:
        """Whether there is a score at all."""
        return not np.isnan(self.mean)


UNDEFINED = ConfidenceInterval(*[np.nan] * 4)
"""What stands where there is no score."""


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Result of `paired_test`: the difference a - b, its two-sided p-value, and how many permutations gave it."""

    difference: float
    p_value: float
    permutations: int


def rows_by_seed(predictions: Predictions | UnitPredictions) -> NDArray[np.intp]:
    """Return (R, N) row numbers: a line for each seed, in order of sample id, so that column n is one sample.

    Raises:
        ProtocolError: if there is no row, or the seeds do not hold the same samples once each, with one truth and fold.
    """
    seeds = predictions.seeds
    if not seeds:
        raise ProtocolError("there are no predictions to score. Run `glfnet evaluate` first.")
    order = np.lexsort((predictions.sample_id, predictions.seed))
    seed, sample = predictions.seed[order], predictions.sample_id[order]
    repeated = (seed[1:] == seed[:-1]) & (sample[1:] == sample[:-1])
    _refuse("appear twice for one seed", list(sample[1:][repeated]))
    samples, seen = np.unique(predictions.sample_id, return_counts=True)
    _refuse("lack a prediction for some seed", list(samples[seen != len(seeds)]))
    rows = order.reshape(len(seeds), len(samples))
    for name, column in (("truth", predictions.truth[rows]), ("fold", predictions.fold[rows])):
        changes = (column != column[0]).any(0).reshape(len(samples), -1).any(1)  # a truth may have several columns
        _refuse(f"change their {name} from seed to seed", list(samples[changes]))
    return rows


def first_few(samples: Sequence[str]) -> str:
    """Return the first few sample ids and how many more there are, for the text of an error."""
    more = len(samples) - _NAMED
    return ", ".join(str(s) for s in samples[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def subject_confusions(predictions: Predictions) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Count a confusion matrix for each subject and seed.

    Args:
        predictions: a complete run; its column `prediction` is counted.

    Returns:
        The S subjects (`database/subject`, sorted) and (S, R, K, K) counts, seeds in order, rows = truth.

    Raises:
        ProtocolError: see `rows_by_seed`.
        ShapeError: if a class index has no class.
    """
    seeds, n_classes = len(rows_by_seed(predictions)), len(predictions.classes)
    check_classes("truth", predictions.truth, n_classes)
    check_classes("prediction", predictions.prediction, n_classes)
    subjects, subject = np.unique(predictions.subject, return_inverse=True)
    seed = np.unique(predictions.seed, return_inverse=True)[1]
    shape = (len(subjects), seeds, n_classes, n_classes)
    cell = np.ravel_multi_index((subject, seed, predictions.truth, predictions.prediction), shape)
    counts = np.bincount(cell, minlength=int(np.prod(shape))).astype(np.int64).reshape(shape)
    return tuple(str(s) for s in subjects), counts


def interval(
    confusions: Confusion, statistic: Statistic, *, resamples: int = 10_000, seed: int = 0, level: float = 0.95
) -> ConfidenceInterval:
    """Return the mean over seeds of a pooled score, with a percentile bootstrap interval over subjects.

    Subjects are drawn with replacement, all their clips and seeds together. A resample that lacks a class has no UF1;
    it is left out and counted in `undefined_share`.

    Args:
        confusions: (S, R, K, K), from `subject_confusions`.
        statistic: a score of `metrics`, (..., K, K) -> (...).
        resamples: how many resamples of subjects.
        seed: seed of the resampling; one seed draws the same subjects for every score.
        level: share of the resampled scores that the interval holds.

    Raises:
        ShapeError: if `confusions` is not (S, R, K, K).

    Source:
        Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    _check_shape(confusions)
    over_seeds = statistic(confusions.sum(0).astype(np.float64))
    drawn = _bootstrap([confusions], statistic, resamples, seed)[0]
    low, high, undefined = percentiles(drawn, len(confusions), level)
    return ConfidenceInterval(float(over_seeds.mean()), seed_sd(over_seeds), low, high, undefined)


def difference_interval(
    a: Confusion,
    b: Confusion,
    statistic: Statistic,
    *,
    resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> ConfidenceInterval:
    """Return score(a) - score(b), each a mean over its own seeds, with a paired bootstrap interval over subjects.

    Both runs are scored on the same resampled subjects, so that what makes a subject hard for both cancels.

    Args:
        a: (S, R_a, K, K); the runs may have different numbers of seeds.
        b: (S, R_b, K, K), the same subjects in the same order.
        statistic: a score of `metrics`.
        resamples: how many resamples of subjects.
        seed: seed of the resampling.
        level: share of the resampled differences that the interval holds.

    Returns:
        As `interval`; `sd` is the spread of the difference between one seed of each, sqrt(sd_a^2 + sd_b^2).

    Raises:
        ShapeError: if the shapes do not fit.
        ProtocolError: if a subject's true classes differ between the runs.
    """
    _check_paired(a, b)
    score_a, score_b = (statistic(c.sum(0).astype(np.float64)) for c in (a, b))
    drawn_a, drawn_b = _bootstrap([a, b], statistic, resamples, seed)
    low, high, undefined = percentiles(drawn_a - drawn_b, len(a), level)
    spread = float(np.hypot(seed_sd(score_a), seed_sd(score_b)))
    return ConfidenceInterval(float(score_a.mean() - score_b.mean()), spread, low, high, undefined)


def paired_test(
    a: Confusion, b: Confusion, statistic: Statistic, *, permutations: int = 10_000, seed: int = 0
) -> PairedTest:
    """Test whether two runs differ, by swapping the runs of randomly chosen subjects.

    If the runs were equally good, each subject's two results could as well be swapped. Confusions are first averaged
    over seeds, so that runs with different numbers of seeds can be swapped. For UF1 the tested difference is therefore
    that of the seed-averaged confusions, which differs slightly from the difference of mean scores.

    Args:
        a: (S, R_a, K, K).
        b: (S, R_b, K, K), the same subjects in the same order.
        statistic: a score of `metrics`.
        permutations: how many random swaps.
        seed: seed of the swaps.

    Returns:
        The difference a - b and p = (c + 1) / (permutations + 1), c the swaps with at least that absolute difference;
        both NaN where the score is undefined.

    Raises:
        ShapeError: if the shapes do not fit.
        ProtocolError: if a subject's true classes differ between the runs.

    Source:
        Phipson and Smyth, "Permutation p-values should never be zero", SAGMB 9(1), 2010.
    """
    _check_paired(a, b)
    mean_a, mean_b = a.mean(1), b.mean(1)
    observed = float(statistic(mean_a.sum(0)) - statistic(mean_b.sum(0)))
    if np.isnan(observed):
        return PairedTest(observed, np.nan, permutations)
    rng = np.random.default_rng(seed)
    as_extreme = 0
    for size in chunks(permutations):
        swapped = rng.integers(0, 2, size=(size, len(a))).astype(np.float64)
        moved = np.tensordot(swapped, mean_b - mean_a, axes=1)
        difference = statistic(mean_a.sum(0) + moved) - statistic(mean_b.sum(0) - moved)
        as_extreme += int((np.abs(difference) >= abs(observed) - _ROUNDING).sum())
    return PairedTest(observed, (as_extreme + 1) / (permutations + 1), permutations)


def holm(p_values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p-values adjusted for several tests by Holm's step-down rule, in the order given.

    NaN (a test that was impossible) stays NaN and does not count as a test.

    Source:
        Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
    """
    adjusted = np.array(p_values, dtype=np.float64)
    made = np.flatnonzero(~np.isnan(adjusted))
    order = made[np.argsort(adjusted[made], kind="stable")]
    stepped = adjusted[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def _bootstrap(runs: Sequence[Confusion], statistic: Statistic, resamples: int, seed: int) -> list[NDArray[np.float64]]:
    """Return for each run (resamples,) means over seeds, all runs on the same resampled subjects."""
    rng = np.random.default_rng(seed)
    subjects = len(runs[0])
    scores: list[list[NDArray[np.float64]]] = [[] for _ in runs]
    for size in chunks(resamples):
        times_drawn = rng.multinomial(subjects, np.full(subjects, 1 / subjects), size=size).astype(np.float64)
        for run, score in zip(runs, scores, strict=True):
            score.append(statistic(np.tensordot(times_drawn, run.astype(np.float64), axes=1)).mean(-1))
    return [np.concatenate(score) for score in scores]


def percentiles(drawn: NDArray[np.float64], subjects: int, level: float) -> tuple[float, float, float]:
    """Return low and high of the resampled scores that are defined, and the share of those that are not.

    `drawn` (R,) has NaN where a score is undefined; `level` is the share of the scores that lies between.
    """
    defined = drawn[~np.isnan(drawn)]
    undefined = 1 - len(defined) / len(drawn)
    # Resampling one subject gives that subject again: an interval without width would look like certainty.
    if len(defined) == 0 or subjects < 2:
        return np.nan, np.nan, undefined
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), undefined


def chunks(total: int) -> Iterator[int]:
    """Yield how many resamples or permutations to handle at once, until there were so many in all."""
    if total < 1:
        raise SettingsError(f"the number of resamples or permutations must be at least 1; got {total}.")
    for start in range(0, total, _CHUNK):
        yield min(_CHUNK, total - start)


def seed_sd(over_seeds: NDArray[np.float64]) -> float:
    """Return the standard deviation (n - 1) over seeds; NaN for one, which shows no spread."""
    return float(over_seeds.std(ddof=1)) if over_seeds.size > 1 else np.nan


def _refuse(what: str, samples: Sequence[str]) -> None:
    if samples:
        raise ProtocolError(
            f"{len(samples)} samples {what}: {first_few(samples)}. "
            "Run `glfnet evaluate` again with the same output folder; finished folds are kept."
        )


def _check_shape(confusions: Confusion) -> None:
    if confusions.ndim != 4 or not all(confusions.shape) or confusions.shape[-1] != confusions.shape[-2]:
        raise ShapeError(f"confusions must be (subjects, seeds, K, K), none of them 0; got {confusions.shape}.")


def _check_paired(a: Confusion, b: Confusion) -> None:
    _check_shape(a)
    _check_shape(b)
    if len(a) != len(b) or a.shape[2:] != b.shape[2:]:
        raise ShapeError(f"both runs need the same subjects and classes; got {a.shape} and {b.shape}.")
    differing = np.flatnonzero((np.abs(a.sum(-1).mean(1) - b.sum(-1).mean(1)) > _ROUNDING).any(-1))
    if len(differing):
        raise ProtocolError(
            f"subject number {differing[0]} has different true classes in the two runs. "
            "Compare runs on the same samples and labels."
        )
