"""Spotting's measures, worked by hand; among them what the field's own script gets wrong."""

import dataclasses
import math
from collections.abc import Sequence
from itertools import combinations, permutations

import numpy as np
import pytest

from glfnet.errors import SettingsError
from glfnet.scores.spotting.counts import VideoCounts, count_video, summed
from glfnet.scores.spotting.expressions import Expression, interval_iou, matched_pairs
from glfnet.scores.spotting.measures import SpottingScore, pooled_score, score_bounds

CLASSES = ("negative", "positive")


def span(onset: int, offset: int, emotion: str | None = None, apex: int | None = None) -> Expression:
    return Expression(
        onset_index=onset, apex_index=onset if apex is None else apex, offset_index=offset, emotion=emotion
    )


def video(spotted: Sequence[Expression], true: Sequence[Expression]) -> VideoCounts:
    return count_video(spotted, true, CLASSES)


def exact(*named: tuple[str, str | None]) -> VideoCounts:
    """Return a video in which everything is found at its place; (truth, answer) of each."""
    places = [100 * place for place in range(len(named))]
    return video(
        [span(place, place + 9, answer) for place, (_, answer) in zip(places, named, strict=True)],
        [span(place, place + 9, truth) for place, (truth, _) in zip(places, named, strict=True)],
    )


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 9), (0, 9), 1.0),
        ((0, 9), (5, 14), 5 / 15),
        ((0, 9), (9, 18), 1 / 19),  # they share frame 9
        ((0, 9), (10, 19), 0.0),
        ((0, 9), (3, 5), 0.3),
        ((4, 4), (4, 4), 1.0),
    ],
)
def test_both_ends_of_an_interval_belong_to_it(a: tuple[int, int], b: tuple[int, int], expected: float) -> None:
    assert interval_iou(span(*a), span(*b)) == interval_iou(span(*b), span(*a)) == pytest.approx(expected)


def test_half_an_overlap_is_enough_and_less_is_not() -> None:
    true = [span(0, 9)]
    assert matched_pairs([span(0, 4)], true) == [(0, 0)]  # 5 of 10
    assert matched_pairs([span(0, 3)], true) == []
    assert matched_pairs([span(0, 3)], true, 0.4) == [(0, 0)]


def test_one_spotted_interval_matches_one_truth_even_if_it_overlaps_two() -> None:
    """The field's script asks each truth whether any prediction overlaps it, so one prediction may be right twice."""
    true = [span(0, 9), span(0, 8)]
    assert matched_pairs([span(0, 9)], true) == [(0, 0)]
    assert pooled_score([video([span(0, 9)], [span(0, 9, "negative"), span(0, 8, "negative")])]).recall == 0.5


def test_two_spotted_intervals_of_one_truth_are_one_hit_and_one_false_alarm() -> None:
    score = pooled_score([video([span(0, 9), span(1, 9)], [span(0, 9, "negative")])])
    assert (score.precision, score.recall) == (0.5, 1.0)
    assert score.f1 == pytest.approx(2 / 3)


def test_as_many_pairs_as_can_be_even_where_greed_would_take_the_best_first() -> None:
    true = [span(0, 9), span(4, 13)]
    spotted = [span(2, 9), span(0, 5)]  # the first fits truth 0 best (0.8) and truth 1 (0.5); the second truth 0 only
    assert interval_iou(spotted[0], true[0]) == 0.8
    assert matched_pairs(spotted, true) == [(0, 1), (1, 0)]


def test_one_more_pair_is_worth_more_than_any_overlap() -> None:
    true, spotted = [span(10, 19), span(15, 21)], [span(10, 19), span(8, 14)]
    assert interval_iou(spotted[0], true[0]) == 1 > 2 * interval_iou(spotted[0], true[1])
    assert matched_pairs(spotted, true, 0.4) == [(0, 1), (1, 0)]


def test_among_equally_many_pairs_the_overlap_decides() -> None:
    assert matched_pairs([span(0, 7), span(0, 9)], [span(0, 9)]) == [(1, 0)]


def test_no_matching_is_larger_than_the_one_found() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        spotted, true = (
            [span(onset, onset + length) for onset, length in rng.integers((0, 4), (12, 12), (4, 2)).tolist()]
            for _ in range(2)
        )
        close = [[interval_iou(s, t) >= 0.5 for t in true] for s in spotted]
        most = max(
            size
            for size in range(5)
            for rows in combinations(range(4), size)
            for columns in permutations(range(4), size)
            if all(close[row][column] for row, column in zip(rows, columns, strict=True))
        )
        assert len(matched_pairs(spotted, true)) == most


def test_nothing_spotted_or_nothing_true_gives_no_pair() -> None:
    assert matched_pairs([], [span(0, 9)]) == matched_pairs([span(0, 9)], []) == matched_pairs([], []) == []


def test_counts_are_pooled_and_a_video_without_an_answer_counts() -> None:
    """The field's script leaves out people for whom nothing was predicted: recall would be 1 here."""
    found = exact(("negative", "negative"))
    silent = video([], [span(0, 9, "positive"), span(50, 59, "negative"), span(90, 99, "negative")])
    alarms = video([span(0, 9, "positive")], [])
    score = pooled_score([found, silent, alarms])
    assert (score.precision, score.recall) == (0.5, 0.25)
    assert score.f1 == pytest.approx(2 * 1 / (2 + 4))


