"""How far the skin of each region has moved, frame by frame, with the movement of the head taken out.

Every frame is compared with a key frame, which is renewed every second or so, and the displacement of the key frame is
added. So a displacement is the sum of a few measurements, not of one for each frame, whose errors would add up.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from glfnet.faces.alignment import WIDE, CropSettings, Picture, crop_settings
from glfnet.faces.similarity import Transform, compose, shifted
from glfnet.flow.optical_flow import Flow
from glfnet.spotting.head import RESTING, Head, HeadFit
from glfnet.spotting.pulses import Values
from glfnet.spotting.regions import EYES, REGIONS, region_weights
from glfnet.threads import one_opencv_thread

if TYPE_CHECKING:
    from glfnet.faces.tracker import TrackedFace

CROP_PX = 96
"""Side of the crop that is looked at: it has 31 pixels between the eyes, and shows a tenth of a per cent of that."""

_FINER = 2  # crops are drawn this many times larger, then averaged
_FAR_PERCENT = 3.0  # flow is measured again if the head is farther than this from where it was expected

# A key frame is used for one second and then until nothing moves for a moment, but not longer than `_LATEST_KEY_S`. It
# is renewed early, if possible not during a blink, where the head has turned sideways, which the fit cannot explain, or
# where the crop has jumped.
_KEY_S, _LATEST_KEY_S = 1.0, 2.5
_QUIET_PERCENT, _QUIET_S = 0.25, 0.1
_LEFT_PERCENT, _EARLY_KEY_S, _EARLY_KEY_BLINK_S, _OPEN_EYED_PERCENT = 2.0, 0.1, 0.5, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Displacement:
    """Where the skin and the head are in one frame, relative to where they were in the first one.

    Attributes:
        moved: (regions, 2) u and v of each region relative to the head, in per cent of the distance between the eyes.
        pose: (4,) of the head: right, down, turn and growth, see `head.HeadFit.pose_percent`.
        rest_percent: median length of the flow that is left when the movement of the head is taken out.
    """

    moved: Values
    pose: Values
    rest_percent: float


@dataclass(slots=True, eq=False)
class _Key:
    """The frame that others are compared with: its crop, and where skin and head were in it."""

    crop: Picture
    time_s: float
    moved: Values
    pose: Values


class SkinMotion:
    """Measures one track, frame by frame.

    Args:
        transform_crop_px: side of the wide crop that the faces' transforms lead to.
    """

    def __init__(self, transform_crop_px: int = WIDE.size_px) -> None:
        self._crop = crop_settings("wide", CROP_PX)
        self._fit = HeadFit(self._crop)
        self._regions = _Regions(self._crop)
        self._flow_method = _flow_method()
        self._view = _View(CROP_PX / transform_crop_px)
        self._key: _Key | None = None
        self._head = RESTING
        self._transform: Transform | None = None
        self._jumped = False
        self._lately: list[tuple[float, Values]] = []

    def step(self, face: "TrackedFace") -> Displacement:
        """Return where skin and head are in this frame, which must be later than the one before."""
        with one_opencv_thread():
            now = self._now(face)
            self._renew(face, now)
        return now

    def _now(self, face: "TrackedFace") -> Displacement:
        key = self._key
        if key is None or self._transform is None:
            self._transform = face.transform
            return Displacement(np.zeros((len(REGIONS), 2)), np.zeros(4), 0.0)
        before, same = self._head, np.array_equal(face.transform, self._transform)
        flow, rest, self._head = self._compare(key.crop, face, before if same else RESTING)
        if not same:  # the crop has jumped: assume that the head is where it was
            key.pose = key.pose + self._fit.pose_percent(before) - self._fit.pose_percent(self._head)
            self._transform, self._jumped = face.transform, True
        moved = self._regions.moved(flow, rest) * self._unit
        return Displacement(
            key.moved + moved, key.pose + self._fit.pose_percent(self._head), self._fit.residual_px * self._unit
        )

    def _compare(self, key: Picture, face: "TrackedFace", guess: Head) -> tuple[Flow, Head, Head]:
        """Return the flow from the key frame, the movement of the head in this flow, and its total movement."""
        flow = self._flow(key, self._view.crop(face, guess))
        rest = self._fit(flow)
        if np.abs(self._fit.pose_percent(rest)).max() > _FAR_PERCENT:
            guess = rest.then(guess)
            flow = self._flow(key, self._view.crop(face, guess))
            rest = self._fit(flow)
        return flow, rest, rest.then(guess)

    def _flow(self, key: Picture, crop: Picture) -> Flow:
        return np.asarray(self._flow_method.calc(key, crop, None))  # type: ignore[call-overload]

    def _renew(self, face: "TrackedFace", now: Displacement) -> None:
        """Take this frame as the key frame if it is time."""
        self._lately = [past for past in self._lately if past[0] >= face.time_s - _QUIET_S]
        quiet = all(float(np.abs(now.moved - moved).max()) < _QUIET_PERCENT for _, moved in self._lately)
        open_eyed = all(float(np.abs(now.moved - moved)[EYES].max()) < _OPEN_EYED_PERCENT for _, moved in self._lately)
        self._lately.append((face.time_s, now.moved))
        age_s = np.inf if self._key is None else face.time_s - self._key.time_s
        due_s = _KEY_S if quiet else _LATEST_KEY_S
        if now.rest_percent > _LEFT_PERCENT or self._jumped:
            due_s = _EARLY_KEY_S if open_eyed else _EARLY_KEY_BLINK_S
        if age_s < due_s:
            return
        self._head = RESTING  # regions are where the transform says, whatever the head has done since
        self._jumped = False
        self._fit.forget()
        self._key = _Key(self._view.crop(face, RESTING), face.time_s, now.moved, now.pose)

    @property
    def _unit(self) -> float:
        return 100 / self._crop.eye_distance_px


class _View:
    """Cuts small crops out of patches.

    They are drawn at twice the size and averaged: a texture that is sampled too coarsely seems to move with the head.
    """

    def __init__(self, scale: float) -> None:
        finer = scale * _FINER
        self._to_fine = shifted((finer - 1) / 2, (finer - 1) / 2, finer)

    def crop(self, face: "TrackedFace", head: Head) -> Picture:
        """Return the crop of a face whose head has moved, brought back: (CROP_PX, CROP_PX) uint8."""
        back = head.undone().matrix()
        back[:, 2] = _FINER * back[:, 2] + (_FINER - 1) / 2 * (1 - back[:, :2].sum(axis=1))
        fine = cv2.warpAffine(
            face.patch,
            compose(back, compose(self._to_fine, face.transform)),
            (_FINER * CROP_PX, _FINER * CROP_PX),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(cv2.resize(fine, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA), dtype=np.uint8)


class _Regions:
    """Means of flow over regions."""

    def __init__(self, crop: CropSettings) -> None:
        self._weights = region_weights(crop)
        y, x = np.mgrid[: crop.size_px, : crop.size_px].astype(np.float64)
        self._centres = self._weights @ (x + 1j * y).ravel()

    def moved(self, flow: Flow, head: Head) -> Values:
        """Return (regions, 2): how far each region has moved relative to the head, in pixels; `flow` is (H, W, 2)."""
        mean = self._weights @ flow.reshape(-1, 2)
        rest = (self._centres + mean[:, 0] + 1j * mean[:, 1] - head.of(self._centres)) / head.turn_size
        return np.stack([rest.real, rest.imag], axis=1)


def _flow_method() -> cv2.DISOpticalFlow:
    """Return DIS down to single pixels and without smoothing, which would take most of a small movement away."""
    method = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    method.setFinestScale(0)
    method.setGradientDescentIterations(12)
    method.setPatchStride(5)  # of 8: as exact as 4 for means over regions, in three quarters of the time
    method.setVariationalRefinementIterations(0)
    return method
