"""How a made-up face moves: action units, blinks, speech, a drifting head. All by formulas, so the flow is exact.

A picture at time t shows at place y the skin that rests at `back(y)`: first the head's similarity is undone, then the
face's own movement is subtracted. The face's movement is a sum of Gaussian windows, evaluated where they are needed and
never interpolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.facs.atlas import ACTION_UNITS, SPEAKING, Move
from glfnet.synthetic.person import Array, Person

_SETTLED_PX = 1e-5
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A movement of the face at full strength: a sum of Gaussian windows.

    Attributes:
        centres: (N, 2) x and y, in pixels of the frame.
        radii: (N, 2) in pixels.
        moves: (N, 2) displacement at each centre, in pixels, to the right and downwards.
    """

    centres: Array
    radii: Array
    moves: Array

    def at(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return the displacement (u, v) at places (x, y); all four of one shape and dtype."""
        u, v = np.zeros_like(x), np.zeros_like(y)
        for (centre_x, centre_y), (radius_x, radius_y), (right, down) in zip(
            self.centres.tolist(), self.radii.tolist(), self.moves.tolist(), strict=True
        ):
            window = np.exp(-0.5 * (((x - centre_x) / radius_x) ** 2 + ((y - centre_y) / radius_y) ** 2))
            u += right * window
            v += down * window
        return u, v

    def scaled(self, largest_px: float) -> "Field":
        """Return the same movement with its strongest centre moving by this many pixels."""
        u, v = self.at(self.centres[:, 0], self.centres[:, 1])
        return Field(self.centres, self.radii, self.moves * (largest_px / float(np.hypot(u, v).max())))


def expression_field(
    rng: np.random.Generator, face: Person, units: Sequence[int], largest_px: float, *, one_sided: float = 0.0
) -> Field:
    """Return the movement of these action units together, stronger in one half of the face than in the other.

    Args:
        rng: draws how strong each movement and each half is.
        face: the person.
        units: numbers of action units.
        largest_px: how far the place that moves most goes.
        one_sided: by how much less the left (below 0) or right half of the image moves, -1..1.

    Raises:
        ValueError: if a unit is unknown, or moves the skin at a place that is not marked on made-up faces.
    """
    shown = [unit.number for unit in ACTION_UNITS.values() if all(_is_marked(face, move) for move in unit.moves)]
    missing = [unit for unit in units if unit not in shown]
    if missing:
        raise ValueError(f"made-up faces do not show action units {missing}; they show {shown}.")
    moves = [(move, rng.uniform(0.75, 1.0)) for unit in units for move in ACTION_UNITS[unit].moves]
    sides = rng.uniform(0.7, 1.0, 2) * (1 - max(0.0, -one_sided), 1 - max(0.0, one_sided))
    return _field(face, moves, sides=sides).scaled(largest_px)


def blink_field(face: Person, largest_px: float) -> Field:
    """Return the upper lids coming down."""
    return _field(face, [(move, 1.0) for move in ACTION_UNITS[45].moves]).scaled(largest_px)


def mouth_field(face: Person, largest_px: float) -> Field:
    """Return the lower lip going down and the mouth widening, as in speaking or swallowing."""
    return _field(face, [(move, 1.0) for move in SPEAKING]).scaled(largest_px)


def _is_marked(face: Person, move: Move) -> bool:
    return all(side.point in face.points for side in move.sides)


def _field(face: Person, moves: Sequence[tuple[Move, float]], sides: Array | None = None) -> Field:
    """Return moves, each with its strength, times the strengths of the left and the right half of the image."""
    left, right = np.ones(2) if sides is None else sides
    strength_of = {-1: left, 0: 1.0, 1: right}
    shown = [(side, strength * strength_of[side.side]) for move, strength in moves for side in move.sides]
    return Field(
        centres=np.array([face.points[side.point] for side, _ in shown]),
        radii=face.eye_distance_px * np.array([(side.radius_x, side.radius_y) for side, _ in shown]),
        moves=np.array([(strength * side.right, strength * side.down) for side, strength in shown], dtype=np.float64),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPose:
    """Where the head is: turned about the frame's middle, scaled, then shifted.

    Attributes:
        size_px: height and width of the frame.
        right_px: shift to the right.
        down_px: shift downwards.
        turn_rad: angle from the x axis (right) towards the y axis (down): clockwise as seen.
        scale: 1 is the rest.
    """

    size_px: int
    right_px: float = 0.0
    down_px: float = 0.0
    turn_rad: float = 0.0
    scale: float = 1.0

    def forward(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return where the places (x, y) of the resting head are in the frame."""
        middle, cos, sin = self._parts()
        x, y = x - middle, y - middle
        return cos * x - sin * y + (middle + self.right_px), sin * x + cos * y + (middle + self.down_px)

    def back(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return which places of the resting head are at (x, y) in the frame."""
        middle, cos, sin = self._parts()
        x, y = x - (middle + self.right_px), y - (middle + self.down_px)
        square = cos * cos + sin * sin
        return (cos * x + sin * y) / square + middle, (cos * y - sin * x) / square + middle

    def _parts(self) -> tuple[float, float, float]:
        cos, sin = float(np.cos(self.turn_rad)), float(np.sin(self.turn_rad))
        return (self.size_px - 1) / 2, self.scale * cos, self.scale * sin


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Head and face at one time.

    Attributes:
        pose: where the head is.
        parts: movements of the face, each with its share of full strength: 0 is at rest.
    """

    pose: HeadPose
    parts: tuple[tuple[Field, float], ...] = ()

    def back(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return where at rest the skin is that the frame shows at (x, y). All in pixels."""
        x, y = self.pose.back(x, y)
        u, v = self._moved(x, y)
        return x - u, y - v

    def forward(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return where in the frame the skin is that rests at (x, y): the inverse of `back`.

        Raises:
            ValueError: if the skin folds over itself, so that there is no inverse.
        """
        now_x, now_y = x, y
        for _ in range(_MAX_STEPS):
            u, v = self._moved(now_x, now_y)
            change = max(float(np.abs(x + u - now_x).max()), float(np.abs(y + v - now_y).max()))
            now_x, now_y = x + u, y + v
            if change < _SETTLED_PX:
                return self.pose.forward(now_x, now_y)
        raise ValueError("the movements are too strong for their size: the skin folds over itself.")

    def _moved(self, x: Array, y: Array) -> tuple[Array, Array]:
        u, v = np.zeros_like(x), np.zeros_like(y)
        for field, share in self.parts:
            if share != 0:
                part_u, part_v = field.at(x, y)
                u += share * part_u
                v += share * part_v
        return u, v


def dense_flow(first: Moment, second: Moment, size_px: int) -> NDArray[np.float32]:
    """Return how each pixel of the first frame moves to the second one, (H, W, 2) float32, u right and v down, pixels.

    Exact to 0.0001 pixels: skin is followed through the formulas, nothing is estimated from pictures. A pixel that
    leaves the frame still has its true movement.
    """
    x, y = pixel_grid(size_px)
    later_x, later_y = second.forward(*first.back(x, y))
    return np.stack([later_x - x, later_y - y], axis=-1).astype(np.float32)


def pixel_grid(size_px: int) -> tuple[Array, Array]:
    """Return x and y of each pixel, (H, W) float64; the first pixel's middle is at 0."""
    axis = np.arange(size_px, dtype=np.float64)
    x, y = np.meshgrid(axis, axis)
    return x, y
