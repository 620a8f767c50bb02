"""What makes probabilities more trustworthy: a temperature for those of classes, a shift for those of action units."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from glfnet.errors import SettingsError

Probabilities = NDArray[np.float64]
"""(N, K), rows summing to 1."""

_LEAST = 1e-6  # a probability of 0 or 1 has no log odds


def calibrated(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return softmax(log p / T): each row raised to the power 1 / T and scaled so that its sum is 1 again.

    It never changes which class is the most probable.

    Args:
        probabilities: (N, K), rows summing to 1; zeros are allowed.
        temperature: above 1 makes answers less certain, below 1 more.

    Raises:
        SettingsError: if the temperature is not positive.

    Source:
        Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    """
    if not temperature > 0:
        raise SettingsError(f"temperature must be above 0; got {temperature}.")
    powers = (probabilities / probabilities.max(axis=-1, keepdims=True)) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)


def shifted(probabilities: NDArray[np.float64], shift: Sequence[float]) -> NDArray[np.float64]:
    """Return (N, U) probabilities, each in 0..1, after adding to the log odds of each column.

    Training that weighs rare answers more gives odds that are too high by the ratio of the weights; the negative of its
    logarithm takes that out again. The order of a column's answers never changes.

    Args:
        probabilities: (N, U), each in 0..1.
        shift: U numbers.
    """
    odds = logit(probabilities.clip(_LEAST, 1 - _LEAST)) + np.array(shift)
    return np.asarray(expit(odds), dtype=np.float64)
