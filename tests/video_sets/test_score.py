"""Scoring of what was spotted, from files to figures."""

import json
from pathlib import Path

import pytest

from command_line import Command
from glfnet.errors import InputError, SettingsError
from glfnet.labels import MACRO, MICRO
from glfnet.scores.spotting.answered_videos import BOTH, SUBJECTS, VIDEOS
from glfnet.video_sets.score import score

TRUTH = """database,subject,video,kind,onset,apex,offset,emotion
mine,s1,a,micro,0,5,9,anger
mine,s1,a,macro,100,150,199,happiness
mine,s1,b,micro,50,55,59,happiness
mine,s2,c,micro,0,4,9,surprise
mine,s2,c,micro,30,34,39,others
"""
ANSWERS = """database,subject,video,kind,onset,apex,offset,emotion
mine,s1,a,micro,0,7,9,negative
mine,s1,a,micro,100,150,199,negative
mine,s1,b,micro,50,55,59,negative
mine,s2,c,micro,0,4,9,surprise
mine,s2,c,micro,30,34,39,positive
"""


def files(folder: Path, truth: str = TRUTH, answers: str = ANSWERS) -> tuple[Path, Path]:
    for name, text in (("truth.csv", truth), ("answers.csv", answers)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "truth.csv", folder / "answers.csv"


@pytest.mark.slow
def test_scores_are_what_paper_and_pencil_give(tmp_path: Path) -> None:
    """A macro-expression that was called a micro-expression is missed and a false alarm; "others" has no class."""
    scores = score(*files(tmp_path))
    micro, macro, both = scores.rows
    assert [row.kind for row in scores.rows] == [MICRO, MACRO, BOTH]
    assert (micro.true, micro.spotted, micro.matched, micro.false, micro.missed) == (4, 5, 4, 1, 0)
    assert (macro.true, macro.spotted, macro.matched) == (1, 0, 0)
    assert (both.true, both.spotted, both.matched) == (5, 5, 4)
    assert both.score.f1 == pytest.approx(0.8)
    assert micro.score.apex_mean_frames == 0.5
    uf1 = (2 / 3 + 0 + 1) / 3  # negative: one right, one too many; positive: called negative; surprise: right
    assert micro.score.uf1 == pytest.approx(uf1)
    assert micro.score.strs == pytest.approx(8 / 9 * uf1)
    assert (micro.drawn, micro.draws, micro.videos) == (SUBJECTS, 2, 3)
    assert "1 true expression of none of the classes negative, positive, surprise" in " ".join(scores.notes)


@pytest.mark.slow
def test_an_overlap_that_is_asked_for_is_the_one_that_counts(tmp_path: Path) -> None:
    truth, answers = files(tmp_path, answers=ANSWERS.replace("mine,s2,c,micro,0,4,9", "mine,s2,c,micro,0,4,15"))
    assert score(truth, answers).rows[0].matched == 4  # 10 of 16 frames
    assert score(truth, answers, min_iou=0.7).rows[0].matched == 3


@pytest.mark.slow
def test_names_of_videos_alone_join_tables_and_then_videos_are_drawn(tmp_path: Path) -> None:
    truth = "video,onset,offset\na.mp4,0,9\nb.mp4,0,9\n"
    answers = "video,kind,onset,offset\na,micro,0,9\nz,micro,5,9\n"
    scores = score(*files(tmp_path, truth, answers))
    (row,) = scores.rows
    assert (row.kind, row.true, row.matched, row.false, row.drawn, row.draws) == (BOTH, 2, 1, 1, VIDEOS, 3)
    assert scores.notes == (
        "1 video (b) without a row among the answers: what is true in them counts as missed.",
        "1 video (z) without a row of truth: what was spotted in them counts as false.",
        "some expressions have no kind: micro- and macro-expressions are not told apart.",
    )


@pytest.mark.slow
def test_frames_that_are_counted_otherwise_are_said(tmp_path: Path) -> None:
    truth, answers = "video,onset_frame,offset_frame\na,1,9\n", "video,onset_index,offset_index\na,0,8\n"
    assert score(*files(tmp_path, truth, answers)).notes == (
        "the truth counts frames as the database numbers them (onset_frame), the answers from 0 (onset_index); they "
        "are compared as they stand.",
    )


@pytest.mark.slow
def test_a_folder_of_answers_is_scored_also_where_nothing_was_spotted(tmp_path: Path) -> None:
    truth, _ = files(tmp_path, "video,kind,onset,offset\na.mp4,micro,0,9\nb.mp4,micro,0,9\n")
    for name, rows in (("a", "1,micro_expression,0,4,9\n"), ("b", "")):
        folder = tmp_path / "answers" / f"{name}.glfnet"
        folder.mkdir(parents=True)
        (folder / "intervals.csv").write_text(f"face,kind,onset_index,apex_index,offset_index\n{rows}")
        (folder / "result.json").write_text(json.dumps({"recording": {"source": f"{name}.mp4"}}))
    scores = score(truth, tmp_path / "answers")
    assert (scores.rows[0].videos, scores.rows[0].matched, scores.rows[0].missed) == (2, 1, 1)
    assert scores.notes == ()


def test_what_cannot_be_scored_is_said_in_a_sentence(tmp_path: Path) -> None:
    truth, answers = files(tmp_path, answers="video,onset,offset\nz,1,2\n")
    with pytest.raises(
        InputError, match=r"found no video that has an answer: a here, z there; expected the same videos"
    ):
        score(truth, answers)
    with pytest.raises(
        InputError, match=r"found something else; expected the log of a challenge.* name the answers, too\."
    ):
        score(truth)
    with pytest.raises(
        SettingsError, match=r"min_iou: found 0, an int; expected a share of frames, over 0 and at most 1\."
    ):
        score(truth, answers, min_iou=0)
    twice = "subject,video,onset,offset\ns1,a,1,2\ns2,a,1,2\n"
    with pytest.raises(SettingsError, match=r"score: found two videos called a; expected a name that stands for one"):
        score(*files(tmp_path, twice, "video,onset,offset\na,1,2\n"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="found a folder without answers; expected a CSV table of spotted"):
        score(truth, tmp_path / "empty")
    (tmp_path / "log.txt").write_text("1\n019_7 - - 1 2 FP\n")
    with pytest.raises(SettingsError, match=r"log\.txt: found a log beside another file; expected a log alone"):
        score(truth, tmp_path / "log.txt")


@pytest.mark.slow
def test_the_command_prints_and_writes_what_was_scored(command: Command, tmp_path: Path) -> None:
    truth, answers = files(tmp_path)
    table, document = tmp_path / "scores.csv", tmp_path / "scores.json"
    said = command("score", truth, answers, "--out", table, "--out", document)
    assert said.status == 0, said.err
    assert "mine: 3 videos, found at an overlap (IoU) of 0.5 or more; 95 % over 2 subjects" in said.out
    assert "micro: apex error 0.5 (" in said.out
    assert max(map(len, (line for line in said.out.splitlines() if line.startswith(" ")))) <= 80
    header, first, *_ = table.read_text(encoding="utf-8").splitlines()
    values = dict(zip(header.split(","), first.split(","), strict=True))
    assert (values["kind"], values["true"], values["false"], values["f1"]) == (MICRO, "4", "1", "0.888889")
    row = json.loads(document.read_bytes())["rows"][1]
    assert (row["kind"], row["missed"], row["precision"]) == (MACRO, 1, None)
    assert command("score", truth, answers, "--out", table).status == 0, "earlier scores are replaced"
    before = answers.read_bytes()
    said = command("score", truth, answers, "--out", answers)
    assert (said.status, answers.read_bytes()) == (1, before)
    said = command("score", truth, answers, "--out", tmp_path / "scores.txt")
    assert "scores.txt; expected a name that ends in .csv or .json." in said.err
