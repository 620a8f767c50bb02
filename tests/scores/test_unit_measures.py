"""Scores of one action unit are those of scikit-learn, whatever the ties, and a weight is so many copies."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from glfnet.scores.unit_measures import UNIT_MEASURES, UnitMetric, auc, average_precision, f1, f1_both

Floats = NDArray[np.float64]


def answers(seed: int, n: int = 40, levels: int = 7) -> tuple[NDArray[np.bool_], Floats]:
    """Return truth and probabilities of few levels, so that many are equal."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.3
    truth[:2] = (True, False)
    return truth, rng.integers(0, levels, n) / (levels - 1)


@pytest.mark.parametrize("seed", range(5))
def test_without_weights_they_are_those_of_scikit_learn(seed: int) -> None:
    truth, probability = answers(seed)
    once = np.ones(len(truth))
    said = probability >= 0.5
    assert f1(truth, probability, once) == pytest.approx(f1_score(truth, said))
    assert f1_both(truth, probability, once) == pytest.approx(f1_score(truth, said, average="macro"))
    assert auc(truth, probability, once) == pytest.approx(roc_auc_score(truth, probability))
    assert average_precision(truth, probability, once) == pytest.approx(average_precision_score(truth, probability))


@pytest.mark.parametrize("metric", UNIT_MEASURES)
def test_a_weight_counts_as_so_many_copies_and_rows_are_scored_one_by_one(metric: UnitMetric) -> None:
    truth, probability = answers(7)
    rng = np.random.default_rng(1)
    weight = rng.integers(0, 3, (6, len(truth))).astype(np.float64)
    scored = UNIT_MEASURES[metric].of(truth, probability, weight)
    assert scored.shape == (6,)
    for row, found in zip(weight.astype(int), scored, strict=True):
        copies = np.repeat(np.arange(len(truth)), row)
        alone = UNIT_MEASURES[metric].of(truth[copies], probability[copies], np.ones(len(copies)))
        assert found == pytest.approx(float(alone))


@pytest.mark.parametrize("metric", UNIT_MEASURES)
def test_each_row_of_probabilities_has_a_score_of_its_own(metric: UnitMetric) -> None:
    truth, one = answers(2)
    _, other = answers(3)
    both = UNIT_MEASURES[metric].of(truth, np.stack([one, other]), np.ones(len(truth)))
    alone = [float(UNIT_MEASURES[metric].of(truth, each, np.ones(len(truth)))) for each in (one, other)]
    assert both.tolist() == pytest.approx(alone)


@pytest.mark.parametrize("metric", UNIT_MEASURES)
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_unit_that_all_show_or_none_has_no_score(metric: UnitMetric, everywhere: bool) -> None:
    truth = np.full(5, everywhere)
    assert np.isnan(UNIT_MEASURES[metric].of(truth, np.linspace(0, 1, 5), np.ones(5)))
