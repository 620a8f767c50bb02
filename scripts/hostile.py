"""Hostile words, bytes and tables, drawn by hypothesis; `scripts/hostile_cases.py` makes cases of them."""

import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

Rows = list[list[object]]
Draw = Callable[[st.SearchStrategy[Any]], Any]


# --- words ------------------------------------------------------------------------------------------------------------

_WORDS = (
    "", " ", "0", "-1", "-46", "46.5", "1e5", "1e400", "nan", "NaN", "inf", "None", "NULL", "True", "#N/A", "#REF!",
    "007", "..", ".", "/", "a/b", "a\\b", "../../x", "full", "CON", "~", "*", "?", "%s", "{}", "{0}", "[red]", "[/]",
    "$HOME", "=1+1", "=cmd|' /C calc'!A0", "+1", "@x", "-x", "--help", "a,b", 'a"b', "a;b", "a\tb", "a\nb", "a\r\nb",
    " a ", "\x1b[2J", "\x00", "\x7f", "\u202egnp.exe", "\ufeff", "\u200b", "名前", "Ünïcødé", "e\u0301", "😀",
    "\uff11\uff12", "x" * 300, "99999999999999", "happiness", "Happiness", "others", "surprise", "sub01", "s1", "c1",
    "2024-01-01", "1:30", "1/2", "1,5",
)  # fmt: skip


def words() -> st.SearchStrategy[str]:
    """Return what people, spreadsheets and attackers write into a cell."""
    return st.one_of(st.sampled_from(_WORDS), st.text(max_size=12), st.integers().map(str), st.floats().map(repr))


def cells() -> st.SearchStrategy[object]:
    """Return cells as a spreadsheet has them: also numbers, dates, truth values and nothing."""
    numbers = st.one_of(st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False))
    return st.one_of(words(), st.none(), st.booleans(), numbers, st.dates(), st.times())


# --- bytes ------------------------------------------------------------------------------------------------------------


@st.composite
def damaged(draw: Draw, content: bytes) -> bytes:
    """Return a file as a full disk, a bad copy or a wrong suffix leaves it."""
    kind = draw(st.sampled_from(("cut", "flipped", "empty", "noise", "html", "zeros", "twice")))
    if kind == "cut":
        return content[: draw(st.integers(0, max(len(content) - 1, 0)))]
    if kind == "flipped" and content:
        changed = bytearray(content)
        for at in draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
            changed[at] = draw(st.integers(0, 255))
        return bytes(changed)
    if kind == "noise":
        return draw(st.binary(max_size=200))
    if kind == "html":
        return b"<!DOCTYPE html><html><body><table><tr><td>Please log in</td></tr></table></body></html>"
    if kind == "zeros":
        return bytes(len(content))
    return content * 2 if kind == "twice" else b""


def perhaps_damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """Return mostly the file itself, so that what is wrong inside of it gets its turn."""
    return st.one_of(st.just(content), st.just(content), damaged(content))


# --- tables -----------------------------------------------------------------------------------------------------------


@st.composite
def changed_table(draw: Draw, rows: Rows) -> Rows:
    """Return a table (headings first) after one to three things that people do to tables."""
    table = [list(row) for row in rows]
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(_CHANGES))
        at = draw(st.integers(0, max(len(table) - 1, 0)))
        column = draw(st.integers(0, max(len(table[0]) - 1, 0))) if table else 0
        table = _change(draw, kind, table, at, column) if table else table
    return table


_CHANGES = (
    "cell", "cell", "cell", "cell", "heading", "drop column", "twice a column", "move column", "drop row",
    "twice a row", "blank row", "long row", "short row", "no rows", "nothing",
)  # fmt: skip


def _change(draw: Draw, kind: str, table: Rows, at: int, column: int) -> Rows:
    match kind:
        case "cell" if column < len(table[at]):
            table[at][column] = draw(cells())
        case "heading" if column < len(table[0]):
            table[0][column] = draw(words())
        case "drop column":
            return [row[:column] + row[column + 1 :] for row in table]
        case "twice a column":
            return [[*row, *row[column : column + 1]] for row in table]
        case "move column":
            return [[*row[column : column + 1], *row[:column], *row[column + 1 :]] for row in table]
        case "drop row":
            return table[:at] + table[at + 1 :]
        case "twice a row":
            return [*table, list(table[at])]
        case "blank row":
            return [*table[:at], [None] * len(table[at]), *table[at:]]
        case "long row":
            table[at].append(draw(cells()))
        case "short row":
            table[at] = table[at][:column]
        case "no rows":
            return table[:1]
        case "nothing":
            return []
    return table


def as_csv(rows: Rows, *, separator: str = ",", encoding: str = "utf-8") -> bytes:
    """Return a table as a text file."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows([["" if one is None else str(one) for one in row] for row in rows])
    return out.getvalue().encode(encoding, "replace")


def as_workbook(rows: Rows) -> bytes:
    """Return a table as an Excel workbook."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([ILLEGAL_CHARACTERS_RE.sub("", one) if isinstance(one, str) else one for one in row])
    book.save(out)
    return out.getvalue()


@st.composite
def sheets(draw: Draw, rows: Rows) -> tuple[str, bytes]:
    """Return the suffix and the content of a changed table in one of the forms in which people hand tables on."""
    table = draw(changed_table(rows))
    form = draw(st.sampled_from(("xlsx", "xlsx", "csv", "csv", "semicolon", "tab", "utf-16", "cp1252", "misnamed")))
    if form == "xlsx":
        suffix, content = ".xlsx", as_workbook(table)
    elif form == "misnamed":
        suffix, content = draw(st.sampled_from(((".csv", as_workbook(table)), (".xlsx", as_csv(table)))))
    else:
        separator = {"semicolon": ";", "tab": "\t"}.get(form, ",")
        encoding = form if form in ("utf-16", "cp1252") else draw(st.sampled_from(("utf-8", "utf-8-sig")))
        suffix, content = ".csv", as_csv(table, separator=separator, encoding=encoding)
    return suffix, draw(perhaps_damaged(content))
