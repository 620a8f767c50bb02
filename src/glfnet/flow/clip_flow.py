"""From the frames of one clip to its flow map; `prepare` does it for many.

The face and its five points are found on the onset frame; one similarity transform from them serves the whole clip;
onset and apex frame are warped by it into the canonical crop; flow and strain are made at full size and shrunk. Where
no apex is annotated, or the annotation repeats the onset, it is estimated (`apex`); the flow to several frames that
could be the apex can be averaged. At most two whole frames are held at a time, however long the clip is.
"""

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings, Picture, canonical_transform, face_mask, warp
from glfnet.faces.similarity import Transform
from glfnet.flow.apex import MIDDLE_RULE, apex_indices, movement_since_onset
from glfnet.flow.flow_map import full_flow, map_of, stretched_map_of
from glfnet.flow.optical_flow import Flow
from glfnet.flow.settings import FlowSettings
from glfnet.video.frames import FrameFiles

if TYPE_CHECKING:  # the detector imports torch, for which a second run that has nothing to do must not wait
    from glfnet.faces.detector import FaceDetector

ALGORITHM = 1
"""Part of every store key. Raise it whenever this module, `apex` or `video` comes to give other maps of the same
clips."""


class ClipExcludedError(Exception):
    """A clip cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class ClipFlow:
    """A clip's map and the frames that it is made from.

    Attributes:
        flow: (3, size_px, size_px) float32, channels u, v, strain; unit as `FlowSettings.scaling` says.
        apex_frame: number of the apex: the one that is given, or the estimate.
        averaged: numbers of the frames whose flow is averaged; empty if it is the apex's alone.
    """

    flow: Flow
    apex_frame: int
    averaged: tuple[int, ...] = ()


def clip_flow(
    frames: FrameFiles, settings: FlowSettings, crop: CropSettings, detector: "FaceDetector"
) -> tuple[Flow, int]:
    """Return a clip's flow map, and its apex frame: the one that is given, or an estimate; see `make_clip_flow`."""
    made = make_clip_flow(frames, settings, crop, detector)
    return made.flow, made.apex_frame


def make_clip_flow(
    frames: FrameFiles, settings: FlowSettings, crop: CropSettings, detector: "FaceDetector"
) -> ClipFlow:
    """Return a clip's flow map, and the frames it is made from.

    Args:
        frames: onset and apex; or all frames from onset to offset, three or more, of which the apex is estimated; with
            the rule `middle`, onset and the frames to average.
        settings: how to make the map.
        crop: the crop that `settings` name.
        detector: finds the face; if there are several, the largest central one is taken.

    Raises:
        ClipExcludedError: if there is no face on the onset frame, or frames differ in size.
        InputError: if a frame is unreadable.
        ShapeError: if the five points found are no face.
    """
    pictures = frames.read()
    first = next(pictures)
    onset, *others = frames.numbers
    transform = _transform(onset, first, crop, detector)
    mask = face_mask(crop)
    crops = (_crop(picture, first, transform, crop) for picture in chain([first], pictures))
    apexes = tuple(others)
    if len(others) > 1 and settings.apex != MIDDLE_RULE:
        curve = movement_since_onset(crops, mask=mask)
        (strongest,) = apex_indices(curve, settings.apex)
        averaged = apex_indices(curve, settings.apex, average=True) if settings.average_apexes else (strongest,)
        apex, apexes = frames.numbers[strongest], tuple(frames.numbers[place] for place in averaged)
        # Read again rather than kept, so that memory does not grow with the clip.
        again = frames.only((onset, *apexes)).read()
        crops = (_crop(picture, first, transform, crop) for picture in again)
    else:
        apex = apexes[len(apexes) // 2]
    onset_crop = next(crops)
    flows = [
        full_flow(onset_crop, apex_crop, settings.method, correct_rigid=settings.rigid_correction, mask=mask)
        for apex_crop in crops
    ]
    flow = flows[0] if len(flows) == 1 else np.asarray(np.mean(flows, axis=0), dtype=np.float32)
    shrink = stretched_map_of if settings.scaling == "stretched" else map_of
    return ClipFlow(shrink(flow, settings.size_px, crop.map_width), apex, apexes if len(apexes) > 1 else ())


def _transform(number: int, onset: NDArray[np.uint8], crop: CropSettings, detector: "FaceDetector") -> Transform:
    from glfnet.faces.detector import largest_central_face

    face = largest_central_face(detector.detect(onset), onset.shape)
    if face is None:
        height, width = onset.shape[:2]
        raise ClipExcludedError(f"no face found in onset frame {number} ({width} x {height} pixels)")
    return canonical_transform(face.points, crop)


def _crop(picture: NDArray[np.uint8], first: NDArray[np.uint8], transform: Transform, crop: CropSettings) -> Picture:
    if picture.shape != first.shape:
        sizes = " and ".join("{1} x {0}".format(*frame.shape) for frame in (first, picture))
        raise ClipExcludedError(f"frames of different sizes, {sizes} pixels")
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    return warp(grey, transform, crop.size_px)
