"""CAS(ME)3's part A as long videos, from a made-up sheet and made-up frames in its own layout."""

from pathlib import Path

from glfnet.databases.casme3_long import index_casme3_long
from made_up_databases import make_frames, write_sheet

HEADER = ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Expression type", "Objective class"]


def test_the_sheet_of_both_kinds_gives_intervals_of_the_videos_of_part_a(tmp_path: Path) -> None:
    make_frames(tmp_path / "part_A/spNO.1/a/color", ["0.jpg", "90.jpg"])
    make_frames(tmp_path / "part_A/spNO.1/a/depth", ["0.png"])
    make_frames(tmp_path / "part_A/spNO.2/b/color", ["8.jpg"])
    rows = [
        ["spNO.1", "A", 40, 45, 55, "4", "Micro-expression", "I"],
        ["spNO.1", "a", 10, 0, 70, "12", "Macro-expression", "II"],
    ]
    index = index_casme3_long(tmp_path, write_sheet(tmp_path / "CAS(ME)3_part_A_v2.xlsx", [HEADER, *rows]))
    first, second, third = index.rows
    assert [row.sample_id for row in index.rows] == [
        "casme3_long/spNO.1/a_10",
        "casme3_long/spNO.1/a_40",
        "casme3_long/spNO.2/b",
    ]
    assert (first.kind, second.kind, third.kind) == ("macro_expression", "micro_expression", "")
    assert first.frames == second.frames == tmp_path / "part_A/spNO.1/a/color"
    assert (first.apex_frame, first.offset_frame, first.action_units, first.fps) == (None, 70, "12", 30.0)
    assert index.notes[0].startswith(
        "casme3_long: 1 interval of micro-expressions instead of 943, 1 interval of macro-"
    )
