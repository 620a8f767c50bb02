"""The faces of the last seconds: all of the most recent ones, and ten a second of those before."""

from bisect import bisect_left
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glfnet.faces.tracker import TrackedFace

_THINNED_S = 0.1


class KeptFaces:
    """Keeps faces for a while, so that a movement can be returned with its pictures.

    Args:
        all_s: for how long all are kept.
        some_s: for how long one every tenth of a second is kept, for long movements.
    """

    def __init__(self, all_s: float, some_s: float) -> None:
        self._all_s, self._some_s = all_s, some_s
        self._recent: deque[TrackedFace] = deque()
        self._before: deque[TrackedFace] = deque()

    def __len__(self) -> int:
        return len(self._recent) + len(self._before)

    def append(self, face: "TrackedFace") -> None:
        """Add a face, later than all before, and forget those that have become too old."""
        self._recent.append(face)
        while self._recent[0].time_s < face.time_s - self._all_s:
            old = self._recent.popleft()
            if not self._before or old.time_s >= self._before[-1].time_s + _THINNED_S:
                self._before.append(old)
        while self._before and self._before[0].time_s < face.time_s - self._some_s:
            self._before.popleft()

    def at(self, time_s: float) -> "TrackedFace":
        """Return the face nearest in time."""
        faces = list(chain(self._before, self._recent))
        place = bisect_left(faces, time_s, key=lambda face: face.time_s)
        return min(faces[max(0, place - 1) : place + 1], key=lambda face: abs(face.time_s - time_s))
