"""The frames of a video as small pictures, so that the page shows each frame exactly, whatever the video's format.

A browser plays few formats and jumps only to about where it should; who marks an onset needs the very frame.
"""

import io
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glfnet.errors import InputError
from glfnet.video.stream import open_video
from glfnet.web.limits import Limits

FRAMES_FILE, PLACES_FILE, TIMES_FILE = "frames.bin", "places.npy", "times.npy"
MOST_AT_ONCE = 64
"""Frames that are given out in one answer."""

_WIDEST_PX, _QUALITY = 720, 85
_BYTES = 2_000_000_000  # of one video's pictures


def write_preview(
    video: Path, folder: Path, name: str, limits: Limits, on_frame: Callable[[int, int | None], None]
) -> None:
    """Write every frame of a video as JPEG, one after another in one file, with their places and times.

    Args:
        video: the file.
        folder: where to write.
        name: what the user calls the video.
        limits: how long it may be.
        on_frame: is told how many frames are done, of how many.

    Raises:
        InputError: if it cannot be read, or is longer than allowed.
    """
    places, times_s = [0], []
    with open_video(video, threads=1) as stream, (folder / FRAMES_FILE).open("wb") as pictures:
        for frame in stream:
            if frame.time_s > limits.length_s or frame.index >= limits.frames or places[-1] > _BYTES:
                raise _too_long(name, limits)
            pictures.write(_jpeg(frame.image))
            places.append(pictures.tell())
            times_s.append(frame.time_s)
            on_frame(frame.index + 1, stream.expected_frames)
    if not times_s:
        raise InputError(
            file=name, found="no frame that can be decoded", expected="a video", remedy="Copy or export it again."
        )
    np.save(folder / PLACES_FILE, np.array(places, dtype=np.int64), allow_pickle=False)
    np.save(folder / TIMES_FILE, np.array(times_s, dtype=np.float64), allow_pickle=False)


def read_times(folder: Path) -> NDArray[np.float64]:
    """Return the time of each frame in seconds, (T,)."""
    return np.asarray(np.load(folder / TIMES_FILE, allow_pickle=False), dtype=np.float64)


def read_frames(folder: Path, first: int, count: int) -> bytes:
    """Return frames as they are sent: for each the length of its JPEG, four bytes, the lowest first, and the JPEG.

    Args:
        folder: of the job.
        first: a frame, from 0.
        count: how many, `MOST_AT_ONCE` at most; fewer come where the video ends.
    """
    places = np.load(folder / PLACES_FILE, allow_pickle=False)
    ends = places[first : first + min(count, MOST_AT_ONCE) + 1].tolist()
    parts: list[bytes] = []
    with (folder / FRAMES_FILE).open("rb") as pictures:
        for start, end in pairwise(ends):
            pictures.seek(start)
            parts += [struct.pack("<I", end - start), pictures.read(end - start)]
    return b"".join(parts)


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    picture = Image.fromarray(image)
    if picture.width > _WIDEST_PX:
        picture = picture.resize((_WIDEST_PX, round(picture.height * _WIDEST_PX / picture.width)), Image.Resampling.BOX)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()


def _too_long(name: str, limits: Limits) -> InputError:
    return InputError(
        file=name,
        found=f"more than {limits.length_s:g} s or {limits.frames:,} frames",
        expected="a video no longer than that, the most that this page takes",
        remedy="Cut it, or use `glfnet predict`.",
    )
