"""Runs over long videos against a baseline run over the same ones: what `compare_runs` does where spotting is the task.

Compared are precision, recall, F1 and STRS, in each database and of each kind of expression. People are drawn, and
swapped between the runs, with all of their videos; where nobody knows who is in a video, videos are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ProtocolError
from glfnet.scores.comparison import SpottingComparison, adjusted
from glfnet.scores.resampling import chunks, first_few, percentiles
from glfnet.scores.spotting.answered_videos import (
    AnsweredVideo,
    SpottedVideos,
    counts_by_kind,
    drawn_counts,
    tells_kinds_apart,
)
from glfnet.scores.spotting.counts import VideoCounts
from glfnet.scores.spotting.expressions import MIN_IOU
from glfnet.scores.spotting.measures import SPOTTING_MEASURES, SpottingMetric, weighted_scores

_LEVEL = 0.95
_ROUNDING = 1e-12  # two differences closer than this are equal: their sums were only added in another order
_ALL = "full"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two runs' counts of one kind in one database: of the same people, or videos, in the same order."""

    scope: str
    kind: str
    drawn: str
    before: Sequence[VideoCounts]
    after: Sequence[VideoCounts]

    def scores(self, times_before: NDArray[np.int64], times_after: NDArray[np.int64]) -> Mapping[str, Floats]:
        """Return the scores of sums of both runs' counts, each taken so many times: both (R, N)."""
        return weighted_scores([*self.before, *self.after], np.concatenate([times_before, times_after], axis=1))

    def differences(self, times: NDArray[np.int64], others: NDArray[np.int64]) -> dict[str, Floats]:
        """Return how much better the run is than the baseline, each score (R,).

        Args:
            times: (R, N), how often each is taken with the own counts of a run.
            others: (R, N), how often with those of the other one.
        """
        of_run, of_baseline = self.scores(others, times), self.scores(times, others)
        return {name: of_run[name] - of_baseline[name] for name in SPOTTING_MEASURES}


def compare_spotted(
    runs: Mapping[str, SpottedVideos],
    *,
    permutations: int,
    resamples: int,
    seed: int = 0,
    min_iou: float = MIN_IOU,
) -> list[SpottingComparison]:
    """Compare each run with the first one, which is the baseline; see `compare_runs`.

    Args:
        runs: name -> videos, at least two. Videos and what is true of them may not differ.
        permutations: swaps of each test: a person's answers in the two runs are exchanged.
        resamples: resamples of each interval: people are drawn with replacement, the same ones for both runs.
        seed: of both.
        min_iou: see `expressions.matched_pairs`.

    Returns:
        For each measure and run: each database, and in it each kind. STRS only where something is named with a class.

    Raises:
        ProtocolError: if the runs differ in videos, in what is true of them, or in what they are scored by.
        SettingsError: if `permutations` or `resamples` is below 1, or `min_iou` is out of range.
    """
    (baseline, first), *others = runs.items()
    for name, other in others:
        _check_same_videos(baseline, first, name, other)
    found: dict[SpottingMetric, list[SpottingComparison]] = {metric: [] for metric in SPOTTING_MEASURES}
    for name, other in others:
        for pair in _pairs(first, other, min_iou):
            for metric, row in _compare(pair, baseline, name, permutations, resamples, seed):
                found[metric].append(row)
    return [row for rows in found.values() for row in adjusted(rows)]


def _pairs(first: SpottedVideos, other: SpottedVideos, min_iou: float) -> Iterator[_Pair]:
    apart = tells_kinds_apart([*first.videos, *other.videos])
    for database in sorted({video.database for video in first.videos}):
        sides = []
        for run in (first, other):
            videos = sorted((video for video in run.videos if video.database == database), key=_name)
            sides.append((videos, counts_by_kind(replace(run, videos=tuple(videos)), min_iou, apart=apart)))
        (videos, before), (_, after) = sides
        for kind in before:
            (drawn, of_first), (_, of_other) = (drawn_counts(videos, counts[kind]) for counts in (before, after))
            yield _Pair(scope=database or _ALL, kind=kind, drawn=drawn, before=of_first, after=of_other)


