"""How far probabilities can be trusted: hand-worked cases, and truths drawn from the probabilities."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.scores.calibration import calibrated
from glfnet.scores.reliability import (
    brier_score,
    cross_fitted,
    error_of_the_calibrated,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
    subject_interval,
)

Array = NDArray[np.float64]


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def drawn(probabilities: Array, seed: int = 1) -> NDArray[np.int64]:
    """Return truths drawn from the probabilities themselves, which are therefore exactly calibrated."""
    uniform = np.random.default_rng(seed).random((len(probabilities), 1))
    return np.asarray((uniform > probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1))


def some_logits(n: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(n, 3)) * 2


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_of_simulated_logits_is_found_again(temperature: float) -> None:
    logits = some_logits(20_000)
    truth = drawn(softmax(logits))
    assert fit_temperature(softmax(logits * temperature), truth) == pytest.approx(temperature, rel=0.04)


def test_the_fitted_temperature_is_the_best_there_is() -> None:
    probabilities = softmax(some_logits(200) * 2)
    truth = drawn(softmax(some_logits(200)))
    best = negative_log_likelihood(calibrated(probabilities, fit_temperature(probabilities, truth)), truth).mean()
    others = [negative_log_likelihood(calibrated(probabilities, t), truth).mean() for t in np.geomspace(0.05, 20, 200)]
    assert best <= min(others) + 1e-9


def test_a_temperature_has_limits_where_none_is_the_best() -> None:
    always_right = np.array([[0.6, 0.4], [0.3, 0.7]])
    assert fit_temperature(always_right, np.array([0, 1])) == pytest.approx(0.05, rel=1e-3)
    always_wrong = 1 - always_right
    assert fit_temperature(always_wrong, np.array([0, 1])) == pytest.approx(20, rel=1e-3)
    assert 0.05 <= fit_temperature(np.full((4, 2), 0.5), np.array([0, 1, 0, 1])) <= 20


def test_no_subject_sets_its_own_temperature() -> None:
    probabilities = softmax(some_logits(60) * 2)
    truth, subjects = drawn(softmax(some_logits(60))), np.repeat(["a", "b", "c"], 20)
    fitted = cross_fitted(probabilities, truth, subjects)
    other_truth = np.where(subjects == "b", (truth + 1) % 3, truth)
    again = cross_fitted(probabilities, other_truth, subjects)
    np.testing.assert_array_equal(again[subjects == "b"], fitted[subjects == "b"])
    assert (again[subjects != "b"] != fitted[subjects != "b"]).any()
    alone = fit_temperature(probabilities[20:], truth[20:])
    np.testing.assert_array_equal(fitted[:20], calibrated(probabilities[:20], alone))


def test_losses_are_those_of_a_hand_worked_case() -> None:
    probabilities, truth = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]), np.array([0, 1])
    np.testing.assert_allclose(negative_log_likelihood(probabilities, truth), [np.log(2), np.log(10)])
    np.testing.assert_allclose(brier_score(probabilities, truth), [0.25 + 0.09 + 0.04, 0.01 + 0.81 + 0.64])


def test_a_zero_of_a_rounded_table_is_very_wrong_but_not_infinitely() -> None:
    loss = negative_log_likelihood(np.array([[1.0, 0.0]]), np.array([1]))
    assert 14 < loss[0] < 15


def test_reliability_is_that_of_a_hand_worked_case() -> None:
    # Two answers between 0.6 and 0.7, one of them right; three above 0.9, all right, one of them certain.
    probabilities = np.array([[0.62, 0.38], [0.32, 0.68], [0.95, 0.05], [0.09, 0.91], [1.0, 0.0]])
    found = reliability(probabilities, np.array([0, 0, 0, 1, 0]))
    assert found.count.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 3]
    np.testing.assert_allclose(found.confidence[[6, 9]], [0.65, (0.95 + 0.91 + 1) / 3])
    np.testing.assert_allclose(found.accuracy[[6, 9]], [0.5, 1])
    assert np.isnan(found.accuracy[0])
    expected = (2 * 0.15 + (0.05 + 0.09 + 0)) / 5
    assert found.error == pytest.approx(expected)
    assert expected_calibration_error(probabilities, np.array([0, 0, 0, 1, 0])) == pytest.approx(expected)


def test_with_one_bin_the_error_is_mean_confidence_against_accuracy() -> None:
    probabilities = softmax(some_logits(50))
    truth = drawn(probabilities)
    gap = probabilities.max(axis=1).mean() - (probabilities.argmax(axis=1) == truth).mean()
    assert expected_calibration_error(probabilities, truth, bins=1) == pytest.approx(abs(gap))


@pytest.mark.slow
def test_exact_probabilities_show_the_error_that_chance_gives_on_so_few_samples() -> None:
    few, many = softmax(some_logits(100)), softmax(some_logits(40_000))
    assert error_of_the_calibrated(few) == error_of_the_calibrated(few)
    assert 0.04 < error_of_the_calibrated(few) < 0.12
    assert error_of_the_calibrated(many, draws=20) < 0.006
    assert expected_calibration_error(many, drawn(many)) < 0.008


def test_an_interval_draws_whole_subjects() -> None:
    values, subjects = np.array([1.0, 1, 1, 5, 5, 5]), np.array(["a", "a", "a", "b", "b", "b"])
    sizes = set()

    def mean(rows: NDArray[np.intp]) -> float:
        sizes.add(len(rows))
        return float(values[rows].mean())

    assert subject_interval(mean, subjects, resamples=200) == (1.0, 5.0)
    assert sizes == {6}
    assert subject_interval(lambda rows: 2.0, subjects, resamples=10) == (2.0, 2.0)


@pytest.mark.parametrize(
    ("probabilities", "truth", "text"),
    [
        (np.ones((2, 3)) / 3, np.zeros(3, np.int64), r"probabilities must be \(N, K\) .* got \(2, 3\) and \(3,\)\."),
        (np.ones((0, 3)), np.zeros(0, np.int64), r"N at least 1; got \(0, 3\) and \(0,\)\."),
        (np.ones((1, 3)) / 3, np.array([3]), r"truth must be class indices 0 to 2; got 3 to 3\."),
    ],
)
@pytest.mark.parametrize("function", [fit_temperature, reliability])
def test_arrays_that_do_not_fit_are_refused(
    function: Callable[[Array, NDArray[np.int64]], object], probabilities: Array, truth: NDArray[np.int64], text: str
) -> None:
    with pytest.raises(ShapeError, match=text):
        function(probabilities, truth)
