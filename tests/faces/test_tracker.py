import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import WIDE, canonical_points, canonical_transform, moved_points, warp
from glfnet.faces.detector import Face, MtcnnDetector
from glfnet.faces.tracker import FaceTracker, TrackedFace
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.video.stream import Frame
from made_up_scene import Head, Image, drawn

FPS = 25.0
WIDTH, HEIGHT = 320, 240
RARELY = TrackingSettings(detect_every_s=100)  # the detector sees a face twice, then it is only followed


@dataclass
class Told:
    """A detector that is told where the heads are, in a frame of `width` pixels; it may err by some pixels."""

    heads: Sequence[Head] = ()
    error_px: float = 0.0
    width: int = WIDTH
    name: str = "told"
    seen: list[tuple[int, ...]] = field(default_factory=list)

    def detect(self, frame: Image) -> list[Face]:
        self.seen.append(frame.shape)
        scale = frame.shape[1] / self.width
        rng = np.random.default_rng(len(self.seen))
        return [face_of(head, scale, rng.normal(0, self.error_px, (5, 2))) for head in self.heads]


def face_of(head: Head, scale: float = 1.0, error: float | np.ndarray = 0.0) -> Face:
    points = (head.points() + error + 0.5) * scale - 0.5
    eyes = points[1, 0] - points[0, 0]
    x, y = (
        points.mean(axis=0) + 0.5
    )  # a box counts from the edge of the frame, points from the middle of its first pixel
    return Face(box=(x - eyes, y - 1.3 * eyes, x + eyes, y + 1.3 * eyes), points=points, score=0.99)


def moving(count: int, head: Callable[[int], Head], fps: float = FPS) -> list[list[Head]]:
    return [[head(number)] for number in range(count)]


def told_run(
    heads: Sequence[Sequence[Head]],
    *,
    settings: TrackingSettings | None = None,
    faces: str = "largest",
    error_px: float = 0.0,
    noise: float = 1.5,
) -> list[list[TrackedFace]]:
    detector = Told(error_px=error_px)
    tracker = FaceTracker(detector, faces=faces, settings=settings)  # type: ignore[arg-type]
    out = []
    for index, present in enumerate(heads):
        detector.heads = present
        out.append(tracker.step(a_frame(index, drawn(present, noise=noise, seed=index))))
    return out


def a_frame(index: int, image: Image, time_s: float | None = None) -> Frame:
    return Frame(index=index, time_s=index / FPS if time_s is None else time_s, image=image)


def numbers(faces: Sequence[TrackedFace]) -> list[int]:
    return [face.track for face in faces]


def middle(face: TrackedFace) -> np.ndarray:
    x0, y0, x1, y1 = face.box
    return np.array([x0 + x1 - 1, y0 + y1 - 1]) / 2


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


def test_transform_and_window_stay_while_the_head_only_sways_in_the_noise() -> None:
    heads = moving(60, lambda n: Head(subject=1, x=160 + 1.2 * np.sin(n / 3), y=120, degrees=np.sin(n / 7)))
    out = told_run(heads, error_px=0.7, noise=4, settings=TrackingSettings(detect_every_s=0.2))
    assert len({id(face.transform) for (face,) in out}) == 1
    assert len({face.patch.shape for (face,) in out}) == 1
    still = [face.patch.astype(float) for (face,) in out[:2]]
    assert np.abs(still[1] - still[0]).mean() < 6  # the same pixels: nothing but noise and a sway between them


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


def test_a_large_face_comes_in_a_patch_of_bounded_size_that_gives_nearly_the_same_crop() -> None:
    head = Head(subject=1, x=480, y=330, scale=3.4)
    image = drawn([head], width=960, height=720)
    told = Told([Head(subject=1, x=(480 + 0.5) / 3 - 0.5, y=(330 + 0.5) / 3 - 0.5, scale=3.4 / 3)])
    (face,) = FaceTracker(told).step(a_frame(0, image))
    assert face.eye_distance_px > 150
    assert max(face.patch.shape) < 2 * 1.25 * WIDE.size_px
    whole = warp(grey(image), canonical_transform(head.points()), WIDE.size_px)
    assert np.abs(warp(face.patch, face.transform, WIDE.size_px).astype(int) - whole).mean() < 1.0


def test_the_detector_is_given_a_small_frame_now_and_then(detector: MtcnnDetector) -> None:
    detector = Told()
    tracker = FaceTracker(detector, settings=TrackingSettings(search_px=120))
    still = [Head(subject=1, x=160, y=120)]
    detector.heads = still
    image = drawn(still)
    times = [0, 0.05, 0.1, 0.21, 0.3, 1.0, 1.1, 1.22, 1.3, 2.0, 2.3]  # frames need not come evenly
    asked = []
    for index, time_s in enumerate(times):
        before = len(detector.seen)
        tracker.step(a_frame(index, image, time_s))
        asked += [time_s] * (len(detector.seen) - before)
    assert asked == [0, 0.21, 1.22, 2.3]
    assert set(detector.seen) == {(120, 160, 3)}


