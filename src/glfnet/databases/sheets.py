"""Annotation sheets as their authors ship them: Excel or CSV, the header wherever it stands, all cells as text.

Text, because a spreadsheet's number 6 and text "006" are the same SAMM subject, and because an apex may be "/".
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glfnet.databases.workbooks import Line, Table, check_is_file, not_readable, read_workbook
from glfnet.errors import InputError, reason
from glfnet.path_kind import EXCEL_SUFFIXES
from glfnet.samples.csv_lines import read_csv_lines
from glfnet.samples.problems import check_problems

Columns = Mapping[str, tuple[str, ...]]
"""Our name of a field -> the headings that mean it, the usual one first; capitals, blanks and signs do not matter."""

_HEADER_WITHIN = 60  # rows; SAMM's preamble has 13
_SHOWN_CELLS = 4


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One clip's row.

    Attributes:
        row: its number in the spreadsheet, from 1.
        cells: field name -> text without blanks around it; "" where the cell or the whole column is missing.
    """

    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The clips of an annotation file.

    Attributes:
        file: where it was read from.
        fields: the fields that have a column.
        rows: one entry per clip, in the file's order.
        skipped: one sentence for each row below the header that names no clip but is not blank, such as a sum.
    """

    file: Path
    fields: frozenset[str]
    rows: tuple[SheetRow, ...]
    skipped: tuple[str, ...]


def read_sheet(
    path: Path, required: Columns, optional: Columns | None = None, *, prefer: str = "", key: str | None = "clip"
) -> Sheet:
    """Read an annotation file whose header row is looked for, in every sheet of a workbook.

    Args:
        path: `.xlsx`, `.xlsm`, `.xls` (needs xlrd) or `.csv` (UTF-8, commas or semicolons).
        required: fields that must have a column.
        optional: fields that may have one.
        prefer: name of the sheet to look at first.
        key: the field that is empty in rows that are no clips, such as a sum; None: every row that is not blank is one.

    Raises:
        InputError: if the file cannot be read, no row holds all required headings, a heading occurs twice over cells
            that differ, no clip follows, or clips have no subject or cells that only look empty; all rows at once.
    """
    columns = {**required, **(optional or {})}
    best: tuple[int, str, list[str]] = (0, "", list(required))
    for table in sorted(_read_tables(path), key=lambda table: table.name != prefer):
        for number, cells in table.lines[:_HEADER_WITHIN]:
            places = _places(cells, columns)
            missing = [field for field in required if field not in places]
            if not missing:
                return _sheet(path, table, (number, cells), places, key)
            if len(required) - len(missing) > best[0]:
                where = f" in row {number}{f' of sheet {table.name}' * bool(table.name)}"
                best = (len(required) - len(missing), where, missing)
    missing_headings = ", ".join(required[field][0] for field in best[2])
    raise InputError(
        file=path,
        found=f"no header row with all columns; closest{best[1]}, without {missing_headings}"
        if best[0]
        else "no header row",
        expected=f"a row with the headings {', '.join(names[0] for names in required.values())}",
        remedy="Give the annotation file as its authors ship it, or give its columns these names.",
    )


def _sheet(path: Path, table: Table, header: Line, places: Mapping[str, int], key: str | None) -> Sheet:
    below = [line for line in table.lines if line[0] > header[0]]
    rows: list[SheetRow] = []
    skipped: list[str] = []
    problems = list(_headings_twice(path, header, below, places))
    for number, cells in below:
        values = {field: cells[place] if place < len(cells) else "" for field, place in places.items()}
        if not table.name and any(cells[len(header[1]) :]):
            problems.append(_too_wide(path, number, len(cells), len(header[1])))
        is_clip = bool(values[key]) if key else any(cells)
        looked_at = places if is_clip or key is None else {key: places[key]}
        hidden = [(header[1][place], table.why_empty(number, place)) for place in looked_at.values()]
        problems += [_hidden(path, number, heading, why) for heading, why in hidden if why]
        if is_clip:
            rows.append(SheetRow(number, values))
            if key and not values.get("subject", "-") and not any(why for _, why in hidden):
                problems.append(_nobody(path, number, values[key]))
        elif any(cells):
            shown = ", ".join([cell for cell in cells if cell][:_SHOWN_CELLS])
            skipped.append(f"{path.name}, row {number} names no clip and was skipped: {shown}.")
    check_problems(path, problems)
    if not rows:
        raise InputError(
            file=path,
            found="a header row and no clips below it",
            expected="one row a clip",
            remedy="Give the whole annotation file.",
        )
    return Sheet(path, frozenset(places), tuple(rows), tuple(skipped))


def _headings_twice(path: Path, header: Line, below: Sequence[Line], places: Mapping[str, int]) -> Iterator[InputError]:
    """Yield a problem for each used heading that stands over two columns which do not say the same."""
    number, headings = header
    for place in places.values():
        for other in range(place + 1, len(headings)):
            if _plain(headings[other]) == _plain(headings[place]) and any(
                cells[place : place + 1] != cells[other : other + 1] for _, cells in below
            ):
                yield InputError(
                    file=path,
                    row=number,
                    found=f"two columns {headings[place]!r} that differ",
                    expected="one column of each name",
                    remedy="Take one of them out, or rename it.",
                )


def _too_wide(path: Path, number: int, cells: int, headings: int) -> InputError:
    return InputError(
        file=path,
        row=number,
        found=f"{cells} cells under {headings} headings",
        expected="no more cells than headings",
        remedy="Put a text that has a comma in it between quotation marks.",
    )


def _hidden(path: Path, number: int, heading: str, why: str) -> InputError:
    if "formula" in why:
        remedy = "Open the file in a spreadsheet program, let it compute, and save it again."
    else:
        remedy = "Take the merged cells apart and write the value into each row."
    return InputError(
        file=path, row=number, found=f"in column {heading} {why}", expected="a value in the cell itself", remedy=remedy
    )


def _nobody(path: Path, number: int, clip: str) -> InputError:
    return InputError(
        file=path,
        row=number,
        found=f"clip {clip} without a subject",
        expected="the subject in each row",
        remedy="Fill the cell; if it was merged with others, write the subject into each row.",
    )


def _places(cells: Sequence[str], columns: Columns) -> dict[str, int]:
    """Return the position of each field; of several headings that mean it, the one named first in `columns`."""
    headings: dict[str, int] = {}
    for place, cell in enumerate(cells):
        headings.setdefault(_plain(cell), place)
    found: dict[str, int] = {}
    for field, names in columns.items():
        there = [headings[_plain(name)] for name in names if _plain(name) in headings]
        if there:
            found[field] = there[0]
    return found


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _read_tables(path: Path) -> list[Table]:
    check_is_file(path)
    if path.suffix.lower() in EXCEL_SUFFIXES:
        return read_workbook(path)
    try:
        if path.suffix.lower() == ".csv":
            return [Table(name="", lines=read_csv_lines(path))]
        path.stat()
    except OSError as error:
        raise not_readable(path, error) from error
    except (UnicodeDecodeError, csv.Error) as error:
        remedy = 'Save it again in a spreadsheet program, as "CSV UTF-8" or as a workbook.'
        raise InputError(file=path, found=reason(error), expected="a CSV file in UTF-8", remedy=remedy) from error
    raise InputError(
        file=path,
        found=f"a file named *{path.suffix}" if path.suffix else "a name without an ending",
        expected=f"an annotation sheet named *.csv or *{', *'.join(EXCEL_SUFFIXES)}",
        remedy="Save it as .xlsx or .csv in a spreadsheet program.",
    )
