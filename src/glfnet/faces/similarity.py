"""Similarities of the plane: turn, size and shift, as (2, 3) arrays that map (x, y, 1) to (x, y)."""

import math

import numpy as np

from glfnet.faces.alignment import CropSettings, Transform, canonical_points, moved_points


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


def apart(one: Transform, other: Transform, crop: CropSettings) -> tuple[float, float, float]:
    """Return how differently two transforms place a face in the crop.

    Returns:
        Shift of the face's middle as a share of the distance between the eyes, turn in degrees, change of size as a
        share; none is negative.
    """
    change = compose(one, inverse(other))
    middle = canonical_points(crop).mean(axis=0, keepdims=True)
    shift = float(np.hypot(*(moved_points(middle, change) - middle)[0])) / crop.eye_distance_px
    turn = abs(math.degrees(math.atan2(change[1, 0], change[0, 0])))
    return shift, turn, abs(size_of(change) - 1)
