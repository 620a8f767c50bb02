import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from weakref import ref

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.faces.alignment import canonical_transform
from glfnet.faces.tracker import TrackedFace
from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, OCCLUSION, TALKING
from glfnet.spotting.confidence import confidence
from glfnet.spotting.regions import REGIONS
from glfnet.spotting.settings import SpottingSettings
from glfnet.spotting.skin import Displacement
from glfnet.spotting.spotter import Movement, Spotter
from glfnet.synthetic.motion import Field
from made_up_movements import (
    SIZE_PX,
    Course,
    blink,
    expression,
    faces,
    mouth,
    out_and_back,
    somebody,
    syllables,
)

Parts = Sequence[tuple[Field, Course]]


def spotted(track: Iterable[TrackedFace], settings: SpottingSettings | None = None) -> list[Movement]:
    spotter = Spotter(settings)
    found = [movement for face in track for movement in spotter.step(face)]
    return found + spotter.finish()


def kinds(movements: Sequence[Movement]) -> list[str]:
    return [movement.kind for movement in movements]


def shared(movement: Movement, onset_s: float, offset_s: float) -> float:
    """Intersection over union in time."""
    start, end = movement.onset.time_s, movement.offset.time_s
    return max(0.0, min(end, offset_s) - max(start, onset_s)) / (max(end, offset_s) - min(start, onset_s))


def sway(time_s: float) -> dict[str, float]:
    """A head that is held, but not in a vice."""
    return {
        "right_px": 1.0 * np.sin(2 * np.pi * 0.7 * time_s),
        "down_px": 0.7 * np.sin(2 * np.pi * 0.4 * time_s),
        "turn_rad": 0.05 + 0.004 * np.sin(2 * np.pi * 0.9 * time_s),
    }


def summary(movement: Movement) -> tuple[object, ...]:
    return (
        *(movement.kind, movement.onset.index, movement.apex.index, movement.offset.index),
        *(movement.strength_percent, movement.regions),
    )


@pytest.mark.slow
def test_a_still_face_with_noise_does_nothing() -> None:
    assert spotted(faces(3.0, noise=3.0, pose=sway)) == []


def compressed(patches: Sequence[NDArray[np.uint8]], crf: int) -> list[NDArray[np.uint8]]:
    """Pictures as they come out of H.264."""
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=60)
        stream.height, stream.width = patches[0].shape
        stream.pix_fmt, stream.thread_count, stream.options = "yuv420p", 1, {"crf": str(crf)}
        for patch in patches:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(patch, format="gray")))
        container.mux(stream.encode(None))
    held.seek(0)
    with av.open(held) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


@pytest.mark.parametrize("crf", [23, 28, 34])
@pytest.mark.slow
def test_a_photograph_with_a_sensors_noise_does_nothing_however_it_is_compressed(crf: int) -> None:
    if "libx264" not in av.codecs_available:
        pytest.skip("this FFmpeg does not write H.264")
    track = list(faces(8.0, fps=60.0, noise=7.0))
    patches = compressed([face.patch for face in track], crf)
    still = (replace(face, patch=patch) for face, patch in zip(track, patches, strict=True))
    assert MICRO not in kinds(spotted(still))


@pytest.mark.parametrize("units", [(4,), (6, 12)])
@pytest.mark.slow
def test_the_mirror_image_of_a_face_gets_the_same_answer(units: tuple[int, ...]) -> None:
    parts = [(expression(*units), out_and_back(0.8, 0.95, 1.15)), (blink(), out_and_back(1.6, 1.67, 1.8))]
    track = list(faces(2.6, parts, pose=sway))
    points = (SIZE_PX - 1, 0) + (-1, 1) * somebody().five_points()[[1, 0, 2, 4, 3]]
    transform = canonical_transform(points)
    mirrored = (replace(face, patch=face.patch[:, ::-1].copy(), transform=transform) for face in track)
    for one, other in zip(spotted(track), spotted(mirrored), strict=True):
        assert one.kind == other.kind
        assert abs(one.onset.time_s - other.onset.time_s) <= 0.05
        assert abs(one.apex.time_s - other.apex.time_s) <= 0.02
        assert one.strength_percent == pytest.approx(other.strength_percent, rel=0.15)


