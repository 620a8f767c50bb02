from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.faces.alignment import WIDE, crop_settings
from glfnet.faces.similarity import size_of
from glfnet.faces.tracker import TrackedFace
from glfnet.spotting.faces_kept import KeptFaces
from glfnet.spotting.head import RESTING, Head, HeadFit
from glfnet.spotting.regions import BROWS, EYES, MOUTH, NOSE, REGIONS, region_weights
from glfnet.spotting.skin import CROP_PX, Displacement, SkinMotion
from made_up_movements import blink, expression, faces, out_and_back

SMALL = crop_settings("wide", CROP_PX)
TURN = Head(1.01 * np.exp(0.02j), 0.7 - 0.4j)


def flow_of(head: Head) -> NDArray[np.float32]:
    y, x = np.mgrid[:CROP_PX, :CROP_PX].astype(np.float64)
    moved = head.of(x + 1j * y) - (x + 1j * y)
    return np.stack([moved.real, moved.imag], axis=-1).astype(np.float32)


def measured(track: Iterable[TrackedFace]) -> list[Displacement]:
    skin = SkinMotion()
    return [skin.step(face) for face in track]


def test_every_region_lies_in_the_crop_and_its_weights_sum_to_one() -> None:
    weights = region_weights(SMALL)
    assert weights.shape == (len(REGIONS), CROP_PX**2)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    assert (weights > 0).sum(axis=0).max() == 1  # no two overlap
    assert sorted([*BROWS, *EYES, *NOSE, *MOUTH]) == list(range(len(REGIONS)))


def test_left_regions_mirror_the_right_ones() -> None:
    weights = region_weights(SMALL).reshape(-1, CROP_PX, CROP_PX)
    for place, name in enumerate(REGIONS):
        other = REGIONS.index(name.replace("left", "right")) if "left" in name else place
        if "right" not in name:
            np.testing.assert_array_equal(weights[place], weights[other][:, ::-1])


def test_a_head_and_its_way_back_are_no_movement() -> None:
    places = np.array([1 + 2j, 50 - 3j])
    np.testing.assert_allclose(TURN.then(TURN.undone()).of(places), places)
    np.testing.assert_allclose(TURN.then(Head(1 + 0j, 3j)).of(places), TURN.of(places) + 3j)
    moved = TURN.of(places)
    with_matrix = np.stack([places.real, places.imag, [1, 1]]).T @ TURN.matrix().T
    np.testing.assert_allclose(with_matrix, np.stack([moved.real, moved.imag], axis=1))


def test_the_head_is_found_though_a_part_of_the_face_moves_on_its_own() -> None:
    fit, flow = HeadFit(SMALL), flow_of(TURN)
    flow[60:80, 30:70] += 2.0
    found = fit(flow)
    assert abs(found.turn_size - TURN.turn_size) < 2e-4
    assert abs(found.shift - TURN.shift) < 0.02
    assert fit.residual_px < 0.02


def test_the_pose_says_where_the_middle_of_the_face_has_gone() -> None:
    fit = HeadFit(SMALL)
    np.testing.assert_allclose(fit.pose_percent(RESTING), 0)
    np.testing.assert_allclose(
        fit.pose_percent(Head(1 + 0j, 1 - 2j))[:2], np.array([1, -2]) / SMALL.eye_distance_px * 100
    )
    np.testing.assert_allclose(fit.pose_percent(TURN)[2:], (2.0, 1.0))


@pytest.mark.slow
def test_the_skin_moves_as_much_as_it_does_in_truth() -> None:
    track = list(faces(0.6, [(expression(1, 2, percent=5.0), out_and_back(0.1, 0.3, 0.5))], noise=0.5))
    at = {round(face.time_s, 2): one.moved for face, one in zip(track, measured(track), strict=True)}
    up = -at[0.3][BROWS, 1]
    assert 1.5 < up.min() < up.max() < 5.0  # the strongest place moves by 5 per cent, the mean of a region by less
    assert np.abs(at[0.3][MOUTH]).max() < 0.4
    assert np.abs(at[0.58]).max() < 0.25


@pytest.mark.slow
def test_the_lids_go_down_in_a_blink_and_nothing_else_as_far() -> None:
    moved = measured(faces(0.4, [(blink(), out_and_back(0.1, 0.2, 0.35))]))[10].moved
    assert moved[EYES, 1].min() > 2.5
    assert np.abs(np.delete(moved, EYES, axis=0)).max() < 0.6 * moved[EYES, 1].min()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pose", "place", "moved_px"),
    [
        (lambda time_s: {"right_px": 8 * time_s}, 0, 8.0),
        (lambda time_s: {"down_px": -8 * time_s}, 1, -8.0),
    ],
)
def test_the_heads_movement_is_no_movement_of_the_skin(
    pose: Callable[[float], dict[str, float]], place: int, moved_px: float
) -> None:
    track = list(faces(1.02, pose=pose, noise=0.5))
    last = measured(track)[-1]
    assert last.pose[place] == pytest.approx(
        moved_px * size_of(track[0].transform) / WIDE.eye_distance_px * 100, abs=0.5
    )
    assert np.abs(np.delete(last.pose, place)).max() < 1.0  # the crop is a little turned
    assert np.abs(last.moved).max() < 0.6
    assert last.rest_percent < 0.3


@pytest.mark.slow
def test_a_new_transform_is_a_jump_of_the_crop_not_of_the_head() -> None:
    track = list(faces(0.6))
    jumped = track[0].transform + np.array([[0, 0, 9.0], [0, 0, -5.0]])  # an eighth of the distance between the eyes
    found = measured(replace(face, transform=jumped) if face.time_s > 0.3 else face for face in track)
    assert max(np.abs(one.moved).max() for one in found) < 0.5
    assert max(np.abs(one.pose).max() for one in found) < 0.5


@pytest.mark.slow
def test_errors_do_not_add_up_over_many_key_frames() -> None:
    found = measured(faces(12.0, fps=12.5, noise=2.0))
    assert np.abs(found[-1].moved).max() < 1.0


def test_all_faces_are_kept_for_a_while_and_some_for_longer() -> None:
    (face,) = faces(0.02)
    kept = KeptFaces(all_s=1.0, some_s=3.0)
    for number in range(1000):
        kept.append(replace(face, index=number, time_s=number / 100))
    assert len(kept) == 100 + 1 + 20
    assert kept.at(9.5).index == 950
    assert abs(kept.at(7.77).time_s - 7.77) <= 0.06
    assert kept.at(-5).time_s == pytest.approx(6.99, abs=0.11)
    assert kept.at(99).index == 999


def test_transforms_that_lead_to_another_size_of_crop_are_told_so() -> None:
    assert WIDE.size_px == 224
    one, other = SkinMotion(), SkinMotion(transform_crop_px=448)
    for face in faces(0.1):
        larger = replace(face, transform=_doubled(face.transform))
        np.testing.assert_allclose(one.step(face).moved, other.step(larger).moved, atol=1e-6)


def _doubled(transform: NDArray[np.float64]) -> NDArray[np.float64]:
    twice = 2 * transform
    twice[:, 2] += 0.5  # points count from the middle of the first pixel
    return twice
