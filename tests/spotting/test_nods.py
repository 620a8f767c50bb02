import numpy as np
import pytest

from glfnet.spotting.nods import nods


def bump(at: int, before: int, after: int) -> np.ndarray:
    step = np.arange(500)
    share = np.minimum((step - at + before) / before, (at + after - step) / after)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1)))


@pytest.mark.parametrize("axis", [0, 1, 2, 3])
def test_a_head_that_goes_and_comes_back_is_found_on_every_axis(axis: int) -> None:
    pose = np.zeros((500, 4))
    pose[:, axis] = 9 * bump(250, 30, 40)
    (found,) = nods(pose, 5.0)
    assert found.onset == pytest.approx(220, abs=6)
    assert found.apex == pytest.approx(250, abs=2)
    assert found.offset == pytest.approx(290, abs=8)
    assert found.strengths.max() == pytest.approx(9, rel=0.1)
    assert found.strengths.argmax() == axis // 2


def test_sway_a_step_and_another_posture_are_no_nods() -> None:
    pose = np.zeros((500, 4))
    pose[:, 0] = 2 * np.sin(np.arange(500) / 15)
    pose[:, 1] = 20 * (np.arange(500) > 250)
    pose[:, 3] = 15 * bump(250, 120, 120)
    assert nods(pose, 5.0) == []
