"""How sure it is that a micro-expression is one: what speaks for it, and the probability that follows.

The probability is that of a logistic regression on a few grounds, fitted to made-up videos for development by
`scripts/fit_confidence.py`, which prints the numbers below; `docs/spotting.md` says how right they are in others.
"""

from typing import NamedTuple

import numpy as np

from glfnet.spotting.evidence import patterns
from glfnet.spotting.pulses import Pulse, Values

# Of what was found at high sensitivity in 36 videos for development: 69 right, 24 wrong.
_INTERCEPT = -5.65
_WEIGHTS = (2.53, 6.12, -2.16, -2.60, -1.75)


class Grounds(NamedTuple):
    """What is known of a movement that may be a micro-expression; numbers without a unit.

    Attributes:
        height: natural logarithm of how many times its floor it moves; the floor is that of normal sensitivity.
        likeness: of its directions to those of the action units that are most like it, 0..1.
        length: natural logarithm of its duration in seconds.
        left: share of it that has not come back at its offset.
        rest: share of it that the whole face moves at most at that time, and not as a head does.
    """

    height: float
    likeness: float
    length: float
    left: float
    rest: float


def grounds_of(pulse: Pulse, heights: Values, moved: Values, rest_percent: Values) -> Grounds:
    """Return what speaks for a pulse.

    Args:
        pulse: the movement.
        heights: (T, regions) how many times its floor each region goes out and comes back.
        moved: (T, regions, 2) displacement.
        rest_percent: (T,) flow that the movement of the head does not explain.
    """
    rows, strength = np.flatnonzero(pulse.moved.any(axis=1)), float(pulse.strengths.max())
    around = slice(pulse.onset, pulse.offset + 1)
    left = moved[pulse.offset, rows] - moved[pulse.onset, rows]
    likeness = patterns().reshape(-1, pulse.moved.size) @ pulse.moved.ravel()
    likeness /= np.linalg.norm(patterns().reshape(-1, pulse.moved.size), axis=1) * np.linalg.norm(pulse.moved)
    return Grounds(
        height=float(np.log(max(heights[around, rows].max(), 0.1))),
        likeness=float(max(likeness.max(), 0.0)),
        length=float(np.log(max(pulse.length_s, 0.01))),
        left=float(np.hypot(left[:, 0], left[:, 1]).max() / strength),
        rest=float(rest_percent[around].max() / strength),
    )


def confidence(grounds: Grounds) -> float:
    """Return how probable it is, 0..1, that a movement with these grounds is a micro-expression."""
    return float(1 / (1 + np.exp(-(_INTERCEPT + np.dot(_WEIGHTS, grounds)))))
