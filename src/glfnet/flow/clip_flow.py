"""From the frames of one clip to its flow map; `prepare` does it for many.

The face and its five points are found on the onset frame; one similarity transform from them serves the whole clip;
onset and apex frame are warped by it into the canonical crop; flow and strain are made at full size and shrunk. Where
no apex is annotated, or the annotation repeats the onset, it is estimated (`apex`). At most two whole frames are held
at a time, however long the clip is.
"""

from itertools import chain
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings, Picture, canonical_transform, face_mask, warp
from glfnet.faces.similarity import Transform
from glfnet.flow.apex import estimate_apex
from glfnet.flow.flow_map import flow_map
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


def clip_flow(
    frames: FrameFiles, settings: FlowSettings, crop: CropSettings, detector: "FaceDetector"
) -> tuple[Flow, int]:
    """Return a clip's flow map, and its apex frame: the one that is given, or an estimate.

    Args:
        frames: onset and apex; or all frames from onset to offset, three or more, of which the apex is estimated.
        settings: how to make the map.
        crop: the crop that `settings` name.
        detector: finds the face; if there are several, the largest central one is taken.

    Returns:
        (3, size_px, size_px) float32 as `flow_map` gives it, in pixels of the full-size crop; the apex frame's number.

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
    apex = others[-1]
    if len(others) > 1:
        apex = frames.numbers[estimate_apex(crops, mask=mask)]
        # Read again rather than kept, so that memory does not grow with the clip.
        crops = (_crop(picture, first, transform, crop) for picture in frames.only((onset, apex)).read())
    onset_crop, apex_crop = crops
    flow = flow_map(
        onset_crop, apex_crop, settings.method, settings.size_px,
        correct_rigid=settings.rigid_correction, mask=mask, width=crop.map_width,
    )  # fmt: skip
    return flow, apex


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
