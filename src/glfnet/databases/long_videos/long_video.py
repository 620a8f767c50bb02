"""The videos of an index of long videos, each with its true intervals as positions: what a spotter is held against."""

import os
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from glfnet.databases.long_videos.interval_row import IntervalRow
from glfnet.databases.long_videos.interval_table import read_intervals
from glfnet.errors import InputError
from glfnet.samples.problems import check_problems
from glfnet.samples.subjects import SubjectId
from glfnet.video.frame_files import frame_files


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueInterval:
    """One annotated movement; positions count the frames of the video from 0, as `open_video` gives them.

    Attributes:
        name: as in the sheet, such as `disgust1_2`.
        kind: `MICRO` or `MACRO` of `labels.py`.
        onset_index: first frame; 0 also where the movement had begun before the video did (onset 0).
        apex_index: strongest frame; None where none is annotated.
        offset_index: last frame, included; the apex where no offset is annotated, as MEGC has it.
        emotion: as written in the annotation; empty if it tells none.
        action_units: as written in the annotation; empty if none.
    """

    name: str
    kind: str
    onset_index: int
    apex_index: int | None
    offset_index: int
    emotion: str = ""
    action_units: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LongVideo:
    """One long video with its true intervals.

    Attributes:
        subject: the person.
        video: its name, such as `15_0101`.
        path: folder of its pictures, or a file; `open_video(path, fps=fps)` reads it.
        fps: frames per second.
        intervals: the annotated movements in the order of their onsets; none where nobody annotated any.
        left_out: a sentence for each interval that the index excludes.
        excluded: why the whole video is left out: all its rows are; empty if it counts.
    """

    subject: SubjectId
    video: str
    path: Path
    fps: float
    intervals: tuple[TrueInterval, ...]
    left_out: tuple[str, ...] = ()
    excluded: str = ""

    @property
    def video_id(self) -> str:
        """The stable key of this video: database/subject/video."""
        return f"{self.subject}/{self.video}"


def read_long_videos(index: Path) -> tuple[LongVideo, ...]:
    """Return the videos of an index of long videos, sorted by their keys; excluded ones are among them, marked.

    The folders of pictures are listed, since a position is the rank of a frame's number among the pictures there.

    Args:
        index: what `glfnet index` has written for a database of long videos.

    Raises:
        InputError: if the index cannot be read, the rows of a video do not agree about it, a video that counts is not
            there, or frames of an interval are not in it; all of that at once.
    """
    problems: list[InputError] = []
    videos: list[LongVideo] = []
    rows = sorted(read_intervals(index), key=lambda row: (row.video_id, row.onset_frame or 0, row.offset_frame or 0))
    for _, group in groupby(rows, key=lambda row: row.video_id):
        try:
            videos.append(_video(index, list(group), problems))
        except InputError as problem:
            problems.append(problem)
    check_problems(index, problems)
    return tuple(videos)


def frame_numbers(row: IntervalRow) -> list[int] | None:
    """Return the numbers of all pictures of a video in ascending order, None for a file: nobody has counted those.

    Raises:
        InputError: if it is not there, or its folder holds no pictures or one number twice.
    """
    if os.path.isfile(row.frames):
        return None
    numbers = list(frame_files(row.frames))
    if not numbers:
        raise InputError(
            file=row.frames,
            found="a folder without numbered pictures",
            expected="one picture a frame",
            remedy="Copy them from their source, or make the index again.",
        )
    return numbers


def _video(index: Path, rows: Sequence[IntervalRow], problems: list[InputError]) -> LongVideo:
    first = rows[0]
    about = {(row.frames, row.fps, row.first_frame) for row in rows}
    if len(about) > 1:
        raise InputError(
            file=index,
            found=f"{first.video_id} with different frames, fps or first_frame in its {len(rows)} rows",
            expected="one video of one frame rate",
            remedy="Write the same into all of its rows, or make the index again.",
        )
    excluded = "; ".join(dict.fromkeys(row.excluded for row in rows)) if all(row.excluded for row in rows) else ""
    numbers = None if excluded else frame_numbers(first)
    intervals: list[TrueInterval] = []
    for row in rows:
        if row.kind and not row.excluded:
            try:
                intervals.append(_interval(index, row, numbers))
            except InputError as problem:
                problems.append(problem)
    return LongVideo(
        subject=first.subject,
        video=first.video,
        path=first.frames,
        fps=first.fps,
        intervals=tuple(intervals),
        left_out=tuple(f"{row.sample_id} is excluded: {row.excluded}." for row in rows if row.kind and row.excluded),
        excluded=excluded,
    )


def _interval(index: Path, row: IntervalRow, numbers: list[int] | None) -> TrueInterval:
    onset, apex = row.onset_frame, row.apex_frame
    offset = row.offset_frame if row.offset_frame is not None else apex
    if onset is None or offset is None or not onset <= (onset if apex is None else apex) <= offset:
        found = f"{row.sample_id} with onset {onset}, apex {apex}, offset {row.offset_frame}"
        raise _not_there(index, found, "onset <= apex <= offset, and one of the last two")

    def position(number: int) -> int:
        start = (row.first_frame or 0) if numbers is None else numbers[0]
        if number == 0 < start:
            return 0  # the movement had begun before the video did
        place = number - start if numbers is None else bisect_left(numbers, number)
        if place < 0 or (numbers is not None and numbers[place : place + 1] != [number]):
            found = f"{row.sample_id} with frame {number}, which is not in {row.frames}"
            last = "on" if numbers is None else f"to {numbers[-1]}"
            raise _not_there(index, found, f"frames from {start} {last}, as they are there")
        return place

    return TrueInterval(
        name=row.interval, kind=row.kind, onset_index=position(onset),
        apex_index=None if apex is None else position(apex), offset_index=position(offset), emotion=row.emotion,
        action_units=row.action_units,
    )  # fmt: skip


def _not_there(index: Path, found: str, expected: str) -> InputError:
    remedy = (
        "Say in the column excluded why the interval is left out, or correct its frame numbers (`glfnet check` lists "
        "them all)."
    )
    return InputError(file=index, found=found, expected=expected, remedy=remedy)
