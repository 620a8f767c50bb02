"""All numbers of a run, as they stand in `metrics.json`: made from the prediction table and nothing else.

The honest numbers (`fixed`: the epoch was fixed before the run) and the test-selected ones are kept under two names
from here on; the chance level of the selection stands beside the latter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ProtocolError
from glfnet.scores.chance import chance_of_selection
from glfnet.scores.metrics import accuracy, confusion, uar, uf1
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import Interval, Statistic, interval, rows_by_seed, subject_confusions

FULL = "full"  # the name of all databases together
STATISTICS: Mapping[str, Statistic] = MappingProxyType({"uf1": uf1, "uar": uar, "accuracy": accuracy})


@dataclass(frozen=True, slots=True)
class SubjectScore:
    """One person's share of right predictions, mean over seeds; `samples` counts clips, not clips times seeds."""

    subject: str
    samples: int
    accuracy: float
    test_selected_accuracy: float


def score_run(predictions: Predictions, *, looks: int, resamples: int = 10_000, seed: int = 0) -> dict[str, Any]:
    """Return every number of a run, ready for `json.dumps`: plain types only, None where a number is undefined.

    Keys:
        fixed, test_selected: "full" and each database -> uf1, uar, accuracy -> mean, sd (over seeds; None for one
            seed), low, high (95 % interval over subjects; None for one subject).
        chance_of_selection: looks, then "full" and each database -> uf1, uar, accuracy of random labels.
        counts: samples, subjects, folds, classes (name -> samples), databases (each -> samples, subjects, classes).
        undefined: sentences that say which numbers are undefined and why; seeds: the run seeds.

    Args:
        predictions: a complete run.
        looks: how many epochs the test-selected prediction was chosen among.
        resamples: bootstrap resamples of subjects.
        seed: seed of the bootstrap and of the random labels.

    Raises:
        ProtocolError: if the table is empty or incomplete, or a database is called "full".
        SettingsError: if `looks` or `resamples` is below 1.
    """
    fixed = _intervals(predictions, test_selected=False, resamples=resamples, seed=seed)
    selected = _intervals(predictions, test_selected=True, resamples=resamples, seed=seed)
    counts = _counts(predictions)
    return {
        "fixed": _plain(fixed),
        "test_selected": _plain(selected),
        "chance_of_selection": {"looks": looks, **_chance(predictions, looks, seed)},
        "counts": counts,
        "undefined": _absent_classes(counts) + _undefined_resamples(fixed, counts),
        "seeds": list(predictions.seeds),
    }


def confusion_of(
    predictions: Predictions, database: str | None = None, test_selected: bool = False
) -> NDArray[np.int64]:
    """Return the (K, K) confusion matrix pooled over all folds and seeds, rows = truth.

    Args:
        predictions: any rows.
        database: count this database only.
        test_selected: count the test-selected predictions instead of those of the fixed epoch.

    Raises:
        ProtocolError: if no row belongs to `database`.
    """
    if database is not None:
        rows = predictions.database == database
        if not rows.any():
            present = ", ".join(np.unique(predictions.database))
            raise ProtocolError(f"no prediction belongs to database {database!r}. Name one of: {present}.")
        predictions = predictions.select(rows)
    chosen = predictions.test_selected_prediction if test_selected else predictions.prediction
    return confusion(predictions.truth, chosen, len(predictions.classes))


def per_subject(predictions: Predictions) -> list[SubjectScore]:
    """Return one row a subject, sorted by name.

    Raises:
        ProtocolError: if the table is empty or incomplete.
    """
    subjects, fixed = subject_confusions(predictions)
    _, selected = subject_confusions(predictions, test_selected=True)
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


def _intervals(
    predictions: Predictions, *, test_selected: bool, resamples: int, seed: int
) -> dict[str, dict[str, Interval]]:
    subjects, confusions = subject_confusions(predictions, test_selected=test_selected)
    return {
        scope: {
            name: interval(confusions[covered], statistic, resamples=resamples, seed=seed)
            for name, statistic in STATISTICS.items()
        }
        for scope, covered in subject_scopes(subjects).items()
    }


def _chance(predictions: Predictions, looks: int, seed: int) -> dict[str, dict[str, float | None]]:
    rows = rows_by_seed(predictions)[0]  # in order of sample id: random labels must not depend on the order of rows
    truth, fold, n_classes = predictions.truth[rows], predictions.fold[rows], len(predictions.classes)
    levels = {
        scope: chance_of_selection(truth, fold, n_classes, looks, counted=covered, seed=seed)
        for scope, covered in scopes(predictions.database[rows]).items()
    }
    return {scope: {name: _number(getattr(level, name)) for name in STATISTICS} for scope, level in levels.items()}


def _counts(predictions: Predictions) -> dict[str, Any]:
    once = predictions.select(predictions.seed == predictions.seeds[0])  # truth and fold are those of every seed
    databases = {scope: once.select(rows) for scope, rows in scopes(once.database).items() if scope != FULL}
    return {
        **_counted(once),
        "folds": len(np.unique(once.fold)),
        "databases": {name: _counted(rows) for name, rows in databases.items()},
    }


def _counted(once: Predictions) -> dict[str, Any]:
    per_class = np.bincount(once.truth, minlength=len(once.classes))
    return {
        "samples": len(once),
        "subjects": len(np.unique(once.subject)),
        "classes": {name: int(n) for name, n in zip(once.classes, per_class, strict=True)},
    }


def _absent_classes(counts: dict[str, Any]) -> list[str]:
    said = []
    for scope, counted in {FULL: counts, **counts["databases"]}.items():
        absent = [name for name, n in counted["classes"].items() if n == 0]
        if absent:
            said.append(f"{scope}: no true sample of {', '.join(absent)}, so UF1 and UAR are undefined.")
    return said


def _undefined_resamples(intervals: dict[str, dict[str, Interval]], counts: dict[str, Any]) -> list[str]:
    """Return a sentence for each scope whose interval rests on fewer resamples, or on none."""
    said = []
    for scope, scored in intervals.items():
        subjects = (counts if scope == FULL else counts["databases"][scope])["subjects"]
        share = scored["uf1"].undefined_share
        if subjects < 2:
            said.append(f"{scope}: one subject only, so there is no interval over subjects.")
        elif 0 < share < 1:
            said.append(
                f"{scope}: {share:.2%} of the resamples of subjects lacked a class; "
                "the intervals of UF1 and UAR rest on the others."
            )
    return said


def _plain(intervals: dict[str, dict[str, Interval]]) -> dict[str, dict[str, dict[str, float | None]]]:
    ends = ("mean", "sd", "low", "high")
    return {
        scope: {name: {end: _number(getattr(found, end)) for end in ends} for name, found in scored.items()}
        for scope, scored in intervals.items()
    }


def _number(value: float) -> float | None:
    return None if isnan(value) else value  # JSON knows no NaN
