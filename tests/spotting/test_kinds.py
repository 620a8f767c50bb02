from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, OCCLUSION, TALKING
from glfnet.spotting.evidence import UNIT_SETS, UnitSignals, weights
from glfnet.spotting.kinds import Found, Sight, long_movements, short_movements
from glfnet.spotting.pulses import STEP_S, on_grid
from glfnet.spotting.regions import REGIONS
from glfnet.spotting.settings import SpottingSettings

Values = NDArray[np.float64]
STEPS = 400
SETTINGS = SpottingSettings()
BROWS = {name: (0.0, 1.0) for name in REGIONS if "brow" in name}
LIDS = {name: (0.0, 1.0) for name in REGIONS if "eye" in name}
CORNERS = {"image_left_mouth": (-0.6, 0.8), "image_right_mouth": (0.6, 0.8)}


def bump(at: int, before: int = 13, after: int = 17) -> Values:
    step = np.arange(STEPS)
    share = np.minimum((step - at + before) / before, (at + after - step) / after)
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(share, 0, 1)))


def sight(
    *parts: tuple[Mapping[str, tuple[float, float]], Values],
    head: Values | None = None,
    rest: float = 0.1,
    unrest: float = 0.02,
) -> Sight:
    """What is seen where regions move in a direction, as far as a course says."""
    moved = np.zeros((STEPS, len(REGIONS), 2))
    for regions, course in parts:
        for name, direction in regions.items():
            moved[:, REGIONS.index(name)] += course[:, None] * direction
    pose = np.zeros((STEPS, 4))
    pose[:, 1] = 0 if head is None else head
    of_sets = np.full(len(UNIT_SETS), 0.01)
    sets = UnitSignals(weights(np.full(len(REGIONS), unrest)), of_sets, of_sets * unrest / 0.02)
    same = np.ones(len(REGIONS))
    return Sight(moved, pose, np.full(STEPS, rest), 0.02 * same, unrest * same, sets)


def kinds(found: list[Found]) -> list[str]:
    return [one.kind for one in found]


def short(
    *parts: tuple[Mapping[str, tuple[float, float]], Values], head: Values | None = None, rest: float = 0.1
) -> list[str]:
    return kinds(short_movements(sight(*parts, head=head, rest=rest), SETTINGS))


@pytest.mark.parametrize("regions", [BROWS, CORNERS, {"nose": (0.0, -1.0)}])
def test_what_goes_out_and_back_is_a_micro_expression(regions: Mapping[str, tuple[float, float]]) -> None:
    assert short((regions, 1.5 * bump(200))) == [MICRO]
    assert short((regions, 0.12 * bump(200))) == []
    assert short((regions, 1.5 * bump(200, 40, 50))) == []


def test_regions_that_move_together_are_one_movement_named_by_the_strongest() -> None:
    (found,) = short_movements(sight((BROWS, 1.2 * bump(200)), (CORNERS, 2.0 * bump(203))), SETTINGS)
    assert found.kind == MICRO
    assert found.regions[:2] == ("image_left_mouth", "image_right_mouth")
    assert set(found.regions) == {*BROWS, *CORNERS}
    assert found.strength_percent == pytest.approx(2.0, rel=0.15)


def test_lids_that_go_down_blink_and_take_the_brows_with_them() -> None:
    assert short((LIDS, 4.0 * bump(200)), (BROWS, 1.5 * bump(200))) == [BLINK]
    assert short((LIDS, -4.0 * bump(200))) == []


def test_brows_that_move_otherwise_than_the_lids_are_not_of_the_blink() -> None:
    assert short((LIDS, 4.0 * bump(200)), (BROWS, -1.5 * bump(200))) == [BLINK, MICRO]
    assert short((LIDS, 4.0 * bump(200)), (BROWS, 1.5 * bump(214))) == [BLINK, MICRO]


def test_a_mouth_that_moves_before_or_after_is_speaking() -> None:
    row = sum(bump(at) for at in (140, 175, 210, 245))
    assert set(short((CORNERS, 1.5 * np.asarray(row)))) == {TALKING}
    assert short((CORNERS, 1.5 * (bump(120) + bump(220)))) == [MICRO, MICRO]


def test_speech_is_as_long_as_the_mouth_moves() -> None:
    row = sum(bump(at) for at in (140, 175, 210, 245))
    found = short_movements(sight((CORNERS, 1.5 * np.asarray(row))), SETTINGS)
    assert min(one.pulse.onset for one in found) == pytest.approx(127, abs=8)
    assert max(one.pulse.offset for one in found) == pytest.approx(262, abs=8)


def test_what_is_little_beside_the_heads_movement_is_the_heads() -> None:
    nod = 12.0 * bump(200, 30, 30)
    assert short((BROWS, 0.5 * bump(200)), head=nod) == [HEAD_MOVEMENT]
    assert short((BROWS, 2.0 * bump(200)), head=nod) == [HEAD_MOVEMENT, MICRO]


