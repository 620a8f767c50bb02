"""From two aligned faces to the map that a network sees: u, v and strain, shrunk and put on a scale.

Flow is made at the full size of the crop and shrunk afterwards: at 28 x 28 pixels a micro-expression moves the skin by
a tenth of a pixel, which no method finds.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import WIDE, Picture
from glfnet.flow.head_motion import still_head_flow
from glfnet.flow.optical_flow import Flow, check_square, optical_flow, optical_strain

NORMALISATIONS = ("min_max", "physical", "pixels")
SCALINGS = ("pixels", "stretched")
"""How maps are kept: in pixels, or each channel stretched to 0..1 before it is shrunk (`stretched_map_of`)."""

_CONSTANT = 1e-9


def flow_map(
    onset: Picture,
    apex: Picture,
    method: str = "tvl1",
    size_px: int = 28,
    *,
    correct_rigid: bool = False,
    mask: NDArray[np.bool_] | None = None,
    width: float = 1.0,
) -> Flow:
    """Return u, v and strain from onset to apex, made at full size and shrunk by averaging areas.

    Args:
        onset: (H, H) uint8, grey crop.
        apex: (H, H) uint8, grey crop, aligned by the same transform as `onset`.
        method: see `optical_flow`.
        size_px: side of the result.
        correct_rigid: take out the movement of the head as a whole, see `still_head_flow`.
        mask: (H, H), where the face is, for `correct_rigid`; see `alignment.face_mask`.
        width: share of the columns that the map shows, see `map_of`.

    Returns:
        (3, size_px, size_px) float32, channels u, v, strain. u and v are in pixels of the full-size crop, also after
        shrinking; strain has no unit.

    Raises:
        ShapeError: as `optical_flow`, if the crops are not square, or if `size_px` is not positive or larger than they.
        SettingsError: if there is no such method.
    """
    return map_of(full_flow(onset, apex, method, correct_rigid=correct_rigid, mask=mask), size_px, width)


def full_flow(
    onset: Picture,
    apex: Picture,
    method: str = "tvl1",
    *,
    correct_rigid: bool = False,
    mask: NDArray[np.bool_] | None = None,
) -> Flow:
    """Return the flow between two crops at full size: (H, H, 2) float32, pixels; arguments as of `flow_map`."""
    check_square(onset)
    return still_head_flow(onset, apex, method, mask) if correct_rigid else optical_flow(onset, apex, method)


def map_of(flow: Flow, size_px: int = 28, width: float = 1.0) -> Flow:
    """Return the map that a network sees of a full-size flow: u, v and strain, shrunk by averaging areas.

    Args:
        flow: (H, H, 2) float32, pixels.
        size_px: side of the result.
        width: share of the columns, in the middle, that the map shows (`CropSettings.map_width`); below 1 the face
            looks wider than it is, as in published maps, and u stays in pixels of the crop.

    Returns:
        (3, size_px, size_px) float32 as `flow_map` gives it.

    Raises:
        ShapeError: as `optical_strain`, if `size_px` is not positive or larger than the flow, or `width` is no share.
    """
    if not 1 <= size_px <= len(flow):
        raise ShapeError(f"size_px must be 1 to {len(flow)}, the size of the crop; got {size_px}.")
    if not 0 < width <= 1:
        raise ShapeError(f"width must be a share of the crop, above 0 and at most 1; got {width}.")
    full = np.concatenate([np.moveaxis(flow, -1, 0), optical_strain(flow)[None]])
    cut = round((1 - width) / 2 * full.shape[2])
    return shrunk(full[..., cut : full.shape[2] - cut], size_px)


def stretched_map_of(flow: Flow, size_px: int = 28, width: float = 1.0) -> Flow:
    """Return the map of a full-size flow as CausalNet's maps seem to be made: stretched first, then shrunk by sampling.

    Each channel is stretched to 0..255, cut to whole numbers, and sampled by bilinear interpolation without averaging,
    so that a small map seldom reaches either end. How strong a movement was is lost.

    Args:
        flow: (H, H, 2) float32, pixels.
        size_px: side of the result.
        width: as for `map_of`.

    Returns:
        (3, size_px, size_px) float32, 0..1, channels u, v, strain.

    Raises:
        ShapeError: as `map_of`.
    """
    full = np.floor(normalised(map_of(flow, len(flow), width)) * 255)
    small = [cv2.resize(channel, (size_px, size_px), interpolation=cv2.INTER_LINEAR) for channel in full]
    return np.asarray(np.stack(small) / 255, dtype=np.float32)


def shrunk(full: Flow, size_px: int) -> Flow:
    """Return (C, H, W) maps as (C, size_px, size_px), each value the mean of its area; values keep their unit."""
    small = [
        cv2.resize(np.ascontiguousarray(channel), (size_px, size_px), interpolation=cv2.INTER_AREA) for channel in full
    ]
    return np.stack(small).astype(np.float32)


def shows_movement(flow: Flow) -> bool:
    """Return whether some channel of a (C, H, W) map has any contrast; a map that is flat shows nothing."""
    return bool((np.ptp(flow, axis=(-2, -1)) > _CONSTANT).any())


def normalised(flow: Flow, how: str = "min_max", eye_distance_px: float = WIDE.eye_distance_px) -> Flow:
    """Return a flow map on the scale that a network is to see.

    Args:
        flow: (3, H, W) as `flow_map` gives it, or (N, 3, H, W).
        how: one of

            - `min_max`: each channel of each map stretched to 0..1, as STSTNet and HTNet have it. How strong a movement
              was is lost, and no movement is somewhere in the middle. A channel without any contrast becomes 0.
            - `physical`: u and v in per cent of the distance between the eyes, strain in per cent; 0 is no movement,
              and maps of different crops and sizes can be compared.
            - `pixels`: as stored.
        eye_distance_px: distance between the eyes in the crop, for `physical`; the default is that of the crop `wide`.

    Returns:
        float32 of the same shape.

    Raises:
        ShapeError: if `flow` has another shape.
        SettingsError: if there is no such normalisation or the distance is not positive.
    """
    if flow.ndim not in (3, 4) or flow.shape[-3] != 3:
        raise ShapeError(f"flow map must be (3, H, W) or (N, 3, H, W), channels u, v, strain; got {flow.shape}.")
    if how not in NORMALISATIONS:
        raise SettingsError(f"normalisation {how!r}: no such one; known are {', '.join(NORMALISATIONS)}.")
    if not eye_distance_px > 0:
        raise SettingsError(f"eye_distance_px must be positive; got {eye_distance_px}.")
    if how == "pixels":
        return flow.astype(np.float32)
    if how == "physical":
        unit = np.array([eye_distance_px, eye_distance_px, 1.0], dtype=np.float32) / 100
        return np.asarray(flow / unit[:, None, None], dtype=np.float32)
    low = flow.min(axis=(-2, -1), keepdims=True)
    span = flow.max(axis=(-2, -1), keepdims=True) - low
    scaled = np.divide(flow - low, span, out=np.zeros_like(flow, dtype=np.float32), where=span > _CONSTANT)
    return np.asarray(scaled, dtype=np.float32)
