"""Made-up flow fields: repeatable, on the scale of published maps, anatomically right, and where the crop says."""

from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.faces.alignment import CROPS
from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.emotions import EMOTION_UNITS
from glfnet.labels import THREE_CLASSES
from glfnet.synthetic.fields.crop import FIELD_CROPS, drawn_grid, exact_grid, field_crop
from glfnet.synthetic.fields.disturbances import as_flow_sees, head_movement, noise, smooth_movement
from glfnet.synthetic.fields.draw import CLASSES, Fields, draw_fields, field_chunks, field_flow_set
from glfnet.synthetic.fields.expression import UNITS, drawn_units, expression, template


@pytest.fixture(scope="module")
def fields() -> Fields:
    return draw_fields(500, seed=1)


def units_there(*units: int, n: int) -> NDArray[np.bool_]:
    return np.tile(np.isin(UNITS, units), (n, 1))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_fields_and_another_seed_or_crop_others() -> None:
    first = draw_fields(3, seed=5).maps
    np.testing.assert_array_equal(draw_fields(3, seed=5).maps, first)
    assert (draw_fields(3, seed=6).maps != first).any()
    assert (draw_fields(3, seed=5, crop="a").maps != first).any()


@pytest.mark.slow
def test_more_fields_begin_with_the_same_ones_and_go_on_with_others(fields: Fields) -> None:
    many = draw_fields(502, seed=1)
    np.testing.assert_array_equal(many.maps[:500], fields.maps)
    np.testing.assert_array_equal(many.units[:500], fields.units)
    chunks = list(islice(field_chunks(seed=1), 2))
    assert (chunks[0].maps != chunks[1].maps).any()
    np.testing.assert_array_equal(chunks[1].maps[:2], many.maps[500:])


def test_every_channel_is_stretched_over_256_steps_as_in_published_maps(fields: Fields) -> None:
    assert fields.maps.shape == (500, 3, 28, 28)
    assert fields.maps.dtype == np.float32
    np.testing.assert_array_equal(fields.maps.min(axis=(2, 3)), 0)
    np.testing.assert_array_equal(fields.maps.max(axis=(2, 3)), 1)
    np.testing.assert_allclose(fields.maps * 255, np.round(fields.maps * 255), atol=1e-3)


def test_a_field_shows_a_set_of_units_of_its_class(fields: Fields) -> None:
    assert CLASSES == THREE_CLASSES
    for label, there in zip(fields.truth, fields.units, strict=True):
        shown = tuple(unit for unit, is_there in zip(UNITS, there, strict=True) if is_there)
        assert shown in {one.units for one in EMOTION_UNITS[CLASSES[label]]}
    assert set(fields.truth.tolist()) == {0, 1, 2}


def test_sets_are_drawn_as_often_as_their_weights_say() -> None:
    there = drawn_units(np.random.default_rng(0), np.zeros(20_000, dtype=np.intp))
    sets = EMOTION_UNITS["negative"]
    expected = sum(one.weight for one in sets if 7 in one.units) / sum(one.weight for one in sets)
    assert there[:, UNITS.index(7)].mean() == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("name", FIELD_CROPS)
def test_a_movement_is_where_the_crop_says_and_goes_where_the_atlas_says(name: str) -> None:
    crop = field_crop(name)
    grid = exact_grid(crop, 1, 112)
    for unit in (1, 12, 17):
        move = ACTION_UNITS[unit].moves[0].sides[0]
        right, down = template(unit, grid)
        row = int((crop.eye_y + move.y * crop.eye_distance_y) * 112)
        column = int((0.5 + move.x * crop.eye_distance_x) * 112)
        assert np.sign(down[0, row, column]) == np.sign(move.down)
        assert abs(down[0, row, column]) > 0.6 * np.abs(down).max()
        if move.right:
            assert np.sign(right[0, row, column]) == np.sign(move.right)


@pytest.mark.parametrize("unit", UNITS)
def test_without_chance_both_halves_of_the_face_move_alike(unit: int) -> None:
    right, down = template(unit, exact_grid(field_crop("b"), 1, 28))
    np.testing.assert_allclose(down, down[..., ::-1], atol=1e-5)
    np.testing.assert_allclose(right, -right[..., ::-1], atol=1e-5)


