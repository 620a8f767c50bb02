import numpy as np
import pytest

from glfnet.explanation.regions import REGIONS, map_places, movement_lengths, region_masks, soft
from glfnet.faces.alignment import TIGHT, WIDE, CropSettings


@pytest.mark.parametrize("crop", [WIDE, TIGHT], ids=lambda crop: crop.name)
def test_the_regions_tile_the_map(crop: CropSettings) -> None:
    masks = region_masks(crop, 28, 28)
    assert list(masks) == list(REGIONS)
    assert np.all(sum(mask.astype(int) for mask in masks.values()) == 1)
    assert all(masks[name].any() for name in ("brows", "eyes", "nose", "cheeks", "mouth", "elsewhere"))


def test_the_regions_lie_below_each_other_and_on_both_sides() -> None:
    masks = region_masks(WIDE, 28, 28)
    heights = [float(np.nonzero(masks[name])[0].mean()) for name in ("brows", "eyes", "nose", "mouth", "chin")]
    assert heights == sorted(heights)
    assert all(np.array_equal(mask, mask[:, ::-1]) for mask in masks.values())


def test_the_eyes_lie_where_the_crop_has_them() -> None:
    x, y = map_places(WIDE, 28, 28)
    masks = region_masks(WIDE, 28, 28)
    row, column = int(np.argmin(abs(y))), int(np.argmin(abs(x + 0.5)))
    assert masks["eyes"][row, column]


def test_a_soft_mask_has_all_of_its_region_and_falls_off_outside() -> None:
    mask = np.zeros((28, 28), dtype=bool)
    mask[10:15, 10:15] = True
    share = soft(mask)
    assert np.all(share[mask] == 1)
    assert 0 < share[9, 12] < 0.5
    assert share[3, 12] == 0


def test_a_head_that_shifts_moves_no_skin() -> None:
    shift = np.full((3, 28, 28), 2.5, dtype=np.float32)
    np.testing.assert_array_equal(movement_lengths(shift), 0)
