"""What has been measured of one track so far: a few dozen numbers a frame, kept for the curve."""

from array import array
from bisect import bisect_left
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glfnet.spotting.regions import REGIONS
from glfnet.spotting.skin import Displacement

_COLUMNS = 2 * len(REGIONS) + 4 + 1


class Recorded(NamedTuple):
    """N frames.

    Attributes:
        time_s: (N,)
        moved: (N, regions, 2), see `skin.Displacement`, also for the others.
        pose: (N, 4)
        rest_percent: (N,)
    """

    time_s: NDArray[np.float64]
    moved: NDArray[np.float64]
    pose: NDArray[np.float64]
    rest_percent: NDArray[np.float64]


class History:
    """Times and displacements of all frames that were looked at."""

    def __init__(self) -> None:
        self._times_s, self._numbers = array("d"), array("f")

    def __len__(self) -> int:
        return len(self._times_s)

    def append(self, time_s: float, displacement: Displacement) -> None:
        """Add one frame, later than all before."""
        self._times_s.append(time_s)
        self._numbers.extend([*displacement.moved.ravel(), *displacement.pose, displacement.rest_percent])

    def since(self, time_s: float) -> Recorded:
        """Return all frames from a time on."""
        first = bisect_left(self._times_s, time_s)
        # Copies, because an array cannot grow while it is viewed.
        times_s = np.array(memoryview(self._times_s)[first:])
        numbers = np.array(memoryview(self._numbers)[first * _COLUMNS :], dtype=np.float64)
        moved, pose, rest = np.split(numbers.reshape(-1, _COLUMNS), (-5, -1), axis=1)
        return Recorded(times_s, moved.reshape(-1, len(REGIONS), 2), pose, rest[:, 0])
