"""The movement of the skin by action units, of many faces at once.

Every movement is a window that is a product of one function of x and one of y. So the sum over all windows is a product
of two matrices for each face, which is what makes thousands of fields a second.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.facs.atlas import ACTION_UNITS, SPEAKING, Move, SideMove
from glfnet.facs.emotions import EMOTION_UNITS
from glfnet.facs.people import DRAWN_ALONG, VARIATION, Drawn
from glfnet.synthetic.fields.crop import Floats, Grid

UNITS = tuple(ACTION_UNITS)
"""Action units in the order of their columns."""

_SPEECH = len(UNITS)  # the column of speaking, which is no unit
_BLINK = UNITS.index(45)

_BLINKS = 0.3  # share of fields in which lids close or open
_SPEAKS = 0.1  # and in which a mouth speaks
_LEAST_PATH = 0.4  # the share of its path that a unit makes between the two frames: units peak at different times
_STRENGTH = 0.5  # standard deviation of the logarithm of how strong a clip is as a whole
_WEAK_SIDE = 0.3  # the most that the still side of a one-sided movement moves
_RADIUS = 0.9  # all windows of the atlas are this many times as large on maps
_BROW_Y = -0.15  # what lies above is forehead and brows
_FACE_WIDTH, _FACE_HEIGHT, _FOREHEAD_HEIGHT = 0.06, 0.05, 0.15  # how far faces differ, standard deviations, relative


@dataclass(frozen=True, slots=True, eq=False)
class _Windows:
    """M windows of the atlas, one for each half of the face; (M,) each, see `SideMove`."""

    column: NDArray[np.intp]
    side: NDArray[np.intp]
    x: Floats
    y: Floats
    right: Floats
    down: Floats
    radius_x: Floats
    radius_y: Floats


def _all_windows() -> _Windows:
    listed: list[tuple[int, SideMove]] = []
    for column, unit in enumerate(UNITS):
        moves: Iterable[Move | Drawn] = (*ACTION_UNITS[unit].moves, *DRAWN_ALONG.get(unit, ()))
        listed += [(column, side) for move in moves for side in move.sides]
    listed += [(_SPEECH, side) for move in SPEAKING for side in move.sides]
    columns = [column for column, _ in listed]
    numbers = np.array(
        [(s.x, s.y, s.right, s.down, s.radius_x, s.radius_y) for _, s in listed], dtype=np.float32
    ).T  # fmt: skip
    return _Windows(np.array(columns), np.array([s.side for _, s in listed]), *numbers)


_WINDOWS = _all_windows()
_M = len(_WINDOWS.column)
_VARIATIONS = (*(VARIATION[unit] for unit in UNITS), VARIATION[25])  # speaking varies as parting lips does


def _varying(name: str) -> Floats:
    """Return how one thing varies, for each column."""
    return np.array([getattr(variation, name) for variation in _VARIATIONS], dtype=np.float32)


_ONE_SIDED, _UNIT_STRENGTH, _ASYMMETRY = _varying("one_sided"), _varying("strength"), _varying("asymmetry")
_PLACE, _REACH = _varying("place")[_WINDOWS.column], _varying("reach")[_WINDOWS.column]
_DIRECTION = np.radians(_varying("direction_degrees"))[_WINDOWS.column]


def drawn_units(rng: np.random.Generator, truth: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which units show in each face: (N, U), one of the sets of its class.

    Args:
        rng: source of chance.
        truth: (N,) class indices, in the order of `EMOTION_UNITS`.
    """
    there = np.zeros((len(truth), len(UNITS)), dtype=bool)
    chance = rng.random(len(truth))
    for label, sets in enumerate(EMOTION_UNITS.values()):
        table = np.array([[unit in one.units for unit in UNITS] for one in sets])
        edges = np.cumsum([one.weight for one in sets])
        rows = np.flatnonzero(truth == label)
        there[rows] = table[np.searchsorted(edges / edges[-1], chance[rows])]
    return there


