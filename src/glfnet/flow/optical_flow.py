"""From two aligned faces to a flow map: optical flow, optical strain, shrinking, normalisation.

Flow is made at the full size of the crop and shrunk afterwards: at 28 x 28 pixels a micro-expression moves the skin by
a tenth of a pixel, which no method finds. All three methods are OpenCV's.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import WIDE, Flow, Picture, rigid_correction, rigid_motion, warp
from glfnet.threads import one_opencv_thread

ALGORITHM = 2
"""Raised by hand whenever this module or `alignment` comes to give other numbers; part of every store key."""

NORMALISATIONS = ("min_max", "physical", "pixels")

_SMALLEST_PX = 16  # below that OpenCV's methods have no pyramid left and some of them fail
_CONSTANT = 1e-9


def _tvl1(onset: Picture, apex: Picture) -> object:
    return cv2.optflow.DualTVL1OpticalFlow.create().calc(onset, apex, None)  # type: ignore[call-overload]


def _dis(onset: Picture, apex: Picture) -> object:
    preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    return cv2.DISOpticalFlow.create(preset).calc(onset, apex, None)  # type: ignore[call-overload]


def _farneback(onset: Picture, apex: Picture) -> object:
    # OpenCV has no defaults here; these are the values of its documentation, with one more pyramid level.
    return cv2.calcOpticalFlowFarneback(  # type: ignore[call-overload]
        onset, apex, None, pyr_scale=0.5, levels=4, winsize=15, iterations=3, poly_n=5, poly_sigma=1.2, flags=0
    )


METHODS: Mapping[str, Callable[[Picture, Picture], object]] = MappingProxyType(
    {"tvl1": _tvl1, "dis": _dis, "farneback": _farneback}
)
"""Name of a flow method to what computes it. `tvl1` is the default, as in STSTNet, HTNet and AM3F-FlowNet."""


def library_versions() -> dict[str, str]:
    """Return what a flow map's values depend on besides pictures and settings."""
    return {"glfnet.flow": str(ALGORITHM), "opencv": cv2.__version__}


def optical_flow(onset: Picture, apex: Picture, method: str = "tvl1") -> Flow:
    """Return how far each pixel of the onset frame has moved in the apex frame.

    One processor thread is used, and the result does not depend on how many OpenCV may use: make clips in parallel,
    each in a process of its own, not pixels.

    Args:
        onset: (H, W) uint8, grey.
        apex: (H, W) uint8, grey, aligned by the same transform as `onset`.
        method: `tvl1` (Zach et al. 2007), `dis` (Kroeger et al. 2016, preset medium) or `farneback` (Farneback 2003).

    Returns:
        (H, W, 2) float32, pixels; channel 0 is u (to the right), channel 1 is v (down).

    Raises:
        ShapeError: if the pictures are not grey uint8, differ in size or are smaller than 16 x 16.
        SettingsError: if there is no such method.
    """
    if method not in METHODS:
        raise SettingsError(f"flow method {method!r}: no such method; known are {', '.join(METHODS)}.")
    for name, picture in (("onset", onset), ("apex", apex)):
        if picture.ndim != 2 or picture.dtype != np.uint8:
            raise ShapeError(f"{name} must be grey, (H, W) uint8; got {picture.shape} {picture.dtype}.")
    if onset.shape != apex.shape:
        raise ShapeError(f"onset and apex must have one size; got {onset.shape} and {apex.shape}.")
    if min(onset.shape) < _SMALLEST_PX:
        raise ShapeError(f"pictures must be {_SMALLEST_PX} x {_SMALLEST_PX} pixels or more; got {onset.shape}.")
    with one_opencv_thread():
        flow = METHODS[method](np.ascontiguousarray(onset), np.ascontiguousarray(apex))
    return np.asarray(flow, dtype=np.float32)


def optical_strain(flow: Flow) -> Flow:
    """Return how strongly the skin deforms at each pixel.

    This is the infinitesimal strain: a shift gives exactly zero and a stretch exactly its amount; a turn by an angle of
    a radians gives zero to first order, and sqrt(2) * (1 - cos a) exactly (0.0002 for one degree). Of a flow that
    `rigid_correction` has corrected, not even that is left.

    Args:
        flow: (H, W, 2) float32, pixels from onset to apex; channel 0 is u (to the right), channel 1 is v (down).

    Returns:
        (H, W) float32, no unit, never negative, not normalised.

    Raises:
        ShapeError: if `flow` is not (H, W, 2) with two rows and columns or more.

    Source:
        Shreve et al., "Macro- and micro-expression spotting in long videos using spatio-temporal strain", FG 2011.
    """
    if flow.ndim != 3 or flow.shape[2] != 2 or min(flow.shape) < 2:
        raise ShapeError(f"flow must be (H, W, 2), channels u and v, two rows and columns or more; got {flow.shape}.")
    u_y, u_x = np.gradient(flow[..., 0])  # np.gradient gives rows (y) first
    v_y, v_x = np.gradient(flow[..., 1])
    shear = (u_y + v_x) / 2
    return np.asarray(np.sqrt(u_x**2 + v_y**2 + 2 * shear**2), dtype=np.float32)


def still_head_flow(onset: Picture, apex: Picture, method: str = "tvl1", mask: NDArray[np.bool_] | None = None) -> Flow:
    """Return the flow between two crops without the movement of the head as a whole.

    In two steps: the apex frame is first turned and shifted back by the motion that fast DIS flow shows; then flow
    is made, and what rigid motion is left in it taken out. TV-L1 renders a slow change of flow, as of a turning
    head, in small steps, which strain would show; between two pictures of a still head there is nothing to step.

    Args:
        onset: (H, H) uint8, grey crop.
        apex: (H, H) uint8, grey crop, aligned by the same transform as `onset`.
        method: see `optical_flow`.
        mask: (H, H), where the face is (`alignment.face_mask`); the whole picture if None.

    Returns:
        (H, H, 2) float32, pixels of the onset crop.

    Raises:
        ShapeError: as `optical_flow` and `rigid_motion`, or if the crops are not square.
        SettingsError: if there is no such method.
    """
    first = optical_flow(onset, apex, "dis")
    _check_square(onset)
    motion = np.vstack([rigid_motion(first, mask), [0, 0, 1]])
    back = warp(apex, np.linalg.inv(motion)[:2], len(apex))
    return rigid_correction(optical_flow(onset, back, method), mask)


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
    _check_square(onset)
    flow = still_head_flow(onset, apex, method, mask) if correct_rigid else optical_flow(onset, apex, method)
    return map_of(flow, size_px, width)


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


def shrunk(full: Flow, size_px: int) -> Flow:
    """Return (C, H, W) maps as (C, size_px, size_px), each value the mean of its area; values keep their unit."""
    small = [
        cv2.resize(np.ascontiguousarray(channel), (size_px, size_px), interpolation=cv2.INTER_AREA) for channel in full
    ]
    return np.stack(small).astype(np.float32)


def normalised(flow: Flow, how: str = "min_max", eye_distance_px: float = WIDE.eye_distance_px) -> Flow:
    """Return a flow map on the scale that a network is to see.

    Args:
        flow: (3, H, W) as `flow_map` gives it, or (N, 3, H, W).
        how: one of

            - `min_max`: each channel of each map stretched to 0..1, as STSTNet and HTNet have it. How strong a movement
              was is lost, and no movement lies somewhere in the middle. A channel without any contrast becomes 0.
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


def _check_square(crop: Picture) -> None:
    if crop.ndim < 2 or crop.shape[0] != crop.shape[1]:
        raise ShapeError(f"a crop must be square; got {crop.shape}.")
