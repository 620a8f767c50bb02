"""A made-up face that moves as told, as a tracker would hand it on: frames for the tests of spotting."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import canonical_transform
from glfnet.faces.tracker import TrackedFace
from glfnet.synthetic.clip import person
from glfnet.synthetic.motion import Field, HeadPose, Moment, blink_field, expression_field, mouth_field, pixel_grid
from glfnet.synthetic.person import Person

SIZE_PX = 160  # some 43 pixels between the eyes
Course = Callable[[float], float]


@cache
def somebody() -> Person:
    """Return the person all these frames show."""
    return person(11, 100, SIZE_PX)


def expression(*units: int, percent: float = 3.0) -> Field:
    """Return a movement of action units whose strongest place moves by so many per cent of the eye distance."""
    rng = np.random.default_rng(5)
    return expression_field(rng, somebody(), units, percent / 100 * somebody().eye_distance_px)


def blink(percent: float = 8.0) -> Field:
    """Return the upper lids coming down."""
    return blink_field(somebody(), percent / 100 * somebody().eye_distance_px)


def mouth(percent: float = 4.0) -> Field:
    """Return the mouth opening."""
    return mouth_field(somebody(), percent / 100 * somebody().eye_distance_px)


def out_and_back(onset_s: float, apex_s: float, offset_s: float, held_s: float = 0.0) -> Course:
    """Return a smooth course from 0 to 1, held there for a while, and back to 0."""

    def at(time_s: float) -> float:
        rise = (time_s - onset_s) / (apex_s - onset_s)
        fall = (offset_s - time_s) / (offset_s - apex_s - held_s)
        return float(0.5 - 0.5 * np.cos(np.pi * np.clip(min(rise, fall), 0, 1)))

    return at


def syllables(start_s: float, end_s: float, rate_hz: float = 3.3) -> Course:
    """Return the course of a speaking mouth: it opens and closes again and again."""

    def at(time_s: float) -> float:
        open_share = float(np.sin(np.pi * rate_hz * (time_s - start_s)) ** 2)
        return open_share if start_s < time_s < end_s else 0.0

    return at


def faces(
    duration_s: float,
    parts: Sequence[tuple[Field, Course]] = (),
    *,
    fps: float = 50.0,
    pose: Callable[[float], dict[str, float]] = lambda time_s: {},
    noise: float = 1.5,
    moved_px: Callable[[float], int] = lambda time_s: 0,
) -> Iterator[TrackedFace]:
    """Yield a track of somebody.

    Args:
        duration_s: length.
        parts: what moves, and how far it has come at a time.
        fps: frames per second.
        pose: time to arguments of `HeadPose`.
        noise: standard deviation of the sensor's noise, in grey levels.
        moved_px: time to how many pixels patch and transform have been moved to the right: the tracker's doing, which
            changes nothing of what is seen in the crop.
    """
    face, rng = somebody(), np.random.default_rng(3)
    x, y = (axis.astype(np.float32) for axis in pixel_grid(SIZE_PX))
    transforms: dict[int, NDArray[np.float64]] = {}
    for index in range(round(duration_s * fps)):
        time_s = index / fps
        moment = Moment(
            pose=HeadPose(size_px=SIZE_PX, **pose(time_s)), parts=tuple((field, at(time_s)) for field, at in parts)
        )
        picture = cv2.cvtColor(face.sample(*moment.back(x, y)), cv2.COLOR_RGB2GRAY)
        picture += noise * rng.standard_normal(picture.shape, dtype=np.float32)
        shift = moved_px(time_s)
        if shift not in transforms:
            transforms[shift] = canonical_transform(face.five_points() - (shift, 0))
        yield TrackedFace(
            track=1,
            index=index,
            time_s=time_s,
            patch=np.clip(np.rint(picture), 0, 255).astype(np.uint8)[:, shift:],
            transform=transforms[shift],
            box=(0.0, 0.0, SIZE_PX, SIZE_PX),
            eye_distance_px=face.eye_distance_px,
        )
