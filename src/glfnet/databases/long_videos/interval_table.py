"""An index of long videos on disk: one CSV row an interval, that a researcher can read, filter and correct.

Columns, in this order: `database, subject, video, interval, kind, emotion, frames, first_frame, onset_frame,
apex_frame, offset_frame, fps, action_units, layout, row, excluded`. UTF-8, commas, one header line. A video without an
interval has one row whose `kind` is empty. It has no column `clip`, so that no reader of clips takes it for theirs.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from glfnet.databases.index_table import (
    bad_row,
    frames_cell,
    frames_path,
    index_lines,
    number_cell,
    optional_cell,
    whole_cell,
)
from glfnet.databases.long_videos.interval_row import KINDS_ANNOTATED, IntervalRow
from glfnet.errors import InputError
from glfnet.files import write_whole
from glfnet.path_kind import LONG_INDEX, TABLE, check_kind
from glfnet.samples.csv_lines import csv_text, read_csv_lines
from glfnet.samples.problems import check_problems
from glfnet.samples.subjects import subject_id

COLUMNS = (
    "database", "subject", "video", "interval", "kind", "emotion", "frames", "first_frame", "onset_frame",
    "apex_frame", "offset_frame", "fps", "action_units", "layout", "row", "excluded",
)  # fmt: skip
_REQUIRED = ("database", "subject", "video", "kind", "frames", "onset_frame", "offset_frame", "fps")
_FILLED = ("database", "subject", "video", "frames", "fps")


def write_intervals(path: Path, rows: Iterable[IntervalRow]) -> None:
    """Write an index of long videos, whole or not at all.

    Frames below the folder of `path` are written relative to it, so that both can be moved together.

    Raises:
        InputError: if the file cannot be written.
    """
    folder = path.absolute().parent
    write_whole(path, csv_text([COLUMNS, *(_cells(row, folder) for row in rows)]))


def is_long_index_of(path: Path, databases: Iterable[str]) -> bool:
    """Return whether a file is an index of long videos of no other databases than these."""
    try:
        lines = [cells for _, cells in read_csv_lines(path)]
    except csv.Error:
        return False
    return lines[:1] == [list(COLUMNS)] and {cells[0] for cells in lines[1:]} <= set(databases)


def read_intervals(path: Path) -> list[IntervalRow]:
    """Read an index of long videos, in the file's order.

    Only what no `IntervalRow` can hold is refused here; `glfnet check` looks for the rest.

    Raises:
        InputError: naming every row with an empty or unreadable cell, and columns that are missing; or what `path` is,
            if it is something else.
    """
    check_kind(path, (LONG_INDEX, TABLE), "an index of long videos, as `glfnet index` writes it")
    problems: list[InputError] = []
    rows: list[IntervalRow] = []
    for number, cells in index_lines(path, COLUMNS, _REQUIRED):
        try:
            rows.append(_row(path, number, cells))
        except InputError as problem:
            problems.append(problem)
    check_problems(path, problems)
    return rows


def _cells(row: IntervalRow, folder: Path) -> list[str]:
    numbers = (row.first_frame, row.onset_frame, row.apex_frame, row.offset_frame)
    return [
        row.subject.database, row.subject.name, row.video, row.interval, row.kind, row.emotion,
        frames_cell(row.frames, folder), *map(optional_cell, numbers), f"{row.fps:.12g}", row.action_units,
        row.layout, optional_cell(row.row), row.excluded,
    ]  # fmt: skip


def _row(path: Path, number: int, cells: Mapping[str, str]) -> IntervalRow:
    filled = (*_FILLED, "onset_frame") if cells.get("kind") else _FILLED
    empty = [name for name in filled if not cells.get(name)]
    if empty:
        raise bad_row(path, number, f"nothing in column {', '.join(empty)}")
    if cells["kind"] not in ("", *KINDS_ANNOTATED):
        raise InputError(
            file=path,
            row=number,
            found=f"{cells['kind']!r} in column kind",
            expected=f"{' or '.join(KINDS_ANNOTATED)}, or nothing where the video has no movement",
            remedy="Correct the row, or make the index again.",
        )
    fps = number_cell(path, number, cells, "fps")
    if not fps:
        raise bad_row(path, number, f"{cells['fps']!r} in column fps")
    return IntervalRow(
        subject=subject_id(cells["database"], cells["subject"]),  # a spreadsheet program turns 006 into 6
        video=cells["video"],
        interval=cells.get("interval", ""),
        kind=cells["kind"],
        emotion=cells.get("emotion", ""),
        frames=frames_path(path, cells["frames"]),
        first_frame=whole_cell(path, number, cells, "first_frame"),
        onset_frame=whole_cell(path, number, cells, "onset_frame") if cells["kind"] else None,
        apex_frame=whole_cell(path, number, cells, "apex_frame"),
        offset_frame=whole_cell(path, number, cells, "offset_frame"),
        fps=fps,
        action_units=cells.get("action_units", ""),
        layout=cells.get("layout", "") or "raw",
        row=whole_cell(path, number, cells, "row"),
        excluded=cells.get("excluded", ""),
    )
