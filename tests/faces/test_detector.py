from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray
from PIL import Image

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.detector import (
    POINT_NAMES,
    Face,
    FaceDetector,
    MtcnnDetector,
    distinct,
    largest_central_face,
    moved_edges,
    pyramid_sizes,
    square,
)

Frame = NDArray[np.uint8]

MEDIA = Path(__file__).parents[3] / "shared" / "data" / "media"
REAL = pytest.mark.skipif(not MEDIA.is_dir(), reason="no ../shared/data/media here")

# Read off the photograph by eye, to two pixels or so: 600 high, 512 wide.
HOPPER = np.array([(221, 191), (307, 187), (267, 240), (231, 278), (307, 275)])


@pytest.fixture(scope="module")
def hopper() -> Frame:
    """A portrait that matplotlib ships: public domain, US Navy."""
    with get_sample_data("grace_hopper.jpg") as file:
        return read(file)


def read(file: object) -> Frame:
    return np.asarray(Image.open(file).convert("RGB"))  # type: ignore[arg-type]


def only_face(detector: FaceDetector, frame: Frame) -> Face:
    (face,) = detector.detect(frame)
    return face


def a_face(x0: float, y0: float, x1: float, y1: float) -> Face:
    return Face(box=(x0, y0, x1, y1), points=np.zeros((5, 2)), score=0.9)


def test_the_points_lie_on_eyes_nose_and_mouth(detector: MtcnnDetector, hopper: Frame) -> None:
    face = only_face(detector, hopper)
    assert face.score > 0.99
    np.testing.assert_allclose(face.points, HOPPER, atol=5)
    eye_left, eye_right, nose, mouth_left, mouth_right = face.points
    assert eye_left[0] < nose[0] < eye_right[0]
    assert mouth_left[0] < nose[0] < mouth_right[0]
    assert max(eye_left[1], eye_right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
    x0, y0, x1, y1 = face.box
    assert ((face.points > (x0, y0)) & (face.points < (x1, y1))).all()
    assert 100 < x1 - x0 < 250


@pytest.mark.parametrize(("degrees", "atol"), [(-20, 12), (-10, 6), (10, 6), (20, 12)])
@pytest.mark.slow
def test_the_points_turn_with_the_head(detector: MtcnnDetector, hopper: Frame, degrees: float, atol: float) -> None:
    turned = np.asarray(Image.fromarray(hopper).rotate(degrees, resample=Image.Resampling.BILINEAR))
    angle = np.deg2rad(degrees)
    middle = np.array([hopper.shape[1], hopper.shape[0]]) / 2 - 0.5
    turn = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])  # y points down
    expected = (only_face(detector, hopper).points - middle) @ turn + middle
    np.testing.assert_allclose(only_face(detector, turned).points, expected, atol=atol)


@pytest.mark.parametrize("scale", [0.5, 0.25, 1.5])
@pytest.mark.slow
def test_the_points_follow_the_size_of_the_frame(detector: MtcnnDetector, hopper: Frame, scale: float) -> None:
    size = (round(hopper.shape[1] * scale), round(hopper.shape[0] * scale))
    face = only_face(detector, np.asarray(Image.fromarray(hopper).resize(size)))
    np.testing.assert_allclose((face.points + 0.5) / scale - 0.5, only_face(detector, hopper).points, atol=3)


@pytest.mark.slow
def test_the_points_move_with_the_frame(detector: MtcnnDetector, hopper: Frame) -> None:
    whole = only_face(detector, hopper).points
    for right, down in ((1, 0), (0, 3), (5, 2)):
        cut = only_face(detector, np.ascontiguousarray(hopper[down:, right:]))
        np.testing.assert_allclose(cut.points + np.array((right, down)), whole, atol=1.5)


@pytest.mark.slow
def test_left_is_the_pictures_left_also_in_a_mirror(detector: MtcnnDetector, hopper: Frame) -> None:
    mirrored = only_face(detector, np.ascontiguousarray(hopper[:, ::-1])).points
    mirrored = np.array([hopper.shape[1] - 1, 0]) + mirrored * (-1, 1)
    np.testing.assert_allclose(mirrored[[1, 0, 2, 4, 3]], only_face(detector, hopper).points, atol=2.5)


@pytest.mark.slow
def test_a_grey_frame_has_the_same_face(detector: MtcnnDetector, hopper: Frame) -> None:
    grey = np.asarray(Image.fromarray(hopper).convert("L"))
    np.testing.assert_allclose(only_face(detector, grey).points, only_face(detector, hopper).points, atol=3)
    as_rgb = np.stack([grey] * 3, axis=-1)
    assert (only_face(detector, as_rgb).points == only_face(detector, grey).points).all()


