"""Why no face was found: what would have to be different about a frame for one to be seen in it.

A detector only says that there is none. Here it looks again at the frame turned, lit and enlarged; the first of these
in which it sees a face is the reason. It looks up to six times, so this is for one frame of a recording, not for each.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.find_faces import find_faces

if TYPE_CHECKING:  # the detector imports torch
    from glfnet.faces.detector import FaceDetector

Image = NDArray[np.uint8]

_DARK = 60.0  # grey levels: a frame whose mean is below may be too dark
_LIT = 128.0
_LARGER = 3
_LARGEST_PX = 2000
_TURNS = (
    ("turned by 90 degrees to the left", cv2.ROTATE_90_COUNTERCLOCKWISE),
    ("turned by 90 degrees to the right", cv2.ROTATE_90_CLOCKWISE),
    ("turned upside down", cv2.ROTATE_180),
)


class FrameWithoutFace:
    """Keeps one frame of a recording in which nobody is seen, to say at its end why.

    Args:
        detector: what looks for faces in the recording.
        shorter_side_px: as for `find_faces`.
    """

    def __init__(self, detector: "FaceDetector", shorter_side_px: int) -> None:
        self._detector, self._shorter_side_px = detector, shorter_side_px
        self._image: Image | None = None
        self._seen = False

    def look(self, index: int, image: Image, *, seen: bool) -> None:
        """Take a frame, and whether somebody is seen in it: from then on none is needed."""
        if seen:
            self._image, self._seen = None, True
        elif not self._seen and index & (index - 1) == 0:  # 0, 1, 2, 4, ...: from the later half, whatever the length
            self._image = image

    def reason(self) -> str:
        """Return why nobody was seen, as `why_unseen` says it; empty if somebody was."""
        return "" if self._image is None else why_unseen(self._image, self._detector, self._shorter_side_px)


def why_unseen(image: Image, detector: "FaceDetector", shorter_side_px: int) -> str:
    """Return what would have to be different for a face to be seen in a frame in which none is found.

    Args:
        image: (H, W, 3) RGB.
        detector: found no face in it.
        shorter_side_px: as for `find_faces`.

    Returns:
        A reason with its remedy, such as `one is seen if the picture is turned upside down: turn the recording`; an
        empty text if nothing helps.
    """
    for reason, changed, side_px in _changes(image, shorter_side_px):
        if find_faces(changed(image), detector, side_px):
            return reason
    return ""


def _changes(image: Image, side_px: int) -> Iterator[tuple[str, Callable[[Image], Image], int]]:
    for how, code in _TURNS:
        yield f"one is seen if the picture is {how}: turn the recording", _turned(code), side_px
    if 0 < image.mean() < _DARK:
        yield "one is seen if the picture is made brighter: it is too dark", _brightened, side_px
    if _LARGER * min(image.shape[:2]) <= _LARGEST_PX:
        yield (
            f"one is seen if the picture is made {_LARGER} times larger: the face is too small",
            _enlarged,
            _LARGER * side_px,
        )


def _turned(code: int) -> Callable[[Image], Image]:
    return lambda image: np.asarray(cv2.rotate(image, code), dtype=np.uint8)


def _brightened(image: Image) -> Image:
    return np.asarray((image * (_LIT / image.mean())).clip(0, 255), dtype=np.uint8)


def _enlarged(image: Image) -> Image:
    return np.asarray(cv2.resize(image, None, fx=_LARGER, fy=_LARGER, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
