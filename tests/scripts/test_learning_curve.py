"""The learning curve: whom it trains on, that a stopped one goes on, and what it prints."""

import sys
from pathlib import Path

import learning_curve
import pytest

from glfnet.evaluation.evaluate import evaluate
from glfnet.evaluation.labelled_set import label_samples
from glfnet.evaluation.protocol import make_folds
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet
from glfnet.settings_page import read_settings


def test_people_are_drawn_without_the_held_out_one_and_a_larger_number_contains_the_smaller(tiny_flow: FlowSet) -> None:
    settings = read_settings("logistic_regression")
    data = label_samples(tiny_flow, settings.protocol)
    folds = make_folds(data.flow.samples, settings.protocol)
    for fold in folds:
        people = [
            {data.flow.samples[i].subject for i in learning_curve.smaller(data, fold, n, draw=0).train}
            for n in (1, 2, 3, 4)
        ]
        assert [len(drawn) for drawn in people] == [1, 2, 3, 4]
        assert people[0] < people[1] < people[2] < people[3]
        assert fold.subject not in people[3] if hasattr(fold, "subject") else fold.name not in map(str, people[3])
        assert learning_curve.smaller(data, fold, 4, draw=0) == fold, "all others are the fold itself"
    drawn = {learning_curve.smaller(data, fold, 2, draw).train for fold in folds[:1] for draw in range(20)}
    assert len(drawn) > 1


@pytest.mark.slow
def test_the_script_ends_at_the_score_of_evaluate_and_goes_on_where_it_was_stopped(
    tiny_flow: FlowSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_flow_npz(tmp_path / "flows.npz", tiny_flow)
    monkeypatch.setattr(learning_curve, "RESAMPLES", 50)
    given = ["out", "--flows", "b=flows.npz", "--people", "2", "3", "--draws", "2", "--figure", "curve.svg"]
    monkeypatch.setattr(sys, "argv", ["learning_curve.py", *given])
    monkeypatch.chdir(tmp_path)
    learning_curve.main()
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert lines[0] == "| people trained on | logistic regression, b |"
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["2", "3", "4"]
    run = evaluate(tiny_flow, tmp_path / "run", read_settings("logistic_regression"))
    assert lines[-1].startswith(f"| 4 | {run.scores.fixed['full'].uf1.mean:.3f} (")
    assert "people trained on" in (tmp_path / "curve.svg").read_text()
    kept = sorted(tmp_path.glob("out/*/*/folds/*/*.json"))
    assert len(kept) == 5 * (2 + 2 + 1), "nothing is left to chance where a linear model is given everybody"
    kept[0].unlink()
    learning_curve.main()
    assert capsys.readouterr().out == said


def test_a_rendition_without_a_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["learning_curve.py", "out", "--flows", "flows.npz"])
    with pytest.raises(SystemExit):
        learning_curve.main()
    assert "found 'flows.npz'; expected NAME=FLOWS" in capsys.readouterr().err
