import math

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import (
    CROPS,
    TIGHT,
    WIDE,
    CropSettings,
    canonical_points,
    canonical_transform,
    crop_settings,
    face_mask,
    warp,
)
from glfnet.faces.similarity import Points, Transform, inverse, moved_points

IDENTITY = np.eye(2, 3)


def similarity(degrees: float, size: float, shift: tuple[float, float], about: float = 0.0) -> Transform:
    angle = math.radians(degrees)
    turn = size * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centre = np.full(2, about)
    return np.column_stack([turn, centre - turn @ centre + shift])


def blob(side: int, x: float, y: float, width: float) -> NDArray[np.float64]:
    rows, columns = np.mgrid[:side, :side]
    return np.asarray(np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2)))


@pytest.mark.parametrize("crop", CROPS.values(), ids=list(CROPS))
def test_points_that_lie_where_they_should_are_not_moved(crop: CropSettings) -> None:
    np.testing.assert_allclose(canonical_transform(canonical_points(crop), crop), IDENTITY, atol=1e-9)


@pytest.mark.parametrize("degrees", [-170.0, -20.0, 0.0, 35.0, 180.0])
def test_a_known_transform_is_undone(degrees: float) -> None:
    moved = similarity(degrees, 2.5, (300.0, -40.0))
    points = moved_points(canonical_points(WIDE), moved)
    np.testing.assert_allclose(canonical_transform(points, WIDE), inverse(moved), atol=1e-9)


def test_points_land_near_their_places_and_the_face_is_neither_stretched_nor_mirrored() -> None:
    points = np.array([[225, 190], [304, 187], [267, 240], [227, 281], [308, 278]], dtype=float)
    transform = canonical_transform(points, WIDE)
    off_px = np.hypot(*(moved_points(points, transform) - canonical_points(WIDE)).T)
    assert off_px.max() < 0.1 * WIDE.eye_distance_px
    assert transform[0, 0] == transform[1, 1]
    assert transform[0, 1] == -transform[1, 0]
    assert np.linalg.det(transform[:, :2]) > 0


def test_crops_of_two_sizes_show_the_same_part_of_the_frame() -> None:
    corners = {}
    for side in (56, 224):
        crop = crop_settings("wide", side)
        to_frame = inverse(canonical_transform(canonical_points(WIDE), crop))
        corners[side] = moved_points(np.array([[-0.5, -0.5], [side - 0.5, side - 0.5]]), to_frame)
    np.testing.assert_allclose(corners[56], corners[224], atol=1e-9)


def test_the_wide_crop_holds_forehead_cheeks_and_chin_and_the_tight_one_has_brows_at_its_upper_edge() -> None:
    rows, columns = np.nonzero(face_mask(WIDE))
    assert min(rows.min(), columns.min()) > 0
    assert max(rows.max(), columns.max()) < WIDE.size_px - 1
    brows = [crop.eye_height - 0.4 * crop.eye_distance for crop in (WIDE, TIGHT)]
    assert brows[0] == pytest.approx(0.232, abs=0.001)
    assert brows[1] < 0.1
    assert TIGHT.eye_height == 0.25


def test_the_face_mask_holds_the_five_points() -> None:
    for crop in CROPS.values():
        x, y = canonical_points(crop).round().astype(int).T
        assert face_mask(crop)[y, x].all()
        assert 0.2 < face_mask(crop).mean() < 0.8


@pytest.mark.parametrize("size", [1.0, 0.31, 2.2])
def test_what_lies_at_a_point_of_the_frame_lies_at_the_moved_point_of_the_crop(size: float) -> None:
    frame = (255 * blob(120, 70.3, 50.6, 6.0)).astype(np.uint8)
    transform = similarity(25.0, size, (105.0, 98.0), about=60.0) - [[0, 0, 60], [0, 0, 60]]
    crop = warp(frame, transform, 200).astype(float)
    rows, columns = np.mgrid[:200, :200]
    centre = np.array([(columns * crop).sum(), (rows * crop).sum()]) / crop.sum()
    np.testing.assert_allclose(centre, moved_points(np.array([[70.3, 50.6]]), transform)[0], atol=0.15)


def test_warping_by_the_identity_gives_the_frame_back_grey_or_colour() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(warp(frame, IDENTITY, 32), frame)
    np.testing.assert_array_equal(warp(frame[..., 0], IDENTITY, 32), frame[..., 0])


def test_a_face_that_becomes_smaller_is_averaged() -> None:
    stripes = np.tile(np.array([0, 200], dtype=np.uint8), (64, 32))
    quarter = warp(stripes, similarity(0.0, 0.25, (-0.375, -0.375)), 16)
    assert quarter.min() >= 90
    assert quarter.max() <= 110


def test_what_lies_outside_of_the_frame_continues_its_edge() -> None:
    frame = np.full((20, 20), 77, dtype=np.uint8)
    assert (warp(frame, similarity(10.0, 1.0, (15.0, 15.0)), 40) == 77).all()


def good_points() -> Points:
    return canonical_points(WIDE)


def test_wrong_points_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"points must be \(5, 2\) finite numbers, one \(x, y\) a row; got \(4, 2\)"):
        canonical_transform(good_points()[:4])
    with pytest.raises(ShapeError, match="finite numbers"):
        canonical_transform(np.full((5, 2), np.nan))
    with pytest.raises(ShapeError, match="no face or a mirrored one"):
        canonical_transform(np.zeros((5, 2)))
    with pytest.raises(ShapeError, match="image_left_eye, image_right_eye, nose"):
        canonical_transform(good_points()[[1, 0, 2, 4, 3]])


def test_wrong_frames_and_transforms_are_refused() -> None:
    frame = np.zeros((10, 10), dtype=np.uint8)
    with pytest.raises(ShapeError, match=r"frame must be .* uint8; got \(10, 10\) float64"):
        warp(frame.astype(float), IDENTITY, 10)
    with pytest.raises(ShapeError, match=r"got \(10, 10, 4\) uint8"):
        warp(np.zeros((10, 10, 4), dtype=np.uint8), IDENTITY, 10)
    with pytest.raises(ShapeError, match="transform must be"):
        warp(frame, np.zeros((2, 3)), 10)


def test_an_unknown_crop_and_an_impossible_one_are_refused() -> None:
    with pytest.raises(SettingsError, match="crop 'narrow': no such crop; known are wide, tight"):
        crop_settings("narrow")
    with pytest.raises(SettingsError, match="crop own: found size_px 0, eye_distance"):
        CropSettings(name="own", size_px=0, eye_distance=0.3, eye_height=0.3)
