"""Annotation sheets as their authors ship them: Excel or CSV, the header wherever it stands, all cells as text.

Text, because a spreadsheet's number 6 and text "006" are the same SAMM subject, and because an apex may be "/".
"""

import csv
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from glfnet.errors import InputError
from glfnet.samples.csv_lines import read_csv_lines

Columns = Mapping[str, tuple[str, ...]]
"""Our name of a field -> the headings that mean it, the usual one first; capitals, blanks and signs do not matter."""

_EXCEL = (".xlsx", ".xlsm", ".xls")
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
        path: `.xlsx`, `.xlsm`, `.xls` (needs xlrd) or `.csv` (UTF-8, commas).
        required: fields that must have a column.
        optional: fields that may have one.
        prefer: name of the sheet to look at first.
        key: the field that is empty in rows that are no clips, such as a sum; None: every row that is not blank is one.

    Raises:
        InputError: if the file cannot be read, no row holds all required headings, or no clip follows.
    """
    best: tuple[int, str, list[str]] = (0, "", list(required))
    for name, lines in _read_lines(path, prefer):
        for number, cells in lines[:_HEADER_WITHIN]:
            places = _places(cells, {**required, **(optional or {})})
            missing = [field for field in required if field not in places]
            if not missing:
                return _sheet(path, places, [line for line in lines if line[0] > number], key)
            if len(required) - len(missing) > best[0]:
                best = (len(required) - len(missing), f" in row {number}{f' of sheet {name}' * bool(name)}", missing)
    missing_headings = ", ".join(required[field][0] for field in best[2])
    raise InputError(
        file=path,
        found=f"no header row with all columns; closest{best[1]}, without {missing_headings}"
        if best[0]
        else "no header row",
        expected=f"a row with the headings {', '.join(names[0] for names in required.values())}",
        remedy="Give the annotation file as its authors ship it, or give its columns these names.",
    )


def _sheet(path: Path, places: Mapping[str, int], lines: Iterable[tuple[int, list[str]]], key: str | None) -> Sheet:
    rows: list[SheetRow] = []
    skipped: list[str] = []
    for number, cells in lines:
        values = {field: cells[place] if place < len(cells) else "" for field, place in places.items()}
        if values[key] if key else any(cells):
            rows.append(SheetRow(number, values))
        elif any(cells):
            shown = ", ".join([cell for cell in cells if cell][:_SHOWN_CELLS])
            skipped.append(f"{path.name}, row {number} names no clip and was skipped: {shown}.")
    if not rows:
        raise InputError(
            file=path,
            found="a header row and no clips below it",
            expected="one row a clip",
            remedy="Give the whole annotation file.",
        )
    return Sheet(path, frozenset(places), tuple(rows), tuple(skipped))


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


def _read_lines(path: Path, prefer: str) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """Return (sheet name, lines with their numbers), the preferred sheet first."""
    try:
        if path.suffix.lower() == ".csv":
            return [("", read_csv_lines(path))]
        if path.suffix.lower() not in _EXCEL:
            raise ValueError(f"files named *{path.suffix or ' without suffix'} are no sheets")
        import pandas as pd  # takes half a second, which a reader of nothing but names must not wait for

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drawing and validation extensions that it leaves out
            book = pd.read_excel(path, sheet_name=None, header=None, dtype=object, keep_default_na=False)
    except (OSError, ValueError, KeyError, BadZipFile, ImportError, csv.Error) as error:
        raise InputError(
            file=path,
            found=f"no readable sheet ({error})",
            expected="an Excel workbook or a CSV file (UTF-8, commas)",
            remedy="Check the path; an old .xls needs `pip install xlrd`, or save it as .xlsx.",
        ) from error
    sheets = [
        (str(name), [(number, [_text(cell) for cell in cells]) for number, cells in enumerate(frame.to_numpy(), 1)])
        for name, frame in book.items()
    ]
    return sorted(sheets, key=lambda sheet: sheet[0] != prefer)


def _text(cell: object) -> str:
    if cell is None or cell != cell:  # NaN and NaT are not equal to themselves
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
