"""From the prediction table, and nothing else, to all scores of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ProtocolError
from glfnet.scores.chance import ChanceLevel, chance_of_selection
from glfnet.scores.metrics import MEASURES, accuracy, confusion
from glfnet.scores.predictions import Predictions, ScoreKind, table_digest
from glfnet.scores.resampling import interval, rows_by_seed, subject_confusions
from glfnet.scores.run_scores import FULL, Counts, RunCounts, RunScores, ScopeScores


@dataclass(frozen=True, slots=True)
class SubjectScore:
    """One person's share of correct predictions, mean over seeds; `samples` counts clips, not clips times seeds."""

    subject: str
    samples: int
    accuracy: float
    test_selected_accuracy: float

    def of(self, kind: ScoreKind) -> float:
        """Return the share of one kind of prediction."""
        return {"fixed": self.accuracy, "test_selected": self.test_selected_accuracy}[kind]


def score_run(predictions: Predictions, *, looks: int, resamples: int = 10_000, seed: int = 0) -> RunScores:
    """Return all scores of a run.

    Args:
        predictions: a complete run.
        looks: how many epochs the test-selected prediction was chosen from.
        resamples: bootstrap resamples of subjects.
        seed: seed of the bootstrap and of the random labels.

    Raises:
        ProtocolError: if the table is empty or incomplete, or a database is called "full".
        SettingsError: if `looks` or `resamples` is below 1.
    """
    fixed = _scores(predictions.of("fixed"), resamples, seed)
    counts = _counts(predictions)
    return RunScores(
        fixed=fixed,
        test_selected=_scores(predictions.of("test_selected"), resamples, seed),
        looks=looks,
        chance=_chance(predictions, looks, seed),
        counts=counts,
        undefined=(*_absent_classes(counts), *_undefined_resamples(fixed, counts)),
        seeds=predictions.seeds,
        table=table_digest(predictions),
    )


def confusion_of(predictions: Predictions, database: str | None = None) -> NDArray[np.int64]:
    """Return the (K, K) confusion matrix pooled over all folds and seeds, rows = truth.

    Args:
        predictions: any rows; their column `prediction` is counted.
        database: count this database only.

    Raises:
        ProtocolError: if no row belongs to `database`.
    """
    if database is not None:
        rows = predictions.database == database
        if not rows.any():
            present = ", ".join(np.unique(predictions.database))
            raise ProtocolError(f"no prediction belongs to database {database!r}. Name one of: {present}.")
        predictions = predictions.select(rows)
    return confusion(predictions.truth, predictions.prediction, len(predictions.classes))


def per_subject(predictions: Predictions) -> list[SubjectScore]:
    """Return one row for each subject, sorted by name.

    Raises:
        ProtocolError: if the table is empty or incomplete.
    """
    subjects, fixed = subject_confusions(predictions.of("fixed"))
    _, selected = subject_confusions(predictions.of("test_selected"))
    samples = fixed[:, 0].sum((-2, -1))
    right, right_selected = (accuracy(c).mean(1) for c in (fixed, selected))
    return [
        SubjectScore(name, int(samples[i]), float(right[i]), float(right_selected[i]))
        for i, name in enumerate(subjects)
    ]


def scopes(databases: NDArray[np.str_]) -> dict[str, NDArray[np.bool_]]:
    """Return which entries each score covers: "full" covers all, each database its own.

    Args:
        databases: the database of each subject or row.

    Raises:
        ProtocolError: if a database is itself called "full".
    """
    names = [str(name) for name in np.unique(databases)]
    if FULL in names:
        raise ProtocolError(
            f"a database is called {FULL!r}, the name under which all databases together are reported. "
            "Give the database another name."
        )
    return {FULL: np.ones(len(databases), dtype=np.bool_), **{name: databases == name for name in names}}


def subject_scopes(subjects: tuple[str, ...]) -> dict[str, NDArray[np.bool_]]:
    """Return `scopes` of subjects named `database/subject`."""
    return scopes(np.array([s.split("/")[0] for s in subjects], dtype=np.str_))


def _scores(predictions: Predictions, resamples: int, seed: int) -> dict[str, ScopeScores]:
    subjects, confusions = subject_confusions(predictions)
    return {
        scope: ScopeScores(
            {
                metric: interval(confusions[covered], measure.of, resamples=resamples, seed=seed)
                for metric, measure in MEASURES.items()
            }
        )
        for scope, covered in subject_scopes(subjects).items()
    }


def _chance(predictions: Predictions, looks: int, seed: int) -> dict[str, ChanceLevel]:
    rows = rows_by_seed(predictions)[0]  # in order of sample id: random labels must not depend on the order of rows
    truth, fold, n_classes = predictions.truth[rows], predictions.fold[rows], len(predictions.classes)
    return {
        scope: chance_of_selection(truth, fold, n_classes, looks, counted=covered, seed=seed)
        for scope, covered in scopes(predictions.database[rows]).items()
    }


def _counts(predictions: Predictions) -> RunCounts:
    once = predictions.select(predictions.seed == predictions.seeds[0])  # truth and fold are those of every seed
    whole = _counted(once)
    return RunCounts(
        samples=whole.samples,
        subjects=whole.subjects,
        classes=whole.classes,
        folds=len(np.unique(once.fold)),
        databases={
            scope: _counted(once.select(rows)) for scope, rows in scopes(once.database).items() if scope != FULL
        },
    )


def _counted(once: Predictions) -> Counts:
    per_class = np.bincount(once.truth, minlength=len(once.classes))
    return Counts(
        samples=len(once),
        subjects=len(np.unique(once.subject)),
        classes={name: int(n) for name, n in zip(once.classes, per_class, strict=True)},
    )


def _absent_classes(counts: RunCounts) -> list[str]:
    said = []
    for scope in (FULL, *counts.databases):
        absent = [name for name, n in counts.of(scope).classes.items() if n == 0]
        if absent:
            said.append(f"{scope}: no true sample of {', '.join(absent)}, so UF1 and UAR are undefined.")
    return said


def _undefined_resamples(scores: Mapping[str, ScopeScores], counts: RunCounts) -> list[str]:
    """Return a sentence for each scope whose interval rests on fewer resamples, or on none."""
    said = []
    for scope, scored in scores.items():
        share = scored.uf1.undefined_share
        if counts.of(scope).subjects < 2:
            said.append(f"{scope}: one subject only, so there is no interval over subjects.")
        elif 0 < share < 1:
            said.append(
                f"{scope}: {share:.2%} of the resamples of subjects lacked a class; "
                "the intervals of UF1 and UAR rest on the others."
            )
    return said
