"""The anatomy of expressions: action units, and where and in which direction each of them moves the skin.

Lengths are distances between the eyes, measured from the point midway between them, x to the right of the image and y
down, on an upright face that looks at the camera. The face is symmetric here, so everything is written once, for one
half, where `out` is away from the midline. `image_left` is the left side of the image, whichever side of the person
that is.

Source of numbers, names, muscles and directions: Ekman, Friesen & Hager, "Facial Action Coding System", 2002. The
manual describes movements in words; all lengths are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SIDES = (("image_left", -1), ("image_right", 1))
"""Name of each half of the face, and the direction along x in which its outside lies."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the face as a box: one across the midline, or two, one in each half of the face.

    Attributes:
        x0: the edge nearest to the midline; -x1 for a part across it.
        x1: the edge farthest from the midline.
        y0: upper edge.
        y1: lower edge.
    """

    x0: float
    x1: float
    y0: float
    y1: float


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the skin.

    Attributes:
        part: name of the part of the face in which it lies.
        out: distance from the midline. There is one such place if this is 0, else one in each half of the face.
        y: how far below the eyes.
    """

    part: str
    out: float
    y: float


@dataclass(frozen=True, slots=True)
class SideMove:
    """How the skin moves around one point, in one half of the face or on the midline: a Gaussian window.

    Attributes:
        point: name of the point: that of its place, after `image_left_` or `image_right_` where there are two.
        side: -1 in the left half of the image, 1 in the right half, 0 on the midline.
        x: centre of the window.
        y: centre of the window.
        right: movement of the centre to the right, relative as in `Move`.
        down: movement of the centre downwards, likewise.
        radius_x: standard deviation of the window along x.
        radius_y: standard deviation of the window along y.
    """

    point: str
    side: int
    x: float
    y: float
    right: float
    down: float
    radius_x: float
    radius_y: float


@dataclass(frozen=True, slots=True)
class Move:
    """How the skin moves around one place, alike in both halves of the face.

    Movements are relative: 1 is about the largest of its action unit, and how far that is depends on the expression.

    Attributes:
        place: name of the place in `PLACES`.
        out: movement away from the midline.
        down: movement downwards.
        radius_x: standard deviation of the Gaussian window along x.
        radius_y: standard deviation of the Gaussian window along y.
    """

    place: str
    out: float
    down: float
    radius_x: float = 0.20
    radius_y: float = 0.15

    @property
    def sides(self) -> tuple[SideMove, ...]:
        """The movement of each half of the face, left half of the image first, or the one on the midline."""
        place = PLACES[self.place]
        names = [(f"{half}_{self.place}", sign) for half, sign in SIDES] if place.out else [(self.place, 0)]
        return tuple(
            SideMove(name, sign, sign * place.out, place.y, sign * self.out, self.down, self.radius_x, self.radius_y)
            for name, sign in names
        )


@dataclass(frozen=True, slots=True)
class MapMove:
    """How an action unit moves the skin on a made-up flow map, which shows forehead, brows, cheeks and chin.

    The eyes lie at (0.32, 0.37) and (0.68, 0.37) of that map. Its numbers stand beside those of `Move` and are not
    computed from them: they were chosen and rounded on the map, and others would give other maps from the same seed.

    Attributes:
        side: distance of the window's centre from the midline, as a share of the map's width.
        y: distance of the centre from the upper edge, as a share of the map's height.
        out: movement away from the midline, in pixels of a map of 28 x 28.
        down: movement downwards, in the same pixels.
        radius_x: standard deviation of the window, as a share of the map's width.
        radius_y: standard deviation of the window, as a share of the map's height.
    """

    side: float
    y: float
    out: float
    down: float
    radius_x: float = 0.10
    radius_y: float = 0.07


@dataclass(frozen=True, slots=True)
class ActionUnit:
    """One action unit.

    Attributes:
        number: as FACS counts.
        name: as FACS has it.
        seen: what a viewer sees, in a few plain words.
        muscle: the muscles that contract; those that relax instead are marked so.
        moves: how the skin moves; the first one is where the unit is seen best.
        on_map: how it moves the skin on a made-up flow map; None where no such map shows it.
    """

    number: int
    name: str
    seen: str
    muscle: str
    moves: tuple[Move, ...]
    on_map: MapMove | None = None


# Brows lie high, so that little of a blink reaches them.
PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "inner_brow": Part(0.06, 0.50, -0.50, -0.20),
        "outer_brow": Part(0.50, 0.85, -0.50, -0.20),
        "eye": Part(0.25, 0.75, -0.16, 0.08),
        "nose": Part(-0.26, 0.26, 0.28, 0.66),
        "cheek": Part(0.40, 0.90, 0.30, 0.72),
        "mouth": Part(0.25, 0.64, 0.85, 1.30),
        "lips": Part(-0.25, 0.25, 0.90, 1.32),
        "chin": Part(-0.36, 0.36, 1.36, 1.76),
    }
)
"""Parts of the face by name; `mouth` is a corner of the mouth with the skin around it."""

