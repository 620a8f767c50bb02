"""metrics.json and run.json: the values of a run as JSON documents, and back. Nothing else knows the files' keys."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from glfnet.errors import RunFolderError
from glfnet.report.run_info import RunInfo, RunTime
from glfnet.scores.chance import ChanceLevel
from glfnet.scores.metrics import MEASURES, Metric
from glfnet.scores.predictions import KINDS
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import RunCounts, RunScores, ScopeScores

METRICS_FILE, INFO_FILE = "metrics.json", "run.json"

_INFO, _COUNTS, _TIME = TypeAdapter(RunInfo), TypeAdapter(RunCounts), TypeAdapter(RunTime)
_REQUIRED = ("glfnet", "title", "settings", "data", "command", "model", "protocol")
_ABSENT_IN_OLD_FILES: Mapping[str, Any] = {"sources": {}, "versions": {}}
_REMEDY = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."


def metrics_document(scores: RunScores, time: RunTime | None = None) -> dict[str, Any]:
    """Return the content of metrics.json: plain types only, None where a number is undefined.

    Keys:
        fixed, test_selected: "full" and each database -> uf1, uar, accuracy -> mean, sd (over seeds; None for one
            seed), low, high (95 % interval over subjects; None for one subject).
        chance_of_selection: looks, then "full" and each database -> uf1, uar, accuracy of random labels.
        counts: samples, subjects, classes (name -> samples), folds, databases (each -> samples, subjects, classes).
        undefined: sentences that say which numbers are undefined and why.
        seeds: the run seeds.
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
    document = _read(folder, METRICS_FILE)
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
        )
        return scores, _TIME.validate_python(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RunFolderError(f"{folder / METRICS_FILE}: not the scores of a run ({error!r}). {_REMEDY}") from error


def read_info(folder: Path) -> RunInfo:
    """Read run.json of a finished run.

    Raises:
        RunFolderError: if there is no such file, or it lacks a key, or a value is of the wrong kind.
    """
    path, document = folder / INFO_FILE, _read(folder, INFO_FILE)
    missing = [key for key in _REQUIRED if key not in document]
    if missing:
        raise RunFolderError(
            f"{path}: found no {', '.join(missing)}; expected the keys {', '.join(_REQUIRED)}. {_REMEDY}"
        )
    try:
        return _INFO.validate_python({**_ABSENT_IN_OLD_FILES, **document})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RunFolderError(f"{path}: {wrong}. {_REMEDY}") from error


def _scores_document(scored: ScopeScores) -> dict[str, dict[str, float | None]]:
    ends = ("mean", "sd", "low", "high")
    return {metric: {end: _number(getattr(found, end)) for end in ends} for metric, found in scored.by_metric.items()}


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


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / name).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise RunFolderError(
            f"{folder}: no finished run ({error}); expected {METRICS_FILE} and {INFO_FILE}. "
            "Let `glfnet evaluate` end first."
        ) from error
