"""Scores of spotting as files."""

from dataclasses import replace
from pathlib import Path

from glfnet.report.spotting_files import is_spotting_file, spotting_csv, spotting_json
from glfnet.samples.csv_lines import read_csv_lines
from glfnet.scores.spotting.answered_videos import AnsweredVideo, score_answers
from glfnet.scores.spotting.expressions import Expression

ONE = Expression(onset_index=0, apex_index=2, offset_index=9)
VIDEO = AnsweredVideo(database="mine", subject="", video="v", true=(ONE,), spotted=(ONE,))


def test_a_database_whose_name_a_spreadsheet_program_would_compute_gets_an_apostrophe(tmp_path: Path) -> None:
    harmless, formula = (
        spotting_csv(score_answers([replace(VIDEO, database=name)], (), resamples=5)) for name in ("mine", "=1+1")
    )
    assert formula == harmless.replace("\nmine,", "\n'=1+1,")
    (tmp_path / "scores.csv").write_text(formula)
    assert read_csv_lines(tmp_path / "scores.csv")[1][1][0] == "=1+1", "it is read back as it was"


def test_scores_of_spotting_are_told_apart_from_any_other_file(tmp_path: Path) -> None:
    scores = score_answers([VIDEO], (), resamples=5)
    texts = {"a.csv": spotting_csv(scores), "a.json": spotting_json(scores), "list.json": "[1]", "other.json": "{}"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert [is_spotting_file(tmp_path / name) for name in texts] == [True, True, False, False]