def test_a_nod_is_a_movement_of_the_head_and_names_no_region() -> None:
    (found,) = short_movements(sight(head=12.0 * bump(200, 30, 30)), SETTINGS)
    assert found.kind == HEAD_MOVEMENT
    assert found.regions == ()
    assert found.strength_percent == pytest.approx(12.0, rel=0.1)
    assert found.pulse.apex == pytest.approx(200, abs=2)
    assert short(head=3.0 * bump(200, 30, 30)) == []


@pytest.mark.parametrize(("unrest", "expected"), [(0.02, [MICRO]), (0.45, [])])
def test_a_movement_no_larger_than_what_its_recording_does_anyway_is_none(unrest: float, expected: list[str]) -> None:
    assert kinds(short_movements(sight((BROWS, 1.5 * bump(200)), unrest=unrest), SETTINGS)) == expected


def test_a_weak_movement_of_all_brows_counts_though_each_is_below_its_floor() -> None:
    up = dict.fromkeys(BROWS, (0.0, -1.0))
    every, one = (
        sight((regions, 0.19 * bump(200)), rest=0.05) for regions in (up, {"image_left_inner_brow": (0.0, -1.0)})
    )
    assert kinds(short_movements(every, SETTINGS)) == [MICRO]
    assert kinds(short_movements(one, SETTINGS)) == []


def test_what_moves_too_far_for_skin_is_something_before_the_face() -> None:
    long = bump(200, 40, 70)
    assert kinds(long_movements(sight((CORNERS, 45.0 * long)), SETTINGS)) == [OCCLUSION]
    assert short((CORNERS, 45.0 * bump(200))) == [OCCLUSION]


def test_a_short_movement_that_is_large_is_a_macro_expression() -> None:
    assert short((BROWS, 15.0 * bump(200))) == [MACRO]
    assert kinds(long_movements(sight((BROWS, 15.0 * bump(200))), SETTINGS)) == [MACRO]


def test_a_macro_expression_that_lasts_too_long_is_none() -> None:
    short_lived = SpottingSettings(macro_longest_s=1.0)
    assert kinds(long_movements(sight((CORNERS, 4.0 * bump(200, 40, 50))), short_lived)) == [MACRO]
    assert kinds(long_movements(sight((CORNERS, 4.0 * bump(200, 65, 70))), short_lived)) == []


def test_where_all_of_the_face_is_wrong_nothing_is_found() -> None:
    assert short((BROWS, 1.5 * bump(200)), rest=1.2) == []


def test_the_top_of_a_longer_movement_is_not_a_movement_of_its_own() -> None:
    assert short((BROWS, 6.0 * bump(200, 45, 45))) == []


@pytest.mark.parametrize("seed", range(4))
def test_what_comes_back_in_part_ends_where_its_fall_does_also_just_above_noise(seed: int) -> None:
    lingering = bump(200, 15, 180) * (np.arange(STEPS) >= 200)
    seen = sight((BROWS, 0.6 * np.maximum(bump(200, 15, 20), 0.6 * lingering)))
    noisy = seen.moved + np.random.default_rng(seed).normal(0, 0.05, seen.moved.shape)
    (found,) = short_movements(replace(seen, moved=on_grid(np.arange(STEPS) * STEP_S, noisy)[1]), SETTINGS)
    assert found.kind == MICRO
    assert found.pulse.onset == pytest.approx(186, abs=4)
    assert 205 <= found.pulse.offset <= 232
    assert found.strength_percent == pytest.approx(0.6, rel=0.2)


def test_a_longer_movement_that_comes_back_is_a_macro_expression() -> None:
    long = bump(200, 40, 70)
    assert kinds(long_movements(sight((CORNERS, 4.0 * long)), SETTINGS)) == [MACRO]
    assert long_movements(sight((CORNERS, 1.0 * long)), SETTINGS) == []
    assert long_movements(sight((CORNERS, 4.0 * bump(200))), SETTINGS) == []


def test_a_nose_that_goes_its_own_way_is_a_head_that_turns() -> None:
    assert long_movements(sight(({"nose": (1.0, 0.0)}, 6.0 * bump(200, 40, 70))), SETTINGS) == []


def test_in_pictures_that_stand_still_a_weak_movement_is_none() -> None:
    seen = sight((BROWS, 0.5 * bump(200)))
    assert kinds(short_movements(seen, SETTINGS)) == [MICRO]
    assert kinds(short_movements(replace(seen, frozen=True), SETTINGS)) == []
    assert kinds(short_movements(replace(sight((BROWS, 1.5 * bump(200))), frozen=True), SETTINGS)) == [MICRO]
