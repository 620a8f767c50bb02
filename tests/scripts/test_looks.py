"""Score against looks: what is chosen, what one look is, and a whole run that is stopped and goes on."""

import sys
from dataclasses import replace
from pathlib import Path

import looks
import numpy as np
import pytest
from epoch_answers import EpochAnswers, epoch_answers

from glfnet.config.settings import Settings
from glfnet.errors import RunFolderError
from glfnet.evaluation.evaluate import evaluate
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet


def answers(predicted: list[list[int]], truth: list[int], fold: list[int]) -> EpochAnswers:
    people = np.array([f"a/{number}" for number in fold])
    return EpochAnswers(np.array(predicted), np.array(truth), np.array(fold), people, people)


def tiny(network: str, epochs: int, rate: float) -> Settings:
    """Return the page of the script, with a network that trains in a blink."""
    model = {"kind": "plain_cnn", "width": 2 if network == "glfnet" else 3}
    return looks.read_settings("paper", model=model, training={"epochs": epochs, "learning_rate": rate})


def test_in_each_fold_the_best_of_the_last_epochs_is_chosen_and_the_first_of_equals() -> None:
    found = answers([[0, 1, 2, 2], [1, 1, 2, 0], [1, 2, 0, 0]], truth=[0, 1, 2, 2], fold=[0, 0, 1, 1])
    assert looks.selected(found, 3).tolist() == [0, 1, 2, 2]
    assert looks.selected(found, 2).tolist() == [1, 1, 2, 0]
    assert looks.selected(found, 1).tolist() == [1, 2, 0, 0], "one look is the last epoch"


def test_more_looks_never_get_fewer_clips_right_and_two_networks_have_the_looks_of_both() -> None:
    rng = np.random.default_rng(0)
    truth, fold = rng.integers(0, 3, 60), np.repeat(np.arange(12), 5)
    one, two = (answers(rng.integers(0, 3, (40, 60)).tolist(), truth.tolist(), fold.tolist()) for _ in range(2))
    right = [int((looks.selected(one, k) == truth).sum()) for k in range(1, 41)]
    assert right == sorted(right)
    both = looks.together([one, two])
    assert len(both.predicted) == 80
    assert (looks.selected(both, 80) == truth).sum() >= max(right)
    assert abs(looks.score(both, 80) - looks.random_score(both, 80)) < 0.1, "answers at random are random answers"


def test_the_looks_that_random_answers_need_reach_the_score() -> None:
    found = answers([[0, 1, 2] * 8], truth=[0, 1, 2] * 8, fold=[n // 3 for n in range(24)])
    needed = looks.looks_needed(found, 0.8)
    assert needed is not None
    assert looks.random_score(found, needed) >= 0.8 > looks.random_score(found, needed // 2)
    assert looks.looks_needed(replace(found, fold=np.zeros(24, dtype=int)), 0.99) is None, "24 clips of one person"


@pytest.mark.slow
def test_the_choice_is_the_one_that_evaluate_reports_as_test_selected(tiny_flow: FlowSet, tmp_path: Path) -> None:
    page = tiny("glfnet", 4, 1e-2)
    found = epoch_answers(tiny_flow, page, tmp_path / "answers")
    run = evaluate(tiny_flow, tmp_path / "run", page)
    assert looks.selected(found, 4).tolist() == run.predictions.test_selected_prediction.tolist()
    assert looks.selected(found, 1).tolist() == run.predictions.prediction.tolist()
    assert looks.score(found, 4) == pytest.approx(run.scores.test_selected["full"].uf1.mean)


@pytest.mark.slow
def test_a_stopped_run_goes_on_and_refuses_other_settings_and_damaged_files(tiny_flow: FlowSet, tmp_path: Path) -> None:
    page, told = tiny("glfnet", 2, 1e-2), list[tuple[int, int]]()
    whole = epoch_answers(tiny_flow, page, tmp_path)
    first, second, *_ = sorted(tmp_path.glob("*.npy"))
    first.unlink()
    again = epoch_answers(tiny_flow, page, tmp_path, report=lambda done, total: told.append((done, total)))
    assert told == [(4, 5), (5, 5)]
    assert (again.predicted == whole.predicted).all()
    second.write_bytes(second.read_bytes()[:-1])
    with pytest.raises(RunFolderError, match="Delete it and call again"):
        epoch_answers(tiny_flow, page, tmp_path)
    with pytest.raises(RunFolderError, match=r"belongs to a different set of answers: .*epochs was 2, now 3"):
        epoch_answers(tiny_flow, tiny("glfnet", 3, 1e-2), tmp_path)


@pytest.mark.slow
def test_the_script_prints_both_tables_and_draws_the_figure(
    tiny_flow: FlowSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_flow_npz(tmp_path / "flows.npz", tiny_flow)
    monkeypatch.setattr(looks, "page", tiny)
    monkeypatch.setattr(looks, "RESAMPLES", 50)
    given = ["flows.npz", "out", "--networks", "glfnet", "plain_cnn", "--epochs", "3", "2", "--figure", "looks.svg"]
    monkeypatch.setattr(sys, "argv", ["looks.py", *given])
    monkeypatch.chdir(tmp_path)
    looks.main()
    said = capsys.readouterr().out
    assert "| looks | random answers | GLFNet | plain CNN |" in said
    assert "| all of them |  |" in said
    assert "Looks that random answers need: " in said
    drawing = (tmp_path / "looks.svg").read_text()
    assert all(text in drawing for text in ("random answers", "HTNet", "0.885"))
