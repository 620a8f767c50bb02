"""CAS(ME)2 from a made-up workbook and made-up frames in its own layout."""

from pathlib import Path

import pytest

from glfnet.databases.casme_sq import index_casme_sq
from glfnet.databases.long_videos.interval_row import IntervalRow, LongVideoIndex
from glfnet.errors import InputError
from made_up_databases import NAMING_RULES, make_frames, write_casme_sq, write_sheet, write_workbook

MACRO_ROW = [1, "disgust1_1", 10, 15, 40, "4+9", "negative", "macro-expression", "disgust"]
MICRO_ROW = [1, "disgust1_2", 60, 65, 70, "4", "negative", "micro-expression", "disgust"]


def casme_sq(tmp_path: Path, *rows: list[object], **options: object) -> LongVideoIndex:
    make_frames(tmp_path / "rawpic/s15/15_0101disgustingteeth", ["img1.jpg", "img90.jpg"])
    sheet = write_casme_sq(tmp_path / "code_final.xlsx", rows)
    return index_casme_sq(tmp_path, sheet, **options)  # type: ignore[arg-type]


def changed(row: list[object], **cells: object) -> list[object]:
    names = ("subject", "interval", "onset", "apex", "offset", "units", "emotion", "kind", "told")
    return [cells.get(name, cell) for name, cell in zip(names, row, strict=True)]


def numbers(row: IntervalRow) -> tuple[int | None, int | None, int | None]:
    return row.onset_frame, row.apex_frame, row.offset_frame


def test_each_row_of_the_headerless_sheet_is_an_interval_of_the_video_that_the_naming_sheets_give(
    tmp_path: Path,
) -> None:
    index = casme_sq(tmp_path, MICRO_ROW, MACRO_ROW)
    first, second = index.rows
    assert (first.video_id, first.sample_id) == ("casme_sq/s15/15_0101", "casme_sq/s15/disgust1_1")
    assert (first.kind, second.kind) == ("macro_expression", "micro_expression")
    assert numbers(second) == (60, 65, 70)
    assert (second.emotion, second.action_units, second.fps, second.row) == ("negative", "4", 30.0, 1)
    assert first.frames == tmp_path / "rawpic/s15/15_0101disgustingteeth"
    assert (first.layout, first.first_frame, first.excluded) == ("raw", None, "")
    assert index.summary() == (
        "2 intervals in 1 video of 1 subject, 0 of them excluded: micro-expression 1, macro-expression 1; 0 videos "
        "without an interval."
    )
    assert index.notes == (
        "casme_sq: 1 interval of micro-expressions instead of 57, 1 interval of macro-expressions instead of 300, 1 "
        "video instead of 98, 1 subject instead of 22 (Qu et al., CAS(ME)2, IEEE TAC 2018; videos: MEGC2020).",
    )


def test_a_code_that_a_spreadsheet_program_made_a_number_has_its_zero_again(tmp_path: Path) -> None:
    make_frames(tmp_path / "s15/15_0101", ["img1.jpg"])
    rules = {"rules of people": NAMING_RULES["naming rule1"], "rules of videos": [[101, "disgust1"]]}
    sheet = write_workbook(tmp_path / "a.xlsx", {"CASFEcode_final": [MACRO_ROW], **rules})
    assert index_casme_sq(tmp_path, sheet).rows[0].video == "15_0101"


def test_an_offset_of_zero_is_no_offset_and_an_apex_of_zero_no_apex_and_both_are_said(tmp_path: Path) -> None:
    index = casme_sq(tmp_path, changed(MACRO_ROW, offset=0), changed(MICRO_ROW, apex=0))
    assert [numbers(row) for row in index.rows] == [(10, 15, None), (60, None, 70)]
    assert not any(row.excluded for row in index.rows)
    notes = [
        "casme_sq: 1 interval (s15/disgust1_1) without an offset: its apex is taken as its end, as MEGC does.",
        "casme_sq: 1 interval (s15/disgust1_2) without an apex: none is put in its place.",
    ]
    assert list(index.notes[1:]) == notes


