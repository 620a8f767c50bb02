"""Similarities of the plane, which turn, scale and shift: fitted to points, composed, inverted, applied.

Two modules write one in another form: `spotting.head` as two complex numbers, because it fits many a second, and
`synthetic.motion` as an angle, a scale and a shift, because that is how made-up heads are described.
"""

import math

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(5, 2): one row (x, y) each for image_left_eye, image_right_eye, nose, image_left_mouth, image_right_mouth."""

Transform = NDArray[np.float64]
"""(2, 3): maps (x, y, 1) to (x, y): mostly places in a frame to places in the crop."""


def fitted_similarity(start: Points, end: Points, weights: NDArray[np.float64] | None = None) -> Transform:
    """Return the similarity that takes points nearest to others; in the plane this is a linear fit.

    Args:
        start: (N, 2), not all in one place.
        end: (N, 2), where each of them should come to lie.
        weights: (N,), how much each squared distance counts; all count the same if None.

    Source:
        Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991.
    """
    if weights is None:
        weights = np.ones(len(start))
    from_centre, to_centre = (np.average(points, axis=0, weights=weights) for points in (start, end))
    p, q = start - from_centre, end - to_centre
    spread = (weights * (p**2).sum(axis=1)).sum()
    along = (weights * (p * q).sum(axis=1)).sum() / spread
    across = (weights * (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])).sum() / spread
    linear = np.array([[along, -across], [across, along]])
    return np.column_stack([linear, to_centre - linear @ from_centre])


def moved_points(points: Points, transform: Transform) -> Points:
    """Return where a transform takes points: (N, 2) to (N, 2), or (H, W, 2) to (H, W, 2)."""
    return points @ transform[:, :2].T + transform[:, 2]


def shifted(right: float, down: float, scale: float = 1.0) -> Transform:
    """Return the similarity that multiplies by `scale`, then shifts."""
    return np.array([[scale, 0.0, right], [0.0, scale, down]])


def compose(later: Transform, earlier: Transform) -> Transform:
    """Return the similarity that does `earlier`, then `later`."""
    linear = later[:, :2]
    return np.column_stack([linear @ earlier[:, :2], linear @ earlier[:, 2] + later[:, 2]])


def inverse(transform: Transform) -> Transform:
    """Return the similarity that undoes another."""
    linear = np.linalg.inv(transform[:, :2])
    return np.column_stack([linear, -linear @ transform[:, 2]])


def size_of(transform: Transform) -> float:
    """Return how many times larger a similarity makes things."""
    return math.hypot(transform[0, 0], transform[1, 0])
