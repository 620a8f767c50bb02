"""From annotation rows and the videos on disk to an index of long videos: what all their database modules share."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import NUMBERS, Annotation, in_order, read_frame_number
from glfnet.databases.corrections import Correction, corrected, corrections_for
from glfnet.databases.index import Options
from glfnet.databases.layouts import Frames
from glfnet.databases.long_videos.find_videos import VIDEO
from glfnet.databases.long_videos.interval_row import KINDS_ANNOTATED, IntervalRow, LongVideoIndex
from glfnet.errors import InputError
from glfnet.labels import MACRO, MICRO
from glfnet.samples.problems import check_problems
from glfnet.samples.sentences import counted, counted_few
from glfnet.samples.subjects import SubjectId

FIRST_FRAME = 1
"""The number that these databases give to the first frame of a video, also in pictures made of it."""

_SHOWN = 10
_NO_END = "neither an offset nor an apex is annotated, so nobody knows where it ends"

SubjectOf = Callable[[str], SubjectId]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIntervals:
    """How many intervals a database has, as its authors or the literature say."""

    micro: int
    macro: int
    videos: int | None = None
    subjects: int | None = None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An annotation sheet of long videos, read.

    Attributes:
        database: such as `casme_sq`.
        file: the sheet, for messages.
        annotations: one an interval; `clip` is the interval's name, `key` is subject/video, and `fields` has
            `onset_frame`, `apex_frame`, `offset_frame`, `kind` as the sheet writes it and, where annotated, `emotion`
            and `action_units`.
        fps: frames per second of all videos.
        published: what the literature counts.
        subject_of: the subject of a video's key.
        notes: sentences to put in front.
    """

    database: str
    file: Path
    annotations: Sequence[Annotation]
    fps: float
    published: PublishedIntervals
    subject_of: SubjectOf
    notes: Iterable[str] = ()


def assemble_intervals(sheet: Sheet, frames: Frames, **options: Unpack[Options]) -> LongVideoIndex:
    """Return the index of a database of long videos.

    An apex of 0 or outside its interval is left out, and named: movements are spotted without one. An interval without
    an offset ends with its apex where there is one; else it is excluded. A video that no row names gets a row without a
    movement: what is found there is a false alarm, as MEGC counts it.

    Args:
        sheet: every interval of the annotation.
        frames: the videos. An interval whose video is not there is excluded, with the reason.
        **options: see `Options`; `layout` has had its effect in `frames`.

    Raises:
        InputError: naming every row with an unreadable frame number or kind, an empty cell, an offset before the onset,
            or the interval of another row.
    """
    known = corrections_for(
        sheet.database,
        len(sheet.annotations),
        extra=options.get("corrections"),
        none=options.get("no_corrections", False),
    )
    problems: list[InputError] = []
    rows: list[IntervalRow] = []
    moved: list[str] = []
    applied: list[Correction] = []
    for annotation in sheet.annotations:
        rules = known.get((annotation.subject.name, annotation.clip), ())
        fields, used = corrected(annotation.fields, rules, out_of_order=_out_of_order(annotation.fields))
        applied += used
        try:
            row, dropped = _row(sheet, annotation, fields, frames, options.get("exclude_faulty", False))
        except InputError as problem:
            problems.append(problem)
        else:
            rows.append(row)
            moved += [dropped] if dropped else []
    problems += _twice(sheet.file, rows)
    check_problems(sheet.file, problems)
    _check_videos(sheet, frames)
    rows += _without_movement(sheet, frames)
    rows.sort(key=lambda row: (row.video_id, row.onset_frame or 0, row.offset_frame or 0, row.kind))
    notes = [*_count_differences(sheet, rows), *sheet.notes, *frames.notes, *_notes(sheet.database, rows, moved)]
    return LongVideoIndex(tuple(rows), (*notes, *(f"corrected: {each}." for each in applied)), tuple(applied))


