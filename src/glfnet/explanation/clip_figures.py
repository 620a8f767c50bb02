"""The pictures of many clips: mean maps by group, and the plane on which they lie."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from glfnet.explanation.clips import MeanMap, Plane
from glfnet.report.figures import INK, SELECTED, plain_name
from glfnet.report.published import scope_name

_COLUMNS = 6
_ARROWS = 14  # a row, at most
_LONGEST = 0.09  # arrow, as a share of the map's width
_LEAST = 0.2  # of the longest
# Okabe and Ito's colours, with a shape of its own for each: no two are told apart by colour alone.
_STYLES = (
    ("#0072b2", "o"), ("#d55e00", "^"), ("#009e73", "s"), ("#cc79a7", "D"), ("#e69f00", "v"), ("#56b4e9", "P"),
    ("#7f7f7f", "X"),
)  # fmt: skip
_MOST_NAMED = len(_STYLES)


def mean_maps_figure(means: Sequence[MeanMap], channels: Sequence[str]) -> Figure:
    """Return a panel for each group: mean movement as arrows, on the mean of the last channel as colour.

    Args:
        means: at least one.
        channels: of the maps.
    """
    rows = -(-len(means) // _COLUMNS)
    columns = min(len(means), _COLUMNS)
    figure = Figure(figsize=(max(1.9 * columns, 4), 2.3 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(means) :]:
        axes.set_visible(False)
    for axes, mean in zip(panels, means, strict=False):
        _mean_panel(axes, mean, channels)
    return figure


def _mean_panel(axes: Axes, mean: MeanMap, channels: Sequence[str]) -> None:
    height, width = mean.map.shape[1:]
    ground = mean.map[channels.index("strain")] if "strain" in channels else np.hypot(*_movement(mean, channels))
    axes.imshow(ground, cmap="cividis", extent=(0, width, height, 0), interpolation="bilinear")
    if {"u", "v"} <= set(channels):
        u, v = _movement(mean, channels)
        every = -(-max(height, width) // _ARROWS)
        y, x = (np.mgrid[every // 2 : height : every, every // 2 : width : every]).reshape(2, -1)
        length = np.hypot(u, v)[y, x]
        scale = _LONGEST * width / max(float(length.max()), 1e-9)
        drawn = length >= _LEAST * length.max()
        y, x = y[drawn], x[drawn]
        axes.quiver(
            x + 0.5, y + 0.5, scale * u[y, x], scale * v[y, x], angles="xy", scale_units="xy", scale=1,
            color=SELECTED, width=0.012,
        )  # fmt: skip
    axes.set_title(f"{plain_name(mean.name)}, {mean.clips}", fontsize=10, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])


def _movement(mean: MeanMap, channels: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    parts = [mean.map[channels.index(c)] if c in channels else np.zeros(mean.map.shape[1:]) for c in ("u", "v")]
    u, v = (np.asarray(part - np.median(part), dtype=np.float32) for part in parts)
    return u, v


def plane_figure(where: Plane, groupings: Mapping[str, Sequence[str]]) -> Figure:
    """Return the plane: a row each for principal components and t-SNE, a column for each grouping.

    Args:
        where: the points.
        groupings: name -> the group of each clip.
    """
    shown = [("PCA", where.pca), *([("t-SNE", where.tsne)] if where.tsne is not None else [])]
    figure = Figure(figsize=(3.6 * len(groupings), 3.5 * len(shown)), layout="constrained")
    panels = figure.subplots(len(shown), len(groupings), squeeze=False)
    for row, (how, points) in zip(panels, shown, strict=True):
        for axes, (name, groups) in zip(row, groupings.items(), strict=True):
            _scatter(axes, points, groups)
            axes.set_title(f"{how}, by {name}", fontsize=11, color=INK)
    return figure


def _scatter(axes: Axes, points: NDArray[np.float64], groups: Sequence[str]) -> None:
    names = sorted(set(groups))
    listed = np.array(groups)
    for number, name in enumerate(names):
        colour, shape = _STYLES[number % len(_STYLES)]
        # Many groups, such as people, take colours in turn: neighbours of one colour need not be one group.
        rows = listed == name
        axes.scatter(
            points[rows, 0],
            points[rows, 1],
            s=12,
            color=colour,
            marker=shape,
            alpha=0.7,
            label=plain_name(scope_name(name)),
        )
    if len(names) <= _MOST_NAMED:
        axes.legend(fontsize=8, frameon=False, labelcolor=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.patch.set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(INK)
        spine.set_alpha(0.3)
