"""How well movements were spotted and named in long videos, from the definitions. Frames are counted from 0.

Micro-expressions come in videos, not one by one, so three questions are asked in turn: was it found (precision, recall,
F1 of intervals), how far off is the apex, and is its class correct (UF1 over the matched pairs). The product of
spotting's F1 and the classes' UF1 is STRS. Counts are pooled over all videos and divided once; a video without
spotted intervals counts like any other.

Sources:
    Li et al., "Spotting Micro-Expressions on Long Videos Sequences", FG 2019 (an interval is found at an overlap of one
    half or more); Liong, See and Chan, "Spot-then-recognize: A micro-expression analysis network for seamless
    evaluation of long videos", Signal Processing: Image Communication 110, 2023 (STRS).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from glfnet.errors import SettingsError
from glfnet.scores.metrics import confusion, per_class

MIN_IOU = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A micro-expression in a video, true or spotted.

    Attributes:
        onset_index, apex_index, offset_index: frames; onset and offset belong to it.
        emotion: its class; None where a spotter finds but does not name.
    """

    onset_index: int
    apex_index: int
    offset_index: int
    emotion: str | None = None

    def __post_init__(self) -> None:
        """Refuse frames out of order."""
        if not self.onset_index <= self.apex_index <= self.offset_index:
            found = f"{self.onset_index}, {self.apex_index}, {self.offset_index}"
            raise SettingsError(f"onset, apex, offset {found}: expected them in order.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoCounts:
    """All that the scores need of one video.

    Attributes:
        spotted: how many intervals were spotted.
        true: how many there are.
        apex_errors: frames between the apexes of each matched pair, 0 or more.
        confusion: (K + 1, K + 1) counts of matched pairs, rows = truth; the last column holds those without a class.
    """

    spotted: int
    true: int
    apex_errors: tuple[int, ...]
    confusion: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingScore:
    """Scores of all videos together; NaN where undefined.

    Attributes:
        precision: matched / spotted; NaN where nothing was spotted.
        recall: matched / true; NaN where there is nothing to find.
        f1: 2 matched / (spotted + true); NaN where there is nothing to find.
        apex_mean_frames, apex_median_frames: distance between the apexes of matched pairs; NaN without a pair.
        uf1: unweighted F1 of the classes over the matched pairs; NaN where a class does not occur among them.
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
    """An interval over videos.

    Attributes:
        low, high: its ends; NaN for a single video, and where no resample was defined.
        undefined_share: share of the resamples in which the score was undefined; these were left out.
    """

    low: float
    high: float
    undefined_share: float


def interval_iou(a: Expression, b: Expression) -> float:
    """Return frames in both over frames in either, 0..1."""
    first, last = max(a.onset_index, b.onset_index), min(a.offset_index, b.offset_index)
    both = max(0, last - first + 1)
    either = sum(one.offset_index - one.onset_index + 1 for one in (a, b)) - both
    return both / either


def matched_pairs(
    spotted: Sequence[Expression], true: Sequence[Expression], min_iou: float = MIN_IOU
) -> list[tuple[int, int]]:
    """Pair spotted with true intervals of one video: as many pairs as possible, each interval in at most one.

    Of several matchings of this size, the one with the largest overlap is taken.

    Args:
        spotted: S intervals of one video, in any order.
        true: T intervals of the same video.
        min_iou: frames in both over frames in either that a pair must have, over 0, at most 1.

    Returns:
        positions in `spotted` and `true`, in the order of `spotted`.

    Raises:
        SettingsError: if `min_iou` is out of range.
    """
    if not 0 < min_iou <= 1:
        raise SettingsError(f"min_iou: found {min_iou}; expected more than 0, at most 1.")
    iou = np.array([[interval_iou(s, t) for t in true] for s in spotted]).reshape(len(spotted), len(true))
    close = iou >= min_iou
    # All overlaps together stay below 1, the worth of one more pair.
    worth = close * (1 + iou / (min(iou.shape) + 1))
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if close[row, column]]


def count_video(
    spotted: Sequence[Expression], true: Sequence[Expression], classes: Sequence[str], min_iou: float = MIN_IOU
) -> VideoCounts:
    """Match one video and count; see `matched_pairs`.

    Args:
        spotted: intervals of one video; an emotion of None is no answer, which is never correct.
        true: intervals of the same video, each of one of the classes.
        classes: K names, the same ones for all videos.
        min_iou: see `matched_pairs`.

    Raises:
        SettingsError: if an emotion is none of the classes, or `min_iou` is out of range.
    """
    pairs = matched_pairs(spotted, true, min_iou)
    truth = [_class_index(one, classes) for one in true]
    answers = [len(classes) if one.emotion is None else _class_index(one, classes) for one in spotted]
    return VideoCounts(
        spotted=len(spotted),
        true=len(true),
        apex_errors=tuple(abs(spotted[s].apex_index - true[t].apex_index) for s, t in pairs),
        confusion=confusion(
            np.array([truth[t] for _, t in pairs], dtype=np.int64),
            np.array([answers[s] for s, _ in pairs], dtype=np.int64),
            len(classes) + 1,
        ),
    )


def pooled_score(videos: Sequence[VideoCounts]) -> SpottingScore:
    """Return the scores of all videos together.

    Raises:
        SettingsError: if there is no video.
    """
    if not videos:
        raise SettingsError("videos: found none; expected one or more.")
    spotted, true = sum(video.spotted for video in videos), sum(video.true for video in videos)
    errors = [error for video in videos for error in video.apex_errors]
    f1 = _ratio(2 * len(errors), spotted + true) if true else np.nan
    classes = per_class(np.sum([video.confusion for video in videos], axis=0)).f1[:-1]  # "no class" is none
    uf1 = float(classes.mean())
    return SpottingScore(
        precision=_ratio(len(errors), spotted),
        recall=_ratio(len(errors), true),
        f1=f1,
        apex_mean_frames=float(np.mean(errors)) if errors else np.nan,
        apex_median_frames=float(np.median(errors)) if errors else np.nan,
        uf1=uf1,
        strs=f1 * uf1,
    )


def score_bounds(
    videos: Sequence[VideoCounts], *, resamples: int = 2_000, seed: int = 0, level: float = 0.95
) -> dict[str, Bounds]:
    """Return an interval for each field of `SpottingScore`: percentiles over videos drawn with replacement.

    Raises:
        SettingsError: if there is no video.
    """
    rng = np.random.default_rng(seed)
    draws = [
        pooled_score(
            [videos[place] for place in rng.integers(len(videos), size=len(videos)).tolist()] if videos else []
        )
        for _ in range(resamples)
    ]
    tables = [asdict(draw) for draw in draws]
    return {
        name: _bounds(np.array([table[name] for table in tables]), level, alone=len(videos) == 1) for name in tables[0]
    }


def _bounds(values: NDArray[np.float64], level: float, *, alone: bool) -> Bounds:
    defined = values[~np.isnan(values)]
    share = 1 - len(defined) / len(values)
    if alone or not len(defined):
        return Bounds(np.nan, np.nan, share)
    low, high = np.quantile(defined, ((1 - level) / 2, (1 + level) / 2)).tolist()
    return Bounds(low, high, share)


def _class_index(one: Expression, classes: Sequence[str]) -> int:
    if one.emotion is None or one.emotion not in classes:
        raise SettingsError(f"emotion: found {one.emotion!r}; expected one of {', '.join(classes)}.")
    return list(classes).index(one.emotion)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else np.nan
