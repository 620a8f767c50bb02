"""From a video to a result: features as the weights know them, doubts, given frames, streaming, and clean endings."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import glfnet
from glfnet.errors import InputError, SettingsError
from glfnet.faces.alignment import WIDE, canonical_transform, crop_settings, warp
from glfnet.faces.detector import Face
from glfnet.faces.tracker import FaceTracker, TrackedFace
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.flow.clip_flow import FlowSettings, clip_flow
from glfnet.flow.optical_flow import map_of, normalised, optical_flow
from glfnet.labels import BLINK, GIVEN, MICRO
from glfnet.recognition import predict as run
from glfnet.recognition.ahead import MadeAside, taken_ahead
from glfnet.recognition.classify import Answer, Classifier
from glfnet.recognition.notes import movement_notes, note, video_notes
from glfnet.recognition.predict import classify_given, predict, watch
from glfnet.recognition.result import NOTES, Interval, Recording, Result, Track
from glfnet.recognition.settings import PredictionSettings
from glfnet.recognition.tracks import TrackLog
from glfnet.spotting.settings import SpottingSettings
from glfnet.spotting.spotter import Movement, Spotter
from glfnet.video.frames import find_frames
from glfnet.video.stream import VideoStream, open_video
from made_up_recordings import SIZE_PX, Spy, Told, a_clip, wall, write_clip
from made_up_videos import write_video

SETTINGS = PredictionSettings()
AS_IT_IS = PredictionSettings(still_head_percent=100)  # flow stays as it is, however the head moves
EYES_PX = WIDE.eye_distance_px


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def a_crop(index: int = 0, right: float = 0.0, down: float = 0.0) -> NDArray[np.uint8]:
    """Return the wide crop of a frame, with the head moved by so many pixels of the crop."""
    transform = canonical_transform(a_clip().points) + np.array([[0, 0, right], [0, 0, down]])
    return warp(grey(a_clip().frames[index]), transform, WIDE.size_px)


def an_answer(
    onset: NDArray[np.uint8],
    apex: NDArray[np.uint8],
    trained: Spy | None = None,
    *,
    eyes_px: float = 80.0,
    given: bool = False,
    settings: PredictionSettings = SETTINGS,
) -> Answer:
    return Classifier(trained or Spy(), settings).answer(onset, apex, eyes_px, given=given)  # type: ignore[arg-type]


def codes(answer: Answer | Interval | Result) -> list[str]:
    return [one.code for one in answer.notes]


def moved_right(answer: Answer) -> float:
    """Return how far the middle of the face moves to the right, in per cent of the eye distance."""
    return 100 * float(np.median(answer.pictures.flow[60:160, 70:150, 0])) / EYES_PX


def test_the_crop_of_a_tracked_face_is_that_of_its_points_also_where_the_weights_know_another_crop() -> None:
    picture, points = grey(a_clip().frames[0]), a_clip().points
    for name, size_px in (("wide", 224), ("tight", 224), ("tight", 112), ("wide", 112)):
        classifier = Classifier(Spy(crop=name, crop_px=size_px), SETTINGS)  # type: ignore[arg-type]
        crop = classifier.crop_of(picture, canonical_transform(points, WIDE))
        expected = warp(picture, canonical_transform(points, crop_settings(name, size_px)), size_px)
        assert crop.shape == (size_px, size_px)
        assert np.abs(crop.astype(int) - expected).max() <= 1


def test_tracking_with_a_smaller_crop_leads_to_the_same_crop() -> None:
    settings = PredictionSettings(
        tracking=TrackingSettings(crop_px=112), spotting=SpottingSettings(transform_crop_px=112)
    )
    picture, points = grey(a_clip().frames[0]), a_clip().points
    classifier = Classifier(Spy(), settings)  # type: ignore[arg-type]
    crop = classifier.crop_of(picture, canonical_transform(points, replace(WIDE, size_px=112)))
    assert np.abs(crop.astype(int) - warp(picture, canonical_transform(points), 224)).max() <= 1


@pytest.mark.parametrize("normalisation", ["min_max", "physical"])
def test_the_weights_are_shown_what_is_kept_as_maps(normalisation: str) -> None:
    plan, trained = a_clip().plan, Spy(0.2, 0.7, 0.1, method="dis", normalisation=normalisation)
    onset, apex = a_crop(plan.onset_index), a_crop(plan.apex_index)
    answer = an_answer(onset, apex, trained, settings=AS_IT_IS)
    (shown,) = trained.shown
    np.testing.assert_array_equal(answer.maps.pixels, shown)
    np.testing.assert_array_equal(answer.maps.pixels, map_of(optical_flow(onset, apex, "dis"), 28, WIDE.map_width))
    np.testing.assert_array_equal(answer.maps.normalised, normalised(shown, normalisation))
    np.testing.assert_array_equal(answer.pictures.onset, onset)
    np.testing.assert_array_equal(answer.pictures.apex, apex)
    assert answer.probabilities == {"negative": 0.2, "positive": 0.7, "surprise": 0.1}
    assert (answer.emotion, answer.notes) == ("positive", ())


def test_a_still_heads_flow_stays_as_it_is_and_a_moving_heads_movement_is_taken_out() -> None:
    still, moving = 0.7 * SETTINGS.still_head_percent, 1.5 * SETTINGS.still_head_percent
    for method in ("dis", "farneback"):
        slow, fast = (
            an_answer(a_crop(), a_crop(right=percent * EYES_PX / 100), Spy(method=method))
            for percent in (still, moving)
        )
        assert moved_right(slow) == pytest.approx(still, rel=0.15)
        assert abs(moved_right(fast)) < 0.1 * moving
    corrected = an_answer(a_crop(), a_crop(right=still * EYES_PX / 100), Spy(method="dis", rigid_correction=True))
    assert abs(moved_right(corrected)) < 0.1 * still


def test_a_movement_of_the_skin_is_measured_without_that_of_the_head() -> None:
    still, moving = (an_answer(a_crop(), a_crop(right=right), Spy(method="dis")) for right in (0, 1.5))
    assert still.movement_percent == 0
    assert moving.movement_percent < 0.5
    plan = a_clip().plan
    skin = an_answer(a_crop(plan.onset_index), a_crop(plan.apex_index), Spy(method="dis"))
    assert skin.movement_percent > 1


def test_flat_probabilities_name_no_class() -> None:
    least = Spy().card.unsure_below
    flat = an_answer(a_crop(), a_crop(), Spy(least - 0.001, least - 0.002, 0.003, method="dis"))
    assert flat.emotion is None
    assert [(one.code, one.sentence) for one in flat.notes] == [
        ("unsure", f"{NOTES['unsure']} (the largest is 0.499, 0.5 is needed)")
    ]
    sure = an_answer(a_crop(), a_crop(), Spy(least, 1 - least - 0.001, 0.001, method="dis"))
    assert (sure.emotion, codes(sure)) == ("negative", [])


def test_a_small_face_gets_probabilities_but_no_class() -> None:
    answer = an_answer(a_crop(), a_crop(), Spy(0.4, 0.3, 0.3, method="dis"), eyes_px=35.96)
    assert (answer.emotion, codes(answer)) == (None, ["small_face"])  # and not unsure, too
    assert "36.0 pixels between the eyes, 36 are needed" in answer.notes[0].sentence
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert codes(an_answer(a_crop(), a_crop(), Spy(method="dis"), eyes_px=36)) == []


def test_a_head_that_moves_far_gets_no_class() -> None:
    far = (SETTINGS.max_head_percent + 5) * EYES_PX / 100
    answer = an_answer(a_crop(), a_crop(right=far), Spy(method="dis"))
    assert (answer.emotion, codes(answer)) == (None, ["head_movement"])
    assert NOTES["head_movement"] in answer.notes[0].sentence


def test_given_frames_without_movement_get_no_class_but_spotted_ones_have_moved() -> None:
    noise = np.random.default_rng(0).normal(0, 2, (224, 224))
    same = np.clip(a_crop() + noise, 0, 255).astype(np.uint8)
    assert codes(an_answer(a_crop(), same, Spy(method="dis"), given=True)) == ["no_movement"]
    assert codes(an_answer(a_crop(), same, Spy(method="dis"), given=False)) == []


def video_of(**attributes: object) -> VideoStream:
    return SimpleNamespace(**{"cut_short": None, "assumed_fps": None, "source": "v", **attributes})  # type: ignore[return-value]


def a_recording(fps: float | None = 100.0, frames: int = 200) -> Recording:
    duration_s = frames / fps if fps else 0.0
    return Recording(source="v", width_px=64, height_px=48, fps=fps, frames=frames, duration_s=duration_s)


def an_interval(kind: str) -> Interval:
    times = dict.fromkeys(("onset_index", "apex_index", "offset_index", "onset_s", "apex_s", "offset_s"), 0)
    return Interval(track=1, kind=kind, strength_percent=1.0, **times)


def a_track(eyes_px: float = 60.0) -> Track:
    log = TrackLog()
    log.add(0, 0.0, [a_face(eyes_px=eyes_px)])
    return log.tracks()[0]


def a_face(track: int = 1, index: int = 0, time_s: float = 0.0, eyes_px: float = 60.0) -> TrackedFace:
    return TrackedFace(
        track=track, index=index, time_s=time_s, patch=np.zeros((4, 4), dtype=np.uint8), transform=np.eye(3)[:2],
        box=(1.0, 2.0, 3.0, 4.0), eye_distance_px=eyes_px,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("video", "recorded", "tracks", "searched", "expected"),
    [
        ({}, a_recording(), [a_track()], True, []),
        ({"cut_short": "it ends"}, a_recording(), [a_track()], True, ["file_cut_short"]),
        ({"assumed_fps": 30.0}, a_recording(), [a_track()], True, ["unknown_frame_rate"]),
        ({"assumed_fps": 30.0}, a_recording(), [a_track()], False, ["unknown_frame_rate"]),
        ({}, a_recording(), [], True, ["no_face"]),
        ({}, a_recording(), [a_track(20), a_track(), a_track(30)], True, ["small_face", "small_face"]),
        ({}, a_recording(49.9), [a_track()], True, ["low_frame_rate"]),
        ({}, a_recording(49.9), [a_track()], False, []),
        ({}, a_recording(49.9), [], True, ["no_face"]),
        ({}, a_recording(100, frames=49), [a_track()], True, ["too_short"]),
        ({}, a_recording(None, frames=1), [a_track()], True, ["too_short"]),
        ({}, a_recording(None, frames=1), [a_track()], False, []),
    ],
)
def test_what_limits_the_answer_about_a_video_is_noted(
    video: dict[str, object], recorded: Recording, tracks: Sequence[Track], searched: bool, expected: list[str]
) -> None:
    notes = video_notes(video_of(**video), recorded, tracks, SETTINGS, searched=searched)
    assert [one.code for one in notes] == expected


def test_a_restless_head_and_a_face_that_does_not_move_are_noted() -> None:
    long, blink = a_recording(), an_interval(BLINK)
    (restless,) = movement_notes(long, {1: 0.1, 2: 0.34}, [blink], SETTINGS)
    assert restless.code == "head_movement"
    assert restless.sentence.endswith("(face 2: fast in 34 % of the time; what the skin does then is hidden)")
    (still,) = movement_notes(long, {1: 0.0}, [], SETTINGS)
    assert still.code == "no_movement"
    assert still.sentence.endswith("(no region moves more than 0.4 % of the distance between the eyes and back)")
    assert movement_notes(long, {1: 0.0}, [blink], SETTINGS) == ()
    assert movement_notes(long, {}, [], SETTINGS) == ()  # nobody is there
    assert movement_notes(a_recording(None, frames=1), {1: 0.0}, [], SETTINGS) == ()  # a photograph


def test_notes_say_what_was_found_and_what_is_needed() -> None:
    (small,) = video_notes(video_of(), a_recording(), [a_track(20)], SETTINGS, searched=True)
    assert small.sentence == f"{NOTES['small_face']} (face 1: 20.0 pixels between the eyes, 36 are needed)"
    (slow,) = video_notes(video_of(), a_recording(25), [a_track()], SETTINGS, searched=True)
    assert slow.sentence.endswith("(25; a fifth of a second is 5 frames; 50 a second or more are needed)")
    (short,) = video_notes(video_of(), a_recording(None, frames=1), [a_track()], SETTINGS, searched=True)
    assert short.sentence == f"{NOTES['too_short']} (1 frame; micro-expressions of up to 0.5 s are)"
    assert note("no_face").sentence == NOTES["no_face"]
    with pytest.raises(KeyError):
        note("bad_weather")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"faces": "both"}, "faces: found 'both'; expected largest or all."),
        ({"min_fps": -1.0}, "min_fps: found -1.0; expected a number, 0 or more."),
        ({"max_head_percent": float("nan")}, "max_head_percent: found nan; expected a number, 0 or more."),
        (
            {"tracking": TrackingSettings(crop_px=112)},
            "tracking.crop_px, spotting.transform_crop_px: found 112 and 224; expected one size",
        ),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence.replace(".", r"\.")):
        PredictionSettings(**changes)  # type: ignore[arg-type]


def test_the_result_names_every_setting(recording: Path) -> None:
    settings = PredictionSettings(faces="all", min_fps=20, spotting=SpottingSettings(longest_s=0.4))
    sections = predict(recording, settings=settings, detector=Told(None)).settings
    assert sections["prediction"]["faces"] == "all"
    assert sections["prediction"]["min_fps"] == 20
    assert sections["spotting"]["longest_s"] == 0.4
    assert set(sections["tracking"]) == set(TrackingSettings.__slots__)
    assert set(sections["spotting"]) == set(SpottingSettings.__slots__)


def test_a_log_gives_tracks_and_the_stretches_between_them() -> None:
    log = TrackLog()
    there = {2: [1], 3: [1, 2], 4: [2], 7: [3]}
    for index in range(9):
        log.read(index / 50)
        log.add(index, index / 50, [a_face(track, eyes_px=10.0 * index) for track in there.get(index, [])])
    spans = [(span.first_index, span.last_index, span.start_s, span.end_s) for span in log.without_face()]
    assert spans == [(0, 1, 0.0, 0.02), (5, 6, 0.1, 0.12), (8, 8, 0.16, 0.16)]
    first, second, third = log.tracks()
    assert (first.track, first.span.first_index, first.span.last_index, first.eye_distance_px) == (1, 2, 3, 25.0)
    assert (second.span.start_s, second.span.end_s) == (0.06, 0.08)
    assert third.indices.tolist() == [7]
    assert third.boxes.tolist() == [[1.0, 2.0, 3.0, 4.0]]
    assert first.box == (1.0, 2.0, 3.0, 4.0)


def test_the_frame_rate_of_a_recording_is_measured() -> None:
    log, video = TrackLog(), video_of(width_px=64, height_px=48)
    for time_s in (0.0, 0.01, 0.03, 0.04):
        log.read(time_s)
    found = log.recording(video)
    assert (found.frames, found.fps) == (4, pytest.approx(75))
    assert found.duration_s == pytest.approx(0.04 + 1 / 75)
    one = TrackLog()
    one.read(0.0)
    assert (one.recording(video).frames, one.recording(video).fps, one.recording(video).duration_s) == (1, None, 0.0)


def given(video: Path, onset: int, apex: int, *, detector: Told | None = None, trained: Spy | None = None) -> Result:
    with open_video(video) as stream:
        return classify_given(
            stream, onset, apex, trained or Spy(method="dis"), AS_IT_IS, detector or Told(a_clip().points)  # type: ignore[arg-type]
        )  # fmt: skip


def test_given_frames_are_classified_with_the_maps_that_a_database_clip_gets(recording: Path) -> None:
    plan, trained = a_clip().plan, Spy(0.1, 0.1, 0.8, method="dis")
    (found,) = given(recording, plan.onset_index, plan.apex_index, trained=trained).intervals
    frames = find_frames(recording, (plan.onset_index, plan.apex_index))
    maps, _ = clip_flow(frames, FlowSettings(method="dis"), WIDE, Told(a_clip().points))
    np.testing.assert_array_equal(trained.shown[0], maps)
    assert (found.kind, found.emotion, found.notes) == (GIVEN, "surprise", ())
    assert (found.onset_index, found.apex_index, found.offset_index) == (
        plan.onset_index, plan.apex_index, plan.apex_index,
    )  # fmt: skip


def test_given_frames_have_the_videos_own_times(tmp_path: Path) -> None:
    times_ms = [0, 10, 30, 35, 60, 200, 210]
    file = write_video(tmp_path / "uneven.mkv", list(a_clip().frames[::3][:7]), times_ms=times_ms)
    result = given(file, 2, 5)
    (found,) = result.intervals
    assert (found.onset_s, found.apex_s, found.offset_s) == pytest.approx((0.03, 0.2, 0.2), abs=1e-6)
    assert result.recording.frames == 6  # read to the apex and no further
    assert [(track.span.first_index, track.span.last_index) for track in result.tracks] == [(2, 2)]


def test_given_frames_that_lie_too_far_apart_get_no_class(tmp_path: Path) -> None:
    frames = a_clip().frames
    slow = write_clip(tmp_path / "slow.mp4", frames, fps=25)
    plan = a_clip().plan
    assert codes(given(slow, plan.apex_index - 12, plan.apex_index).intervals[0]) == []
    (long,) = given(slow, plan.apex_index - 13, plan.apex_index).intervals
    assert (long.emotion, codes(long)) == (None, ["too_long"])
    assert "0.52 s from onset to apex, 0.5 s at most" in long.notes[0].sentence
    assert long.probabilities


def test_a_face_that_fills_its_frame_is_found_with_room_around_it(tmp_path: Path) -> None:
    plan, points = a_clip().plan, a_clip().points

    class Framed(Told):
        def detect(self, frame: NDArray[np.uint8]) -> list[Face]:
            self.points = points + 0.5 * SIZE_PX if frame.shape[0] == 2 * SIZE_PX else None
            return super().detect(frame)

    file = write_clip(tmp_path / "tight.mp4", a_clip().frames)
    plain = given(file, plan.onset_index, plan.apex_index)
    framed = given(file, plan.onset_index, plan.apex_index, detector=Framed(points))
    assert framed.tracks[0].box == pytest.approx(plain.tracks[0].box)
    np.testing.assert_array_equal(framed.intervals[0].maps.pixels, plain.intervals[0].maps.pixels)  # type: ignore[union-attr]


def test_given_frames_without_a_face_have_no_interval_and_say_so(recording: Path) -> None:
    result = given(recording, 3, 8, detector=Told(None))
    assert (result.intervals, result.tracks) == ((), ())
    assert codes(result) == ["no_face"]
    assert [(span.first_index, span.last_index) for span in result.without_face] == [(3, 3)]


def test_given_frames_that_the_video_does_not_have_are_refused(recording: Path) -> None:
    with pytest.raises(InputError, match=r"clip.mp4: found 66 frames; expected frame 66, from 0. Name frames that"):
        given(recording, 3, 66)
    for onset, apex in ((8, 8), (9, 8), (-1, 8)):
        with pytest.raises(SettingsError, match=rf"onset {onset}, apex {apex}: expected 0 <= onset < apex"):
            given(recording, onset, apex)


class Scripted(Spotter):
    """A spotter that says what it is told: `script` maps the index of a frame to what becomes certain with it."""

    script: dict[int | str, list[tuple[str, int, int, int]]]
    ended: list[tuple[int, int]]  # track, and the last frame it saw

    def __init__(self, settings: SpottingSettings | None = None) -> None:
        super().__init__(settings)
        self.faces: dict[int, TrackedFace] = {}

    def step(self, face: TrackedFace) -> list[Movement]:
        super().step(face)
        self.faces[face.index] = face
        return self._said(face.index)

    def finish(self) -> list[Movement]:
        face = list(self.faces.values())[-1]
        type(self).ended.append((face.track, face.index))
        return self._said(f"end of {face.track}")

    def _said(self, when: int | str) -> list[Movement]:
        return [
            Movement(
                kind=kind, onset=self.faces[onset], apex=self.faces[apex], offset=self.faces[offset],
                strength_percent=1.5, regions=("nose",),
            )
            for kind, onset, apex, offset in self.script.get(when, [])
        ]  # fmt: skip


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    Scripted.script, Scripted.ended = {}, []
    monkeypatch.setattr(run, "Spotter", Scripted)
    return Scripted


def searched(video: Path, trained: Spy | None = None, **options: object) -> Result:
    detector = options.pop("detector", None) or Told(a_clip().points)
    settings = options.pop("settings", SETTINGS)
    with open_video(video, fps=options.pop("fps", None)) as stream:  # type: ignore[arg-type]
        return watch(stream, trained or Spy(method="dis"), settings, detector, **options)  # type: ignore[arg-type]


def test_movements_become_intervals_with_the_frames_and_times_of_the_video(
    tmp_path: Path, scripted: type[Scripted]
) -> None:
    times_ms = [0, 10, 15, 40, 50, 61, 70, 82, 90, 104]
    file = write_video(tmp_path / "uneven.mkv", list(a_clip().frames[::4][:10]), times_ms=times_ms)
    scripted.script = {7: [(BLINK, 4, 5, 6)], 9: [(MICRO, 2, 3, 6)]}
    result = searched(file)
    first, second = result.intervals
    assert (first.kind, first.onset_index, first.apex_index, first.offset_index) == (MICRO, 2, 3, 6)
    assert (first.onset_s, first.apex_s, first.offset_s) == pytest.approx((0.015, 0.04, 0.07), abs=1e-6)
    assert (first.emotion, first.strength_percent, first.regions) == ("positive", 1.5, ("nose",))
    assert first.maps is not None
    assert first.pictures is not None
    assert (second.kind, second.emotion, dict(second.probabilities), second.maps) == (BLINK, None, {}, None)
    (curve,) = result.curves
    assert curve.index.tolist() == list(range(10))
    assert curve.time_s.tolist() == pytest.approx([time / 1000 for time in times_ms], abs=1e-6)


def test_a_movement_is_classified_from_the_crops_of_its_own_frames(recording: Path, scripted: type[Scripted]) -> None:
    plan, trained = a_clip().plan, Spy(method="dis")
    scripted.script = {50: [(MICRO, plan.onset_index, plan.apex_index, plan.offset_index)]}
    (found,) = searched(recording, trained).intervals
    with open_video(recording) as stream:
        images = {frame.index: grey(frame.image) for frame in stream}
    transform = canonical_transform(a_clip().points)
    assert found.pictures is not None
    assert found.maps is not None
    for shown, index in ((found.pictures.onset, plan.onset_index), (found.pictures.apex, plan.apex_index)):
        np.testing.assert_allclose(shown, warp(images[index], transform, 224).astype(float), atol=12)
    np.testing.assert_array_equal(trained.shown[0], found.maps.pixels)


def test_progress_and_intervals_are_told_as_they_come(recording: Path, scripted: type[Scripted]) -> None:
    scripted.script = {20: [(MICRO, 10, 12, 14)], 40: [(BLINK, 5, 6, 7)], "end of 1": [(MICRO, 50, 55, 60)]}
    done: list[tuple[int, int | None]] = []
    told: list[tuple[int, str]] = []
    result = searched(
        recording,
        on_frame=lambda *numbers: done.append(numbers),
        on_interval=lambda interval: told.append((interval.onset_index, interval.kind)),
    )
    assert done == [(number, 66) for number in range(1, 67)]
    assert told == [(10, MICRO), (5, BLINK), (50, MICRO)]
    assert [interval.onset_index for interval in result.intervals] == [5, 10, 50]


def test_a_face_that_goes_is_done_with_and_one_that_comes_back_is_another(
    tmp_path: Path, scripted: type[Scripted]
) -> None:
    frames = a_clip().frames
    nobody = [np.full_like(frames[0], 90)] * 10
    file = write_clip(tmp_path / "gone.mp4", [*frames[:20], *nobody, *frames[:30]])
    scripted.script = {"end of 1": [(MICRO, 2, 8, 16)], 45: [(BLINK, 40, 42, 44)]}
    ended_at: list[int] = []
    told: list[tuple[int, int]] = []  # interval's track, frames read by then
    result = searched(
        file,
        on_frame=lambda done, _: ended_at.append(done) if len(scripted.ended) > len(ended_at) else None,
        on_interval=lambda interval: told.append((interval.track, len(scripted.ended))),
    )
    (first, _), (second, last) = scripted.ended
    assert (first, second, last) == (1, 2, 59)
    assert ended_at[0] < 32
    assert [(track.track, track.span.first_index) for track in result.tracks] == [(1, 0), (2, 30)]
    assert [curve.track for curve in result.curves] == [1, 2]
    assert [(interval.track, interval.kind) for interval in result.intervals] == [(1, MICRO), (2, BLINK)]
    assert sum(span.last_index - span.first_index + 1 for span in result.without_face) == 10


def test_pictures_are_kept_of_the_first_intervals_only_and_maps_of_all(
    recording: Path, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_WITH_PICTURES", 2)
    scripted.script = {40: [(MICRO, 10, 12, 14), (BLINK, 11, 12, 13), (MICRO, 15, 17, 19), (MICRO, 20, 22, 24)]}
    found = searched(recording).intervals
    assert [interval.pictures is not None for interval in found] == [True, False, True, False]
    assert [interval.maps is not None for interval in found] == [True, False, True, True]


def test_threads_change_nothing(recording: Path) -> None:
    trained, detector = Spy(method="dis"), Told(a_clip().points)
    result = searched(recording, trained)
    tracker, spotter = FaceTracker(detector), Spotter(SETTINGS.spotting)
    movements: list[Movement] = []
    with open_video(recording) as stream:
        for frame in stream:
            for face in tracker.step(frame):
                movements += spotter.step(face)
    movements += spotter.finish()
    assert {(i.kind, i.onset_index, i.apex_index, i.offset_index, i.strength_percent) for i in result.intervals} == {
        (m.kind, m.onset.index, m.apex.index, m.offset.index, m.strength_percent) for m in movements
    }
    np.testing.assert_array_equal(result.curves[0].movement_percent, spotter.curve().movement_percent)
    again = searched(recording, trained)
    assert result.intervals == again.intervals
    assert [shown.tobytes() for shown in trained.shown[: len(trained.shown) // 2]] == [
        shown.tobytes() for shown in trained.shown[len(trained.shown) // 2 :]
    ]


def test_a_video_without_a_face_is_answered(tmp_path: Path) -> None:
    result = predict(write_clip(tmp_path / "wall.mp4", wall(60)), detector=Told(None))
    assert (result.intervals, result.tracks, result.curves) == ((), (), ())
    assert [(span.first_index, span.last_index) for span in result.without_face] == [(0, 59)]
    assert codes(result) == ["no_face"]


def test_watching_ends_when_it_is_told_to(recording: Path, scripted: type[Scripted]) -> None:
    done: list[int] = []
    result = searched(recording, on_frame=lambda number, _: done.append(number), stopped=lambda: len(done) == 30)
    assert (len(done), result.recording.frames) == (30, 30)
    assert scripted.ended == [(1, 29)]
    assert threads() == []


def threads() -> list[str]:
    """Return which of our threads still work."""
    return [thread.name for thread in threading.enumerate() if "ahead" in thread.name or "aside" in thread.name]


def test_a_frame_that_cannot_be_read_ends_it_with_its_error(tmp_path: Path) -> None:
    for number, image in enumerate(a_clip().frames[:30]):
        cv2.imwrite(str(tmp_path / f"img{number}.png"), image)
    (tmp_path / "img20.png").write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"img20.png: found an unreadable picture"):
        searched(tmp_path, fps=50.0)
    assert threads() == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("where", ["on_frame", "on_interval", "stopped", "probabilities", "detect"])
def test_an_error_anywhere_ends_all_threads(
    error: type[BaseException], where: str, recording: Path, scripted: type[Scripted]
) -> None:
    def fail(*_: object) -> bool:
        raise error

    scripted.script = {20: [(MICRO, 10, 12, 14)]}
    trained, detector = Spy(method="dis"), Told(a_clip().points)
    options = {where: fail} if where not in ("probabilities", "detect") else {}
    if where == "probabilities":
        trained.probabilities = fail  # type: ignore[assignment, method-assign]
    if where == "detect":
        detector.detect = fail  # type: ignore[assignment, method-assign]
    with pytest.raises(error):
        searched(recording, trained, detector=detector, **options)
    assert threads() == []


def test_what_is_asked_wrongly_is_refused_before_anything_is_read(recording: Path, tmp_path: Path) -> None:
    for options in ({"onset": 3}, {"apex": 3}):
        with pytest.raises(SettingsError, match="onset and apex: found one of them; expected both frames"):
            predict(recording, **options)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="pictures have no frame rate; name it with --fps, such as --fps 200"):
        predict(tmp_path)
    with pytest.raises(InputError, match=r"nope\.json: found no readable file"):
        predict(recording, weights=tmp_path / "nope.safetensors")
    with pytest.raises(InputError, match=r"clip\.mp5: found nothing there.* Did you mean clip\.mp4\?"):
        predict(recording.with_name("clip.mp5"))
    with pytest.raises(InputError, match=r"found what cannot be read \(File name too long\)"):
        predict(tmp_path / ("long" * 100))


def test_a_folder_of_pictures_may_be_given_frames_without_a_rate_and_says_that_it_is_assumed(tmp_path: Path) -> None:
    for number, image in enumerate(a_clip().frames[:12]):
        cv2.imwrite(str(tmp_path / f"img{number}.png"), image)
    result = predict(tmp_path, onset=2, apex=8, detector=Told(a_clip().points))
    assert "unknown_frame_rate" in codes(result)
    assert "unknown_frame_rate" not in codes(predict(tmp_path, onset=2, apex=8, fps=100, detector=Told(None)))


def test_a_micro_expression_is_found_named_and_explained(recording: Path) -> None:
    plan = a_clip().plan
    result = glfnet.predict(str(recording))
    assert result.recording.source == str(recording)
    (found,) = result.micro_expressions
    assert found.onset_index <= plan.apex_index <= found.offset_index
    assert abs(found.apex_index - plan.apex_index) <= 3
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert result.model.name == "glfnet"
    assert "UF1 0." in result.model.score
    assert "off by 0." in result.model.calibration


def test_weights_that_nobody_measured_say_so(recording: Path) -> None:
    trained = Spy(method="dis")
    trained.card = trained.card.model_copy(update={"score": None, "calibration": None})
    model = given(recording, 3, 8, trained=trained, detector=Told(None)).model
    assert model.score == "How often these weights are right was not measured."
    assert model.calibration == "The probabilities are not calibrated: read them as an order, not as chances."


def test_what_is_taken_ahead_comes_in_order_with_its_error_last() -> None:
    def numbers() -> Iterator[int]:
        yield from range(50)
        raise ValueError("that was all")

    taken: list[int] = []
    with taken_ahead(numbers(), 4) as items, pytest.raises(ValueError, match="that was all"):
        taken.extend(items)
    assert taken == list(range(50))
    assert threads() == []


def test_no_more_is_taken_ahead_than_may_wait_nor_after_the_end() -> None:
    given_out: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(10_000):
            given_out.append(number)
            yield number

    source = numbers()
    with taken_ahead(source, 4) as items:
        for item in items:
            time.sleep(0.002)
            assert len(given_out) <= item + 1 + 4 + 2  # waiting, in the hand of each side
            if item == 20:
                break
    before = len(given_out)
    assert before < 40
    assert threads() == []
    source.close()  # nobody is at it any more


def test_what_is_made_aside_comes_out_in_order_and_does_not_pile_up() -> None:
    out: list[int] = []
    with MadeAside[int, int](lambda n: time.sleep(0.001) or n * n, out.append, 3) as made:  # type: ignore[func-returns-value]
        for number in range(20):
            made.add([number])
            assert len(out) >= number - 3
        made.finish()
    assert out == [number**2 for number in range(20)]


def test_an_error_in_what_is_made_aside_comes_out_where_it_would_have() -> None:
    out: list[float] = []
    with MadeAside[int, float](lambda n: time.sleep(0.01) or 1 / n, out.append, 3) as made:  # type: ignore[func-returns-value]
        made.add([2, 1, 0])
        with pytest.raises(ZeroDivisionError):
            made.finish()
    assert out == [0.5, 1.0]
    assert threads() == []
