"""From the prediction table of action units, and nothing else, to all scores of a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.scores.resampling import UNDEFINED, ConfidenceInterval, chunks, percentiles, rows_by_seed, seed_sd
from glfnet.scores.score_run import scopes
from glfnet.scores.unit_measures import UNIT_MEASURES, Floats, UnitMetric
from glfnet.scores.unit_predictions import UnitPredictions, unit_name, unit_table_digest

LEAST_CLIPS, LEAST_PEOPLE = 5, 3
"""A unit that fewer clips, or clips of fewer people, are known to show is too rare for a number."""

RESAMPLES = 2_000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitScore:
    """How well one unit was seen in one scope.

    Attributes:
        clips: of which it is known whether they show it.
        there: clips that show it.
        people: who show it.
        by_metric: its scores; none if it is too rare for a number.
    """

    clips: int
    there: int
    people: int
    by_metric: Mapping[UnitMetric, ConfidenceInterval]

    @property
    def is_rare(self) -> bool:
        """Whether too few clips of too few people show it."""
        return not self.by_metric

    def of(self, metric: UnitMetric) -> ConfidenceInterval:
        """Return one score; undefined if the unit is too rare."""
        return self.by_metric.get(metric, UNDEFINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitScopeScores:
    """Scores of one scope.

    Attributes:
        samples: clips.
        subjects: people.
        units: number of the unit -> its scores.
        mean: each measure's mean over the units that have a number.
    """

    samples: int
    subjects: int
    units: Mapping[int, UnitScore]
    mean: Mapping[UnitMetric, ConfidenceInterval]

    @property
    def counted(self) -> tuple[int, ...]:
        """The units that have a number, over which the means go."""
        return tuple(unit for unit, score in self.units.items() if not score.is_rare)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRunScores:
    """All scores of a run: honest ones only, since no epoch of it was ever chosen on held-out subjects.

    Attributes:
        scopes: "full" and each database -> its scores.
        folds: how many.
        seeds: the run seeds, in order.
        table: SHA-256 of the prediction table that they were made from.
    """

    scopes: Mapping[str, UnitScopeScores]
    folds: int
    seeds: tuple[int, ...]
    table: str


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Aligned answers of all seeds: N samples, S people.

    Attributes:
        truth: (N, U) int, 1, 0 or -1.
        probabilities: (seeds, N, U).
        subject: (N,) position of the person in `people`.
        people: (S,) text `database/subject`, sorted.
        database: (N,) text.
    """

    truth: NDArray[np.int64]
    probabilities: Floats
    subject: NDArray[np.intp]
    people: NDArray[np.str_]
    database: NDArray[np.str_]

    def select(self, covered: NDArray[np.bool_]) -> "Answers":
        """Return the answers of some samples, and of their people only."""
        people, subject = np.unique(self.people[self.subject[covered]], return_inverse=True)
        return Answers(
            self.truth[covered], self.probabilities[:, covered], subject, people, self.database[covered]
        )  # fmt: skip


def aligned(predictions: UnitPredictions) -> Answers:
    """Return a table's answers, samples in order of their ids.

    Raises:
        ProtocolError: if it is incomplete, see `rows_by_seed`.
    """
    rows = rows_by_seed(predictions)
    people, subject = np.unique(predictions.subject[rows[0]], return_inverse=True)
    return Answers(
        predictions.truth[rows[0]], predictions.probabilities[rows], subject, people, predictions.database[rows[0]]
    )


def score_units(predictions: UnitPredictions, *, resamples: int = RESAMPLES, seed: int = 0) -> UnitRunScores:
    """Return all scores of a run.

    Every score is pooled over all folds and averaged over seeds; its interval comes from resampling people.

    Args:
        predictions: a complete run.
        resamples: bootstrap resamples of people.
        seed: of the bootstrap.

    Raises:
        ProtocolError: if the table is empty or incomplete, or a database is called "full".
        SettingsError: if `resamples` is below 1.
    """
    answers = aligned(predictions)
    return UnitRunScores(
        scopes={
            scope: _scope_scores(answers.select(covered), predictions.units, resamples, seed)
            for scope, covered in scopes(answers.database).items()
        },
        folds=len(np.unique(predictions.fold)),
        seeds=predictions.seeds,
        table=unit_table_digest(predictions),
    )


def rare_unit(unit: int, there: int, people: int) -> str:
    """Return a unit with how many clips of how many people show it, in words."""
    return f"{unit_name(unit)} ({there} clips of {people} people)"


