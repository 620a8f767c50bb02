import numpy as np
import pytest

from glfnet.faces.boxes import overlap
from glfnet.faces.find_faces import find_faces
from made_up_scene import Image


def test_overlap_is_what_two_boxes_share() -> None:
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (2, 0, 4, 2)) == 0
    assert overlap((0, 0, 0, 0), (0, 0, 0, 0)) == 0


def test_faces_found_in_the_small_frame_are_told_in_pixels_of_the_large_one() -> None:
    from glfnet.faces.detector import Face

    class Fixed:
        name = "fixed"

        def detect(self, frame: Image) -> list[Face]:
            assert frame.shape == (120, 160, 3)
            points = np.array([(10, 10), (20, 10), (15, 16), (11, 21), (19, 21)])
            large = Face(box=(100, 20, 160, 90), points=points * 2 + 80, score=0.9)
            return [Face(box=(x, 5, x + 20, 30), points=points + x, score=0.9) for x in (40, 0)] + [large]

    faces = find_faces(np.zeros((480, 640, 3), np.uint8), Fixed(), 120)
    assert [face.box for face in faces] == [(400, 80, 640, 360), (0, 20, 80, 120), (160, 20, 240, 120)]
    np.testing.assert_allclose(faces[1].points[0], (41.5, 41.5))  # the middle of the tenth pixel, four times larger
