"""Decodes a video file with FFmpeg (through PyAV), frame by frame in the order they are shown.

FFmpeg's own messages are not shown: PyAV holds them back unless a program asks for them.
"""

from collections import deque
from collections.abc import Generator, Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from glfnet.video.clock import Clock
from glfnet.video.container import container_fps, open_container, pixel_width, promised_s, unreadable
from glfnet.video.orientation import orientation

ASSUMED_FPS = 30.0
"""Frames per second where neither file nor user says. Source: ours, the rate of most everyday cameras."""

_OTHER_SHAPE = 0.02  # two aspect ratios this much apart are not one picture in two resolutions
_RECENT = 64  # packets; more than any decoder holds
_SHORT_S = 0.25  # a file that ends earlier than promised by this and two frames is called cut short


class Decoder:
    """One open video file, to be read once.

    Attributes:
        width_px, height_px: of a frame as shown: upright, and with square pixels if asked for.
        fps: what the container says; None if it says nothing useful.
        frames: how many frames the container promises; None if it says nothing useful.
        guessed_times: how many frames so far had no usable time and were put 1/fps after the previous one.
        lost: how many frames so far could not be decoded.
    """

    def __init__(self, file: Path, *, threads: int = 1, square_pixels: bool = False) -> None:
        """Open a file and decode its first frame.

        Args:
            file: the video.
            threads: how many frames to decode at once; all of them are in memory.
            square_pixels: widen or narrow frames whose pixels are not square, as players do.

        Raises:
            InputError: if the file is no video, or none of its frames can be decoded.
        """
        self._file = file
        self._reformatter = VideoReformatter()
        first = self._start(threads)
        if first is None and threads > 1:  # one damaged frame can spoil those decoded together with it
            self.close()
            first = self._start(1)
        if first is None:
            self.close()
            raise unreadable(file, "a video without a frame that can be decoded")
        self._first = first
        self._coded = (first.width, first.height)
        self._orientation = orientation(first)
        width_px = round(first.width * pixel_width(self._stream)) if square_pixels else first.width
        self._size = (max(1, width_px), first.height)
        self.width_px, self.height_px = self._size[::-1] if self._orientation.swapped else self._size

    def _start(self, threads: int) -> av.VideoFrame | None:
        """Open the file and return its first frame, None if there is none."""
        self._container, self._stream = open_container(self._file)
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = threads
        self.fps = container_fps(self._stream)
        self._promised_s = promised_s(self._container, self._stream, self.fps)
        self.frames = self._stream.frames or _product(self._promised_s, self.fps)
        self._clock = Clock(1 / (self.fps or ASSUMED_FPS))
        # AVI stores no presentation times; where frames are stored in another order, FFmpeg gives wrong ones.
        self._timeless = self._container.format.name == "avi" and bool(self._stream.codec_context.has_b_frames)
        self.lost = 0
        self._lost_from_s = 0.0
        self._end_s = 0.0
        self._stopped = ""
        self._sent: deque[int | None] = deque(maxlen=_RECENT)
        self._decoded = self._decode()
        return next(self._decoded, None)

    @property
    def guessed_times(self) -> int:
        """How many frames so far were given a time by `Clock`."""
        return self._clock.guessed

    @property
    def cut_short(self) -> str | None:
        """What is damaged or missing in the part that was read, None if nothing is. Complete after the last frame."""
        found = []
        if self.lost:
            frames = "1 frame" if self.lost == 1 else f"{self.lost} frames"
            found.append(f"{frames} could not be decoded, the first at about {self._lost_from_s:.2f} s")
        if self._stopped:
            found.append(f"{self._stopped} at {self._end_s:.2f} s")
        elif self._promised_s is not None and self._promised_s - self._end_s > _SHORT_S + 2 * self._clock.step_s:
            found.append(f"the file ends at {self._end_s:.2f} s of {self._promised_s:.2f} s")
        return "; ".join(found) or None

    def __iter__(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield each frame's time, in seconds after the first, and the frame as decoded; `rgb` makes pixels of it."""
        for frame in chain([self._first], self._decoded):
            width, height = self._coded
            if abs(frame.width * height / (frame.height * width) - 1) > _OTHER_SHAPE:
                self._stopped = f"the frames change from {width} x {height} to {frame.width} x {frame.height} pixels"
                return
            time_s = self._clock.time_s(None if self._timeless else self._seconds(frame.pts))
            self._end_s = time_s + (self._seconds(frame.duration) or self._clock.step_s)
            yield time_s, frame

    def rgb(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Return a frame's pixels, (height_px, width_px, 3) RGB, upright.

        Raises:
            InputError: if FFmpeg cannot make RGB of them.
        """
        width, height = self._size
        try:
            # Bicubic is for colour, which most videos store at half the size, and for frames that are resized.
            rgb = self._reformatter.reformat(frame, width, height, "rgb24", interpolation="BICUBIC", threads=1)
        except av.FFmpegError as error:
            raise unreadable(self._file, f"pixels stored as {frame.format.name} ({error.strerror})") from error
        return self._orientation.upright(np.asarray(rgb.to_ndarray(), dtype=np.uint8))

    def close(self) -> None:
        """Close the file; nothing can be read after."""
        self._decoded.close()
        self._container.close()

    def _decode(self) -> Generator[av.VideoFrame, None, None]:
        last, unsound = None, 0  # unsound: how many were lost since the last sound frame
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except av.FFmpegError:
                unsound += self._lose()
                continue
            for frame in frames:
                if frame.is_corrupt:  # made up from its neighbours: its movements are not real
                    unsound += self._lose()
                else:
                    yield frame
                    last, unsound = frame, 0
        self._lose(max(0, self._undecoded(last) - unsound))

    def _packets(self) -> Iterator["av.Packet[av.VideoStream] | None"]:
        """Yield packets, and at the end None, for which the decoder returns the frames that it still holds."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    self._sent.append(packet.pts)
                    yield packet
        except av.FFmpegError as error:
            self._stopped = f"the file cannot be read further ({error.strerror})"
        yield None

    def _undecoded(self, last: av.VideoFrame | None) -> int:
        """Return how many frames are to be shown after the last one that was decoded.

        Where several are decoded at once, a damaged one near the end spoils those after it, and FFmpeg's error is not
        always passed on.
        """
        if last is None or last.pts is None or self._timeless:
            return 0
        next_pts = last.pts + 0.75 * last.duration  # the second half of an interlaced frame is no frame
        return sum(pts is not None and pts >= max(next_pts, last.pts + 1) for pts in self._sent)

    def _lose(self, count: int = 1) -> int:
        if count and not self.lost:
            self._lost_from_s = self._end_s
        self.lost += count
        return count

    def _seconds(self, ticks: int | None) -> float | None:
        # The frame itself does not always know how long a tick is.
        return None if ticks is None or self._stream.time_base is None else float(ticks * self._stream.time_base)


def _product(length_s: float | None, fps: float | None) -> int | None:
    return round(length_s * fps) or None if length_s and fps else None
