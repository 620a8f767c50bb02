"""The trials of a sweep as table, picture and sentence: every one is counted, and the best is called optimistic."""

import csv
import io
import math
from pathlib import Path

import pytest

from glfnet.report.figure_files import svg
from glfnet.report.trials import (
    Trial,
    TriedOption,
    best_first,
    trial_cells,
    trials_csv,
    trials_figure,
    verdict,
    write_sweep,
)
from glfnet.scores.resampling import UNDEFINED, ConfidenceInterval
from whole_pages import faults_of


def trial(number: int, mean: float, width: int = 16, rate: float = 1e-3, same_as: int | None = None) -> Trial:
    uf1 = ConfidenceInterval(mean=mean, sd=0.0123, low=mean - 0.1, high=mean + 0.1)
    values = {"model.width": width, "training.learning_rate": rate, "model.grid": [2, 2]}
    return Trial(number=number, values=values, score=uf1, same_as=same_as)


FAILED = Trial(
    number=3,
    values={"model.width": 32, "training.learning_rate": 0.5, "model.grid": [3, 3]},
    score=UNDEFINED,
    reason="training has <diverged>.",
)
TRIALS = [trial(0, 0.7), trial(1, 0.75, 32), trial(2, 0.7, same_as=0), FAILED, trial(4, 0.75, 64, 0.01)]
OPTIONS = [
    TriedOption(name="model.width", choices=("16", "32", "64")),
    TriedOption(name="training.learning_rate", log=True),
    TriedOption(name="model.grid", choices=("[2, 2]", "[3, 3]")),
]


def test_the_best_comes_first_of_equals_the_earlier() -> None:
    assert [t.number for t in best_first(TRIALS)] == [1, 4, 0], "no trial that failed or repeats another"


def test_the_verdict_counts_every_trial_and_calls_the_best_optimistic() -> None:
    assert verdict(TRIALS, 0, ["a/1", "a/2"]) == (
        "Trial 1 is the best of 5 trials (4 different settings, 1 failed): UF1 0.750 on the inner folds; the recipe as "
        "it is, trial 0, has 0.700. The best of many is partly luck, so this number is optimistic and no result. "
        "Score best.toml on the 2 subjects who were set aside."
    )
    assert verdict(TRIALS[:2], None, ["a/1"]) == (
        "Trial 1 is the best of 2 trials (2 different settings): UF1 0.750 on the inner folds. The best of many is "
        "partly luck, so this number is optimistic and no result. Score best.toml on the subject set aside."
    )
    assert verdict(TRIALS[:1], 0, []) == (
        "Trial 0 is the best of 1 trial (1 different setting): UF1 0.700 on the inner folds, and these are the "
        "settings of the recipe as it is. The best of many is partly luck, so this number is optimistic and no result. "
        "Score best.toml on other subjects: here nobody was set aside."
    )
    assert "recipe" not in verdict([*TRIALS[:2], FAILED], 2, []), "the recipe itself failed"


def test_the_csv_has_a_line_for_every_trial() -> None:
    rows = list(csv.DictReader(io.StringIO(trials_csv(TRIALS))))
    assert [row["state"] for row in rows] == ["complete", "complete", "repeated", "failed", "complete"]
    assert rows[1] == {
        "number": "1", "state": "complete", "uf1": "0.750000", "sd": "0.012300", "low": "0.650000", "high": "0.850000",
        "same_as": "", "reason": "", "model.width": "32", "training.learning_rate": "0.001", "model.grid": "[2, 2]",
    }  # fmt: skip
    assert (rows[2]["same_as"], rows[3]["reason"], rows[3]["uf1"]) == ("0", "training has <diverged>.", "")


def test_trials_on_action_units_are_said_to_be_scored_by_the_mean_auc() -> None:
    assert verdict(TRIALS, 0, [], "auc").startswith(
        "Trial 1 is the best of 5 trials (4 different settings, 1 failed): mean AUC 0.750 on the inner folds; "
    )
    assert trials_csv(TRIALS, "auc").startswith("number,state,auc,sd,")


def test_a_line_of_the_table_has_the_spread_if_there_are_seeds() -> None:
    assert trial_cells(TRIALS[4]) == ("4", "0.750 ± 0.012", "[0.650, 0.850]", "64", "0.01", "[2, 2]")
    one_seed = Trial(number=0, values={}, score=ConfidenceInterval(mean=0.5, sd=math.nan, low=math.nan, high=math.nan))
    assert trial_cells(one_seed) == ("0", "0.500", "[undefined, undefined]")


@pytest.mark.slow
def test_the_picture_has_a_panel_for_every_option() -> None:
    figure = trials_figure(TRIALS, OPTIONS)
    top, *panels = figure.axes
    assert [panel.get_xlabel() for panel in panels] == ["model.width", "training.learning_rate", "model.grid"]
    assert [panel.get_xscale() for panel in panels] == ["linear", "log", "linear"]
    assert [label.get_text() for label in panels[0].get_xticklabels()] == ["16", "32", "64"]
    so_far = next(line for line in top.lines if line.get_label() == "best so far")
    assert list(so_far.get_ydata()) == [0.7, 0.75, 0.75, 0.75]
    failed = next(line for line in top.lines if line.get_label() == "failed")
    assert list(failed.get_xdata()) == [3]
    assert svg(figure) == svg(trials_figure(TRIALS, OPTIONS))
    assert top.get_ylabel() == "UF1 on the inner folds"
    assert trials_figure(TRIALS, OPTIONS, "auc").axes[0].get_ylabel() == "Mean AUC on the inner\nfolds", (
        "or it is longer than the axis"
    )
    many = trials_figure(TRIALS, OPTIONS * 3)
    assert len(many.axes) == 10


@pytest.mark.slow
def test_the_page_has_the_best_trials_and_text_is_escaped(tmp_path: Path) -> None:
    facts = {"Trial 3 failed": FAILED.reason}
    page = write_sweep(tmp_path, TRIALS, OPTIONS, lead="On what.", said="What came of it.", facts=facts).read_text()
    for text in ("On what.", "What came of it.", "0.750 ± 0.012", "[0.650, 0.850]", "training has &lt;diverged&gt;."):
        assert text in page
    assert 'href="trials/0004/report.html"' in page
    assert faults_of(page) == []
    assert (tmp_path / "trials.svg").read_text().startswith("<?xml")
    assert (tmp_path / "trials.png").read_bytes().startswith(b"\x89PNG")
