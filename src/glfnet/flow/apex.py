"""The apex of a clip whose database annotates none (SMIC): estimated by a rule.

`flow`, the default: the frame between onset and offset that differs most from the onset frame, measured by the mean
length of the optical flow (DIS) over the face, with the movement of the head as a whole taken out, smoothed over time.
`middle`: halfway between onset and offset, whatever the frames show. `weighted`: as `flow`, but frames count less the
farther they are from where annotated apexes lie. docs/results.md says how far each is off. An apex from here is marked
as estimated (`Clip.apex_estimated`).
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import Picture
from glfnet.flow.head_motion import rigid_correction
from glfnet.flow.optical_flow import optical_flow

FLOW_RULE, MIDDLE_RULE, WEIGHTED_RULE = "flow", "middle", "weighted"
APEX_RULES = (FLOW_RULE, MIDDLE_RULE, WEIGHTED_RULE)

# Annotated apexes of CASME II and SAMM (35 development subjects; scripts/apex_rules.py): the mean share of the clip
# that lies before the apex, its deviation, and how far the middle is off on average.
_USUAL_SHARE, _SHARE_SPREAD, _MIDDLE_ERROR = 0.49, 0.16, 0.13
_NEARLY = 0.9  # a frame with so much of the strongest movement could be the apex as well
_CANDIDATES = 5

SMOOTHING = 0.1
"""Width of the smoothing as a share of the clip: a tenth follows a movement, but not one noisy or blurred frame."""


def check_apex_rule(rule: str) -> None:
    """Raise `SettingsError` unless a rule is one of `APEX_RULES`."""
    if rule not in APEX_RULES:
        raise SettingsError(f"apex rule {rule!r}: no such rule; known are {', '.join(APEX_RULES)}.")


def middle_frames(onset: int, offset: int, *, average: bool = False) -> tuple[int, ...]:
    """Return the frame halfway between onset and offset, or frames around it that could be the apex as well.

    Args:
        onset: number of the onset frame.
        offset: number of the offset frame, two or more later.
        average: five frames over the usual error of the middle instead of one; fewer in a short clip.

    Returns:
        Numbers between onset and offset, ascending.
    """
    reach = np.linspace(-_MIDDLE_ERROR, _MIDDLE_ERROR, _CANDIDATES) if average else np.zeros(1)
    numbers = onset + np.floor((0.5 + reach) * (offset - onset) + 0.5).astype(int)
    return tuple(sorted({int(number) for number in numbers.clip(onset + 1, offset - 1)}))


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
    return 1 + int(np.argmax(smoothed(curve, smoothing)[1:-1]))


def smoothed(curve: NDArray[np.float64], smoothing: float = SMOOTHING) -> NDArray[np.float64]:
    """Return a curve's moving average; arguments and errors as of `strongest`."""
    if curve.ndim != 1 or len(curve) < 3:
        raise ShapeError(f"a clip must have onset, offset and at least one frame between; got {len(curve)} frames.")
    if not 0 <= smoothing <= 1:
        raise SettingsError(f"smoothing must be a share of the clip, 0 to 1; got {smoothing}.")
    reach = round(smoothing * len(curve)) // 2  # an odd width, so that the average is not shifted by half a frame
    padded = np.pad(curve, reach, mode="edge")
    smooth = np.convolve(padded, np.full(2 * reach + 1, 1 / (2 * reach + 1)), mode="valid")
    return np.asarray(smooth.round(9))  # equal frames must not be told apart by rounding error


def apex_indices(curve: NDArray[np.float64], rule: str = FLOW_RULE, *, average: bool = False) -> tuple[int, ...]:
    """Return the index of the apex in a curve of movement, with `average` of every frame that could be it.

    Args:
        curve: (frames,) as `movement_since_onset` gives it.
        rule: `flow` or `weighted`.
        average: the frames around the strongest one that move nearly as much (nine tenths), five of them at most.

    Returns:
        Indices from 1 to frames - 2, ascending.

    Raises:
        ShapeError: if there are fewer than three frames.
    """
    smooth = smoothed(curve)
    if rule == WEIGHTED_RULE:
        away = (np.arange(len(curve)) / (len(curve) - 1) - _USUAL_SHARE) / _SHARE_SPREAD
        smooth = smooth * np.exp(-(away**2) / 2)
    inner = smooth[1:-1]
    peak = int(np.argmax(inner))
    if not average:
        return (1 + peak,)
    low, high = _stretch(inner >= _NEARLY * inner[peak], peak)
    return tuple(sorted({1 + round(place) for place in np.linspace(low, high, _CANDIDATES).tolist()}))


def _stretch(mask: Sequence[bool] | NDArray[np.bool_], place: int) -> tuple[int, int]:
    """Return the first and last index of the unbroken stretch around a place."""
    low = high = place
    while low > 0 and mask[low - 1]:
        low -= 1
    while high < len(mask) - 1 and mask[high + 1]:
        high += 1
    return low, high


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
