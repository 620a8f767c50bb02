"""A comparison of runs as one page that works without network, and its figure as a file of its own."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from glfnet.pages import template
from glfnet.report import figure_files
from glfnet.report.figures import CHANCE, GRID, HONEST, INK, PAPER, dress, plain_name
from glfnet.report.published import scope_name
from glfnet.report.tables import difference_text, number
from glfnet.scores.comparison import Comparison, SpottingComparison, measure_in_words
from glfnet.scores.metrics import Metric
from glfnet.scores.run_scores import FULL
from glfnet.scores.spotting.answered_videos import BOTH
from glfnet.scores.unit_measures import UnitMetric

TITLE = "glfnet compare"
"""Begins the title of a page, and is that of a figure: so that an earlier comparison is known."""

_HEAD_BYTES = 4096
_CERTAIN = 0.05  # after Holm's correction
_LONGEST = 34  # letters of a run's name in a figure


def comparison_page(rows: Sequence[Comparison]) -> str:
    """Return the page: what is certain in a sentence, a figure of all differences, and the tables behind it.

    Args:
        rows: from `compare_runs`, at least one.
    """
    means = [row for row in rows if row.unit is None]
    described = (
        f"Differences to {rows[0].baseline} with their 95 % intervals over {_drawn_over(rows)}, "
        f"{', '.join(_measures(means))}. The tables below give the numbers."
    )
    drawing = figure_files.inline_svg(figure_files.svg(comparison_figure(rows)), "differences", described)
    filters = {"score": number, "scope": scope_name, "difference": difference_text}
    return template("comparison.html.j2", filters).render(
        title=f"{TITLE}: {len({row.run for row in rows})} with {rows[0].baseline}",
        baseline=rows[0].baseline,
        runs=list(dict.fromkeys(row.run for row in rows)),
        verdict=comparison_verdict(rows),
        people=_drawn_over(rows),
        of_videos=isinstance(rows[0], SpottingComparison),
        figure=Markup(drawing),  # our own SVG; its texts are escaped
        measures={name: [row for row in means if row.measure == name] for name in _measures(means)},
        units=[row for row in rows if row.unit is not None],
    )


def comparison_verdict(rows: Sequence[Comparison]) -> str:
    """Return a sentence or two that say which runs differ from the baseline beyond doubt, by one measure.

    Beyond doubt: over all databases together, or over the first one of long videos, the difference stays significant at
    5 % after Holm's correction. The measure is the first; of long videos F1 of both kinds together.
    """
    first = next((row for row in rows if isinstance(row, SpottingComparison) and _of_both(row)), rows[0])
    judged = [row for row in rows if row.unit is None and (row.scope, row.measure) == (first.scope, first.measure)]
    spotting = isinstance(first, SpottingComparison)
    measure = first.measure if spotting else measure_in_words(cast(Metric | UnitMetric, first.metric))
    certain = [row for row in judged if row.adjusted_p_value < _CERTAIN]
    if not certain:
        said = "No run differs" if len(judged) > 1 else f"{judged[0].run} does not differ"
        return (
            f"{said} from {judged[0].baseline} beyond doubt: in {measure}, chance alone could explain what was found."
        )
    named = "; ".join(
        f"{row.run} is {'better' if row.difference > 0 else 'worse'} by {abs(row.difference):.3f} "
        f"(corrected p {row.adjusted_p_value:.3g})"
        for row in certain
    )
    rest = "" if len(certain) == len(judged) else " Of the others, chance alone could explain what was found."
    return f"Beyond doubt, in {measure}: {named}.{rest}"


def comparison_figure(rows: Sequence[Comparison]) -> Figure:
    """Return a panel for each measure: for each run a row for each scope, the difference and its 95 % interval.

    A filled mark is a difference that stays significant after Holm's correction, a hollow one is not. Single action
    units are left to the tables, and so are precision and recall of long videos.
    """
    means = [row for row in rows if row.unit is None and row.metric not in ("precision", "recall")]
    names = _measures(means)
    lines = _lines(means)
    figure = Figure(figsize=(8.4, 1.3 + 0.36 * len(lines)), layout=ConstrainedLayoutEngine(w_pad=0.1))
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for column, (axes, name) in enumerate(zip(panels, names, strict=True)):
        axes.axvline(0, color=INK, linewidth=1)
        for row in (row for row in means if row.measure == name):
            _draw(axes, lines.index((row.run, row.scope)), row)
        dress(axes, keep=("bottom",))
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set(axisbelow=True, ylim=(len(lines) - 0.5, -0.5))
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=4)
        axes.tick_params(axis="y", length=0)
        axes.set_yticks(range(len(lines)), [_label(*line) if column == 0 else "" for line in lines], fontsize=11)
        axes.set_title(name, color=INK, fontsize=13, fontweight="bold")
        axes.set_xlabel("difference", fontsize=11, color=INK)
    for text, (_, scope) in zip(panels[0].get_yticklabels(), lines, strict=True):
        text.set_fontweight("normal" if scope else "bold")
    return figure


def _drawn_over(rows: Sequence[Comparison]) -> str:
    return " or ".join(dict.fromkeys(row.drawn for row in rows if isinstance(row, SpottingComparison))) or "subjects"


def _of_both(row: SpottingComparison) -> bool:
    return row.metric == "f1" and row.kind == BOTH


def is_comparison_page(path: Path) -> bool:
    """Return whether a file is a page that `comparison_page` gave."""
    return f"<title>{TITLE}: ".encode() in _head(path)


def is_comparison_figure(path: Path) -> bool:
    """Return whether a file is a comparison's figure: an SVG or PNG file with its title."""
    head = _head(path)
    return TITLE.encode() in head and (head.startswith((b"<?xml", b"\x89PNG")))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _measures(means: Sequence[Comparison]) -> list[str]:
    return list(dict.fromkeys(row.measure for row in means))


def _lines(means: Sequence[Comparison]) -> list[tuple[str, str]]:
    """Return what each line of the figure is about: a run's name alone, with an empty scope, then its scopes."""
    runs: dict[str, list[str]] = {}
    for row in means:
        scopes = runs.setdefault(row.run, [""])
        if row.scope not in scopes:
            scopes.append(row.scope)
    return [(run, scope) for run, scopes in runs.items() for scope in scopes]


def _label(run: str, scope: str) -> str:
    if scope:
        return plain_name(scope_name(scope))
    # The end of a path tells runs apart, its beginning hardly does.
    return plain_name(run if len(run) <= _LONGEST else f"…{run[1 - _LONGEST :]}", _LONGEST)


def _draw(axes: Axes, y: int, row: Comparison) -> None:
    if math.isnan(row.difference):
        axes.text(0, y, "undefined", color=CHANCE, va="center", fontsize=11, style="italic")
        return
    if not math.isnan(row.low):
        axes.hlines(y, row.low, row.high, color=HONEST, linewidth=3 if row.scope == FULL else 1.6)
    fill = HONEST if row.adjusted_p_value < _CERTAIN else PAPER
    axes.plot([row.difference], [y], "o", color=HONEST, markersize=8, markerfacecolor=fill, markeredgewidth=1.8)
