"""Frames of a recording by their numbers, out of a folder of pictures or a video file.

In a folder, a frame's number is the one at the end of its file's name; in a video, frames count from 0. Frames are
counted, not looked up by time, because annotations count too and not every video's times are reliable.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from glfnet.errors import InputError
from glfnet.video.decoder import Decoder
from glfnet.video.frame_files import frame_files
from glfnet.video.pictures import COPY_AGAIN, read_picture

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """Where some frames of a recording are.

    Attributes:
        numbers: the frames asked for, ascending.
        files: one picture for each of them, or one video.
        is_video: which of the two.
    """

    numbers: tuple[int, ...]
    files: tuple[Path, ...]
    is_video: bool

    @property
    def video_numbers(self) -> tuple[int, ...]:
        """The frames that are used of a video; empty for pictures, where `files` says it."""
        return self.numbers if self.is_video else ()

    def only(self, numbers: Sequence[int]) -> "FrameFiles":
        """Return where some of these frames are."""
        if self.is_video:
            return FrameFiles(tuple(numbers), self.files, is_video=True)
        where = dict(zip(self.numbers, self.files, strict=True))
        return FrameFiles(tuple(numbers), tuple(where[number] for number in numbers), is_video=False)

    def read(self) -> Iterator[NDArray[np.uint8]]:
        """Yield each frame, (H, W, 3) RGB, one at a time.

        Raises:
            InputError: if a picture is damaged or has more than 8 bits a channel, or the video is damaged or too short.
        """
        if self.is_video:
            return _read_video(self.files[0], self.numbers)
        return map(read_picture, self.files)


def find_frames(recording: Path, numbers: Sequence[int]) -> FrameFiles:
    """Return where these frames are. Opens no file: whether a video is long enough is found out when it is read.

    Args:
        recording: a folder of pictures, or a video.
        numbers: the wanted frames.

    Raises:
        InputError: if the folder or video is not there, two pictures have one number, or frames are missing.
    """
    wanted = tuple(sorted(set(numbers)))
    if os.path.isfile(recording):  # `Path.is_file` raises an error for some names
        return FrameFiles(wanted, (recording,), is_video=True)
    found = frame_files(recording)
    missing = [number for number in wanted if number not in found]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise InputError(
            file=recording,
            found=f"no frame {', '.join(map(str, missing[:_SHOWN]))}{more}",
            expected=f"{len(wanted)} frames from {wanted[0]} to {wanted[-1]}",
            remedy="Copy the missing frames from their source, or correct the index.",
        )
    return FrameFiles(wanted, tuple(found[number] for number in wanted), is_video=False)


def _read_video(file: Path, numbers: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
    try:
        video = Decoder(file)
    except InputError as error:
        raise _unreadable(file, 0, numbers[0]) from error
    with closing(video):
        frames = _countable(video)
        there = 0
        for number in numbers:
            frame = None
            while there <= number and (frame := next(frames, None)) is not None:
                there += 1
            if frame is None:
                raise _unreadable(file, there, number)
            yield video.rgb(frame)


def _countable(video: Decoder) -> Iterator[VideoFrame]:
    """Yield frames until one is lost: those after it would have wrong numbers."""
    lost = video.lost
    for _, frame in video:
        if video.lost > lost:
            return
        yield frame


def _unreadable(file: Path, beyond: int, number: int) -> InputError:
    found = f"a video that cannot be read, or not beyond its first {beyond} frames"
    return InputError(file=file, found=found, expected=f"frame {number}, from 0", remedy=COPY_AGAIN)
