"""Cameras, by a stand-in for OpenCV's: there is none where tests run."""

import time
from collections.abc import Iterator
from threading import Event

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import InputError
from glfnet.video.camera import CameraStream, open_camera


class StandIn:
    """Gives so many frames, blue in OpenCV's order and ever brighter, one every few milliseconds."""

    def __init__(self, frames: int, fps: float = 30.0) -> None:
        self.frames, self.fps, self.taken, self.released = frames, fps, 0, False

    def isOpened(self) -> bool:
        return True

    def get(self, property_id: int) -> float:
        assert property_id == cv2.CAP_PROP_FPS
        return self.fps

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        assert not self.released
        if self.taken == self.frames:
            return False, None
        time.sleep(0.002)
        self.taken += 1
        return True, np.full((4, 6, 3), (self.taken, 0, 0), dtype=np.uint8)

    def release(self) -> None:
        self.released = True


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn(frames=5)
    monkeypatch.setattr(cv2, "VideoCapture", lambda number: stand_in)
    yield stand_in
    assert stand_in.released


@pytest.mark.parametrize("number", [97, -1])
def test_a_camera_that_is_not_there_is_an_error_and_nothing_is_printed(
    number: int, capfd: pytest.CaptureFixture[str]
) -> None:
    level = cv2.utils.logging.getLogLevel()
    with pytest.raises(InputError) as caught:
        open_camera(number)
    assert str(caught.value) == (
        f"camera {number}: found no camera of this number that can be opened; expected a camera; they count from 0. "
        "Check that it is plugged in, that no other program uses it, and that this one is allowed to."
    )
    assert capfd.readouterr() == ("", "")
    assert cv2.utils.logging.getLogLevel() == level


def test_a_camera_without_a_picture_is_an_error(camera: StandIn) -> None:
    camera.frames = 0
    with pytest.raises(InputError, match="camera 0: found a camera that gives no picture"):
        open_camera(0)


def test_frames_come_as_red_green_blue_with_rising_times_until_the_camera_stops(camera: StandIn) -> None:
    with open_camera(0) as stream:
        assert (stream.source, stream.width_px, stream.height_px) == ("camera 0", 6, 4)
        assert (stream.nominal_fps, stream.expected_frames, stream.cut_short) == (30.0, None, None)
        frames = list(stream)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert [tuple(frame.image[0, 0]) for frame in frames] == [(0, 0, number) for number in range(1, 6)]
    times_s = [frame.time_s for frame in frames]
    assert times_s[0] == 0
    assert times_s == sorted(set(times_s))
    assert stream.cut_short == f"the camera gave no more pictures after {times_s[-1]:.2f} s"


def test_a_camera_that_does_not_know_its_rate_has_none(camera: StandIn) -> None:
    camera.fps = 0.0
    with open_camera(0) as stream:
        assert stream.nominal_fps is None


def test_closing_ends_the_frames(camera: StandIn) -> None:
    camera.frames = 10**6
    with open_camera(0) as stream:
        next(iter(stream))
    assert list(stream) == []
    assert stream.cut_short is None


@pytest.mark.slow
def test_frames_that_nobody_takes_are_dropped_and_counted(camera: StandIn) -> None:
    camera.frames = 50
    with open_camera(0) as stream:
        assert isinstance(stream, CameraStream)
        while not camera.released:
            time.sleep(0.01)
        assert len(list(stream)) == 30
        assert stream.dropped == 20


@pytest.mark.slow
def test_a_camera_that_hangs_ends_the_stream_and_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = Event()

    class Hangs(StandIn):
        def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
            if self.taken == 2:
                hanging.wait()
            return super().read()

    monkeypatch.setattr(cv2, "VideoCapture", lambda number: Hangs(frames=5))
    monkeypatch.setattr("glfnet.video.camera._STALLED_S", 0.3)
    with open_camera(0) as stream:
        assert [frame.index for frame in stream] == [0, 1]
        assert stream.cut_short is not None
    hanging.set()