@pytest.mark.slow
def test_a_movement_that_stops_halfway_back_is_found_from_where_it_rises() -> None:
    def stays(time_s: float) -> float:
        there = out_and_back(1.0, 1.13, 1.3)(time_s)
        return max(there, 0.5 * (time_s > 1.13) * out_and_back(0.9, 1.1, 4.0)(time_s))

    found = spotted(faces(3.0, [(expression(4, percent=4.0), stays)], fps=100.0, pose=sway))
    assert kinds(found) == [MICRO]
    assert shared(found[0], 1.0, 1.3) >= 0.6


@pytest.mark.parametrize("units", [(4,), (1, 2), (6, 12), (9, 17), (15, 17)])
@pytest.mark.slow
def test_one_micro_expression_is_found_once_where_it_is(units: tuple[int, ...]) -> None:
    found = spotted(faces(3.0, [(expression(*units), out_and_back(1.0, 1.13, 1.3))], fps=100.0, pose=sway))
    assert kinds(found) == [MICRO]
    assert abs(found[0].apex.time_s - 1.13) <= 0.02
    assert shared(found[0], 1.0, 1.3) >= 0.7
    assert 0.6 < found[0].strength_percent < 3.0


@pytest.mark.parametrize(("fps", "late_s"), [(25.0, 0.045), (30.0, 0.035), (200.0, 0.025)])
@pytest.mark.slow
def test_it_is_found_at_any_frame_rate(fps: float, late_s: float) -> None:
    found = spotted(faces(2.4, [(expression(4), out_and_back(0.8, 0.97, 1.2))], fps=fps, pose=sway))
    assert kinds(found) == [MICRO]
    assert abs(found[0].apex.time_s - 0.97) <= late_s
    assert shared(found[0], 0.8, 1.2) >= 0.6


@pytest.mark.parametrize(
    ("units", "part", "other"), [((4,), "brow", "mouth"), ((15,), "mouth", "brow"), ((9,), "nose", "chin")]
)
@pytest.mark.slow
def test_the_regions_that_move_are_named_the_strongest_first(units: tuple[int, ...], part: str, other: str) -> None:
    (found,) = spotted(faces(2.4, [(expression(*units), out_and_back(0.8, 0.95, 1.15))]))
    assert part in found.regions[0]
    assert not any(other in name for name in found.regions)
    assert set(found.regions) <= set(REGIONS)


@pytest.mark.slow
def test_a_clip_that_begins_and_ends_with_the_expression_is_enough() -> None:
    found = spotted(faces(0.36, [(expression(6, 12), out_and_back(0.03, 0.16, 0.33))], fps=100.0))
    assert kinds(found) == [MICRO]
    assert shared(found[0], 0.03, 0.33) >= 0.6


@pytest.mark.slow
def test_a_blink_is_a_blink() -> None:
    found = spotted(faces(2.4, [(blink(), out_and_back(0.9, 0.97, 1.12))], pose=sway))
    assert kinds(found) == [BLINK]
    assert shared(found[0], 0.9, 1.12) >= 0.6
    assert "eye" in found[0].regions[0]


@pytest.mark.slow
def test_a_micro_expression_elsewhere_is_found_in_spite_of_a_blink() -> None:
    parts = [
        (blink(), out_and_back(0.9, 0.97, 1.12)),
        (expression(6, 12, percent=4.0), out_and_back(0.95, 1.08, 1.3)),
    ]
    found = spotted(faces(2.6, parts))
    assert sorted(kinds(found)) == [BLINK, MICRO]


@pytest.mark.slow
def test_speech_is_talking_and_no_expression() -> None:
    found = spotted(faces(4.0, [(mouth(), syllables(1.0, 2.6))], pose=sway))
    assert kinds(found) == [TALKING]
    assert shared(found[0], 1.0, 2.6) >= 0.7


