"""Frame folders and annotation sheets in each database's own layout, for the tests of the databases room.

Frames are tiny grey pictures under the right names; only the frames that are asked for are made.
"""

import io
from collections.abc import Iterable, Sequence
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
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path
