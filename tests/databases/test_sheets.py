import os
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from glfnet.databases.sheets import Columns, read_sheet
from glfnet.errors import InputError
from made_up_databases import write_sheet

COLUMNS: Columns = {"subject": ("Subject", "sub_ID"), "clip": ("Filename",), "onset_frame": ("OnsetFrame", "Onset")}
OPTIONAL: Columns = {"action_units": ("Action Units", "AU")}
HEADER: list[object] = ["Subject", "Filename", "OnsetFrame", "Action Units"]


def test_subjects_stay_text_and_numbers_lose_their_decimals(tmp_path: Path) -> None:
    sheet = read_sheet(write_sheet(tmp_path / "a.xlsx", [HEADER, ["006", "a", 46.0, 4.5], [6, "b", 1, None]]), COLUMNS)
    assert [dict(row.cells) for row in sheet.rows] == [
        {"subject": "006", "clip": "a", "onset_frame": "46"},
        {"subject": "6", "clip": "b", "onset_frame": "1"},
    ]
    assert [row.row for row in sheet.rows] == [2, 3]


def test_the_header_is_found_below_a_preamble_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [["Subject matter"], [None], ["Filename"], HEADER, ["01", "a", 1, "R4"]])
    sheet = read_sheet(path, COLUMNS, OPTIONAL)
    assert [(row.row, row.cells["action_units"]) for row in sheet.rows] == [(5, "R4")]
    assert sheet.fields == {"subject", "clip", "onset_frame", "action_units"}


@pytest.mark.parametrize("heading", ["OnsetFrame", "onset frame", "ONSET_FRAME ", "Onset", "onset'"])
def test_headings_are_known_whatever_their_capitals_blanks_and_signs(tmp_path: Path, heading: str) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [["sub_ID'", "Filename", heading], ["01", "a", 7]])
    assert read_sheet(path, COLUMNS, OPTIONAL).rows[0].cells["onset_frame"] == "7"


def test_of_two_columns_that_could_be_meant_the_usual_one_is_taken(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [["Onset", "Subject", "Filename", "OnsetFrame"], [1, "01", "a", 2]])
    assert read_sheet(path, COLUMNS).rows[0].cells["onset_frame"] == "2"


def test_a_csv_is_a_sheet_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Subject,Filename,OnsetFrame\n\n006,a,1\n007,b\n", encoding="utf-8-sig")
    rows = read_sheet(path, COLUMNS).rows
    assert [(row.row, row.cells["subject"], row.cells["onset_frame"]) for row in rows] == [
        (3, "006", "1"),
        (4, "007", ""),
    ]


def test_rows_that_name_no_clip_are_passed_over_and_said(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [HEADER, ["01", "a", 1, None], [None] * 4, ["Total", None, 255, None]])
    sheet = read_sheet(path, COLUMNS)
    assert len(sheet.rows) == 1
    assert sheet.skipped == ("a.xlsx, row 4 names no clip and was skipped: Total, 255.",)


def test_a_header_that_lacks_a_column_is_named_with_its_row(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [[None], ["Subject", "Filename", "Start"], ["01", "a", 1]])
    with pytest.raises(InputError) as caught:
        read_sheet(path, COLUMNS)
    assert "no header row with all columns; closest in row 2 of sheet Sheet1, without OnsetFrame" in str(caught.value)
    assert "expected a row with the headings Subject, Filename, OnsetFrame." in str(caught.value)


WORKBOOK = "expected an annotation sheet: an Excel workbook or a CSV file."
OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", None, f"found nothing there; {WORKBOOK} Check the path."),
        ("a.csv", None, f"found nothing there; {WORKBOOK} Check the path."),
        ("a.xlsx", b"", f"found an empty file; {WORKBOOK} Copy it again from its source."),
        ("a.xlsx", b"PK\3\4 cut off", f"found a damaged workbook; {WORKBOOK} Copy it again from its source."),
        ("a.xlsx", b"\0\1\2", f"found a damaged file or no workbook; {WORKBOOK} Copy it again from its source."),
        (
            "a.xlsx",
            b" <!DOCTYPE html><html><body>Log in</body></html>",
            f"found a web page under the name of a workbook; {WORKBOOK} Open it in a browser; if it asks for a login, "
            "download the sheet again, else save it as a workbook.",
        ),
        (
            "a.xlsx",
            b"Subject,Filename,OnsetFrame\n01,a,1\n",
            f"found text under the name of a workbook; {WORKBOOK} If it is a CSV file, let its name end in .csv; else "
            "save it as .xlsx in a spreadsheet program.",
        ),
        (
            "a.xlsx",
            OLD_EXCEL + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            f"found a workbook with a password; {WORKBOOK} Save it without a password in a spreadsheet program.",
        ),
        (
            "a.csv",
            b"Subject,Filename,OnsetFrame\n01,\xe4,1\n",
            "found text that is not UTF-8, or no text; expected a CSV file in UTF-8. Save it again in a spreadsheet "
            'program, as "CSV UTF-8" or as a workbook.',
        ),
        (
            "a.csv",
            b'Subject,Filename,OnsetFrame\n01,"a,1\n',
            "found text that is not CSV: quotation marks that do not close, or a cell without end; expected a CSV file "
            'in UTF-8. Save it again in a spreadsheet program, as "CSV UTF-8" or as a workbook.',
        ),
        (
            "a.pdf",
            b"%PDF",
            "found a file named *.pdf; expected an annotation sheet named *.csv or *.xlsx, *.xlsm, *.xls. Save it as "
            ".xlsx or .csv in a spreadsheet program.",
        ),
        (
            "a.csv",
            b"Subject,Filename,OnsetFrame\n",
            "found a header row and no clips below it; expected one row a clip. Give the whole annotation file.",
        ),
        (
            "a.csv",
            b"",
            "found no header row; expected a row with the headings Subject, Filename, OnsetFrame. Give the annotation "
            "file as its authors ship it, or give its columns these names.",
        ),
    ],
)
def test_what_is_no_sheet_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_sheet(tmp_path / name, COLUMNS)
    assert str(caught.value) == f"{tmp_path / name}: {sentence}"


