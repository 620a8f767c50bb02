"""Where a face lies in the canonical crop.

Points are (x, y) in pixels, x to the right and y down; the centre of the upper left pixel is (0, 0). `image_left` is
the left side of the picture, whichever side of the person that is.

One transform serves a whole clip. A detector's points wander by half a pixel to a pixel from frame to frame, as much as
a micro-expression moves the skin: aligning every frame by its own points would write that into the flow.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.similarity import Points, Transform, fitted_similarity

Picture = NDArray[np.uint8]

# A front view in units of the distance between the pupils, (x, y) from the point midway between them. Source: ours,
# rounded from adult proportions (pupils 63 mm apart; mouth 50 mm wide and 70 mm below them, nose tip 37 mm).
_FRONT_VIEW = ((-0.5, 0.0), (0.5, 0.0), (0.0, 0.58), (-0.40, 1.12), (0.40, 1.12))
_FOREHEAD, _CHIN, _HALF_FACE = 0.95, 1.87, 1.05  # in the same unit: above the eyes, below them, to the side

_NEARLY_ONE = 0.1  # a face that becomes a tenth smaller is still sampled: averaging would blur it more than it helps
_FINEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CropSettings:
    """A square picture in which every face has its eyes at the same place.

    Attributes:
        name: `wide`, `tight`, or your own.
        size_px: side of the crop.
        eye_distance: distance between the pupils, as a share of the side.
        eye_height: how far below the upper edge the eyes lie, as a share of the side.
        map_width: share of the columns, in the middle, that flow maps show; flow itself is computed in the whole crop.
    """

    name: str
    size_px: int = 224
    eye_distance: float
    eye_height: float
    map_width: float = 1.0

    def __post_init__(self) -> None:
        shares = (self.eye_distance, self.map_width)
        if self.size_px < 1 or not (all(0 < share <= 1 for share in shares) and 0 <= self.eye_height <= 1):
            raise SettingsError(
                f"crop {self.name}: found size_px {self.size_px}, eye_distance {self.eye_distance}, eye_height "
                f"{self.eye_height}, map_width {self.map_width}; expected a size of 1 or more, eye_distance and "
                "map_width above 0 and all shares at most 1."
            )

    @property
    def eye_distance_px(self) -> float:
        """Distance between the pupils in pixels of the crop: the length that flow can be measured in."""
        return self.eye_distance * self.size_px


# Published maps show faces wider than they are: a tall crop was resized to a square. In the mean maps of both
# renditions the corners of a smile's mouth lie 0.21 of the width from the middle: 0.46 of it between the pupils.
_PUBLISHED_EYE_DISTANCE = 0.46

WIDE = CropSettings(name="wide", eye_distance=0.32, eye_height=0.36, map_width=0.32 / _PUBLISHED_EYE_DISTANCE)
"""Forehead, brows, both cheeks and chin inside, with a margin; brows at a quarter of the height. Source: ours, after
the second rendition of the MEGC2019 flow maps, which scores higher than the first (docs/method.md)."""

TIGHT = CropSettings(name="tight", eye_distance=0.40, eye_height=0.25, map_width=0.40 / _PUBLISHED_EYE_DISTANCE)
"""Eyes at a quarter of the height, brows at the upper edge and chin at the lower. Source: after the first rendition of
the MEGC2019 flow maps, published with STSTNet and HTNet."""

CROPS: Mapping[str, CropSettings] = MappingProxyType({crop.name: crop for crop in (WIDE, TIGHT)})


def crop_settings(name: str, size_px: int = 224) -> CropSettings:
    """Return a crop by its name.

    Raises:
        SettingsError: if there is no such crop, or the size is not positive.
    """
    if name not in CROPS:
        raise SettingsError(f"crop {name!r}: no such crop; known are {', '.join(CROPS)}.")
    return replace(CROPS[name], size_px=size_px)


def canonical_points(crop: CropSettings) -> Points:
    """Return where a front view's five points lie in the crop: (5, 2), in pixels of the crop."""
    shares = np.array([0.5, crop.eye_height]) + crop.eye_distance * np.array(_FRONT_VIEW)
    return shares * crop.size_px - 0.5  # shares count from the picture's edge, points from the first pixel's centre


