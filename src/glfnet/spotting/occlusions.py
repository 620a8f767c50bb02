"""Something that comes before the face and stays there: the skin seems to move farther than skin can."""

import numpy as np
from numpy.typing import NDArray

from glfnet.spotting.pulses import STEP_S, Pulse, Values
from glfnet.spotting.regions import BROWS, MOUTH

_WITHIN_S = 1.0  # so fast: a head that turns slowly shows another side of the face
_APART_S = 1.0  # a hand that stops for a moment on its way is one
SETTLED_S = 2 * _WITHIN_S + _APART_S
"""So long after its offset it is known that nothing more of it comes."""

_FOOT = 0.12  # of the way: what is nearer to its beginning or end has not begun or is over


def occlusions(moved: Values, pose: Values, most_percent: float) -> list[Pulse]:
    """Return where brows or mouth go too far within a second, whether or not they come back, in order of their onsets.

    Args:
        moved: (T, regions, 2) displacement on the grid.
        pose: (T, 4) of the head. A head that moves as far as its skin has turned away; nothing is before it.
        most_percent: skin does not move farther.
    """
    rows, steps = np.concatenate([BROWS, MOUTH]), round(_WITHIN_S / STEP_S)
    if len(moved) <= steps:
        return []
    way = moved[steps:, rows] - moved[:-steps, rows]
    far = np.flatnonzero(np.hypot(way[..., 0], way[..., 1]).max(axis=1) > most_percent)
    if not len(far):
        return []
    parts = np.split(far, np.flatnonzero(np.diff(far) > round(_APART_S / STEP_S)) + 1)
    spans = [(int(part[0]), int(part[-1]) + steps) for part in parts]
    found = [_from_to(moved, rows, first, last) for first, last in spans]
    turned = [np.ptp(pose[first : last + 1], axis=0).max() for first, last in spans]
    return [one for one, of_head in zip(found, turned, strict=True) if one.strengths.max() > of_head]


def _from_to(moved: Values, rows: NDArray[np.intp], first: int, last: int) -> Pulse:
    seen = moved[first : last + 1, rows]
    from_first = np.hypot(*np.moveaxis(seen - seen[0], -1, 0))
    farthest, row = (int(place) for place in np.unravel_index(from_first.argmax(), from_first.shape))
    course, way = from_first[:, row], from_first[farthest, row]
    begun = int(np.flatnonzero(course > _FOOT * way)[0])
    apex = int(np.flatnonzero(course >= (1 - _FOOT) * way)[0])
    going = np.flatnonzero(np.hypot(*(seen[:, row] - seen[-1, row]).T) > _FOOT * way)
    over = max(int(going[-1]) + 1, apex)
    strongest = np.zeros(moved.shape[1:])
    strongest[rows] = seen[farthest] - seen[0]
    return Pulse(first + begun, first + apex, first + over, strongest)
