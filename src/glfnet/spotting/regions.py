"""The parts of a face whose movements are measured, as boxes in the canonical crop."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings

# (x0, x1, y0, y1) in distances between the eyes, from the point midway between them, x to the right and y down. Source:
# ours, from where the action units of FACS move the skin. Brows lie high, so that little of a blink reaches them.
BOXES: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {
        "image_left_outer_brow": (-0.85, -0.50, -0.50, -0.20),
        "image_left_inner_brow": (-0.50, -0.06, -0.50, -0.20),
        "image_right_inner_brow": (0.06, 0.50, -0.50, -0.20),
        "image_right_outer_brow": (0.50, 0.85, -0.50, -0.20),
        "image_left_eye": (-0.75, -0.25, -0.16, 0.08),
        "image_right_eye": (0.25, 0.75, -0.16, 0.08),
        "nose": (-0.26, 0.26, 0.28, 0.66),
        "image_left_cheek": (-0.90, -0.40, 0.30, 0.72),
        "image_right_cheek": (0.40, 0.90, 0.30, 0.72),
        "image_left_mouth": (-0.64, -0.25, 0.85, 1.30),
        "image_right_mouth": (0.25, 0.64, 0.85, 1.30),
        "lips": (-0.25, 0.25, 0.90, 1.32),
        "chin": (-0.36, 0.36, 1.36, 1.76),
    }
)
REGIONS = tuple(BOXES)
"""Names of the regions, in the order of all arrays with one row or column a region."""


def rows_of(*words: str) -> NDArray[np.intp]:
    """Return the places in `REGIONS` of all regions whose name holds one of the words."""
    return np.array([place for place, name in enumerate(REGIONS) if any(word in name for word in words)])


BROWS, EYES, NOSE = rows_of("brow"), rows_of("eye"), rows_of("nose")
MOUTH = rows_of("mouth", "lips", "chin", "cheek")


def region_weights(crop: CropSettings) -> NDArray[np.float32]:
    """Return (regions, size_px * size_px): a row holds equal weights within a region, which sum to 1, and else 0."""
    y, x = ((axis + 0.5) / crop.size_px for axis in np.mgrid[: crop.size_px, : crop.size_px])
    x, y = (x - 0.5) / crop.eye_distance, (y - crop.eye_height) / crop.eye_distance
    inside = [(x >= x0) & (x < x1) & (y >= y0) & (y < y1) for x0, x1, y0, y1 in BOXES.values()]
    weights = np.stack(inside).reshape(len(BOXES), -1).astype(np.float32)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
