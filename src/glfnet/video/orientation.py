"""Which way up a video is to be shown: its file says so with a matrix, which every player applies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

# What is swapped, (left and right, top and bottom) -> OpenCV's code for it.
_FLIP_CODES = {(True, False): 1, (False, True): 0, (True, True): -1}


@dataclass(frozen=True, slots=True)
class Orientation:
    """How stored frames become upright: rows and columns are swapped first, then left and right, then top and bottom.

    Attributes:
        swapped: rows become columns.
        mirrored: left becomes right.
        upside_down: top becomes bottom.
    """

    swapped: bool = False
    mirrored: bool = False
    upside_down: bool = False

    def upright(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a frame, (H, W, 3), as it is to be shown."""
        turned = cv2.transpose(image) if self.swapped else image
        if self.mirrored or self.upside_down:
            turned = cv2.flip(turned, _FLIP_CODES[self.mirrored, self.upside_down])
        return np.asarray(turned, dtype=np.uint8)


# The index is the number of quarter turns anticlockwise by which a frame is to be turned.
_TURNS = (
    Orientation(),
    Orientation(swapped=True, upside_down=True),
    Orientation(mirrored=True, upside_down=True),
    Orientation(swapped=True, mirrored=True),
)


def orientation(frame: av.VideoFrame) -> Orientation:
    """Return how a decoded frame is to be turned, to the nearest quarter."""
    try:
        side_data = cast(Mapping[str, bytes], frame.side_data)  # PyAV's own type names one kind only
        matrix = np.frombuffer(bytes(side_data["DISPLAYMATRIX"]), dtype=np.int32)
    except KeyError:
        return Orientation()
    except ValueError:  # PyAV 18 fails at kinds of side data that it does not know, but still knows the angle
        return _TURNS[round(frame.rotation / 90) % 4]
    # A point (x, y) is shown at (a x + c y, b x + d y); the rest of the matrix moves it back into the picture.
    a, b, c, d = (int(matrix[place]) for place in (0, 1, 3, 4))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Orientation(mirrored=a < 0, upside_down=d < 0)
    return Orientation(swapped=True, mirrored=c < 0, upside_down=b < 0)
