"""The parts of a flow map by the part of the face that they show: brows, eyes, nose, cheeks, mouth, chin, elsewhere."""

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings
from glfnet.facs.atlas import BOXES

REGIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "brows": ("inner_brow", "outer_brow"),
        "eyes": ("eye",),
        "nose": ("nose",),
        "cheeks": ("cheek",),
        "mouth": ("mouth", "lips"),
        "chin": ("chin",),
        "elsewhere": (),
    }
)
"""Name of each region, and the parts of the atlas that it is made of; `elsewhere` is all that belongs to none."""

_NEAR = 0.18  # a place belongs to a part at most so far from its box, in eye distances: boxes leave gaps
_SOFT_PX = 0.8  # standard deviation of a region's soft edge: a sharp one would be a movement that nobody made


def map_places(crop: CropSettings, height: int, width: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x (width,) and y (height,) of a map's pixels, in eye distances from the point between the eyes."""
    x = ((np.arange(width) + 0.5) / width - 0.5) * crop.map_width / crop.eye_distance
    y = ((np.arange(height) + 0.5) / height - crop.eye_height) / crop.eye_distance
    return x, y


def region_masks(crop: CropSettings, height: int, width: int) -> dict[str, NDArray[np.bool_]]:
    """Return where each region lies in a map: (height, width) each; every pixel belongs to exactly one."""
    x, y = map_places(crop, height, width)
    distances = []
    for parts in REGIONS.values():
        boxes = [
            box for name, box in BOXES.items() if name.removeprefix("image_left_").removeprefix("image_right_") in parts
        ]
        if not boxes:
            distances.append(np.full((height, width), _NEAR))
            continue
        each = [_distance(x, y, box) for box in boxes]
        distances.append(np.min(each, axis=0))
    nearest = np.argmin(distances, axis=0)
    return {name: nearest == number for number, name in enumerate(REGIONS)}


def soft(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return a mask in 0..1 whose edge is soft."""
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFT_PX, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.maximum(blurred, mask), dtype=np.float32)  # the region itself goes as a whole


def movement_lengths(flow_map: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far each pixel moves, without what the map as a whole does: (C, H, W) -> (H, W)."""
    u, v = (channel - np.median(channel) for channel in flow_map[:2])
    return np.asarray(np.hypot(u, v), dtype=np.float64)


def _distance(
    x: NDArray[np.float64], y: NDArray[np.float64], box: tuple[float, float, float, float]
) -> NDArray[np.float64]:
    x0, x1, y0, y1 = box
    across = np.maximum(np.maximum(x0 - x, x - x1), 0)[None, :]
    along = np.maximum(np.maximum(y0 - y, y - y1), 0)[:, None]
    return np.asarray(np.hypot(across, along), dtype=np.float64)