def test_an_interval_with_neither_offset_nor_apex_is_excluded_with_the_reason(tmp_path: Path) -> None:
    index = casme_sq(tmp_path, changed(MACRO_ROW, offset=0, apex=0), MICRO_ROW)
    reason = "neither an offset nor an apex is annotated, so nobody knows where it ends"
    assert [row.excluded for row in index.rows] == [reason, ""]
    assert index.notes[-1] == "casme_sq: 1 interval (s15/disgust1_1) with neither offset nor apex, excluded."


def test_an_apex_outside_its_interval_is_left_out_and_named_and_the_interval_counts(tmp_path: Path) -> None:
    index = casme_sq(tmp_path, changed(MACRO_ROW, apex=50))
    assert numbers(index.rows[0]) == (10, None, 40)
    assert index.rows[0].excluded == ""
    assert (
        "casme_sq: 1 interval (s15/disgust1_1 (onset 10, apex 50, offset 40)) whose apex is outside the interval: the "
        "apex is left out, the interval counts." in index.notes
    )


def test_an_offset_before_the_onset_stops_unless_faulty_rows_are_excluded(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"code_final\.xlsx, row 2: found casme_sq/s15/disgust1_2 with onset 60, apex 65, offset 7; expected "
        r"onset <= offset\. Look at the video; if the sheet is wrong, put the fix",
    ) as caught:
        casme_sq(tmp_path, MACRO_ROW, changed(MICRO_ROW, offset=7))
    assert caught.value.settings == ("corrections", "exclude_faulty")
    index = casme_sq(tmp_path, MACRO_ROW, changed(MICRO_ROW, offset=7), exclude_faulty=True)
    assert index.rows[1].excluded == "frame numbers out of order: onset 60, apex 65, offset 7"


def test_a_correction_of_ones_own_mends_a_cell_and_is_said(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        "[[corrections]]\ndatabase = 'casme_sq'\nsheet = '*'\nsubject = 's15'\nclip = 'disgust1_2'\n"
        "field = 'offset_frame'\nold = '7'\nnew = '70'\nreason = 'a zero is lost'\nsource = 'seen'\n"
    )
    index = casme_sq(tmp_path, changed(MICRO_ROW, offset=7), corrections=mine)
    assert numbers(index.rows[0]) == (60, 65, 70)
    assert index.notes[-1] == "corrected: casme_sq/s15/disgust1_2: offset_frame 7 -> 70: a zero is lost."


def test_a_video_that_no_row_names_is_kept_as_one_without_movement(tmp_path: Path) -> None:
    make_frames(tmp_path / "rawpic/s16/16_0401girlcrashing", ["img001.jpg"])
    index = casme_sq(tmp_path, MICRO_ROW)
    row = index.rows[1]
    assert (row.video_id, row.kind, row.interval, row.onset_frame) == ("casme_sq/s16/16_0401", "", "", None)
    assert index.summary().endswith("1 video without an interval.")
    assert index.notes[-1] == (
        "casme_sq: 1 video (s16/16_0401) that no row of the sheet names: nothing is annotated there, and what is found "
        "there counts as a false alarm."
    )


def test_an_interval_whose_video_is_not_there_is_excluded_with_the_reason(tmp_path: Path) -> None:
    index = casme_sq(tmp_path, MICRO_ROW, changed(MICRO_ROW, subject=22, interval="happy1_1"))
    assert [row.excluded for row in index.rows] == [
        "",
        "no frames: expected a folder such as s15/15_0101disgustingteeth/img1.jpg",
    ]
    assert "casme_sq: 1 interval (s40/happy1_1) without frames, excluded." in index.notes


