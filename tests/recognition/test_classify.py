"""What one movement is taken for: features as the weights know them, probabilities, and when no class is named."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.faces.alignment import WIDE, canonical_transform, crop_settings, warp
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.flow.flow_map import map_of, normalised
from glfnet.flow.optical_flow import optical_flow
from glfnet.recognition.classify import Answer, MovementClassifier
from glfnet.recognition.result import NOTES
from glfnet.recognition.settings import PredictionSettings
from glfnet.spotting.settings import SpottingSettings
from made_up_recordings import Spy, a_clip, codes, grey

SETTINGS = PredictionSettings()
AS_IT_IS = PredictionSettings(still_head_percent=100)  # flow stays as it is, however the head moves
EYES_PX = WIDE.eye_distance_px


def a_crop(index: int = 0, right: float = 0.0, down: float = 0.0) -> NDArray[np.uint8]:
    """Return the wide crop of a frame, with the head moved by so many pixels of the crop."""
    transform = canonical_transform(a_clip().points) + np.array([[0, 0, right], [0, 0, down]])
    return warp(grey(a_clip().frames[index]), transform, WIDE.size_px)


def an_answer(
    onset: NDArray[np.uint8],
    apex: NDArray[np.uint8],
    trained: Spy | None = None,
    *,
    eyes_px: float = 80.0,
    given: bool = False,
    settings: PredictionSettings = SETTINGS,
) -> Answer:
    return MovementClassifier(trained or Spy(), settings).answer(onset, apex, eyes_px, given=given)  # type: ignore[arg-type]


def moved_right(answer: Answer) -> float:
    """Return how far the middle of the face moves to the right, in per cent of the eye distance."""
    return 100 * float(np.median(answer.pictures.flow[60:160, 70:150, 0])) / EYES_PX


def test_the_crop_of_a_tracked_face_is_that_of_its_points_also_where_the_weights_know_another_crop() -> None:
    picture, points = grey(a_clip().frames[0]), a_clip().points
    for name, size_px in (("wide", 224), ("tight", 224), ("tight", 112), ("wide", 112)):
        classifier = MovementClassifier(Spy(crop=name, crop_px=size_px), SETTINGS)  # type: ignore[arg-type]
        crop = classifier.crop_of(picture, canonical_transform(points, WIDE))
        expected = warp(picture, canonical_transform(points, crop_settings(name, size_px)), size_px)
        assert crop.shape == (size_px, size_px)
        assert np.abs(crop.astype(int) - expected).max() <= 1


def test_tracking_with_a_smaller_crop_leads_to_the_same_crop() -> None:
    settings = PredictionSettings(
        tracking=TrackingSettings(crop_px=112), spotting=SpottingSettings(transform_crop_px=112)
    )
    picture, points = grey(a_clip().frames[0]), a_clip().points
    classifier = MovementClassifier(Spy(), settings)  # type: ignore[arg-type]
    crop = classifier.crop_of(picture, canonical_transform(points, replace(WIDE, size_px=112)))
    assert np.abs(crop.astype(int) - warp(picture, canonical_transform(points), 224)).max() <= 1


@pytest.mark.parametrize("normalisation", ["min_max", "physical"])
def test_the_weights_are_shown_what_is_kept_as_maps(normalisation: str) -> None:
    plan, trained = a_clip().plan, Spy(0.2, 0.7, 0.1, method="dis", normalisation=normalisation)
    onset, apex = a_crop(plan.onset_index), a_crop(plan.apex_index)
    answer = an_answer(onset, apex, trained, settings=AS_IT_IS)
    (shown,) = trained.shown
    np.testing.assert_array_equal(answer.maps.pixels, shown)
    np.testing.assert_array_equal(answer.maps.pixels, map_of(optical_flow(onset, apex, "dis"), 28, WIDE.map_width))
    np.testing.assert_array_equal(answer.maps.normalised, normalised(shown, normalisation))
    np.testing.assert_array_equal(answer.pictures.onset, onset)
    np.testing.assert_array_equal(answer.pictures.apex, apex)
    assert answer.probabilities == {"negative": 0.2, "positive": 0.7, "surprise": 0.1}
    assert (answer.emotion, answer.notes) == ("positive", ())


def test_physical_maps_are_measured_by_the_eyes_of_the_crop_that_the_weights_know() -> None:
    trained = Spy(crop="tight", method="dis", normalisation="physical")
    onset, apex = a_crop(a_clip().plan.onset_index), a_crop(a_clip().plan.apex_index)
    maps = an_answer(onset, apex, trained, settings=AS_IT_IS).maps
    eyes_px = 0.40 * 224  # the tight crop's; 0.32 of the side in the wide one
    np.testing.assert_allclose(maps.normalised[:2], 100 * maps.pixels[:2] / eyes_px, rtol=1e-6)
    np.testing.assert_allclose(maps.normalised[2], 100 * maps.pixels[2], rtol=1e-6)


@pytest.mark.slow
def test_a_still_heads_flow_stays_as_it_is_and_a_moving_heads_movement_is_taken_out() -> None:
    still, moving = 0.7 * SETTINGS.still_head_percent, 1.5 * SETTINGS.still_head_percent
    for method in ("dis", "farneback"):
        slow, fast = (
            an_answer(a_crop(), a_crop(right=percent * EYES_PX / 100), Spy(method=method))
            for percent in (still, moving)
        )
        assert moved_right(slow) == pytest.approx(still, rel=0.15)
        assert abs(moved_right(fast)) < 0.1 * moving
    corrected = an_answer(a_crop(), a_crop(right=still * EYES_PX / 100), Spy(method="dis", rigid_correction=True))
    assert abs(moved_right(corrected)) < 0.1 * still


def test_a_movement_of_the_skin_is_measured_without_that_of_the_head() -> None:
    still, moving = (an_answer(a_crop(), a_crop(right=right), Spy(method="dis")) for right in (0, 1.5))
    assert still.movement_percent == 0
    assert moving.movement_percent < 0.5
    plan = a_clip().plan
    skin = an_answer(a_crop(plan.onset_index), a_crop(plan.apex_index), Spy(method="dis"))
    assert skin.movement_percent > 1


def test_flat_probabilities_name_no_class() -> None:
    least = Spy().card.unsure_below
    flat = an_answer(a_crop(), a_crop(), Spy(least - 0.001, least - 0.002, 0.003, method="dis"))
    assert flat.emotion is None
    assert [(one.code, one.sentence) for one in flat.notes] == [
        ("unsure", f"{NOTES['unsure']} (the largest is 0.499, 0.5 is needed)")
    ]
    sure = an_answer(a_crop(), a_crop(), Spy(least, 1 - least - 0.001, 0.001, method="dis"))
    assert (sure.emotion, codes(sure)) == ("negative", [])


def test_a_small_face_gets_probabilities_but_no_class() -> None:
    answer = an_answer(a_crop(), a_crop(), Spy(0.4, 0.3, 0.3, method="dis"), eyes_px=35.96)
    assert (answer.emotion, codes(answer)) == (None, ["small_face"])  # and not unsure, too
    assert "36.0 pixels between the eyes, 36 are needed" in answer.notes[0].sentence
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert codes(an_answer(a_crop(), a_crop(), Spy(method="dis"), eyes_px=36)) == []


def test_a_head_that_moves_far_gets_no_class() -> None:
    far = (SETTINGS.max_head_percent + 5) * EYES_PX / 100
    answer = an_answer(a_crop(), a_crop(right=far), Spy(method="dis"))
    assert (answer.emotion, codes(answer)) == (None, ["head_movement"])
    assert NOTES["head_movement"] in answer.notes[0].sentence


def test_given_frames_without_movement_get_no_class_but_spotted_ones_have_moved() -> None:
    noise = np.random.default_rng(0).normal(0, 2, (224, 224))
    same = np.clip(a_crop() + noise, 0, 255).astype(np.uint8)
    assert codes(an_answer(a_crop(), same, Spy(method="dis"), given=True)) == ["no_movement"]
    assert codes(an_answer(a_crop(), same, Spy(method="dis"), given=False)) == []
