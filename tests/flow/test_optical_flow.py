import math
from typing import Any

import cv2
import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray
from PIL import Image

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import (
    WIDE,
    Flow,
    Picture,
    canonical_transform,
    face_mask,
    moved_points,
    rigid_correction,
    warp,
)
from glfnet.flow import optical_flow as flow
from glfnet.flow.optical_flow import (
    METHODS,
    flow_map,
    library_versions,
    map_of,
    normalised,
    optical_flow,
    optical_strain,
    shrunk,
    still_head_flow,
)

# Eyes, nose tip and corners of the mouth in the photograph of Grace Hopper (public domain) that matplotlib ships.
HOPPER = np.array([[225, 190], [304, 187], [267, 240], [227, 281], [308, 278]], dtype=float)
GREY = np.zeros((20, 20), dtype=np.uint8)


def turned_and_shifted() -> NDArray[np.float64]:
    """A turn by one degree about the middle of the crop, and a shift by two pixels to the right."""
    cos, sin = math.cos(math.radians(1)), math.sin(math.radians(1))
    turn = np.array([[cos, -sin], [sin, cos]])
    middle = np.full(2, 111.5)
    return np.column_stack([turn, middle - turn @ middle + [2, 0]])


def crop_after(motion: NDArray[np.float64]) -> Picture:
    """The photograph's wide crop after a motion in the crop, sampled from the photograph once."""
    with Image.open(str(get_sample_data("grace_hopper.jpg", asfileobj=False))) as image:
        photograph = np.array(image.convert("L"))
    whole = np.vstack([motion, [0, 0, 1]]) @ np.vstack([canonical_transform(HOPPER), [0, 0, 1]])
    return warp(photograph, whole[:2], WIDE.size_px)


def lengths(flow: Flow) -> Flow:
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]))