def kind_of(written: str) -> str | None:
    """Return the kind that a sheet means by `macro-expression` or `Micro - 1/2`; None if it is neither."""
    word = written.strip().lower()
    kinds = {"micro": MICRO, "macro": MACRO}
    return kinds.get(word[:5]) if not word[5:6].isalpha() else None


def _read_numbers(fields: Mapping[str, str]) -> tuple[int | None, int | None, int | None]:
    onset, apex, offset = (read_frame_number(fields.get(name, "")) for name in NUMBERS)
    return onset, apex or None, offset or None  # a movement has begun by frame 0, but it never ends there


def _out_of_order(fields: Mapping[str, str]) -> bool:
    try:
        return not in_order(*_read_numbers(fields))
    except ValueError:
        return False


def _row(
    sheet: Sheet, annotation: Annotation, fields: Mapping[str, str], frames: Frames, exclude_faulty: bool
) -> tuple[IntervalRow, str]:
    """Return an interval and, if its apex was left out, which one in words."""
    numbers = ", ".join(f"{name.removesuffix('_frame')} {fields.get(name, '') or 'empty'}" for name in NUMBERS)
    onset, apex, offset, kind = _readable(sheet.file, annotation, fields, numbers)
    excluded = annotation.excluded
    if offset is not None and onset > offset:
        if not exclude_faulty:
            remedy = (
                "Look at the video; if the sheet is wrong, put the fix and its reason into a file of corrections, or "
                "exclude faulty rows."
            )
            settings = ("corrections", "exclude_faulty")
            raise _bad(sheet.file, annotation, numbers, "onset <= offset", remedy, settings)
        excluded = excluded or f"frame numbers out of order: {numbers}"
    dropped = ""
    if apex is not None and not excluded and not in_order(onset, apex, offset):
        apex, dropped = None, f"{annotation.subject.name}/{annotation.clip} ({numbers})"
    if offset is None and apex is None:
        excluded = excluded or _NO_END
    path = frames.folders.get(annotation.key)
    if path is None:
        excluded = excluded or f"no frames: expected a folder such as {frames.expected}"
    row = IntervalRow(
        subject=annotation.subject, video=annotation.key.rpartition("/")[2], interval=annotation.clip, kind=kind,
        emotion=fields.get("emotion", ""), frames=path or frames.root / annotation.key,
        first_frame=_first_frame(frames), onset_frame=onset, apex_frame=apex, offset_frame=offset, fps=sheet.fps,
        action_units=fields.get("action_units", ""), layout=frames.layout, row=annotation.row, excluded=excluded,
    )  # fmt: skip
    return row, dropped


def _readable(
    file: Path, annotation: Annotation, fields: Mapping[str, str], numbers: str
) -> tuple[int, int | None, int | None, str]:
    """Return onset, apex, offset and kind of a row."""
    try:
        onset, apex, offset = _read_numbers(fields)
    except ValueError as error:
        expected = "whole numbers from 0, or / where none is annotated"
        raise _bad(file, annotation, numbers, expected, "Correct the cell.") from error
    if onset is None:
        raise _bad(file, annotation, numbers, "at least an onset", "Fill the cell.")
    kind = kind_of(fields.get("kind", ""))
    if kind is None:
        found = f"type {fields.get('kind') or 'empty'}"
        expected = f"a type that begins with micro or macro ({' or '.join(KINDS_ANNOTATED)})"
        raise _bad(file, annotation, found, expected, "Correct the cell.")
    return onset, apex, offset, kind


def _bad(
    file: Path, annotation: Annotation, found: str, expected: str, remedy: str, settings: tuple[str, ...] = ()
) -> InputError:
    found = f"{annotation.sample_id} with {found}"
    return InputError(file=file, row=annotation.row, found=found, expected=expected, remedy=remedy, settings=settings)


def _first_frame(frames: Frames) -> int | None:
    return FIRST_FRAME if frames.layout == VIDEO else None


