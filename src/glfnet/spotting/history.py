"""What has been measured of one track so far: a few dozen small numbers a frame, kept for the curve."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glfnet.spotting.regions import REGIONS
from glfnet.spotting.skin import Displacement

_FIRST_CAPACITY = 1024
_COLUMNS = 2 * len(REGIONS) + 4 + 1


class Recorded(NamedTuple):
    """N frames.

    Attributes:
        time_s: (N,)
        moved: (N, regions, 2), see `skin.Displacement`, as the others.
        pose: (N, 4)
        rest_percent: (N,)
    """

    time_s: NDArray[np.float64]
    moved: NDArray[np.float64]
    pose: NDArray[np.float64]
    rest_percent: NDArray[np.float64]


class History:
    """Times and displacements of all frames that were looked at; room doubles when it is full."""

    def __init__(self) -> None:
        self._count = 0
        self._times = np.empty(_FIRST_CAPACITY)
        self._rows = np.empty((_FIRST_CAPACITY, _COLUMNS), dtype=np.float32)

    def __len__(self) -> int:
        return self._count

    def append(self, time_s: float, displacement: Displacement) -> None:
        """Add one frame, later than all before."""
        if self._count == len(self._times):
            self._times = np.concatenate([self._times, np.empty_like(self._times)])
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._times[self._count] = time_s
        self._rows[self._count] = [
            *displacement.moved.ravel(), *displacement.pose, displacement.rest_percent,
        ]  # fmt: skip
        self._count += 1

    def since(self, time_s: float) -> Recorded:
        """Return all frames from a time on."""
        first = int(np.searchsorted(self._times[: self._count], time_s))
        rows = self._rows[first : self._count].astype(np.float64)
        moved, pose, rest = np.split(rows, (-5, -1), axis=1)
        return Recorded(self._times[first : self._count], moved.reshape(-1, len(REGIONS), 2), pose, rest[:, 0])
