"""What limits an answer is noted, with what was found and what is needed."""

from collections.abc import Sequence

import pytest

from glfnet.labels import BLINK, OCCLUSION
from glfnet.recognition.face_log import FaceLog
from glfnet.recognition.notes import movement_notes, note, video_notes
from glfnet.recognition.result import NOTES, Interval, Recording, SeenFace
from glfnet.recognition.settings import PredictionSettings
from made_up_recordings import a_face, video_of

SETTINGS = PredictionSettings()


def a_recording(fps: float | None = 100.0, frames: int = 200) -> Recording:
    duration_s = frames / fps if fps else 0.0
    return Recording(source="v", width_px=64, height_px=48, fps=fps, frames=frames, duration_s=duration_s)


def an_interval(kind: str) -> Interval:
    times = dict.fromkeys(("onset_index", "apex_index", "offset_index", "onset_s", "apex_s", "offset_s"), 0)
    return Interval(face=1, kind=kind, strength_percent=1.0, **times)


def a_seen_face(eyes_px: float = 60.0) -> SeenFace:
    log = FaceLog()
    log.add(0, 0.0, [a_face(eyes_px=eyes_px)])
    return log.faces()[0]


@pytest.mark.parametrize(
    ("video", "recorded", "faces", "searched", "expected"),
    [
        ({}, a_recording(), [a_seen_face()], True, []),
        ({"cut_short": "it ends"}, a_recording(), [a_seen_face()], True, ["file_cut_short"]),
        ({"assumed_fps": 30.0}, a_recording(), [a_seen_face()], True, ["unknown_frame_rate"]),
        ({"assumed_fps": 30.0}, a_recording(), [a_seen_face()], False, ["unknown_frame_rate"]),
        ({}, a_recording(), [], True, ["no_face"]),
        ({}, a_recording(), [a_seen_face(20), a_seen_face(), a_seen_face(30)], True, ["small_face", "small_face"]),
        ({}, a_recording(49.9), [a_seen_face()], True, ["low_frame_rate"]),
        ({}, a_recording(49.9), [a_seen_face()], False, []),
        ({}, a_recording(49.9), [], True, ["no_face"]),
        ({}, a_recording(100, frames=49), [a_seen_face()], True, ["too_short"]),
        ({}, a_recording(None, frames=1), [a_seen_face()], True, ["too_short"]),
        ({}, a_recording(None, frames=1), [a_seen_face()], False, []),
    ],
)
def test_what_limits_the_answer_about_a_video_is_noted(
    video: dict[str, object], recorded: Recording, faces: Sequence[SeenFace], searched: bool, expected: list[str]
) -> None:
    notes = video_notes(video_of(**video), recorded, faces, SETTINGS, searched=searched)
    assert [one.code for one in notes] == expected


def test_a_restless_head_and_a_face_that_does_not_move_are_noted() -> None:
    long, blink = a_recording(), an_interval(BLINK)
    (restless,) = movement_notes(long, {1: 0.1, 2: 0.34}, [blink], SETTINGS)
    assert restless.code == "head_movement"
    assert restless.sentence.endswith("(face 2: fast in 34 % of the time; what the skin does then is hidden)")
    (still,) = movement_notes(long, {1: 0.0}, [], SETTINGS)
    assert still.code == "no_movement"
    least = "by 0.2 % of the distance between the eyes and back, and clearly more than the noise"
    assert still.sentence.endswith(f"(no region moves {least})")
    assert movement_notes(long, {1: 0.0}, [blink], SETTINGS) == ()
    (hidden,) = movement_notes(long, {1: 0.0}, [an_interval(OCCLUSION), blink, an_interval(OCCLUSION)], SETTINGS)
    assert hidden.code == "occlusion"
    assert hidden.sentence.endswith("what the skin does then is hidden (2 times)")
    assert movement_notes(long, {}, [], SETTINGS) == ()  # nobody is there
    assert movement_notes(a_recording(None, frames=1), {1: 0.0}, [], SETTINGS) == ()  # a photograph


def test_notes_say_what_was_found_and_what_is_needed() -> None:
    (small,) = video_notes(video_of(), a_recording(), [a_seen_face(20)], SETTINGS, searched=True)
    assert small.sentence == f"{NOTES['small_face']} (face 1: 20.0 pixels between the eyes, 36 are needed)"
    (slow,) = video_notes(video_of(), a_recording(25), [a_seen_face()], SETTINGS, searched=True)
    assert slow.sentence.endswith("(25; a fifth of a second is 5 frames; 50 a second or more are needed)")
    (short,) = video_notes(video_of(), a_recording(None, frames=1), [a_seen_face()], SETTINGS, searched=True)
    assert short.sentence == f"{NOTES['too_short']} (1 frame; micro-expressions of up to 0.5 s are)"
    assert note("no_face").sentence == NOTES["no_face"]
    why = "one is seen if the picture is turned upside down: turn the recording"
    (nobody,) = video_notes(video_of(), a_recording(), [], SETTINGS, searched=True, why_no_face=why)
    assert nobody.sentence == f"{NOTES['no_face']} ({why})"
    with pytest.raises(KeyError):
        note("bad_weather")