def test_a_face_that_leaves_and_comes_back_is_a_new_track(detector: MtcnnDetector) -> None:
    across = [*range(160, -120, -8), *([-120] * 10), *range(-120, 168, 8)]
    tracker = FaceTracker(detector)
    out = [
        numbers(tracker.step(a_frame(index, drawn([Head(subject=1, x=x, y=120)], noise=1, seed=index))))
        for index, x in enumerate(across)
    ]
    gone = [index for index, seen in enumerate(out) if not seen]
    assert gone == list(range(gone[0], gone[-1] + 1))
    assert out[: gone[0]] == [[1]] * gone[0]
    assert out[gone[-1] + 1 :] == [[2]] * (len(out) - gone[-1] - 1)
    assert across[gone[0]] < 40  # at least half of the face had left
    assert across[gone[-1]] < 110


def test_a_scene_cut_ends_the_track_also_where_the_next_face_is_at_the_same_place(detector: MtcnnDetector) -> None:
    tracker = FaceTracker(detector)
    head = Head(subject=1, x=160, y=120)
    images = [drawn([head], scene=0)] * 3 + [drawn([head], scene=5)] * 3 + [drawn([], scene=5)] * 2
    out = [numbers(tracker.step(a_frame(index, image))) for index, image in enumerate(images)]
    assert out == [[1]] * 3 + [[2]] * 3 + [[]] * 2


def test_somebody_else_at_the_same_place_is_a_new_track() -> None:
    before, after = [Head(subject=1, x=160, y=120)], [Head(subject=2, x=160, y=120)]
    assert [numbers(faces) for faces in told_run([before] * 3 + [after] * 3)] == [[1]] * 3 + [[2]] * 3


def test_a_face_that_jumps_out_of_reach_is_found_at_once_and_stays_the_same_track() -> None:
    detector, out = Told(), []
    tracker = FaceTracker(detector, settings=RARELY)
    here, there = Head(subject=1, x=140, y=120), Head(subject=1, x=165, y=128, degrees=40)
    for index in range(20):
        detector.heads = [here if index < 10 else there]
        out.append(tracker.step(a_frame(index, drawn(detector.heads, noise=1, seed=index))))
        assert len(detector.seen) == (1 if index < 5 else 2 if index < 10 else 3)
    assert [numbers(faces) for faces in out] == [[1]] * 20
    assert [index for index, (face,) in enumerate(out) if face.refound] == [10]
    assert out[9][0].transform is not out[10][0].transform
    np.testing.assert_allclose(middle(out[10][0]), there.points().mean(axis=0), atol=0.5)


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


def test_a_face_found_twice_is_one_track() -> None:
    head = Head(subject=1, x=160, y=120)
    out = told_run([[head, Head(subject=1, x=163, y=121, scale=1.05)]] * 8, faces="all")
    assert [numbers(faces) for faces in out] == [[1]] * 8


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


def test_two_faces_are_numbered_from_the_left_and_stay_with_their_person(detector: MtcnnDetector) -> None:
    tracker = FaceTracker(detector, faces="all")
    for index in range(35):
        sway = 25 * np.sin(index / 8)
        heads = [Head(subject=2, x=235, y=120 - sway, scale=0.85), Head(subject=1, x=85, y=120 + sway, scale=0.8)]
        out = tracker.step(a_frame(index, drawn(heads, noise=1, seed=index)))
        assert numbers(out) == [1, 2]
        for face, head in zip(out, heads[::-1], strict=True):
            x0, y0, x1, y1 = face.box
            assert ((head.points() > (x0, y0)) & (head.points() < (x1, y1))).all()


def test_who_comes_later_gets_the_next_number_and_who_leaves_is_missing() -> None:
    left, right = Head(subject=1, x=80, y=120, scale=0.8), Head(subject=2, x=240, y=120, scale=0.8)
    out = told_run([[right]] * 3 + [[left, right]] * 10 + [[left]] * 10, faces="all")
    seen = [numbers(faces) for faces in out]
    assert seen[2] == [1]
    assert seen[12] == [1, 2]
    assert seen[13:] == [[2]] * 10
    assert middle(out[12][1])[0] < 160


def test_the_largest_face_is_kept_while_it_lasts_and_then_the_next_one_is_taken() -> None:
    large, small = Head(subject=1, x=90, y=120, scale=0.9), Head(subject=2, x=240, y=120, scale=0.7)
    larger = Head(subject=2, x=225, y=120, scale=1.1)
    out = told_run([[large, small]] * 10 + [[large, larger]] * 30 + [[larger]] * 3)
    assert [numbers(faces) for faces in out] == [[1]] * 40 + [[2]] * 3
    assert middle(out[39][0])[0] < 160 < middle(out[40][0])[0]


def test_without_a_face_the_detector_looks_a_few_times_a_second_only() -> None:
    detector = Told()
    tracker = FaceTracker(detector)
    for index in range(50):
        assert tracker.step(a_frame(index, drawn([]))) == []
    assert len(detector.seen) == 10


