"""Temperature scaling: the one number that makes probabilities more trustworthy.

It never changes which class is the most probable.

Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
"""

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError

Probabilities = NDArray[np.float64]
"""(N, K), rows summing to 1."""


def calibrated(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return softmax(log p / T): each row raised to the power 1 / T and scaled so that its sum is 1 again.

    Args:
        probabilities: (N, K), rows summing to 1; zeros are allowed.
        temperature: above 1 makes answers less certain, below 1 more.

    Raises:
        SettingsError: if the temperature is not positive.
    """
    if not temperature > 0:
        raise SettingsError(f"temperature must be above 0; got {temperature}.")
    powers = (probabilities / probabilities.max(axis=-1, keepdims=True)) ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)
