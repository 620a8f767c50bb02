"""All scores of a run, as one value.

The honest scores (`fixed`: the epoch was fixed before the run) and the test-selected ones have two names from here on.
The chance level of the selection stands beside the latter. An undefined number is NaN.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from glfnet.scores.chance import ChanceLevel
from glfnet.scores.metrics import Metric
from glfnet.scores.predictions import KINDS, ScoreKind
from glfnet.scores.resampling import UNDEFINED, ConfidenceInterval

FULL = "full"
"""The name of all databases together; the other scopes of a score are the databases."""


@dataclass(frozen=True, slots=True)
class ScopeScores:
    """The scores of all databases together, or of one: mean over seeds, and a 95 % interval over subjects.

    Attributes:
        by_metric: one for each of `metrics.MEASURES`; runs made before a measure existed lack it.
    """

    by_metric: Mapping[Metric, ConfidenceInterval]

    def of(self, metric: Metric) -> ConfidenceInterval:
        """Return the score in one metric; undefined where it was not computed."""
        return self.by_metric.get(metric, UNDEFINED)

    @property
    def uf1(self) -> ConfidenceInterval:
        """Unweighted F1."""
        return self.of("uf1")

    @property
    def uar(self) -> ConfidenceInterval:
        """Unweighted average recall."""
        return self.of("uar")

    @property
    def accuracy(self) -> ConfidenceInterval:
        """Share of correct predictions."""
        return self.of("accuracy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was scored: clips (not clips times seeds), people, and the true samples of each class by name."""

    samples: int
    subjects: int
    classes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts(Counts):
    """What was scored in all, in how many folds, and in each database."""

    folds: int
    databases: Mapping[str, Counts]

    def of(self, scope: str) -> Counts:
        """Return the counts of "full" or of a database."""
        return self if scope == FULL else self.databases[scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScores:
    """All scores of a run.

    Attributes:
        fixed: honest scores of "full" and each database.
        test_selected: the same where the epoch was chosen on the held-out subjects; not to be shown unless in `kinds`.
        looks: how many epochs the test-selected prediction was chosen from; 1 for a model without epochs.
        chance: scores of random labels under the same selection, for "full" and each database.
        counts: samples, subjects, folds and classes.
        undefined: sentences that say which numbers are undefined, and why.
        seeds: the run seeds, in order.
        table: SHA-256 of the prediction table that they were made from; None for runs made before it was kept.
    """

    fixed: Mapping[str, ScopeScores]
    test_selected: Mapping[str, ScopeScores]
    looks: int
    chance: Mapping[str, ChanceLevel]
    counts: RunCounts
    undefined: tuple[str, ...]
    seeds: tuple[int, ...]
    table: str | None = None

    @property
    def kinds(self) -> tuple[ScoreKind, ...]:
        """The kinds of score to show: after one look, as without epochs, there was none to select from others."""
        return KINDS if self.looks > 1 else ("fixed",)

    def of(self, kind: ScoreKind) -> Mapping[str, ScopeScores]:
        """Return the scores of one kind."""
        return {"fixed": self.fixed, "test_selected": self.test_selected}[kind]
