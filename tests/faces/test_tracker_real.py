"""Tracking of ordinary videos. What is expected was checked by eye on sheets of frames with the boxes drawn."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from glfnet.faces.alignment import WIDE, warp
from glfnet.faces.detector import MtcnnDetector
from glfnet.faces.tracker import FaceTracker, TrackedFace
from glfnet.video.stream import Frame, open_video

MEDIA = Path(__file__).parents[3] / "shared" / "data" / "media"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MEDIA.is_dir(), reason="no ../shared/data/media here"),
]


def frames(name: str, last: int = 10**6) -> Iterator[Frame]:
    with open_video(MEDIA / name) as video:
        for frame in video:
            if frame.index > last:
                return
            yield frame


def tracked(source: Iterable[Frame], detector: MtcnnDetector, faces: str = "largest") -> list[list[TrackedFace]]:
    tracker = FaceTracker(detector, faces=faces)  # type: ignore[arg-type]
    return [tracker.step(frame) for frame in source]


def numbers(out: list[list[TrackedFace]]) -> list[list[int]]:
    return [[face.track for face in faces] for faces in out]


def test_one_face_is_one_track_with_few_transforms(detector: MtcnnDetector) -> None:
    out = tracked(frames("single_face.mp4"), detector)
    assert numbers(out) == [[1]] * 72
    assert len({id(face.transform) for (face,) in out}) <= 8  # he nods and smiles
    x0, y0, x1, y1 = np.mean([face.box for (face,) in out], axis=0)
    np.testing.assert_allclose([x0, y0, x1, y1], (218, 76, 364, 288), atol=15)
    assert all(55 < face.eye_distance_px < 75 for (face,) in out)


def test_the_track_ends_with_the_scene(detector: MtcnnDetector) -> None:
    out = tracked(frames("face_noface.mov"), detector)
    assert numbers(out) == [[1]] * 72 + [[]] * 97


def test_drawn_letters_and_clouds_are_no_face(detector: MtcnnDetector) -> None:
    assert not any(tracked(frames("no_face.mp4"), detector))


def test_a_hand_in_front_of_the_face_does_not_end_its_track(detector: MtcnnDetector) -> None:
    out = tracked(frames("WolfgangLanger_Pexels.mp4", last=240), detector)
    assert numbers(out) == [[1]] * 241
    # Eyes lie at 36 % of the crop's height: the darkest rows of the middle columns are there where nothing covers them.
    for index in (0, 24, 36, 204, 240):
        (face,) = out[index]
        crop = warp(face.patch, face.transform, WIDE.size_px)
        (found,) = detector.detect(np.stack([crop] * 3, axis=-1))
        eyes = found.points[:2].mean(axis=0) / WIDE.size_px
        np.testing.assert_allclose(eyes, (0.5, WIDE.eye_height), atol=0.04)


def test_scenes_of_different_people_are_different_tracks(detector: MtcnnDetector) -> None:
    woman = [frame.image for frame in frames("WolfgangLanger_Pexels.mp4", last=19)]
    man = [frame.image for frame in frames("single_face.mp4", last=19)]
    images = woman + man + woman
    cut = [Frame(index=index, time_s=index / 25, image=image) for index, image in enumerate(images)]
    assert numbers(tracked(cut, detector)) == [[1]] * 20 + [[2]] * 20 + [[3]] * 20


def test_five_people_are_numbered_from_the_left_while_the_camera_moves(detector: MtcnnDetector) -> None:
    with Image.open(MEDIA / "multi_face.jpg") as picture:
        photo = np.asarray(picture.convert("RGB"))
    out = tracked(moving_camera(photo, 30), detector, faces="all")
    assert numbers(out) == [[1, 2, 3, 4, 5]] * 30
    where = np.array([face.box for face in out[0]])
    middles = (where[:, :2] + where[:, 2:]) / 2
    expected = np.array([(265, 115), (363, 305), (478, 265), (583, 375), (738, 355)])
    np.testing.assert_allclose(middles, expected, atol=20)


def moving_camera(photo: NDArray[np.uint8], count: int) -> Iterator[Frame]:
    height, width = photo.shape[:2]
    for index in range(count):
        move = np.array([[1, 0, -2.0 * index], [0, 1, 6 * np.sin(index / 5)]])
        image = cv2.warpAffine(photo, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        yield Frame(index=index, time_s=index / 20, image=np.asarray(image, dtype=np.uint8))
