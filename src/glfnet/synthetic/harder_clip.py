"""What makes a made-up clip as hard as a real one: `clip` is neat in everything that this module is not.

Which units show is drawn as sheets list them, so that classes share some. Each moves as people differ: how strongly,
in which direction, how far to one side, with the skin that it draws along. People have a strength of their own, a unit
that does not belong to the class may move as well, the head turns, and the picture is noisier. All by formulas, so the
true flow stays exact. Shares and strengths are ours, chosen so that scores on made-up faces lie where real ones do.
"""

import numpy as np

from glfnet.facs.atlas import ACTION_UNITS, Move, SideMove
from glfnet.facs.emotions import EMOTION_UNITS
from glfnet.facs.people import DRAWN_ALONG, VARIATION, Drawn, Variation
from glfnet.synthetic.motion import Field
from glfnet.synthetic.person import Array, Person

LARGEST_PX = (0.3, 1.5)  # of the unit that moves most, pixels of a frame of 256: drawn evenly on a logarithmic scale
NOISE_SD = (2.0, 5.0)  # grey levels
SWAY = 2.0  # times as far as a neat clip's head
_PERSON = 0.25  # standard deviation of the logarithm of how strongly a person moves
_LEAST_PATH = 0.4  # the share of its path that a unit makes between onset and apex: units peak at different times
_WEAK_SIDE = 0.3  # the most that the still side of a one-sided movement moves
_STRAY_SHARE, _STRAY = 0.5, (0.4, 1.0)  # how often a unit of another class moves, and how strongly
_DEPTH_PX, _DEPTH_RADII, _DEPTH_Y = 1.2, (0.7, 0.9), 0.6  # what a nod or shake moves more: the middle of the face


def drawn_units(rng: np.random.Generator, emotion: str) -> tuple[int, ...]:
    """Return the action units of a clip of this class, as often as `facs.emotions` has them."""
    sets = EMOTION_UNITS[emotion]
    weights = np.array([one.weight for one in sets])
    return sets[int(rng.choice(len(sets), p=weights / weights.sum()))].units


def drawn_expression(
    rng: np.random.Generator, face: Person, emotion: str, units: tuple[int, ...], largest_px: float
) -> Field:
    """Return how this face moves at the apex, its strongest place by `largest_px` pixels.

    Args:
        rng: draws how each unit moves, and whether one of another class moves, too.
        face: the person.
        emotion: the class, one of `labels.THREE_CLASSES`.
        units: numbers of the action units that belong to the class.
        largest_px: how far the place that moves most goes.
    """
    windows = [window for unit in units for window in _unit(rng, face, unit, 1.0)]
    others = [name for name in EMOTION_UNITS if name != emotion]
    stray = [unit for unit in drawn_units(rng, others[int(rng.integers(len(others)))]) if unit not in units]
    strength = rng.uniform(*_STRAY)
    if rng.random() < _STRAY_SHARE:
        windows += [window for unit in stray[:1] for window in _unit(rng, face, unit, strength)]
    centres, radii, moves = (np.array(part) for part in zip(*windows, strict=True))
    return Field(centres, radii, moves).scaled(largest_px)


def drawn_strength(rng: np.random.Generator, habit: np.random.Generator) -> float:
    """Return how far the strongest place moves, in pixels of a frame of 256; `habit` is the person's own generator."""
    low, high = np.log(LARGEST_PX)
    return float(np.exp(rng.uniform(low, high) + _PERSON * habit.standard_normal()))


def nod(rng: np.random.Generator, face: Person, times: Array, px: float) -> tuple[Field, Array]:
    """Return what a nod or shake of the head moves more than its shift, and its course: a face is no plane.

    Args:
        rng: draws how far, where to and how fast.
        face: the person.
        times: (T,) seconds of the frames.
        px: pixels of this frame for each of a frame of 256.
    """
    reach, angle = px * _DEPTH_PX * rng.uniform(0.2, 1.0), rng.uniform(0, 2 * np.pi)
    centre = _eyes(face) + face.eye_distance_px * np.array([0.0, _DEPTH_Y])
    radii = face.eye_distance_px * np.array([_DEPTH_RADII])
    move = reach * np.array([[np.cos(angle), np.sin(angle)]])
    return Field(centre[None], radii, move), np.sin(2 * np.pi * (rng.uniform(0.3, 1.5) * times + rng.random()))


def _unit(rng: np.random.Generator, face: Person, unit: int, strength: float) -> list[tuple[Array, Array, Array]]:
    """Return centre, radii and movement, (2,) each, of every window of a unit as one person moves it once."""
    differs = VARIATION[unit]
    strength *= rng.uniform(_LEAST_PATH, 1) * np.exp(differs.strength * rng.standard_normal())
    left, right = _sides(rng, differs)
    shares = {-1: left, 0: (left + right) / 2, 1: right}
    moves: tuple[Move | Drawn, ...] = (*ACTION_UNITS[unit].moves, *DRAWN_ALONG.get(unit, ()))
    return [_window(rng, face, side, differs, strength * shares[side.side]) for move in moves for side in move.sides]


def _sides(rng: np.random.Generator, differs: Variation) -> tuple[float, float]:
    """Return how strongly the left and the right half of the image move."""
    left, right = np.exp(differs.asymmetry * rng.standard_normal(2)).tolist()
    weak, one_sided, left_is_weak = rng.uniform(0, _WEAK_SIDE), rng.random() < differs.one_sided, rng.random() < 0.5
    if one_sided:
        left, right = (left * weak, right) if left_is_weak else (left, right * weak)
    return left, right


def _window(
    rng: np.random.Generator, face: Person, side: SideMove, differs: Variation, strength: float
) -> tuple[Array, Array, Array]:
    unit_px = face.eye_distance_px
    # Lower lids and what is drawn along have no mark on made-up faces: they lie where the atlas has them.
    marked = face.points.get(side.point)
    centre = marked if marked is not None else _eyes(face) + unit_px * np.array([side.x, side.y])
    centre = centre + unit_px * differs.place * rng.standard_normal(2)
    radii = unit_px * np.array([side.radius_x, side.radius_y]) * np.exp(differs.reach * rng.standard_normal(2))
    turn = np.radians(differs.direction_degrees) * rng.standard_normal()
    right = side.right * np.cos(turn) - side.down * np.sin(turn)
    down = side.right * np.sin(turn) + side.down * np.cos(turn)
    return centre, radii, strength * np.array([right, down])


def _eyes(face: Person) -> Array:
    """Return the point midway between the eyes, from which the atlas measures."""
    return np.asarray((face.points["image_left_eye"] + face.points["image_right_eye"]) / 2)
