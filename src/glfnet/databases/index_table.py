"""An index on disk: one CSV row a clip, so that a researcher can read, filter and correct it with any tool.

Columns, in this order: `database, subject, clip, emotion, frames, onset_frame, apex_frame, offset_frame,
apex_estimated, fps, action_units, layout, row, excluded`. UTF-8, commas, one header line. Empty means None; `fps` is
empty where it is not known (0 in `Clip`); `frames` is absolute or starts from the folder of the CSV.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from glfnet.databases.clip import Clip
from glfnet.errors import InputError, reason
from glfnet.files import write_whole
from glfnet.path_kind import INDEX, TABLE, check_kind
from glfnet.samples.csv_lines import csv_text, read_csv_lines
from glfnet.samples.problems import check_problems
from glfnet.samples.subjects import subject_id

COLUMNS = (
    "database", "subject", "clip", "emotion", "frames", "onset_frame", "apex_frame", "offset_frame", "apex_estimated",
    "fps", "action_units", "layout", "row", "excluded",
)  # fmt: skip
_REQUIRED = COLUMNS[:6]
_TRUTH = {"": False, "false": False, "no": False, "0": False, "true": True, "yes": True, "1": True}


def write_index(path: Path, clips: Iterable[Clip]) -> None:
    """Write an index, whole or not at all; an existing one is replaced only by a complete one.

    Frames below the folder of `path` are written relative to it, so that both can be moved together.

    Raises:
        InputError: if the file cannot be written.
    """
    folder = path.absolute().parent
    write_whole(path, csv_text([COLUMNS, *(_cells(clip, folder) for clip in clips)]))


def is_index_of(path: Path, databases: Iterable[str]) -> bool:
    """Return whether a file is an index of no other databases than these."""
    try:
        lines = [cells for _, cells in read_csv_lines(path)]
    except csv.Error:
        return False
    return lines[:1] == [list(COLUMNS)] and {cells[0] for cells in lines[1:]} <= set(databases)


def read_index(path: Path) -> list[Clip]:
    """Read an index, in the file's order.

    Only what no `Clip` can hold is refused here. Order of frames, repeated clips and missing files are what
    `glfnet check` is for.

    Raises:
        InputError: naming every row with an empty or unreadable cell, and columns that are missing; or what `path` is,
            if it is something else.
    """
    check_kind(path, (INDEX, TABLE), "an index of clips, as `glfnet index` writes it")
    problems: list[InputError] = []
    clips: list[Clip] = []
    for row, cells in index_lines(path, COLUMNS, _REQUIRED):
        try:
            clips.append(_clip(path, row, cells))
        except InputError as problem:
            problems.append(problem)
    check_problems(path, problems)
    return clips


def _cells(clip: Clip, folder: Path) -> list[str]:
    numbers = (clip.onset_frame, clip.apex_frame, clip.offset_frame)
    return [
        clip.subject.database, clip.subject.name, clip.clip, clip.emotion, frames_cell(clip.frames, folder),
        *map(optional_cell, numbers),
        "true" if clip.apex_estimated else "false", f"{clip.fps:.12g}" if clip.fps else "", clip.action_units,
        clip.layout, optional_cell(clip.row), clip.excluded,
    ]  # fmt: skip


def index_lines(path: Path, columns: Sequence[str], required: Sequence[str]) -> list[tuple[int, Mapping[str, str]]]:
    """Return the rows of an index of any kind: number in the file, and the cells by their headings.

    Args:
        path: the file.
        columns: headings that may occur once at most.
        required: those of them that must be there.

    Raises:
        InputError: if it is no readable table, a heading is missing or occurs twice, or a row is wider than the header.
    """
    try:
        lines = read_csv_lines(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise bad_row(path, None, f"no readable table ({reason(error)})") from error
    header = lines[0][1] if lines else []
    missing = [name for name in required if name not in header]
    if missing:
        raise bad_row(path, 1, f"no column {', '.join(missing)}")
    twice = [name for name in columns if header.count(name) > 1]
    if twice:
        raise bad_row(path, 1, f"column {', '.join(twice)} twice")
    wide = [(row, len(cells)) for row, cells in lines[1:] if len(cells) > len(header)]
    check_problems(path, [bad_row(path, row, f"{width} cells under {len(header)} headings") for row, width in wide])
    return [(row, dict(zip(header, cells, strict=False))) for row, cells in lines[1:]]


def _clip(path: Path, row: int, cells: Mapping[str, str]) -> Clip:
    empty = [name for name in _REQUIRED if not cells.get(name)]
    if empty:
        raise bad_row(path, row, f"nothing in column {', '.join(empty)}")
    estimated = cells.get("apex_estimated", "").lower()
    if estimated not in _TRUTH:
        raise bad_row(path, row, f"{cells['apex_estimated']!r} in column apex_estimated")
    return Clip(
        subject=subject_id(cells["database"], cells["subject"]),  # a spreadsheet program turns 006 into 6
        clip=cells["clip"],
        emotion=cells["emotion"],
        frames=frames_path(path, cells["frames"]),
        onset_frame=whole_cell(path, row, cells, "onset_frame") or 0,
        apex_frame=whole_cell(path, row, cells, "apex_frame"),
        offset_frame=whole_cell(path, row, cells, "offset_frame"),
        apex_estimated=_TRUTH[estimated],
        fps=number_cell(path, row, cells, "fps") or 0.0,
        action_units=cells.get("action_units", ""),
        layout=cells.get("layout", "") or "raw",
        row=whole_cell(path, row, cells, "row"),
        excluded=cells.get("excluded", ""),
    )


def frames_cell(frames: Path, folder: Path) -> str:
    """Return where frames are, as an index names it: from its own folder on if they lie in it."""
    return (frames.relative_to(folder) if frames.is_relative_to(folder) else frames).as_posix()


def frames_path(path: Path, cell: str) -> Path:
    """Return where the frames are that an index at `path` names; the other way round of `frames_cell`."""
    return path.absolute().parent / cell  # a cell that is absolute replaces the folder


def optional_cell(number: int | None) -> str:
    """Return a number as an index writes it; nothing for None."""
    return "" if number is None else str(number)


def whole_cell(path: Path, row: int, cells: Mapping[str, str], name: str) -> int | None:
    """Return the whole number in a cell, None where it is empty.

    Raises:
        InputError: if the cell says anything else.
    """
    number = number_cell(path, row, cells, name)
    if number is not None and not number.is_integer():
        raise bad_row(path, row, f"{cells[name]!r} in column {name}")
    return None if number is None else int(number)


def number_cell(path: Path, row: int, cells: Mapping[str, str], name: str) -> float | None:
    """Return the number in a cell, 0 or more; None where it is empty.

    Raises:
        InputError: if the cell says anything else.
    """
    text = cells.get(name, "")
    try:
        number = float(text) if text else None
    except ValueError:
        number = -1.0
    if number is not None and not 0 <= number < float("inf"):
        raise bad_row(path, row, f"{text!r} in column {name}")
    return number


def bad_row(path: Path, row: int | None, found: str) -> InputError:
    """Return the error to raise for a row of an index that cannot be read."""
    return InputError(
        file=path,
        row=row,
        found=found,
        expected="an index as `glfnet index` writes it, whole numbers for frames",
        remedy="Correct the row, or make the index again.",
    )
