from pathlib import Path

import pytest

from glfnet.databases.own_data import index_own_data
from glfnet.errors import InputError
from glfnet.path_kind import VIDEO_SUFFIXES
from glfnet.samples.subjects import ALL_TOGETHER
from glfnet.scores.run_scores import FULL
from made_up_databases import make_frames, write_sheet

HEADER = "subject,clip,frames,onset,apex,offset,emotion"


def table(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "clips.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_folders_and_videos_are_clips_relative_to_the_table(tmp_path: Path) -> None:
    make_frames(tmp_path / "anna/smile", ["0.png"])
    (tmp_path / "ben.MP4").write_bytes(b"")
    index = index_own_data(table(tmp_path, "007,smile,anna/smile,0,3,9,happiness", "ben,b,ben.MP4,5,,,fear"))
    first, second = index.clips
    assert (first.sample_id, first.frames, first.layout) == ("own/007/smile", tmp_path / "anna/smile", "raw")
    assert (first.onset_frame, first.apex_frame, first.offset_frame, first.emotion) == (0, 3, 9, "happiness")
    assert (second.layout, second.apex_frame, second.offset_frame, second.fps, second.row) == (
        "video",
        None,
        None,
        0.0,
        3,
    )
    assert index.notes == (
        "1 of 2 clips without an apex: it is to be estimated.",
        "1 of 2 clips without an offset.",
        "2 of 2 clips whose frame rate is not known.",
    )


def test_every_file_that_predict_takes_for_a_video_is_one_here_too(tmp_path: Path) -> None:
    for suffix in VIDEO_SUFFIXES:
        (tmp_path / f"ben{suffix}").write_bytes(b"")
    rows = [f"ben,{suffix[1:]},ben{suffix},5,,,fear" for suffix in VIDEO_SUFFIXES]
    assert {clip.layout for clip in index_own_data(table(tmp_path, *rows)).clips} == {"video"}


def test_further_columns_tell_database_frame_rate_and_action_units(tmp_path: Path) -> None:
    make_frames(tmp_path / "f", ["1.png"])
    header = "database,subject,clip,frames,onset,apex,offset,emotion,fps,action_units,remark"
    (clip,) = index_own_data(table(tmp_path, "lab,s1,a,f,1,2,3,joy,120,6+12,nice", header=header), fps=50).clips
    assert (clip.subject.database, clip.fps, clip.action_units) == ("lab", 120.0, "6+12")
    (clip,) = index_own_data(table(tmp_path, "s1,a,f,1,2,3,joy"), fps=50, database="mine").clips
    assert (clip.sample_id, clip.fps) == ("mine/s1/a", 50.0)


def test_the_table_may_be_a_workbook_and_frames_may_lie_elsewhere(tmp_path: Path) -> None:
    make_frames(tmp_path / "disk/f", ["1.png"])
    path = write_sheet(tmp_path / "clips.xlsx", [HEADER.split(","), [7, "a", "f", 1, 2, 3, "joy"]])
    (clip,) = index_own_data(path, folder=tmp_path / "disk").clips
    assert (clip.sample_id, clip.frames) == ("own/7/a", tmp_path / "disk/f")


def test_all_faults_of_a_table_are_named_at_once(tmp_path: Path) -> None:
    make_frames(tmp_path / "f", ["1.png"])
    (tmp_path / "notes.txt").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        index_own_data(
            table(
                tmp_path,
                "s1,a,f,1,2,3,joy",
                "s1,a,f,1,2,3,joy",
                "s1,,f,1,2,3,joy",
                "s1,c,f,1,2,3,",
                "s1,d,f,five,2,3,joy",
                "s1,e,f,5,2,3,joy",
                "s1,f,gone,1,2,3,joy",
                "s1,g,notes.txt,1,2,3,joy",
                f"s1,h,{'x' * 300},1,2,3,joy",
            )
        )
    text = str(caught.value)
    assert "clips.csv: found 8 problems" in text
    assert "row 4: found nothing in column clip;" in text
    assert "row 5: found nothing in column emotion;" in text
    assert "row 6: found onset five, apex 2, offset 3, fps empty; expected subject, clip, frames, onset" in text
    assert "row 7: found onset 5, apex 2, offset 3, fps empty; expected onset <= apex <= offset." in text
    assert f"row 8: found frames {tmp_path / 'gone'}, which is neither a folder nor a video;" in text
    assert f"row 9: found frames {tmp_path / 'notes.txt'}, which is neither" in text
    assert f"row 10: found frames {tmp_path / ('x' * 300)}, which is neither" in text
    assert "found clip own/s1/a 2 times (row 2, row 3)" in text


def test_a_table_that_a_european_spreadsheet_program_wrote_is_read(tmp_path: Path) -> None:
    make_frames(tmp_path / "f", ["1.png"])
    path = tmp_path / "clips.csv"
    path.write_text(f"{HEADER}\ns1,a,f,1,2,3,joy\n".replace(",", ";"), encoding="utf-8-sig")
    (clip,) = index_own_data(path).clips
    assert (clip.sample_id, clip.onset_frame, clip.emotion) == ("own/s1/a", 1, "joy")


def test_a_comma_that_would_push_a_cell_out_of_the_table_is_refused(tmp_path: Path) -> None:
    make_frames(tmp_path / "f", ["1.png"])
    with pytest.raises(InputError, match=r"row 2: found 8 cells under 7 headings; .* between quotation marks"):
        index_own_data(table(tmp_path, "s1,a,f,1,2,3,joy, perhaps"))


def test_names_that_evaluate_refuses_and_people_under_two_names_are_refused_all_at_once(tmp_path: Path) -> None:
    make_frames(tmp_path / "f", ["1.png"])
    rows = [
        f"{subject},c,f,1,2,3,joy,{database}"
        for subject, database in [("a/b", "own"), ("s0", "=lab"), ("s1", "x/y"), ("s2", "full"), ("Anna", "lab")]
    ]
    with pytest.raises(InputError) as caught:
        index_own_data(table(tmp_path, *rows, "anna ,d,f,1,2,3,joy,lab", header=HEADER + ",database"))
    text = str(caught.value)
    assert "found 5 problems" in text
    assert "row 2: found a slash in the name of subject a/b; expected names without slashes, since ids are" in text
    assert "row 3: found a database called =lab; expected a name that no spreadsheet program takes" in text
    assert "row 4: found a slash in the name of database x/y; expected names without slashes" in text
    assert "row 5: found a database called full; expected another name: this one stands for all databases" in text
    assert "found subjects lab/Anna (row 6) and lab/anna (row 7); expected one spelling a person, or names that" in text
    assert ALL_TOGETHER == FULL