@pytest.mark.slow
def test_a_face_that_fills_the_frame_is_found(detector: MtcnnDetector, hopper: Frame) -> None:
    x0, y0, x1, y1 = (round(edge) for edge in only_face(detector, hopper).box)
    cut = only_face(detector, np.ascontiguousarray(hopper[y0:y1, x0:x1]))
    np.testing.assert_allclose(cut.points + np.array((x0, y0)), HOPPER, atol=6)


@pytest.mark.slow
def test_a_second_run_gives_the_same_numbers_and_changes_no_pixel(hopper: Frame) -> None:
    before = hopper.copy()
    first, second = (only_face(MtcnnDetector(), hopper) for _ in range(2))
    assert first.box == second.box
    assert first.score == second.score
    assert (first.points == second.points).all()
    assert (hopper == before).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda draw: np.full((120, 160, 3), 128, np.uint8),
        lambda draw: np.zeros((90, 120), np.uint8),
        lambda draw: np.zeros((5, 300), np.uint8),
        lambda draw: draw.integers(0, 256, (240, 320, 3), dtype=np.uint8),
        lambda draw: np.kron(draw.integers(0, 256, (12, 16), dtype=np.uint8), np.ones((20, 20), np.uint8)),
    ],
    ids=["flat", "black", "thin", "noise", "squares"],
)
@pytest.mark.slow
def test_where_there_is_no_face_none_is_found(
    detector: MtcnnDetector, make: Callable[[np.random.Generator], Frame]
) -> None:
    for seed in range(3):
        assert detector.detect(make(np.random.default_rng(seed))) == []


@pytest.mark.slow
def test_faces_smaller_than_asked_for_are_not_looked_for(hopper: Frame) -> None:
    small = np.zeros((600, 800, 3), np.uint8)
    small[:75, :64] = np.asarray(Image.fromarray(hopper).resize((64, 75)))  # a face of about 25 pixels
    assert MtcnnDetector(min_face_share=0.25).detect(small) == []
    assert len(MtcnnDetector(min_face_share=0.03).detect(small)) == 1


def test_a_higher_threshold_lets_fewer_pass(hopper: Frame) -> None:
    assert MtcnnDetector(thresholds=(0.6, 0.7, 0.99999999)).detect(hopper) == []


def test_the_name_tells_weights_and_settings() -> None:
    assert MtcnnDetector().name == "mtcnn-v1-d7aa9069-0.1-0.6-0.7-0.8"
    assert MtcnnDetector(min_face_share=0.2).name != MtcnnDetector().name


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((40, 40, 4), np.uint8),
        np.zeros((40, 40, 1), np.uint8),
        np.zeros((3, 40, 40), np.uint8),
        np.zeros((1, 40, 40, 3), np.uint8),
        np.zeros((40, 40, 3), np.float32),
        np.zeros((0, 40, 3), np.uint8),
    ],
)
def test_a_frame_of_another_shape_or_type_is_refused(detector: MtcnnDetector, frame: Frame) -> None:
    with pytest.raises(ShapeError, match=r"frame must be \(H, W, 3\) RGB or \(H, W\) grey, uint8; got \(.*Drop an al"):
        detector.detect(frame)


def test_settings_out_of_range_are_refused() -> None:
    for share in (0.0, -0.1, 1.5):
        with pytest.raises(SettingsError, match=rf"min_face_share: found {share:g}; expected a share, above 0"):
            MtcnnDetector(min_face_share=share)
    for thresholds in ((0.6, 0.7, 1.0), (-0.1, 0.7, 0.8), (0.6, 0.7)):
        with pytest.raises(SettingsError, match="expected three probabilities, from 0 to below 1"):
            MtcnnDetector(thresholds=thresholds)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="device: found toaster; expected cpu, or a device that this torch has"):
        MtcnnDetector(device="toaster")


def test_a_face_keeps_its_points_to_itself() -> None:
    points = np.arange(10.0).reshape(5, 2)
    face = Face(box=(0, 0, 9, 9), points=points, score=1)
    points[:] = -1
    assert face.points[4].tolist() == [8, 9]
    with pytest.raises(ValueError, match="read-only"):
        face.points[0] = 0
    with pytest.raises(ShapeError, match=rf"one \(x, y\) for each of .*{POINT_NAMES[0]}.*got \(2, 5\)"):
        Face(box=(0, 0, 9, 9), points=np.zeros((2, 5)), score=1)


