import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.spotting.pulses import STEP_S, excursions, noise, on_grid, peaks, pulse_at, rises, unrest

Values = NDArray[np.float64]
ROWS = np.array([0])
LONGEST_S = 0.6


def bump(length: int, at: int, before: int, after: int) -> Values:
    """A smooth movement from 0 to 1 and back, in steps."""
    step = np.arange(length)
    share = np.minimum((step - at + before) / before, (at + after - step) / after)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1)))


def along(course: Values, u: float = 1.0, v: float = 0.0) -> Values:
    """(T, 1, 2): one region that moves so."""
    return np.stack([u * course, v * course], axis=-1)[:, None]


@pytest.mark.parametrize("fps", [25.0, 30.0, 97.3, 200.0])
def test_the_grid_is_the_same_whatever_the_frames(fps: float) -> None:
    times = np.arange(0.123, 1.9, 1 / fps)
    grid, values = on_grid(times, np.stack([times, 2 * times], axis=1))
    np.testing.assert_allclose(grid / STEP_S, np.round(grid / STEP_S), atol=1e-6)
    np.testing.assert_allclose(values[5:-5], np.stack([grid, 2 * grid], axis=1)[5:-5], atol=1e-9)
    assert times[0] <= grid[0] < times[0] + STEP_S
    assert times[-1] - STEP_S < grid[-1] <= times[-1]


def test_one_wrong_frame_is_left_out() -> None:
    times = np.arange(40) / 25
    values = np.zeros((40, 1, 2))
    values[20] = 30.0
    assert not on_grid(times, values)[1].any()


def test_noise_is_measured_in_its_standard_deviation_whatever_else_moves() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, (0.1, 0.3), (4000, 1, 2)).transpose(0, 2, 1).repeat(2, axis=2)
    slow = 20 * np.sin(np.arange(4000) / 200)[:, None, None]
    np.testing.assert_allclose(noise(values + slow), (0.1, 0.3), rtol=0.1)
    np.testing.assert_array_equal(noise(values[:2]), 0)


@pytest.mark.parametrize(("u", "v"), [(1, 0), (-1, 0), (0, 1), (0, -1), (0.6, 0.8), (-0.6, 0.8)])
def test_what_goes_out_and_comes_back_is_seen_in_full_in_any_direction(u: float, v: float) -> None:
    heights = excursions(along(2 * bump(200, 100, 15, 20), u, v), LONGEST_S)[:, 0]
    assert 1.8 < heights[100] <= 2.0 + 1e-5
    assert heights.argmax() == 100
    assert heights[:80].max() < 1e-5


@pytest.mark.parametrize(
    "course",
    [
        np.linspace(0, 9, 300),
        np.repeat([0.0, 5.0], 150),
        5 * np.repeat([0.0, 1.0, 0.0], 100),
        5 * (np.arange(300) > 290),
    ],
    ids=["drift", "step", "longer", "at the end"],
)
def test_what_drifts_or_steps_or_stays_out_is_nothing(course: Values) -> None:
    assert excursions(along(course), LONGEST_S).max() < 1e-5


def test_a_movement_that_fills_all_of_a_clip_is_seen() -> None:
    heights = excursions(along(bump(36, 16, 15, 18)), LONGEST_S)[:, 0]
    assert heights.argmax() == 16
    assert heights[16] > 0.9


def test_a_peak_must_stand_out() -> None:
    twice = 3 * bump(200, 60, 20, 20) + 3 * bump(200, 140, 20, 20)
    assert peaks(twice).tolist() == [60, 140]
    assert peaks(3 * bump(200, 100, 60, 60) + 0.1 * np.sin(np.arange(200))).size == 1
    assert peaks(0.9 * bump(200, 100, 20, 20)).size == 0


@pytest.mark.parametrize(("before", "after"), [(4, 6), (10, 15), (20, 25)])
def test_a_pulse_has_its_ends_where_it_begins_and_is_over(before: int, after: int) -> None:
    course = along(2 * bump(300, 150, before, after), 0.6, -0.8) + np.linspace(0, 0.5, 300)[:, None, None]
    score = excursions(course, LONGEST_S)[:, 0] / 0.4
    (peak,) = peaks(score)
    pulse = pulse_at(course, score, int(peak), ROWS)
    assert pulse is not None
    assert abs(pulse.onset - (150 - before)) <= 0.2 * before
    assert abs(pulse.apex - 150) <= 1
    assert abs(pulse.offset - (150 + after)) <= 0.2 * after
    np.testing.assert_allclose(pulse.moved, [[1.2, -1.6]], rtol=0.12)
    np.testing.assert_allclose(pulse.strengths, 2.0, rtol=0.12)
    assert pulse.length_s == pytest.approx((pulse.offset - pulse.onset) * STEP_S)


def test_regions_that_are_not_looked_at_stay_at_zero() -> None:
    course = np.concatenate([along(bump(200, 100, 15, 15)), along(bump(200, 100, 15, 15))], axis=1)
    pulse = pulse_at(course, excursions(course, LONGEST_S)[:, 0], 100, np.array([1]))
    assert pulse is not None
    np.testing.assert_array_equal(pulse.moved[0], 0)
    assert pulse.strengths[1] > 0.8


def test_what_does_not_come_back_is_no_pulse() -> None:
    rise = along(bump(100, 80, 40, 200))
    assert pulse_at(rise, rise[:, 0, 0], 99, ROWS) is None


def test_a_movement_that_comes_back_in_part_begins_with_its_rise_and_is_as_strong_as_that() -> None:
    stays = 2 * np.maximum(bump(300, 150, 15, 20), 0.6 * (np.arange(300) >= 150))
    score = excursions(along(stays), LONGEST_S)[:, 0] / 0.4
    pulse = pulse_at(along(stays), score, int(peaks(score)[0]), ROWS)
    assert pulse is not None
    assert pulse.onset == pytest.approx(135, abs=4)
    assert pulse.apex == pytest.approx(150, abs=1)
    assert 155 <= pulse.offset <= 172
    assert pulse.strengths.max() == pytest.approx(2.0, rel=0.1)


def test_unrest_sees_steps_that_jitter_does_not() -> None:
    steps = np.random.default_rng(0).normal(0, 0.3, (200, 1, 2)).repeat(15, axis=0)
    assert noise(steps).max() < 0.01
    assert 0.2 < unrest(steps).max() < 0.4


def test_unrest_is_not_raised_by_a_movement_now_and_then_nor_guessed_from_a_moment() -> None:
    jitter = np.random.default_rng(0).normal(0, 0.02, (600, 1, 2))
    moving = jitter + along(2 * bump(600, 150, 15, 20) + 2 * bump(600, 450, 15, 20))
    assert unrest(moving).max() < 1.5 * unrest(jitter).max()
    assert unrest(moving[130:180]).max() == 0


def test_a_signal_that_rises_and_comes_back_is_seen_and_one_that_falls_is_not() -> None:
    signals = np.stack([bump(200, 100, 15, 20), -bump(200, 100, 15, 20)], axis=1)
    heights = rises(signals, LONGEST_S)
    assert heights[100, 0] == pytest.approx(1.0)
    assert heights[80:120, 1].max() < 1e-6


def test_a_region_that_moves_all_the_time_is_not_noisier_than_twice_its_neighbours() -> None:
    jitter = np.random.default_rng(0).normal(0, 0.02, (600, 5, 2))
    quiet = unrest(jitter).max()
    jitter[:, 0] += 3 * np.sin(np.arange(600) / 5)[:, None]
    assert unrest(jitter).max() < 2.5 * quiet
