"""Switches that make made-up long videos harder: what each changes, and that nothing else does."""

import itertools
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from glfnet.cli.main import app
from glfnet.errors import SettingsError
from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO
from glfnet.synthetic.difficulties import SWITCHES, harder_plan, read_difficulties
from glfnet.synthetic.long_video import long_video_frames
from glfnet.synthetic.long_video_files import write_video
from glfnet.synthetic.long_video_plan import LongVideoPlan, long_video_plan
from glfnet.synthetic.rough_frames import rough_frames

SMALL = (214, 160)
PLAN = long_video_plan(0, 3, fps=50.0)


def harder(*words: str) -> LongVideoPlan:
    return harder_plan(PLAN, read_difficulties(words))


def rough(*words: str, frames: int = 12) -> list[NDArray[np.uint8]]:
    still = [np.full((20, 30, 3), 120, dtype=np.uint8)] * frames
    return list(rough_frames(still, read_difficulties(words), seed=0, number=0, fps=50.0))


def test_switches_are_read_with_their_number_or_the_usual_one() -> None:
    assert dict(read_difficulties(["noise", "crf=23"])) == {"noise": SWITCHES["noise"].usual, "crf": 23}
    assert dict(read_difficulties([])) == {}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["snow"], "harder: found 'snow'; expected one of strength, incomplete_return,"),
        (["crf", "crf=20"], "harder: found 'crf=20'; expected each switch once, or NAME=NUMBER."),
        (["crf=60"], "harder: found 'crf=60'; expected a number from 0 to 51: how strongly H.264 compresses."),
        (["noise=much"], "harder: found 'noise=much'; expected a number from 0 to 50:"),
    ],
)
def test_a_switch_that_does_not_fit_is_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_difficulties(words)
    assert sentence in str(refused.value)


def test_without_a_switch_a_plan_and_its_frames_stay_as_they_are() -> None:
    assert harder() == PLAN
    np.testing.assert_array_equal(rough(), 120)


@pytest.mark.parametrize("name", SWITCHES)
def test_every_switch_changes_something_and_always_the_same(name: str) -> None:
    again = [(harder(name), [frame.tobytes() for frame in rough(name)]) for _ in range(2)]
    assert again[0] == again[1]
    moving = rough_frames(
        (np.full((20, 30, 3), 9 * number, dtype=np.uint8) for number in range(20)),
        read_difficulties([name]), seed=0, number=0, fps=50.0,
    )  # fmt: skip
    as_it_was = all((frame == 9 * number).all() for number, frame in enumerate(moving))
    assert harder(name) != PLAN or not as_it_was or name == "crf"


def test_plans_stay_within_the_video_and_in_order() -> None:
    for name in SWITCHES:
        for event in harder(name).events:
            assert 0 <= event.onset_index < event.apex_index < event.offset_index, name
        onsets = [event.onset_index for event in harder(name).events]
        assert onsets == sorted(onsets)


def test_a_micro_expression_that_comes_back_in_part_leaves_its_share_and_loses_it_slowly() -> None:
    (event, *_) = harder("incomplete_return=0.6").of_kind(MICRO)
    course = event.strength(np.arange(PLAN.frames))
    assert course[event.apex_index] == pytest.approx(1)
    assert course[event.offset_index] == pytest.approx(0.6, abs=0.02)
    length = event.offset_index - event.onset_index
    assert 0.3 < course[event.offset_index + length] < 0.6
    assert course[event.offset_index + 7 * length] == 0


def test_a_slow_return_takes_longer_but_never_half_a_second_in_all() -> None:
    for before, after in zip(PLAN.of_kind(MICRO), harder("slow_return=3").of_kind(MICRO), strict=True):
        assert after.offset_index >= before.offset_index
        assert after.offset_index - after.onset_index <= 0.5 * PLAN.fps