def expression(rng: np.random.Generator, there: NDArray[np.bool_], grid: Grid) -> tuple[Floats, Floats]:
    """Return the movement of the skin to the right and down, each (N, H, W), in relative units of the atlas.

    Every face is another person: shape, strength, direction, reach and symmetry differ; lids blink, mouths speak.

    Args:
        rng: source of chance.
        there: (N, U), which units show.
        grid: where the pixels lie on each face.
    """
    n, w = len(there), _WINDOWS
    strength = _strengths(rng, there)[:, w.column] * _side_shares(rng, n)[:, w.column, w.side + 1]
    turn = _DIRECTION * rng.standard_normal((n, _M), np.float32)
    cos, sin = np.cos(turn), np.sin(turn)
    faces = rng.standard_normal((n, 3), np.float32)
    high = 1 + np.where(w.y < _BROW_Y, _FOREHEAD_HEIGHT * faces[:, :1], _FACE_HEIGHT * faces[:, :1])
    beside = _PLACE * rng.standard_normal((2, n, _M), np.float32)
    radius = _RADIUS * np.exp(_REACH * rng.standard_normal((2, n, _M), np.float32))
    edge = rng.random((n, _M), np.float32)
    across = window(grid.x, w.x * (1 + _FACE_WIDTH * faces[:, 1:2]) + beside[0], w.radius_x * radius[0], edge)
    along = window(grid.y, w.y * high + beside[1], w.radius_y * radius[1], edge)
    right, down = strength * (w.right * cos - w.down * sin), strength * (w.right * sin + w.down * cos)
    return summed(along, right, across), summed(along, down, across)


def template(unit: int, grid: Grid) -> tuple[Floats, Floats]:
    """Return the movement by one unit alone as the atlas has it, without chance: each (N, H, W)."""
    w = _WINDOWS
    n = len(grid.x)
    strength = np.broadcast_to((w.column == UNITS.index(unit)).astype(np.float32), (n, _M))
    across = window(grid.x, np.broadcast_to(w.x, (n, _M)), np.broadcast_to(_RADIUS * w.radius_x, (n, _M)))
    along = window(grid.y, np.broadcast_to(w.y, (n, _M)), np.broadcast_to(_RADIUS * w.radius_y, (n, _M)))
    return summed(along, strength * w.right, across), summed(along, strength * w.down, across)


def window(at: Floats, centre: Floats, radius: Floats, edge: Floats | None = None) -> Floats:
    """Return windows along one axis: (N, M, S) of coordinates (N, S), centres and radii (N, M).

    With `edge` (N, M), from 0, a Gaussian, to 1, a flat window with steep sides.
    """
    square = ((at[:, None] - centre[..., None]) / radius[..., None]) ** 2
    if edge is not None:
        square *= 1 + edge[..., None] * (0.5 * square - 1)
    return np.asarray(np.exp(-0.5 * square), dtype=np.float32)


def summed(along: Floats, strength: Floats, across: Floats) -> Floats:
    """Return (N, H, W), the sum over M windows of strength (N, M) times along (N, M, H) times across (N, M, W)."""
    return np.asarray(np.matmul((along * strength[..., None]).transpose(0, 2, 1), across), dtype=np.float32)


def _strengths(rng: np.random.Generator, there: NDArray[np.bool_]) -> Floats:
    """Return how strong each unit moves, and last the speaking: (N, U + 1)."""
    n = len(there)
    strength = np.zeros((n, _SPEECH + 1), np.float32)
    path = _LEAST_PATH + (1 - _LEAST_PATH) * rng.random((n, _SPEECH), np.float32)
    strength[:, :_SPEECH] = there * path
    # Any part of a blink or a word may lie between two frames; but a clip begins at rest, so lids rather close.
    for column, share, back in ((_BLINK, _BLINKS, -0.3), (_SPEECH, _SPEAKS, -1)):
        strength[:, column] = (rng.random(n) < share) * rng.uniform(back, 1, n)
    strength *= np.exp(_UNIT_STRENGTH * rng.standard_normal(strength.shape, np.float32))
    return np.asarray(strength * np.exp(_STRENGTH * rng.standard_normal((n, 1), np.float32)), dtype=np.float32)


def _side_shares(rng: np.random.Generator, n: int) -> Floats:
    """Return (N, U + 1, 3): the strength of the left half of the image, on the midline, and of the right half."""
    both = np.exp(_ASYMMETRY[:, None] * rng.standard_normal((n, _SPEECH + 1, 2), np.float32))
    weak = _WEAK_SIDE * rng.random((n, _SPEECH + 1), np.float32)
    one_sided = rng.random((n, _SPEECH + 1)) < _ONE_SIDED
    left_is_weak = rng.random((n, _SPEECH + 1)) < 0.5
    left = both[..., 0] * np.where(one_sided & left_is_weak, weak, 1)
    right = both[..., 1] * np.where(one_sided & ~left_is_weak, weak, 1)
    return np.stack([left, (left + right) / 2, right], axis=-1).astype(np.float32)
