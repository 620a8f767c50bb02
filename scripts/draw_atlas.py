"""Draw the atlas of action units, every unit as arrows on the outline of a face, as docs/action_units.svg.

    python scripts/draw_atlas.py

Arrows begin where the skin is and end where it goes; the ground below them shows how far around a movement reaches.
`python scripts/draw_atlas.py --table` prints the table of docs/action_units.md.
"""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from glfnet.facs.atlas import ACTION_UNITS, ActionUnit, SideMove
from glfnet.facs.outline import FACE, LONGEST_ARROW

FILE = Path(__file__).parents[1] / "docs" / "action_units.svg"

_ACROSS, _CELL_X, _CELL_Y = 6, 150, 206
_EYE_PX, _MIDDLE_Y = 46.0, 66.0  # an eye distance, and how far below a cell's top the eyes lie
_STYLE = """\
  .ground { fill: #ffffff } text { fill: #1a1d21; font: 13px system-ui, "Segoe UI", "Liberation Sans", sans-serif }
  .seen { fill: #565f69; font-size: 12px } .face { fill: none; stroke: #c9ced4; stroke-width: 1.5 }
  .reach { fill: #0072b2; opacity: 0.10 } .move { stroke: #0072b2; stroke-width: 2.2; fill: none }
  .tip { fill: #0072b2 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #1b1e22 } text { fill: #e8eaed } .seen { fill: #a5adb6 } .face { stroke: #40474f }
    .reach { fill: #5bb5ea } .move { stroke: #5bb5ea } .tip { fill: #5bb5ea }
  }
"""


def atlas_svg() -> str:
    """Return the picture: a face for each unit, in the order of their numbers."""
    units = list(ACTION_UNITS.values())
    rows = -(-len(units) // _ACROSS)
    width, height = _ACROSS * _CELL_X, rows * _CELL_Y + 8
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        "<title>Action units and where they move the skin</title>",
        f"<style>\n{_STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="4.5" markerHeight="4.5" orient="auto">'
        '<path class="tip" d="M 0 0 L 8 4 L 0 8 Z"/></marker></defs>',
        '<rect class="ground" width="100%" height="100%" rx="8"/>',
        *(line for n, unit in enumerate(units) for line in _cell(unit, n % _ACROSS * _CELL_X, n // _ACROSS * _CELL_Y)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _cell(unit: ActionUnit, left: int, top: int) -> Iterator[str]:
    yield f'<g transform="translate({left + _CELL_X / 2:g} {top + _MIDDLE_Y:g})">'
    yield f"<title>AU{unit.number}, {unit.name}: {unit.muscle}</title>"
    yield (
        f'<path class="face" transform="scale({_EYE_PX:g})" vector-effect="non-scaling-stroke" '
        f'stroke-width="{1.5 / _EYE_PX:.3f}" style="stroke-width: {1.5 / _EYE_PX:.3f}" d="{FACE}"/>'
    )
    moves = [side for move in unit.moves for side in move.sides]
    yield from (_reach(move) for move in moves)
    yield from (_arrow(move) for move in moves)
    yield f'<text x="0" y="104" text-anchor="middle">AU{unit.number}</text>'
    for n, line in enumerate(textwrap.wrap(unit.seen, 20)):
        yield f'<text class="seen" x="0" y="{119 + 14 * n}" text-anchor="middle">{line}</text>'
    yield "</g>"


def _reach(move: SideMove) -> str:
    return (
        f'<ellipse class="reach" cx="{move.x * _EYE_PX:.1f}" cy="{move.y * _EYE_PX:.1f}" '
        f'rx="{move.radius_x * _EYE_PX:.1f}" ry="{move.radius_y * _EYE_PX:.1f}"/>'
    )


def _arrow(move: SideMove) -> str:
    x, y = move.x * _EYE_PX, move.y * _EYE_PX
    ends = x + move.right * LONGEST_ARROW * _EYE_PX, y + move.down * LONGEST_ARROW * _EYE_PX
    return (
        f'<line class="move" x1="{x:.1f}" y1="{y:.1f}" x2="{ends[0]:.1f}" y2="{ends[1]:.1f}" marker-end="url(#tip)"/>'
    )


def atlas_table() -> str:
    """Return the units as a table for the docs."""
    head = "| unit | name in FACS | what is seen | muscle |\n|---|---|---|---|"
    rows = [f"| AU{unit.number} | {unit.name} | {unit.seen} | {unit.muscle} |" for unit in ACTION_UNITS.values()]
    return "\n".join([head, *rows]) + "\n"


if __name__ == "__main__":
    if "--table" in sys.argv[1:]:
        sys.stdout.write(atlas_table())
    else:
        FILE.write_text(atlas_svg(), encoding="utf-8")