def test_the_largest_face_is_chosen_and_of_equals_the_central_one() -> None:
    shape = (100, 200, 3)
    small, large, aside = a_face(90, 40, 110, 60), a_face(60, 20, 100, 60), a_face(0, 20, 40, 60)
    assert largest_central_face([small, aside, large], shape) is large
    assert largest_central_face([aside, a_face(80, 30, 120, 70)], shape[:2]) is not aside
    assert largest_central_face([], shape) is None


def test_size_and_centrality_are_weighed_as_stated() -> None:
    # A box in the middle of a 300 x 400 frame weighs its area; one half-way to a corner, half of its area.
    central, aside = a_face(180, 130, 220, 170), a_face(75, 50, 125, 100)
    assert largest_central_face([central, aside], (300, 400)) is central  # 1600 against 2500 / 2
    larger = a_face(70, 45, 130, 105)
    assert largest_central_face([central, larger], (300, 400)) is larger  # 1600 against 3600 / 2
    twin = a_face(180, 130, 220, 170)
    assert largest_central_face([twin, central], (300, 400)) is twin
    with pytest.raises(ShapeError, match=r"frame_shape must be \(H, W\) or \(H, W, channels\); got \(300,\)"):
        largest_central_face([central], (300,))


def test_of_overlapping_boxes_the_best_is_kept() -> None:
    # Boxes 0 and 1 share 80 of 120 (2/3), 1 and 2 likewise, 0 and 2 share 60 of 140 (3/7).
    boxes = np.array([(0, 0, 10, 10), (2, 0, 12, 10), (4, 0, 14, 10)], dtype=float)
    assert distinct(boxes, np.array([0.7, 0.9, 0.8]), 0.5).tolist() == [1]
    assert distinct(boxes, np.array([0.9, 0.8, 0.7]), 0.5).tolist() == [0, 2]  # 1 is gone and can put nobody out
    assert distinct(boxes, np.array([0.7, 0.8, 0.9]), 0.4).tolist() == [2]
    assert distinct(boxes, np.array([0.7, 0.9, 0.8]), 0.7).tolist() == [1, 2, 0]
    assert distinct(boxes[:2], np.array([0.5, 0.5]), 0.5).tolist() == [0]
    assert distinct(np.empty((0, 4)), np.empty(0), 0.5).tolist() == []


def test_a_part_of_a_face_is_the_same_face_only_where_the_smaller_counts() -> None:
    boxes = np.array([(0, 0, 10, 10), (1, 1, 5, 5)], dtype=float)
    scores = np.array([0.9, 0.8])
    assert distinct(boxes, scores, 0.7).tolist() == [0, 1]
    assert distinct(boxes, scores, 0.7, of="smaller").tolist() == [0]


def test_edges_move_in_units_of_the_box() -> None:
    moved = moved_edges(np.array([(10.0, 20, 30, 60)]), np.array([(0.1, -0.1, 0, 0.5)]))
    np.testing.assert_allclose(moved, [(12, 16, 30, 80)])


def test_squares_are_of_whole_pixels_around_the_same_middle() -> None:
    assert square(np.array([(0.0, 10, 20, 50), (1.2, 1.2, 1.3, 1.3)])).tolist() == [[-10, 10, 30, 50], [1, 1, 2, 2]]
    assert square(np.empty((0, 4))).shape == (0, 4)


def test_in_the_first_picture_the_smallest_face_fills_a_window_and_the_last_holds_one() -> None:
    sizes = pyramid_sizes(480, 640, 48)
    assert sizes[0] == (120, 160)
    assert 12 <= sizes[-1][0] < 12 / 0.709
    assert all(second[0] < first[0] for first, second in pairwise(sizes))
    assert pyramid_sizes(19, 640, 20) == []


@pytest.mark.slow
@REAL
@pytest.mark.parametrize(("name", "faces"), [("single_face.jpg", 1), ("multi_face.jpg", 5)])
def test_every_face_of_a_photograph_is_found_once(detector: MtcnnDetector, name: str, faces: int) -> None:
    found = detector.detect(read(MEDIA / name))
    assert len(found) == faces
    scores = [face.score for face in found]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.slow
@REAL
@pytest.mark.parametrize(("name", "most"), [("no_face.mp4", 0), ("single_face.mp4", 1)], ids=["nobody", "one person"])
def test_in_a_video_as_many_are_found_as_there_are(detector: MtcnnDetector, name: str, most: int) -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    with av.open(str(MEDIA / name)) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)][::30]
    assert [len(detector.detect(frame)) for frame in frames] == [most] * len(frames)
