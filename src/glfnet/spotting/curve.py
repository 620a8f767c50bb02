"""The movement curve of a track, for people to look at, and how much the head moves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.spotting.pulses import Values
from glfnet.spotting.regions import REGIONS

_AROUND_S = 1.0  # a region rests at its median over this time before and after
_KNOT_S = 0.25
_FAST_PERCENT, _FAST_S = 5.0, 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """How much a track's face moves, frame by frame.

    Attributes:
        face: number of the face.
        index: (T,) int64, frames.
        time_s: (T,) float64.
        movement_percent: (T,) float64, movement of the strongest region, in per cent of the distance between the eyes.
        regions_percent: region -> (T,) float64, the same for each region.
    """

    face: int
    index: NDArray[np.int64]
    time_s: NDArray[np.float64]
    movement_percent: NDArray[np.float64]
    regions_percent: Mapping[str, NDArray[np.float64]]


def movement_curve(face: int, index: NDArray[np.int64], time_s: Values, seen_s: Values, moved: Values) -> Curve:
    """Return how far each region is from where it rests around that time: the median of two seconds.

    Args:
        face: number of the face.
        index: (T,) frames.
        time_s: (T,) of these frames.
        seen_s: (N,) of the frames that were looked at; frames between them are given what lies between.
        moved: (N, regions, 2) displacement in per cent of the distance between the eyes.
    """
    if not len(seen_s):
        return Curve(face=face, index=index, time_s=time_s, movement_percent=np.zeros(0), regions_percent={})
    away = np.hypot(*np.moveaxis(moved - _resting(seen_s, moved), -1, 0))
    regions = {name: np.interp(time_s, seen_s, away[:, row]) for row, name in enumerate(REGIONS)}
    strongest = np.max(list(regions.values()), axis=0)
    return Curve(face=face, index=index, time_s=time_s, movement_percent=strongest, regions_percent=regions)


def head_motion_share(seen_s: Values, pose: Values) -> float:
    """Return the share of frames in which the head moves by more than 5 per cent in 0.25 s (`HeadFit.pose_percent`)."""
    if not len(seen_s):
        return 0.0
    before = np.searchsorted(seen_s, seen_s - _FAST_S)
    return float(np.mean(np.abs(pose - pose[before]).max(axis=1) > _FAST_PERCENT))


def _resting(seen_s: Values, moved: Values) -> Values:
    """Return where regions rest, (N, regions, 2): medians at knots, and straight lines between them."""
    knots = np.arange(seen_s[0], seen_s[-1] + _KNOT_S, _KNOT_S)
    firsts, lasts = (np.searchsorted(seen_s, knots + side) for side in (-_AROUND_S, _AROUND_S))
    medians = np.stack([np.median(moved[first:last], axis=0) for first, last in zip(firsts, lasts, strict=True)])
    columns = medians.reshape(len(knots), -1).T
    lines = np.stack([np.interp(seen_s, knots, column) for column in columns], axis=1)
    return np.asarray(lines.reshape(moved.shape))
