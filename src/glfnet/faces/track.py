"""One face while it is followed: its points, the transform in use, and when a new transform is due."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings, Picture, canonical_points, canonical_transform, warp
from glfnet.faces.boxes import Box, overlap, share_inside
from glfnet.faces.follow import Follower, likeness
from glfnet.faces.similarity import Points, Transform, compose, inverse, moved_points, shifted, size_of
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.faces.window import Window, patch_transform, window_of

if TYPE_CHECKING:
    from glfnet.faces.detector import Face

Image = NDArray[np.uint8]

_AVERAGED = 5  # detections whose points are averaged; a single one is off by about one per cent of the eye distance
_MISPLACED = 0.25  # of the eye distance: if the detector's points lie farther off, the wrong place was followed
_SAME_PLACE = 0.3  # boxes of one face overlap by more than this
SEEN = 0.5  # a face of which less than this lies in the frame has left
_LOOK_PX = 32  # side of the crop by which one person is told from another a moment later
# In the development videos, over half a second, the same person correlates by 0.77 or more, even behind a hand, and two
# people by 0.62 at most, half of the pairs by less than 0.
_SAME_PERSON = 0.7


class Track:
    """One face from where it appears to where it is lost.

    Args:
        number: of the track.
        image: (H, W, 3) RGB, the frame it appears in.
        time_s: of that frame.
        face: as it was found there.
        crop: which its transform leads to.
        settings: thresholds.

    Attributes:
        number: of the track.
        patch: (h, w) grey, the window of the last frame.
        transform: patch to crop.
        confirmed: the detector has seen it again since it was found.
        misses: how many detections in a row have not seen it.
        refound: its place in the last frame comes from the detector alone, not from following.
    """

    patch: Picture
    transform: Transform
    _points: Points  # in the frame that is followed from, like the middle and sides of the box
    _middle: NDArray[np.float64]
    _sides: NDArray[np.float64]
    _count: int  # of detections in the average
    _velocity: NDArray[np.float64]  # of the middle of the points, pixels of the frame a second
    _wanted: Transform  # what `_points` would have: from that frame to the crop
    _motion: Transform  # from that frame to the last one
    _to_crop: Transform  # the one in use, from the frame
    _window: Window
    _follower: Follower
    _look: Picture

    def __init__(
        self, number: int, image: Image, time_s: float, face: "Face", crop: CropSettings, settings: TrackingSettings
    ) -> None:
        self.number, self._crop, self._settings = number, crop, settings
        self._time_s = time_s
        self.confirmed = self.refound = False
        self._take(image, face)

    @property
    def points(self) -> Points:
        """The five points in the last frame, in its pixels."""
        return moved_points(self._points, self._motion)

    @property
    def eye_distance_px(self) -> float:
        """Distance between the eyes in the last frame."""
        return float(np.hypot(*(self._points[1] - self._points[0]))) * size_of(self._motion)

    @property
    def box(self) -> Box:
        """Where the face is in the last frame: the box of the detector, moved along."""
        middle = moved_points(self._middle[None], self._motion)[0] + 0.5
        half = self._sides / 2 * size_of(self._motion)
        (x0, y0), (x1, y1) = (middle - half).tolist(), (middle + half).tolist()
        return x0, y0, x1, y1

    def follow(self, image: Image, time_s: float) -> bool:
        """Follow the face into the next frame; return whether it is there."""
        self.refound = False
        self.patch = self._window.patch(image)
        expected = self._velocity * (time_s - self._time_s) / self._window.shrink
        motion = self._follower.follow(self.patch, *expected.tolist())
        if motion is None or motion.likeness < self._settings.likeness:
            return False
        before = self.points.mean(axis=0)
        to_frame = self._window.to_frame
        self._motion = compose(to_frame, compose(motion.transform, inverse(to_frame)))
        self._velocity = (self.points.mean(axis=0) - before) / max(time_s - self._time_s, 1e-3)
        self._time_s = time_s
        if share_inside(self.box, image.shape) < SEEN:
            return False
        if self._has_moved():
            self._align(image)
        return True

    def is_at(self, face: "Face") -> bool:
        """Return whether a detected face is where this one was last."""
        return overlap(self.box, face.box) > _SAME_PLACE

    def confirm(self, image: Image, face: "Face") -> None:
        """Take into account a detection of this face in the last frame: its points enter the average.

        The transform stays unless the average now differs so much that a head moved as far would get a new one.
        """
        found = moved_points(face.points, inverse(self._motion))
        eyes_px = float(np.hypot(*(self._points[1] - self._points[0])))
        if np.hypot(*(found - self._points).T).mean() > _MISPLACED * eyes_px:
            self._take(image, face)
            self.refound = True
        else:
            self._count = min(self._count + 1, _AVERAGED)
            self._set_points(self._points + (found - self._points) / self._count)
            if self._has_moved():
                self._align(image)
            else:
                self._follow_from_here()
            self._look = look(image, self.points, self._crop)
        self.confirmed, self.misses = True, 0

    def recover(self, image: Image, time_s: float, face: "Face") -> bool:
        """Continue from a detection where following has failed; return False if it is somebody else."""
        if likeness(look(image, face.points, self._crop), self._look) < _SAME_PERSON:
            return False
        self._time_s, self.refound = time_s, True
        self._take(image, face)
        return True

    def _take(self, image: Image, face: "Face") -> None:
        """Start again from a detection."""
        x0, y0, x1, y1 = face.box
        self._set_points(face.points)
        self._count = 1
        self._middle, self._sides = np.array([x0 + x1 - 1, y0 + y1 - 1]) / 2, np.array([x1 - x0, y1 - y0])
        self._motion, self._velocity = shifted(0, 0), np.zeros(2)
        self.misses = 0
        self._align(image)
        self._look = look(image, face.points, self._crop)

    def _set_points(self, points: Points) -> None:
        self._points, self._wanted = points, canonical_transform(points, self._crop)

    def _has_moved(self) -> bool:
        limits = (self._settings.move_share, self._settings.turn_degrees, self._settings.size_share)
        changes = apart(compose(self._wanted, inverse(self._motion)), self._to_crop, self._crop)
        return any(change > limit for change, limit in zip(changes, limits, strict=True))

    def _align(self, image: Image) -> None:
        """Make a new transform and window from the current points."""
        self._to_crop = compose(self._wanted, inverse(self._motion))
        self._window = window_of(self._to_crop, self._crop, image.shape)
        self.transform = patch_transform(self._window, self._to_crop)
        self.patch = self._window.patch(image)
        self._follow_from_here()

    def _follow_from_here(self) -> None:
        """Make the last frame the one that is followed from; transform and patch do not change."""
        self._set_points(self.points)
        self._middle = moved_points(self._middle[None], self._motion)[0]
        self._sides = self._sides * size_of(self._motion)
        self._motion = shifted(0, 0)
        self._follower = Follower(self.patch, self.transform, self._crop)


def look(image: Image, points: Points, crop: CropSettings) -> Picture:
    """Return a face as a small grey crop, to be compared with another by `likeness`."""
    to_crop = canonical_transform(points, replace(crop, size_px=_LOOK_PX))
    window = window_of(canonical_transform(points, crop), crop, image.shape)
    return warp(window.patch(image), patch_transform(window, to_crop), _LOOK_PX)


def apart(one: Transform, other: Transform, crop: CropSettings) -> tuple[float, float, float]:
    """Return how far apart two transforms place a face in the crop.

    Returns:
        Shift of the face's middle as a share of the distance between the eyes, turn in degrees, change of size as a
        share. None is negative.
    """
    change = compose(one, inverse(other))
    middle = canonical_points(crop).mean(axis=0, keepdims=True)
    shift = float(np.hypot(*(moved_points(middle, change) - middle)[0])) / crop.eye_distance_px
    turn = abs(math.degrees(math.atan2(change[1, 0], change[0, 0])))
    return shift, turn, abs(size_of(change) - 1)
