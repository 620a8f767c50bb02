from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.faces.detector import Face
from glfnet.faces.unseen import FrameWithoutFace, why_unseen

POINTS = np.array([(34, 42), (62, 42), (48, 56), (36, 70), (60, 70)], dtype=np.float64)


class Picky:
    """Sees a face in a frame whose upper left corner is the brightest, if it is bright enough and large enough."""

    name = "picky"

    def __init__(self, brightest: float = 0.0, side_px: int = 0) -> None:
        self.brightest, self.side_px, self.looks = brightest, side_px, 0

    def detect(self, frame: NDArray[np.uint8]) -> Sequence[Face]:
        self.looks += 1
        corner = float(frame[: len(frame) // 3, : len(frame) // 3].mean())
        upright = corner > frame.mean()
        there = upright and corner >= self.brightest and min(frame.shape[:2]) >= self.side_px
        return [Face(box=(20, 20, 76, 84), points=POINTS, score=1.0)] if there else []


def a_frame(grey: int = 100, corner: int = 140) -> NDArray[np.uint8]:
    frame = np.full((96, 96, 3), grey, dtype=np.uint8)
    frame[:40, :40] = corner
    return frame


@pytest.mark.parametrize(
    ("turns", "how"),
    [(1, "turned by 90 degrees to the right"), (2, "turned upside down"), (3, "turned by 90 degrees to the left")],
)
def test_a_frame_that_is_turned_is_said_to_be_so_with_the_way_back(turns: int, how: str) -> None:
    turned = np.ascontiguousarray(np.rot90(a_frame(), turns))  # to the left
    assert Picky().detect(turned) == []
    assert why_unseen(turned, Picky(), 360) == f"one is seen if the picture is {how}: turn the recording"


def test_a_dark_frame_is_said_to_be_too_dark() -> None:
    dark = "one is seen if the picture is made brighter: it is too dark"
    assert why_unseen(a_frame(10, 14), Picky(brightest=120), 360) == dark
    assert why_unseen(a_frame(0, 0), Picky(), 360) == ""


def test_a_small_face_is_said_to_be_too_small() -> None:
    small = "one is seen if the picture is made 3 times larger: the face is too small"
    assert why_unseen(a_frame(), Picky(side_px=200), 96) == small


def test_where_nothing_helps_no_reason_is_given() -> None:
    assert why_unseen(a_frame(corner=100), Picky(), 360) == ""


def test_a_recording_in_which_somebody_is_seen_needs_no_reason_and_no_look() -> None:
    detector = Picky(side_px=200)
    frames = FrameWithoutFace(detector, 96)
    frames.look(0, a_frame(), seen=False)
    frames.look(1, a_frame(), seen=True)
    frames.look(2, a_frame(), seen=False)
    assert (frames.reason(), detector.looks) == ("", 0)


def test_a_frame_from_the_later_half_tells_why_nobody_is_seen() -> None:
    frames = FrameWithoutFace(Picky(side_px=200), 96)
    for index in range(10):
        frames.look(index, a_frame(corner=100 if index < 5 else 140), seen=False)
    assert "too small" in frames.reason()
    assert FrameWithoutFace(Picky(), 96).reason() == ""
