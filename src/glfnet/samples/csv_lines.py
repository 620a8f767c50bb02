"""Read a CSV table line by line, so that an error can name the line, which a table of pandas no longer knows."""

import csv
import io
import re
from pathlib import Path

_QUOTED = re.compile(r'"[^"]*"')


def read_csv_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, each with its number in the file; cells have no blanks around them.

    Args:
        path: UTF-8, commas, or semicolons as spreadsheet programs write them where a comma is in numbers.

    Raises:
        OSError: if the file cannot be read.
        UnicodeDecodeError: if it is not UTF-8.
        csv.Error: if it is not CSV. The caller knows, in all three cases, which file was expected; `csv_fault` has the
            words.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:  # -sig: spreadsheets write a mark in front
        text = file.read()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    return [(number, cells) for number, cells in lines if any(cells)]


def csv_fault(error: OSError | UnicodeDecodeError | csv.Error) -> str:
    """Return what is wrong with a file that `read_csv_lines` cannot read, in a few plain words."""
    if isinstance(error, OSError):
        return str(error.strerror or error)
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8, or no text"
    return "text that is not CSV: quotation marks that do not close, or a cell without end"


def _delimiter(text: str) -> str:
    """Return the sign between cells: the more frequent of the two in the first line that has one, outside quotes."""
    for line in text.splitlines():
        bare = _QUOTED.sub("", line)
        commas, semicolons = bare.count(","), bare.count(";")
        if commas or semicolons:
            return ";" if semicolons > commas else ","
    return ","
