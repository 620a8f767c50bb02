"""The main task: one model under one protocol, from samples to a run folder with its report.

::

    samples -> classes -> folds -> fit and predict -> predictions.csv -> metrics.json -> report.html
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from glfnet.arguments import check_argument, given_list, given_number, given_path
from glfnet.config import Settings
from glfnet.errors import SettingsError
from glfnet.evaluation.description import describe, identity
from glfnet.evaluation.folds import Progress, run_protocol
from glfnet.evaluation.protocol import label_samples, make_folds
from glfnet.evaluation.run_folder import check_description, open_run
from glfnet.files import write_whole, writing_at
from glfnet.labels import THREE
from glfnet.model.training import make_trainer
from glfnet.path_kind import FOLDER, RUN, check_kind
from glfnet.progress import Show, progress_of
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
from glfnet.samples.flow_set import FlowSet, flow_set
from glfnet.scores.predictions import Predictions, read_predictions, to_csv
from glfnet.scores.run_scores import RunScores
from glfnet.scores.score_run import score_run


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
    out = given_path("out", out, "the run folder, such as 'runs/mine'")
    settings = Settings() if settings is None else settings
    seeds = _checked(flow, settings, seeds, jobs, report)
    started = time.perf_counter()
    # The order of the caller's samples must not matter.
    flow = flow_set(flow.samples, list(flow.maps), flow.channels, flow.normalisation, flow.without_map)
    data = label_samples(flow, settings.protocol)
    folds = make_folds(data.flow.samples, settings.protocol)
    trainer = make_trainer(settings, model)
    about = describe(flow, data, folds, settings, trainer, model, source)
    folder = open_run(out, identity(about, settings, model))
    with progress_of("folds", progress, told=report is not None) as show:
        told = report or partial(show_folds, show)
        outcome = run_protocol(data, folds, trainer, folder, seeds=seeds, jobs=jobs, report=told)
    scores = score_run(outcome.predictions, looks=outcome.looks)
    taken = RunTime(
        wall_time_s=round(time.perf_counter() - started, 1),
        fold_time_s=round(outcome.fold_time_s, 1),
        folds_kept_from_earlier=outcome.kept,
    )
    return _write(out, outcome.predictions, scores, about, taken)


def show_folds(show: Show, progress: Progress) -> None:
    """Move a bar to where a run is, with the score so far."""
    score = "" if math.isnan(progress.uf1_so_far) else f"UF1 so far {progress.uf1_so_far:.3f}"
    show(progress.done, progress.total, score)


def rewrite_report(folder: Path) -> Path:
    """Make scores, tables, figures and page of a finished run again, all of them from its prediction table.

    Raises:
        RunFolderError: if the folder has no finished run, or its files are not of one run.
        InputError: if it is something else than a run, or the prediction table cannot be read.
    """
    check_kind(folder, (RUN, FOLDER), "the folder of a finished run")
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


def _checked(
    flow: FlowSet, settings: Settings, seeds: Iterable[int], jobs: int, report: Callable[[Progress], None] | None
) -> tuple[int, ...]:
    """Raise if an argument cannot be right; return the seeds."""
    check_argument("flow", flow, isinstance(flow, FlowSet), "samples: glfnet.read_flow_set(PATH) reads them")
    expected = 'a page of settings: glfnet.read_settings("glfnet", training={"epochs": 5}) gives one'
    check_argument("settings", settings, isinstance(settings, Settings), expected)
    expected = "whole numbers, such as range(3) or [0, 1, 2]"
    listed = given_list("seeds", seeds, expected, lambda name, seed: given_number(name, seed, expected))
    if not listed or len(set(listed)) < len(listed):
        raise SettingsError(f"seeds: found {list(listed)}; expected at least one, and each of them once.")
    given_number("jobs", jobs, "how many processes, 1 or more, such as os.cpu_count()", least=1)
    check_argument(
        "report", report, report is None or callable(report), "a function, which is called after every finished fold"
    )
    _check_normalisation(flow, settings)
    return listed


def _check_normalisation(flow: FlowSet, settings: Settings) -> None:
    wanted = settings.input.normalisation
    if flow.normalisation != wanted:
        raise SettingsError(
            f"input.normalisation is {wanted!r}, but these samples are {flow.normalisation!r}; set it to that, or read "
            f"the store again: read_flow_set(store, normalisation={wanted!r})."
        )


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
