"""The true flow of a made-up clip in the pixels of a crop, by the formulas that draw the clip.

Nothing is resampled. `ClipTruth.flow` is the same flow for a crop that is the whole frame.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glfnet.synthetic.motion import Moment, pixel_grid
from glfnet.synthetic.person import Array


def flow_in_crop(
    first: Moment, second: Moment, transform: Array, size_px: int, *, head: bool = True
) -> NDArray[np.float32]:
    """Return how each pixel of a crop moves from one moment to another, exact to 0.0001 pixels of the frame.

    Args:
        first: the moment in whose pixels the flow is given, see `clip.clip_moments`.
        second: the moment it leads to.
        transform: (2, 3), maps (x, y, 1) of the frame to (x, y) of the crop, as `alignment.canonical_transform` gives.
        size_px: side of the crop.
        head: whether the movement of the head is included; if not, only expression, lids and mouth move.

    Returns:
        (size_px, size_px, 2) float32, pixels of the crop, u to the right and v down.
    """
    x, y = _moved(np.linalg.inv(np.vstack([transform, [0, 0, 1]])), *pixel_grid(size_px))
    later = second if head else replace(second, pose=first.pose)
    later_x, later_y = later.forward(*first.back(x, y))
    linear = np.column_stack([transform[:, :2], np.zeros(2)])  # a shift of the crop moves both ends alike
    return np.stack(_moved(linear, later_x - x, later_y - y), axis=-1).astype(np.float32)


def inside_frame(transform: Array, size_px: int, frame_px: int) -> NDArray[np.bool_]:
    """Return which pixels of a crop, (size_px, size_px), lie inside a square frame of side `frame_px`."""
    x, y = _moved(np.linalg.inv(np.vstack([transform, [0, 0, 1]])), *pixel_grid(size_px))
    return np.asarray((x >= 0) & (y >= 0) & (x <= frame_px - 1) & (y <= frame_px - 1), dtype=np.bool_)


def _moved(transform: Array, x: Array, y: Array) -> tuple[Array, Array]:
    (xx, xy, right), (yx, yy, down) = transform[:2]
    return xx * x + xy * y + right, yx * x + yy * y + down
