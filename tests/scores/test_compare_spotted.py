"""Runs over long videos against a baseline: differences, what chance makes of them, and what cannot be compared."""

import re
from dataclasses import replace

import numpy as np
import pytest

from glfnet.errors import ProtocolError, SettingsError
from glfnet.scores.compare import compare_runs
from glfnet.scores.comparison import SpottingComparison
from glfnet.scores.predictions import Predictions
from glfnet.scores.spotting.answered_videos import AnsweredVideo, SpottedVideos, score_answers
from glfnet.scores.spotting.expressions import Expression

CLASSES = ("negative", "positive", "surprise")
MICRO, MACRO, BOTH = "micro_expression", "macro_expression", "both"
FEW = {"permutations": 199, "resamples": 200}


def expression(place: int, kind: str = MICRO, emotion: str | None = None) -> Expression:
    onset = 100 * place
    return Expression(onset_index=onset, apex_index=onset + 4, offset_index=onset + 9, kind=kind, emotion=emotion)


def a_run(skill: float, *, seed: int = 0, people: int = 16, database: str = "mine") -> SpottedVideos:
    """Two videos a person with six micro- and two macro-expressions each, found with probability `skill`."""
    rng = np.random.default_rng(seed)
    videos = []
    for person in range(people):
        for number in range(2):
            true = [expression(place, MICRO, CLASSES[place % 3]) for place in range(6)]
            true += [expression(place, MACRO) for place in (6, 7)]
            found = [one for one in true if rng.random() < skill]
            false = [expression(place) for place in (20, 21) if rng.random() > skill]
            video = AnsweredVideo(
                database=database, subject=f"s{person}", video=f"{person}_{number}", true=tuple(true),
                spotted=(*found, *false),
            )  # fmt: skip
            videos.append(video)
    return SpottedVideos(videos=tuple(videos), kinds=(MICRO, MACRO), classes=CLASSES, named=(MICRO,))


RUNS = {"base": a_run(0.3), "better": a_run(0.9, seed=1), "alike": a_run(0.3, seed=2)}


def rows_of(runs: dict[str, SpottedVideos], **draws: int) -> list[SpottingComparison]:
    rows = compare_runs(runs, **{**FEW, **draws})
    return [row for row in rows if isinstance(row, SpottingComparison)]


@pytest.mark.slow
def test_every_run_but_the_first_is_compared_by_each_measure_and_kind() -> None:
    rows = rows_of(RUNS)
    assert [(row.metric, row.run, row.kind) for row in rows] == [
        (metric, run, kind)
        for metric, kinds in (
            *((metric, (MICRO, MACRO, BOTH)) for metric in ("precision", "recall", "f1")),
            ("strs", (MICRO,)),
        )
        for run in ("better", "alike")
        for kind in kinds
    ]
    assert {(row.baseline, row.scope, row.drawn) for row in rows} == {("base", "mine", "subjects")}
    assert [row.measure for row in rows][:3] == ["Precision micro", "Precision macro", "Precision both"]


@pytest.mark.slow
def test_the_values_are_those_of_each_run_alone_and_the_difference_is_theirs() -> None:
    alone = {
        (name, row.kind): row.score
        for name, run in RUNS.items()
        for row in score_answers(run.videos, run.kinds, run.classes, named=run.named, resamples=5).rows
    }
    for row in rows_of(RUNS):
        assert row.value == getattr(alone[row.run, row.kind], row.metric)
        assert row.baseline_value == getattr(alone["base", row.kind], row.metric)
        assert row.difference == row.value - row.baseline_value


@pytest.mark.slow
def test_a_better_run_is_told_from_one_that_is_alike_and_from_itself() -> None:
    rows = {(row.run, row.metric, row.kind): row for row in rows_of(RUNS)}
    better, alike = rows["better", "f1", MICRO], rows["alike", "f1", MICRO]
    assert better.low > 0
    assert better.p_value == 1 / 200
    assert better.p_value < better.adjusted_p_value <= 6 / 200, "two runs and three kinds are six tests"
    assert alike.low < 0 < alike.high
    assert alike.p_value > 0.05
    itself = rows_of({"base": RUNS["base"], "again": RUNS["base"]})
    assert {(row.difference, row.low, row.high, row.p_value) for row in itself} == {(0.0, 0.0, 0.0, 1.0)}