PLACES: Mapping[str, Place] = MappingProxyType(
    {
        "inner_brow": Place("inner_brow", 0.28, -0.26),
        "outer_brow": Place("outer_brow", 0.74, -0.26),
        "upper_lid": Place("eye", 0.50, -0.07),
        "lower_lid": Place("eye", 0.50, 0.06),
        "cheek": Place("cheek", 0.70, 0.46),
        "nose_side": Place("nose", 0.19, 0.38),
        "nose_wing": Place("nose", 0.25, 0.56),
        "mouth": Place("mouth", 0.40, 1.12),
        "upper_lip": Place("lips", 0.0, 1.03),
        "lower_lip": Place("lips", 0.0, 1.22),
        "chin": Place("chin", 0.0, 1.52),
    }
)
"""Places by name, where they lie on an average face; `mouth` is a corner of the mouth."""


def _boxes() -> Mapping[str, tuple[float, float, float, float]]:
    boxes = {}
    for name, part in PARTS.items():
        if part.x0 < 0:
            boxes[name] = (part.x0, part.x1, part.y0, part.y1)
        else:
            boxes[f"image_left_{name}"] = (-part.x1, -part.x0, part.y0, part.y1)
            boxes[f"image_right_{name}"] = (part.x0, part.x1, part.y0, part.y1)
    return MappingProxyType(boxes)


BOXES = _boxes()
"""(x0, x1, y0, y1) of each part of the face in each half, such as `image_left_eye`, or across the midline: `nose`."""

_CLOSING = (Move("upper_lid", 0.0, 1.0, 0.18, 0.10),)

