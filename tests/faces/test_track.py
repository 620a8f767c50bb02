from collections.abc import Callable

import cv2
import numpy as np
import pytest

from glfnet.faces.alignment import WIDE, canonical_points, canonical_transform, warp
from glfnet.faces.similarity import compose, moved_points, shifted
from glfnet.faces.track import apart
from glfnet.faces.tracker import FaceTracker, TrackedFace
from glfnet.faces.tracking_settings import TrackingSettings
from made_up_scene import Head, Image, drawn
from made_up_tracks import RARELY, Told, a_frame, middle, moving, numbers, told_run


def width(face: TrackedFace) -> float:
    return face.box[2] - face.box[0]


def grey(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


@pytest.mark.parametrize(
    "head",
    [
        lambda n: Head(subject=1, x=160 + 30 * np.sin(n / 6), y=120),
        lambda n: Head(subject=2, x=100 + 3 * n, y=110 + n, scale=0.8),
        lambda n: Head(subject=3, x=160, y=120, degrees=14 * np.sin(n / 8)),
        lambda n: Head(subject=4, x=160, y=125, scale=1 + 0.2 * np.sin(n / 8)),
        lambda n: Head(subject=5, x=160 + n, y=120, degrees=n / 3, scale=1 + n / 150),
    ],
    ids=["5 pixels a frame", "across", "turn", "size", "all of it"],
)
@pytest.mark.slow
def test_a_face_is_followed_to_half_a_pixel(head: Callable[[int], Head]) -> None:
    heads = moving(40, head)
    out = told_run(heads, settings=RARELY)
    for (truth,), (seen,) in zip(heads, out, strict=True):
        points = truth.points()
        expected = points.mean(axis=0)
        assert seen.track == 1
        np.testing.assert_allclose(middle(seen), expected, atol=0.5)
        assert seen.eye_distance_px == pytest.approx(np.linalg.norm(points[1] - points[0]), rel=0.012)
        assert width(seen) / seen.eye_distance_px == pytest.approx(2, rel=0.005)


@pytest.mark.slow
def test_the_crop_keeps_the_eyes_at_their_place_however_the_head_moves() -> None:
    heads = moving(
        40, lambda n: Head(subject=1, x=140 + n, y=120 + 8 * np.sin(n / 5), degrees=n / 2, scale=1 - n / 160)
    )
    settings = TrackingSettings()
    for (truth,), (seen,) in zip(heads, told_run(heads), strict=True):
        # Patch and frame count pixels from different corners; the box tells the shift between them.
        in_crop = moved_points(truth.points(), frame_to_crop(seen, truth))
        off = (in_crop - canonical_points(WIDE)).mean(axis=0) / WIDE.eye_distance_px
        assert np.hypot(*off) < settings.move_share + 0.02


def frame_to_crop(seen: TrackedFace, truth: Head) -> np.ndarray:
    """Return the transform from the frame, found by looking for the patch in it."""
    image = grey(drawn([truth], noise=1.5, seed=seen.index))
    _, score, _, (x0, y0) = cv2.minMaxLoc(cv2.matchTemplate(image, seen.patch, cv2.TM_CCOEFF_NORMED))
    assert score > 0.9999
    transform = seen.transform.copy()
    transform[:, 2] -= transform[:, :2] @ (x0, y0)
    return transform


@pytest.mark.slow
def test_transform_and_window_stay_while_the_head_only_sways_in_the_noise() -> None:
    heads = moving(60, lambda n: Head(subject=1, x=160 + 1.2 * np.sin(n / 3), y=120, degrees=np.sin(n / 7)))
    out = told_run(heads, error_px=0.7, noise=4, settings=TrackingSettings(detect_every_s=0.2))
    assert len({id(face.transform) for (face,) in out}) == 1
    assert len({face.patch.shape for (face,) in out}) == 1
    still = [face.patch.astype(float) for (face,) in out[:2]]
    assert np.abs(still[1] - still[0]).mean() < 6  # the same pixels: nothing but noise and a sway between them


@pytest.mark.slow
def test_a_head_that_has_moved_gets_a_new_transform_and_keeps_it() -> None:
    heads = moving(30, lambda n: Head(subject=1, x=160 + 2 * np.clip(n - 10, 0, 5), y=120))
    out = [face.transform for (face,) in told_run(heads, settings=RARELY)]
    changes = [index for index in range(1, 30) if out[index] is not out[index - 1]]
    assert changes
    assert set(changes) <= set(range(11, 17))


@pytest.mark.parametrize(("x", "y", "degrees"), [(160, 120, 0), (160, 120, 9), (70, 90, 0), (262, 170, -5)])
def test_the_patch_gives_the_crop_that_the_whole_grey_frame_would_give(x: float, y: float, degrees: float) -> None:
    head = Head(subject=2, x=x, y=y, degrees=degrees)
    (face,) = told_run([[head]], noise=0)[0]
    whole = warp(grey(drawn([head])), canonical_transform(head.points()), WIDE.size_px)
    assert face.patch.flags.c_contiguous
    assert np.abs(warp(face.patch, face.transform, WIDE.size_px).astype(int) - whole).max() <= 1


@pytest.mark.slow
def test_a_large_face_comes_in_a_patch_of_bounded_size_that_gives_nearly_the_same_crop() -> None:
    head = Head(subject=1, x=480, y=330, scale=3.4)
    image = drawn([head], width=960, height=720)
    told = Told([Head(subject=1, x=(480 + 0.5) / 3 - 0.5, y=(330 + 0.5) / 3 - 0.5, scale=3.4 / 3)])
    (face,) = FaceTracker(told).step(a_frame(0, image))
    assert face.eye_distance_px > 150
    assert max(face.patch.shape) < 2 * 1.25 * WIDE.size_px
    whole = warp(grey(image), canonical_transform(head.points()), WIDE.size_px)
    assert np.abs(warp(face.patch, face.transform, WIDE.size_px).astype(int) - whole).mean() < 1.0


@pytest.mark.slow
def test_a_face_that_moves_faster_and_faster_is_followed() -> None:
    detector = Told(width=640)
    tracker = FaceTracker(detector, settings=RARELY)
    for index, x in enumerate([80, 80, 80, 80, 80, 80, 100, 140, 200, 270, 345, 420, 490]):
        head = Head(subject=1, x=x, y=120)
        detector.heads = [head]
        (face,) = tracker.step(a_frame(index, drawn([head], width=640)))
        assert face.track == 1
        np.testing.assert_allclose(middle(face), head.points().mean(axis=0), atol=0.6)
    assert len(detector.seen) == 2


@pytest.mark.slow
def test_a_face_that_is_mostly_out_of_the_frame_has_left_though_its_rest_could_be_followed() -> None:
    heads = moving(20, lambda n: Head(subject=1, x=100 - 6 * n, y=120))
    out = told_run(heads, settings=RARELY)
    for (truth,), seen in zip(heads, out, strict=True):
        assert bool(seen) == (truth.points()[:, 0].mean() > 0)
    assert [] in out


def test_a_face_behind_a_board_is_lost_though_its_brow_could_be_followed() -> None:
    detector = Told([Head(subject=1, x=160, y=120)])
    tracker = FaceTracker(detector, settings=RARELY)
    image = drawn(detector.heads)
    covered = image.copy()
    covered[102:, 100:220] = np.random.default_rng(0).integers(0, 256, (138, 120, 1), dtype=np.uint8)
    out = []
    for index, shown in enumerate([image] * 8 + [covered] * 3):
        detector.heads = [Head(subject=1, x=160, y=120)] if index < 8 else []
        out.append(numbers(tracker.step(a_frame(index, shown))))
    assert out == [[1]] * 8 + [[]] * 3


def test_where_the_detector_sees_the_face_far_from_where_it_was_followed_to_the_detector_is_right() -> None:
    head, elsewhere = Head(subject=1, x=160, y=120), Head(subject=1, x=160, y=142)
    detector = Told([head])
    tracker = FaceTracker(detector)
    image = drawn([head])
    refound = []
    for index in range(35):
        (face,) = tracker.step(a_frame(index, image))
        refound += [index] if face.refound else []
        detector.heads = [head if index < 10 else elsewhere]
    assert face.track == 1
    assert refound == [30]  # 1 s after the second look
    np.testing.assert_allclose(middle(face), elsewhere.points().mean(axis=0), atol=0.5)


def test_changing_light_does_not_end_a_track() -> None:
    told = Told([Head(subject=1, x=160, y=120)])
    tracker = FaceTracker(told, settings=RARELY)
    image = drawn(told.heads).astype(float)
    out = []
    for index in range(30):
        lit = np.clip(image * (1 - 0.5 * abs(np.sin(index / 6))) + 3 * np.sin(index), 0, 255).astype(np.uint8)
        out.append(tracker.step(a_frame(index, lit)))
    assert [numbers(faces) for faces in out] == [[1]] * 30
    assert len({id(face.transform) for (face,) in out}) == 1


def test_apart_tells_shift_turn_and_size_of_the_face_in_the_crop() -> None:
    centre = canonical_points(WIDE).mean(axis=0)
    cos, sin = 1.03 * np.cos(np.radians(2)), 1.03 * np.sin(np.radians(2))
    about = compose(shifted(*centre), compose(np.array([[cos, sin, 0], [-sin, cos, 0]]), shifted(*-centre)))
    one = canonical_transform(Head(subject=1, x=160, y=120).points())
    shift, turn, size = apart(compose(about, one), one, WIDE)
    assert (shift, turn, size) == pytest.approx((0, 2, 0.03), abs=1e-6)
    away = compose(shifted(0.1 * WIDE.eye_distance_px, 0), one)
    assert apart(away, one, WIDE) == pytest.approx((0.1, 0, 0), abs=1e-6)
