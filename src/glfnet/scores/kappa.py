"""Cohen's kappa: how far two coders agree beyond what their habits alone would give.

Source:
    Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 1960.
"""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

FEWEST, FEWEST_OTHERS = 10, 6
"""Of things that both have judged, and of answers, both coders' together, other than the most frequent one: with fewer,
one more or less would move kappa by tenths, and there is no number. Source: ours."""

_RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Kappa:
    """How far two coders agree.

    Attributes:
        value: 1 for the same answers, 0 for what chance would give; NaN where there are too few, or both always say the
            same one thing.
        low, high: 95 % over resampled judgements; NaN likewise.
        judged: how many things both have judged.
        same: of how many they say the same.
    """

    value: float
    low: float
    high: float
    judged: int
    same: int


def cohen_kappa(counts: NDArray[np.int64], *, seed: int = 0) -> Kappa:
    """Return Cohen's kappa of a table of two coders' judgements.

    Args:
        counts: (K, K), rows are what one says, columns what the other says, of the same things.
        seed: of the resampling.
    """
    judged, same = int(counts.sum()), int(np.trace(counts))
    each = counts.sum(axis=0) + counts.sum(axis=1)
    if judged < FEWEST or each.sum() - each.max(initial=0) < FEWEST_OTHERS:
        return Kappa(nan, nan, nan, judged, same)
    value = float(_kappa(counts[None])[0])
    drawn = np.random.default_rng(seed).multinomial(judged, (counts / judged).ravel(), size=_RESAMPLES)
    spread = _kappa(drawn.reshape(-1, *counts.shape))
    low, high = np.nanpercentile(spread, [2.5, 97.5]).tolist()
    return Kappa(value, low, high, judged, same)


def _kappa(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return kappa of each table (N, K, K); NaN where both always say the same one thing."""
    shares = counts / counts.sum(axis=(1, 2), keepdims=True)
    observed = np.trace(shares, axis1=1, axis2=2)
    expected = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
    kappas = np.full(len(counts), nan)
    np.divide(observed - expected, 1 - expected, out=kappas, where=expected < 1 - 1e-12)
    return kappas
