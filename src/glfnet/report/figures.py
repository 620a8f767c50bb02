"""The figures of a report: numbers in, matplotlib figures out.

Figures are made through matplotlib's object interface, never pyplot, so nothing global changes. The honest score is
always a filled blue circle, the test-selected score always a hollow orange diamond.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.report.published import scope_name
from glfnet.scores.metrics import Metric, uf1
from glfnet.scores.predictions import KINDS, Predictions, ScoreKind
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import RunScores
from glfnet.scores.score_run import confusion_of, scopes

# Okabe and Ito's colours, which people with any form of colour blindness can tell apart.
HONEST, SELECTED, CHANCE = "#0072b2", "#d55e00", "#7f7f7f"
INK, GRID, PAPER = "#1a1d21", "#c9ced4", "#fffffe"
_DATABASE_STYLES = (("#009e73", "o"), ("#cc79a7", "s"), ("#e69f00", "^"), ("#56b4e9", "D"), ("#7f7f7f", "v"))
_SHADES = LinearSegmentedColormap.from_list("share", ["#f2f7fb", "#9cc9e3", "#0072b2", "#00395c"])
_LEGEND = {
    "fixed": "honest",
    "test_selected": "test-selected (epoch chosen on the held-out subject)",
    "chance": "random labels, selected in the same way",
}
_MOST_NAMED = 24


def scores_figure(scores: RunScores, *, metric: Metric = "uf1") -> Figure:
    """Return one row for each database: honest mean and interval, test-selected mean and interval, its chance level.

    Without epochs to select from, a row has its honest mean and interval only.

    Args:
        scores: of a run.
        metric: what to draw.
    """
    names = list(scores.fixed)
    figure = Figure(figsize=(8.4, 1.9 + 0.8 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    for row, scope in enumerate(names):
        if scores.kinds == ("fixed",):
            interval_mark(axes, row, scores.fixed[scope].of(metric), "fixed")
            continue
        interval_mark(axes, row - 0.24, scores.fixed[scope].of(metric), "fixed")
        interval_mark(axes, row, scores.test_selected[scope].of(metric), "test_selected")
        _mark(axes, row + 0.24, scores.chance[scope].of(metric), "chance")
    score_axis(axes, f"{metric.upper() if metric != 'accuracy' else metric}, mean over seeds and 95 % interval")
    axes.set_yticks(range(len(names)), [plain_name(scope_name(s)) for s in names], fontsize=12)
    axes.set_ylim(len(names) - 0.5, -0.5)
    for edge in np.arange(len(names) - 1) + 0.5:
        axes.axhline(edge, color=GRID, linewidth=0.8)
    _legend_above(figure, axes, _LEGEND if scores.kinds == KINDS else ("fixed",))
    return figure


def confusion_figure(matrices: Mapping[str, NDArray[np.int64]], classes: Sequence[str]) -> Figure:
    """Return one panel per scope: rows truth, columns prediction; counts, and below them percentages of the row.

    Args:
        matrices: scope (`full` or a database) to its (K, K) counts.
        classes: the K class names.

    Raises:
        ShapeError: if a matrix is not (K, K).
    """
    for scope, matrix in matrices.items():
        if matrix.shape != (len(classes), len(classes)):
            raise ShapeError(f"the confusion of {scope} must be ({len(classes)}, {len(classes)}); got {matrix.shape}.")
    columns = min(2, len(matrices))
    rows = -(-len(matrices) // columns)
    side = 1.4 + 0.85 * len(classes)
    figure = Figure(
        figsize=(columns * (side + 0.5), rows * side), layout=ConstrainedLayoutEngine(h_pad=0.14, w_pad=0.1)
    )
    for position, (scope, matrix) in enumerate(matrices.items()):
        axes = figure.add_subplot(rows, columns, position + 1)
        _confusion_panel(axes, matrix, [plain_name(c) for c in classes])
        axes.set_title(plain_name(scope_name(scope)), color=INK, fontsize=13, pad=10, fontweight="bold")
    return figure


def subjects_figure(subjects: Sequence[str], accuracy: Sequence[float], clips: Sequence[int]) -> Figure:
    """Return every subject's honest accuracy, lowest first; colour and shape show the database, size the clips.

    Args:
        subjects: `database/subject`.
        accuracy: mean over seeds, 0..1, one entry per subject.
        clips: number of clips, one entry per subject.
    """
    figure = Figure(figsize=(8.4, 3.9), layout="constrained")
    axes = figure.add_subplot()
    order = sorted(range(len(subjects)), key=lambda i: (accuracy[i], subjects[i]))
    databases = sorted({s.split("/")[0] for s in subjects})
    for number, database in enumerate(databases):
        colour, shape = _DATABASE_STYLES[number % len(_DATABASE_STYLES)]
        places = [x for x, i in enumerate(order) if subjects[i].split("/")[0] == database]
        values = np.array([accuracy[order[x]] for x in places])
        sizes = [10 + 16 * np.sqrt(clips[order[x]]) for x in places]
        axes.vlines(places, 0, values, color=colour, linewidth=1.2, alpha=0.55)
        axes.scatter(
            places, values, sizes, color=colour, marker=shape, label=plain_name(scope_name(database)), zorder=3
        )
    dress(axes)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set(ylim=(-0.05, 1.09), yticks=np.linspace(0, 1, 6), xlim=(-1, len(order)))
    axes.set_ylabel("honest accuracy", fontsize=12, color=INK)
    _name_subjects(axes, [subjects[i] for i in order])
    handles, labels = axes.get_legend_handles_labels()
    legend = figure.legend(
        handles, labels, loc="outside upper center", ncols=max(len(databases), 1), frameon=False, labelcolor=INK
    )
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set(sizes=[50])
    return figure


def seeds_figure(values: Mapping[str, Mapping[ScoreKind, Sequence[float]]]) -> Figure:
    """Return UF1 of each seed, honest and test-selected in separate panels.

    Args:
        values: scope to score kind to one UF1 for each seed, as `seed_scores` gives it, the same kinds for each scope;
            where a value is NaN, the row says `undefined`.
    """
    kinds = list(next(iter(values.values())))
    figure = Figure(figsize=(8.4, 1.4 + 0.45 * len(values)), layout=ConstrainedLayoutEngine(w_pad=0.12))
    for column, kind in enumerate(kinds):
        axes = figure.add_subplot(1, len(kinds), column + 1)
        for row, scope in enumerate(values):
            _seed_marks(axes, row, np.array(values[scope][kind], dtype=np.float64), kind)
        score_axis(axes, "UF1 of each seed")
        axes.set_title(_LEGEND[kind].split(" (")[0], color=_colour(kind), fontsize=13, fontweight="bold")
        axes.set_ylim(len(values) - 0.5, -0.5)
        names = [plain_name(scope_name(s)) if column == 0 else "" for s in values]
        axes.set_yticks(range(len(values)), names, fontsize=12)
    return figure


def seed_scores(
    predictions: Predictions, kinds: Sequence[ScoreKind] = KINDS
) -> dict[str, dict[ScoreKind, list[float]]]:
    """Return UF1 of each scope, score kind and seed; NaN where a class has no true sample."""
    return {
        scope: {kind: _seed_scores(predictions.of(kind).select(rows), predictions.seeds) for kind in kinds}
        for scope, rows in scopes(predictions.database).items()
    }


def dress(axes: Axes, keep: Sequence[str] = ("bottom", "left")) -> None:
    """Give axes the look of all figures.

    Args:
        axes: to change.
        keep: the sides whose line stays.
    """
    axes.patch.set_alpha(0)
    axes.tick_params(colors=INK, labelsize=11)
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep)
        spine.set_color(INK)


def plain_name(name: str, longest: int = 20) -> str:
    """Return a name as it stands in a figure: not too long, and never a formula."""
    # Tables give a long name whole; here it would leave no room for the drawing.
    return (name if len(name) <= longest else f"{name[: longest - 1]}…").replace("$", r"\$")


def _colour(kind: str) -> str:
    return {"fixed": HONEST, "test_selected": SELECTED, "chance": CHANCE}[kind]


def _marker(kind: str) -> dict[str, Any]:
    if kind == "chance":
        return {"marker": "x", "markersize": 8, "markeredgewidth": 2.2, "color": CHANCE}
    if kind == "fixed":
        return {"marker": "o", "markersize": 9, "color": HONEST}
    return {"marker": "D", "markersize": 8, "color": SELECTED, "markerfacecolor": PAPER, "markeredgewidth": 1.8}


def interval_mark(axes: Axes, y: float, score: ConfidenceInterval, kind: ScoreKind) -> None:
    """Draw a score as a mark and its interval as a line."""
    low, high = score.low, score.high
    if not np.isnan([low, high]).any():
        style: Any = "-" if kind == "fixed" else (0, (3, 2))
        axes.hlines(y, low, high, color=_colour(kind), linewidth=3 if kind == "fixed" else 1.6, linestyle=style)
        axes.plot([low, high], [y, y], "|", color=_colour(kind), markersize=8, markeredgewidth=1.6)
    _mark(axes, y, score.mean, kind)


def _mark(axes: Axes, y: float, value: float, kind: str) -> None:
    if np.isnan(value):
        axes.text(0.01, y, "undefined", color=_colour(kind), va="center", fontsize=11, style="italic")
    else:
        axes.plot([value], [y], linestyle="none", **_marker(kind))


def _seed_marks(axes: Axes, row: int, values: NDArray[np.float64], kind: str) -> None:
    defined = values[np.isfinite(values)]
    if len(defined) < len(values):
        axes.text(0.01, row, "undefined", color=_colour(kind), va="center", fontsize=11, style="italic")
    if len(defined):
        axes.hlines(row, defined.min(), defined.max(), color=_colour(kind), linewidth=1, alpha=0.6)
    axes.plot(defined, np.full(len(defined), row), linestyle="none", alpha=0.75, **(_marker(kind) | {"markersize": 7}))


def _confusion_panel(axes: Axes, matrix: NDArray[np.int64], classes: Sequence[str]) -> None:
    totals = matrix.sum(axis=1, keepdims=True)
    share = np.divide(matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
    axes.pcolormesh(share, cmap=_SHADES, vmin=0, vmax=1, edgecolors="white", linewidth=2)
    for (y, x), count in np.ndenumerate(matrix):
        colour = "white" if share[y, x] > 0.5 else "#16191d"  # not INK: it must not follow a dark page
        percent = f"{100 * share[y, x]:.1f} %" if totals[y, 0] else "no clip"
        axes.text(x + 0.5, y + 0.44, str(count), ha="center", va="center", fontsize=14, color=colour)
        axes.text(x + 0.5, y + 0.74, percent, ha="center", va="center", fontsize=10, color=colour)
    places = np.arange(len(classes)) + 0.5
    axes.set_xticks(places, classes, fontsize=11, rotation=30 if len(classes) > 3 else 0)
    axes.set_yticks(places, classes, fontsize=11)
    axes.set(xlim=(0, len(classes)), ylim=(len(classes), 0), aspect="equal")
    axes.set_xlabel("predicted", fontsize=12, color=INK)
    axes.set_ylabel("true", fontsize=12, color=INK)
    dress(axes, keep=())
    axes.tick_params(length=0)


def _name_subjects(axes: Axes, ordered: Sequence[str]) -> None:
    if len(ordered) <= _MOST_NAMED:
        axes.set_xticks(range(len(ordered)), [plain_name(s) for s in ordered], rotation=90, fontsize=10)
    else:
        axes.set_xticks([])
        axes.set_xlabel(f"{len(ordered)} subjects, lowest first; larger marks have more clips", fontsize=12, color=INK)


def score_axis(axes: Axes, label: str) -> None:
    """Dress the x axis of a panel of scores from 0 to 1."""
    dress(axes, keep=("bottom",))
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set(xlim=(-0.02, 1.02), xticks=np.linspace(0, 1, 6), axisbelow=True)
    axes.set_xlabel(label, fontsize=12, color=INK)
    axes.tick_params(axis="y", length=0)


def _legend_above(figure: Figure, axes: Axes, kinds: Iterable[str]) -> None:
    handles = [axes.plot([], [], linestyle="none", label=_LEGEND[kind], **_marker(kind))[0] for kind in kinds]
    figure.legend(handles=handles, loc="outside upper left", ncols=1, frameon=False, labelcolor=INK, fontsize=11)


def _seed_scores(predictions: Predictions, seeds: Sequence[int]) -> list[float]:
    return [float(uf1(confusion_of(predictions.select(predictions.seed == seed)))) for seed in seeds]
