import math
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.faces.alignment import WIDE, Picture, face_mask
from glfnet.faces.similarity import Transform, moved_points
from glfnet.flow.flow_map import flow_map
from glfnet.flow.head_motion import rigid_correction, rigid_motion, still_head_flow
from glfnet.flow.optical_flow import Flow, optical_flow, optical_strain


def similarity(degrees: float, size: float, shift: tuple[float, float], about: float = 0.0) -> Transform:
    angle = math.radians(degrees)
    turn = size * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centre = np.full(2, about)
    return np.column_stack([turn, centre - turn @ centre + shift])


def flow_of(transform: Transform, side: int) -> NDArray[np.float32]:
    y, x = np.mgrid[:side, :side]
    start = np.stack([x, y], axis=-1).astype(float)
    return np.asarray(moved_points(start, transform) - start, dtype=np.float32)


def blob(side: int, x: float, y: float, width: float) -> NDArray[np.float64]:
    rows, columns = np.mgrid[:side, :side]
    return np.asarray(np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2)))


def lengths(flow: Flow) -> Flow:
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]))


def grid(side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[:side, :side].astype(np.float32)
    return x, y


@pytest.mark.parametrize("degrees", [0.0, 1.0, 30.0])
def test_a_flow_that_is_only_head_movement_becomes_zero(degrees: float) -> None:
    flow = flow_of(similarity(degrees, 1.01, (2.0, -1.0), about=50.0), 100)
    np.testing.assert_allclose(rigid_correction(flow), 0, atol=2e-5)


def test_an_expression_is_kept_when_the_head_movement_is_taken_out() -> None:
    smile = np.zeros((100, 100, 2), dtype=np.float32)
    smile[..., 0] = 2 * (blob(100, 70, 70, 8) - blob(100, 30, 70, 8))
    smile[..., 1] = -2 * (blob(100, 70, 70, 8) + blob(100, 30, 70, 8))
    head = similarity(1.0, 1.0, (2.0, 0.0), about=50.0)
    # The skin moves first and the head then carries it along.
    y, x = np.mgrid[:100, :100]
    start = np.stack([x, y], axis=-1)
    flow = (moved_points(start + smile, head) - start).astype(np.float32)
    np.testing.assert_allclose(rigid_correction(flow), smile, atol=0.02)
    plain_fit = flow - flow.mean(axis=(0, 1))  # the mean alone would take a part of the smile with it
    assert np.abs(plain_fit - smile).max() > 0.2


def test_the_motion_of_the_masked_part_is_the_one_that_counts() -> None:
    flow = flow_of(similarity(0.0, 1.0, (3.0, 1.0)), 60)
    flow[:, 30:] = 0  # a wall behind the head
    mask = np.zeros((60, 60), dtype=np.bool_)
    mask[:, :30] = True
    np.testing.assert_allclose(rigid_motion(flow, mask), similarity(0.0, 1.0, (3.0, 1.0)), atol=1e-6)
    corrected = rigid_correction(flow, mask)
    np.testing.assert_allclose(corrected[:, :30], 0, atol=1e-5)
    np.testing.assert_allclose(corrected[:, 30:] - [-3, -1], 0, atol=1e-5)  # the wall moves, seen by the head


@pytest.mark.slow
def test_a_face_that_only_turns_and_shifts_has_hardly_any_strain_and_corrected_hardly_any_flow(
    still: Picture, moved: Picture, motion: Transform
) -> None:
    found = optical_flow(still, moved, "tvl1")
    start = np.stack(grid(224), axis=-1).astype(float)
    truth = moved_points(start, motion) - start
    assert np.hypot(*np.moveaxis(found - truth, -1, 0)).mean() < 0.06
    assert lengths(found).mean() > 2
    assert optical_strain(found).mean() < 0.016  # of a turn by one degree, u_y and v_x on their own are 0.0175
    assert lengths(rigid_correction(found)).mean() < 0.05


@pytest.mark.slow
def test_correcting_before_the_flow_is_made_leaves_still_less(still: Picture, moved: Picture) -> None:
    mask = face_mask(WIDE)
    corrected = still_head_flow(still, moved, "tvl1", mask)
    assert lengths(corrected)[mask].mean() < 0.03
    assert optical_strain(corrected).mean() < 0.011


def test_an_expression_survives_the_correction_of_a_head_that_moves(still: Picture, motion: Transform) -> None:
    x, y = grid(224)
    lift = (3 * np.exp(-((x - 152) ** 2 + (y - 160) ** 2) / (2 * 15**2))).astype(np.float32)  # a corner of the mouth
    raised = cv2.remap(still, x, y + lift, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    apex: Any = cv2.warpAffine(raised, motion, (224, 224), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    plain, corrected = (flow_map(still, apex, "dis", correct_rigid=c, mask=face_mask(WIDE)) for c in (False, True))
    corner = (19, 19)  # of the map: row and column of the lifted corner
    assert corrected[1][corner] == pytest.approx(-2.5, abs=0.6)
    assert plain[0].mean() > 1.5
    assert abs(np.median(corrected[0])) < 0.1
    assert corrected[2].argmax() // 28 in range(16, 24)


def test_wrong_flows_and_masks_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"flow must be \(H, W, 2\) and mask \(H, W\); got \(10, 10, 3\) and none"):
        rigid_motion(np.zeros((10, 10, 3), dtype=np.float32))
    with pytest.raises(ShapeError, match="mask leaves 0 of 100 places; expected three or more"):
        rigid_motion(np.zeros((10, 10, 2), dtype=np.float32), np.zeros((10, 10), dtype=np.bool_))
