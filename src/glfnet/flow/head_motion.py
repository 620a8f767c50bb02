"""The movement of the head in a flow: fitted, taken out, and taken out before the flow is made."""

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.faces.alignment import Picture, warp
from glfnet.faces.similarity import Transform, fitted_similarity, moved_points
from glfnet.flow.optical_flow import Flow, check_square, optical_flow

_SAMPLED_PX = 64  # a rigid motion has four numbers: so many rows and columns of a flow are plenty to fit it
_ROUNDS = 10


def rigid_motion(flow: Flow, mask: NDArray[np.bool_] | None = None) -> Transform:
    """Return the similarity that explains most of a flow: the movement of the head as a whole.

    It is fitted by reweighting, so that a part of the face that moves on its own counts little: what departs by more
    than the usual residual loses its weight (Geman and McClure's function, scaled by the median residual).

    Args:
        flow: (H, W, 2), pixels, u to the right and v down.
        mask: (H, W), where to look; everywhere if None.

    Returns:
        (2, 3): maps (x, y, 1) of the first picture to (x, y) of the second.

    Raises:
        ShapeError: if the shapes do not fit or the mask leaves fewer than three pixels.
    """
    if flow.ndim != 3 or flow.shape[2] != 2 or (mask is not None and mask.shape != flow.shape[:2]):
        shape = "none" if mask is None else str(mask.shape)
        raise ShapeError(f"flow must be (H, W, 2) and mask (H, W); got {flow.shape} and {shape}.")
    rows, columns = (slice(None, None, max(1, side // _SAMPLED_PX)) for side in flow.shape[:2])
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]][:, rows, columns]
    seen = np.ones(x.shape, dtype=np.bool_) if mask is None else mask[rows, columns]
    start = np.stack([x[seen], y[seen]], axis=1).astype(np.float64)
    if len(start) < 3:
        raise ShapeError(f"mask leaves {len(start)} of {x.size} places; expected three or more.")
    end = start + flow[rows, columns][seen]
    weights = np.ones(len(start))
    for _ in range(_ROUNDS):
        motion = fitted_similarity(start, end, weights)
        squared = ((end - moved_points(start, motion)) ** 2).sum(axis=1)
        weights = 1 / (1 + squared / (2 * np.median(squared) + 1e-8)) ** 2  # 1e-8: residuals of a ten-thousandth pixel
    return fitted_similarity(start, end, weights)


def rigid_correction(flow: Flow, mask: NDArray[np.bool_] | None = None) -> Flow:
    """Return a flow without the movement of the head as a whole: what the skin does, seen by the head.

    Exact for a finite turn, shift and change of size: a flow that is nothing else becomes zero.

    Args:
        flow: (H, W, 2) float32, pixels, u to the right and v down.
        mask: (H, W), where the face is; the whole picture if None. The correction applies everywhere.

    Returns:
        (H, W, 2) float32, pixels of the first picture.

    Raises:
        ShapeError: as `rigid_motion`.
    """
    motion = rigid_motion(flow, mask)
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]]
    start = np.stack([x, y], axis=-1).astype(np.float64)
    rest = flow + start - moved_points(start, motion)
    return np.asarray(rest @ np.linalg.inv(motion[:, :2]).T, dtype=np.float32)  # turned back with the head


def still_head_flow(onset: Picture, apex: Picture, method: str = "tvl1", mask: NDArray[np.bool_] | None = None) -> Flow:
    """Return the flow between two crops without the movement of the head as a whole.

    This takes two steps: first the apex frame is turned and shifted back by the motion that fast DIS flow shows; then
    flow is computed, and the rigid motion left in it is taken out. TV-L1 renders flow that changes slowly from place to
    place, as that of a turning head, in small steps, which strain would show; a still head has no such flow.

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
    check_square(onset)
    # Not by `similarity.inverse`: its last digits differ, and maps must stay the same to the last digit.
    motion = np.vstack([rigid_motion(first, mask), [0, 0, 1]])
    back = warp(apex, np.linalg.inv(motion)[:2], len(apex))
    return rigid_correction(optical_flow(onset, back, method), mask)
