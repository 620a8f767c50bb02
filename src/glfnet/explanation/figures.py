"""The pictures of an explanation: flow, strain, action units, and the maps from inside the network, on one face."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from numpy.typing import NDArray

from glfnet.explanation.face import Face, draw_face
from glfnet.explanation.inside import InsideMaps
from glfnet.explanation.why import MapExplanation
from glfnet.facs.atlas import ACTION_UNITS, SideMove
from glfnet.facs.outline import LONGEST_ARROW
from glfnet.report.figures import CHANCE, HONEST, INK, SELECTED

_SPEAKS = LinearSegmentedColormap.from_list("speaks", [SELECTED, "#ffffff", HONEST])
_ARROWS = 14  # a row, at most
_LONGEST = 0.22  # arrow of flow, in eye distances
_LEAST = 0.12  # of the longest: shorter arrows would be dots
_SIDE = {"left": (1, 0), "right": (-1, 0)}  # the person's left half is on the right side of the image
_TITLES = {
    "global_attention": "Global Attention",
    "local_gates": "Local Block",
    "share_global": "Fusion: share of global",
    "decision": "Grad-CAM",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnUnit:
    """An action unit of an answer.

    Attributes:
        unit: its number.
        probability: that it is there.
        side: `both`, `left` or `right` half of the person's face; None if that is not known.
        there: whether it is said to be there.
    """

    unit: int
    probability: float
    side: str | None
    there: bool


def explanation_figure(
    found: MapExplanation, flow_map: NDArray[np.float32], face: Face, units: Sequence[DrawnUnit]
) -> Figure:
    """Return one figure: flow, strain, units found and not found above; the maps of the network below.

    Args:
        found: the explanation.
        flow_map: (3, H, W), what was explained, in pixels.
        face: what to draw it on.
        units: what was said of action units; none if the weights know none.
    """
    figure = Figure(figsize=(11.2, 6.6), layout="constrained")
    panels = figure.subplots(2, 4).ravel()
    draw_flow(panels[0], flow_map, face, "movement")
    draw_strain(panels[1], flow_map, face)
    draw_units(panels[2], [unit for unit in units if unit.there], face, "action units found", HONEST)
    draw_units(panels[3], [unit for unit in units if not unit.there], face, "action units not found", CHANCE)
    for axes, name in zip(panels[4:], _TITLES, strict=True):
        draw_inside(axes, found.inside, name, face)
    return figure


def draw_flow(axes: Axes, flow_map: NDArray[np.float32], face: Face, title: str) -> None:
    """Draw the movement as arrows, without what the map as a whole does."""
    draw_face(axes, face, title)
    u, v = (channel - np.median(channel) for channel in flow_map[:2])
    height, width = u.shape
    every = -(-max(height, width) // _ARROWS)
    x, y = _centres(face, height, width)
    length = np.hypot(u, v)
    longest = max(float(length.max()), 1e-9)
    rows, columns = np.nonzero((length >= _LEAST * longest) & _grid(height, width, every))
    scale = _LONGEST / longest
    axes.quiver(
        x[columns], y[rows], scale * u[rows, columns], scale * v[rows, columns],
        angles="xy", scale_units="xy", scale=1, color=SELECTED, width=0.011, zorder=4,
    )  # fmt: skip


def draw_strain(axes: Axes, flow_map: NDArray[np.float32], face: Face) -> None:
    """Draw the strain as colour; where there is little, the face shows through."""
    draw_face(axes, face, "strain")
    strain = flow_map[2] - flow_map[2].min()
    share = np.clip(strain / max(float(np.percentile(strain, 99.5)), 1e-9), 0, 1)
    axes.imshow(share, cmap="viridis", alpha=0.25 + 0.6 * share, extent=face.map_extent, interpolation="bilinear")


def draw_units(axes: Axes, units: Sequence[DrawnUnit], face: Face, title: str, colour: str) -> None:
    """Draw action units as the atlas does: ground where they reach, arrows where they move, number and probability."""
    draw_face(axes, Face(crop=face.crop), title, outlined=True)
    listed = sorted(units, key=lambda unit: -unit.probability)
    for unit in listed:
        for move in _moves(unit):
            axes.add_patch(
                Ellipse((move.x, move.y), 2 * move.radius_x, 2 * move.radius_y, color=colour, alpha=0.12, linewidth=0)
            )
            axes.annotate(
                "", (move.x + LONGEST_ARROW * move.right, move.y + LONGEST_ARROW * move.down), (move.x, move.y),
                arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0},
                zorder=4,
            )  # fmt: skip
    names = [_name(unit) for unit in listed]
    shown = "\n".join(", ".join(names[i : i + 3]) for i in range(0, min(len(names), 15), 3))
    axes.set_xlabel(shown or "none", fontsize=8, color=INK)


def draw_inside(axes: Axes, inside: InsideMaps | None, name: str, face: Face) -> None:
    """Draw one map from inside the network on the outline of a face; where there is none, say so."""
    values = None if inside is None else getattr(inside, name)
    draw_face(axes, Face(crop=face.crop), _TITLES[name], outlined=True)
    if inside is None or values is None:
        axes.set_xlabel("these weights have none", fontsize=9, color=INK)
        return
    most = float(np.abs(values).max()) or 1.0
    low, high = (-most, most) if name == "decision" else (float(values.min()), float(values.max()))
    drawn = axes.imshow(
        values, cmap=_SPEAKS if name == "decision" else "cividis", vmin=low, vmax=high, extent=face.map_extent,
        interpolation="nearest", alpha=0.85,
    )  # fmt: skip
    bar = axes.figure.colorbar(drawn, ax=axes, orientation="horizontal", fraction=0.05, pad=0.02)
    bar.ax.tick_params(labelsize=8, colors=INK)
    bar.set_ticks([low, high], labels=[f"{low:.2f}", f"{high:.2f}"])
    if name == "local_gates":
        _draw_cuts(axes, inside.grid, values.shape, face)


def _draw_cuts(axes: Axes, grid: tuple[int, int], shape: tuple[int, ...], face: Face) -> None:
    left, right, lower, upper = face.map_extent
    rows = [len(part) for part in np.array_split(np.arange(shape[0]), grid[0])]
    columns = [len(part) for part in np.array_split(np.arange(shape[1]), grid[1])]
    for edge in np.cumsum(rows)[:-1]:
        axes.axhline(upper + (lower - upper) * edge / shape[0], color="white", linewidth=1.5)
    for edge in np.cumsum(columns)[:-1]:
        axes.axvline(left + (right - left) * edge / shape[1], color="white", linewidth=1.5)


def _name(unit: DrawnUnit) -> str:
    side = f" {unit.side}" if unit.there and unit.side else ""
    return f"AU{unit.unit}{side} {unit.probability:.2f}"


def _moves(unit: DrawnUnit) -> list[SideMove]:
    wanted = _SIDE.get(unit.side or "", (-1, 0, 1)) if unit.there else (-1, 0, 1)
    return [side for move in ACTION_UNITS[unit.unit].moves for side in move.sides if side.side in wanted]


def _centres(face: Face, height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    left, right, lower, upper = face.map_extent
    x = left + (right - left) * (np.arange(width) + 0.5) / width
    return x, upper + (lower - upper) * (np.arange(height) + 0.5) / height


def _grid(height: int, width: int, every: int) -> NDArray[np.bool_]:
    chosen = np.zeros((height, width), dtype=bool)
    chosen[every // 2 :: every, every // 2 :: every] = True
    return chosen
