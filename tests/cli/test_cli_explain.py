"""`glfnet explain` on the command line: what it prints, writes and refuses."""

import json
import shutil
from pathlib import Path

import pytest

from command_line import Command
from made_up_recordings import a_clip, write_clip

FILES = ["explanation.html", "explanation.json", "movement-1.png", "movement-1.svg"]
GIVEN = ("--onset", str(a_clip().plan.onset_index), "--apex", str(a_clip().plan.apex_index))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", a_clip().frames)


@pytest.mark.slow
def test_a_video_and_its_answer_have_the_same_explanation(clip: Path, command: Command, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "clip.mp4")
    said = command("explain", tmp_path / "clip.mp4", *GIVEN, "--weights", "free")
    assert said.status == 0, said.err
    folder = tmp_path / "clip.mp4.explanation"
    assert sorted(file.name for file in folder.iterdir()) == FILES
    assert "With all of the face it says" in said.out
    assert "does not say what the person felt" in said.out + said.err
    assert said.out.splitlines()[-1] == str(folder)

    answer = tmp_path / "answer"
    assert command("predict", clip, *GIVEN, "--weights", "free", "--out", answer).status == 0
    again = command("explain", answer, "--out", tmp_path / "again")
    assert again.status == 0, again.err
    first, second = (json.loads((place / "explanation.json").read_text()) for place in (folder, tmp_path / "again"))
    for movement in (*first["movements"], *second["movements"]):
        del movement["action_units"]  # an answer's probabilities are rounded, so that the last digit may differ
    assert first["movements"] == second["movements"]
    assert "an outline stands for the face" in (tmp_path / "again" / "explanation.html").read_text()
    assert "an outline stands for the face" not in (folder / "explanation.html").read_text()

    refused = command("explain", answer, "--out", tmp_path / "again", "--weights", "research")
    assert refused.status == 1
    assert "found the weights research, which did not give it" in refused.err
    assert "--weights" in refused.err


def test_what_is_nothing_to_explain_is_told_which_command_takes_it(command: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("subject;clip;emotion;frames\n")
    said = command("explain", tmp_path / "notes.txt")
    assert said.status == 1
    assert "found a list of clips; expected a video, an answer of `glfnet predict`, or a run folder" in said.err
    assert "glfnet index own" in said.err


def test_options_of_something_else_are_refused(command: Command, tmp_path: Path, clip: Path) -> None:
    for name in ("result.json", "intervals.csv"):
        (tmp_path / name).write_text("{}")
    said = command("explain", tmp_path, "--onset", "3")
    assert said.status == 1
    assert "found an answer of `glfnet predict` and --onset; expected no option of something else." in said.err
    assert command("explain", clip, "--data", tmp_path).status == 1


def test_a_folder_that_is_taken_is_refused_before_the_work(command: Command, clip: Path) -> None:
    said = command("explain", clip, "--out", clip.parent)
    assert said.status == 1
    assert "found a folder with other files (clip.mp4); expected a new or empty folder" in said.err
