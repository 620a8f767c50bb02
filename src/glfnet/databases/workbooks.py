"""Excel workbooks as lines of text, and what to say of a file that only has the name of one.

Sizes are looked at before anything is unpacked: a workbook is a zip archive, and 500 kB of it can hold 500 MB.
"""

import io
import re
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse
from zipfile import BadZipFile, ZipFile

from glfnet.errors import InputError, reason
from glfnet.files import is_pipe_or_device

_MOST_BYTES = 10_000_000  # ours, unpacked, without pictures: the largest sheet that we know of a database has 0.7 MB
_MOST_ROWS = 1_048_576  # Excel's own bound; a damaged workbook may number its rows higher
_MOST_CELLS = 5_000_000  # ours: a row is as long as its last cell is far, and a few bytes can say 16,384 columns
_HEAD = 4096
_ZIP, _OLD_EXCEL = b"PK", bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream that a password leaves of a workbook
_WEB_PAGE = re.compile(rb"<(!doctype\s+html|html|head|body|table)\b", re.IGNORECASE)
# What openpyxl raises for damaged workbooks, as its parsers let it through.
_DAMAGED = (
    OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, EOFError, ArithmeticError, RuntimeError,
    BadZipFile, zlib.error,
)  # fmt: skip

Range = tuple[int, int, int, int]
Line = tuple[int, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One sheet of a workbook, or a CSV file.

    Attributes:
        name: the sheet's name; empty for a CSV file.
        lines: number of the row, from 1, and the text of its cells without blanks around it; "" for an empty cell.
        merged: merged cells: first column, first row, last column, last row, each from 1.
        not_computed: row and column, from 1, of formulas whose value was never saved.
    """

    name: str
    lines: list[Line]
    merged: tuple[Range, ...] = ()
    not_computed: frozenset[tuple[int, int]] = frozenset()

    def why_empty(self, row: int, place: int) -> str:
        """Return why a cell looks empty that is not, in words; "" if it is empty.

        Args:
            row: from 1.
            place: of the cell in its row, from 0.
        """
        if (row, place + 1) in self.not_computed:
            return "a formula whose value was never saved"
        for left, top, _, bottom in self.merged:
            if left == place + 1 and top < row <= bottom and self._has(top, place):
                return f"a cell that is merged with the one in row {top}"
        return ""

    def _has(self, row: int, place: int) -> bool:
        cells = self.lines[row - 1][1] if row <= len(self.lines) else []
        return place < len(cells) and bool(cells[place])


def read_workbook(path: Path) -> list[Table]:
    """Read all sheets of a workbook, in its order.

    Args:
        path: `.xlsx`, `.xlsm` or `.xls` (needs xlrd); what is in it counts, not its name.

    Raises:
        InputError: if it is no workbook, has a password, is damaged or is too large.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise not_readable(path, error) from error
    if head.startswith(_OLD_EXCEL):
        return _read_old(path)
    if not head.startswith(_ZIP):
        raise _no_workbook(path, head)
    try:
        with ZipFile(path) as archive:
            _check_size(path, archive)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of drawing and validation extensions that it leaves out
            return list(_tables(path))
    except InputError:
        raise
    except _DAMAGED as error:
        raise _bad(path, "a damaged workbook", "Copy it again from its source.") from error


def check_is_file(path: Path) -> None:
    """Raise an error if something else than a file is there.

    Raises:
        InputError: for a folder, and for a pipe or a device, which could be waited for without end.
    """
    if path.is_dir():
        raise _bad(path, "a folder", "Name the file of labels itself.")
    if is_pipe_or_device(path):
        raise _bad(path, "a pipe or a device", "Name a file.")


def not_readable(path: Path, error: OSError) -> InputError:
    """Return the error to raise for a file that is not there or may not be read."""
    if not path.exists():
        return _bad(path, "nothing there", "Check the path.")
    return _bad(path, f"a file that cannot be read ({reason(error)})", "Check its permissions and the disk.")


def _tables(path: Path) -> Iterator[Table]:
    from openpyxl import load_workbook  # takes a moment, which a reader of nothing but names must not wait for

    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write wrong ones
            lines: list[Line] = []
            many = 0
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                many += len(cells)
                if number > _MOST_ROWS or many > _MOST_CELLS:
                    raise _too_large(path, f"a sheet of {max(number, many):,} cells or more")
                lines.append((number, [cell_text(cell) for cell in cells]))
            with ZipFile(path) as archive, archive.open(sheet._worksheet_path) as part:
                merged, not_computed = _not_in_values(part)
            yield Table(name=sheet.title, lines=lines, merged=merged, not_computed=not_computed)
    finally:
        book.close()


def _not_in_values(part: Any) -> tuple[tuple[Range, ...], frozenset[tuple[int, int]]]:
    """Return what a reader of values alone does not see: merged cells, and formulas without a value."""
    from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

    merged: list[Range] = []
    not_computed: set[tuple[int, int]] = set()
    for _, element in iterparse(part):
        kind = element.tag.rpartition("}")[2]
        if kind == "mergeCell":
            merged.append(range_boundaries(element.get("ref")))
        elif kind == "c" and element.get("r") and element.get("t") != "str":  # a text may have been computed as empty
            inside = {child.tag.rpartition("}")[2]: child.text for child in element}
            if "f" in inside and not inside.get("v"):
                not_computed.add(coordinate_to_tuple(element.get("r")))
        elif kind == "row":
            element.clear()
    return tuple(merged), frozenset(not_computed)


def _read_old(path: Path) -> list[Table]:
    if _ENCRYPTED in path.read_bytes():
        raise _with_password(path)
    import pandas as pd  # takes half a second

    try:
        import xlrd

        quiet = {"logfile": io.StringIO()}  # xlrd prints what it finds odd
        book = pd.read_excel(
            path, sheet_name=None, header=None, dtype=object, keep_default_na=False, engine="xlrd", engine_kwargs=quiet
        )
    except ImportError as error:
        remedy = "Save it as .xlsx in a spreadsheet program, or install a reader for it with `pip install xlrd`."
        raise _bad(path, "an old Excel workbook (.xls)", remedy) from error
    except (*_DAMAGED, xlrd.XLRDError, xlrd.compdoc.CompDocError) as error:
        if "encrypted" in str(error).lower():
            raise _with_password(path) from error
        raise _bad(path, "a damaged old Excel workbook (.xls)", "Save it as .xlsx in a spreadsheet program.") from error
    return [Table(name=str(name), lines=_lines(frame.to_numpy())) for name, frame in book.items()]


def _lines(rows: Iterable[Iterable[object]]) -> list[Line]:
    return [(number, [cell_text(cell) for cell in cells]) for number, cells in enumerate(rows, 1)]


def cell_text(cell: object) -> str:
    """Return a cell's text without blanks around it: a number without needless decimals, "" for an empty cell."""
    if cell is None or cell != cell:  # NaN and NaT are not equal to themselves
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _check_size(path: Path, archive: ZipFile) -> None:
    size = sum(part.file_size for part in archive.infolist() if part.filename.lower().endswith((".xml", ".rels")))
    if size > _MOST_BYTES:
        raise _too_large(path, f"a workbook that unpacks to {size / 1e6:.0f} MB")


def _too_large(path: Path, found: str) -> InputError:
    expected = f"an annotation sheet, at most {_MOST_BYTES / 1e6:.0f} MB and {_MOST_CELLS:,} cells"
    remedy = "Copy the rows of the clips into a new workbook, or save them as a CSV file."
    return InputError(file=path, found=found, expected=expected, remedy=remedy)


def _no_workbook(path: Path, head: bytes) -> InputError:
    """Say what a file is that has the name of a workbook and is none."""
    if not head:
        return _bad(path, "an empty file", "Copy it again from its source.")
    if _WEB_PAGE.search(head):
        remedy = "Open it in a browser; if it asks for a login, download the sheet again, else save it as a workbook."
        return _bad(path, "a web page under the name of a workbook", remedy)
    if b"\0" not in head:
        remedy = "If it is a CSV file, let its name end in .csv; else save it as .xlsx in a spreadsheet program."
        return _bad(path, "text under the name of a workbook", remedy)
    return _bad(path, "a damaged file or no workbook", "Copy it again from its source.")


def _with_password(path: Path) -> InputError:
    return _bad(path, "a workbook with a password", "Save it without a password in a spreadsheet program.")


def _bad(path: Path, found: str, remedy: str) -> InputError:
    expected = "an annotation sheet: an Excel workbook or a CSV file"
    return InputError(file=path, found=found, expected=expected, remedy=remedy)