def grid(side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[:side, :side].astype(np.float32)
    return x, y


@pytest.fixture(scope="module")
def still() -> Picture:
    return crop_after(np.eye(2, 3))


@pytest.fixture(scope="module")
def moved() -> Picture:
    return crop_after(turned_and_shifted())


@pytest.mark.parametrize("method", METHODS)
def test_a_still_face_has_no_flow(still: Picture, method: str) -> None:
    found = optical_flow(still[:96, :96], still[:96, :96], method)
    assert found.shape == (96, 96, 2)
    assert found.dtype == np.float32
    assert lengths(found).mean() < 0.005


@pytest.mark.parametrize("method", METHODS)
def test_u_points_right_and_v_down(still: Picture, method: str) -> None:
    onset = still[60:160, 60:160]
    right, down = still[60:160, 58:158], still[58:158, 60:160]
    middle = np.s_[20:80, 20:80]
    np.testing.assert_allclose(np.median(optical_flow(onset, right, method)[middle], axis=(0, 1)), [2, 0], atol=0.1)
    np.testing.assert_allclose(np.median(optical_flow(onset, down, method)[middle], axis=(0, 1)), [0, 2], atol=0.1)


def test_a_face_that_only_turns_and_shifts_has_hardly_any_strain_and_corrected_hardly_any_flow(
    still: Picture, moved: Picture
) -> None:
    found = optical_flow(still, moved, "tvl1")
    start = np.stack(grid(224), axis=-1).astype(float)
    truth = moved_points(start, turned_and_shifted()) - start
    assert np.hypot(*np.moveaxis(found - truth, -1, 0)).mean() < 0.06
    assert lengths(found).mean() > 2
    assert optical_strain(found).mean() < 0.016  # of a turn by one degree, u_y and v_x on their own are 0.0175
    assert lengths(rigid_correction(found)).mean() < 0.05


def test_correcting_before_the_flow_is_made_leaves_still_less(still: Picture, moved: Picture) -> None:
    mask = face_mask(WIDE)
    corrected = still_head_flow(still, moved, "tvl1", mask)
    assert lengths(corrected)[mask].mean() < 0.03
    assert optical_strain(corrected).mean() < 0.011


def test_an_expression_survives_the_correction_of_a_head_that_moves(still: Picture) -> None:
    x, y = grid(224)
    lift = (3 * np.exp(-((x - 152) ** 2 + (y - 160) ** 2) / (2 * 15**2))).astype(np.float32)  # a corner of the mouth
    raised = cv2.remap(still, x, y + lift, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    apex: Any = cv2.warpAffine(
        raised, turned_and_shifted(), (224, 224), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    plain, corrected = (flow_map(still, apex, "dis", correct_rigid=c, mask=face_mask(WIDE)) for c in (False, True))
    corner = (19, 19)  # of the map: row and column of the lifted corner
    assert corrected[1][corner] == pytest.approx(-2.5, abs=0.6)
    assert plain[0].mean() > 1.5
    assert abs(np.median(corrected[0])) < 0.1
    assert corrected[2].argmax() // 28 in range(16, 24)


@pytest.mark.parametrize("method", ["dis", "farneback"])
def test_the_result_does_not_depend_on_the_number_of_threads(still: Picture, moved: Picture, method: str) -> None:
    before = cv2.getNumThreads()
    flows = []
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        flows.append(np.asarray(METHODS[method](still, moved)))
    cv2.setNumThreads(before)
    np.testing.assert_array_equal(flows[0], flows[1])


def test_one_thread_is_used_and_the_setting_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def spy(onset: Picture, apex: Picture) -> Flow:
        used.append(cv2.getNumThreads())
        return np.zeros((*onset.shape, 2), dtype=np.float32)

    monkeypatch.setattr(flow, "METHODS", {"spy": spy})
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    optical_flow(GREY, GREY, "spy")
    assert (used, cv2.getNumThreads()) == ([1], 2)
    cv2.setNumThreads(before)


def test_shifting_the_whole_head_has_no_strain() -> None:
    assert (optical_strain(np.full((20, 30, 2), (2.0, -1.0), dtype=np.float32)) == 0).all()


def test_turning_the_head_has_no_strain_to_first_order() -> None:
    x, y = grid(33)
    first_order = np.stack([-0.01 * y, 0.01 * x], axis=-1)
    np.testing.assert_allclose(optical_strain(first_order), 0, atol=1e-6)
    angle = math.radians(1)
    finite = np.stack(
        [(math.cos(angle) - 1) * x - math.sin(angle) * y, math.sin(angle) * x + (math.cos(angle) - 1) * y], axis=-1
    )
    np.testing.assert_allclose(optical_strain(finite), math.sqrt(2) * (1 - math.cos(angle)), rtol=0.02)
    assert optical_strain(finite).max() < 0.0003


@pytest.mark.parametrize(
    ("u_x", "u_y", "v_x", "v_y", "strain"),
    [
        (0.1, 0, 0, 0, 0.1),
        (0, 0, 0, -0.2, 0.2),
        (0.03, 0, 0, 0.04, 0.05),
        (0, 0.1, 0.1, 0, math.sqrt(2) * 0.1),
        (0, 0.1, 0, 0, math.sqrt(2) * 0.05),
    ],
)
def test_strain_is_exact_under_a_known_stretch(u_x: float, u_y: float, v_x: float, v_y: float, strain: float) -> None:
    x, y = grid(17)
    stretch = np.stack([u_x * x + u_y * y, v_x * x + v_y * y], axis=-1)
    np.testing.assert_allclose(optical_strain(stretch), strain, atol=1e-6)


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


def test_the_versions_that_belong_in_a_key_are_named() -> None:
    assert library_versions() == {"glfnet.flow": "2", "opencv": cv2.__version__}


@pytest.mark.parametrize(
    ("onset", "apex", "sentence"),
    [
        (np.zeros((20, 20, 3), np.uint8), GREY, r"onset must be grey, \(H, W\) uint8; got \(20, 20, 3\) uint8"),
        (GREY, GREY.astype(np.float32), r"apex must be grey, \(H, W\) uint8; got \(20, 20\) float32"),
        (GREY, np.zeros((20, 21), np.uint8), r"onset and apex must have one size; got \(20, 20\) and \(20, 21\)"),
        (GREY[:15], GREY[:15], r"pictures must be 16 x 16 pixels or more; got \(15, 20\)"),
    ],
)
def test_wrong_pictures_are_refused(onset: Any, apex: Any, sentence: str) -> None:
    with pytest.raises(ShapeError, match=sentence):
        optical_flow(onset, apex)


def test_other_wrong_input_is_refused_with_what_is_known() -> None:
    with pytest.raises(SettingsError, match="flow method 'tv-l1': no such method; known are tvl1, dis, farneback"):
        optical_flow(GREY, GREY, "tv-l1")
    with pytest.raises(ShapeError, match="size_px must be 1 to 20, the size of the crop; got 28"):
        flow_map(GREY, GREY, "dis")
    with pytest.raises(ShapeError, match=r"a crop must be square; got \(20, 18\)"):
        flow_map(GREY[:, :18], GREY[:, :18], "dis", 9)
    with pytest.raises(ShapeError, match=r"flow must be \(H, W, 2\).* got \(3, 4, 4\)"):
        optical_strain(np.zeros((3, 4, 4), np.float32))
    with pytest.raises(ShapeError, match=r"flow map must be \(3, H, W\) or \(N, 3, H, W\)"):
        normalised(np.zeros((2, 4, 4), np.float32))
    with pytest.raises(SettingsError, match="normalisation 'minmax': no such one; known are min_max, physical, pixels"):
        normalised(a_map(), "minmax")
    with pytest.raises(SettingsError, match="eye_distance_px must be positive; got 0"):
        normalised(a_map(), "physical", 0)


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
