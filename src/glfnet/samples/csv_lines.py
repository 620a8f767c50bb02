"""Read a CSV table line by line, so that an error can name the line, which a table of pandas no longer knows."""

import csv
from pathlib import Path


def read_csv_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, each with its number in the file; cells have no blanks around them.

    Args:
        path: UTF-8, commas.

    Raises:
        OSError: if the file cannot be read.
        UnicodeDecodeError: if it is not UTF-8.
        csv.Error: if it is not CSV. The caller knows, in all three cases, which file was expected.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:  # -sig: spreadsheets write a mark in front
        reader = csv.reader(file, strict=True)
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    return [(number, cells) for number, cells in lines if any(cells)]