def canonical_transform(points: Points, crop: CropSettings = WIDE) -> Transform:
    """Return the similarity (turn, size, shift) that brings five points nearest to their canonical places.

    Args:
        points: (5, 2) in pixels of the frame.
        crop: which crop, and so where their places are.

    Returns:
        (2, 3): frame to crop. A face is never mirrored and never stretched.

    Raises:
        ShapeError: if `points` are not (5, 2) numbers, coincide, or have left and right or above and below exchanged.

    Source:
        see `similarity.fitted_similarity`.
    """
    points = np.asarray(points, dtype=np.float64)
    if points.shape != (5, 2) or not np.isfinite(points).all():
        raise ShapeError(f"points must be (5, 2) finite numbers, one (x, y) a row; got {points.shape}.")
    between_eyes = points[1] - points[0]
    eyes_to_mouth = points[3:].mean(axis=0) - points[:2].mean(axis=0)
    # The turn from "left eye to right eye" to "eyes to mouth" is clockwise in every face, however the head is held.
    if between_eyes[0] * eyes_to_mouth[1] - between_eyes[1] * eyes_to_mouth[0] <= 0:
        raise ShapeError(
            "points must be image_left_eye, image_right_eye, nose, image_left_mouth, image_right_mouth, all apart; "
            f"got {points.round(1).tolist()}, which is no face or a mirrored one."
        )
    return fitted_similarity(points, canonical_points(crop))


def warp(frame: Picture, transform: Transform, size_px: int) -> Picture:
    """Return the crop of a frame.

    A face that becomes smaller is averaged, not sampled: skipped pixels would make a still texture flicker as it moves.
    Outside the frame its edge is continued, so that there is no line that could seem to move.

    Args:
        frame: (H, W) or (H, W, 3) uint8.
        transform: (2, 3), frame to crop.
        size_px: side of the crop.

    Returns:
        (size_px, size_px) or (size_px, size_px, 3) uint8.

    Raises:
        ShapeError: if `frame` or `transform` has another shape or type, or `transform` is flat.
    """
    if frame.dtype != np.uint8 or not (frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 3)) or not frame.size:
        raise ShapeError(f"frame must be (H, W) or (H, W, 3) uint8; got {frame.shape} {frame.dtype}.")
    size = math.sqrt(abs(float(np.linalg.det(transform[:, :2])))) if transform.shape == (2, 3) else 0.0
    if not (math.isfinite(size) and size > 0):
        raise ShapeError(f"transform must be (2, 3) and invertible; got {transform.tolist()}.")
    finer = min(max(1, math.ceil(1 / size - _NEARLY_ONE)), _FINEST)
    fine = transform * finer
    fine[:, 2] += (finer - 1) / 2  # the centre of a pixel of the crop is the centre of finer x finer pixels
    side = size_px * finer
    warped = cv2.warpAffine(frame, fine, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if finer > 1:
        warped = cv2.resize(warped, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return np.asarray(warped, dtype=np.uint8)


def face_mask(crop: CropSettings) -> NDArray[np.bool_]:
    """Return where the face is in a crop, from forehead to chin: an ellipse, (size_px, size_px)."""
    y, x = (np.mgrid[: crop.size_px, : crop.size_px] + 0.5) / crop.size_px
    half_height = (_FOREHEAD + _CHIN) / 2
    across = (x - 0.5) / crop.eye_distance / _HALF_FACE
    down = ((y - crop.eye_height) / crop.eye_distance - (_CHIN - half_height)) / half_height
    return np.asarray(across**2 + down**2 <= 1, dtype=np.bool_)