def _twice(file: Path, rows: Sequence[IntervalRow]) -> list[InputError]:
    """Return one problem for each interval that stands in the sheet twice; names of intervals may repeat."""
    places: dict[tuple[object, ...], list[IntervalRow]] = defaultdict(list)
    for row in rows:
        if not row.excluded:
            places[row.video_id, row.kind, row.onset_frame, row.apex_frame, row.offset_frame].append(row)
    return [
        InputError(
            file=file,
            found=f"interval {alike[0].sample_id} {len(alike)} times (rows {', '.join(str(row.row) for row in alike)})",
            expected="each interval once",
            remedy="Keep one of the rows.",
        )
        for alike in places.values()
        if len(alike) > 1
    ]


def _check_videos(sheet: Sheet, frames: Frames) -> None:
    if not any(annotation.key in frames.folders for annotation in sheet.annotations):
        intervals, videos = counted(len(sheet.annotations), "interval"), counted(len(frames.folders), "video")
        raise InputError(
            file=sheet.file,
            found=f"{intervals}, none of which is in the {videos} found",
            expected=f"videos such as {frames.expected}",
            remedy="Check that sheet and frames are of the same database.",
        )


def _without_movement(sheet: Sheet, frames: Frames) -> list[IntervalRow]:
    named = {annotation.key for annotation in sheet.annotations}
    return [
        IntervalRow(
            subject=sheet.subject_of(key), video=key.rpartition("/")[2], frames=path, first_frame=_first_frame(frames),
            fps=sheet.fps, layout=frames.layout,
        )
        for key, path in frames.folders.items()
        if key not in named
    ]  # fmt: skip


def _count_differences(sheet: Sheet, rows: Sequence[IntervalRow]) -> list[str]:
    """Return, in one sentence, how an index differs from the published counts; excluded intervals count here."""
    kinds = Counter(row.kind for row in rows)
    published = sheet.published
    counts = (
        ("interval", " of micro-expressions", kinds[MICRO], published.micro),
        ("interval", " of macro-expressions", kinds[MACRO], published.macro),
        ("video", "", len({row.video_id for row in rows}), published.videos),
        ("subject", "", len({row.subject for row in rows}), published.subjects),
    )
    differing = [
        f"{counted(count, noun)}{which} instead of {expected}"
        for noun, which, count, expected in counts
        if expected is not None and count != expected
    ]
    return [f"{sheet.database}: {', '.join(differing)} ({published.source})."] if differing else []


def _notes(database: str, rows: Sequence[IntervalRow], moved: Sequence[str]) -> list[str]:
    def ids(which: Callable[[IntervalRow], bool]) -> list[str]:
        return [f"{row.subject.name}/{row.interval or row.video}" for row in rows if which(row)]

    counting = [row for row in rows if row.kind and not row.excluded]
    early = {id(row) for row in counting if row.onset_frame == 0}
    ends = {id(row) for row in counting if row.offset_frame is None}
    apexless = {id(row) for row in counting if row.apex_frame is None}
    groups = (
        (list(moved), "whose apex is outside the interval: the apex is left out, the interval counts"),
        (ids(lambda row: id(row) in early), "with onset 0: the movement had begun before the video did"),
        (ids(lambda row: id(row) in ends), "without an offset: its apex is taken as its end, as MEGC does"),
        (ids(lambda row: id(row) in apexless), "without an apex: none is put in its place"),
        (ids(lambda row: row.excluded.startswith("no frames")), "without frames, excluded"),
        (ids(lambda row: row.excluded.startswith("frame numbers")), "with frame numbers out of order, excluded"),
        (ids(lambda row: row.excluded == _NO_END), "with neither offset nor apex, excluded"),
    )
    lines = [f"{database}: {counted_few(names, 'interval', _SHOWN)} {what}." for names, what in groups if names]
    still = ids(lambda row: not row.kind)
    if still:
        lines.append(
            f"{database}: {counted_few(still, 'video', _SHOWN)} that no row of the sheet names: nothing is annotated "
            "there, and what is found there counts as a false alarm."
        )
    return lines
