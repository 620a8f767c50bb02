import re
from dataclasses import replace
from pathlib import Path

import pytest

import glfnet
from glfnet.databases.check.diagnosis import Diagnosis
from glfnet.databases.check.intervals import diagnose_intervals, diagnosis_of
from glfnet.databases.check.page import check_page
from glfnet.databases.long_videos.interval_row import IntervalRow
from glfnet.databases.long_videos.interval_table import write_intervals
from glfnet.errors import SettingsError
from glfnet.labels import MACRO, MICRO
from glfnet.samples.subjects import SubjectId
from made_up_databases import make_frames
from whole_pages import faults_of

INDEX = Path("index.csv")


@pytest.fixture
def row(tmp_path: Path) -> IntervalRow:
    """Return a sound interval in a video of pictures 1 to 60."""
    frames = make_frames(tmp_path / "006_1", [f"006_1_{number:04d}.jpg" for number in range(1, 61)])
    return IntervalRow(
        subject=SubjectId("samm_long", "006"), video="006_1", interval="006_1_2", kind=MICRO, frames=frames,
        onset_frame=3, apex_frame=5, offset_frame=7, fps=200.0, action_units="4", row=12,
    )  # fmt: skip


def found(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(finding.kind, finding.sample_id) for finding in diagnosis.findings]


def test_a_sound_index_of_long_videos_has_no_findings_and_speaks_of_intervals(row: IntervalRow) -> None:
    begun = replace(row, interval="006_1_1", kind=MACRO, onset_frame=0, apex_frame=None, offset_frame=20)
    still = IntervalRow(subject=row.subject, video="006_2", frames=row.frames, fps=200.0)
    done: list[tuple[int, int]] = []
    diagnosis = diagnose_intervals([row, begun, still], INDEX, on_clip=lambda *of: done.append(of))
    assert diagnosis.lines() == [
        "2 intervals of 1 subject, 0 of them excluded; 25 frames looked at.",
        "Nothing is wrong.",
    ]
    assert done == [(1, 2), (2, 2)]


def test_the_page_of_long_videos_speaks_of_intervals_and_shows_findings_about_whole_videos(row: IntervalRow) -> None:
    (row.frames / "006_1_0030.jpg").unlink()
    left_out = replace(row, interval="006_1_9", excluded="blurred")
    page = " ".join(check_page(diagnose_intervals([row, left_out], INDEX)).split())
    assert "<h3>samm_long/006/006_1</h3>" in page, "the gap is one of the video, and of none of its intervals"
    assert "found no frame 30; expected every frame from 1 to 60" in page
    assert "<h2>Intervals or videos with findings: 1</h2>" in page
    assert "<h2>Excluded intervals: 1</h2>" in page
    assert '<th scope="col" class="n">Intervals</th>' in page
    assert "clip" not in re.sub(r"<style>.*?</style>", "", page).replace('class="clip"', "").lower()
    assert faults_of(page) == []


def test_frames_that_are_not_in_the_video_and_gaps_in_it_are_found(row: IntervalRow) -> None:
    (row.frames / "006_1_0030.jpg").unlink()
    late = replace(row, interval="006_1_4", onset_frame=55, apex_frame=56, offset_frame=64)
    diagnosis = diagnose_intervals([row, late], INDEX)
    assert found(diagnosis) == [("missing frames", "samm_long/006/006_1_4"), ("gap", "samm_long/006/006_1")]
    assert "found no frame 61 to 64 (offset); expected every frame from 55 to 64" in str(diagnosis.findings[0])
    assert "found no frame 30; expected every frame from 1 to 60. Copy them" in str(diagnosis.findings[1])


def test_a_video_that_is_not_there_is_found_once_also_where_nothing_is_annotated(row: IntervalRow) -> None:
    gone = replace(row, video="006_2", frames=row.frames / "nowhere")
    still = IntervalRow(subject=row.subject, video="006_3", frames=row.frames / "nowhere either", fps=200.0)
    diagnosis = diagnose_intervals([row, gone, replace(gone, interval="006_2_2", onset_frame=4), still], INDEX)
    assert found(diagnosis) == [("missing frames", "samm_long/006/006_2"), ("missing frames", "samm_long/006/006_3")]


def test_rows_that_cannot_be_right_are_found(row: IntervalRow) -> None:
    diagnosis = diagnose_intervals(
        [
            row,
            row,
            replace(row, interval="a", apex_frame=9),
            replace(row, interval="b", apex_frame=None, offset_frame=None),
            replace(row, interval="c", onset_frame=8, apex_frame=9, offset_frame=20, action_units="4+brow"),
            replace(row, interval="d", onset_frame=9, apex_frame=9, offset_frame=4, excluded="known"),
        ],
        INDEX,
    )
    assert found(diagnosis) == [
        ("wrong order", "samm_long/006/a"),
        ("no apex, no offset", "samm_long/006/b"),
        ("duplicate key", "samm_long/006/006_1"),
        ("unread action units", "samm_long/006/c"),
    ]
    assert "2 rows for the micro_expression with onset 3, apex 5, offset 7; expected each" in str(diagnosis.findings[2])
    assert "  samm_long/006/d: known." in diagnosis.lines()


def test_only_a_micro_expression_can_be_too_long(row: IntervalRow) -> None:
    long = replace(row, fps=100.0, offset_frame=60)
    assert found(diagnose_intervals([replace(long, kind=MACRO)], INDEX)) == []
    assert found(diagnose_intervals([long], INDEX)) == [("long clip", "samm_long/006/006_1_2")]


def test_an_index_in_which_nothing_counts_is_an_error(row: IntervalRow) -> None:
    diagnosis = diagnose_intervals([replace(row, excluded="no frames")], INDEX)
    assert found(diagnosis) == [("no clips", "")]
    assert diagnosis.errors


def test_the_kind_of_index_decides_how_it_is_looked_at(row: IntervalRow, tmp_path: Path) -> None:
    write_intervals(tmp_path / "long.csv", [row])
    assert diagnosis_of(tmp_path / "long.csv")().noun == "interval"
    assert glfnet.check(tmp_path / "long.csv", faces=False).verdict() == "Nothing is wrong."
    with pytest.raises(SettingsError, match="found MEGC2019's list, which is of clips; expected none for an index of"):
        diagnosis_of(tmp_path / "long.csv")(ground_truth={})
