"""One annotated interval of a long video, and the index of them: what every database module of long videos gives."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from glfnet.databases.corrections import Correction
from glfnet.labels import MACRO, MICRO
from glfnet.samples.sentences import counted
from glfnet.samples.subjects import SubjectId

KINDS_ANNOTATED = (MICRO, MACRO)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """One annotated movement; or, without a kind, a video in which nobody annotated one.

    Frame numbers are the database's own, not indices.

    Attributes:
        subject: the person.
        video: the video's name as MEGC has it, such as `15_0101` or `006_1`.
        interval: the movement's name in the sheet, such as `disgust1_2`; empty where there is no movement.
        kind: `MICRO` or `MACRO` of `labels.py`; empty where there is no movement.
        emotion: as written in the annotation; empty if it tells none.
        frames: folder of frame pictures, or a video file; absolute or relative to the index file.
        first_frame: the number that the annotation gives to the first frame of a video file; None for a folder, whose
            files have the numbers.
        onset_frame: first frame of the movement; 0 in front of pictures that begin with 1: it had begun before. None
            where there is no movement.
        apex_frame: strongest frame; None where none is annotated.
        offset_frame: last frame; None where none is annotated (written 0 in some sheets): the movement then ends with
            its apex, as MEGC counts it.
        fps: frames per second.
        action_units: as written in the annotation; empty if none.
        layout: which frames these are, such as `raw`, `cropped` or `video`.
        row: row of the annotation sheet, for messages; None where there is none.
        excluded: why this interval is left out; empty if it counts.
    """

    subject: SubjectId
    video: str
    interval: str = ""
    kind: str = ""
    emotion: str = ""
    frames: Path
    first_frame: int | None = None
    onset_frame: int | None = None
    apex_frame: int | None = None
    offset_frame: int | None = None
    fps: float
    action_units: str = ""
    layout: str = "raw"
    row: int | None = None
    excluded: str = ""

    @property
    def video_id(self) -> str:
        """The stable key of the video: database/subject/video."""
        return f"{self.subject}/{self.video}"

    @property
    def sample_id(self) -> str:
        """Whom messages are about: database/subject/interval, or the video where there is no movement."""
        return f"{self.subject}/{self.interval}" if self.interval else self.video_id


@dataclass(frozen=True, slots=True)
class LongVideoIndex:
    """All intervals of a database of long videos, sorted by video and onset.

    Attributes:
        rows: every row of the annotation, also the excluded ones, and one row for each video without any.
        notes: sentences that a user should read: differences from the published counts, missing frames, choices.
        corrections: what was changed against the sheet.
    """

    rows: tuple[IntervalRow, ...]
    notes: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()

    def __repr__(self) -> str:
        videos = len({row.video_id for row in self.rows})
        databases = ", ".join(self.databases())
        return (
            f"LongVideoIndex(rows={len(self.rows)}, videos={videos}, databases={databases!r}, notes={len(self.notes)})"
        )

    def databases(self) -> list[str]:
        """Return the names of its databases, sorted."""
        return sorted({row.subject.database for row in self.rows})

    def names(self) -> set[tuple[str, str]]:
        """Return subject and name of every interval, as a correction writes them."""
        return {(row.subject.name, row.interval) for row in self.rows}

    def summary(self) -> str:
        """Return one sentence: how many intervals of each kind, in how many videos of how many people."""
        intervals = [row for row in self.rows if row.kind]
        kinds = Counter(row.kind for row in intervals)
        of_each = ", ".join(f"{kind.replace('_', '-')} {kinds[kind]}" for kind in KINDS_ANNOTATED)
        without = len({row.video_id for row in self.rows if not row.kind})
        videos = counted(len({row.video_id for row in self.rows}), "video")
        people = counted(len({row.subject for row in self.rows}), "subject")
        excluded = sum(bool(row.excluded) for row in intervals)
        return (
            f"{counted(len(intervals), 'interval')} in {videos} of {people}, {excluded} of them excluded: {of_each}; "
            f"{counted(without, 'video')} without an interval."
        )
