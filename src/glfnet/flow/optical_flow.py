"""Optical flow between two aligned faces, and the strain of the skin in it.

To add a flow method, add it to `METHODS`: settings, the command line and the store take its name from there, and its
maps have store keys of their own. All present methods are OpenCV's.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import Picture
from glfnet.threads import one_opencv_thread

Flow = NDArray[np.float32]
"""(H, W, 2): how far each pixel moves, u to the right and v down, in pixels; or (3, H, W): a map of u, v and strain."""

ALGORITHM = 2
"""Part of every store key. Raise it whenever this module, `head_motion`, `flow_map`, `faces.alignment` or
`faces.similarity` comes to give other numbers."""

_SMALLEST_PX = 16  # below that OpenCV's methods have no pyramid left and some of them fail


def _tvl1(onset: Picture, apex: Picture) -> object:  # Zach et al., DAGM 2007
    return cv2.optflow.DualTVL1OpticalFlow.create().calc(onset, apex, None)  # type: ignore[call-overload]


def _dis(onset: Picture, apex: Picture) -> object:  # Kroeger et al., ECCV 2016
    preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    return cv2.DISOpticalFlow.create(preset).calc(onset, apex, None)  # type: ignore[call-overload]


def _farneback(onset: Picture, apex: Picture) -> object:  # Farneback, SCIA 2003
    # OpenCV has no defaults here; these are the values of its documentation, with one more pyramid level.
    return cv2.calcOpticalFlowFarneback(  # type: ignore[call-overload]
        onset, apex, None, pyr_scale=0.5, levels=4, winsize=15, iterations=3, poly_n=5, poly_sigma=1.2, flags=0
    )


METHODS: Mapping[str, Callable[[Picture, Picture], object]] = MappingProxyType(
    {"tvl1": _tvl1, "dis": _dis, "farneback": _farneback}
)
"""Name of a flow method to what computes it: two (H, W) uint8 crops to (H, W, 2), as `optical_flow` returns it.

`tvl1` is the default, as in STSTNet, HTNet and AM3F-FlowNet."""


def library_versions() -> dict[str, str]:
    """Return what a flow map's values depend on besides pictures and settings."""
    return {"glfnet.flow": str(ALGORITHM), "opencv": cv2.__version__}


def optical_flow(onset: Picture, apex: Picture, method: str = "tvl1") -> Flow:
    """Return how far each pixel of the onset frame has moved in the apex frame.

    It uses one processor thread, so the result does not depend on how many OpenCV may use. To be faster, process clips
    in parallel, each in a process of its own.

    Args:
        onset: (H, W) uint8, grey.
        apex: (H, W) uint8, grey, aligned by the same transform as `onset`.
        method: a name in `METHODS`.

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


def check_square(crop: Picture) -> None:
    """Raise `ShapeError` unless a crop is square."""
    if crop.ndim < 2 or crop.shape[0] != crop.shape[1]:
        raise ShapeError(f"a crop must be square; got {crop.shape}.")