def is_rare(clips: int, there: int, people: int) -> bool:
    """Return whether a unit is too rare to be learnt and scored, or every clip shows it.

    Args:
        clips: of which it is known whether they show it.
        there: clips that show it.
        people: who show it.
    """
    return there < LEAST_CLIPS or people < LEAST_PEOPLE or there == clips


def rare_units(scores: UnitScopeScores) -> str:
    """Return a sentence on the units of a scope that have no number; empty if all have one."""
    rare = [rare_unit(unit, score.there, score.people) for unit, score in scores.units.items() if score.is_rare]
    least = f"{LEAST_CLIPS} clips of {LEAST_PEOPLE} people"
    return f"too rare for a number, which needs {least}: {', '.join(rare)}." if rare else ""


def drawn_weights(people: int, subject: NDArray[np.intp], size: int, rng: np.random.Generator) -> Floats:
    """Return (size, N): how often each sample counts if people are drawn with replacement."""
    drawn: Floats = rng.multinomial(people, np.full(people, 1 / people), size=size).astype(np.float64)
    return drawn[:, subject]


def seed_scores(answers: Answers, place: int, metric: UnitMetric, weight: Floats) -> Floats:
    """Return (seeds, ...) of one unit, over the samples of which it is known; weight (..., N)."""
    known = answers.truth[:, place] >= 0
    truth, of = answers.truth[known, place] == 1, UNIT_MEASURES[metric].of
    return np.stack([of(truth, of_seed[known, place], weight[..., known]) for of_seed in answers.probabilities])


def mean_over_units(scores: Floats) -> Floats:
    """Return (...) from (U, ...): the mean over the units that have a score there; NaN if none has."""
    defined = ~np.isnan(scores)
    undefined = np.full(scores.shape[1:], np.nan)
    total, count = np.where(defined, scores, 0.0).sum(0), defined.sum(0)
    return np.asarray(np.divide(total, count, out=undefined, where=count > 0))


def counted_places(answers: Answers) -> list[int]:
    """Return the positions of the units that are not too rare for a number."""
    return [place for place in range(answers.truth.shape[1]) if not is_rare(*_counts(answers, place))]


def _scope_scores(answers: Answers, units: tuple[int, ...], resamples: int, seed: int) -> UnitScopeScores:
    counts = {unit: _counts(answers, place) for place, unit in enumerate(units)}
    counted = counted_places(answers)
    everyone = np.ones(len(answers.truth))
    found: dict[UnitMetric, list[ConfidenceInterval]] = {}
    mean: dict[UnitMetric, ConfidenceInterval] = {}
    for metric in UNIT_MEASURES:
        whole = [seed_scores(answers, place, metric, everyone) for place in counted]
        drawn = [_resampled(answers, _of_unit(place, metric), resamples, seed) for place in counted]
        people = len(answers.people)
        found[metric] = [_interval(one, many, people) for one, many in zip(whole, drawn, strict=True)]
        mean[metric] = (
            _interval(mean_over_units(np.stack(whole)), mean_over_units(np.stack(drawn)), people)
            if counted
            else UNDEFINED
        )
    scored = {
        unit: UnitScore(
            clips=counts[unit][0],
            there=counts[unit][1],
            people=counts[unit][2],
            by_metric={metric: found[metric][counted.index(place)] for metric in found} if place in counted else {},
        )
        for place, unit in enumerate(units)
    }
    return UnitScopeScores(samples=len(answers.truth), subjects=len(answers.people), units=scored, mean=mean)


def _of_unit(place: int, metric: UnitMetric) -> Callable[[Answers, Floats], Floats]:
    return lambda answers, weight: seed_scores(answers, place, metric, weight).mean(0)


def _resampled(
    answers: Answers, score: Callable[[Answers, Floats], Floats], resamples: int, seed: int
) -> Floats:  # fmt: skip
    """Return (resamples,) means over seeds; one seed draws the same people for every score."""
    rng = np.random.default_rng(seed)
    people = len(answers.people)
    return np.concatenate(
        [score(answers, drawn_weights(people, answers.subject, size, rng)) for size in chunks(resamples)]
    )


def _interval(over_seeds: Floats, drawn: Floats, people: int) -> ConfidenceInterval:
    low, high, undefined = percentiles(drawn, people, _LEVEL)
    return ConfidenceInterval(float(over_seeds.mean()), seed_sd(over_seeds), low, high, undefined)


def _counts(answers: Answers, place: int) -> tuple[int, int, int]:
    there = answers.truth[:, place] == 1
    return int((answers.truth[:, place] >= 0).sum()), int(there.sum()), len(np.unique(answers.subject[there]))
