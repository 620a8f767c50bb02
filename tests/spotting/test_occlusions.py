import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.spotting.occlusions import occlusions
from glfnet.spotting.regions import REGIONS

Values = NDArray[np.float64]
STEPS, MOST = 600, 30.0


def moved(course: Values, region: str = "chin") -> Values:
    """A face of which one region moves to the left and up."""
    values = np.zeros((len(course), len(REGIONS), 2))
    values[:, REGIONS.index(region)] = course[:, None] * (-0.6, -0.8)
    return values


def rise(at: int, steps: int) -> Values:
    return np.asarray(np.clip((np.arange(STEPS) - at) / steps, 0, 1))


def still(course: Values) -> Values:
    return np.zeros((len(course), 4))


@pytest.mark.parametrize("steps", [15, 60, 120])
def test_a_hand_that_comes_and_stays_is_seen_while_it_moves(steps: int) -> None:
    course = 60 * rise(200, steps)
    (found,) = occlusions(moved(course), still(course), MOST)
    assert found.onset == pytest.approx(200, abs=25)
    assert found.apex == pytest.approx(200 + steps, abs=25)
    assert found.apex <= found.offset <= 200 + steps + 25
    assert found.strengths[REGIONS.index("chin")] == pytest.approx(60, rel=0.15)


def test_a_hand_that_stops_on_its_way_is_one_and_a_later_one_is_another() -> None:
    course = 40 * rise(100, 20) + 40 * rise(220, 20)
    assert len(occlusions(moved(course), still(course), MOST)) == 1
    course = 40 * rise(100, 20) - 40 * rise(450, 20)
    assert len(occlusions(moved(course), still(course), MOST)) == 2


@pytest.mark.parametrize("course", [25 * rise(200, 20), 60 * rise(50, 500), np.full(40, 50.0)])
def test_skin_and_what_drifts_are_nothing_before_the_face(course: Values) -> None:
    assert occlusions(moved(course), still(course), MOST) == []


def test_a_head_that_turns_as_far_has_nothing_before_it() -> None:
    course = 45 * rise(200, 40)
    turning = np.stack([50 * rise(200, 40)] * 4, axis=1)
    assert occlusions(moved(course), turning, MOST) == []
    assert len(occlusions(moved(course), 0.5 * turning, MOST)) == 1
