"""UF1, UAR and accuracy by hand, against scikit-learn, and where they are undefined."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from glfnet.errors import ShapeError
from glfnet.scores.metrics import accuracy, confusion, per_class, uar, uf1, weighted_f1

# Truth in rows: 4 negative (3 right, 1 called positive), 2 positive (1 right, 1 called surprise), 1 surprise (right).
BY_HAND = np.array([[3, 1, 0], [0, 1, 1], [0, 0, 1]])

LABELS = st.integers(2, 5).flatmap(
    lambda k: st.tuples(st.just(k), st.lists(st.tuples(st.integers(0, k - 1), st.integers(0, k - 1)), max_size=40))
)


def columns(pairs: list[tuple[int, int]], k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Truth and prediction, with one right sample of each class added, so that every score is defined."""
    both = np.array([*pairs, *((c, c) for c in range(k))], dtype=np.int64)
    return both[:, 0], both[:, 1]


def test_rows_of_the_confusion_are_the_truth():
    truth, prediction = np.array([0, 0, 0, 0, 1, 1, 2]), np.array([0, 0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(confusion(truth, prediction, 3), BY_HAND)
    assert confusion(truth, prediction, 3).dtype == np.int64


def test_scores_equal_a_case_worked_by_hand():
    assert uf1(BY_HAND) == pytest.approx((6 / 7 + 2 / 4 + 2 / 3) / 3)
    assert uar(BY_HAND) == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)
    assert accuracy(BY_HAND) == pytest.approx(5 / 7)
    assert weighted_f1(BY_HAND) == pytest.approx((4 * 6 / 7 + 2 * 2 / 4 + 2 / 3) / 7)


def test_class_scores_equal_a_case_worked_by_hand():
    scores = per_class(BY_HAND)
    np.testing.assert_allclose(scores.precision, [1, 1 / 2, 1 / 2])
    np.testing.assert_allclose(scores.recall, [3 / 4, 1 / 2, 1])
    np.testing.assert_allclose(scores.f1, [6 / 7, 2 / 4, 2 / 3])
    np.testing.assert_array_equal(scores.support, [4, 2, 1])


@settings(deadline=None)
@given(LABELS)
@pytest.mark.slow
def test_scores_equal_those_of_scikit_learn(drawn):
    k, pairs = drawn
    truth, prediction = columns(pairs, k)
    counts = confusion(truth, prediction, k)
    names = list(range(k))
    assert uf1(counts) == pytest.approx(f1_score(truth, prediction, labels=names, average="macro"))
    assert uar(counts) == pytest.approx(recall_score(truth, prediction, labels=names, average="macro"))
    assert accuracy(counts) == pytest.approx(accuracy_score(truth, prediction))
    assert weighted_f1(counts) == pytest.approx(f1_score(truth, prediction, labels=names, average="weighted"))
    expected = precision_score(truth, prediction, labels=names, average=None)
    np.testing.assert_allclose(per_class(counts).precision, expected)


@settings(deadline=None)
@given(LABELS, st.randoms(use_true_random=False))
@pytest.mark.slow
def test_the_order_of_samples_does_not_matter(drawn, random):
    k, pairs = drawn
    shuffled = random.sample(pairs, len(pairs))
    np.testing.assert_array_equal(
        confusion(*columns(pairs, k), n_classes=k), confusion(*columns(shuffled, k), n_classes=k)
    )


@settings(deadline=None)
@given(LABELS)
@pytest.mark.slow
def test_renaming_the_classes_changes_no_score(drawn):
    k, pairs = drawn
    truth, prediction = columns(pairs, k)
    counts, renamed = confusion(truth, prediction, k), confusion((truth + 1) % k, (prediction + 1) % k, k)
    for score in (uf1, uar, accuracy, weighted_f1):
        assert score(counts) == pytest.approx(float(score(renamed)))


def test_a_class_without_a_true_sample_makes_the_averages_undefined_but_not_the_accuracy():
    absent = np.array([[2, 0, 1], [0, 3, 0], [0, 0, 0]])
    assert np.isnan(uf1(absent))
    assert np.isnan(uar(absent))
    assert accuracy(absent) == pytest.approx(5 / 6)
    assert weighted_f1(absent) == pytest.approx((3 * 4 / 5 + 3 * 1) / 6)
    scores = per_class(absent)
    np.testing.assert_array_equal(np.isnan(scores.f1), [False, False, True])
    np.testing.assert_array_equal(np.isnan(scores.recall), [False, False, True])
    assert scores.precision[2] == 0  # it was predicted once, wrongly


def test_a_class_never_predicted_counts_as_zero_and_has_no_precision():
    never = np.array([[2, 0], [1, 0]])
    assert uar(never) == pytest.approx(1 / 2)
    assert uf1(never) == pytest.approx((4 / 5 + 0) / 2)
    np.testing.assert_array_equal(np.isnan(per_class(never).precision), [False, True])


def test_no_sample_at_all_leaves_every_score_undefined():
    empty = confusion(np.array([], dtype=np.int64), np.array([], dtype=np.int64), 3)
    assert all(np.isnan(score(empty)) for score in (uf1, uar, accuracy, weighted_f1))


def test_leading_axes_are_scored_one_by_one():
    many = np.random.default_rng(0).integers(0, 5, size=(4, 6, 3, 3))
    many[1, 2, 0] = 0  # one matrix lacks a class
    for score in (uf1, uar, accuracy, weighted_f1):
        one_by_one = [[score(matrix) for matrix in row] for row in many]
        np.testing.assert_allclose(score(many), one_by_one)


def test_scores_of_averaged_counts_equal_scores_of_the_counts():
    assert uf1(BY_HAND / 5) == pytest.approx(float(uf1(BY_HAND)))


@pytest.mark.parametrize("score", [uf1, uar, accuracy, per_class])
def test_a_matrix_that_is_not_square_is_refused(score):
    expected = "a confusion matrix must be (..., K, K), rows = truth; got (3, 2)."
    with pytest.raises(ShapeError, match=f"^{re.escape(expected)}$"):
        score(np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("truth", "prediction", "expected"),
    [
        ([0, 1], [0], "truth and prediction must both be (N,); got (2,) and (1,)."),
        ([[0, 1]], [[0, 1]], "truth and prediction must both be (N,); got (1, 2) and (1, 2)."),
        ([0, 3], [0, 1], "truth holds class index 3; expected 0 to 2, for 3 classes."),
        ([0, 1], [0, -1], "prediction holds class index -1; expected 0 to 2, for 3 classes."),
    ],
)
def test_arrays_that_do_not_fit_are_refused(truth, prediction, expected):
    with pytest.raises(ShapeError, match=f"^{re.escape(expected)}$"):
        confusion(np.array(truth), np.array(prediction), 3)
