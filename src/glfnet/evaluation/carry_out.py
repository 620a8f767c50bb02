"""From samples to the predictions of every fold: what every task of a run goes through."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from glfnet.arguments import check_argument, given_list, given_number, given_path
from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.evaluation.description import describe, identity
from glfnet.evaluation.folds import Outcome, Progress, run_protocol
from glfnet.evaluation.labelled_set import label_samples
from glfnet.evaluation.pretrain import PRETRAINED, pretrain, with_made_up
from glfnet.evaluation.protocol import make_folds
from glfnet.evaluation.run_folder import open_run
from glfnet.model.training import make_trainer
from glfnet.progress import Show, progress_of
from glfnet.report.run_info import RunInfo, RunTime
from glfnet.samples.flow_set import FlowSet, flow_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """All folds of a run.

    Attributes:
        folder: where they are.
        outcome: what was predicted.
        about: settings, data, model and versions.
        time: how long it took.
    """

    folder: Path
    outcome: Outcome
    about: RunInfo
    time: RunTime


def carry_out(
    flow: FlowSet,
    out: Path | str,
    settings: Settings,
    *,
    model: object | None,
    seeds: Sequence[int],
    jobs: int,
    source: str,
    report: Callable[[Progress], None] | None,
    progress: bool | None,
) -> Finished:
    """Fit all folds of a run that are not in its folder yet. Arguments and errors are those of `evaluate`."""
    out = given_path("out", out, "the run folder, such as 'runs/mine'")
    seeds = checked_arguments(flow, settings, seeds, jobs, report)
    started = time.perf_counter()
    # The order of the caller's samples must not matter.
    flow = flow_set(flow.samples, list(flow.maps), flow.channels, flow.normalisation, flow.without_map)
    data = label_samples(flow, settings.protocol, units_too=settings.loss.units > 0)
    folds = make_folds(data.flow.samples, settings.protocol)
    trainer = make_trainer(settings, model)
    trainer = with_made_up(trainer, data, out / PRETRAINED)
    about = describe(flow, data, folds, settings, trainer, model, source)
    folder = open_run(out, identity(about, data, settings, model))
    pretrain(trainer, seeds, jobs, False if report is not None else progress)
    with progress_of("folds", progress, told=report is not None) as show:
        told = report or partial(show_folds, show)
        outcome = run_protocol(data, folds, trainer, folder, seeds=seeds, jobs=jobs, report=told)
    taken = RunTime(
        wall_time_s=round(time.perf_counter() - started, 1),
        fold_time_s=round(outcome.fold_time_s, 1),
        folds_kept_from_earlier=outcome.kept,
    )
    return Finished(folder=out, outcome=outcome, about=about, time=taken)


def show_folds(show: Show, progress: Progress) -> None:
    """Move a bar to where a run is, with the score so far."""
    show(progress.done, progress.total, score_so_far(progress))


def score_so_far(progress: Progress) -> str:
    """Return the score so far in words; empty while there is none."""
    return "" if math.isnan(progress.uf1_so_far) else f"UF1 so far {progress.uf1_so_far:.3f}"


def checked_arguments(
    flow: FlowSet,
    settings: Settings,
    seeds: Iterable[int],
    jobs: int,
    report: Callable[[Progress], None] | None = None,
) -> tuple[int, ...]:
    """Raise SettingsError if an argument of `evaluate` cannot be right, naming it; return the seeds."""
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
