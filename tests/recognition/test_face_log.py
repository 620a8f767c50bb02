"""Who was seen when, and how fast the frames came."""

import pytest

from glfnet.recognition.face_log import FaceLog
from made_up_recordings import a_face, video_of


def test_a_log_gives_the_faces_and_the_stretches_without_any() -> None:
    log = FaceLog()
    there = {2: [1], 3: [1, 2], 4: [2], 7: [3]}
    for index in range(9):
        log.read(index / 50)
        log.add(index, index / 50, [a_face(track, eyes_px=10.0 * index) for track in there.get(index, [])])
    spans = [(span.first_index, span.last_index, span.start_s, span.end_s) for span in log.without_face()]
    assert spans == [(0, 1, 0.0, 0.02), (5, 6, 0.1, 0.12), (8, 8, 0.16, 0.16)]
    first, second, third = log.faces()
    assert (first.face, first.span.first_index, first.span.last_index, first.eye_distance_px) == (1, 2, 3, 25.0)
    assert (second.span.start_s, second.span.end_s) == (0.06, 0.08)
    assert third.indices.tolist() == [7]
    assert third.boxes.tolist() == [[1.0, 2.0, 3.0, 4.0]]
    assert first.box == (1.0, 2.0, 3.0, 4.0)


def test_the_frame_rate_of_a_recording_is_measured() -> None:
    log, video = FaceLog(), video_of(width_px=64, height_px=48)
    for time_s in (0.0, 0.01, 0.03, 0.04):
        log.read(time_s)
    found = log.recording(video)
    assert (found.frames, found.fps) == (4, pytest.approx(75))
    assert found.duration_s == pytest.approx(0.04 + 1 / 75)
    one = FaceLog()
    one.read(0.0)
    assert (one.recording(video).frames, one.recording(video).fps, one.recording(video).duration_s) == (1, None, 0.0)