@pytest.mark.slow
def test_the_brows_are_read_while_the_mouth_speaks() -> None:
    parts = [(mouth(), syllables(1.0, 2.8)), (expression(4, percent=4.0), out_and_back(1.8, 1.95, 2.15))]
    found = spotted(faces(4.2, parts))
    assert sorted(kinds(found)) == [MICRO, TALKING]
    assert "brow" in next(movement for movement in found if movement.kind == MICRO).regions[0]


@pytest.mark.parametrize("units", [(6, 12), (1, 2)])
@pytest.mark.slow
def test_a_slow_expression_is_a_macro_expression(units: tuple[int, ...]) -> None:
    found = spotted(faces(4.0, [(expression(*units, percent=8.0), out_and_back(0.8, 1.2, 2.2, held_s=0.5))], pose=sway))
    assert kinds(found) == [MACRO]
    assert shared(found[0], 0.8, 2.2) >= 0.6


@pytest.mark.slow
def test_a_change_that_does_not_come_back_is_no_expression() -> None:
    smile = (expression(6, 12, percent=6.0), out_and_back(1.0, 1.2, 99.0, held_s=90.0))
    assert spotted(faces(3.5, [smile])) == []


@pytest.mark.parametrize(
    "pose",
    [
        lambda time_s: {"right_px": 6.0 * out_and_back(0.8, 1.0, 1.25)(time_s)},
        lambda time_s: {"down_px": 6.0 * out_and_back(0.8, 1.1, 1.5)(time_s)},
        lambda time_s: {"turn_rad": 0.09 * out_and_back(0.8, 1.0, 1.25)(time_s)},
        lambda time_s: {"scale": 1 + 0.04 * out_and_back(0.8, 1.0, 1.25)(time_s)},
        lambda time_s: {"right_px": 8.0 * time_s},
    ],
)
@pytest.mark.slow
def test_a_head_that_moves_is_no_expression(pose: Callable[[float], dict[str, float]]) -> None:
    assert set(kinds(spotted(faces(2.6, pose=pose)))) <= {HEAD_MOVEMENT}


@pytest.mark.slow
def test_an_expression_is_found_while_the_head_moves() -> None:
    found = spotted(
        faces(
            2.6,
            [(expression(4, percent=4.0), out_and_back(0.9, 1.05, 1.2))],
            pose=lambda time_s: {"down_px": 4.0 * out_and_back(0.6, 1.0, 1.6)(time_s)},
        )
    )
    assert sorted(kinds(found)) == [HEAD_MOVEMENT, MICRO]


@pytest.mark.slow
def test_a_new_transform_moves_nothing() -> None:
    jumps = {"moved_px": lambda time_s: 4 * (time_s > 1.05) + 3 * (time_s > 1.6)}
    assert spotted(faces(2.6, **jumps)) == []
    found = spotted(faces(2.6, [(expression(4), out_and_back(0.9, 1.05, 1.25))], **jumps))
    assert kinds(found) == [MICRO]
    assert found[0].onset.transform is not found[0].offset.transform


@pytest.mark.slow
def test_the_answer_is_given_within_a_moment_and_never_taken_back() -> None:
    track = list(faces(3.2, [(expression(4), out_and_back(0.8, 0.95, 1.15)), (blink(), out_and_back(1.8, 1.87, 2.0))]))
    spotter, when = Spotter(), []
    for face in track:
        when += [(summary(movement), face.time_s) for movement in spotter.step(face)]
    assert [row[0] for row, _ in when] == [MICRO, BLINK]
    assert all(given_s <= track[int(str(row[2]))].time_s + 1.15 for row, given_s in when)
    assert spotter.finish() == []


@pytest.mark.slow
def test_looking_in_between_and_a_second_spotter_change_nothing() -> None:
    track = list(faces(2.6, [(expression(4), out_and_back(0.8, 0.95, 1.15)), (blink(), out_and_back(1.6, 1.67, 1.8))]))
    first, second, found = Spotter(), Spotter(), []
    for number, face in enumerate(track):
        found += first.step(face)
        if number % 50 == 0:
            first.curve()
            second.step(replace(face, track=2))
    assert [*map(summary, found + first.finish())] == [*map(summary, spotted(track))]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_track() -> None:
    spotter, kept = Spotter(), []
    (face,) = faces(0.02)
    patches: list[ref[NDArray[np.uint8]]] = []
    for number in range(1800):
        one = replace(face, index=number, time_s=number / 100, patch=face.patch.copy())
        patches = [*(patch for patch in patches if patch() is not None), ref(one.patch)]
        spotter.step(one)
        kept.append(len(patches))
    assert max(kept) == max(kept[:1200])
    assert 100 < max(kept) < 400


