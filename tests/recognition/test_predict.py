"""From a video to a result: given frames, streaming, threads and clean endings."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import glfnet
from glfnet.errors import InputError, SettingsError
from glfnet.faces.alignment import WIDE, canonical_transform, warp
from glfnet.faces.detector import Face
from glfnet.faces.tracker import FaceTracker, TrackedFace
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.flow.clip_flow import clip_flow
from glfnet.flow.settings import FlowSettings
from glfnet.labels import BLINK, GIVEN, MICRO
from glfnet.recognition import predict as run
from glfnet.recognition.predict import classify_given, predict, watch
from glfnet.recognition.result import Result
from glfnet.recognition.settings import PredictionSettings
from glfnet.spotting.confidence import Grounds, confidence
from glfnet.spotting.settings import SpottingSettings
from glfnet.spotting.spotter import Movement, Spotter
from glfnet.video.frames import find_frames
from glfnet.video.stream import open_video
from made_up_recordings import SIZE_PX, Spy, Told, a_clip, codes, grey, threads, wall, write_clip
from made_up_videos import write_video

GROUNDS = Grounds(height=1.5, likeness=0.9, length=-1.6, left=0.1, rest=0.1)
SETTINGS = PredictionSettings()
AS_IT_IS = PredictionSettings(still_head_percent=100)  # flow stays as it is, however the head moves
EYES_PX = WIDE.eye_distance_px


def test_the_result_names_every_setting(recording: Path) -> None:
    settings = PredictionSettings(faces="all", min_fps=20, spotting=SpottingSettings(longest_s=0.4))
    sections = predict(recording, settings=settings, detector=Told(None)).settings
    assert sections["prediction"]["faces"] == "all"
    assert sections["prediction"]["min_fps"] == 20
    assert sections["spotting"]["longest_s"] == 0.4
    assert set(sections["tracking"]) == set(TrackingSettings.__slots__)
    assert set(sections["spotting"]) == set(SpottingSettings.__slots__)


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
    assert [(seen.span.first_index, seen.span.last_index) for seen in result.faces] == [(2, 2)]


def test_given_frames_that_lie_too_far_apart_get_no_class(tmp_path: Path) -> None:
    frames = a_clip().frames
    slow = write_clip(tmp_path / "slow.mp4", frames, fps=25)
    plan = a_clip().plan
    assert codes(given(slow, plan.apex_index - 12, plan.apex_index).intervals[0]) == []
    (long,) = given(slow, plan.apex_index - 13, plan.apex_index).intervals
    assert (long.emotion, codes(long)) == (None, ["too_long"])
    assert "0.52 s from onset to apex, 0.5 s at most" in long.notes[0].sentence
    assert long.probabilities


@pytest.mark.slow
def test_a_face_that_fills_its_frame_is_found_with_room_around_it(tmp_path: Path) -> None:
    plan, points = a_clip().plan, a_clip().points

    class Framed(Told):
        def detect(self, frame: NDArray[np.uint8]) -> list[Face]:
            self.points = points + 0.5 * SIZE_PX if frame.shape[0] == 2 * SIZE_PX else None
            return super().detect(frame)

    file = write_clip(tmp_path / "tight.mp4", a_clip().frames)
    plain = given(file, plan.onset_index, plan.apex_index)
    framed = given(file, plan.onset_index, plan.apex_index, detector=Framed(points))
    assert framed.faces[0].box == pytest.approx(plain.faces[0].box)
    np.testing.assert_array_equal(framed.intervals[0].maps.pixels, plain.intervals[0].maps.pixels)  # type: ignore[union-attr]


def test_given_frames_without_a_face_have_no_interval_and_say_so(recording: Path) -> None:
    result = given(recording, 3, 8, detector=Told(None))
    assert (result.intervals, result.faces) == ((), ())
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
                strength_percent=1.5, regions=("nose",), grounds=GROUNDS if kind == MICRO else None,
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


@pytest.mark.slow
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
    assert (first.confidence, second.confidence) == (confidence(GROUNDS), None)
    assert first.maps is not None
    assert first.pictures is not None
    assert (second.kind, second.emotion, dict(second.probabilities), second.maps) == (BLINK, None, {}, None)
    (curve,) = result.curves
    assert curve.index.tolist() == list(range(10))
    assert curve.time_s.tolist() == pytest.approx([time / 1000 for time in times_ms], abs=1e-6)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_face_that_goes_is_done_with_and_one_that_comes_back_is_another(
    tmp_path: Path, scripted: type[Scripted]
) -> None:
    frames = a_clip().frames
    nobody = [np.full_like(frames[0], 90)] * 10
    file = write_clip(tmp_path / "gone.mp4", [*frames[:20], *nobody, *frames[:30]])
    scripted.script = {"end of 1": [(MICRO, 2, 8, 16)], 45: [(BLINK, 40, 42, 44)]}
    ended_at: list[int] = []
    told: list[tuple[int, int]] = []  # interval's face, frames read by then
    result = searched(
        file,
        on_frame=lambda done, _: ended_at.append(done) if len(scripted.ended) > len(ended_at) else None,
        on_interval=lambda interval: told.append((interval.face, len(scripted.ended))),
    )
    (first, _), (second, last) = scripted.ended
    assert (first, second, last) == (1, 2, 59)
    assert ended_at[0] < 32
    assert [(seen.face, seen.span.first_index) for seen in result.faces] == [(1, 0), (2, 30)]
    assert [curve.face for curve in result.curves] == [1, 2]
    assert [(interval.face, interval.kind) for interval in result.intervals] == [(1, MICRO), (2, BLINK)]
    assert sum(span.last_index - span.first_index + 1 for span in result.without_face) == 10


@pytest.mark.slow
def test_pictures_are_kept_of_the_first_intervals_only_and_maps_of_all(
    recording: Path, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_WITH_PICTURES", 2)
    scripted.script = {40: [(MICRO, 10, 12, 14), (BLINK, 11, 12, 13), (MICRO, 15, 17, 19), (MICRO, 20, 22, 24)]}
    found = searched(recording).intervals
    assert [interval.pictures is not None for interval in found] == [True, False, True, False]
    assert [interval.maps is not None for interval in found] == [True, False, True, True]


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_video_without_a_face_is_answered(tmp_path: Path) -> None:
    result = predict(write_clip(tmp_path / "wall.mp4", wall(60)), detector=Told(None))
    assert (result.intervals, result.faces, result.curves) == ((), (), ())
    assert [(span.first_index, span.last_index) for span in result.without_face] == [(0, 59)]
    assert codes(result) == ["no_face"]


@pytest.mark.slow
def test_watching_ends_when_it_is_told_to(recording: Path, scripted: type[Scripted]) -> None:
    done: list[int] = []
    result = searched(recording, on_frame=lambda number, _: done.append(number), stopped=lambda: len(done) == 30)
    assert (len(done), result.recording.frames) == (30, 30)
    assert scripted.ended == [(1, 29)]
    assert threads() == []


@pytest.mark.slow
def test_a_frame_that_cannot_be_read_ends_it_with_its_error(tmp_path: Path) -> None:
    for number, image in enumerate(a_clip().frames[:30]):
        cv2.imwrite(str(tmp_path / f"img{number}.png"), image)
    (tmp_path / "img20.png").write_bytes(b"not a picture")
    with pytest.raises(InputError, match=r"img20.png: found an unreadable picture"):
        searched(tmp_path, fps=50.0)
    assert threads() == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("where", ["on_frame", "on_interval", "stopped", "probabilities", "detect"])
@pytest.mark.slow
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


@pytest.mark.slow
def test_what_is_asked_wrongly_is_refused_before_anything_is_read(recording: Path, tmp_path: Path) -> None:
    for options in ({"onset": 3}, {"apex": 3}):
        with pytest.raises(SettingsError, match="onset and apex: found one of them; expected both frames"):
            predict(recording, **options)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="pictures have no frame rate; give fps, such as 200"):
        predict(tmp_path)
    with pytest.raises(SettingsError, match=r"onset 5, apex 5: expected 0 <= onset < apex, frames from 0\."):
        predict(tmp_path / "nothing.mp4", onset=5, apex=5)
    with pytest.raises(InputError, match=r"nope\.json: found no readable file"):
        predict(recording, weights=tmp_path / "nope.safetensors")
    with pytest.raises(InputError, match=r"clip\.mp5: found nothing there.* Did you mean clip\.mp4\?"):
        predict(recording.with_name("clip.mp5"))
    with pytest.raises(InputError, match=r"found what cannot be read \(File name too long\)"):
        predict(tmp_path / ("long" * 100))


@pytest.mark.slow
def test_a_missing_video_or_frame_is_named_before_torch_is_loaded(recording: Path, tmp_path: Path) -> None:
    program = (
        "import sys, glfnet\n"
        "for source, frames in ((sys.argv[1], {}), (sys.argv[2], {'onset': 1, 'apex': 9999})):\n"
        "    try:\n"
        "        glfnet.predict(source, **frames)\n"
        "    except glfnet.GlfnetError as error:\n"
        "        print(error, 'torch' in sys.modules)\n"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "none.mp4"), str(recording)]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].endswith("found nothing there; expected a video or a folder of pictures. Check the path. False")
    assert said[1].endswith("expected frame 9999, from 0. Name frames that the video has. False")


@pytest.mark.slow
def test_a_folder_of_pictures_may_be_given_frames_without_a_rate_and_says_that_it_is_assumed(tmp_path: Path) -> None:
    for number, image in enumerate(a_clip().frames[:12]):
        cv2.imwrite(str(tmp_path / f"img{number}.png"), image)
    result = predict(tmp_path, onset=2, apex=8, detector=Told(a_clip().points))
    assert "unknown_frame_rate" in codes(result)
    assert "unknown_frame_rate" not in codes(predict(tmp_path, onset=2, apex=8, fps=100, detector=Told(None)))


@pytest.mark.slow
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
