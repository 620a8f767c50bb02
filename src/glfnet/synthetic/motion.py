"""How a made-up face moves: action units, blinks, a restless mouth, a drifting head. Formulas, so the flow is exact.

A picture at time t shows at place y the skin that rests at `back(y)`: first the head's similarity is undone, then the
face's own movement is taken off. The face's movement is a sum of Gaussian windows, evaluated where they are needed and
never interpolated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glfnet.synthetic.person import Array, Person

_SETTLED_PX = 1e-5
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class _Window:
    """How the skin moves around one named place of the face.

    Attributes:
        place: a name of `Person.points`, without its side where there are two.
        out: relative movement away from the midline.
        down: relative movement downwards.
        radius_x: width of the Gaussian window, in eye distances.
        radius_y: its height, in eye distances.
    """

    place: str
    out: float
    down: float
    radius_x: float = 0.20
    radius_y: float = 0.15


# Where action units move the skin. Source: the muscles in Ekman, Friesen & Hager, "Facial Action Coding System", 2002.
_ACTION_UNITS: Mapping[int, tuple[_Window, ...]] = MappingProxyType(
    {
        1: (_Window("inner_brow", 0.0, -1.0, 0.20, 0.17),),
        2: (_Window("outer_brow", 0.1, -1.0, 0.20, 0.17),),
        4: (_Window("inner_brow", -0.7, 0.8, 0.20, 0.16), _Window("outer_brow", -0.1, 0.35, 0.20, 0.15)),
        5: (_Window("upper_lid", 0.0, -0.7, 0.17, 0.09),),
        6: (_Window("cheek", 0.2, -0.8, 0.24, 0.18),),
        9: (_Window("nose_side", 0.1, -0.9, 0.14, 0.17), _Window("nose_wing", 0.1, -0.5, 0.12, 0.12)),
        12: (_Window("mouth", 0.75, -0.8, 0.22, 0.18),),
        15: (_Window("mouth", 0.15, 1.0, 0.18, 0.16),),
        17: (_Window("chin", 0.0, -1.0, 0.30, 0.16), _Window("lower_lip", 0.0, -0.6, 0.24, 0.11)),
        26: (_Window("chin", 0.0, 1.0, 0.42, 0.26), _Window("lower_lip", 0.0, 0.8, 0.28, 0.13)),
    }
)
_BLINK = (_Window("upper_lid", 0.0, 1.0, 0.18, 0.10),)
_MOUTH = (_Window("lower_lip", 0.0, 0.8, 0.26, 0.13), _Window("mouth", 0.5, 0.0, 0.20, 0.15))

# Which action units show together, by class. Source: the pairs that EMFACS and the databases' own sheets list most.
CLASS_UNITS: Mapping[str, tuple[tuple[int, ...], ...]] = MappingProxyType(
    {
        "negative": ((4,), (4, 9), (4, 15), (9, 17), (15, 17), (4, 17)),
        "positive": ((6, 12), (6, 12), (12,)),
        "surprise": ((1, 2), (1, 2, 5), (1, 2, 26), (1, 2, 5, 26)),
    }
)


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


def expression_field(rng: np.random.Generator, face: Person, units: Sequence[int], largest_px: float) -> Field:
    """Return the movement of these action units together, stronger in one half of the face than in the other.

    Raises:
        ValueError: if a unit is unknown.
    """
    unknown = [unit for unit in units if unit not in _ACTION_UNITS]
    if unknown:
        raise ValueError(f"action units {unknown} are unknown; known are {sorted(_ACTION_UNITS)}.")
    windows = [(window, rng.uniform(0.75, 1.0)) for unit in units for window in _ACTION_UNITS[unit]]
    return _field(face, windows, sides=rng.uniform(0.7, 1.0, 2)).scaled(largest_px)


def blink_field(face: Person, largest_px: float) -> Field:
    """Return the upper lids coming down."""
    return _field(face, [(window, 1.0) for window in _BLINK]).scaled(largest_px)


def mouth_field(face: Person, largest_px: float) -> Field:
    """Return the lower lip going down and the mouth widening, as in speaking or swallowing."""
    return _field(face, [(window, 1.0) for window in _MOUTH]).scaled(largest_px)


def _field(face: Person, windows: Sequence[tuple[_Window, float]], sides: Array | None = None) -> Field:
    strengths = np.ones(2) if sides is None else sides
    centres, radii, moves = [], [], []
    for window, share in windows:
        if window.place in face.points:
            pairs = [(face.points[window.place], 0, share)]
        else:
            pairs = [
                (face.points[f"image_{name}_{window.place}"], sign, share * strength)
                for name, sign, strength in zip(("left", "right"), (-1, 1), strengths, strict=True)
            ]
        for centre, sign, strength in pairs:
            centres.append(centre)
            radii.append((window.radius_x, window.radius_y))
            moves.append((strength * sign * window.out, strength * window.down))
    return Field(np.array(centres), face.eye_distance_px * np.array(radii), np.array(moves, dtype=np.float64))


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
        parts: movements of the face, each with how far it has come: 0 is rest, 1 full strength.
    """

    pose: HeadPose
    parts: tuple[tuple[Field, float], ...] = ()

    def back(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return which skin, named by its place at rest, is at (x, y) in the frame. All in pixels."""
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
    leaves the frame has its true movement all the same.
    """
    x, y = pixel_grid(size_px)
    later_x, later_y = second.forward(*first.back(x, y))
    return np.stack([later_x - x, later_y - y], axis=-1).astype(np.float32)


def pixel_grid(size_px: int) -> tuple[Array, Array]:
    """Return x and y of each pixel, (H, W) float64; the first pixel's middle is at 0."""
    axis = np.arange(size_px, dtype=np.float64)
    x, y = np.meshgrid(axis, axis)
    return x, y
