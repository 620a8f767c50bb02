"""Cohen's kappa against a case worked out by hand, scikit-learn, and what it must not say."""

from math import isnan

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from glfnet.scores.kappa import cohen_kappa


def test_a_case_worked_out_by_hand() -> None:
    found = cohen_kappa(np.array([[20, 5], [10, 15]]))  # seen 0.7; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    assert found.value == pytest.approx(0.4)
    assert (found.judged, found.same) == (50, 35)
    assert found.low < 0.4 < found.high


def test_it_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    for classes in (2, 3, 5):
        one, other = random.integers(0, classes, (2, 60))
        counts = np.zeros((classes, classes), dtype=np.int64)
        np.add.at(counts, (one, other), 1)
        assert cohen_kappa(counts).value == pytest.approx(cohen_kappa_score(one, other))


def test_the_same_answers_are_one_and_those_of_chance_are_none() -> None:
    same = cohen_kappa(np.diag([12, 8]))
    assert (same.value, same.low, same.high) == (1, 1, 1)
    assert cohen_kappa(np.array([[16, 4], [16, 4]])).value == pytest.approx(0)


@pytest.mark.parametrize(
    "counts",
    [np.zeros((2, 2)), np.diag([4, 5]), np.array([[30, 0], [0, 0]]), np.array([[40, 2], [0, 1]]), np.zeros((0, 0))],
)
def test_too_few_are_no_number(counts: np.ndarray) -> None:
    found = cohen_kappa(counts.astype(np.int64))
    assert isnan(found.value)
    assert isnan(found.low)
    assert found.judged == counts.sum()