def test_apexes_of_matched_pairs_are_compared_either_way() -> None:
    true = [span(0, 9, "negative", 5), span(20, 29, "negative", 25), span(40, 49, "negative", 45)]
    spotted = [span(0, 9, None, 4), span(20, 29, None, 28), span(40, 49, None, 45), span(90, 99, None, 99)]
    score = pooled_score([video(spotted, true)])
    assert score.apex_mean_frames == pytest.approx(4 / 3)
    assert score.apex_median_frames == 1.0


def test_uf1_and_strs_are_what_paper_and_pencil_give() -> None:
    """Of four matched pairs one positive is called negative: F1 4/5 and 2/3. One more truth was not found."""
    pairs = [("negative", "negative"), ("negative", "negative"), ("positive", "positive"), ("positive", "negative")]
    score = pooled_score([exact(*pairs), video([], [span(0, 9, "positive")])])
    uf1 = (4 / 5 + 2 / 3) / 2
    assert score.uf1 == pytest.approx(uf1)
    assert score.f1 == pytest.approx(8 / 9)
    assert score.strs == pytest.approx(8 / 9 * uf1)


def test_precision_of_a_class_is_not_taken_for_its_recall() -> None:
    """What the field's script calls UAR is the mean precision: 5/6 here. The confusion kept gives the recall, 3/4."""
    pairs = [("negative", "negative"), ("negative", "negative"), ("positive", "positive"), ("positive", "negative")]
    counts = exact(*pairs).confusion[:2, :2]
    assert (np.diag(counts) / counts.sum(axis=1)).mean() == 3 / 4
    assert (np.diag(counts) / counts.sum(axis=0)).mean() == pytest.approx(5 / 6)


def test_an_interval_without_a_class_is_found_but_not_right() -> None:
    score = pooled_score([exact(("negative", None), ("negative", "negative"), ("positive", "positive"))])
    assert score.f1 == 1
    assert score.uf1 == pytest.approx((2 / 3 + 1) / 2)


def test_classes_missing_among_the_pairs_make_uf1_undefined_and_nothing_else() -> None:
    score = pooled_score([exact(("negative", "negative"))])
    assert score.f1 == 1
    assert math.isnan(score.uf1)
    assert math.isnan(score.strs)


def test_what_cannot_be_divided_is_undefined() -> None:
    empty = pooled_score([video([], [])])
    assert all(math.isnan(value) for value in dataclasses.astuple(empty))
    silent = pooled_score([video([], [span(0, 9, "negative")])])
    assert (silent.recall, silent.f1) == (0, 0)
    assert math.isnan(silent.precision)
    assert math.isnan(silent.apex_mean_frames)


def test_bounds_lie_around_the_score_and_follow_from_the_seed() -> None:
    good, bad = (
        exact(("negative", "negative"), ("positive", "positive")),
        video([span(50, 59)], [span(0, 9, "negative")]),
    )
    videos = [good, good, bad, good, bad]
    bounds = score_bounds(videos, resamples=300)
    assert bounds == score_bounds(videos, resamples=300)
    assert set(bounds) == {field.name for field in dataclasses.fields(SpottingScore)}
    assert 0 <= bounds["f1"].low < pooled_score(videos).f1 < bounds["f1"].high <= 1
    assert bounds["f1"].undefined_share == 0
    assert 0 < bounds["uf1"].undefined_share < 0.1  # 0.4 ** 5 of the draws hold bad videos only


def test_one_video_gives_no_bounds() -> None:
    assert math.isnan(score_bounds([exact(("negative", "negative"))], resamples=5)["f1"].low)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"onset, apex, offset 5, 4, 9: expected them in order\."):
        span(5, 9, apex=4)
    with pytest.raises(SettingsError, match=r"min_iou: found 0; expected more than 0, at most 1\."):
        matched_pairs([], [], 0)
    with pytest.raises(SettingsError, match=r"emotion: found 'joy'; expected one of negative, positive\."):
        exact(("negative", "joy"))
    for call in (pooled_score, score_bounds, summed):
        with pytest.raises(SettingsError, match=r"videos: found none; expected one or more\."):
            call([])


def test_a_truth_without_a_class_is_to_be_found_and_not_to_be_named() -> None:
    """Such as "others", for which no label set has a class."""
    named = exact(("negative", "negative"), ("positive", "positive"))
    score = pooled_score([named, video([span(0, 9, "positive")], [span(0, 9)])])
    assert (score.f1, score.uf1) == (1, 1)
    assert pooled_score([count_video([span(0, 9, "joy")], [span(0, 9)], ())]).f1 == 1


def test_an_apex_that_nobody_marked_gives_no_error_of_the_apex() -> None:
    true = [
        Expression(onset_index=0, apex_index=None, offset_index=9, emotion="negative"),
        span(20, 29, "negative", 25),
    ]
    score = pooled_score([video([span(0, 9, None, 5), span(20, 29, None, 27)], true)])
    assert (score.recall, score.apex_mean_frames) == (1, 2)
    with pytest.raises(SettingsError, match=r"onset, apex, offset 5, none, 4: expected them in order\."):
        Expression(onset_index=5, apex_index=None, offset_index=4)


def test_the_sum_of_some_videos_scores_as_they_do() -> None:
    videos = [exact(("negative", None), ("positive", "positive")), video([], [span(0, 9, "negative", 3)])]
    assert pooled_score([summed(videos)]) == pooled_score(videos)