def _compare(
    pair: _Pair, baseline: str, name: str, permutations: int, resamples: int, seed: int
) -> Iterator[tuple[SpottingMetric, SpottingComparison]]:
    count = len(pair.before)
    once, never = np.ones((1, count), dtype=np.int64), np.zeros((1, count), dtype=np.int64)
    values, before = pair.scores(never, once), pair.scores(once, never)
    observed = pair.differences(once, never)
    drawn = _drawn(pair, count, resamples, seed)
    p_values = _p_values(pair, observed, count, permutations, seed)
    for metric in SPOTTING_MEASURES:
        if metric == "strs" and pair.before[0].confusion.size <= 1:
            continue
        low, high, _ = percentiles(drawn[metric], count, _LEVEL)
        if np.isnan(observed[metric][0]):
            low = high = np.nan  # resamples may be defined where all videos together are not
        row = SpottingComparison(
            run=name,
            baseline=baseline,
            scope=pair.scope,
            metric=metric,
            value=float(values[metric][0]),
            baseline_value=float(before[metric][0]),
            difference=float(observed[metric][0]),
            low=low,
            high=high,
            p_value=p_values[metric],
            adjusted_p_value=np.nan,  # needs all rows of the metric
            kind=pair.kind,
            drawn=pair.drawn,
        )
        yield metric, row


def _drawn(pair: _Pair, count: int, resamples: int, seed: int) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    parts = []
    for size in chunks(resamples):
        times = rng.multinomial(count, np.full(count, 1 / count), size=size)
        parts.append(pair.differences(times, np.zeros_like(times)))
    return {name: np.concatenate([part[name] for part in parts]) for name in SPOTTING_MEASURES}


def _p_values(
    pair: _Pair, observed: Mapping[str, Floats], count: int, permutations: int, seed: int
) -> dict[str, float]:
    """Return how often chance makes a difference as large as the one that was found; NaN where there is none.

    A swap after which a score is undefined counts as one that does: nothing is made certain by what cannot be told.
    """
    rng = np.random.default_rng(seed)
    as_extreme = dict.fromkeys(SPOTTING_MEASURES, 0)
    for size in chunks(permutations):
        swapped = rng.integers(0, 2, size=(size, count))
        found = pair.differences(1 - swapped, swapped)
        for name in SPOTTING_MEASURES:
            smaller = np.abs(found[name]) < abs(observed[name][0]) - _ROUNDING  # not so of NaN
            as_extreme[name] += int((~smaller).sum())
    return {
        name: np.nan if np.isnan(observed[name][0]) else (as_extreme[name] + 1) / (permutations + 1)
        for name in SPOTTING_MEASURES
    }


def _check_same_videos(baseline: str, first: SpottedVideos, name: str, other: SpottedVideos) -> None:
    if (first.kinds, first.classes, first.named) != (other.kinds, other.classes, other.named):
        raise ProtocolError(f"{name} is scored by other kinds or classes than {baseline}; expected the same ones.")
    truths, other_truths = _truths(first), _truths(other)
    differing = sorted(truths.keys() ^ other_truths.keys())
    what, remedy = ("is", "are"), "Search the same videos in both; one that could not be read is in no run."
    where = "in one run only"
    if not differing:
        differing = sorted(video for video, true in truths.items() if other_truths[video] != true)
        what, remedy = ("has", "have"), "`glfnet spot TABLE --out RUN` scores a run again by another table."
        where = "other true expressions in the two runs"
    if differing:
        videos = f"1 video {what[0]}" if len(differing) == 1 else f"{len(differing)} videos {what[1]}"
        raise ProtocolError(
            f"{baseline} and {name} cannot be compared: {videos} {where}: {first_few(differing)}. {remedy}"
        )


def _truths(run: SpottedVideos) -> dict[str, list[str]]:
    return {_name(video): sorted(map(repr, video.true)) for video in run.videos}


def _name(video: AnsweredVideo) -> str:
    return "/".join(part for part in (video.database, video.subject, video.video) if part)