@pytest.mark.slow
def test_frames_beyond_a_hundred_a_second_are_left_out_but_keep_their_place_in_the_curve() -> None:
    every, every_second = Spotter(), Spotter()
    for number, face in enumerate(faces(0.5, [(expression(4), out_and_back(0.1, 0.2, 0.35))], fps=200.0)):
        every.step(face)
        if number % 2 == 0:
            every_second.step(face)
    curve, fewer = every.curve(), every_second.curve()
    np.testing.assert_array_equal(curve.movement_percent[::2], fewer.movement_percent)
    np.testing.assert_array_equal(curve.index, np.arange(100))
    np.testing.assert_allclose(curve.time_s, np.arange(100) / 200)
    assert {len(values) for values in curve.regions_percent.values()} == {100}


@pytest.mark.slow
def test_the_curve_is_high_where_something_moves() -> None:
    spotter = Spotter()
    for face in faces(2.4, [(expression(4), out_and_back(1.0, 1.15, 1.35))]):
        spotter.step(face)
    curve = spotter.curve()
    assert curve.face == 1
    assert tuple(curve.regions_percent) == REGIONS
    assert abs(curve.time_s[curve.movement_percent.argmax()] - 1.15) <= 0.03
    moving = (curve.time_s > 1.0) & (curve.time_s < 1.35)
    assert curve.movement_percent[~moving].max() < 0.3 < 0.6 < curve.movement_percent.max()
    assert curve.regions_percent["image_left_inner_brow"].max() > 3 * curve.regions_percent["chin"].max()


@pytest.mark.slow
def test_it_says_how_often_the_head_moves() -> None:
    still, moving = Spotter(), Spotter()
    for spotter, track in (
        (still, faces(1.0, noise=6.0)),
        (moving, faces(1.0, pose=lambda time_s: {"right_px": 6 * np.sin(2 * np.pi * time_s)})),
    ):
        for face in track:
            spotter.step(face)
    assert still.head_motion_share == 0.0
    assert moving.head_motion_share > 0.5


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_a_track_of_a_few_frames_holds_nothing(frames: int) -> None:
    spotter = Spotter()
    for face in faces(frames / 25, fps=25.0):
        assert spotter.step(face) == []
    assert spotter.finish() == []
    assert len(spotter.curve().index) == frames
    assert spotter.head_motion_share == 0


