"""Frame folders and annotation sheets in each database's own layout, for the tests of the databases room.

Frames are tiny grey pictures under the right names; only the frames that are asked for are made.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import openpyxl
from PIL import Image

LABELS = Path(__file__).parents[2] / "shared" / "data" / "labels"
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".png": "PNG"}


@cache
def tiny_picture(suffix: str) -> bytes:
    """Return a grey picture of 4x4 pixels as file content."""
    content = io.BytesIO()
    Image.new("L", (4, 4), 128).save(content, _FORMATS[suffix])
    return content.getvalue()


def make_frames(folder: Path, names: Iterable[str]) -> Path:
    """Make one tiny picture a name, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(tiny_picture(Path(name).suffix.lower()))
    return folder


def write_sheet(path: Path, rows: Sequence[Sequence[object]], *, sheet: str = "Sheet1") -> Path:
    """Write rows, the headings among them, as an Excel workbook; None is a blank cell."""
    return write_workbook(path, {sheet: rows})


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """Write an Excel workbook of several sheets, in this order; None is a blank cell."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(list(row))
    book.save(path)
    return path


NAMING_RULES: Mapping[str, Sequence[Sequence[object]]] = {
    "naming rule1": [["15", "s15", 1], ["16", "s16", 2], ["40", "s40", 22]],
    "naming rule2": [["0101", "disgust1"], ["0401", "anger1"], ["0502", "happy1"]],
}
"""The two sheets of names in the workbook of CAS(ME)2, shortened."""


def write_casme_sq(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Write a workbook as CAS(ME)2 ships it: no headers, names in two further sheets."""
    return write_workbook(path, {"CASFEcode_final": rows, **NAMING_RULES})
