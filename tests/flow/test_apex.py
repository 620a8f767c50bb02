from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import Picture
from glfnet.flow.apex import (
    apex_indices,
    check_apex_rule,
    estimate_apex,
    middle_frames,
    movement_since_onset,
    strongest,
)

SIDE = 96


def skin() -> NDArray[np.float32]:
    noise = np.random.default_rng(5).normal(size=(SIDE, SIDE)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return np.asarray(128 + 45 * smooth / smooth.std())


def clip(apex: int, frames: int, drift_px: float = 0.0, noise: float = 0.0) -> list[Picture]:
    """A patch of skin that is pulled up by 2 pixels until `apex` and comes back, while the head drifts to the right."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    pull = 2 * np.exp(-((x - 60) ** 2 + (y - 40) ** 2) / (2 * 10**2)).astype(np.float32)
    made = []
    for index in range(frames):
        strength = np.interp(index, [0, apex, frames - 1], [0.0, 1.0, 0.1])
        picture = cv2.remap(
            skin(),
            x - np.float32(drift_px * index),
            y + np.float32(strength) * pull,
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        )
        made.append(np.clip(picture + rng.normal(0, noise, picture.shape), 0, 255).round().astype(np.uint8))
    return made


@pytest.mark.parametrize("apex", [5, 11, 16])
@pytest.mark.slow
def test_the_strongest_frame_is_found(apex: int) -> None:
    assert estimate_apex(clip(apex, 21)) == pytest.approx(apex, abs=1)


@pytest.mark.slow
def test_a_drifting_head_and_a_noisy_camera_do_not_hide_it() -> None:
    frames = clip(9, 21, drift_px=0.2, noise=2.0)
    assert estimate_apex(frames) == pytest.approx(9, abs=1)
    assert (
        movement_since_onset(frames)[-1] < 0.7 * movement_since_onset(frames)[9]
    )  # four pixels of drift are taken out


@pytest.mark.slow
def test_the_curve_starts_at_zero_and_only_the_masked_part_counts() -> None:
    frames = clip(2, 5)
    mask = np.zeros((SIDE, SIDE), dtype=np.bool_)
    mask[60:] = True  # away from the pull
    everywhere, below = movement_since_onset(frames), movement_since_onset(frames, mask=mask)
    assert everywhere.shape == (5,)
    assert everywhere[0] == below[0] == 0
    assert below[2] < 0.3 * everywhere[2]


@pytest.mark.slow
def test_frames_may_come_one_by_one() -> None:
    def one_by_one() -> Iterator[Picture]:
        yield from clip(3, 7)

    assert estimate_apex(one_by_one()) == estimate_apex(clip(3, 7))


def test_neither_the_first_nor_the_last_frame_is_ever_the_apex() -> None:
    assert strongest(np.arange(10.0)) == 8
    assert strongest(np.arange(10.0)[::-1]) == 1
    assert strongest(np.zeros(10)) == 1
    assert strongest(np.array([0.0, 0.0, 5.0])) == 1


def test_one_outlying_frame_is_smoothed_away() -> None:
    curve = np.interp(np.arange(41), [0, 25, 40], [0.0, 1.0, 0.0])
    curve[8] += 0.9
    assert strongest(curve, smoothing=0) == 8
    assert abs(strongest(curve) - 25) <= 1


def test_clips_and_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ShapeError, match="onset, offset and at least one frame between; got 2 frames"):
        estimate_apex(clip(1, 2))
    with pytest.raises(ShapeError, match="got 0 frames"):
        estimate_apex([])
    with pytest.raises(SettingsError, match="smoothing must be a share of the clip, 0 to 1; got 5"):
        strongest(np.zeros(9), smoothing=5)
    with pytest.raises(ShapeError, match="one size"):
        estimate_apex([*clip(1, 2), np.zeros((50, 50), dtype=np.uint8)])


def test_the_middle_needs_no_picture_and_never_is_onset_or_offset() -> None:
    assert middle_frames(100, 161) == (131,)  # 130.5, halves upwards
    assert middle_frames(100, 102) == middle_frames(100, 102, average=True) == (101,)
    assert middle_frames(0, 100, average=True) == (37, 44, 50, 56, 63)


def test_the_weighted_rule_prefers_a_frame_where_apexes_usually_are() -> None:
    curve = np.array([0, 0, 0, 0, 0, 0.9, 0, 0, 0, 1, 0])
    assert apex_indices(curve, "flow") == (9,)
    assert apex_indices(curve, "weighted") == (5,)


def test_the_flow_rule_of_a_curve_is_the_rule_of_its_frames() -> None:
    curve = np.random.default_rng(1).uniform(size=40)
    assert apex_indices(curve) == (strongest(curve),)


def test_frames_that_move_nearly_as_much_and_lie_together_are_candidates() -> None:
    plateau = np.array([0, 0.95, 0.2, 0.92, 0.95, 1, 0.97, 0.3, 0])  # the first 0.95 is not beside the others
    assert apex_indices(plateau, average=True) == (3, 4, 5, 6)
    long = np.concatenate([np.linspace(0, 0.5, 5), np.ones(41), np.linspace(0.5, 0, 5)])
    assert len(apex_indices(long, average=True)) == 5


def test_an_unknown_rule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"apex rule 'centre': no such rule; known are flow, middle, weighted\."):
        check_apex_rule("centre")
