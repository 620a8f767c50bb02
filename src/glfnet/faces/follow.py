"""Where a face has gone from one picture to a later one: a few dozen points, and the movement most of them agree on."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings, Picture, face_mask
from glfnet.faces.similarity import Transform, compose, inverse, moved_points, shifted, size_of
from glfnet.faces.window import averaged

_EYES_PX = 24.0  # least distance between the eyes in the picture that is followed: finer ones cost more, gain nothing
_POINTS = 60
_APART = 0.16  # of the eye distance, between points: otherwise most would crowd on lids and lashes
_QUALITY = (
    0.004  # of the best corner's strength: skin has weak texture, but it is most of what does not move on its own
)
_WINDOW_PX, _LEVELS = 11, 2
_UNTIL = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 0.03)
_RETURNS_PX = 0.7  # a point followed there and back must return as near as this to where it was
_AGREES_PX = 0.8  # a point belongs to the head if it moves with it to within this
_LARGEST_GAIN = 4.0  # of contrast, from one picture to another: more than this is another scene
_FEWEST, _LEAST_SHARE = 8, 0.25  # points that must agree


@dataclass(frozen=True, slots=True)
class Motion:
    """How a face has moved since its first picture.

    Attributes:
        transform: similarity from pixels of the first patch to pixels of this one.
        share: how many of the points moved with the head, 0..1.
        likeness: correlation of the inner part of the face, moved back, with that of the first picture; -1..1.
    """

    transform: Transform
    share: float
    likeness: float


class Follower:
    """Follows one face from a first patch through later patches of the same window.

    It always starts from the first patch, never from the previous frame: the errors of many small steps would add up.

    Args:
        patch: (h, w) grey.
        transform: patch to crop.
        crop: the crop.

    Source:
        Lucas and Kanade, IJCAI 1981, pyramidal after Bouguet (2000), in OpenCV; following points there and back is from
        Kalal et al., "Forward-Backward Error", ICPR 2010.
    """

    def __init__(self, patch: Picture, transform: Transform, crop: CropSettings) -> None:
        eyes_px = crop.eye_distance_px / size_of(transform)
        self._shrink = min(max(1, int(eyes_px / _EYES_PX)), *patch.shape)
        self._first = averaged(patch, self._shrink)
        self._to_patch = shifted((self._shrink - 1) / 2, (self._shrink - 1) / 2, self._shrink)
        mask = _mask(self._first, compose(transform, self._to_patch), crop)
        self._points = _points(self._first, mask, eyes_px / self._shrink)
        self._inner = _inner(mask)
        self._last = shifted(0, 0)

    def follow(self, patch: Picture, right: float = 0.0, down: float = 0.0) -> Motion | None:
        """Return where the face is in a later patch, or None if that is uncertain.

        Args:
            patch: of the same window.
            right: how far the face has probably moved to the right since the last patch, in pixels of the patch.
            down: the same, downwards.
        """
        if len(self._points) < _FEWEST:
            return None
        picture = self._lit_as_first(averaged(patch, self._shrink))
        guess = self._last.copy()
        guess[:, 2] += np.array([right, down]) / self._shrink
        fitted, share = _fitted(*self._moved(picture, guess), len(self._points))
        if fitted is None:
            return None
        self._last = fitted
        full = compose(self._to_patch, compose(fitted, inverse(self._to_patch)))
        return Motion(full, share, self._likeness(picture))

    def _lit_as_first(self, picture: Picture) -> Picture:
        """Return a picture with the brightness and contrast of the first one, as following points needs."""
        (mean, deviation), (first_mean, first_deviation) = map(self._light, (picture, self._first))
        gain = min(max((first_deviation + 1) / (deviation + 1), 1 / _LARGEST_GAIN), _LARGEST_GAIN)
        table = np.clip(np.rint(gain * (np.arange(256) - mean) + first_mean), 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(picture, table), dtype=np.uint8)

    def _light(self, picture: Picture) -> tuple[float, float]:
        x0, y0, x1, y1 = self._inner
        mean, deviation = cv2.meanStdDev(picture[y0:y1, x0:x1])
        return float(mean[0, 0]), float(deviation[0, 0])

    def _moved(self, picture: Picture, guess: Transform) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the points of the first picture that could be followed, (N, 2), and where they are in this one."""
        start = self._points
        guessed = moved_points(start.astype(np.float64), guess).astype(np.float32)
        end, found = _lucas_kanade(self._first, picture, start, guessed)
        back, again = _lucas_kanade(picture, self._first, end, start + (end - guessed))
        good = found & again & (np.abs(back - start).max(axis=1) < _RETURNS_PX)
        return start[good], end[good]

    def _likeness(self, picture: Picture) -> float:
        x0, y0, x1, y1 = self._inner
        there = compose(self._last, shifted(x0, y0))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        now = cv2.warpAffine(picture, there, (x1 - x0, y1 - y0), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return likeness(np.asarray(now, dtype=np.uint8), self._first[y0:y1, x0:x1])


def _fitted(start: NDArray[np.float32], end: NDArray[np.float32], points: int) -> tuple[Transform | None, float]:
    """Return the similarity that most points agree on, None if too few do, and their share of `points`."""
    enough = max(_FEWEST, _LEAST_SHARE * points)
    if len(start) < enough:
        return None, 0.0
    fitted, agree = cv2.estimateAffinePartial2D(
        start, end, method=cv2.RANSAC, ransacReprojThreshold=_AGREES_PX, maxIters=200, confidence=0.99, refineIters=5
    )
    if fitted is None or agree.sum() < enough:
        return None, 0.0
    return np.asarray(fitted, dtype=np.float64), float(agree.sum()) / points


def _lucas_kanade(
    one: Picture, other: Picture, start: NDArray[np.float32], guessed: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        one,
        other,
        start,
        guessed.copy(),  # OpenCV writes to it
        winSize=(_WINDOW_PX, _WINDOW_PX),
        maxLevel=_LEVELS,
        criteria=_UNTIL,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(end, dtype=np.float32), np.asarray(found).ravel() > 0


def likeness(one: Picture, other: Picture) -> float:
    """Return the correlation of two pictures of one size, regardless of brightness and contrast; 0 if one is flat."""
    a, b = one.ravel().astype(np.float32), other.ravel().astype(np.float32)
    a -= a.mean()
    b -= b.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b) + 1e-3))


def _mask(picture: Picture, transform: Transform, crop: CropSettings) -> Picture:
    """Return where the face is in a picture: (h, w) uint8, 0 or 255."""
    in_crop = face_mask(crop).astype(np.uint8) * 255
    height, width = picture.shape
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(in_crop, transform, (width, height), flags=flags), dtype=np.uint8)


def _points(picture: Picture, mask: Picture, eyes_px: float) -> NDArray[np.float32]:
    found = cv2.goodFeaturesToTrack(picture, _POINTS, _QUALITY, max(2.0, _APART * eyes_px), mask=mask, blockSize=5)
    return np.empty((0, 2), dtype=np.float32) if found is None else np.asarray(found.reshape(-1, 2), dtype=np.float32)


def _inner(mask: Picture) -> tuple[int, int, int, int]:
    """Return the rectangle inside a face's ellipse, from the brows to the mouth, without hair and background."""
    x, y, wide, high = cv2.boundingRect(mask)
    return x + wide // 8, y + high // 5, x + wide - wide // 8, y + high - high // 8