def test_faces_out_of_order_or_of_another_track_are_refused() -> None:
    first, second = faces(0.04)
    spotter = Spotter()
    spotter.step(second)
    with pytest.raises(
        ValueError, match=r"each later than the one before; got track 1 at 0\.0 s after track 1 at 0\.02"
    ):
        spotter.step(first)
    with pytest.raises(ValueError, match=r"faces must be of one track .* got track 2"):
        spotter.step(replace(second, track=2, time_s=1.0))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"floor_percent": 0.0}, "floor_percent: found 0.0; expected a number above 0."),
        ({"steps_per_s": float("nan")}, "steps_per_s: found nan; expected a number above 0."),
        ({"shortest_s": 0.6}, "expected each to be longer than the one before"),
        ({"decide_after_s": 0.3}, "decide_after_s: found 0.3; expected longest_s, 0.5, or more"),
    ],
)
def test_settings_that_do_not_fit_are_refused(options: dict[str, float], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        SpottingSettings(**options)  # type: ignore[arg-type]
    assert sentence in str(refused.value)


@pytest.mark.slow
def test_a_longer_limit_makes_a_slow_expression_a_micro_expression() -> None:
    track = list(faces(3.2, [(expression(4, percent=5.0), out_and_back(0.8, 1.1, 1.5))]))
    assert kinds(spotted(track)) == [MACRO]
    assert kinds(spotted(track, SpottingSettings(longest_s=0.9, decide_after_s=1.2))) == [MICRO]


class Measured:
    """In the place of the measurement of skin: what has been measured already."""

    def __init__(self, course: Callable[[float], float], *regions: str, noise: float = 0.02) -> None:
        self._course, self._rows = course, [REGIONS.index(name) for name in regions]
        self._noise, self._rng = noise, np.random.default_rng(0)

    def step(self, face: TrackedFace) -> Displacement:
        moved = self._noise * self._rng.standard_normal((len(REGIONS), 2))
        moved[self._rows, 1] -= self._course(face.time_s)
        return Displacement(moved, np.zeros(4), 0.05)


def of_measured(
    duration_s: float, skin: Measured, fps: float = 50.0, settings: SpottingSettings | None = None
) -> list[Movement]:
    """What is spotted where the skin moves so."""
    spotter, patch = Spotter(settings), np.zeros((8, 8), dtype=np.uint8)
    spotter._skin = skin  # type: ignore[assignment]
    found = []
    for index in range(round(duration_s * fps)):
        face = TrackedFace(
            track=1, index=index, time_s=index / fps, patch=patch, transform=np.eye(2, 3), box=(0.0, 0.0, 8.0, 8.0),
            eye_distance_px=40.0,
        )  # fmt: skip
        found += spotter.step(face)
    return found + spotter.finish()


@pytest.mark.parametrize("end_s", [5.0, 12.0])
def test_a_hand_that_stays_before_the_face_is_one_occlusion(end_s: float) -> None:
    (hand,) = of_measured(end_s, Measured(lambda time_s: 60 * min(max(time_s - 3.0, 0.0), 1.0), "chin", "lips"))
    assert hand.kind == OCCLUSION
    assert hand.onset.time_s == pytest.approx(3.1, abs=0.2)
    assert hand.apex.time_s == pytest.approx(3.95, abs=0.2)
    assert set(hand.regions) == {"chin", "lips"}


def test_a_hand_that_goes_again_is_one_occlusion_not_two() -> None:
    (hand,) = of_measured(
        12.0, Measured(lambda time_s: 60 * min(max(min(time_s - 3.0, 5.0 - time_s), 0.0), 1.0), "chin")
    )
    assert hand.kind == OCCLUSION
    assert hand.onset.time_s < 3.3
    assert hand.offset.time_s > 4.6


@pytest.mark.parametrize(("sensitivity", "found"), [("low", []), ("normal", []), ("high", [MICRO])])
def test_a_weak_movement_is_found_only_where_weak_ones_are_asked_for(sensitivity: str, found: list[str]) -> None:
    there = out_and_back(3.0, 3.12, 3.28)
    weak = Measured(lambda time_s: 0.15 * there(time_s), "chin", noise=0.002)
    assert kinds(of_measured(6.0, weak, settings=SpottingSettings().at(sensitivity))) == found


def test_normal_sensitivity_changes_nothing_and_an_unknown_one_is_refused() -> None:
    settings = SpottingSettings(floor_percent=0.3)
    assert settings.at("normal") == settings
    assert settings.at("low").floor_percent > 0.3 > settings.at("high").floor_percent
    with pytest.raises(SettingsError) as error:
        settings.at("hihg")
    assert str(error.value) == "sensitivity: found 'hihg'; expected low, normal or high."


def test_it_is_surer_of_what_is_far_above_its_floor_and_says_nothing_of_other_kinds() -> None:
    there = out_and_back(3.0, 3.12, 3.28)
    high = SpottingSettings().at("high")
    (strong,), (weak,) = (
        of_measured(6.0, Measured(lambda time_s, far=far: far * there(time_s), "chin", noise=0.002), settings=high)
        for far in (1.5, 0.15)
    )
    assert strong.grounds is not None
    assert weak.grounds is not None
    assert confidence(strong.grounds) > 0.8 > confidence(weak.grounds)
    (hand,) = of_measured(6.0, Measured(lambda time_s: 60 * min(max(time_s - 3.0, 0.0), 1.0), "chin"))
    assert hand.grounds is None
