"""Runs on action units against a baseline: means over units and each unit, paired over people, corrected by Holm."""

from dataclasses import replace

import numpy as np
import pytest
from test_unit_scores import a_run

from glfnet.scores.resampling import holm
from glfnet.scores.unit_compare import compare_unit_runs
from glfnet.scores.unit_measures import UNIT_MEASURES
from glfnet.scores.unit_scores import score_units


def test_a_run_against_itself_differs_by_nothing() -> None:
    rows = compare_unit_runs({"a": a_run(), "b": a_run()}, permutations=50, resamples=50)
    assert {(row.difference, row.p_value) for row in rows if row.unit != 9} == {(0.0, 1.0)}


def test_a_worse_run_is_found_to_be_worse() -> None:
    runs = {"good": a_run(noise=0.1), "bad": a_run(noise=0.6, seeds=3)}
    rows = compare_unit_runs(runs, permutations=400, resamples=400)
    auc = next(row for row in rows if (row.metric, row.scope) == ("auc", "full"))
    assert auc.unit is None, "means come first"
    assert auc.difference < 0
    assert auc.high < 0
    assert auc.p_value < 0.02


def test_numbers_of_another_size_in_the_same_order_are_no_difference_of_order() -> None:
    run = a_run(noise=0.1)
    halved = replace(run, probabilities=run.probabilities / 2)
    rows = compare_unit_runs({"a": run, "b": halved}, permutations=50, resamples=50)
    of_order = [row for row in rows if row.metric in ("auc", "average_precision") and row.unit != 9]
    assert {(row.difference, row.p_value) for row in of_order} == {(0.0, 1.0)}


def test_each_unit_has_the_difference_of_its_scores_in_every_scope() -> None:
    good, bad = a_run(noise=0.1), a_run(noise=0.6, seeds=3)
    rows = compare_unit_runs({"good": good, "bad": bad}, permutations=20, resamples=20)
    scores = [score_units(run, resamples=20).scopes for run in (good, bad)]
    for row in rows:
        before, after = (
            of[row.scope].mean[row.metric] if row.unit is None else of[row.scope].units[row.unit].of(row.metric)
            for of in scores
        )
        if row.unit == 9:
            assert np.isnan([row.value, row.difference, row.low, row.p_value, row.adjusted_p_value]).all(), "too rare"
        else:
            assert (row.baseline_value, row.value) == pytest.approx((before.mean, after.mean))
            assert row.difference == pytest.approx(after.mean - before.mean)
            assert row.low <= row.difference <= row.high or row.scope != "full"
    asked = {(row.metric, row.scope, row.unit) for row in rows}
    assert len(rows) == len(asked) == len(UNIT_MEASURES) * 3 * (1 + 3)


def test_one_unit_that_got_worse_is_told_from_one_that_did_not() -> None:
    run = a_run(noise=0.1)
    probabilities = run.probabilities.copy()
    probabilities[:, 2] = 1 - probabilities[:, 2]
    rows = compare_unit_runs({"a": run, "b": replace(run, probabilities=probabilities)}, permutations=400, resamples=50)
    by_unit = {row.unit: row for row in rows if (row.metric, row.scope) == ("f1", "full")}
    assert (by_unit[4].difference, by_unit[4].p_value) == (0.0, 1.0)
    assert by_unit[12].high < -0.5
    assert by_unit[12].p_value < 0.01


def test_means_are_corrected_among_themselves_and_single_units_among_themselves() -> None:
    runs = {"base": a_run(noise=0.3), "b": a_run(noise=0.6), "c": a_run(noise=0.1)}
    rows = compare_unit_runs(runs, permutations=60, resamples=20)
    for metric in UNIT_MEASURES:
        for single, count in ((False, 2 * 3), (True, 2 * 3 * 3)):
            family = [row for row in rows if row.metric == metric and (row.unit is not None) is single]
            assert len(family) == count
            expected = holm([row.p_value for row in family])
            np.testing.assert_array_equal([row.adjusted_p_value for row in family], expected)
