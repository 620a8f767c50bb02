import cv2
import numpy as np
import pytest

from glfnet.faces.alignment import WIDE, canonical_transform
from glfnet.faces.follow import Follower, likeness
from glfnet.faces.similarity import Transform, moved_points
from glfnet.faces.window import Window, averaged, patch_transform, window_of
from made_up_scene import Head, Image, drawn

HERE = Head(subject=1, x=160, y=120)


def grey(*heads: Head, noise: float = 1.5, seed: int = 0, scene: int = 0) -> Image:
    picture = drawn(heads, noise=noise, seed=seed, scene=scene)
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def follower(head: Head = HERE) -> Follower:
    return Follower(grey(head), canonical_transform(head.points()), WIDE)


def similarity(degrees: float, scale: float, right: float, down: float) -> Transform:
    cos, sin = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[cos, -sin, right], [sin, cos, down]])


@pytest.mark.slow
@pytest.mark.parametrize(
    "there",
    [
        Head(subject=1, x=160, y=120),
        Head(subject=1, x=165, y=120),
        Head(subject=1, x=157.3, y=124.6),
        Head(subject=1, x=160, y=120, degrees=5),
        Head(subject=1, x=161, y=120, scale=1.07),
        Head(subject=1, x=163, y=118, degrees=-4, scale=0.95),
    ],
)
def test_the_motion_takes_the_points_to_where_they_are(there: Head) -> None:
    motion = follower().follow(grey(there, seed=1))
    assert motion is not None
    np.testing.assert_allclose(moved_points(HERE.points(), motion.transform), there.points(), atol=0.4)
    assert motion.likeness > 0.9
    assert motion.share > 0.6


@pytest.mark.slow
def test_errors_do_not_add_up_over_many_frames() -> None:
    one = follower()
    for number in range(60):
        there = Head(subject=1, x=160 + 4 * np.sin(number / 3), y=120, degrees=2 * np.sin(number / 5))
        motion = one.follow(grey(there, seed=number))
        assert motion is not None
        np.testing.assert_allclose(moved_points(HERE.points(), motion.transform), there.points(), atol=0.4)


def test_a_far_step_is_followed_where_it_is_expected() -> None:
    one, there = follower(), Head(subject=1, x=230, y=120)
    assert one.follow(grey(there)) is None
    motion = one.follow(grey(there), right=62)
    assert motion is not None
    np.testing.assert_allclose(moved_points(HERE.points(), motion.transform), there.points(), atol=0.4)


def test_a_mouth_that_opens_does_not_move_the_head() -> None:
    picture = grey(HERE)
    opened = picture.copy()
    x, y = HERE.points()[3:].mean(axis=0).round().astype(int)
    opened[y + 6 : y + 36, x - 30 : x + 30] = picture[y : y + 30, x - 30 : x + 30]
    motion = follower().follow(opened)
    assert motion is not None
    np.testing.assert_allclose(moved_points(HERE.points(), motion.transform), HERE.points(), atol=0.4)
    assert motion.likeness > 0.7


@pytest.mark.parametrize(
    "later",
    [
        grey(),
        grey(scene=3),
        grey(Head(subject=2, x=160, y=120)),
        np.zeros((240, 320), np.uint8),
        np.random.default_rng(0).integers(0, 256, (240, 320), dtype=np.uint8),
    ],
    ids=["gone", "another scene", "somebody else", "black", "noise"],
)
def test_what_is_not_the_face_is_not_followed(later: Image) -> None:
    motion = follower().follow(later)
    assert motion is None or motion.likeness < 0.3


def test_a_face_without_texture_has_nothing_to_follow() -> None:
    flat = np.full((240, 320), 90, np.uint8)
    assert Follower(flat, canonical_transform(HERE.points()), WIDE).follow(flat) is None


def test_likeness_does_not_depend_on_light_and_is_defined_for_flat_pictures() -> None:
    one = grey(HERE)
    assert likeness(one, one) == pytest.approx(1, abs=1e-5)
    assert likeness(one, (one // 2 + 40).astype(np.uint8)) > 0.99
    assert likeness(one, 255 - one) == pytest.approx(-1, abs=1e-5)
    assert likeness(one, np.full_like(one, 7)) == 0
    assert likeness(np.full_like(one, 7), np.full_like(one, 7)) == 0


def test_a_window_has_whole_pixels_inside_the_frame_and_its_patch_maps_to_the_crop() -> None:
    transform = canonical_transform(HERE.points())
    window = window_of(transform, WIDE, (240, 320, 3))
    assert window.shrink == 1
    assert 0 <= window.x0 < window.x1 <= 320
    assert 0 <= window.y0 < window.y1 <= 240
    patch = window.patch(drawn([HERE], noise=0))
    assert patch.shape == (window.y1 - window.y0, window.x1 - window.x0)
    np.testing.assert_array_equal(patch, grey(HERE, noise=0)[window.y0 : window.y1, window.x0 : window.x1])
    in_patch = HERE.points() - (window.x0, window.y0)
    np.testing.assert_allclose(
        moved_points(in_patch, patch_transform(window, transform)), moved_points(HERE.points(), transform), atol=1e-9
    )


def test_a_shrunk_window_maps_the_middle_of_its_squares() -> None:
    window = Window(10, 20, 40, 50, 3)
    np.testing.assert_allclose(moved_points(np.array([[0.0, 0.0], [9.0, 9.0]]), window.to_frame), [(11, 21), (38, 48)])
    image = np.zeros((60, 60, 3), np.uint8)
    image[20:23, 10:13] = 9
    assert (window.patch(image) == np.pad([[9]], (0, 9))).all()


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (3, 200)])
@pytest.mark.parametrize("where", [(0, 0), (-500, 40), (900, 900)])
def test_a_window_has_a_pixel_even_where_the_face_is_beside_the_frame(
    shape: tuple[int, int], where: tuple[float, float]
) -> None:
    for scale in (0.1, 1, 9):
        transform = canonical_transform(scale * HERE.points() + where)
        assert window_of(transform, WIDE, shape).patch(np.zeros((*shape, 3), np.uint8)).size


def test_shrinking_leaves_the_rest_out() -> None:
    picture = np.arange(35, dtype=np.uint8).reshape(5, 7)
    assert averaged(picture, 1) is picture
    np.testing.assert_array_equal(averaged(picture, 3), [[8, 11]])
