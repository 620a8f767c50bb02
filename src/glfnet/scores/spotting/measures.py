"""How well movements were spotted and named in long videos, from the definitions.

Expressions come in videos, not one by one, so three questions are asked in turn: was it found (precision, recall,
F1 of intervals), how far off is the apex, and is its class correct (UF1 over the matched pairs). The product of
spotting's F1 and the classes' UF1 is STRS. Counts are pooled over all videos and divided once; a video without
spotted intervals counts like any other.

Source:
    Liong, See and Chan, "Spot-then-recognize: A micro-expression analysis network for seamless evaluation of long
    videos", Signal Processing: Image Communication 110, 2023 (STRS).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.scores.metrics import per_class
from glfnet.scores.spotting.counts import VideoCounts

SpottingMetric = Literal["precision", "recall", "f1", "strs"]

SPOTTING_MEASURES: Mapping[SpottingMetric, str] = MappingProxyType(
    {"precision": "Precision", "recall": "Recall", "f1": "F1", "strs": "STRS"}
)
"""What runs over long videos are compared by, as people write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingScore:
    """Scores of all videos together; NaN where undefined.

    Attributes:
        precision: matched / spotted; NaN where nothing was spotted.
        recall: matched / true; NaN where there is nothing to find.
        f1: 2 matched / (spotted + true); NaN where there is nothing to find.
        apex_mean_frames, apex_median_frames: distance between the apexes of matched pairs; NaN where no pair has both.
        uf1: unweighted F1 of the classes over the matched pairs; NaN where a class does not occur among them, and
            without classes.
        strs: f1 times uf1.
    """

    precision: float
    recall: float
    f1: float
    apex_mean_frames: float
    apex_median_frames: float
    uf1: float
    strs: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval over videos, or over people, whichever was drawn.

    Attributes:
        low, high: its ends; NaN for a single one, and where no resample was defined.
        undefined_share: share of the resamples in which the score was undefined; these were left out.
    """

    low: float
    high: float
    undefined_share: float


def pooled_score(videos: Sequence[VideoCounts]) -> SpottingScore:
    """Return the scores of all videos together.

    Raises:
        SettingsError: if there is no video.
    """
    scores = _scores_of(videos, [np.arange(len(videos))])
    return SpottingScore(**{name: float(values[0]) for name, values in scores.items()})


def score_bounds(
    videos: Sequence[VideoCounts], *, resamples: int = 2_000, seed: int = 0, level: float = 0.95
) -> dict[str, Bounds]:
    """Return an interval for each field of `SpottingScore`: percentiles over videos drawn with replacement.

    Where several videos show the same person, give the sums of each person (`summed`): people are drawn then.

    Raises:
        SettingsError: if there is no video.
    """
    rng = np.random.default_rng(seed)
    draws = [rng.integers(len(videos), size=len(videos)) if videos else np.arange(0) for _ in range(resamples)]
    alone = len(videos) == 1
    return {name: _bounds(values, level, alone=alone) for name, values in _scores_of(videos, draws).items()}


def _scores_of(videos: Sequence[VideoCounts], draws: Sequence[NDArray[np.int64]]) -> dict[str, NDArray[np.float64]]:
    """Return each field of `SpottingScore` for each draw, which names videos by their places, some more than once."""
    if not videos:
        raise SettingsError("videos: found none; expected one or more.")
    times = np.array([np.bincount(draw, minlength=len(videos)) for draw in draws])
    medians = _medians([np.array(one.apex_errors) for one in videos], draws)
    return {**weighted_scores(videos, times), "apex_median_frames": medians}


def weighted_scores(videos: Sequence[VideoCounts], times: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Return the scores (R,) of R sums of videos, NaN where undefined: the fields of `SpottingScore` but the median.

    Args:
        videos: N of them, at least one.
        times: (R, N), how often each video is in each sum.
    """
    counts = np.array([(one.spotted, one.true, one.matched, len(one.apex_errors)) for one in videos])
    spotted, true, matched, apexes = (times @ counts).T
    confusions = np.array([one.confusion for one in videos])
    drawn = (times @ confusions.reshape(len(videos), -1)).reshape(len(times), *confusions.shape[1:])
    classes = per_class(drawn).f1[:, :-1]  # "no class" is none
    uf1 = classes.mean(axis=1) if classes.size else np.full(len(times), np.nan)
    f1 = _ratio(2 * matched, np.where(true > 0, spotted + true, 0))
    return {
        "precision": _ratio(matched, spotted),
        "recall": _ratio(matched, true),
        "f1": f1,
        "apex_mean_frames": _ratio(times @ np.array([sum(one.apex_errors) for one in videos]), apexes),
        "uf1": uf1,
        "strs": f1 * uf1,
    }


def _medians(errors: Sequence[NDArray[np.int64]], draws: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    if not any(len(one) for one in errors):
        return np.full(len(draws), np.nan)
    drawn = (np.concatenate([errors[place] for place in draw]) for draw in draws)
    return np.array([np.median(one) if len(one) else np.nan for one in drawn])


def _bounds(values: NDArray[np.float64], level: float, *, alone: bool) -> Bounds:
    defined = values[~np.isnan(values)]
    share = 1 - len(defined) / len(values)
    if alone or not len(defined):
        return Bounds(np.nan, np.nan, share)
    low, high = np.quantile(defined, ((1 - level) / 2, (1 + level) / 2)).tolist()
    return Bounds(low, high, share)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))
