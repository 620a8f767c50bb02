"""An ablation: the whole recipe against the same with one part less; as tables, figure, page, and one sentence."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from glfnet.files import write_whole
from glfnet.report.figure_files import png, svg
from glfnet.report.figures import CHANCE, GRID, HONEST, INK, dress, plain_name
from glfnet.report.tables import difference_text, number, score_text
from glfnet.report.tuning_page import TuningPage, tuning_page
from glfnet.scores.comparison import MEASURE_NAMES, Comparison, measure_in_words
from glfnet.scores.metrics import Metric
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import FULL, RunScores
from glfnet.scores.unit_measures import UnitMetric
from glfnet.scores.unit_scores import UnitRunScores

CSV_FILE, LATEX_FILE, FIGURE_FILE, PAGE_FILE = "ablation.csv", "ablation.tex", "ablation.svg", "ablation.html"
SHOWN: tuple[Metric, ...] = ("uf1", "uar")
SHOWN_OF_UNITS: tuple[UnitMetric, ...] = ("auc", "f1")
"""The measures of the short table; by the first of them parts are judged."""

_CERTAIN = 0.05
_COLUMNS = (
    *("run", "folder", "change", "parameters", "scope", "metric", "mean", "sd", "difference", "low", "high"),
    *("p_value", "adjusted_p_value"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AblatedRun:
    """One run of an ablation.

    Attributes:
        name: what was changed, in words.
        change: the setting that makes it, such as `model.fusion=sum`; empty for the whole recipe.
        folder: its run folder, below the ablation's.
        part: the part of the paper that is gone or replaced; empty for the whole recipe and for a user's own change.
        parameters: trainable numbers of the network; None for a model that is no network.
        scores: of the run, on classes or on action units.
    """

    name: str
    change: str
    folder: str
    part: str
    parameters: int | None
    scores: RunScores | UnitRunScores

    @property
    def shown(self) -> tuple[Metric, ...] | tuple[UnitMetric, ...]:
        """The measures that the short table shows of it."""
        return SHOWN_OF_UNITS if isinstance(self.scores, UnitRunScores) else SHOWN

    @property
    def clips_and_subjects(self) -> tuple[int, int]:
        """How many were scored."""
        if isinstance(self.scores, UnitRunScores):
            return self.scores.scopes[FULL].samples, self.scores.scopes[FULL].subjects
        return self.scores.counts.samples, self.scores.counts.subjects

    @property
    def scopes(self) -> tuple[str, ...]:
        """All databases together, and each that has scores."""
        scores = self.scores
        return tuple(scores.scopes if isinstance(scores, UnitRunScores) else scores.fixed)

    def score(self, scope: str, metric: Metric | UnitMetric) -> ConfidenceInterval:
        """Return one honest score; of action units, the mean over units."""
        if isinstance(self.scores, UnitRunScores):
            return self.scores.scopes[scope].mean[cast(UnitMetric, metric)]
        return self.scores.fixed[scope].of(cast(Metric, metric))


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationRow:
    """A line of the short table: one run in one measure, over all databases together.

    Attributes:
        run: the run.
        metric: the measure.
        score: of the run, mean over seeds.
        against: the comparison with the whole recipe; None for the whole recipe itself.
    """

    run: AblatedRun
    metric: Metric | UnitMetric
    score: ConfidenceInterval
    against: Comparison | None


def ablation_rows(runs: Sequence[AblatedRun], comparisons: Sequence[Comparison]) -> list[AblationRow]:
    """Return the short table: for each run UF1, then UAR, or means over units, over all databases together."""
    found = {(row.run, row.metric): row for row in comparisons if row.scope == FULL}
    return [
        AblationRow(run=run, metric=metric, score=run.score(FULL, metric), against=found.get((run.name, metric)))
        for run in runs
        for metric in run.shown
    ]


def verdict(runs: Sequence[AblatedRun], comparisons: Sequence[Comparison]) -> str:
    """Return a few sentences that say which parts are a gain beyond doubt, judged by UF1 on all databases together.

    Runs on action units are judged by the mean AUC: it does not depend on where a yes begins, which the loss moves.
    Beyond doubt: the difference stays significant at 5 % after Holm's correction, which counts all tests.
    """
    judged = runs[0].shown[0]
    measure = measure_in_words(judged)
    against = {row.run: row for row in comparisons if (row.scope, row.metric) == (FULL, judged)}
    parts = {run.part: against[run.name] for run in runs if run.part}
    changes = {run.change: against[run.name] for run in runs if run.change and not run.part}
    sentences = _parts_sentences(parts, runs[0].clips_and_subjects[1], measure) if parts else []
    if changes:
        certain = {name: row for name, row in changes.items() if _is_certain(row)}
        sentences.append(f"Of the other changes, these matter beyond doubt: {_named(certain, measure) or 'none'}.")
    return " ".join(sentences)


def ablation_csv(runs: Sequence[AblatedRun], comparisons: Sequence[Comparison]) -> str:
    """Return one line for each run, measure and scope; of the whole recipe the columns of the difference are empty.

    Columns: run, folder, change, parameters, scope, metric, mean and sd (over seeds), difference to the whole recipe,
    low and high (its 95 % interval over subjects), p_value, adjusted_p_value (Holm, as in `compare_runs`).
    """
    found = {(row.run, row.scope, row.metric): row for row in comparisons}
    lines = []
    for run in runs:
        for metric in (metric for metric in MEASURE_NAMES if any(row.metric == metric for row in comparisons)):
            for scope in run.scopes:
                row, score = found.get((run.name, scope, metric)), run.score(scope, metric)
                values = (row.difference, row.low, row.high, row.p_value, row.adjusted_p_value) if row else ()
                cells = [number(score.mean, 6), number(score.sd, 6), *(number(value, 6) for value in values)]
                start = [run.name, run.folder, run.change, run.parameters, scope, metric, *cells]
                lines.append(start + [""] * (len(_COLUMNS) - len(start)))
    return str(pd.DataFrame(lines, columns=list(_COLUMNS)).to_csv(index=False, lineterminator="\n"))


def ablation_latex(rows: Sequence[AblationRow]) -> str:
    """Return a `tabular` for the booktabs package, a line for each run and measure; names are escaped."""
    names: list[Hashable] = ["Run", "Measure"]
    header = [*names, "Parameters", "Score", "Difference [95 \\%]", "$p$", "$p$ (Holm)"]
    lines = []
    for row in rows:
        spread = "" if math.isnan(row.score.sd) else rf" $\pm$ {number(row.score.sd)}"
        count = "" if row.run.parameters is None else f"{row.run.parameters:,}".replace(",", r"\,")
        difference, p_value, adjusted = ("", "", "") if row.against is None else _latex_difference(row.against)
        score = f"{number(row.score.mean)}{spread}"
        lines.append((row.run.name, MEASURE_NAMES[row.metric], count, score, difference, p_value, adjusted))
    table = pd.DataFrame(lines, columns=header).style.format(escape="latex", subset=names).hide(axis="index")
    text = table.to_latex(hrules=True, column_format="llrcccc")
    note = "Honest predictions; differences to the whole recipe, paired over subjects."
    return f"% written by glfnet ablate; needs \\usepackage{{booktabs}}\n{text}{{\\par\\footnotesize {note}\\par}}\n"


def ablation_figure(rows: Sequence[AblationRow]) -> Figure:
    """Return a panel for each measure: a row for each run, its difference to the whole recipe with its interval."""
    names = list(dict.fromkeys(row.run.name for row in rows if row.against is not None))
    figure = Figure(figsize=(8.4, 1.5 + 0.48 * len(names)), layout=ConstrainedLayoutEngine(w_pad=0.12))
    shown = rows[0].run.shown
    for column, metric in enumerate(shown):
        axes = figure.add_subplot(1, len(shown), column + 1)
        axes.axvline(0, color=INK, linewidth=1)
        for row in rows:
            if row.metric != metric or row.against is None:
                continue
            y, found = names.index(row.run.name), row.against
            colour = HONEST if row.run.part else CHANCE
            if np.isnan(found.difference):
                axes.text(0, y, "undefined", color=colour, va="center", fontsize=11, style="italic")
                continue
            if not np.isnan(found.low):
                axes.hlines(y, found.low, found.high, color=colour, linewidth=3)
            axes.plot([found.difference], [y], "o", color=colour, markersize=9)
        dress(axes, keep=("bottom",))
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set(axisbelow=True, ylim=(len(names) - 0.5, -0.5))
        axes.margins(x=0.08)
        axes.tick_params(axis="y", length=0)
        axes.set_yticks(range(len(names)), [plain_name(n, 32) if column == 0 else "" for n in names], fontsize=12)
        axes.set_title(MEASURE_NAMES[metric], color=INK, fontsize=13, fontweight="bold")
        axes.set_xlabel("difference to the whole recipe", fontsize=12, color=INK)
    return figure


def write_ablation(
    folder: Path, runs: Sequence[AblatedRun], comparisons: Sequence[Comparison], facts: Mapping[str, str]
) -> Path:
    """Write table (CSV, LaTeX), figure and page of an ablation; return the page's path.

    Args:
        folder: of the ablation.
        runs: the whole recipe first.
        comparisons: of the others with it, from `compare_runs`.
        facts: what else a reader needs to know, by its name.

    Raises:
        InputError: if a file cannot be written.
    """
    rows = ablation_rows(runs, comparisons)
    figure = ablation_figure(rows)
    drawing = svg(figure)
    write_whole(folder / CSV_FILE, ablation_csv(runs, comparisons))
    write_whole(folder / LATEX_FILE, ablation_latex(rows))
    write_whole(folder / FIGURE_FILE, drawing)
    write_whole((folder / FIGURE_FILE).with_suffix(".png"), png(figure))
    clips, subjects = runs[0].clips_and_subjects
    page = TuningPage(
        title="Ablation: each part switched off",
        lead=f"{clips} clips of {subjects} subjects, honest scores.",
        verdict=verdict(runs, comparisons),
        header=("Run", "Parameters", "Measure", "Score", "Difference, 95 %", "p", "p (Holm)"),
        rows=tuple(_page_row(row) for row in rows),
        links={run.name: f"{run.folder}/report.html" for run in runs},
        drawing=drawing,
        caption=(
            "Left of the line: the score is lower without the part, so the part is a gain. Bars: 95 % interval over "
            "subjects. An interval that leaves the line aside is not yet certain: see p (Holm), which counts all tests."
        ),
        facts=facts,
    )
    write_whole(folder / PAGE_FILE, tuning_page(page))
    return folder / PAGE_FILE


def _parts_sentences(parts: Mapping[str, Comparison], subjects: int, measure: str) -> list[str]:
    without = f"without it, {measure}"
    gains = {part: row for part, row in parts.items() if _is_certain(row) and row.difference < 0}
    losses = {part: row for part, row in parts.items() if _is_certain(row) and row.difference > 0}
    said = [f"Beyond doubt a gain: {_named(gains, without)}." if gains else "No part is a gain beyond doubt."]
    if losses:
        said.append(f"Beyond doubt a loss: {_named(losses, without)}.")
    rest = {part: row for part, row in parts.items() if part not in gains | losses}
    tested = {part: row for part, row in rest.items() if not math.isnan(row.adjusted_p_value)}
    if not rest:
        return said
    if not tested:
        return [*said, f"{measure[0].upper()}{measure[1:]} is undefined, so nothing can be tested."]
    part, row = min(tested.items(), key=lambda item: (item[1].adjusted_p_value, item[1].p_value))
    which = "no other difference" if gains or losses else "no difference"
    nearest = _named({part: row}, without)
    said.append(f"With {subjects} subjects, {which} stays significant after Holm's correction; nearest: {nearest}.")
    return said


def _is_certain(row: Comparison) -> bool:
    return row.adjusted_p_value < _CERTAIN


def _named(rows: Mapping[str, Comparison], what: str) -> str:
    shown = (f"{name} ({what} {r.difference:+.3f}, corrected p {r.adjusted_p_value:.3g})" for name, r in rows.items())
    return "; ".join(shown)


def _latex_difference(row: Comparison) -> tuple[str, str, str]:
    minus = difference_text(row).replace("-", "$-$").replace("+", "$+$")
    return minus, number(row.p_value, 4), number(row.adjusted_p_value, 4)


def _page_row(row: AblationRow) -> tuple[str, ...]:
    count = "" if row.run.parameters is None else f"{row.run.parameters:,}".replace(",", " ")
    start = (row.run.name, count, MEASURE_NAMES[row.metric], score_text(row.score))
    if row.against is None:
        return (*start, "", "", "")
    tests = (number(row.against.p_value, 4), number(row.against.adjusted_p_value, 4))
    return (*start, difference_text(row.against), *tests)
