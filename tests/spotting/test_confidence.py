import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.spotting.confidence import Grounds, confidence, grounds_of
from glfnet.spotting.evidence import UNIT_SETS, patterns
from glfnet.spotting.pulses import Pulse
from glfnet.spotting.regions import REGIONS

Values = NDArray[np.float64]
SURE = Grounds(height=np.log(5), likeness=0.95, length=np.log(0.2), left=0.05, rest=0.1)


def seen(direction: Values, left: float = 0.0) -> tuple[Pulse, Values]:
    """A movement of 2 % from step 10 over 20 to 35, and where the face is meanwhile."""
    course = np.interp(np.arange(60), [10, 20, 35], [0.0, 1.0, left])
    return Pulse(10, 20, 35, 2 * direction), 2 * course[:, None, None] * direction


def grounds(direction: Values, left: float = 0.0, rest: float = 0.1, height: float = 4.0) -> Grounds:
    pulse, moved = seen(direction, left)
    heights = np.full((60, len(REGIONS)), height)
    return grounds_of(pulse, heights, moved, np.full(60, rest))


def test_grounds_are_what_they_say() -> None:
    smile = patterns()[UNIT_SETS.index((12,))]
    found = grounds(smile, left=0.25, rest=0.5)
    assert found.height == pytest.approx(np.log(4))
    assert found.likeness == pytest.approx(1.0)
    assert found.length == pytest.approx(np.log(0.25))
    assert found.left == pytest.approx(0.25)
    assert found.rest == pytest.approx(0.25)


def test_what_no_unit_does_is_like_none() -> None:
    shear = np.random.default_rng(0).normal(0, 1, (len(REGIONS), 2))
    shear /= np.hypot(shear[:, 0], shear[:, 1]).max()
    assert grounds(shear).likeness < 0.6


def test_more_movement_of_fewer_doubts_is_surer() -> None:
    assert 0.9 < confidence(SURE) < 1
    assert confidence(SURE._replace(height=np.log(0.5))) < confidence(SURE) - 0.05
    for doubt in ({"likeness": 0.4}, {"left": 0.7}, {"rest": 0.5}, {"length": np.log(0.5)}):
        assert confidence(SURE._replace(**doubt)) < confidence(SURE)


def test_the_least_that_is_found_is_far_from_sure() -> None:
    least = Grounds(height=np.log(0.6), likeness=0.5, length=np.log(0.45), left=0.6, rest=0.4)
    assert 0 < confidence(least) < 0.3
