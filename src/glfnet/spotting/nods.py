"""Movements of the whole head that go out and come back: nods, shakes, tilts, leaning in for a moment."""

import numpy as np

from glfnet.spotting.pulses import Pulse, Values, excursions, peaks, pulse_at

_LONGEST_S = 1.3  # a head that stays longer has taken another posture
_PAIRS = (np.array([0]), np.array([1]))  # shifts; turn and growth


def nods(pose: Values, least_percent: float) -> list[Pulse]:
    """Return them, in the order of their apexes; `moved` of each is (2, 2): right and down, turn and growth.

    Args:
        pose: (T, 4) of the head on the grid, see `head.HeadFit.pose_percent`.
        least_percent: how far it must go.
    """
    values = pose.reshape(len(pose), 2, 2)
    heights = excursions(values, _LONGEST_S)
    score = heights.max(axis=1) / least_percent
    found = []
    for peak in peaks(score):
        pair = _PAIRS[int(np.argmax(heights[peak]))]
        pulse = pulse_at(values, score, int(peak), pair)
        if pulse is not None and pulse.strengths.max() >= least_percent and pulse.length_s <= _LONGEST_S:
            found.append(pulse)
    return found
