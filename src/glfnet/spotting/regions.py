"""The parts of a face whose movements are measured, as boxes in the canonical crop."""

import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings
from glfnet.facs.atlas import BOXES

REGIONS = (
    *("image_left_outer_brow", "image_left_inner_brow", "image_right_inner_brow", "image_right_outer_brow"),
    *("image_left_eye", "image_right_eye"),
    "nose",
    *("image_left_cheek", "image_right_cheek"),
    *("image_left_mouth", "image_right_mouth", "lips"),
    "chin",
)
"""Names of the regions, parts of the face in `facs.BOXES`, in the order of all arrays with one row or column a region.

The columns of a written curve follow it: it is part of a file format."""


def rows_of(*words: str) -> NDArray[np.intp]:
    """Return the places in `REGIONS` of all regions whose name holds one of the words."""
    return np.array([place for place, name in enumerate(REGIONS) if any(word in name for word in words)])


BROWS, EYES, NOSE = rows_of("brow"), rows_of("eye"), rows_of("nose")
MOUTH = rows_of("mouth", "lips", "chin", "cheek")


def region_weights(crop: CropSettings) -> NDArray[np.float32]:
    """Return (regions, size_px * size_px): a row has equal weights inside a region, which sum to 1, and 0 elsewhere."""
    y, x = ((axis + 0.5) / crop.size_px for axis in np.mgrid[: crop.size_px, : crop.size_px])
    x, y = (x - 0.5) / crop.eye_distance, (y - crop.eye_height) / crop.eye_distance
    inside = [(x >= x0) & (x < x1) & (y >= y0) & (y < y1) for x0, x1, y0, y1 in (BOXES[name] for name in REGIONS)]
    weights = np.stack(inside).reshape(len(REGIONS), -1).astype(np.float32)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
