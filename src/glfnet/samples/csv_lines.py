"""CSV tables: no spreadsheet program computes a name that we write; a line that cannot be read has its number.

A spreadsheet program takes a cell such as `=1+1` for a formula, wherever it comes from. Where a cell of ours would be
one, it gets an apostrophe in front, which `read_csv_lines` takes away again, so every text comes back as it was.
"""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

_QUOTED = re.compile(r'"[^"]*"')
# With apostrophes in front, so that a text which has them already comes back as it was. A lone sign is no formula.
_FORMULA = re.compile(r"'*[=+\-@\t\r].", re.DOTALL)
_NUMBER = re.compile(r"[+-](\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def is_formula(text: str) -> bool:
    """Return whether a spreadsheet program would take a cell for a formula; apostrophes in front do not count."""
    return _FORMULA.match(text) is not None and _NUMBER.fullmatch(text) is None


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV: commas, one line a row; texts that would be formulas have an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(map(_harmless, row) for row in rows)
    return text.getvalue()


def read_csv_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, each with its number in the file; cells have no blanks around them.

    The apostrophe that keeps a cell from being a formula is taken away.

    Args:
        path: UTF-8, commas, or semicolons as spreadsheet programs write them where a comma is in numbers.

    Raises:
        OSError: if the file cannot be read.
        UnicodeDecodeError: if it is not UTF-8.
        csv.Error: if it is not CSV. The caller knows, in all three cases, which file was expected; `errors.reason`
            has the words.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:  # -sig: spreadsheets write a mark in front
        return csv_lines(file.read())


def csv_lines(text: str) -> list[tuple[int, list[str]]]:
    """Return the lines of a text as `read_csv_lines` does those of a file.

    Raises:
        csv.Error: if it is not CSV.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    lines = [(reader.line_num, [_as_it_was(cell.strip()) for cell in cells]) for cells in reader]
    return [(number, cells) for number, cells in lines if any(cells)]


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and is_formula(cell) else cell


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


def _delimiter(text: str) -> str:
    """Return the sign between cells: the more frequent of the two in the first line that has one, outside quotes."""
    for line in text.splitlines():
        bare = _QUOTED.sub("", line)
        commas, semicolons = bare.count(","), bare.count(";")
        if commas or semicolons:
            return ";" if semicolons > commas else ","
    return ","
