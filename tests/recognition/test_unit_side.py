"""The side of the face on which a unit moves the skin is told from the map, in the person's own words."""

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.faces.alignment import WIDE
from glfnet.facs.atlas import ACTION_UNITS
from glfnet.recognition.card import Estimate, UnitScore
from glfnet.recognition.unit_side import side_of, unit_answer

SIZE = 28


def a_map(unit: int, left: float, right: float) -> NDArray[np.float32]:
    """Return a map on which the unit moves the person's left and right half of the face so far, and the head shifts."""
    x = ((np.arange(SIZE) + 0.5) / SIZE - 0.5) * WIDE.map_width / WIDE.eye_distance
    y = ((np.arange(SIZE) + 0.5) / SIZE - WIDE.eye_height) / WIDE.eye_distance
    field = np.zeros((3, SIZE, SIZE), dtype=np.float32)
    for side in ACTION_UNITS[unit].moves[0].sides:
        strength = right if side.side < 0 else left  # the image's left half is the person's right one
        window = np.exp(-((x[None] - side.x) ** 2) / 0.08 - (y[:, None] - side.y) ** 2 / 0.045)
        field[0] += strength * side.right * window
        field[1] += strength * side.down * window
    return field + np.array([3.0, -2.0, 0.0], dtype=np.float32)[:, None, None]


@pytest.mark.parametrize("unit", [1, 2, 4, 12, 15])
@pytest.mark.parametrize(
    ("left", "right", "side"), [(1, 1, "both"), (1, 0.5, "both"), (1, 0, "left"), (0, 1, "right"), (0.1, 1, "right")]
)
def test_a_half_that_hardly_moves_is_not_named(unit: int, left: float, right: float, side: str) -> None:
    assert side_of(unit, a_map(unit, left, right), WIDE) == side


def test_a_unit_of_the_midline_has_no_side() -> None:
    assert side_of(17, np.ones((3, SIZE, SIZE), dtype=np.float32), WIDE) is None


def test_where_nothing_moves_as_the_unit_does_no_side_is_told() -> None:
    assert side_of(1, -a_map(1, 1, 1), WIDE) is None
    assert side_of(1, np.zeros((3, SIZE, SIZE), dtype=np.float32), WIDE) is None


def test_a_unit_that_is_not_there_has_no_side_and_one_that_was_not_measured_is_not_reliable() -> None:
    score = UnitScore(
        clips=9, there=3, f1=Estimate(value=0.7, low=0.5, high=0.8), auc=Estimate(value=0.9, low=0.8, high=1.0)
    )
    absent = unit_answer(1, 0.4, a_map(1, 1, 0), WIDE, score)
    assert (absent.there, absent.side, absent.reliable, absent.f1) == (False, None, True, 0.7)
    there = unit_answer(1, 0.5, a_map(1, 1, 0), WIDE, None)
    assert (there.there, there.side, there.reliable, there.f1) == (True, "left", False, None)
