"""What one person says about a video, wherever it was read from; and when its frames are shown."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from glfnet.facs.notation import SIDES, Mark, read_units

if TYPE_CHECKING:
    from glfnet.coding.annotation import Annotation

_LETTERS = {side: letter for letter, side in reversed(SIDES.items())}  # A before A/L, which is the same side


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """One movement as a coder has marked it. Frames count from 0 and all belong to it.

    Attributes:
        onset, offset: its first and last frame.
        apex: the frame where it is strongest; None if it was not marked.
        emotion: as written; empty if it was left open.
        kind: of `labels.KINDS`; empty if the coder does not tell kinds apart.
        units: action units; None if they were not coded, or nobody knows.
        note: free text.
    """

    onset: int
    apex: int | None
    offset: int
    emotion: str = ""
    kind: str = ""
    units: tuple[Mark, ...] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedVideo:
    """All that a file says about one video.

    Attributes:
        video: its name as the file has it; empty if it has none.
        fps: frames per second as the file has them; None if it does not say.
        intervals: what the person says, by onset.
        machine: what the machine said, beside it; None if that is not in the file.
        annotation: both, interval by interval, where the file keeps them so.
        notes: what was left out of the file, a sentence each.
    """

    video: str
    fps: float | None
    intervals: tuple[Coded, ...]
    machine: tuple[Coded, ...] | None = None
    annotation: "Annotation | None" = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTimes:
    """When the frames of a video are shown, in milliseconds: what ELAN counts in.

    Attributes:
        fps: frames per second, above 0.
        times_s: (T,) when each frame begins, rising; empty: evenly, from 0 on.
    """

    fps: float
    times_s: Sequence[float] = field(default=(), repr=False)

    def begin_ms(self, frame: int) -> int:
        """Return when a frame begins."""
        if not len(self.times_s):
            return round(1000 * frame / self.fps)
        last = len(self.times_s) - 1
        beyond = max(0, frame - last) / self.fps
        return round(1000 * (self.times_s[min(frame, last)] + beyond))

    def end_ms(self, frame: int) -> int:
        """Return when a frame is over; it lasts a millisecond at least."""
        return max(self.begin_ms(frame) + 1, self.begin_ms(frame + 1))

    def frame_at(self, time_ms: int) -> int:
        """Return the frame whose beginning is nearest to a time; behind the last frame there may be more."""
        if not len(self.times_s):
            return max(0, round(time_ms * self.fps / 1000))
        last = len(self.times_s) - 1
        end_s = self.times_s[-1] + 1 / self.fps
        if time_ms >= 1000 * end_s:
            return last + 1 + round((time_ms / 1000 - end_s) * self.fps)
        behind = bisect_left(self.times_s, time_ms / 1000)
        nearby = range(max(0, behind - 1), min(last + 1, behind) + 1)
        return min(nearby, key=lambda frame: abs(self.begin_ms(frame) - time_ms))


def coded_units(cell: str) -> tuple[tuple[Mark, ...] | None, tuple[str, ...]]:
    """Return the action units of a coder's cell, and what of it cannot be read; a cell of `?` says that nobody knows.

    Unlike in the sheet of a database, an empty cell says that there is none: whoever codes a video codes all of it.
    """
    if not cell.strip():
        return (), ()
    reading = read_units(cell)
    return reading.marks, reading.unread


def units_text(units: Iterable[Mark]) -> str:
    """Return action units as sheets have them, such as `4+L12B`; those that were left open are left out."""
    return "+".join(f"{_LETTERS[one.side]}{one.number}{one.intensity}" for one in units if one.certain)
