"""The main task: one model under one protocol, from samples to a run folder with its report.

::

    samples -> classes -> folds -> fit and predict -> predictions.csv -> metrics.json -> report.html
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.evaluation.carry_out import carry_out
from glfnet.evaluation.evaluate_units import rewrite_unit_report
from glfnet.evaluation.folds import Progress
from glfnet.evaluation.run_folder import check_description
from glfnet.files import write_whole, writing_at
from glfnet.labels import THREE
from glfnet.path_kind import FOLDER, RUN, check_kind
from glfnet.report.page import write_report
from glfnet.report.run_files import (
    INFO_FILE,
    METRICS_FILE,
    TABLE_FILE,
    check_same_run,
    info_document,
    metrics_document,
    read_info,
    read_metrics,
)
from glfnet.report.run_info import RunInfo, RunTime
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.predictions import Predictions, read_predictions, to_csv
from glfnet.scores.run_scores import RunScores
from glfnet.scores.score_run import score_run
from glfnet.scores.unit_predictions import is_unit_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run.

    Attributes:
        folder: where everything is.
        predictions: the table.
        scores: all scores, such as `run.scores.fixed["full"].uf1.mean`.
        about: settings, data, model and versions.
        time: how long it took.
        report: the HTML page.
    """

    folder: Path
    predictions: Predictions
    scores: RunScores
    about: RunInfo
    time: RunTime
    report: Path

    def __repr__(self) -> str:
        full, clips = self.scores.fixed["full"], self.scores.counts.samples
        scores = f"uf1={full.uf1.mean:.3f}, uar={full.uar.mean:.3f}"
        return f"Run(folder={str(self.folder)!r}, {scores}, seeds={len(self.scores.seeds)}, clips={clips})"

    @property
    def metrics(self) -> dict[str, Any]:
        """The content of metrics.json; see `metrics_document`."""
        return metrics_document(self.scores, self.time)

    @property
    def info(self) -> dict[str, Any]:
        """The content of run.json; see `info_document`."""
        return info_document(self.about)


def evaluate(
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
) -> Run:
    """Evaluate one model under one protocol and write the run folder.

    If it was stopped, the same call resumes it.

    Args:
        flow: the samples.
        out: the run folder: new, empty, or of the same run.
        settings: the page; the default is the recipe of GLFNet.
        model: your own scikit-learn classifier, or a function `(in_channels, n_classes, (height, width))` that builds
            a fresh `nn.Module`; None takes the model that the page names. A run folder refuses another model, or other
            options of the same model. It cannot notice that you changed your code: name a new folder then.
        seeds: run seeds, such as `range(3)`; a spread is reported only if there are several.
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
    if isinstance(settings, Settings) and settings.protocol.task != "classes":
        raise SettingsError(
            "protocol.task: found action_units; expected classes. glfnet.evaluate_units takes action units "
            "(glfnet evaluate --task action-units on the command line)."
        )
    finished = carry_out(
        flow, out, settings, model=model, seeds=seeds, jobs=jobs, source=source, report=report, progress=progress
    )
    predictions = finished.outcome.predictions
    assert isinstance(predictions, Predictions), "classes are the task"
    scores = score_run(predictions, looks=finished.outcome.looks)
    return _write(finished.folder, predictions, scores, finished.about, finished.time)


def rewrite_report(folder: Path) -> Path:
    """Make scores, tables, figures and page of a finished run again, all of them from its prediction table.

    Raises:
        RunFolderError: if the folder has no finished run, or its files are not of one run.
        InputError: if it is something else than a run, or the prediction table cannot be read.
    """
    check_kind(folder, (RUN, FOLDER), "the folder of a finished run")
    if is_unit_table(folder / TABLE_FILE):
        return rewrite_unit_report(folder)
    (kept, taken), about = read_metrics(folder), read_info(folder)
    predictions = read_predictions(folder / TABLE_FILE)
    scores = score_run(predictions, looks=kept.looks)
    check_same_run(folder, kept, scores, about)
    check_description(folder, about)
    _write_metrics(folder, scores, taken)  # an earlier version may have had fewer measures
    return write_report(folder, predictions, scores, about, taken.wall_time_s)


def submission_log(predictions: Predictions, seed: int) -> str:
    """Return one seed's predictions in the form of MEGC2019's submission log.

    A line `database subject`, then a line `clip truth prediction` for each of its clips, classes as indices.
    """
    lines: list[str] = []
    last = ""
    rows = sorted((p.split("/", 2), i) for i, p in enumerate(predictions.sample_id) if predictions.seed[i] == seed)
    for (database, subject, clip), i in rows:
        if f"{database} {subject}" != last:
            last = f"{database} {subject}"
            lines.append(last)
        lines.append(f"{clip} {predictions.truth[i]} {predictions.prediction[i]}")
    return "\n".join(lines) + "\n"


def _write_metrics(out: Path, scores: RunScores, taken: RunTime) -> None:
    write_whole(out / METRICS_FILE, json.dumps(metrics_document(scores, taken), indent=1, allow_nan=False))


def _write_logs(folder: Path, predictions: Predictions) -> None:
    """Write a submission log for each seed, and take away those of an earlier call with other seeds.

    Their folds are kept, so a call with these seeds makes them again.
    """
    logs = {folder / f"seed-{seed}.log": submission_log(predictions, seed) for seed in predictions.seeds}
    for path, log in logs.items():
        write_whole(path, log)
    with writing_at(folder):
        for path in set(folder.glob("seed-*.log")) - logs.keys():
            path.unlink()


def _write(out: Path, predictions: Predictions, scores: RunScores, about: RunInfo, taken: RunTime) -> Run:
    write_whole(out / INFO_FILE, json.dumps(info_document(about), indent=1))
    write_whole(out / TABLE_FILE, to_csv(predictions))
    _write_metrics(out, scores, taken)
    if tuple(predictions.classes) == THREE.classes:
        _write_logs(out / "megc2019", predictions)
    page = write_report(out, predictions, scores, about, taken.wall_time_s)
    return Run(folder=out, predictions=predictions, scores=scores, about=about, time=taken, report=page)
