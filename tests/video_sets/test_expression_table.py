"""Tables of expressions: whatever their columns are called, and every row that is none."""

import json
from pathlib import Path

import pytest

from glfnet.errors import InputError
from glfnet.labels import MACRO, MICRO, kind_of
from glfnet.video_sets.expression_table import read_expression_table


def a_table(folder: Path, text: str, name: str = "truth.csv") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_table_of_an_index_and_one_of_made_up_videos_read_alike(tmp_path: Path) -> None:
    index = a_table(
        tmp_path,
        "database,subject,video,kind,onset_frame,apex_frame,offset_frame,emotion,fps,frames,excluded\n"
        "samm_long,006,006_1,Micro - 1/2,10,15,20,anger,200,v/006_1,\n"
        "samm_long,006,006_1,Macro,30,,90,Other,200,v/006_1,\n"
        "samm_long,006,006_2,Macro,30,,90,,200,v/006_2,no frames\n"
        "samm_long,007,007_1,,,,,,200,v/007_1,\n",
    )
    table = read_expression_table(index)
    first, second, third = table.videos
    assert (first.database, first.subject, first.video, first.fps) == ("samm_long", "006", "006_1", 200)
    assert first.frames == tmp_path / "v" / "006_1"
    micro, macro = first.expressions
    assert (micro.onset_index, micro.apex_index, micro.offset_index, micro.emotion, micro.kind) == (
        10, 15, 20, "negative", MICRO,
    )  # fmt: skip
    assert (macro.apex_index, macro.emotion, macro.kind) == (None, None, MACRO)
    assert (second.expressions, third.expressions, third.video) == ([], [], "007_1")
    assert table.notes == ("truth.csv: 1 row left out: 1 excluded (no frames).",)
    assert table.counted_from_0 is False
    made_up = a_table(
        tmp_path,
        "video,kind,onset_index,apex_index,offset_index,emotion\nv.mp4,blink,1,2,3,\nv.mp4,micro_expression,4,5,6,\n",
    )
    table = read_expression_table(made_up)
    assert (table.videos[0].video, table.videos[0].frames, table.counted_from_0) == ("v", tmp_path / "v.mp4", True)
    assert table.notes == ("truth.csv: 1 row left out: 1 blink.",)


def test_an_answer_is_named_by_the_video_that_it_is_about(tmp_path: Path) -> None:
    folder = tmp_path / "here.glfnet"
    file = a_table(folder, "face,kind,onset_index,apex_index,offset_index,emotion\n", "intervals.csv")
    for path in (folder, file):
        assert [(video.video, video.expressions) for video in read_expression_table(path).videos] == [("here", [])]
    (folder / "result.json").write_text(json.dumps({"recording": {"source": "/elsewhere/walk.mp4"}}))
    assert read_expression_table(folder).videos[0].video == "walk"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("v,1,2,x", "row 2: found 'x' as offset; expected the number of a frame, whole and from 0."),
        ("v,1,,", "row 2: found onset 1, offset empty; expected a table of expressions with the columns video, onset"),
        ("v,5,4,9", "row 2: found onset 5, apex 4, offset 9; expected onset <= apex <= offset. Correct the table."),
        ("v,1.5,2,3", "row 2: found '1.5' as onset; expected the number of a frame, whole and from 0."),
    ],
)
def test_a_row_that_is_none_is_named(tmp_path: Path, row: str, found: str) -> None:
    table = a_table(tmp_path, f"video,onset,apex,offset\n{row}\n")
    with pytest.raises(InputError) as caught:
        read_expression_table(table)
    assert str(caught.value).startswith(f"{table}, {found}")


def test_what_is_no_table_of_expressions_is_refused(tmp_path: Path) -> None:
    for text, found in (
        ("video,onset\nv,1\n", "row 1: found no column offset; expected a table of expressions"),
        ("video,onset,offset\n", "found no row below the names of the columns"),
        ("", "found an empty file"),
        ("video,onset,offset,fps\nv,1,2,fast\n", "row 2: found 'fast' as fps; expected frames per second, or nothing."),
    ):
        with pytest.raises(InputError) as caught:
            read_expression_table(a_table(tmp_path, text))
        assert found in str(caught.value)
    with pytest.raises(InputError, match=r"found no readable table \(No such file or directory\)"):
        read_expression_table(tmp_path / "none.csv")


def test_kinds_are_read_as_sheets_write_them() -> None:
    written = ("Micro - 1/2", "micro-expression", "Macro", "macro_expression", " ", "blink")
    assert [kind_of(word) for word in written] == [MICRO, MICRO, MACRO, MACRO, "", None]


def test_an_offset_that_is_missing_is_the_apex(tmp_path: Path) -> None:
    (video,) = read_expression_table(a_table(tmp_path, "video,onset,apex,offset,first_frame\nv,1,2,,1\n")).videos
    assert (video.expressions[0].offset_index, video.first_frame) == (2, 1)
