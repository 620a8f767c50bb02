"""Action units in words, such as `inner brows up, both sides; mouth corners up and out, left`.

Words are those of the atlas; a code of FACS that has no place in the atlas keeps its name.
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from glfnet.facs.atlas import ACTION_UNITS, PLACES
from glfnet.facs.codes import CODES
from glfnet.facs.notation import Mark, Side, UnitReading

INTENSITIES = {"A": "trace", "B": "slight", "C": "marked", "D": "severe", "E": "maximum"}
"""Letter of FACS -> how strong a unit is, in the manual's words or the first of them."""

_SIDES: dict[Side, str] = {
    "both": "both sides",
    "left": "left",
    "right": "right",
    "asymmetrical": "both sides, one more than the other",
    "top": "upper lip only",
    "bottom": "lower lip only",
}


def caption(units: UnitReading | Iterable[Mark | int]) -> str:
    """Return action units in words, from the top of the face to the bottom, separated by semicolons.

    Args:
        units: what `read_units` has read in a cell; or marks, or the numbers of units that show on both sides.

    Returns:
        Sides are the person's own. A unit that may be another one, or may be there without moving, is `perhaps` there.
        What could not be read is quoted at the end. Empty if nobody knows of any unit.

    >>> caption([12, 1, Mark(15, "left", "B")])
    'inner brows up, both sides; mouth corners up and out, both sides; mouth corners down, left, slight (B)'
    """
    given, unread = (units.marks or (), units.unread) if isinstance(units, UnitReading) else (units, ())
    marks = [Mark(unit) if isinstance(unit, int) else unit for unit in given]
    words = [_words(mark) for mark in sorted(_joined(set(marks)), key=_order)]
    return "; ".join([*words, *(f"not understood: {word!r}" for word in unread)])


def _joined(marks: set[Mark]) -> set[Mark]:
    """Return the marks with left and right of the same strength as both."""
    left = {mark for mark in marks if mark.side == "left" and replace(mark, side="right") in marks}
    right = {replace(mark, side="right") for mark in left}
    return marks - left - right | {replace(mark, side="both") for mark in left}


def _order(mark: Mark) -> tuple[float, int, bool, int, str]:
    return _height(mark.number), mark.number, not mark.certain, list(_SIDES).index(mark.side), mark.intensity


def _words(mark: Mark) -> str:
    unit = ACTION_UNITS.get(mark.number)
    parts = [unit.seen if unit is not None else CODES[mark.number]]
    if mark.side != "both" or (unit is not None and PLACES[unit.moves[0].place].out > 0):
        parts.append(_SIDES[mark.side])
    if mark.intensity:
        parts.append(f"{' to '.join(INTENSITIES[letter] for letter in mark.intensity.split('/'))} ({mark.intensity})")
    return ("" if mark.certain else "perhaps ") + ", ".join(parts)


def _height(number: int) -> float:
    """Return how far below the eyes a unit is seen; of those without a place in the atlas, about how far."""
    unit = ACTION_UNITS.get(number)
    if unit is not None:
        return PLACES[unit.moves[0].place].y
    if number > 50:  # head and eyes come last
        return math.inf
    return PLACES["upper_lid"].y if number > 40 else PLACES["mouth"].y  # lids; else lips, cheeks, tongue and jaw
