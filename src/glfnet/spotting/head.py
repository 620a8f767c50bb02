"""The movement of the head in a flow: a similarity, fitted to most of the face, many times a second.

`head_motion.rigid_motion` fits the same to one flow of full size; here a few hundred places are enough, and the
previous frame already shows where the skin moves on its own. Places are complex numbers, x + iy, and a similarity is
a * z + b.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings, canonical_points, face_mask
from glfnet.faces.similarity import Transform
from glfnet.flow.optical_flow import Flow

_SAMPLED_PX = 4
_ROUNDS, _FIRST_ROUNDS = 3, 8


class Head(NamedTuple):
    """A similarity: it moves the place z to turn_size * z + shift, in pixels of the small crop."""

    turn_size: complex
    shift: complex

    def then(self, later: "Head") -> "Head":
        """Return this movement followed by another."""
        return Head(later.turn_size * self.turn_size, later.turn_size * self.shift + later.shift)

    def undone(self) -> "Head":
        """Return the opposite movement."""
        return Head(1 / self.turn_size, -self.shift / self.turn_size)

    def of(self, places: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return where it moves places."""
        return self.turn_size * places + self.shift

    def matrix(self) -> Transform:
        """Return the same as a (2, 3) transform."""
        a, b = self
        return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


RESTING = Head(1.0 + 0.0j, 0.0j)


class HeadFit:
    """Fits the head's movement to flows from one key frame.

    Attributes:
        residual_px: median length of what the last fit did not explain.

    Source:
        reweighted as in `head_motion.rigid_motion`; each frame begins with the weights of the previous one.
    """

    def __init__(self, crop: CropSettings) -> None:
        rows, columns = np.nonzero(face_mask(crop)[::_SAMPLED_PX, ::_SAMPLED_PX])
        self._rows, self._columns = rows * _SAMPLED_PX, columns * _SAMPLED_PX
        self._places = self._columns + 1j * self._rows
        middle = complex(*canonical_points(crop).mean(axis=0))
        self._middle, self._eyes_px = middle, crop.eye_distance_px
        self.residual_px = 0.0
        self.forget()

    def forget(self) -> None:
        """Start again with a new key frame."""
        self._weights: NDArray[np.float64] | None = None

    def __call__(self, flow: Flow) -> Head:
        """Return the head's movement in (H, W, 2) flow, pixels of the crop."""
        moved = flow[self._rows, self._columns].astype(np.float64)
        ends = self._places + moved[:, 0] + 1j * moved[:, 1]
        rounds = _FIRST_ROUNDS if self._weights is None else _ROUNDS
        weights = np.ones(len(ends)) if self._weights is None else self._weights
        for _ in range(rounds):
            head = _weighted_fit(self._places, ends, weights)
            rest = ends - head.of(self._places)
            squared = rest.real**2 + rest.imag**2
            median = float(np.partition(squared, len(squared) // 2)[len(squared) // 2])
            weights = 1 / (1 + squared / (2 * median + 1e-8)) ** 2
        self._weights, self.residual_px = weights, median**0.5
        return head

    def pose_percent(self, head: Head) -> NDArray[np.float64]:
        """Return how the head has moved, (4,): to the right, down, turned clockwise as seen, grown.

        Shifts are those of the middle of the face, in per cent of the distance between the eyes. Turn and growth are in
        per cent: by how much they move what lies one eye distance from the middle; a turn of 1 is 0.01 radians.
        """
        shift = (head.turn_size * self._middle + head.shift - self._middle) / self._eyes_px
        turn, growth = np.angle(head.turn_size), abs(head.turn_size) - 1
        return 100 * np.array([shift.real, shift.imag, turn, growth])


def _weighted_fit(start: NDArray[np.complex128], end: NDArray[np.complex128], weights: NDArray[np.float64]) -> Head:
    shares = weights / weights.sum()
    from_centre, to_centre = shares @ start, shares @ end
    p, q = start - from_centre, end - to_centre
    turn_size = complex((shares * p.conj()) @ q / (shares @ (p.real**2 + p.imag**2)))
    return Head(turn_size, complex(to_centre - turn_size * from_centre))
