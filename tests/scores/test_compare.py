"""Runs against a baseline: the differences, their p-values, and runs that cannot be compared."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import ProtocolError, SettingsError
from glfnet.scores.compare import compare_runs
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import holm
from glfnet.scores.score_run import score_run


def a_run(skill: float, seeds: int = 2, subjects: int = 12, seed: int = 0) -> Predictions:
    """Two databases; each prediction is right with probability `skill`, else any class. The same truths every time."""
    rng = np.random.default_rng(seed)
    ids = [f"{d}/{s:02d}/{c}" for d in ("casme2", "smic") for s in range(subjects) for c in range(6)] * seeds
    truth = np.array([int(i[-1]) % 3 for i in ids])
    guess = np.where(rng.random((2, len(ids))) < skill, truth, rng.integers(0, 3, (2, len(ids))))
    return Predictions(
        classes=("negative", "positive", "surprise"),
        sample_id=np.array(ids),
        fold=np.array([i.rsplit("/", 1)[0] for i in ids]),
        seed=np.repeat(np.arange(seeds), len(ids) // seeds),
        truth=truth,
        probabilities=np.full((len(ids), 3), 1 / 3),
        prediction=guess[0],
        test_selected_prediction=guess[1],
    )


def in_order(table: Predictions, order: NDArray[np.intp]) -> Predictions:
    parts = {name: getattr(table, name) for name in Predictions.__dataclass_fields__}
    return Predictions(**{name: part if name == "classes" else part[order] for name, part in parts.items()})


RUNS = {"base": a_run(0.4), "better": a_run(0.9, seeds=3, seed=1), "alike": a_run(0.4, seeds=1, seed=2)}
FEW = {"permutations": 199, "resamples": 200}


def test_every_run_but_the_first_is_compared_with_it_in_every_scope_and_metric():
    rows = compare_runs(RUNS, **FEW)
    assert [(row.metric, row.run, row.scope) for row in rows] == [
        (metric, run, scope)
        for metric in ("uf1", "uar", "accuracy")
        for run in ("better", "alike")
        for scope in ("full", "casme2", "smic")
    ]
    assert {row.baseline for row in rows} == {"base"}


def test_the_values_are_those_of_each_run_alone_and_the_difference_is_theirs():
    alone = {name: score_run(run, looks=1, resamples=5).fixed for name, run in RUNS.items()}
    for row in compare_runs(RUNS, **FEW):
        assert row.value == pytest.approx(alone[row.run][row.scope].of(row.metric).mean)
        assert row.baseline_value == pytest.approx(alone["base"][row.scope].of(row.metric).mean)
        assert row.difference == pytest.approx(row.value - row.baseline_value)
        assert row.low <= row.difference <= row.high


def test_a_better_run_is_found_and_one_alike_is_not():
    for row in compare_runs(RUNS, **FEW):
        if row.run == "better":
            assert row.low > 0
            assert row.p_value == 1 / 200
        else:
            assert row.low < 0 < row.high
            assert row.p_value > 0.05


def test_p_values_are_adjusted_over_all_rows_of_one_metric():
    rows = compare_runs(RUNS, **FEW)
    for metric in ("uf1", "uar", "accuracy"):
        of_metric = [row for row in rows if row.metric == metric]
        expected = holm([row.p_value for row in of_metric])
        np.testing.assert_array_equal([row.adjusted_p_value for row in of_metric], expected)
        assert of_metric[0].adjusted_p_value == pytest.approx(6 * of_metric[0].p_value)


def test_a_run_compared_with_itself_shows_no_difference():
    for row in compare_runs({"a": RUNS["base"], "b": RUNS["base"]}, **FEW):
        assert (row.difference, row.low, row.high, row.p_value, row.adjusted_p_value) == (0, 0, 0, 1, 1)


def test_test_selected_predictions_take_no_part():
    selected = {name: replace(run, test_selected_prediction=run.truth) for name, run in RUNS.items()}
    assert compare_runs(selected, **FEW) == compare_runs(RUNS, **FEW)


def test_the_order_of_rows_changes_nothing_and_neither_does_a_second_call():
    shuffled = {n: in_order(r, np.random.default_rng(0).permutation(len(r))) for n, r in RUNS.items()}
    assert compare_runs(shuffled, **FEW) == compare_runs(RUNS, **FEW)


def test_a_class_absent_from_one_database_leaves_that_row_undefined_and_the_others_adjusted_without_it():
    runs = {n: r.select((r.database != "smic") | (r.truth != 2)) for n, r in RUNS.items() if n != "alike"}
    full, casme2, smic = compare_runs(runs, **FEW)[:3]
    undefined = [smic.value, smic.difference, smic.low, smic.high, smic.p_value, smic.adjusted_p_value]
    assert np.isnan(undefined).all()
    assert (full.adjusted_p_value, casme2.adjusted_p_value) == (2 / 200, 2 / 200)


def test_a_single_run_cannot_be_compared():
    expected = "a comparison needs at least two runs; got 1. Name a baseline and another run."
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        compare_runs({"base": RUNS["base"]})


def test_runs_on_other_samples_are_refused_and_the_first_few_named():
    base, other = RUNS["base"], RUNS["better"]
    other = other.select(other.subject != "smic/03")
    expected = (
        "base and other cannot be compared: 6 samples are in one run only: smic/03/0, smic/03/1, smic/03/2 and 3 more. "
        "Evaluate both on the same data, protocol and label set."
    )
    for runs in ({"base": base, "other": other}, {"base": other, "other": base}):
        with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
            compare_runs(runs)


def test_runs_with_other_truths_are_refused_and_the_samples_named():
    other = RUNS["alike"]
    truth = np.where(other.sample_id == "casme2/07/4", 0, other.truth)
    expected = (
        "base and other cannot be compared: 1 samples have different true classes in the two runs: "
        "casme2/07/4. Evaluate both on the same data, protocol and label set."
    )
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        compare_runs({"base": RUNS["base"], "other": replace(other, truth=truth)})


def test_runs_with_other_classes_are_refused():
    other = replace(RUNS["alike"], classes=("negative", "surprise", "positive"))
    expected = (
        "other has the classes negative, surprise, positive, base has negative, positive, surprise. "
        "Compare runs of the same protocol and label set."
    )
    with pytest.raises(ProtocolError, match=f"^{re.escape(expected)}$"):
        compare_runs({"base": RUNS["base"], "other": other})


def test_no_permutations_are_refused():
    with pytest.raises(SettingsError, match=r"^the number of resamples or permutations must be at least 1; got 0\.$"):
        compare_runs(RUNS, permutations=0, resamples=10)
