"""The temperature: a hand-worked case, and what it never changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from glfnet.errors import SettingsError
from glfnet.scores.calibration import calibrated, shifted


def test_a_temperature_is_the_power_of_a_hand_worked_case() -> None:
    # 0.8 and 0.2 to the power 1/2 are as 2 to 1, to the power 2 as 16 to 1.
    np.testing.assert_allclose(calibrated(np.array([[0.8, 0.2]]), 2.0), [[2 / 3, 1 / 3]])
    np.testing.assert_allclose(calibrated(np.array([[0.8, 0.2]]), 0.5), [[16 / 17, 1 / 17]])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), temperature=st.floats(0.05, 20))
def test_the_most_probable_class_never_changes_and_rows_sum_to_one(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(size=(20, 3)) * 2
    before = softmax(logits, axis=1)
    after = calibrated(before, temperature)
    np.testing.assert_array_equal(after.argmax(axis=1), before.argmax(axis=1))
    np.testing.assert_allclose(after.sum(axis=1), 1)
    np.testing.assert_allclose(after, softmax(np.log(before) / temperature, axis=1), atol=1e-12)


def test_temperature_one_leaves_probabilities_as_they_are_also_zeros() -> None:
    before = np.array([[1.0, 0.0, 0.0], [0.25, 0.25, 0.5]])
    np.testing.assert_array_equal(calibrated(before, 1.0), before)
    assert np.isfinite(calibrated(before, 0.05)).all()


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    with pytest.raises(SettingsError, match=rf"^temperature must be above 0; got {temperature}\.$"):
        calibrated(np.array([[0.8, 0.2]]), temperature)


def test_a_shift_of_the_log_odds_multiplies_the_odds_and_keeps_the_order() -> None:
    p = np.array([[0.5, 0.8], [0.2, 0.1], [0.0, 1.0]])
    after = shifted(p, (np.log(3), -np.log(4)))
    np.testing.assert_allclose(after[:2], [[0.75, 0.5], [3 / 7, 1 / 37]])
    assert ((after > 0) & (after < 1)).all()
    assert (after.argsort(axis=0) == p.argsort(axis=0)).all()
