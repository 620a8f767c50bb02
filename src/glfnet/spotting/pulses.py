"""Movements that go out and come back, found in the displacement of regions over time.

Time is counted in steps of a hundredth of a second, whatever the frame rate: displacements are interpolated to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

Values = NDArray[np.float64]

STEP_S = 0.01
_DIAGONAL = 0.5**0.5
_AXES = np.array([(1.0, 0.0), (0.0, 1.0), (_DIAGONAL, _DIAGONAL), (_DIAGONAL, -_DIAGONAL)])
_SMOOTHING = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
# Of its height: how far the valleys beside a peak must lie below it. In even speech they are half as high as the peaks.
_STANDS_OUT = 0.35
_HALF, _FIFTH, _DOWN = 0.5, 0.2, 0.12
_GOES_ON = 0.5  # of the mean speed of a rise or fall: what is as fast just before or after it belongs to it
_STRIDE = 2  # steps over which that speed is measured
_FAST_STRIDE, _SLOW = 4, 0.3  # steps over which a rise or fall is timed, and which share of its speed is no part of it
UNREST_STEPS = (5, 10, 20)  # about as long as the rises and falls of micro-expressions
_QUIET_SHARE, _TIMES_OTHERS = 0.4, 2.0  # a mouth that speaks is in fewer than 60 per cent of the regions
_UNREST_TIMES = 12  # as many steps as this are needed: in less time, a movement would be taken for noise
_LONGEST_TAIL = (
    3.0  # a movement ends no farther from its apex than this many times the distance at which half of it is left
)


@dataclass(frozen=True, slots=True, eq=False)
class Pulse:
    """A movement that goes out and comes back, in steps of the grid it was found on.

    Attributes:
        onset, apex, offset: steps.
        moved: (regions, 2) how far each region is at the apex from the line between onset and offset, u and v in per
            cent; 0 for regions that were not looked at.
    """

    onset: int
    apex: int
    offset: int
    moved: Values

    @property
    def strengths(self) -> Values:
        """(regions,) lengths of `moved`."""
        return np.asarray(np.hypot(self.moved[:, 0], self.moved[:, 1]))

    @property
    def length_s(self) -> float:
        """From onset to offset."""
        return (self.offset - self.onset) * STEP_S


def on_grid(times_s: Values, values: Values) -> tuple[Values, Values]:
    """Return values at even steps, without single wrong frames and a little smoothed.

    Args:
        times_s: (N,) rising.
        values: (N, ...) at these times.

    Returns:
        (T,) times, whole multiples of `STEP_S`, so that a later call gives the same ones; (T, ...) values.
    """
    flat = _median_of_three(values.reshape(len(values), -1))
    first, last = np.ceil(times_s[0] / STEP_S - 1e-6), np.floor(times_s[-1] / STEP_S + 1e-6)
    grid = np.arange(first, last + 1) * STEP_S
    even = np.stack([np.interp(grid, times_s, column) for column in flat.T], axis=1)
    padded = np.pad(even, ((2, 2), (0, 0)), mode="edge")
    smooth = sum(weight * padded[start : start + len(even)] for start, weight in enumerate(_SMOOTHING))
    return grid, np.asarray(smooth).reshape(len(grid), *values.shape[1:])


def noise(values: Values) -> Values:
    """Return the standard deviation of each region's jitter from frame to frame: (N, regions, 2) -> (regions,).

    It is measured by the median of how far frames lie from the middle between their neighbours, on which movements,
    which are few or smooth, have little effect.
    """
    if len(values) < 3:
        return np.zeros(values.shape[1])
    jitter = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2)
    return np.asarray(1.4826 / 1.5**0.5 * np.median(jitter, axis=0).max(axis=-1))


def unrest(values: Values) -> Values:
    """Return how far regions wander within the time of a micro-expression: (T, regions, 2) on the grid -> (regions,).

    The standard deviation that `noise` measures from one frame to the next, here over a twentieth to a fifth of a
    second, the largest of three. Compression turns a sensor's noise into steps and slow drift that jitter does not
    show. Too short a time, in which a movement would be taken for noise, gives 0.
    """
    return _like_others(wander(values))


def wander(values: Values, lengths: Sequence[int] = UNREST_STEPS) -> Values:
    """Return the same for signals of any kind, (T, N, 2) or (T, N, 1) -> (N,), over stretches of so many steps."""
    enough = [_wander(values, steps) for steps in lengths if _UNREST_TIMES * steps <= len(values)]
    return np.asarray(np.max([np.zeros(values.shape[1]), *enough], axis=0))


def _like_others(moved: Values) -> Values:
    """Return it without what a region moves for long: noise is about the same in all of the face, speech is not."""
    return np.minimum(moved, _TIMES_OTHERS * np.quantile(moved, _QUIET_SHARE))


def _wander(values: Values, steps: int) -> Values:
    away = np.abs(values[steps:-steps] - (values[: -2 * steps] + values[2 * steps :]) / 2)
    return np.asarray(1.4826 / 1.5**0.5 * np.median(away, axis=0).max(axis=-1))


def excursions(values: Values, longest_s: float) -> Values:
    """Return how far each region is out and back within `longest_s`: (T, regions, 2) -> (T, regions), per cent.

    This is the top-hat of mathematical morphology along eight directions, of which the largest counts. What drifts,
    steps, or stays out longer than `longest_s` gives nothing. Before the first step and after the last, values are
    taken to be the same as there.
    """
    steps = round(longest_s / STEP_S) + 1
    series = np.einsum("trc,ac->art", values, _AXES).reshape(-1, len(values)).astype(np.float32)
    series = np.pad(series, ((0, 0), (steps, steps)), mode="edge")
    kernel = np.ones((1, steps), dtype=np.uint8)
    out = cv2.morphologyEx(series, cv2.MORPH_TOPHAT, kernel)
    back = cv2.morphologyEx(series, cv2.MORPH_BLACKHAT, kernel)
    heights = np.maximum(out, back)[:, steps:-steps].reshape(len(_AXES), -1, len(values))
    return np.asarray(heights.max(axis=0).T, dtype=np.float64)


def rises(signals: Values, longest_s: float) -> Values:
    """Return how far each signal rises and comes back within `longest_s`: (T, S) -> (T, S), 0 or more."""
    steps = round(longest_s / STEP_S) + 1
    series = np.pad(signals.T.astype(np.float32), ((0, 0), (steps, steps)), mode="edge")
    out = cv2.morphologyEx(series, cv2.MORPH_TOPHAT, np.ones((1, steps), dtype=np.uint8))
    return np.asarray(out[:, steps:-steps].T, dtype=np.float64)


def peaks(score: Values) -> NDArray[np.intp]:
    """Return at which steps a (T,) score has a peak above 1 that stands out."""
    padded = np.concatenate([[0.0], score, [0.0]])
    found, about = find_peaks(padded, height=1.0, prominence=_STANDS_OUT)
    return np.asarray(found[about["prominences"] >= _STANDS_OUT * about["peak_heights"]] - 1)


def pulse_at(values: Values, score: Values, peak: int, rows: NDArray[np.intp]) -> Pulse | None:
    """Return the pulse around a peak of a score, None if the movement does not come back at all.

    A movement that comes back in part has its onset where the rise begins, and its strength is that of the rise.

    Onset and offset are extrapolated: from where the displacement in the direction of the apex, of all rows together,
    is down to a half and to a fifth, to where a smooth movement would begin and end.

    Args:
        values: (T, regions, 2) displacement.
        score: (T,) that has the peak.
        peak: its step.
        rows: the regions to look at.
    """
    first, last = peak - _foot(score[peak::-1]), peak + _foot(score[peak:])
    seen = values[first : last + 1, rows].reshape(last + 1 - first, -1)
    rest = seen - np.linspace(seen[0], seen[-1], len(seen))
    way = rest[peak - first]
    if not 0 < peak - first < last - first or not way.any():
        return None
    course = rest @ way
    top = int(np.argmax(course))
    moved = np.zeros(values.shape[1:])
    moved[rows] = rest[top].reshape(-1, 2)
    before, after = _reach(course[top::-1]), _reach(course[top:])
    onset, apex, offset = first + top - before, first + top, first + top + after
    along = values[:, rows].reshape(len(values), -1) @ (way / np.linalg.norm(way))
    more_before, more_after = _goes_on(along[apex::-1], before), _goes_on(along[apex:], after)
    if more_before > 0 or more_after > 0:
        onset, offset = onset - more_before, offset + more_after
        # From the lower side, or what is left of the movement would be counted as no movement.
        low = onset if along[onset] <= along[offset] else offset
        moved[rows] = values[apex, rows] - values[low, rows]
    return Pulse(onset, apex, offset, moved)


def fast_part(values: Values, pulse: Pulse, longest_s: float) -> Pulse:
    """Return what is fast of a pulse: from where its rise begins to be quick to where its fall ceases to be.

    What goes on from a slower movement, or stays behind for a while, is longer than its own rise and fall.

    Args:
        values: (T, regions, 2) displacement, where the pulse was found.
        pulse: a pulse.
        longest_s: how far from the apex the rise may begin, and the fall end.
    """
    rows = np.flatnonzero(pulse.moved.any(axis=1))
    way = pulse.moved[rows].ravel()
    along = values[:, rows].reshape(len(values), -1) @ (way / np.linalg.norm(way))
    steps = round(longest_s / STEP_S)
    onset = pulse.apex - _fast(along[pulse.apex :: -1][: steps + 1])
    offset = pulse.apex + _fast(along[pulse.apex :][: steps + 1])
    moved = np.zeros(values.shape[1:])
    moved[rows] = values[pulse.apex, rows] - values[onset, rows]
    return Pulse(onset, pulse.apex, offset, moved)


def _fast(run: Values) -> int:
    """Return how many steps after the top of a course its fall is over, the quickest one there is."""
    if len(run) <= _FAST_STRIDE:
        return len(run) - 1
    speeds = run[:-_FAST_STRIDE] - run[_FAST_STRIDE:]
    quickest = int(np.argmax(speeds))
    slow = np.flatnonzero(speeds[quickest:] < _SLOW * speeds[quickest])
    return quickest + int(slow[0]) + _FAST_STRIDE // 2 if len(slow) else len(run) - 1


def _foot(run: Values) -> int:
    """Return how many steps after its peak a score is down or begins to rise to the next peak."""
    down = np.flatnonzero(run < _DOWN * run[0])
    lowest = np.minimum.accumulate(run)
    rising = np.flatnonzero(run > lowest + _STANDS_OUT * run[0])
    end = min([len(run) - 1, *down[:1], *(int(np.argmin(run[:rise])) for rise in rising[:1])])
    return int(end)


def _reach(run: Values) -> int:
    """Return how many steps lie between the top of a course and its beginning or end."""
    half, fifth = (_crossing(run, level * float(run[0])) for level in (_HALF, _FIFTH))
    return min(round(min(fifth + (fifth - half), _LONGEST_TAIL * half)), len(run) - 1)


def _goes_on(run: Values, reach: int) -> int:
    """Return for how many steps after `reach` a course goes on falling about as fast as until there."""
    if reach < _STRIDE:
        return 0
    fastest = _GOES_ON * float(run[0] - run[reach]) / reach
    falls = (run[reach:-_STRIDE] - run[reach + _STRIDE :]) / _STRIDE
    slower = np.flatnonzero(falls < fastest)
    more = int(slower[0]) if len(slower) else len(falls)
    return more if fastest > 0 else 0


def _crossing(run: Values, level: float) -> float:
    below = np.flatnonzero(run < level)
    if not len(below):
        return float(len(run) - 1)
    step = int(below[0])
    return step - float((level - run[step]) / (run[step - 1] - run[step]))


def _median_of_three(columns: Values) -> Values:
    if len(columns) < 3:
        return columns
    before, now, after = columns[:-2], columns[1:-1], columns[2:]
    middle = np.maximum(np.minimum(before, now), np.minimum(np.maximum(before, now), after))
    return np.concatenate([columns[:1], middle, columns[-1:]])
