"""The apex of a clip whose database annotates none (SMIC): estimated by a rule.

The rule: the frame between onset and offset that differs most from the onset frame, measured by the mean length of the
optical flow (DIS) over the face, with the movement of the head as a whole taken out, smoothed over time. An apex from
here is marked as estimated (`Clip.apex_estimated`).
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import Picture
from glfnet.flow.head_motion import rigid_correction
from glfnet.flow.optical_flow import optical_flow

SMOOTHING = 0.1
"""Width of the smoothing as a share of the clip: a tenth follows a movement, but not one noisy or blurred frame."""


def movement_since_onset(
    frames: Iterable[Picture], method: str = "dis", mask: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Return how far the skin of each frame is from where it was in the first one.

    Holds two frames at a time, however long the clip is.

    Args:
        frames: the clip from onset to offset: (H, W) uint8 each, grey, all aligned by one transform.
        method: see `optical_flow`.
        mask: (H, W), where the face is; the whole picture if None.

    Returns:
        (frames,) float64: mean length of the flow in pixels, head movement taken out; the first value is 0.

    Raises:
        ShapeError: if a frame is not grey uint8 or has another size than the first.
        SettingsError: if there is no such method.
    """
    coming = iter(frames)
    onset = next(coming, None)
    if onset is None:
        return np.zeros(0)
    lengths = [0.0]
    for frame in coming:
        flow = rigid_correction(optical_flow(onset, frame, method), mask)
        length = np.hypot(flow[..., 0], flow[..., 1])
        lengths.append(float(length.mean() if mask is None else length[mask].mean()))
    return np.array(lengths)


def strongest(curve: NDArray[np.float64], smoothing: float = SMOOTHING) -> int:
    """Return the index of the strongest frame between the first and the last one.

    Args:
        curve: (frames,) as `movement_since_onset` gives it.
        smoothing: width of the moving average as a share of the clip, 0 to 1; 0 is none.

    Returns:
        1 to frames - 2; of equal frames the earliest.

    Raises:
        ShapeError: if there are fewer than three frames.
        SettingsError: if `smoothing` is not a share.
    """
    if curve.ndim != 1 or len(curve) < 3:
        raise ShapeError(f"a clip must have onset, offset and at least one frame between; got {len(curve)} frames.")
    if not 0 <= smoothing <= 1:
        raise SettingsError(f"smoothing must be a share of the clip, 0 to 1; got {smoothing}.")
    reach = round(smoothing * len(curve)) // 2  # an odd width, so that the average is not shifted by half a frame
    padded = np.pad(curve, reach, mode="edge")
    smooth = np.convolve(padded, np.full(2 * reach + 1, 1 / (2 * reach + 1)), mode="valid")
    return 1 + int(np.argmax(smooth[1:-1].round(9)))  # rounded: equal frames must not be told apart by rounding error


def estimate_apex(
    frames: Iterable[Picture],
    *,
    method: str = "dis",
    mask: NDArray[np.bool_] | None = None,
    smoothing: float = SMOOTHING,
) -> int:
    """Return the index of the apex frame by the rule of this module, counted from 0 at the onset frame.

    Args:
        frames: the clip from onset to offset: (H, W) uint8 each, grey, all aligned by one transform.
        method: see `optical_flow`.
        mask: (H, W), where the face is (`alignment.face_mask`); the whole picture if None.
        smoothing: see `strongest`.

    Returns:
        1 to frames - 2: neither the onset nor the offset frame.

    Raises:
        ShapeError: if there are fewer than three frames, or one is not grey uint8 or has another size than the first.
        SettingsError: if there is no such method or `smoothing` is not a share.
    """
    return strongest(movement_since_onset(frames, method, mask), smoothing)
