"""Frames of a recording by their numbers, out of a folder of pictures or a video file.

In a folder, a frame's number is the one at the end of its file's name; in a video, frames count from 0. Frames are
counted, not looked up by time: the times that OpenCV reports for videos are not reliable, the order of frames is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glfnet.databases.frame_files import frame_files
from glfnet.errors import InputError

_SHOWN = 5
_EIGHT_BIT = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
# What Pillow raises for damaged pictures.
_DAMAGED = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
_COPY_AGAIN = "Copy the file again from its source."


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
        """The frames that are used of a video; empty for pictures, where the files tell."""
        return self.numbers if self.is_video else ()

    def read(self) -> Iterator[NDArray[np.uint8]]:
        """Yield each frame, (H, W, 3) RGB, one at a time.

        Raises:
            InputError: if a picture is damaged or has more than 8 bits a channel, or the video is damaged or too short.
        """
        if self.is_video:
            return _read_video(self.files[0], self.numbers)
        return map(_read_picture, self.files)


def find_frames(recording: Path, numbers: Sequence[int]) -> FrameFiles:
    """Return where these frames are. Opens no file; whether a video is long enough shows as it is read.

    Args:
        recording: a folder of pictures, or a video.
        numbers: the frames wanted.

    Raises:
        InputError: if the folder or video is not there, two pictures have one number, or frames are missing.
    """
    wanted = tuple(sorted(set(numbers)))
    if recording.is_file():
        return FrameFiles(wanted, (recording,), is_video=True)
    found = frame_files(recording)
    missing = [number for number in wanted if number not in found]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise InputError(
            file=recording,
            found=f"no frame {', '.join(map(str, missing[:_SHOWN]))}{more}",
            expected=f"{len(wanted)} frames from {wanted[0]} to {wanted[-1]}",
            remedy="Copy the missing frames from their source, or mend the index.",
        )
    return FrameFiles(wanted, tuple(found[number] for number in wanted), is_video=False)


def _read_picture(file: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(file) as picture:
            if picture.mode in _EIGHT_BIT:
                return np.array(picture.convert("RGB"), dtype=np.uint8)
            found = f"a picture of mode {picture.mode}"
    except _DAMAGED as error:
        # Pillow names the file with its whole path, which stands in front already.
        found = f"an unreadable picture ({str(error).replace(str(file), file.name)})"
    raise InputError(file=file, found=found, expected="a frame of 8 bits a channel", remedy=_COPY_AGAIN)


def _read_video(file: Path, numbers: Sequence[int]) -> Iterator[NDArray[np.uint8]]:
    video = cv2.VideoCapture(str(file))
    try:
        coming = 0
        for number in numbers:
            while coming < number and video.grab():
                coming += 1
            there, frame = video.read()
            if coming < number or not there:
                found = f"a video that cannot be read, or not beyond its first {coming} frames"
                raise InputError(file=file, found=found, expected=f"frame {number}, from 0", remedy=_COPY_AGAIN)
            coming += 1
            yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    finally:
        video.release()
