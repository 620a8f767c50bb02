"""SAMM Long Videos from a made-up sheet with its preamble and made-up frames in its own layout."""

from pathlib import Path

import pytest

from glfnet.databases.long_videos.interval_row import LongVideoIndex
from glfnet.databases.samm_long import index_samm_long
from glfnet.errors import InputError
from made_up_databases import make_frames, write_sheet

PREAMBLE = [["SAMM Long Videos"], [], *[[f"note {n}"] for n in range(7)]]
HEADER = ["Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset", "Duration", "Type", "Action Units", "Notes"]  # fmt: skip  # noqa: E501
MICRO_ROW = [6, "006_1_2", 1, 30, 45.0, 70, 41, "Micro - 1/2", "4+7", None]
MACRO_ROW = [6, "006_1_3", 1, 80, 200, 390, 311, "Macro", "12", None]


def samm_long(tmp_path: Path, *rows: list[object], **options: object) -> LongVideoIndex:
    make_frames(tmp_path / "SAMM_longvideos/006_1", ["006_1_0001.jpg", "006_1_0400.jpg"])
    sheet = write_sheet(tmp_path / "SAMM_LongVideos_V2_Release.xlsx", [*PREAMBLE, HEADER, *rows])
    return index_samm_long(tmp_path, sheet, **options)  # type: ignore[arg-type]


def test_the_rows_below_the_preamble_are_intervals_of_the_videos_that_their_names_begin_with(tmp_path: Path) -> None:
    index = samm_long(tmp_path, MACRO_ROW, MICRO_ROW)
    first, second = index.rows
    assert (first.video_id, first.sample_id) == ("samm_long/006/006_1", "samm_long/006/006_1_2")
    assert (first.kind, second.kind) == ("micro_expression", "macro_expression")
    assert (first.onset_frame, first.apex_frame, first.offset_frame, first.row) == (30, 45, 70, 12)
    assert (first.emotion, first.action_units, first.fps) == ("", "4+7", 200.0)
    assert first.frames == tmp_path / "SAMM_longvideos/006_1"
    assert index.notes == (
        "samm_long: 1 interval of micro-expressions instead of 159, 1 interval of macro-expressions instead of 343, 1 "
        "video instead of 147, 1 subject instead of 30 (Yap et al., SAMM Long Videos, FG 2020, and MEGC2020).",
    )


def test_a_movement_that_began_before_the_video_keeps_its_onset_zero_and_is_named(tmp_path: Path) -> None:
    index = samm_long(tmp_path, [6, "006_1_1", 1, 0, -1, 70, 71, "Macro", "12", None])
    assert (index.rows[0].onset_frame, index.rows[0].apex_frame, index.rows[0].excluded) == (0, None, "")
    assert index.notes[1:] == (
        "samm_long: 1 interval (006/006_1_1) with onset 0: the movement had begun before the video did.",
        "samm_long: 1 interval (006/006_1_1) without an apex: none is put in its place.",
    )


def test_a_movement_that_ends_behind_the_last_picture_is_corrected_with_its_reason(tmp_path: Path) -> None:
    make_frames(tmp_path / "SAMM_longvideos/020_6", ["020_6_0001.jpg"])
    row = [20, "020_6_5", 6, 3532, 4000, 5476, 1945, "Macro", "4", None]
    others = [[6, f"006_1_{n}", 1, n, n, n + 9, 10, "Macro", "4", None] for n in range(1, 502)]  # 502, as published
    index = samm_long(tmp_path, row, *others)
    assert index.rows[-1].offset_frame == 5001
    assert index.notes[-1] == (
        "corrected: samm_long/020/020_6_5: offset_frame 5476 -> 5001: the last picture of the video is 5001; "
        "MEGC2020's list of intervals has 5476."
    )
    assert samm_long(tmp_path, row, *others, no_corrections=True).rows[-1].offset_frame == 5476


def test_the_emotions_of_micro_movements_come_from_the_sheet_of_samm(tmp_path: Path) -> None:
    header = ["Subject", "Filename", "Onset Frame", "Estimated Emotion"]
    emotions = write_sheet(
        tmp_path / "SAMM.xlsx", [header, ["006", "006_1_2", 30, "Anger"], ["006", "006_1_3", 9, "x"]]
    )
    unnamed = [6, "006_1_5", 1, 300, 310, 320, 21, "Micro - 1/2", "4", None]
    index = samm_long(tmp_path, MICRO_ROW, MACRO_ROW, unnamed, emotions=emotions)
    assert [row.emotion for row in index.rows] == ["Anger", "", ""]
    assert "samm_long: 1 emotion from SAMM.xlsx." in index.notes
    assert "samm_long: 1 micro-expression (006/006_1_5) without an emotion there." in index.notes


def test_a_video_that_no_row_names_belongs_to_the_person_in_its_folders_name(tmp_path: Path) -> None:
    make_frames(tmp_path / "SAMM_longvideos/7_2", ["7_2_0001.jpg"])
    assert samm_long(tmp_path, MICRO_ROW).rows[1].video_id == "samm_long/007/007_2"


def test_the_folders_of_samms_short_clips_are_no_videos(tmp_path: Path) -> None:
    make_frames(tmp_path / "SAMM/006/006_1_2", ["006_0001.jpg"])
    sheet = write_sheet(tmp_path / "a.xlsx", [HEADER, MICRO_ROW])
    with pytest.raises(
        InputError,
        match=r"found no clip folders; expected raw or cropped frames of samm_long, such as 006_1/006_1_0001",
    ):
        index_samm_long(tmp_path / "SAMM", sheet)


def test_a_frame_number_with_a_fraction_is_an_error_that_names_the_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 11: found samm_long/006/006_1_9 with onset 30\.5, apex 45, offset 70"):
        samm_long(tmp_path, [6, "006_1_9", 1, 30.5, 45, 70, 41, "Micro - 1/2", "4+7", None])