def test_the_crops_of_recordings_are_those_that_faces_are_aligned_to() -> None:
    for name, crop in CROPS.items():
        assert FIELD_CROPS[name].eye_y == crop.eye_height
        assert FIELD_CROPS[name].eye_distance_y == crop.eye_distance
        assert FIELD_CROPS[name].eye_distance_x == pytest.approx(crop.eye_distance / crop.map_width)


@pytest.mark.slow
def test_people_differ_around_the_movement_of_the_atlas() -> None:
    rng, n = np.random.default_rng(0), 400
    grid = exact_grid(field_crop("b"), n, 28)
    right, down = expression(rng, units_there(12, n=n), grid)
    mean, alone = np.stack([right, down]).mean(axis=1), np.stack(template(12, exact_grid(field_crop("b"), 1, 28)))[:, 0]
    assert np.corrcoef(mean.ravel(), alone.ravel())[0, 1] > 0.9
    strengths = np.abs(down).max(axis=(1, 2))
    assert np.quantile(strengths, 0.9) > 3 * np.quantile(strengths, 0.1)
    left, right_half = np.abs(down[..., :14]).max(axis=(1, 2)), np.abs(down[..., 14:]).max(axis=(1, 2))
    one_sided = np.minimum(left, right_half) < 0.35 * np.maximum(left, right_half)
    assert 0.15 < one_sided.mean() < 0.5


def test_faces_lie_a_little_beside_where_they_should_and_anywhere_in_the_crop_any() -> None:
    rng = np.random.default_rng(0)
    spread = {name: np.std(drawn_grid(rng, field_crop(name), 500, 28).y[:, 0]) for name in ("b", "any")}
    assert 0 < spread["b"] < spread["any"]


def test_a_head_that_turns_moves_the_whole_picture_and_patches_are_smooth() -> None:
    rng = np.random.default_rng(0)
    grid = exact_grid(field_crop("b"), 50, 28)
    for right, down in (head_movement(rng, grid), smooth_movement(rng, grid)):
        for part in (right, down):
            assert np.abs(part).max(axis=(1, 2)).min() > 0
            assert np.abs(np.diff(part, axis=2)).max() < 0.5 * np.abs(part).max()


def test_noise_has_no_mean_and_another_strength_in_every_map() -> None:
    drawn = noise(np.random.default_rng(0), 200, 28)
    assert abs(drawn.mean()) < 0.01
    strength = drawn.std(axis=(2, 3))
    assert strength.max() > 4 * strength.min() > 0


def test_flow_keeps_the_strong_movement_and_takes_away_the_weak() -> None:
    at = np.linspace(-3, 3, 28, dtype=np.float32)
    bump = np.tile(np.exp(-(at**2) - at[:, None] ** 2), (50, 1, 1))
    seen, _ = as_flow_sees(np.random.default_rng(0), bump, bump)
    assert (seen == 0).mean() > (np.abs(bump) < 1e-3).mean()
    assert (seen.max(axis=(1, 2)) > 0.7 * bump.max()).mean() > 0.8


@pytest.mark.slow
def test_a_flow_set_of_fields_has_a_person_for_each_and_names_its_units() -> None:
    flow = field_flow_set(12, seed=2, crop="wide", size_px=14)
    assert [sample.subject.name for sample in flow.samples] == [f"{number:02d}" for number in range(1, 13)]
    assert flow.maps.shape == (12, 3, 14, 14)
    drawn = draw_fields(12, seed=2, crop="wide", size_px=14)
    for sample, label, there in zip(flow.samples, drawn.truth, drawn.units, strict=True):
        assert sample.emotion == CLASSES[label]
        assert sample.action_units == "+".join(str(unit) for unit, shows in zip(UNITS, there, strict=True) if shows)


def test_a_wrong_crop_size_seed_or_count_is_refused() -> None:
    with pytest.raises(
        SettingsError, match=r"^crop 'c': no such crop of made-up fields; known are a, b, wide, tight, any"
    ):
        field_chunks(crop="c")
    with pytest.raises(SettingsError, match=r"need 8 pixels and a seed of 0 or more; got 7 and 0\."):
        field_chunks(size_px=7)
    with pytest.raises(SettingsError, match=r"expected a count of 1 or more; got 0\."):
        draw_fields(0)
