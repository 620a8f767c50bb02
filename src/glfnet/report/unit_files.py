"""metrics.json of a run on action units, and what is read of it again."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from glfnet.report.run_files import METRICS_FILE, check_table, not_ours, read_document, score_document
from glfnet.report.run_info import RunTime
from glfnet.scores.unit_predictions import unit_name
from glfnet.scores.unit_scores import UnitRunScores, UnitScopeScores, UnitScore

_TIME = TypeAdapter(RunTime)


def unit_metrics_document(scores: UnitRunScores, time: RunTime | None = None) -> dict[str, Any]:
    """Return the content of metrics.json: plain types only, None where a number is undefined.

    Keys:
        task: `action_units`.
        scopes: "full" and each database -> samples, subjects, mean (each measure over the units that have a number) and
            units: `AU12` and so on -> clips of which it is known, clips and people that show it, and its measures; the
            latter are left out where it is too rare. A measure has mean, sd (over seeds), low and high (95 % interval
            over people).
        folds: how many.
        seeds: the run seeds.
        predictions_sha256: of predictions.csv, from which all scores are made.
        wall_time_s, fold_time_s, folds_kept_from_earlier: see `RunTime`; left out where they are unknown.
    """
    return {
        "task": "action_units",
        "scopes": {scope: _scope(scored) for scope, scored in scores.scopes.items()},
        "folds": scores.folds,
        "seeds": list(scores.seeds),
        "predictions_sha256": scores.table,
        **{name: value for name, value in asdict(time or RunTime()).items() if value is not None},
    }


def read_kept(folder: Path, made: UnitRunScores) -> RunTime:
    """Return how long a finished run took, as metrics.json has it.

    Args:
        folder: the run folder.
        made: what predictions.csv gives today.

    Raises:
        RunFolderError: if there is no such file, it holds something else, or it was made from another table.
    """
    document = read_document(folder, METRICS_FILE)
    try:
        kept, taken = document["predictions_sha256"], _TIME.validate_python(document)
    except (KeyError, ValidationError) as error:
        raise not_ours(folder / METRICS_FILE) from error
    check_table(folder, kept, made.table)
    return taken


def _scope(scored: UnitScopeScores) -> dict[str, Any]:
    return {
        "samples": scored.samples,
        "subjects": scored.subjects,
        "mean": {metric: score_document(found) for metric, found in scored.mean.items()},
        "units": {unit_name(unit): _unit(score) for unit, score in scored.units.items()},
    }


def _unit(score: UnitScore) -> dict[str, Any]:
    counts = {"clips": score.clips, "there": score.there, "people": score.people}
    return {**counts, **{metric: score_document(found) for metric, found in score.by_metric.items()}}