def test_an_old_workbook_is_read_or_the_reader_that_it_needs_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(OLD_EXCEL + b"\0" * 600)
    with pytest.raises(InputError, match=r"found (an|a damaged) old Excel workbook \(.xls\);"):
        read_sheet(tmp_path / "a.xls", COLUMNS)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_a_pipe_is_no_sheet_and_never_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: found a pipe or a device; expected an annotation sheet"):
        read_sheet(tmp_path / name, COLUMNS)


def test_a_folder_is_no_sheet(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.csv", "c"):
        (tmp_path / name).mkdir()
        with pytest.raises(InputError, match=f"{name}: found a folder; .* Name the file of labels itself."):
            read_sheet(tmp_path / name, COLUMNS)


def test_semicolons_are_read_as_european_spreadsheets_write_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("SAMM, second version;;;\nSubject;Filename;OnsetFrame;AU\n006;a;1;4, 7\n", encoding="utf-8-sig")
    (row,) = read_sheet(path, COLUMNS, OPTIONAL).rows
    assert dict(row.cells) == {"subject": "006", "clip": "a", "onset_frame": "1", "action_units": "4, 7"}


def test_a_workbook_that_unpacks_to_much_more_than_a_sheet_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [HEADER, ["01", "a", 1, None]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings2.xml", b" " * 12_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"found a workbook that unpacks to 12 MB; expected .* at most 10 MB."):
        read_sheet(path, COLUMNS)


@pytest.mark.slow
def test_a_few_bytes_that_say_many_cells_are_refused(tmp_path: Path) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [HEADER, ["01", "a", 1, None]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    wide = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row) for row in range(3, 403))
    parts[sheet] = parts[sheet].replace(b"</sheetData>", wide + b"</sheetData>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=r"found a sheet of 5,\d{3},\d{3} cells or more; expected .* 5,000,000"):
        read_sheet(path, COLUMNS)


def test_formulas_without_a_saved_value_are_named_where_they_matter(tmp_path: Path) -> None:
    rows = [
        HEADER,
        ["01", "a", 1, "=A2"],
        ["02", "b", "=C2+1", None],
        ["03", "c", "=1", "x"],
        [None, None, "=SUM(C2:C4)"],
    ]
    path = write_sheet(tmp_path / "a.xlsx", rows)
    with pytest.raises(InputError) as caught:
        read_sheet(path, COLUMNS)
    text = str(caught.value)
    assert "found 2 problems" in text
    for number in (3, 4):
        assert (
            f"a.xlsx, row {number}: found in column OnsetFrame a formula whose value was never saved; expected a value "
            "in the cell itself. Open the file in a spreadsheet program, let it compute, and save it again." in text
        )


@pytest.mark.parametrize("column", ["A", "B", "C"])
def test_merged_cells_are_refused_in_every_row_that_they_would_leave_empty(tmp_path: Path, column: str) -> None:
    path = write_sheet(tmp_path / "a.xlsx", [HEADER, ["01", "a", 1, None], ["01", "b", 2, None], ["02", "c", 3, None]])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells(f"{column}2:{column}3")
    book.active.merge_cells("D2:D4")  # nothing in them, nothing lost
    book.save(path)
    with pytest.raises(InputError) as caught:
        read_sheet(path, COLUMNS, OPTIONAL)
    heading = HEADER["ABC".index(column)]
    assert str(caught.value) == (
        f"{path}, row 3: found in column {heading} a cell that is merged with the one in row 2; expected a value in "
        "the cell itself. Take the merged cells apart and write the value into each row."
    )


def test_a_clip_without_a_subject_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Subject,Filename,OnsetFrame\n01,a,1\n,b,2\n")
    with pytest.raises(InputError, match=r"row 3: found clip b without a subject; expected the subject in each row"):
        read_sheet(path, COLUMNS)


def test_two_columns_of_one_name_are_refused_if_they_differ(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Subject,Filename,OnsetFrame,subject \n01,a,1,01\n02,b,2,02\n")
    assert len(read_sheet(path, COLUMNS).rows) == 2
    path.write_text("Subject,Filename,OnsetFrame,subject \n01,a,1,01\n02,b,2,03\n")
    with pytest.raises(InputError, match=r"row 1: found two columns 'Subject' that differ; expected one column of"):
        read_sheet(path, COLUMNS)
