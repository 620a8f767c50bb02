"""From annotation rows and clip folders to an index: what all database modules share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from glfnet.databases.clip import Clip
from glfnet.databases.corrections import Correction, corrected, corrections_for
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import Frames
from glfnet.databases.sheets import SheetRow
from glfnet.errors import InputError
from glfnet.samples.problems import check_problems, duplicate_ids
from glfnet.samples.sentences import counted, counted_few
from glfnet.samples.subjects import SubjectId, clip_name, subject_id

# What stands in a cell for "not annotated".
_NOTHING = frozenset({"", "/", "\\", "-", "\N{EN DASH}", "\N{EM DASH}", "?", "nan", "na", "n/a", "none", "null", "-1"})
_SHOWN = 10

NUMBERS = ("onset_frame", "apex_frame", "offset_frame")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One row of a sheet, not yet joined to its frames.

    Attributes:
        subject: the person.
        clip: the clip's name; it never depends on a correction.
        key: the clip's key in `Frames.folders`.
        row: row of the sheet, None where there is none.
        fields: `onset_frame`, `apex_frame`, `offset_frame`, `emotion` and, where annotated, `action_units` and `fps`,
            as text.
        excluded: why the clip is left out, empty if it counts.
    """

    subject: SubjectId
    clip: str
    key: str
    row: int | None
    fields: Mapping[str, str]
    excluded: str = ""

    @property
    def sample_id(self) -> str:
        """The stable key of this clip: database/subject/clip."""
        return f"{self.subject}/{self.clip}"


def named_annotation(database: str, row: SheetRow, key: Callable[[str, str], str]) -> Annotation:
    """Return the annotation in a row whose cells `subject` and `clip` name both as its folders do.

    Args:
        database: of the sheet.
        row: of the sheet, its fields the columns of `Annotation`.
        key: from a subject's name and a clip's to the key in `Frames.folders`.
    """
    subject = subject_id(database, row.cells["subject"])
    clip = clip_name(subject, row.cells["clip"])
    return Annotation(subject=subject, clip=clip, key=key(subject.name, clip), row=row.row, fields=row.cells)


def assemble(
    database: str,
    file: Path,
    annotations: Sequence[Annotation],
    frames: Frames,
    *,
    fps: float,
    notes: Iterable[str] = (),
    **options: Unpack[Options],
) -> Index:
    """Return the index of a licensed database.

    Args:
        database: such as `casme2`.
        file: the sheet, for messages; where there is none, the frames' folder.
        annotations: every clip of the sheet.
        frames: the clip folders. A clip without one is excluded, with the reason.
        fps: of clips whose row does not tell it.
        notes: sentences to put in front.
        **options: see `Options`; `layout` has had its effect in `frames`.

    Raises:
        InputError: naming every row with an unreadable frame number, an empty cell, numbers out of order, or the key
            of another row.
    """
    known = corrections_for(
        database,
        len(annotations),
        extra=options.get("corrections"),
        none=options.get("no_corrections", False),
    )
    problems: list[InputError] = []
    clips: list[Clip] = []
    applied: list[Correction] = []
    for annotation in annotations:
        rules = known.get((annotation.subject.name, annotation.clip), ())
        fields, used = corrected(annotation.fields, rules, out_of_order=_out_of_order(annotation.fields))
        applied += used
        try:
            clips.append(_clip(file, annotation, fields, frames, fps, options.get("exclude_faulty", False)))
        except InputError as problem:
            problems.append(problem)
    places = [f"row {a.row}" if a.row is not None else a.key for a in annotations]
    problems += duplicate_ids(file, (a.sample_id for a in annotations), places)
    check_problems(file, problems)
    clips.sort(key=lambda clip: clip.sample_id)
    _check_frames(file, annotations, frames)
    said = [*notes, *frames.notes, *_notes(database, clips, applied)]
    return Index(tuple(clips), tuple(said), tuple(applied))


def without_row(database: str, annotations: Iterable[Annotation], frames: Frames) -> list[str]:
    """Return a sentence on clip folders that no row of the sheet names, or nothing if there are none."""
    spare = sorted(frames.folders.keys() - {annotation.key for annotation in annotations})
    if not spare:
        return []
    return [f"{database}: {counted_few(spare, 'clip folder', _SHOWN)} without a row in the sheet, not indexed."]


def read_frame_number(text: str) -> int | None:
    """Return the frame number in a cell, None where the cell says that there is none.

    Raises:
        ValueError: if the text is neither.
    """
    if text.strip().lower() in _NOTHING:
        return None
    number = float(text)
    if not number.is_integer() or number < 0:
        raise ValueError(f"{text} is no frame number")
    return int(number)


