import cv2
import numpy as np
import pytest
from true_flow import flow_in_crop, inside_frame

from glfnet.faces.alignment import WIDE, canonical_transform, warp
from glfnet.faces.similarity import moved_points
from glfnet.synthetic.clip import clip_moments, clip_plan, draw_clip, person
from glfnet.synthetic.motion import HeadPose, Moment, expression_field
from glfnet.synthetic.person import Person

SIZE_PX = 128
SAME = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
# Twice as large, a quarter turn clockwise (right becomes down), and somewhere else.
TURNED = np.array([[0.0, -2.0, 90.0], [2.0, 0.0, -7.0]])


@pytest.fixture(scope="module")
def face() -> Person:
    return person(0, 1, SIZE_PX)


def moment(face: Person, share: float = 0.0, **pose: float) -> Moment:
    """A face that smiles to some share, its head at a pose."""
    head = {"right_px": 0.0, "down_px": 0.0, "turn_rad": 0.0, "scale": 1.0} | pose
    smile = expression_field(np.random.default_rng(0), face, (12,), 2.0)
    return Moment(pose=HeadPose(size_px=SIZE_PX, **head), parts=((smile, share),))


def test_a_still_face_has_no_flow(face: Person) -> None:
    still = moment(face, 0.4, turn_rad=0.1, right_px=3.0)
    np.testing.assert_allclose(flow_in_crop(still, still, TURNED, 60), 0, atol=1e-4)


def test_a_shift_in_the_frame_is_turned_and_stretched_with_the_crop(face: Person) -> None:
    flow = flow_in_crop(moment(face), moment(face, right_px=1.5, down_px=0.25), TURNED, 60)
    assert flow.shape == (60, 60, 2)
    assert flow.dtype == np.float32
    np.testing.assert_allclose(flow[..., 0], -0.5, atol=1e-4)  # a quarter down becomes a half to the left
    np.testing.assert_allclose(flow[..., 1], 3.0, atol=1e-4)


def test_with_the_frame_itself_as_crop_it_is_the_flow_that_the_database_stores(face: Person) -> None:
    plan = clip_plan(0, 1, 2, fps=50)
    moments = clip_moments(0, face, plan)
    _, truth = draw_clip(0, face, plan)
    flow = flow_in_crop(moments[plan.onset_index], moments[plan.apex_index], SAME, SIZE_PX)
    np.testing.assert_allclose(flow, truth.flow, atol=1e-4)


def test_without_the_head_only_the_face_moves(face: Person) -> None:
    onset, apex = moment(face, right_px=1.0), moment(face, 1.0, right_px=3.0, turn_rad=0.02)
    smile = flow_in_crop(onset, moment(face, 1.0, right_px=1.0), SAME, SIZE_PX)
    assert np.abs(smile).max() > 1
    np.testing.assert_allclose(flow_in_crop(onset, apex, SAME, SIZE_PX, head=False), smile, atol=1e-4)
    only_head = flow_in_crop(onset, moment(face, right_px=3.0, turn_rad=0.02), SAME, SIZE_PX, head=False)
    np.testing.assert_allclose(only_head, 0, atol=1e-4)


def test_the_apex_crop_read_where_the_flow_points_is_the_onset_crop(face: Person) -> None:
    plan = clip_plan(0, 1, 2, fps=50)
    moments = clip_moments(0, face, plan)
    frames, truth = draw_clip(0, face, plan, clean=True)
    transform = canonical_transform(truth.points)
    onset, apex = (
        warp(np.asarray(cv2.cvtColor(frames[index], cv2.COLOR_RGB2GRAY), dtype=np.uint8), transform, WIDE.size_px)
        for index in (plan.onset_index, plan.apex_index)
    )
    flow = flow_in_crop(moments[plan.onset_index], moments[plan.apex_index], transform, WIDE.size_px)
    y, x = np.mgrid[: WIDE.size_px, : WIDE.size_px].astype(np.float32)
    followed = cv2.remap(apex, x + flow[..., 0], y + flow[..., 1], cv2.INTER_CUBIC)
    seen = inside_frame(transform, WIDE.size_px, SIZE_PX) & inside_frame(SAME, WIDE.size_px, WIDE.size_px - 8)
    seen[:8, :] = seen[:, :8] = False  # skin that leaves the crop cannot be looked up
    before, after = (np.abs(one.astype(float) - onset)[seen].mean() for one in (apex, followed))
    assert after < 1.0  # of 255: roundings to whole grey levels and two interpolations
    assert after < before / 2


def test_what_lies_beyond_the_frame_is_known(face: Person) -> None:
    seen = inside_frame(TURNED, 120, SIZE_PX)
    corners = moved_points(np.array([[0.0, 0.0], [SIZE_PX - 1, 0.0]]), TURNED)
    assert corners.tolist() == [[90.0, -7.0], [90.0, 247.0]]  # the frame's upper edge is a column of the crop
    assert seen[:, :91].all()
    assert not seen[:, 91:].any()
