"""The trials of a sweep as a table, a picture and a page, with the sentence that the best of many is optimistic."""

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from glfnet.files import write_whole
from glfnet.report.figure_files import png, svg
from glfnet.report.figures import CHANCE, GRID, HONEST, INK, PAPER, SELECTED, dress, plain_name
from glfnet.report.tables import number
from glfnet.report.tuning_page import TuningPage, tuning_page
from glfnet.scores.comparison import MEASURE_NAMES, measure_in_words
from glfnet.scores.metrics import Metric
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.unit_measures import UnitMetric

CSV_FILE, FIGURE_FILE, PAGE_FILE, BEST_FILE = "trials.csv", "trials.svg", "sweep.html", "best.toml"
_COLUMNS, _SHOWN = 3, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial of a sweep that has ended.

    Attributes:
        number: from 0 up.
        values: what was tried, by option, as in JSON.
        score: on the inner folds: mean and spread over seeds, interval over subjects; undefined if it failed.
        reason: why it failed; empty if it did not.
        same_as: the number of an earlier trial with the same values, whose score it has; None if there is none.
    """

    number: int
    values: Mapping[str, Any]
    score: ConfidenceInterval
    reason: str = ""
    same_as: int | None = None

    @property
    def uf1(self) -> ConfidenceInterval:
        """The score, as it is called where classes are the task."""
        return self.score


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedOption:
    """An option of a sweep, as it is drawn.

    Attributes:
        name: `section.option`.
        choices: its values, as texts; empty if it is a range.
        log: the range is drawn on a logarithmic axis.
    """

    name: str
    choices: tuple[str, ...] = ()
    log: bool = False


def best_first(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that did not fail and repeat no other, the best first; of equals, the earlier."""
    ended = [trial for trial in trials if not trial.reason and trial.same_as is None]
    return sorted(ended, key=lambda trial: (-trial.score.mean, trial.number))


def shown_value(value: object) -> str:
    """Return a value as a user types it.

    >>> shown_value("concat"), shown_value(0.003), shown_value([3, 3]), shown_value(True)
    ('concat', '0.003', '[3, 3]', 'true')
    """
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else json.dumps(value)


def verdict(
    trials: Sequence[Trial], recipe: int | None, held_out: Sequence[str], metric: Metric | UnitMetric = "uf1"
) -> str:
    """Return what came of a sweep, and why its best score is no result.

    Args:
        trials: all.
        recipe: the number of the trial of the recipe as it is; None if there was none.
        held_out: the subjects set aside.
        metric: what the trials were scored by.
    """
    best = best_first(trials)[0]
    failed = sum(bool(trial.reason) for trial in trials if trial.same_as is None)
    different = len(best_first(trials)) + failed
    counts = f"{_counted(len(trials), 'trial')} ({_counted(different, 'different setting')}"
    counts += f", {failed} failed)" if failed else ")"
    beside = ""
    if recipe == best.number:
        beside = ", and these are the settings of the recipe as it is"
    elif recipe is not None and not trials[recipe].reason:
        beside = f"; the recipe as it is, trial {recipe}, has {trials[recipe].score.mean:.3f}"
    where = "other subjects: here nobody was set aside"
    if held_out:
        where = f"the {len(held_out)} subjects who were set aside" if len(held_out) > 1 else "the subject set aside"
    reached = f"{measure_in_words(metric)} {best.score.mean:.3f}"
    return (
        f"Trial {best.number} is the best of {counts}: {reached} on the inner folds{beside}. The best of many is "
        f"partly luck, so this number is optimistic and no result. Score {BEST_FILE} on {where}."
    )


def trials_csv(trials: Sequence[Trial], metric: Metric | UnitMetric = "uf1") -> str:
    """Return one line for each trial: number, state, score, sd, low, high, same_as, reason, and each option.

    The column of the score has the name of its measure.
    """
    lines = []
    for trial in trials:
        score = trial.score
        cells = ["" if trial.reason else number(value, 6) for value in (score.mean, score.sd, score.low, score.high)]
        state = "failed" if trial.reason else "repeated" if trial.same_as is not None else "complete"
        same = "" if trial.same_as is None else trial.same_as
        lines.append([trial.number, state, *cells, same, trial.reason, *map(shown_value, trial.values.values())])
    header = ["number", "state", metric, "sd", "low", "high", "same_as", "reason", *trials[0].values]
    return str(pd.DataFrame(lines, columns=header).to_csv(index=False, lineterminator="\n"))