def test_black_frames_are_no_series_of_cuts() -> None:
    detector = Told()
    tracker = FaceTracker(detector)
    rng = np.random.default_rng(0)
    for index in range(25):
        assert tracker.step(a_frame(index, rng.integers(0, 5, (48, 64, 3), dtype=np.uint8))) == []
    assert len(detector.seen) == 5


def test_a_false_alarm_ends_at_the_second_look() -> None:
    detector = Told([Head(subject=1, x=160, y=120)])
    tracker = FaceTracker(detector)
    image = drawn([Head(subject=1, x=160, y=120)])
    out = []
    for index in range(10):
        out.append(numbers(tracker.step(a_frame(index, image))))
        detector.heads = ()
    assert out == [[1]] * 5 + [[]] * 5  # 0.2 s


def test_a_face_that_the_detector_knew_is_given_up_after_two_looks_without_it() -> None:
    detector = Told([Head(subject=1, x=160, y=120)])
    tracker = FaceTracker(detector)
    image = drawn([Head(subject=1, x=160, y=120)])
    for index in range(10):
        assert numbers(tracker.step(a_frame(index, image))) == [1]
    detector.heads = ()
    asked = len(detector.seen)
    while tracker.step(a_frame(index := index + 1, image)):
        assert index < 100
    assert len(detector.seen) == asked + 2


def test_one_missed_look_does_no_harm() -> None:
    detector = Told([Head(subject=1, x=160, y=120)])
    tracker = FaceTracker(detector)
    image = drawn([Head(subject=1, x=160, y=120)])
    for index in range(100):
        detector.heads = () if len(detector.seen) % 2 else [Head(subject=1, x=160, y=120)]
        if index < 6:
            detector.heads = [Head(subject=1, x=160, y=120)]
        assert numbers(tracker.step(a_frame(index, image))) == [1]


def test_a_profile_whose_points_are_no_face_is_left_out() -> None:
    class Mirrored(Told):
        def detect(self, frame: Image) -> list[Face]:
            return [Face(box=face.box, points=face.points[[1, 0, 2, 4, 3]], score=1) for face in super().detect(frame)]

    head = Head(subject=1, x=160, y=120)
    assert FaceTracker(Mirrored([head])).step(a_frame(0, drawn([head]))) == []


@pytest.mark.parametrize("shape", [(16, 16), (1, 1), (2, 300), (300, 2)])
def test_a_tiny_frame_does_no_harm_even_if_the_detector_claims_a_face(
    shape: tuple[int, int], detector: MtcnnDetector
) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for finder in (detector, Told([Head(subject=1, x=160, y=120)])):
        tracker = FaceTracker(finder, faces="all")
        for index in range(8):
            for face in tracker.step(a_frame(index, np.roll(image, index, axis=0))):
                assert warp(face.patch, face.transform, 224).shape == (224, 224)


def test_frames_of_another_size_end_the_track() -> None:
    detector = Told([Head(subject=1, x=160, y=120)])
    tracker = FaceTracker(detector)
    image = drawn(detector.heads)
    large = np.asarray(cv2.resize(image, (640, 480)), dtype=np.uint8)
    out = [numbers(tracker.step(a_frame(index, i))) for index, i in enumerate([image, image, large, large])]
    assert out == [[1], [1], [2], [2]]


def test_a_second_run_gives_the_same_numbers_and_changes_no_frame() -> None:
    image = drawn([Head(subject=1, x=160, y=120)])
    before = image.copy()
    one, other = (told_run(moving(12, lambda n: Head(subject=1, x=150 + 2 * n, y=120))) for _ in range(2))
    assert [face.box for (face,) in one] == [face.box for (face,) in other]
    assert all((a.transform == b.transform).all() for (a,), (b,) in zip(one, other, strict=True))
    FaceTracker(Told([Head(subject=1, x=160, y=120)])).step(a_frame(0, image))
    assert (image == before).all()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"detect_every_s": 0}, "detect_every_s: found 0; expected a number above 0."),
        ({"move_share": float("nan")}, "move_share: found nan; expected a number above 0."),
        ({"likeness": 1.0}, "likeness: found 1.0; expected a correlation, from 0 to below 1."),
        ({"crop_px": 0}, "crop wide: found size_px 0"),
    ],
)
def test_settings_that_do_not_fit_are_refused(options: dict[str, float], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        TrackingSettings(**options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)


def test_unknown_words_and_shapes_are_refused() -> None:
    with pytest.raises(SettingsError, match="faces: found 'both'; expected largest or all"):
        FaceTracker(Told(), faces="both")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match=r"frame must be \(H, W, 3\) RGB uint8; got \(4, 4\) uint8"):
        FaceTracker(Told()).step(a_frame(0, np.zeros((4, 4), np.uint8)))


@pytest.mark.slow
def test_those_who_take_tracked_faces_need_no_torch() -> None:
    program = "import sys, glfnet.faces.tracker; assert 'torch' not in sys.modules; assert 'av' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
