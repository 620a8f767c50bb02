"""Times of frames from the times that files give."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glfnet.video.clock import Clock

STAMPS = st.lists(st.none() | st.integers(-5000, 5000), min_size=1, max_size=40)


def times(stamps: list[float | None], step_s: float = 0.1) -> list[float]:
    clock = Clock(step_s)
    return [clock.time_s(stamp) for stamp in stamps]


def test_good_times_are_kept_less_the_first() -> None:
    clock = Clock(0.1)
    assert [clock.time_s(stamp) for stamp in (7.5, 7.75, 9.0, 9.25)] == [0, 0.25, 1.5, 1.75]
    assert clock.guessed == 0


def test_a_frame_without_a_time_is_one_step_after_the_one_before() -> None:
    clock = Clock(0.1)
    assert [clock.time_s(stamp) for stamp in (None, None, None)] == pytest.approx([0, 0.1, 0.2])
    assert clock.guessed == 3


def test_repeated_times_are_one_step_apart_until_the_files_own_are_ahead_again() -> None:
    assert times([0, 0, 0.2, 0.2, 0.4]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert times([0, 0.1, 0.1, 0.2, 0.3, 0.9]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.9])


def test_rounding_is_no_step_forward() -> None:
    clock = Clock(0.1)
    assert [clock.time_s(stamp) for stamp in (0, 0.3, 0.1 + 0.2)] == pytest.approx([0, 0.3, 0.4])


def test_times_that_begin_late_join_what_was_counted() -> None:
    assert times([None, None, 5.0, 5.5]) == pytest.approx([0, 0.1, 0.2, 0.7])


def test_where_another_clock_begins_times_count_on() -> None:
    assert times([50, 50.2, 0, 0.2, 0.4]) == pytest.approx([0, 0.2, 0.3, 0.5, 0.7])


@pytest.mark.slow
@given(STAMPS)
def test_times_always_begin_at_zero_and_increase(stamps: list[int | None]) -> None:
    found = times([None if stamp is None else stamp / 100 for stamp in stamps])
    assert found[0] == 0
    assert all(before < after for before, after in pairwise(found))
