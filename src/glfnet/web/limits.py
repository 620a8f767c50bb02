"""How much the page takes on, and what a job is asked to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glfnet.errors import SettingsError

VIDEO_FILE = "video"
"""Name of every video on disk: what a user's file is called never reaches the file system."""

RESULT_FILE = "result.json"
"""Name of the answer beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is refused or ended. Raises `SettingsError` if a value is not above 0.

    Attributes:
        upload_mb: largest file, in millions of bytes.
        length_s: longest video.
        frames: most frames of a video.
        jobs: most videos that are kept at a time, waiting ones included.
        at_once: how many videos are looked at at the same time; the others wait in a queue.
        time_s: longest time that one job may take, waiting left out.
        memory_mb: most memory that a job's process may ask for, in MiB.
        keep_s: everything about a video is deleted this long after its page last asked for it.
    """

    upload_mb: float = 500
    length_s: float = 300
    frames: int = 30_000
    jobs: int = 32
    at_once: int = 1
    time_s: float = 1800
    memory_mb: int = 4096
    keep_s: float = 3600

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) > 0:
                raise SettingsError(f"{name}: found {getattr(self, name)}; expected a number above 0.")

    @property
    def upload_bytes(self) -> int:
        """Largest file in bytes."""
        return round(self.upload_mb * 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a process of its own is asked to do.

    Attributes:
        kind: `look` at an uploaded video, make the `example` and look at it, classify between `given` frames,
            `explain` that, or `magnify` what moves between them.
        folder: of the job; what is made is written there.
        name: what the user calls the video, for sentences.
        limits: how much it may take.
        weights: as for `predict`.
        onset, apex: the given frames.
        factor: how many times as far everything is to move.
    """

    kind: Literal["look", "example", "given", "explain", "magnify"]
    folder: Path
    name: str
    limits: Limits
    weights: Path | None = None
    onset: int | None = None
    apex: int | None = None
    factor: float = 1.0

    @property
    def video(self) -> Path:
        """The video's file."""
        return self.folder / VIDEO_FILE

    @property
    def result(self) -> Path:
        """The file of the answer."""
        return self.folder / RESULT_FILE
