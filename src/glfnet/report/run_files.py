"""metrics.json and run.json: the values of a run as JSON documents, and back. Nothing else knows the files' keys."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from glfnet.errors import RunFolderError, faults, reason
from glfnet.report.published import KIND_NAMES, scope_name
from glfnet.report.run_info import RunInfo, RunTime
from glfnet.scores.chance import ChanceLevel
from glfnet.scores.metrics import MEASURES, Metric
from glfnet.scores.predictions import KINDS, Predictions, read_predictions, table_digest
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import RunCounts, RunScores, ScopeScores
from glfnet.scores.unit_predictions import UnitPredictions, is_unit_table, read_unit_predictions, unit_table_digest

TABLE_FILE, METRICS_FILE, INFO_FILE = "predictions.csv", "metrics.json", "run.json"

_INFO, _COUNTS, _TIME = TypeAdapter(RunInfo), TypeAdapter(RunCounts), TypeAdapter(RunTime)
_REQUIRED_SCORES = (*KINDS, "chance_of_selection", "counts", "undefined", "seeds")
_REQUIRED = ("glfnet", "title", "settings", "data", "command", "model", "protocol")
_ABSENT_IN_OLD_FILES: Mapping[str, Any] = {"sources": {}, "versions": {}}
_REMEDY = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."
_TWO = f"One of them was changed, or is from another run. {_REMEDY}"


def metrics_document(scores: RunScores, time: RunTime | None = None) -> dict[str, Any]:
    """Return the content of metrics.json: plain types only, None where a number is undefined.

    Keys:
        fixed, test_selected: "full" and each database -> uf1, uar, accuracy, weighted_f1 -> mean, sd (over seeds; None
            for one seed), low, high (95 % interval over subjects; None for one subject).
        chance_of_selection: looks, then "full" and each database -> the same measures of random labels.
        counts: samples, subjects, classes (name -> samples), folds, databases (each -> samples, subjects, classes).
        undefined: sentences that say which numbers are undefined and why.
        seeds: the run seeds.
        predictions_sha256: of predictions.csv, from which all scores are made; left out where it is unknown.
        wall_time_s, fold_time_s, folds_kept_from_earlier: see `RunTime`; left out where they are unknown.
    """
    return {
        **{kind: {scope: _scores_document(scored) for scope, scored in scores.of(kind).items()} for kind in KINDS},
        "chance_of_selection": {
            "looks": scores.looks,
            **{
                scope: {metric: _number(value) for metric, value in level.by_metric.items()}
                for scope, level in scores.chance.items()
            },
        },
        "counts": asdict(scores.counts),
        "undefined": list(scores.undefined),
        "seeds": list(scores.seeds),
        **({} if scores.table is None else {"predictions_sha256": scores.table}),
        **{name: value for name, value in asdict(time or RunTime()).items() if value is not None},
    }


def info_document(info: RunInfo) -> dict[str, Any]:
    """Return the content of run.json: the fields of `RunInfo`, plain types only."""
    document: dict[str, Any] = _INFO.dump_python(info, mode="json")
    return document


def read_metrics(folder: Path) -> tuple[RunScores, RunTime]:
    """Read metrics.json of a finished run.

    Raises:
        RunFolderError: if there is no such file, or it holds something else.
    """
    document = read_document(folder, METRICS_FILE)
    _check_keys(folder / METRICS_FILE, document, _REQUIRED_SCORES)
    try:
        chance = dict(document["chance_of_selection"])
        scores = RunScores(
            **{kind: {scope: _scores(scored) for scope, scored in document[kind].items()} for kind in KINDS},
            looks=int(chance.pop("looks")),
            chance={
                scope: ChanceLevel({metric: _numbers(level)[metric] for metric in _measured(level)})
                for scope, level in chance.items()
            },
            counts=_COUNTS.validate_python(document["counts"]),
            undefined=tuple(document["undefined"]),
            seeds=tuple(document["seeds"]),
            table=document.get("predictions_sha256"),
        )
        if scores.looks < 1:
            raise ValueError(scores.looks)
        return scores, _TIME.validate_python(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise not_ours(folder / METRICS_FILE) from error


def read_info(folder: Path) -> RunInfo:
    """Read run.json of a finished run.

    Raises:
        RunFolderError: if there is no such file, or it lacks a key, or a value is of the wrong kind.
    """
    path, document = folder / INFO_FILE, read_document(folder, INFO_FILE)
    _check_keys(path, document, _REQUIRED)
    try:
        return _INFO.validate_python({**_ABSENT_IN_OLD_FILES, **document})
    except ValidationError as error:
        raise RunFolderError(f"{path}: {'; '.join(faults(error))}. {_REMEDY}") from error


def read_table(folder: Path) -> Predictions | UnitPredictions:
    """Read predictions.csv of a run folder: of classes or of action units.

    Raises:
        InputError: if there is none, or a row that no run can have predicted.
        RunFolderError: if metrics.json says that it was made from another table.
    """
    if is_unit_table(folder / TABLE_FILE):
        on_units = read_unit_predictions(folder / TABLE_FILE)
        if (folder / METRICS_FILE).exists():
            check_table(
                folder, read_document(folder, METRICS_FILE).get("predictions_sha256"), unit_table_digest(on_units)
            )
        return on_units
    predictions = read_predictions(folder / TABLE_FILE)
    if (folder / METRICS_FILE).exists():
        check_table(folder, read_metrics(folder)[0].table, table_digest(predictions))
    return predictions


def check_same_run(folder: Path, kept: RunScores, made: RunScores, info: RunInfo) -> None:
    """Raise an error unless the three files of a run folder tell of one run.

    Means and spreads are compared, since they follow from the table alone. Intervals also follow from random draws,
    which another version of numpy may make in another way.

    Args:
        folder: the run folder.
        kept: what metrics.json says.
        made: what predictions.csv gives today.
        info: what run.json says.

    Raises:
        RunFolderError: naming the first difference.
    """
    differing = _first_difference(kept, made)
    if differing is not None:
        here, there = differing
        raise RunFolderError(f"{folder / METRICS_FILE}: found {here}; expected {there}, as in {TABLE_FILE}. {_TWO}")
    check_table(folder, kept.table, made.table)
    counts = (info.data.samples or made.counts.samples, info.protocol.folds or made.counts.folds)
    if counts != (made.counts.samples, made.counts.folds):
        raise RunFolderError(
            f"{folder / INFO_FILE}: found {counts[0]} clips in {counts[1]} folds; expected "
            f"{made.counts.samples} clips in {made.counts.folds} folds, as in {TABLE_FILE}. {_TWO}"
        )


def check_table(folder: Path, kept: str | None, made: str | None) -> None:
    """Raise an error unless metrics.json was made from the prediction table that is there; None where it is unknown."""
    if kept not in (None, made):
        raise RunFolderError(
            f"{folder / TABLE_FILE}: found another table than the one that {METRICS_FILE} was made from; "
            f"expected no change since then. {_TWO}"
        )


def _first_difference(kept: RunScores, made: RunScores) -> tuple[str, str] | None:
    """Return what the two sets of scores say where they first differ, in words; None where they agree."""
    if (kept.counts, kept.seeds) != (made.counts, made.seeds):
        here, there = _summary(kept), _summary(made)
        return here, there if here != there else "other numbers of clips of each database, subject, class or fold"
    for kind in KINDS:
        for scope, scored in kept.of(kind).items():
            again = made.of(kind).get(scope, ScopeScores({}))
            for metric, score in scored.by_metric.items():
                if not _same(score, again.of(metric)):
                    name = f"{MEASURES[metric].name} ({KIND_NAMES[kind].split(':')[0]}, {scope_name(scope)})"
                    return f"{name} {_shown(score)}", _shown(again.of(metric))
    return None


def _summary(scores: RunScores) -> str:
    return f"{scores.counts.samples} clips and the seeds {', '.join(map(str, scores.seeds))}"


def _same(one: ConfidenceInterval, other: ConfidenceInterval) -> bool:
    return bool(np.allclose((one.mean, one.sd), (other.mean, other.sd), rtol=0, atol=1e-9, equal_nan=True))


def _shown(score: ConfidenceInterval) -> str:
    spread = "" if math.isnan(score.sd) else f" ± {score.sd:.6f}"
    return f"{score.mean:.6f}{spread}" if score.is_defined else "undefined"


def _scores_document(scored: ScopeScores) -> dict[str, dict[str, float | None]]:
    return {metric: score_document(found) for metric, found in scored.by_metric.items()}


def score_document(found: ConfidenceInterval) -> dict[str, float | None]:
    """Return one score as a file has it: None where a number is undefined."""
    return {end: _number(float(getattr(found, end))) for end in ("mean", "sd", "low", "high")}


def _scores(scored: Mapping[str, Mapping[str, float | None]]) -> ScopeScores:
    return ScopeScores({metric: ConfidenceInterval(**_numbers(scored[metric])) for metric in _measured(scored)})


def _measured(scored: Mapping[str, object]) -> list[Metric]:
    """Return the measures that a file has: there were fewer when it was written than there may be today."""
    found = [metric for metric in MEASURES if metric in scored]
    if not found:
        raise KeyError(*MEASURES)
    return found


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value  # JSON knows no NaN


def _numbers(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else float(value) for name, value in values.items()}


def read_document(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON file of a finished run.

    Raises:
        RunFolderError: if there is no such file, or it holds something else than keys and values.
    """
    path = folder / name
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunFolderError(
            f"{folder}: no finished run ({name}: {reason(error)}); expected {METRICS_FILE} and {INFO_FILE}. "
            "Let `glfnet evaluate` end first."
        ) from error
    except ValueError as error:
        raise not_ours(path) from error
    if not isinstance(content, dict):
        raise not_ours(path)
    return content


def _check_keys(path: Path, document: Mapping[str, object], required: Sequence[str]) -> None:
    missing = [key for key in required if key not in document]
    if missing:
        raise RunFolderError(
            f"{path}: found no {', '.join(missing)}; expected the keys {', '.join(required)}. {_REMEDY}"
        )


def not_ours(path: Path) -> RunFolderError:
    """Return the error that a file of a run is not as it was written."""
    return RunFolderError(
        f"{path}: found something else than `glfnet evaluate` has written; expected its file as it was. {_REMEDY}"
    )
