import math
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import Picture
from glfnet.flow import optical_flow as flow
from glfnet.flow.optical_flow import METHODS, Flow, library_versions, optical_flow, optical_strain

GREY = np.zeros((20, 20), dtype=np.uint8)


def lengths(flow: Flow) -> Flow:
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]))


def grid(side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[:side, :side].astype(np.float32)
    return x, y


@pytest.mark.parametrize("method", METHODS)
def test_a_still_face_has_no_flow(still: Picture, method: str) -> None:
    found = optical_flow(still[:96, :96], still[:96, :96], method)
    assert found.shape == (96, 96, 2)
    assert found.dtype == np.float32
    assert lengths(found).mean() < 0.005


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
def test_u_points_right_and_v_down(still: Picture, method: str) -> None:
    onset = still[60:160, 60:160]
    right, down = still[60:160, 58:158], still[58:158, 60:160]
    middle = np.s_[20:80, 20:80]
    np.testing.assert_allclose(np.median(optical_flow(onset, right, method)[middle], axis=(0, 1)), [2, 0], atol=0.1)
    np.testing.assert_allclose(np.median(optical_flow(onset, down, method)[middle], axis=(0, 1)), [0, 2], atol=0.1)


@pytest.mark.parametrize("method", ["dis", "farneback"])
def test_the_result_does_not_depend_on_the_number_of_threads(still: Picture, moved: Picture, method: str) -> None:
    before = cv2.getNumThreads()
    flows = []
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        flows.append(np.asarray(METHODS[method](still, moved)))
    cv2.setNumThreads(before)
    np.testing.assert_array_equal(flows[0], flows[1])


def test_one_thread_is_used_and_the_setting_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def spy(onset: Picture, apex: Picture) -> Flow:
        used.append(cv2.getNumThreads())
        return np.zeros((*onset.shape, 2), dtype=np.float32)

    monkeypatch.setattr(flow, "METHODS", {"spy": spy})
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    optical_flow(GREY, GREY, "spy")
    assert (used, cv2.getNumThreads()) == ([1], 2)
    cv2.setNumThreads(before)


def test_shifting_the_whole_head_has_no_strain() -> None:
    assert (optical_strain(np.full((20, 30, 2), (2.0, -1.0), dtype=np.float32)) == 0).all()


def test_turning_the_head_has_no_strain_to_first_order() -> None:
    x, y = grid(33)
    first_order = np.stack([-0.01 * y, 0.01 * x], axis=-1)
    np.testing.assert_allclose(optical_strain(first_order), 0, atol=1e-6)
    angle = math.radians(1)
    finite = np.stack(
        [(math.cos(angle) - 1) * x - math.sin(angle) * y, math.sin(angle) * x + (math.cos(angle) - 1) * y], axis=-1
    )
    np.testing.assert_allclose(optical_strain(finite), math.sqrt(2) * (1 - math.cos(angle)), rtol=0.02)
    assert optical_strain(finite).max() < 0.0003


@pytest.mark.parametrize(
    ("u_x", "u_y", "v_x", "v_y", "strain"),
    [
        (0.1, 0, 0, 0, 0.1),
        (0, 0, 0, -0.2, 0.2),
        (0.03, 0, 0, 0.04, 0.05),
        (0, 0.1, 0.1, 0, math.sqrt(2) * 0.1),
        (0, 0.1, 0, 0, math.sqrt(2) * 0.05),
    ],
)
def test_strain_is_exact_under_a_known_stretch(u_x: float, u_y: float, v_x: float, v_y: float, strain: float) -> None:
    x, y = grid(17)
    stretch = np.stack([u_x * x + u_y * y, v_x * x + v_y * y], axis=-1)
    np.testing.assert_allclose(optical_strain(stretch), strain, atol=1e-6)


def test_the_versions_that_belong_in_a_key_are_named() -> None:
    assert library_versions() == {"glfnet.flow": "2", "opencv": cv2.__version__}


@pytest.mark.parametrize(
    ("onset", "apex", "sentence"),
    [
        (np.zeros((20, 20, 3), np.uint8), GREY, r"onset must be grey, \(H, W\) uint8; got \(20, 20, 3\) uint8"),
        (GREY, GREY.astype(np.float32), r"apex must be grey, \(H, W\) uint8; got \(20, 20\) float32"),
        (GREY, np.zeros((20, 21), np.uint8), r"onset and apex must have one size; got \(20, 20\) and \(20, 21\)"),
        (GREY[:15], GREY[:15], r"pictures must be 16 x 16 pixels or more; got \(15, 20\)"),
    ],
)
def test_wrong_pictures_are_refused(onset: Any, apex: Any, sentence: str) -> None:
    with pytest.raises(ShapeError, match=sentence):
        optical_flow(onset, apex)


def test_an_unknown_method_is_refused_with_the_known_ones_and_a_flow_of_another_shape_has_no_strain() -> None:
    with pytest.raises(SettingsError, match="flow method 'tv-l1': no such method; known are tvl1, dis, farneback"):
        optical_flow(GREY, GREY, "tv-l1")
    with pytest.raises(ShapeError, match=r"flow must be \(H, W, 2\).* got \(3, 4, 4\)"):
        optical_strain(np.zeros((3, 4, 4), np.float32))
