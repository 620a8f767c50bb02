"""Draw which room of the package imports which, from the imports in its code, as docs/house.svg.

    python scripts/draw_house.py

Rooms stand on a staircase in the order of the table in CONTRIBUTING.md. A dot means that the room of its row imports
the room of its column; `errors`, which every room may import, is left out.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = frozenset({"errors"})

_STEP_PX, _MARGIN_PX, _LEGEND_PX = 30, 18, 40
_LONGEST_NAME_PX = 130
_STYLE = """\
  .ground { fill: #ffffff } text { fill: #1a1d21; font: 15px system-ui, "Segoe UI", "Liberation Sans", sans-serif }
  .legend { fill: #565f69; font-size: 13px } line { stroke: #c9ced4 } circle { fill: #0072b2 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #1b1e22 } text { fill: #e8eaed } .legend { fill: #a5adb6 }
    line { stroke: #40474f } circle { fill: #5bb5ea }
  }
"""


def rooms_in_order(contributing: str) -> list[str]:
    """Return the rooms of the table in CONTRIBUTING.md, from the ground up."""
    return [line.split("`")[1] for line in contributing.splitlines() if line.startswith("| `")]


def imported_rooms(package: Path, rooms: list[str]) -> dict[str, set[str]]:
    """Return the rooms that each room imports anywhere in its code, also inside functions; itself left out."""
    imported: dict[str, set[str]] = {room: set() for room in rooms}
    for file in sorted(package.rglob("*.py")):
        room = file.relative_to(package).parts[0].removesuffix(".py")
        names = _imported(ast.parse(file.read_text(encoding="utf-8")))
        imported[room] |= {name.split(".")[1] for name in names if name.startswith("glfnet.")} & set(rooms) - {room}
    return imported


def house_svg(imported: Mapping[str, set[str]]) -> str:
    """Return the picture: a name on each step, and a dot where the room of a row imports the room of a column.

    Args:
        imported: room to the rooms it imports, in the order of the picture.
    """
    place = {room: _MARGIN_PX + _STEP_PX * (n + 0.5) for n, room in enumerate(imported)}  # across and down alike
    pairs = [(room, other) for room, others in imported.items() for other in imported if other in others]
    width = max(place.values(), default=0) + _LONGEST_NAME_PX
    height = max(place.values(), default=0) + _LEGEND_PX + _MARGIN_PX
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">',
        "<title>Which room imports which</title>",
        f"<style>\n{_STYLE}</style>",
        '<rect class="ground" width="100%" height="100%" rx="8"/>',
        *_guides(pairs, place),
        *(f'<circle cx="{place[other]:g}" cy="{place[room]:g}" r="6"><title>{room} imports {other}</title></circle>'
          for room, other in pairs),
        *(f'<text x="{at - _STEP_PX / 3:g}" y="{at + 5:g}">{room}</text>' for room, at in place.items()),
        f'<text class="legend" x="{_MARGIN_PX}" y="{height - _MARGIN_PX:g}">'
        "A dot: the room at the right end of its row imports the room at the top of its column.</text>",
        "</svg>",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def draw(root: Path = ROOT) -> str:
    """Return the picture of the package in `root/src/glfnet`."""
    rooms = rooms_in_order((root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    imported = imported_rooms(root / "src" / "glfnet", rooms)
    return house_svg({room: others - LEFT_OUT for room, others in imported.items() if room not in LEFT_OUT})


def _guides(pairs: list[tuple[str, str]], place: Mapping[str, float]) -> Iterator[str]:
    """Yield a line along each row, from its first dot to its name, and down each column, from its name to the last."""
    for room, at in place.items():
        columns = [place[other] for own, other in pairs if own == room]
        rows = [place[own] for own, other in pairs if other == room]
        if columns:
            yield f'<line x1="{min(columns):g}" y1="{at:g}" x2="{at - _STEP_PX / 2:g}" y2="{at:g}"/>'
        if rows:
            yield f'<line x1="{at:g}" y1="{at + _STEP_PX / 3:g}" x2="{at:g}" y2="{max(rows):g}"/>'


def _imported(tree: ast.AST) -> Iterator[str]:
    """Yield all that is imported by its full name; `from a import b` gives `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


if __name__ == "__main__":
    (ROOT / "docs" / "house.svg").write_text(draw(), encoding="utf-8")
