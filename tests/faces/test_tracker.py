import subprocess
import sys

import cv2
import numpy as np
import pytest

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import warp
from glfnet.faces.detector import Face, MtcnnDetector
from glfnet.faces.tracker import FaceTracker
from glfnet.faces.tracking_settings import TrackingSettings
from made_up_scene import Head, Image, drawn
from made_up_tracks import RARELY, Told, a_frame, middle, moving, numbers, told_run


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_scene_cut_ends_the_track_also_where_the_next_face_is_at_the_same_place(detector: MtcnnDetector) -> None:
    tracker = FaceTracker(detector)
    head = Head(subject=1, x=160, y=120)
    images = [drawn([head], scene=0)] * 3 + [drawn([head], scene=5)] * 3 + [drawn([], scene=5)] * 2
    out = [numbers(tracker.step(a_frame(index, image))) for index, image in enumerate(images)]
    assert out == [[1]] * 3 + [[2]] * 3 + [[]] * 2


def test_somebody_else_at_the_same_place_is_a_new_track() -> None:
    before, after = [Head(subject=1, x=160, y=120)], [Head(subject=2, x=160, y=120)]
    assert [numbers(faces) for faces in told_run([before] * 3 + [after] * 3)] == [[1]] * 3 + [[2]] * 3


@pytest.mark.slow
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


def test_a_face_found_twice_is_one_track() -> None:
    head = Head(subject=1, x=160, y=120)
    out = told_run([[head, Head(subject=1, x=163, y=121, scale=1.05)]] * 8, faces="all")
    assert [numbers(faces) for faces in out] == [[1]] * 8


@pytest.mark.slow
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


@pytest.mark.slow
def test_who_comes_later_gets_the_next_number_and_who_leaves_is_missing() -> None:
    left, right = Head(subject=1, x=80, y=120, scale=0.8), Head(subject=2, x=240, y=120, scale=0.8)
    out = told_run([[right]] * 3 + [[left, right]] * 10 + [[left]] * 10, faces="all")
    seen = [numbers(faces) for faces in out]
    assert seen[2] == [1]
    assert seen[12] == [1, 2]
    assert seen[13:] == [[2]] * 10
    assert middle(out[12][1])[0] < 160


@pytest.mark.slow
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


@pytest.mark.slow
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
@pytest.mark.slow
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


@pytest.mark.slow
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
