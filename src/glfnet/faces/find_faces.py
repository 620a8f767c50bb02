"""The faces in a frame of any size."""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.faces.alignment import CropSettings, canonical_transform

if TYPE_CHECKING:  # the detector imports torch, for which a program that only receives tracked faces must not wait
    from glfnet.faces.detector import Face, FaceDetector


def find_faces(image: NDArray[np.uint8], detector: "FaceDetector", shorter_side_px: int) -> list["Face"]:
    """Return the faces in a frame, the largest central one first and the others from left to right.

    The detector is given a shrunk frame, so that its time does not grow with the frame. Faces whose points are no front
    or three-quarter view (those of a profile can be mirrored) are left out: they have no canonical crop.

    Args:
        image: (H, W, 3) RGB.
        detector: finds faces.
        shorter_side_px: a frame whose shorter side is longer is shrunk to this.

    Returns:
        The faces, in pixels of the frame as given.
    """
    from glfnet.faces.detector import largest_central_face

    small = _shrunk(image, shorter_side_px)
    faces = [face for face in detector.detect(small) if _has_crop(face)]
    first = largest_central_face(faces, small.shape)
    ordered = sorted(faces, key=lambda face: (face is not first, face.box[0] + face.box[2]))
    return [_enlarged(face, image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]) for face in ordered]


def _shrunk(image: NDArray[np.uint8], shorter_side_px: int) -> NDArray[np.uint8]:
    share = shorter_side_px / min(image.shape[:2])
    if share >= 1:
        return image
    height, width = (max(1, round(side * share)) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _enlarged(face: "Face", wider: float, higher: float) -> "Face":
    from glfnet.faces.detector import Face

    x0, y0, x1, y1 = face.box
    points = (face.points + 0.5) * (wider, higher) - 0.5  # points count from the middle of a pixel, boxes from its edge
    return Face(box=(x0 * wider, y0 * higher, x1 * wider, y1 * higher), points=points, score=face.score)


def _has_crop(face: "Face") -> bool:
    try:
        canonical_transform(face.points, CropSettings(name="any", size_px=2, eye_distance=0.5, eye_height=0.5))
    except ShapeError:
        return False
    return True