def test_video_files_are_taken_where_there_are_no_pictures_or_when_asked_for(tmp_path: Path) -> None:
    video = tmp_path / "rawvideo/s15/15_0101disgustingteeth.avi"
    video.parent.mkdir(parents=True)
    video.write_bytes(b"")
    sheet = write_casme_sq(tmp_path / "a.xlsx", [MICRO_ROW])
    row = index_casme_sq(tmp_path, sheet).rows[0]
    assert (row.frames, row.layout, row.first_frame) == (video, "video", 1)
    make_frames(tmp_path / "rawpic/s15/15_0101disgustingteeth", ["img1.jpg"])
    assert index_casme_sq(tmp_path, sheet).rows[0].layout == "raw"
    assert index_casme_sq(tmp_path, sheet, layout="video").rows[0].layout == "video"
    with pytest.raises(InputError, match="found no video files; expected video files of casme_sq, named like the"):
        index_casme_sq(tmp_path / "rawpic", sheet, layout="video")
    make_frames(tmp_path / "copy/s15", [])
    (tmp_path / "copy/s15/15_0101disgustingteeth.mp4").write_bytes(b"")
    with pytest.raises(InputError, match=r"found 1 video of casme_sq in two places, such as .*\.mp4 and .*\.avi"):
        index_casme_sq(tmp_path, sheet, layout="video")


def test_cropped_pictures_are_told_by_their_folder(tmp_path: Path) -> None:
    make_frames(tmp_path / "longVideoFaceCropped/s15/15_0101", ["img_00001.jpg"])
    sheet = write_casme_sq(tmp_path / "a.xlsx", [MICRO_ROW])
    assert index_casme_sq(tmp_path, sheet).rows[0].layout == "cropped"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (changed(MICRO_ROW, subject=7), "row 1: found subject 7; expected one of 1, 2, 22, the numbers in sheet"),
        (changed(MICRO_ROW, interval="fear1_1"), "row 1: found interval fear1_1; expected a name such as disgust1_2"),
        (changed(MICRO_ROW, interval=None), "row 1: found interval empty; expected a name such as disgust1_2"),
        (changed(MICRO_ROW, onset=None), "row 1: found casme_sq/s15/disgust1_2 with onset empty, apex 65, offset 70; "
         "expected at least an onset"),
        (changed(MICRO_ROW, onset="6o"), "onset 6o, apex 65, offset 70; expected whole numbers from 0, or / where"),
        (changed(MICRO_ROW, kind="microscopic"), "with type microscopic; expected a type that begins with"),
        (changed(MICRO_ROW, kind=None), "with type empty; expected a type that begins with micro or macro"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path, row: list[object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        casme_sq(tmp_path, row)


def test_an_interval_that_stands_there_twice_is_an_error_and_one_that_only_has_the_same_name_is_none(
    tmp_path: Path,
) -> None:
    with pytest.raises(
        InputError, match=r"interval casme_sq/s15/disgust1_2 2 times \(rows 1, 2\); expected each interval once"
    ):
        casme_sq(tmp_path, MICRO_ROW, MICRO_ROW)
    assert len(casme_sq(tmp_path, MICRO_ROW, changed(MICRO_ROW, offset=71)).rows) == 2


def test_a_row_of_headings_that_somebody_added_is_skipped_and_said(tmp_path: Path) -> None:
    headings = ["Subject", "Video", "Onset", "Apex", "Offset", "AU", "Emotion", "Type", "Self"]
    index = casme_sq(tmp_path, headings, MICRO_ROW)
    assert [row.row for row in index.rows] == [2]
    assert "code_final.xlsx, row 1 holds headings and was skipped." in index.notes


def test_a_workbook_without_the_sheets_of_names_is_an_error(tmp_path: Path) -> None:
    make_frames(tmp_path / "s15/15_0101a", ["img1.jpg"])
    sheet = write_sheet(tmp_path / "a.xlsx", [MICRO_ROW])
    with pytest.raises(
        InputError,
        match=r"found the sheets Sheet1; expected the workbook of CAS\(ME\)2 with its sheets CASFEcode_final",
    ):
        index_casme_sq(tmp_path, sheet)
    with pytest.raises(InputError, match="found no row in sheet CASFEcode_final; expected the workbook"):
        casme_sq(tmp_path)


def test_a_sheet_of_another_database_than_the_frames_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="found 1 interval, none of which is in the 1 video found; expected videos such as s15/15_0101"
    ):
        casme_sq(tmp_path, changed(MICRO_ROW, subject=2))