def trials_figure(
    trials: Sequence[Trial], options: Sequence[TriedOption], metric: Metric | UnitMetric = "uf1"
) -> Figure:
    """Return the score against the number of the trial, with the best so far, and below it a panel for each option."""
    rows = -(-len(options) // _COLUMNS)
    columns = min(_COLUMNS, len(options))
    figure = Figure(figsize=(8.4, 3.3 + 2.7 * rows), layout=ConstrainedLayoutEngine(w_pad=0.12))
    grid = figure.add_gridspec(1 + rows, columns, height_ratios=[1.15, *[1] * rows])
    top = figure.add_subplot(grid[0, :])
    ended = [trial for trial in trials if not trial.reason]
    best = best_first(trials)[0]
    _trials_panel(top, trials, best, MEASURE_NAMES[metric])
    for position, option in enumerate(options):
        axes = figure.add_subplot(grid[1 + position // columns, position % columns], sharey=top)
        _option_panel(axes, option, ended, best)
        if position % columns:
            axes.tick_params(labelleft=False)
        else:
            axes.set_ylabel(MEASURE_NAMES[metric], fontsize=12, color=INK)
    handles, labels = top.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False, labelcolor=INK, fontsize=11)
    return figure


def write_sweep(
    folder: Path,
    trials: Sequence[Trial],
    options: Sequence[TriedOption],
    *,
    lead: str,
    said: str,
    facts: Mapping[str, str],
    metric: Metric | UnitMetric = "uf1",
) -> Path:
    """Write picture and page of a sweep; return the page's path.

    Args:
        folder: of the sweep.
        trials: all of them, one that did not fail at least.
        options: what was tried.
        lead: on what, in a sentence.
        said: the verdict.
        facts: what else a reader needs to know, by its name.
        metric: what the trials were scored by.

    Raises:
        InputError: if a file cannot be written.
    """
    figure = trials_figure(trials, options, metric)
    drawing = svg(figure)
    write_whole(folder / FIGURE_FILE, drawing)
    write_whole((folder / FIGURE_FILE).with_suffix(".png"), png(figure))
    rows = best_first(trials)
    page = TuningPage(
        title=f"Sweep: {len(trials)} trials",
        lead=lead,
        verdict=said,
        header=(
            "Trial",
            f"{MEASURE_NAMES[metric]} on inner folds",
            "95 % over subjects",
            *(option.name for option in options),
        ),
        rows=tuple(trial_cells(trial) for trial in rows[:_SHOWN]),
        links={f"{trial.number}": f"trials/{trial.number:04d}/report.html" for trial in rows},
        drawing=drawing,
        caption=(
            "Circles: trials, bars: standard deviation over seeds. Line: the best so far, which can only rise, also by "
            "luck. Hollow diamond: the best. Crosses: trials that failed."
        ),
        facts=facts,
    )
    write_whole(folder / PAGE_FILE, tuning_page(page))
    return folder / PAGE_FILE


def trial_cells(trial: Trial) -> tuple[str, ...]:
    """Return a line of the table: number, score with its spread over seeds, interval over subjects, values."""
    spread = "" if math.isnan(trial.score.sd) else f" ± {trial.score.sd:.3f}"
    interval = f"[{number(trial.score.low)}, {number(trial.score.high)}]"
    return (str(trial.number), f"{trial.score.mean:.3f}{spread}", interval, *map(shown_value, trial.values.values()))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _trials_panel(axes: Axes, trials: Sequence[Trial], best: Trial, measure: str) -> None:
    ended = [trial for trial in trials if not trial.reason]
    failed = [trial.number for trial in trials if trial.reason]
    numbers, means = [trial.number for trial in ended], np.array([trial.score.mean for trial in ended])
    spreads = np.nan_to_num([trial.score.sd for trial in ended])
    axes.vlines(numbers, means - spreads, means + spreads, color=HONEST, linewidth=1.2, alpha=0.5)
    axes.plot(numbers, means, "o", color=HONEST, markersize=6, label="one trial, and its spread over seeds")
    so_far = np.maximum.accumulate(means)
    axes.step(numbers, so_far, where="post", color=INK, linewidth=1, label="best so far")
    _mark_best(axes, best.number, best, "the best of all: chosen, so optimistic")
    if failed:
        bottom = axes.get_xaxis_transform()  # the height in shares of the panel: a failed trial has no score
        style: dict[str, Any] = {"color": CHANCE, "markersize": 7, "markeredgewidth": 2, "label": "failed"}
        axes.plot(failed, [0.04] * len(failed), "x", transform=bottom, **style)
    _dress_panel(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("number of the trial", fontsize=12, color=INK)
    axes.set_ylabel(textwrap.fill(f"{measure} on the inner folds", 22), fontsize=12, color=INK)


def _option_panel(axes: Axes, option: TriedOption, ended: Sequence[Trial], best: Trial) -> None:
    def place(trial: Trial) -> float:
        value = trial.values[option.name]
        return option.choices.index(shown_value(value)) if option.choices else float(value)

    axes.plot(
        [place(trial) for trial in ended], [t.score.mean for t in ended], "o", color=HONEST, markersize=5, alpha=0.7
    )
    _mark_best(axes, place(best), best, "")
    _dress_panel(axes)
    if option.choices:
        turned = 30 if sum(map(len, option.choices)) > 24 else 0
        axes.set_xticks(range(len(option.choices)), [plain_name(c, 14) for c in option.choices], rotation=turned)
        axes.set_xlim(-0.5, len(option.choices) - 0.5)
    elif option.log:
        axes.set_xscale("log")
    axes.set_xlabel(plain_name(option.name, 34), fontsize=11, color=INK)


def _mark_best(axes: Axes, x: float, best: Trial, label: str) -> None:
    style: dict[str, Any] = {"color": SELECTED, "markerfacecolor": PAPER, "markeredgewidth": 1.8, "markersize": 9}
    axes.plot([x], [best.score.mean], "D", linestyle="none", zorder=4, label=label or None, **style)


def _dress_panel(axes: Axes) -> None:
    dress(axes)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.margins(y=0.09)
