import numpy as np
import pytest

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import Picture
from glfnet.flow.flow_map import flow_map, map_of, normalised, shrunk, stretched_map_of
from glfnet.flow.optical_flow import Flow, optical_flow, optical_strain

GREY = np.zeros((20, 20), dtype=np.uint8)


def test_a_map_is_made_at_full_size_and_each_value_is_the_mean_of_its_area(still: Picture) -> None:
    onset, apex = still[40:168, 40:168], still[40:168, 38:166]
    small = flow_map(onset, apex, "dis", size_px=16)
    found = optical_flow(onset, apex, "dis")
    full = np.stack([found[..., 0], found[..., 1], optical_strain(found)])
    assert small.shape == (3, 16, 16)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, full.reshape(3, 16, 8, 16, 8).mean(axis=(2, 4)), atol=1e-5)


def test_shrinking_keeps_the_mean_also_by_no_whole_number() -> None:
    full = np.random.default_rng(0).normal(size=(3, 50, 50)).astype(np.float32)
    np.testing.assert_allclose(shrunk(full, 28).mean(axis=(1, 2)), full.mean(axis=(1, 2)), atol=1e-6)


def test_a_map_of_a_part_of_the_width_shows_the_middle_columns_only() -> None:
    flow = np.zeros((56, 56, 2), dtype=np.float32)
    flow[:, :14, 0] = 5.0  # outside of the middle half
    flow[:, 28:, 1] = 2.0
    whole, middle = map_of(flow, 28), map_of(flow, 28, width=0.5)
    assert whole[0, :, 0].min() == 5.0
    assert middle[0].max() == 0.0
    np.testing.assert_array_equal(middle[1, :, :14], 0)
    np.testing.assert_array_equal(middle[1, :, 14:], 2)
    with pytest.raises(ShapeError, match="width must be a share of the crop, above 0 and at most 1; got"):
        map_of(flow, 28, width=1.5)


def a_map(strength: float = 1.0) -> Flow:
    return (strength * np.random.default_rng(1).normal(size=(3, 6, 6))).astype(np.float32)


def test_min_max_fills_0_to_1_in_each_channel_of_each_map_and_forgets_the_strength() -> None:
    both = normalised(np.stack([a_map(), 5 * a_map()]), "min_max")
    np.testing.assert_allclose(both.min(axis=(2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(both.max(axis=(2, 3)), 1, atol=1e-6)
    np.testing.assert_allclose(both[0], both[1], atol=1e-5)


def test_min_max_of_a_map_without_contrast_is_zero() -> None:
    assert (normalised(np.full((3, 4, 4), 0.7, dtype=np.float32)) == 0).all()


def test_the_physical_scale_keeps_the_strength_and_does_not_depend_on_the_size_of_the_crop() -> None:
    np.testing.assert_allclose(normalised(3 * a_map(), "physical"), 3 * normalised(a_map(), "physical"), rtol=1e-5)
    eye_distance = np.ones((3, 2, 2), dtype=np.float32) * np.array([50.0, 25.0, 0.01], dtype=np.float32)[:, None, None]
    per_cent = normalised(eye_distance, "physical", eye_distance_px=50.0)
    np.testing.assert_allclose(per_cent[:, 0, 0], [100, 50, 1], rtol=1e-5)


def test_pixels_are_left_as_they_are() -> None:
    np.testing.assert_array_equal(normalised(a_map(), "pixels"), a_map())


def test_a_crop_that_is_not_square_and_a_map_larger_than_the_crop_are_refused() -> None:
    with pytest.raises(ShapeError, match="size_px must be 1 to 20, the size of the crop; got 28"):
        flow_map(GREY, GREY, "dis")
    with pytest.raises(ShapeError, match=r"a crop must be square; got \(20, 18\)"):
        flow_map(GREY[:, :18], GREY[:, :18], "dis", 9)


def test_an_unknown_scale_a_distance_of_zero_and_an_array_that_is_no_map_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"flow map must be \(3, H, W\) or \(N, 3, H, W\)"):
        normalised(np.zeros((2, 4, 4), np.float32))
    with pytest.raises(SettingsError, match="normalisation 'minmax': no such one; known are min_max, physical, pixels"):
        normalised(a_map(), "minmax")
    with pytest.raises(SettingsError, match="eye_distance_px must be positive; got 0"):
        normalised(a_map(), "physical", 0)


def test_a_stretched_map_is_stretched_before_it_is_sampled() -> None:
    flow = np.zeros((112, 112, 2), dtype=np.float32)
    flow[50, 50] = 8.0, -8.0  # one of the four pixels around the place that a sample looks at
    flow[80:84, 20:24, 0] = 4.0
    small = stretched_map_of(flow, 28)
    assert small[0, 12, 12] == pytest.approx(1 / 4), "a mean over the area would be a sixteenth"
    assert small[0].max() == pytest.approx(127 / 255)  # half of the single pixel's 8, in whole numbers of 255
    np.testing.assert_allclose(stretched_map_of(3 * flow, 28), small)
    assert map_of(flow, 28)[0].max() == pytest.approx(4.0)


def test_a_map_without_any_movement_can_be_stretched() -> None:
    np.testing.assert_array_equal(stretched_map_of(np.zeros((56, 56, 2), dtype=np.float32), 28), 0)
