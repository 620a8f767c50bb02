from pathlib import Path

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


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.xlsx", None, "no readable sheet"),
        ("a.xlsx", b"not a workbook", "no readable sheet"),
        ("a.csv", b"\xff\xfe\x00", "no readable sheet"),
        ("a.pdf", b"%PDF", "no readable sheet (files named *.pdf are no sheets)"),
        ("a.csv", b"Subject,Filename,OnsetFrame\n", "a header row and no clips below it"),
        ("a.csv", b"", "no header row"),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, name: str, content: bytes | None, found: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_sheet(tmp_path / name, COLUMNS)
    assert found in caught.value.found
    assert caught.value.file == tmp_path / name
