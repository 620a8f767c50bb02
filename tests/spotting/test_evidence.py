import numpy as np
import pytest

from glfnet.spotting.evidence import UNIT_SETS, patterns, rows_of_sets, unit_signals, weights
from glfnet.spotting.regions import EYES, REGIONS


def test_each_set_moves_what_its_units_move_and_no_lid() -> None:
    moved = dict(zip(UNIT_SETS, patterns(), strict=True))
    lengths = np.hypot(*np.moveaxis(patterns(), -1, 0))
    np.testing.assert_allclose(lengths.max(axis=1), 1)
    assert not lengths[:, EYES].any()
    assert moved[1, 2][REGIONS.index("image_left_inner_brow"), 1] < -0.9
    assert moved[12,][REGIONS.index("image_right_mouth"), 0] > 0.5
    assert moved[12,][REGIONS.index("image_left_mouth"), 0] < -0.5


def test_every_set_belongs_to_one_part_of_the_face() -> None:
    brows, nose, mouth = rows_of_sets()
    assert sorted([*brows, *nose, *mouth]) == list(range(len(UNIT_SETS)))
    assert [UNIT_SETS[row] for row in brows] == [(1, 2), (1,), (2,), (4,)]


def test_a_movement_as_the_set_has_it_gives_its_size_whatever_the_weights() -> None:
    wander = np.random.default_rng(0).uniform(0.02, 1.0, len(REGIONS))
    np.testing.assert_allclose((weights(wander) * patterns()).sum(axis=(1, 2)), 1)


def test_a_restless_region_counts_little() -> None:
    noises = np.full(len(REGIONS), 0.1)
    noises[REGIONS.index("image_left_outer_brow")] = 1.0
    share = np.abs(weights(noises)[UNIT_SETS.index((1, 2))]).sum(axis=-1)
    assert share[REGIONS.index("image_left_outer_brow")] < 0.05 * share.max()


def test_regions_together_have_less_noise_than_one() -> None:
    moved = np.random.default_rng(0).normal(0, 0.1, (1500, len(REGIONS), 2))
    signals = unit_signals(moved)
    assert signals.of(moved).shape == (1500, len(UNIT_SETS))
    assert signals.noise[UNIT_SETS.index((1, 2))] == pytest.approx(0.1 / 4**0.5, rel=0.15)
