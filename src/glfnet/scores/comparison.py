"""One run against a baseline: the row that every comparison is made of, whatever was asked of the samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from glfnet.scores.metrics import MEASURES, Metric
from glfnet.scores.resampling import holm
from glfnet.scores.spotting.measures import SPOTTING_MEASURES, SpottingMetric
from glfnet.scores.unit_measures import UNIT_MEASURES, UnitMetric
from glfnet.scores.unit_predictions import unit_name

MEASURE_NAMES: Mapping[Metric | UnitMetric, str] = {
    **{metric: measure.name for metric, measure in MEASURES.items()},
    **{metric: f"Mean {measure.name}" for metric, measure in UNIT_MEASURES.items()},
}
"""How people write a measure that runs are compared by."""


Row = TypeVar("Row", bound="Comparison")


def measure_in_words(metric: Metric | UnitMetric) -> str:
    """Return a measure as it is written amidst a sentence.

    >>> measure_in_words("uf1"), measure_in_words("auc")
    ('UF1', 'mean AUC')
    """
    name = MEASURE_NAMES[metric]
    return name if metric in MEASURES else f"{name[0].lower()}{name[1:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One run against the baseline, for one metric and one scope; NaN where the metric is undefined.

    Attributes:
        run: name of the run.
        baseline: name of the first run.
        scope: "full" or a database.
        metric: `uf1`, `uar` or `accuracy`; of action units `f1`, `f1_both`, `auc` or `average_precision`; of spotting
            `precision`, `recall`, `f1` or `strs`.
        value: score of `run`, mean over its seeds.
        baseline_value: score of the baseline, mean over its seeds.
        difference: `value - baseline_value`.
        low: lower end of the difference's 95 % interval over subjects.
        high: upper end.
        p_value: two-sided, found by swapping the two runs for randomly chosen subjects.
        adjusted_p_value: after Holm, over all rows of the same metric; of action units, over the means of the same
            metric, or over its rows of single units.
        unit: number of the action unit; None for means over units, and for classes.
    """

    run: str
    baseline: str
    scope: str
    metric: Metric | UnitMetric | SpottingMetric
    value: float
    baseline_value: float
    difference: float
    low: float
    high: float
    p_value: float
    adjusted_p_value: float
    unit: int | None = None

    @property
    def measure(self) -> str:
        """The measure as people write it, with the unit if it is of one."""
        if self.unit is None:
            return MEASURE_NAMES[cast(Metric | UnitMetric, self.metric)]
        return f"{UNIT_MEASURES[cast(UnitMetric, self.metric)].name} {unit_name(self.unit)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingComparison(Comparison):
    """The same of two runs over long videos.

    Attributes:
        scope: a database; "full" where the videos do not say of which one they are.
        value, baseline_value: scores of the run and of the baseline.
        adjusted_p_value: after Holm, over all rows of the same metric.
        kind: micro- or macro-expression, as `labels` names them, or `BOTH`.
        drawn: `SUBJECTS` or `VIDEOS`: over whom the runs are paired.
    """

    kind: str
    drawn: str

    @property
    def measure(self) -> str:
        """The measure as people write it, with the kind of expression."""
        return f"{SPOTTING_MEASURES[cast(SpottingMetric, self.metric)]} {self.kind.removesuffix('_expression')}"


def adjusted(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of one metric with their p-values adjusted for their number (Holm)."""
    p_values = holm([row.p_value for row in rows])
    return [replace(row, adjusted_p_value=float(p)) for row, p in zip(rows, p_values, strict=True)]
