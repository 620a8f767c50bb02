"""Frames from a camera, as they come."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import InputError
from glfnet.video.stream import Frame, VideoStream

_WAITING = 30  # frames that may wait for a slow reader: a second of most cameras
_LOOK_S = 0.1
_STALLED_S = 5.0  # a camera that has been silent for this long has stopped, even if its driver does not say so
_SMALLEST_STEP_S = 1e-6

Timed = tuple[float, NDArray[np.uint8]]


def open_camera(number: int) -> VideoStream:
    """Open a camera; its frames come until the stream is closed.

    A frame's time is when it arrived. Frames arrive while others are being processed; if more than a second of them is
    waiting, new ones are dropped, which leaves a gap in time.

    Args:
        number: which camera, from 0, in the system's own order.

    Raises:
        InputError: if there is no such camera, or it gives no picture.
    """
    with _quiet():
        capture = cv2.VideoCapture(number) if number >= 0 else cv2.VideoCapture()
    if not capture.isOpened():
        raise _unusable(number, "no camera of this number that can be opened")
    there, image = capture.read()
    if not there:
        capture.release()
        raise _unusable(number, "a camera that gives no picture")
    return CameraStream(number, capture, (time.perf_counter(), np.asarray(image, dtype=np.uint8)))


class CameraStream(VideoStream):
    """The frames of an open camera.

    Attributes:
        dropped: how many frames came while too many were waiting.
    """

    def __init__(self, number: int, capture: cv2.VideoCapture, first: Timed) -> None:
        super().__init__(f"camera {number}")
        self.height_px, self.width_px = first[1].shape[:2]
        self.nominal_fps = capture.get(cv2.CAP_PROP_FPS) or None
        self.dropped = 0
        self._capture = capture
        self._waiting: Queue[Timed] = Queue(_WAITING)
        self._waiting.put(first)
        self._closing = Event()
        self._thread = Thread(target=self._grab, name=self.source, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Release the camera."""
        super().close()
        self._closing.set()
        # Not longer: a driver that hangs must not hold us up, and the thread ends with the program.
        self._thread.join(_STALLED_S)

    def _grab(self) -> None:
        """Take frames from the camera as they come, so that their times are right. Runs on a thread of its own."""
        try:
            while not self._closing.is_set():
                there, image = self._capture.read()
                if not there:
                    return
                try:
                    self._waiting.put_nowait((time.perf_counter(), np.asarray(image, dtype=np.uint8)))
                except Full:
                    self.dropped += 1
        finally:
            self._capture.release()

    def _read(self) -> Generator[Frame, None, None]:
        start_s, last_s = None, 0.0
        for index, (now_s, image) in enumerate(self._arriving()):
            start_s = now_s if start_s is None else start_s
            last_s = max(now_s - start_s, last_s + _SMALLEST_STEP_S) if index else 0.0
            yield Frame(index, last_s, np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8))
        self.cut_short = f"the camera gave no more pictures after {last_s:.2f} s"

    def _arriving(self) -> Iterator[Timed]:
        waited_s = 0.0
        while waited_s < _STALLED_S:
            working = self._thread.is_alive()  # asked first, so that the frames it leaves are still taken
            try:
                yield self._waiting.get(timeout=_LOOK_S)
                waited_s = 0.0
            except Empty:
                if not working:
                    return
                waited_s += _LOOK_S


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep OpenCV's warnings off the terminal: our error says the same."""
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def _unusable(number: int, found: str) -> InputError:
    return InputError(
        file=f"camera {number}",
        found=found,
        expected="a camera; they count from 0",
        remedy="Check that it is plugged in, that no other program uses it, and that this one is allowed to.",
    )