def read_frames(fields: Mapping[str, str]) -> tuple[int | None, int | None, int | None]:
    """Return onset, apex and offset; an apex or offset of 0 behind a later onset means that there is none.

    Raises:
        ValueError: if a cell is neither a frame number nor empty.
    """
    onset, apex, offset = (read_frame_number(fields.get(name, "")) for name in NUMBERS)
    if onset:
        apex, offset = apex or None, offset or None
    return onset, apex, offset


def in_order(onset: int | None, apex: int | None, offset: int | None) -> bool:
    """Return whether onset <= apex <= offset, as far as they are annotated."""
    there = [number for number in (onset, apex, offset) if number is not None]
    return there == sorted(there)


def _out_of_order(fields: Mapping[str, str]) -> bool:
    try:
        return not in_order(*read_frames(fields))
    except ValueError:
        return False


def _clip(
    file: Path, annotation: Annotation, fields: Mapping[str, str], frames: Frames, fps: float, exclude_faulty: bool
) -> Clip:
    def bad(found: str, expected: str, remedy: str, settings: tuple[str, ...] = ()) -> InputError:
        found = f"{annotation.sample_id} with {found}"
        return InputError(
            file=file, row=annotation.row, found=found, expected=expected, remedy=remedy, settings=settings
        )

    numbers = ", ".join(f"{name.removesuffix('_frame')} {fields.get(name, '') or 'empty'}" for name in NUMBERS)
    try:
        onset, apex, offset = read_frames(fields)
        rate = float(fields.get("fps") or fps)
    except ValueError as error:
        raise bad(
            f"{numbers}, fps {fields.get('fps') or fps}",
            "whole numbers from 0, or / where none is annotated",
            "Correct the cell.",
        ) from error
    if onset is None or not fields.get("emotion"):
        raise bad(
            f"{numbers}, emotion {fields.get('emotion') or 'empty'}",
            "at least an onset and an emotion",
            "Fill the cell.",
        )
    excluded = annotation.excluded
    if not in_order(onset, apex, offset):
        if not exclude_faulty:
            raise bad(
                numbers,
                "onset <= apex <= offset",
                "Look at the clip; if the sheet is wrong, put the fix and its reason into a file of corrections, or "
                "exclude faulty rows.",
                ("corrections", "exclude_faulty"),
            )
        excluded = excluded or f"frame numbers out of order: {numbers}"
    path = frames.folders.get(annotation.key)
    if path is None:
        excluded = excluded or f"no frames: expected a folder such as {frames.expected}"
    return Clip(
        subject=annotation.subject, clip=annotation.clip, emotion=fields["emotion"],
        frames=path or frames.root / annotation.key, onset_frame=onset, apex_frame=apex, offset_frame=offset, fps=rate,
        action_units=fields.get("action_units", ""), layout=frames.layout, row=annotation.row, excluded=excluded,
    )  # fmt: skip


def _check_frames(file: Path, annotations: Sequence[Annotation], frames: Frames) -> None:
    if not any(annotation.key in frames.folders for annotation in annotations):
        folders = counted(len(frames.folders), "clip folder")
        raise InputError(
            file=file,
            found=f"{counted(len(annotations), 'clip')}, none of which is among the {folders} found",
            expected=f"folders such as {frames.expected}",
            remedy="Check that sheet and frames are of the same database.",
        )


def _notes(database: str, clips: Sequence[Clip], applied: Sequence[Correction]) -> list[str]:
    def ids(which: Callable[[Clip], bool]) -> list[str]:
        return [f"{clip.subject.name}/{clip.clip}" for clip in clips if which(clip)]

    groups = (
        (ids(lambda c: c.apex_frame is None), "without an apex: it is to be estimated"),
        (ids(lambda c: c.offset_frame is None), "without an offset"),
        (ids(lambda c: c.excluded.startswith("no frames")), "without frames, excluded"),
        (ids(lambda c: c.excluded.startswith("frame numbers")), "with frame numbers out of order, excluded"),
    )
    lines = [f"{database}: {counted_few(names, 'clip', _SHOWN)} {what}." for names, what in groups if names]
    left_out = [
        clip for clip in clips if clip.excluded and not clip.excluded.startswith(("no frames", "frame numbers"))
    ]
    lines += [f"{clip.sample_id} is excluded: {clip.excluded}." for clip in left_out]
    return [*lines, *(f"corrected: {correction}." for correction in applied)]