# fmt: off
_UNITS = (
    ActionUnit(1, "inner brow raiser", "inner brows up", "frontalis, inner part",
               (Move("inner_brow", 0.0, -1.0, 0.20, 0.17),), MapMove(0.10, 0.24, 0.0, -1.0)),
    ActionUnit(2, "outer brow raiser", "outer brows up", "frontalis, outer part",
               (Move("outer_brow", 0.1, -1.0, 0.20, 0.17),), MapMove(0.25, 0.25, 0.1, -0.9)),
    ActionUnit(4, "brow lowerer", "brows down and together",
               "corrugator supercilii, depressor supercilii, depressor glabellae",
               (Move("inner_brow", -0.7, 0.8, 0.20, 0.16), Move("outer_brow", -0.1, 0.35, 0.20, 0.15)),
               MapMove(0.11, 0.26, -0.7, 0.8)),
    ActionUnit(5, "upper lid raiser", "upper lids up", "levator palpebrae superioris",
               (Move("upper_lid", 0.0, -0.7, 0.17, 0.09),), MapMove(0.18, 0.35, 0.0, -0.7, 0.09, 0.04)),
    ActionUnit(6, "cheek raiser", "cheeks up", "orbicularis oculi, orbital part",
               (Move("cheek", 0.2, -0.8, 0.24, 0.18),), MapMove(0.24, 0.52, 0.2, -0.7, 0.10, 0.09)),
    ActionUnit(7, "lid tightener", "lower lids up", "orbicularis oculi, palpebral part",
               (Move("lower_lid", -0.2, -0.7, 0.17, 0.09),)),
    ActionUnit(9, "nose wrinkler", "nose wrinkled", "levator labii superioris alaeque nasi",
               (Move("nose_side", 0.1, -0.9, 0.14, 0.17), Move("nose_wing", 0.1, -0.5, 0.12, 0.12)),
               MapMove(0.07, 0.50, 0.0, -0.8, 0.06, 0.09)),
    ActionUnit(10, "upper lip raiser", "upper lip up", "levator labii superioris",
               (Move("upper_lip", 0.0, -0.8, 0.24, 0.11), Move("nose_wing", 0.2, -0.4, 0.12, 0.12))),
    ActionUnit(12, "lip corner puller", "mouth corners up and out", "zygomaticus major",
               (Move("mouth", 0.75, -0.8, 0.22, 0.18),), MapMove(0.17, 0.74, 0.7, -0.8, 0.10, 0.09)),
    ActionUnit(14, "dimpler", "mouth corners tightened and out", "buccinator",
               (Move("mouth", 0.6, -0.1, 0.18, 0.16),)),
    ActionUnit(15, "lip corner depressor", "mouth corners down", "depressor anguli oris",
               (Move("mouth", 0.15, 1.0, 0.18, 0.16),), MapMove(0.16, 0.77, 0.2, 0.8)),
    ActionUnit(16, "lower lip depressor", "lower lip down", "depressor labii inferioris",
               (Move("lower_lip", 0.0, 0.9, 0.24, 0.11),)),
    ActionUnit(17, "chin raiser", "chin up", "mentalis",
               (Move("chin", 0.0, -1.0, 0.30, 0.16), Move("lower_lip", 0.0, -0.6, 0.24, 0.11)),
               MapMove(0.05, 0.89, 0.0, -0.9, 0.10, 0.06)),
    ActionUnit(18, "lip pucker", "mouth corners in", "incisivus labii superioris, incisivus labii inferioris",
               (Move("mouth", -0.8, 0.0, 0.18, 0.16),)),
    ActionUnit(20, "lip stretcher", "mouth corners out", "risorius, platysma",
               (Move("mouth", 0.9, 0.15, 0.20, 0.16),)),
    ActionUnit(23, "lip tightener", "lips tightened", "orbicularis oris",
               (Move("upper_lip", 0.0, 0.3, 0.24, 0.09), Move("lower_lip", 0.0, -0.3, 0.24, 0.09),
                Move("mouth", -0.3, 0.0, 0.18, 0.14))),
    ActionUnit(24, "lip pressor", "lips pressed together", "orbicularis oris",
               (Move("lower_lip", 0.0, -0.6, 0.24, 0.09), Move("upper_lip", 0.0, 0.5, 0.24, 0.09))),
    ActionUnit(25, "lips part", "lips apart", "depressor labii inferioris; or mentalis or orbicularis oris relaxes",
               (Move("lower_lip", 0.0, 0.7, 0.24, 0.11), Move("upper_lip", 0.0, -0.2, 0.24, 0.09))),
    ActionUnit(26, "jaw drop", "jaw down", "masseter, temporalis and medial pterygoid relax",
               (Move("chin", 0.0, 1.0, 0.42, 0.26), Move("lower_lip", 0.0, 0.8, 0.28, 0.13)),
               MapMove(0.06, 0.88, 0.0, 1.0, 0.16, 0.09)),
    ActionUnit(28, "lip suck", "lips rolled in", "orbicularis oris",
               (Move("lower_lip", 0.0, -0.8, 0.24, 0.11), Move("upper_lip", 0.0, 0.7, 0.24, 0.11),
                Move("chin", 0.0, -0.4, 0.30, 0.16))),
    ActionUnit(38, "nostril dilator", "nostrils wide", "nasalis, alar part",
               (Move("nose_wing", 0.8, 0.0, 0.12, 0.12),)),
    ActionUnit(39, "nostril compressor", "nostrils narrow", "nasalis, transverse part; depressor septi nasi",
               (Move("nose_wing", -0.8, 0.1, 0.12, 0.12),)),
    ActionUnit(43, "eyes closed", "eyes closed", "levator palpebrae superioris relaxes", _CLOSING),
    ActionUnit(45, "blink", "eyes closed for a moment",
               "levator palpebrae superioris relaxes; orbicularis oculi, palpebral part",
               _CLOSING, MapMove(0.18, 0.37, 0.0, 0.9, 0.09, 0.04)),
)
# fmt: on
ACTION_UNITS: Mapping[int, ActionUnit] = MappingProxyType({unit.number: unit for unit in _UNITS})
"""Action units by number: those that micro-expression sheets list most, and blinks.

Made-up recordings show only those of `CLASS_UNITS` and blinks. How the others move the skin follows the manual's words
and has not been tried."""

SPEAKING = (Move("lower_lip", 0.0, 0.8, 0.26, 0.13), Move("mouth", 0.5, 0.0, 0.20, 0.15))
"""The lower lip going down and the mouth widening, as in speaking or swallowing."""

CLASS_UNITS: Mapping[str, tuple[tuple[int, ...], ...]] = MappingProxyType(
    {
        "negative": ((4,), (4, 9), (4, 15), (9, 17), (15, 17), (4, 17)),
        "positive": ((6, 12), (6, 12), (12,)),
        "surprise": ((1, 2), (1, 2, 5), (1, 2, 26), (1, 2, 5, 26)),
    }
)
"""Emotion class -> sets of action units that show together, all equally likely; one listed twice is twice as likely.

Source: the sets that EMFACS and the databases' own sheets list most."""

UNIT_CHANCES: Mapping[str, Mapping[int, float]] = MappingProxyType(
    {
        "negative": MappingProxyType({4: 0.75, 15: 0.35, 9: 0.3, 17: 0.4}),
        "positive": MappingProxyType({12: 0.9, 6: 0.5}),
        "surprise": MappingProxyType({1: 0.8, 2: 0.75, 5: 0.5, 26: 0.4}),
    }
)
"""Emotion class -> action unit -> probability that it takes part; the first one shows where chance picks none.

The order matters: random numbers are drawn in it. Source: ours."""
