"""Anyone's own data: a table of clips, no code.

One row a clip; columns `subject, clip, frames, onset, apex, offset, emotion` and, where you have them, `database`,
`fps`, `action_units`. `frames` is a folder with one numbered picture a frame, or a video, relative to the table's
folder. In a video, frames count from 0. An empty apex is estimated later; an empty offset is allowed.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from glfnet.databases.assemble import in_order, read_frame_number
from glfnet.databases.clip import Clip
from glfnet.databases.index import Index
from glfnet.databases.sheets import Columns, SheetRow, read_sheet
from glfnet.errors import InputError
from glfnet.path_kind import VIDEO_SUFFIXES
from glfnet.samples.problems import check_problems, duplicate_ids
from glfnet.samples.sentences import counted
from glfnet.samples.subjects import alike_subjects, find_name_fault, subject_id

OWN = "own"

COLUMNS: Columns = {
    "subject": ("subject",),
    "clip": ("clip", "filename"),
    "frames": ("frames", "video", "folder"),
    "onset_frame": ("onset", "onset_frame"),
    "emotion": ("emotion", "label"),
}
_OPTIONAL: Columns = {
    "apex_frame": ("apex", "apex_frame"),
    "offset_frame": ("offset", "offset_frame"),
    "database": ("database", "dataset"),
    "fps": ("fps",),
    "action_units": ("action_units", "au", "aus"),
}


def index_own_data(table: Path, *, folder: Path | None = None, database: str = OWN, fps: float | None = None) -> Index:
    """Index the clips that a table lists.

    Args:
        table: CSV (UTF-8, commas or semicolons) or Excel workbook with the columns named above.
        folder: what the column `frames` starts from; None: the folder of the table.
        database: name of the database where the table has no such column.
        fps: frames per second where the table does not tell; None: 0, not known.

    Raises:
        InputError: naming every row with an empty cell, an unreadable number, frames out of order, a path that does
            not exist, or a clip that occurs twice.
    """
    sheet = read_sheet(table, COLUMNS, _OPTIONAL, key=None)
    start = (folder or table.parent).absolute()
    clips: list[Clip] = []
    problems: list[InputError] = []
    places: list[str] = []
    for row in sheet.rows:
        try:
            clip = _clip(table, row, start, database, fps or 0.0)
        except InputError as problem:
            problems.append(problem)
            continue
        clips.append(clip)
        places.append(f"row {row.row}")
    problems += duplicate_ids(table, (clip.sample_id for clip in clips), places)
    problems += _alike(table, clips)
    check_problems(table, problems)
    clips.sort(key=lambda clip: clip.sample_id)
    return Index(tuple(clips), _notes(clips))


def _alike(table: Path, clips: Sequence[Clip]) -> list[InputError]:
    first = {clip.subject: clip.row for clip in reversed(clips)}
    return [
        InputError(
            file=table,
            found=f"subjects {' and '.join(f'{s} (row {first[s]})' for s in group)}",
            expected="one spelling a person, or names that differ in more than capitals and blanks",
            remedy="Write the name alike in all rows: a person under two names would be trained on and tested.",
        )
        for group in alike_subjects(clip.subject for clip in clips)
    ]


def _clip(table: Path, row: SheetRow, start: Path, database: str, fps: float) -> Clip:
    cells = row.cells
    empty = [name for name in COLUMNS if not cells[name]]
    if empty:
        raise _bad(table, row.row, f"nothing in column {', '.join(empty)}")
    try:
        onset, apex, offset = (
            read_frame_number(cells.get(f"{name}_frame", "")) for name in ("onset", "apex", "offset")
        )
        rate = float(cells.get("fps") or fps)
    except ValueError as error:
        raise _bad(table, row.row, _numbers(cells)) from error
    if onset is None or not 0 <= rate < float("inf"):
        raise _bad(table, row.row, _numbers(cells))
    if not in_order(onset, apex, offset):
        raise _bad(table, row.row, _numbers(cells), "onset <= apex <= offset")
    subject = subject_id(cells.get("database") or database, cells["subject"])
    fault = find_name_fault(subject)
    if fault is not None:
        raise _bad(table, row.row, *fault)
    frames = start / cells["frames"]
    # Of os.path, since a name that is too long for a disk is an error for `Path.is_dir`.
    is_folder = os.path.isdir(frames)
    if not (is_folder or (os.path.isfile(frames) and frames.suffix.lower() in VIDEO_SUFFIXES)):
        raise _bad(table, row.row, f"frames {frames}, which is neither a folder nor a video", "a path that exists")
    return Clip(
        subject=subject, clip=cells["clip"], emotion=cells["emotion"], frames=frames, onset_frame=onset,
        apex_frame=apex, offset_frame=offset, fps=rate, action_units=cells.get("action_units", ""),
        layout="raw" if is_folder else "video", row=row.row,
    )  # fmt: skip


def _numbers(cells: Mapping[str, str]) -> str:
    names = ("onset_frame", "apex_frame", "offset_frame", "fps")
    return ", ".join(f"{name.removesuffix('_frame')} {cells.get(name) or 'empty'}" for name in names)


def _notes(clips: Sequence[Clip]) -> tuple[str, ...]:
    groups = (
        (sum(clip.apex_frame is None for clip in clips), "without an apex: it is to be estimated"),
        (sum(clip.offset_frame is None for clip in clips), "without an offset"),
        (sum(clip.fps == 0 for clip in clips), "whose frame rate is not known"),
    )
    return tuple(f"{count} of {counted(len(clips), 'clip')} {what}." for count, what in groups if count)


def _bad(table: Path, row: int, found: str, expected: str = "") -> InputError:
    return InputError(
        file=table,
        row=row,
        found=found,
        expected=expected or "subject, clip, frames, onset, emotion; whole frame numbers from 0; fps a number or empty",
        remedy="Correct the row: one line a clip.",
    )
