"""A video as a stream of frames with their times, from a file that FFmpeg reads or a folder of pictures.

However long the video is, only one frame is in memory at a time, besides those that the decoder is working on.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import joblib
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import InputError, SettingsError
from glfnet.path_kind import missing
from glfnet.video.decoder import ASSUMED_FPS, Decoder
from glfnet.video.frame_files import frame_files
from glfnet.video.pictures import read_picture

# More threads than this are no faster for videos of faces, and each keeps frames of its own in memory.
_MOST_THREADS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame of a video.

    Attributes:
        index: from 0, as frames come out of the file.
        time_s: when it is shown, in seconds after the first frame; strictly increasing.
        image: (H, W, 3) RGB, upright.
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]


class VideoStream(ABC):
    """Frames to be taken one after another, once; a context manager that closes itself.

    A second `for` continues where the first stopped, as with an open file.

    Attributes:
        source: path or camera as it was given.
        width_px, height_px: size of every frame, upright.
        nominal_fps: frames per second according to the container or the caller; None if neither says.
        expected_frames: how many frames there probably are, for showing progress; None if not known.
        cut_short: after the last frame: a sentence on what could not be read of a damaged file, or None.
        assumed_fps: frames per second that times are computed with because nobody gave any; None where they are not.
        guessed_times: how many frames so far had no time of their own, or none later than the previous frame's, and
            were put one step of 1/fps after it.
    """

    source: str
    width_px: int
    height_px: int
    nominal_fps: float | None = None
    expected_frames: int | None = None
    cut_short: str | None = None

    def __init__(self, source: str) -> None:
        self.source = source
        self._frames = self._read()

    @property
    def assumed_fps(self) -> float | None:
        """Frames per second that times are computed with because nobody gave any."""
        return ASSUMED_FPS if self.nominal_fps is None and self.guessed_times else None

    @property
    def guessed_times(self) -> int:
        """How many frames so far were put one step after the previous one."""
        return 0

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames that are left."""
        return self._frames

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the source; no more frames come."""
        self._frames.close()

    @abstractmethod
    def _read(self) -> Generator[Frame, None, None]: ...


def open_video(path: Path | str, *, fps: float | None = None, threads: int | None = None) -> VideoStream:
    """Open a video file, or a folder of pictures whose names end with their frame number.

    Args:
        path: the file or folder.
        fps: frames per second. A folder needs them; otherwise `ASSUMED_FPS` is assumed and `assumed_fps` says so. For a
            file they replace its own times: some high-speed cameras store slow motion.
        threads: how many frames of a file are decoded at once; if None, as many as there are cores, four at most.

    Raises:
        InputError: if there is nothing at the path, or nothing that can be read as a video.
        SettingsError: if `fps` or `threads` are not positive.
    """
    if fps is not None and not (fps > 0 and math.isfinite(fps)):
        raise SettingsError(f"fps must be a number above 0; got {fps:g}.")
    if threads is not None and threads < 1:
        raise SettingsError(f"threads must be 1 or more; got {threads}.")
    path = Path(path)
    if path.is_dir():
        return PictureStream(path, fps)
    if path.is_file():
        return FileStream(path, fps, threads or min(_MOST_THREADS, joblib.cpu_count()))
    raise missing(path, "a video or a folder of pictures")


class FileStream(VideoStream):
    """The frames of a video file. Frames that cannot be decoded are left out, and `cut_short` says so."""

    def __init__(self, file: Path, fps: float | None, threads: int) -> None:
        self._decoder = Decoder(file, threads=threads, square_pixels=True)
        self._given_fps = fps
        super().__init__(str(file))
        self.width_px, self.height_px = self._decoder.width_px, self._decoder.height_px
        self.nominal_fps = fps or self._decoder.fps
        self.expected_frames = self._decoder.frames

    @property
    def guessed_times(self) -> int:
        """How many frames so far were put one step after the previous one."""
        return 0 if self._given_fps else self._decoder.guessed_times

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._decoder.close()

    def _read(self) -> Generator[Frame, None, None]:
        for index, (time_s, frame) in enumerate(self._decoder):
            yield Frame(index, index / self._given_fps if self._given_fps else time_s, self._decoder.rgb(frame))
        self.cut_short = self._decoder.cut_short


class PictureStream(VideoStream):
    """The pictures of a folder in the order of their numbers.

    A missing number leaves a gap in time. The usual distance between numbers counts as one frame: where most go up by
    two, two is one frame.
    """

    def __init__(self, folder: Path, fps: float | None) -> None:
        super().__init__(str(folder))
        self._files = frame_files(folder)
        if not self._files:
            raise _without_pictures(folder)
        self._first = read_picture(next(iter(self._files.values())), upright=True)
        self.height_px, self.width_px = self._first.shape[:2]
        self.nominal_fps = fps
        self.expected_frames = len(self._files)

    @property
    def guessed_times(self) -> int:
        """All, if nobody said how many frames a second has."""
        return 0 if self.nominal_fps else len(self._files)

    def _read(self) -> Generator[Frame, None, None]:
        numbers = np.array(list(self._files))
        step = np.quantile(np.diff(numbers), 0.5, method="lower") if len(numbers) > 1 else 1
        times_s = (numbers - numbers[0]) / step / (self.nominal_fps or ASSUMED_FPS)
        for index, (file, time_s) in enumerate(zip(self._files.values(), times_s, strict=True)):
            image = read_picture(file, upright=True) if index else self._first
            if image.shape != self._first.shape:
                raise _other_size(file, image, self._first)
            yield Frame(index, float(time_s), image)


def _without_pictures(folder: Path) -> InputError:
    inside = sorted(other.name for other in folder.iterdir() if not other.name.startswith("."))
    more = f" and {len(inside) - 3} more" if len(inside) > 3 else ""
    return InputError(
        file=folder,
        found=f"no frames, only {', '.join(inside[:3])}{more}" if inside else "an empty folder",
        expected="pictures whose names end with their frame number, such as img1.jpg, img2.jpg",
        remedy="Name the folder with the pictures themselves, or a video.",
    )


def _other_size(file: Path, image: NDArray[np.uint8], first: NDArray[np.uint8]) -> InputError:
    return InputError(
        file=file,
        found=f"a picture of {image.shape[1]} x {image.shape[0]} pixels",
        expected=f"{first.shape[1]} x {first.shape[0]}, as the first picture of the folder has",
        remedy="Keep the frames of one recording, all of one size, in a folder of their own.",
    )
