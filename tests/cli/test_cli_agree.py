"""`glfnet agree`, and files of ELAN in `glfnet score`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from command_line import Command
from glfnet.coding.coded import Coded, FrameTimes
from glfnet.coding.elan import FPS, PERSON
from glfnet.coding.elan.write import elan_text
from glfnet.errors import SettingsError
from glfnet.facs.notation import Mark
from glfnet.video_sets.score import score

MARKED = [
    Coded(onset=10, apex=14, offset=20, emotion="happiness", units=(Mark(12),)),
    Coded(onset=40, apex=44, offset=50, kind="macro_expression", units=()),
]
HEAD = "frames,onset,apex,offset,emotion,action_units,kind,fps\n"


def write_elan(path: Path, intervals: list[Coded], *, rate: bool = True) -> Path:
    times = FrameTimes(fps=50)
    text = elan_text({PERSON: intervals}, "face.mp4", "video/mp4", times, datetime(2026, 1, 1, tzinfo=UTC))
    path.write_text(text if rate else text.replace(FPS, "other"), encoding="utf-8")
    return path


def test_two_files_of_different_kinds_are_compared(tmp_path: Path, command: Command) -> None:
    one = write_elan(tmp_path / "a.eaf", MARKED)
    (tmp_path / "b.csv").write_text(f"{HEAD}face.mp4,11,16,21,happiness,12,micro,50\n", encoding="utf-8")
    done = command("agree", one, tmp_path / "b.csv", "--out", tmp_path / "both.json")
    assert done.status == 0, done.err
    assert "1 intervals of both" in done.out
    assert "1 of the first alone" in " ".join(done.out.split())
    assert "10-14-20" in done.out
    assert "2 frames, 40 ms apart" in done.out
    assert "too few" in done.out
    document = json.loads((tmp_path / "both.json").read_text(encoding="utf-8"))
    assert (document["pairs"], document["only_one"], document["units"]["12"]["same"]) == (1, 1, 1)


def test_what_cannot_be_is_refused(tmp_path: Path, command: Command) -> None:
    one = write_elan(tmp_path / "a.eaf", MARKED, rate=False)
    done = command("agree", one, one)
    assert done.status == 1
    assert "found no frame rate, which ELAN does not keep" in " ".join(done.err.split())
    assert command("agree", one, one, "--fps", "50").status == 0
    assert (
        "--min-iou: found 1.5; expected more than 0, at most 1." in command("agree", one, one, "--min-iou", "1.5").err
    )
    assert "expected a name that ends in .json" in " ".join(command("agree", one, one, "--out", "x.txt").err.split())
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    kept = command("agree", one, one, "--fps", "50", "--out", tmp_path / "mine.json")
    assert kept.status == 1
    assert (tmp_path / "mine.json").read_text(encoding="utf-8") == "{}"


def test_a_file_of_elan_is_scored_as_the_table_of_the_same_intervals(tmp_path: Path) -> None:
    truth = write_elan(tmp_path / "face.eaf", MARKED)
    rows = "face.mp4,10,14,20,positive,,micro,50\nface.mp4,40,44,50,,,macro,50\n"
    (tmp_path / "truth.csv").write_text(HEAD + rows, encoding="utf-8")
    (tmp_path / "answers.csv").write_text(f"{HEAD}face.mp4,12,15,21,positive,,micro,50\n", encoding="utf-8")
    by_elan, by_table = (score(file, tmp_path / "answers.csv") for file in (truth, tmp_path / "truth.csv"))
    told = [
        [(row.kind, row.true, row.matched, row.score.f1, row.score.apex_mean_frames) for row in scores.rows]
        for scores in (by_elan, by_table)
    ]
    assert str(told[0]) == str(told[1])
    assert [row.matched for row in by_elan.rows] == [1, 0, 1]
    assert [row.matched for row in score(truth, truth).rows] == [1, 1, 2]


def test_the_rate_of_a_file_of_elan_may_be_given(tmp_path: Path) -> None:
    truth = write_elan(tmp_path / "face.eaf", MARKED, rate=False)
    assert score(truth, truth, fps=50).rows[-1].matched == 2
    with pytest.raises(SettingsError, match="fps"):
        score(truth, truth, fps=0)