def test_what_makes_a_person_hard_for_both_runs_is_in_neither_end_of_the_interval() -> None:
    """One expression more is found in each person: the difference is certain, however much people differ."""
    base, better = [], []
    for person in range(8):
        true = tuple(expression(place) for place in range(8))
        video = AnsweredVideo(database="", subject=f"s{person}", video=f"v{person}", true=true, spotted=true[:person])
        base.append(video)
        better.append(replace(video, spotted=true[: person + 1]))
    runs = {name: SpottedVideos(videos=tuple(videos), kinds=(MICRO,)) for name, videos in (("a", base), ("b", better))}
    (row,) = [row for row in rows_of(runs) if row.metric == "recall" and row.kind == MICRO]
    assert (row.difference, row.low, row.high) == (0.125, 0.125, 0.125)
    assert row.scope == "full", "videos of no database are all of them"


@pytest.mark.slow
def test_the_order_of_videos_changes_nothing_and_neither_does_a_second_call() -> None:
    shuffled = {name: replace(run, videos=run.videos[::-1]) for name, run in RUNS.items()}
    assert rows_of(shuffled) == rows_of(RUNS)
    assert rows_of(RUNS, seed=1) != rows_of(RUNS)


@pytest.mark.slow
def test_without_names_of_people_videos_are_drawn() -> None:
    runs = {
        name: replace(run, videos=tuple(replace(video, subject="") for video in run.videos))
        for name, run in RUNS.items()
    }
    assert {row.drawn for row in rows_of(runs)} == {"videos"}


def test_where_one_run_tells_no_kinds_apart_they_are_not_asked_for_in_either() -> None:
    def without(videos: tuple[AnsweredVideo, ...]) -> tuple[AnsweredVideo, ...]:
        return tuple(replace(video, spotted=tuple(replace(one, kind="") for one in video.spotted)) for video in videos)

    runs = {"base": RUNS["base"], "other": replace(RUNS["better"], videos=without(RUNS["better"].videos))}
    assert {row.kind for row in rows_of(runs)} == {BOTH}


def test_a_measure_that_is_undefined_in_one_run_is_left_out_of_the_correction() -> None:
    silent = replace(RUNS["base"], videos=tuple(replace(video, spotted=()) for video in RUNS["base"].videos))
    rows = rows_of({"base": RUNS["base"], "silent": silent})
    precision = [row for row in rows if row.metric == "precision"]
    assert np.isnan([(r.value, r.difference, r.low, r.high, r.p_value, r.adjusted_p_value) for r in precision]).all()
    assert all(row.difference < 0 for row in rows if row.metric == "recall")


def refusal(runs: dict[str, SpottedVideos | Predictions]) -> str:
    with pytest.raises(ProtocolError) as caught:
        compare_runs(runs, **FEW)
    return str(caught.value)


def test_runs_over_other_videos_or_another_truth_are_refused_and_the_first_few_named() -> None:
    base = RUNS["base"]
    assert refusal({"base": base, "other": replace(base, videos=base.videos[5:])}) == (
        "base and other cannot be compared: 5 videos are in one run only: mine/s0/0_0, mine/s0/0_1, mine/s1/1_0 and 2 "
        "more. Search the same videos in both; one that could not be read is in no run."
    )
    first, *others = base.videos
    changed = replace(first, true=first.true[1:])
    assert refusal({"base": base, "other": replace(base, videos=(changed, *others))}) == (
        "base and other cannot be compared: 1 video has other true expressions in the two runs: mine/s0/0_0. `glfnet "
        "spot TABLE --out RUN` scores a run again by another table."
    )
    assert refusal({"base": base, "other": replace(base, kinds=(MICRO,))}) == (
        "other is scored by other kinds or classes than base; expected the same ones."
    )


def test_a_run_over_long_videos_and_one_on_clips_are_of_two_tasks() -> None:
    clips = Predictions(
        classes=CLASSES, sample_id=np.array(["a/b/c"]), fold=np.array(["a/b"]), seed=np.array([0]),
        truth=np.array([0]), probabilities=np.full((1, 3), 1 / 3), prediction=np.array([0]),
        test_selected_prediction=np.array([0]),
    )  # fmt: skip
    assert refusal({"clips": clips, "videos": RUNS["base"]}) == (
        "found runs on classes and runs over long videos; expected runs of one task."
    )


def test_no_permutations_are_refused() -> None:
    expected = re.escape("the number of resamples or permutations must be at least 1; got 0.")
    with pytest.raises(SettingsError, match=f"^{expected}$"):
        compare_runs(RUNS, permutations=0, resamples=10)
