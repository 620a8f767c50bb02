"""The other task: which action units each clip shows, under the same protocols, folds and seeds as the classes.

::

    samples -> action units -> folds -> fit and predict -> predictions.csv -> metrics.json -> report.html
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glfnet.arguments import check_argument
from glfnet.config.settings import Settings
from glfnet.evaluation.carry_out import carry_out
from glfnet.evaluation.folds import Progress
from glfnet.evaluation.run_folder import check_description
from glfnet.files import write_whole
from glfnet.report.run_files import INFO_FILE, METRICS_FILE, TABLE_FILE, info_document, read_info
from glfnet.report.run_info import RunInfo, RunTime
from glfnet.report.unit_files import read_kept, unit_metrics_document
from glfnet.report.unit_page import write_unit_report
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.unit_predictions import UnitPredictions, read_unit_predictions, unit_name, units_to_csv
from glfnet.scores.unit_scores import UnitRunScores, score_units


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRun:
    """A finished run on action units.

    Attributes:
        folder: where everything is.
        predictions: the table.
        scores: all scores, such as `run.scores.scopes["full"].units[12].of("auc").mean`.
        about: settings, data, model and versions.
        time: how long it took.
        report: the HTML page.
    """

    folder: Path
    predictions: UnitPredictions
    scores: UnitRunScores
    about: RunInfo
    time: RunTime
    report: Path

    def __repr__(self) -> str:
        full, units = self.scores.scopes["full"], ", ".join(map(unit_name, self.predictions.units))
        mean = f"f1={full.mean['f1'].mean:.3f}, auc={full.mean['auc'].mean:.3f}"
        return (
            f"UnitRun(folder={str(self.folder)!r}, {mean}, units={units!r}, seeds={len(self.scores.seeds)}, "
            f"clips={full.samples})"
        )

    @property
    def metrics(self) -> dict[str, Any]:
        """The content of metrics.json; see `unit_metrics_document`."""
        return unit_metrics_document(self.scores, self.time)


def evaluate_units(
    flow: FlowSet,
    out: Path | str,
    settings: Settings | None = None,
    *,
    model: object | None = None,
    seeds: Sequence[int] = (0,),
    jobs: int = 1,
    source: str = "in memory",
    report: Callable[[Progress], None] | None = None,
    progress: bool | None = None,
) -> UnitRun:
    """Evaluate how well one model sees action units under one protocol, and write the run folder.

    A network learns all units together; a scikit-learn classifier is fitted for each unit. If the run was stopped, the
    same call resumes it.

    Args:
        flow: the samples. Their `action_units` are what a store has of its index; `with_action_units` reads them from
            sheets. Clips of which none are known do not count.
        out: the run folder: new, empty, or of the same run.
        settings: the page; the default is the recipe of GLFNet. Its `protocol.units` names the units; where it names
            none, those are learnt that enough clips of enough people show.
        model: your own, as for `evaluate`; a function that builds networks is given the number of units as `n_classes`.
        seeds: run seeds.
        jobs: processes, 1 or more. The result does not depend on it.
        source: where the samples came from, for the report.
        report: is called before the first fold and after every finished one.
        progress: whether a bar on stderr shows how many folds are done; None: in a terminal or notebook, unless there
            is a `report`.

    Raises:
        GlfnetError: one of its kinds, if an argument, data, settings, protocol or folder do not fit; finished folds are
            kept.
    """
    settings = Settings() if settings is None else settings
    expected = 'a page of settings: glfnet.read_settings("glfnet") gives one'
    check_argument("settings", settings, isinstance(settings, Settings), expected)
    protocol = settings.protocol.model_copy(update={"task": "action_units"})
    settings = settings.model_copy(update={"protocol": protocol})
    finished = carry_out(
        flow, out, settings, model=model, seeds=seeds, jobs=jobs, source=source, report=report, progress=progress
    )
    predictions = finished.outcome.predictions
    assert isinstance(predictions, UnitPredictions), "action units are the task"
    scores = score_units(predictions)
    write_whole(finished.folder / INFO_FILE, json.dumps(info_document(finished.about), indent=1))
    write_whole(finished.folder / TABLE_FILE, units_to_csv(predictions))
    page = _write(finished.folder, predictions, scores, finished.about, finished.time)
    return UnitRun(
        folder=finished.folder, predictions=predictions, scores=scores, about=finished.about, time=finished.time,
        report=page,
    )  # fmt: skip


def rewrite_unit_report(folder: Path) -> Path:
    """Make scores, tables, figure and page of a finished run again, all of them from its prediction table.

    Raises:
        RunFolderError: if the folder has no finished run, or its files are not of one run.
        InputError: if the prediction table cannot be read.
    """
    predictions, about = read_unit_predictions(folder / TABLE_FILE), read_info(folder)
    scores = score_units(predictions)
    taken = read_kept(folder, scores)
    check_description(folder, about)
    return _write(folder, predictions, scores, about, taken)


def _write(folder: Path, predictions: UnitPredictions, scores: UnitRunScores, about: RunInfo, time: RunTime) -> Path:
    write_whole(folder / METRICS_FILE, json.dumps(unit_metrics_document(scores, time), indent=1, allow_nan=False))
    return write_unit_report(folder, predictions, scores, about, time.wall_time_s)