def test_a_micro_expression_may_begin_in_a_slow_movement_of_the_same_units() -> None:
    slow = [event for event in harder("from_movement").of_kind(MACRO) if not event.emotion]
    for micro, under_way in zip(PLAN.of_kind(MICRO), slow, strict=True):
        assert under_way.onset_index < micro.onset_index < micro.offset_index < under_way.offset_index
        assert under_way.action_units == micro.action_units


def test_expressions_overlap_and_one_lies_within_a_macro_expression() -> None:
    micros = harder("overlapping").of_kind(MICRO)
    assert any(b.onset_index < a.offset_index for a, b in itertools.pairwise(micros))
    assert len(micros) == 2 * len(PLAN.of_kind(MICRO))
    plan = harder("within_macro")
    inside = [one for one in plan.of_kind(MICRO) if one not in PLAN.events]
    assert len(inside) == len(PLAN.of_kind(MACRO)) > 0
    for one, macro in zip(inside, plan.of_kind(MACRO), strict=True):
        assert macro.apex_index <= one.onset_index < one.offset_index < macro.offset_index


def test_strengths_are_as_told_or_between_the_weakest_and_three_per_cent() -> None:
    assert {event.percent for event in harder("strength=0.5").of_kind(MICRO)} == {0.5}
    drawn = [event.percent for event in harder("weak=0.8").of_kind(MICRO)]
    assert len(set(drawn)) == len(drawn)
    assert all(percent is not None and 0.8 <= percent <= 3 for percent in drawn)


def test_blinks_are_short_and_long() -> None:
    lengths = {event.offset_index - event.onset_index for event in harder("blinks").of_kind(BLINK)}
    assert max(lengths) > 2 * min(lengths)


@pytest.mark.parametrize(("name", "axis"), [("shakes", 0), ("tilts", 2), ("leaning", 3)])
def test_a_head_moves_along_the_axis_of_its_switch(name: str, axis: int) -> None:
    added = [event for event in harder(name).of_kind(HEAD_MOVEMENT) if event.percent is not None]
    assert len(added) >= 5
    assert {event.axis for event in added} == {axis}


def test_light_noise_and_lost_frames_show_in_the_frames() -> None:
    assert 4 < np.std(rough("noise=5")) < 6
    lit = np.asarray(rough("light", frames=100))
    left, right = (lit[:, :, side].mean(axis=(1, 2, 3)) for side in (slice(5), slice(25, 30)))
    assert np.corrcoef(left, right)[0, 1] < -0.9
    assert np.ptp([frame.mean() for frame in rough("flicker")]) > 1
    shown = rough_frames(
        (np.full((4, 4, 3), number, dtype=np.uint8) for number in range(200)),
        read_difficulties(["repeated=0.3"]), seed=0, number=0, fps=50.0,
    )  # fmt: skip
    numbers = [int(frame[0, 0, 0]) for frame in shown]
    assert len(numbers) == 200
    assert 0.2 < np.mean(np.diff(numbers) == 0) < 0.4


def test_only_one_half_of_the_face_moves_where_told() -> None:
    moved = {abs(event.one_sided) for event in harder("one_sided=0.7").of_kind(MICRO)}
    assert moved == {0.7}


def test_stronger_compression_makes_a_smaller_file(tmp_path: Path) -> None:
    frames = list(itertools.islice(long_video_frames(long_video_plan(0, 0, fps=25.0, duration_s=10), SMALL), 6))
    sizes = []
    for crf in (18, 35):
        write_video(tmp_path / f"{crf}.mp4", frames, 25.0, crf=crf)
        sizes.append((tmp_path / f"{crf}.mp4").stat().st_size)
        with av.open(str(tmp_path / f"{crf}.mp4")) as container:
            assert sum(1 for _ in container.decode(video=0)) == 6
    assert sizes[0] > 2 * sizes[1]


def test_the_command_refuses_a_switch_it_does_not_know(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["synth-video", str(tmp_path / "out"), "--harder", "snow"])
    assert isinstance(done.exception, SettingsError)
    assert "found 'snow'" in str(done.exception)
    assert not (tmp_path / "out").exists()
