"""The part of a frame around a face, in grey: always the same rectangle, as long as the transform stays."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings, Picture
from glfnet.faces.similarity import Transform, compose, inverse, moved_points, shifted, size_of

_MARGIN = 0.35  # of the distance between the eyes, around the crop: how far a head may move from one frame to the next


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of whole pixels of a frame, and the size of the squares of them that become pixels of the patch.

    Attributes:
        x0, y0, x1, y1: edges, as slices take them; both sides are multiples of `shrink`.
        shrink: side of the squares of pixels that are averaged; 1 changes nothing.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    shrink: int

    @property
    def to_frame(self) -> Transform:
        """The similarity from pixels of the patch to pixels of the frame."""
        middle = (self.shrink - 1) / 2  # of a square of pixels, counted from the middle of its first pixel
        return shifted(self.x0 + middle, self.y0 + middle, self.shrink)

    def patch(self, image: NDArray[np.uint8]) -> Picture:
        """Return the patch of an RGB frame: (h, w) uint8, grey by ITU-R BT.601; the frame outside it is not read."""
        grey = cv2.cvtColor(image[self.y0 : self.y1, self.x0 : self.x1], cv2.COLOR_RGB2GRAY)
        return averaged(np.asarray(grey, dtype=np.uint8), self.shrink)


def window_of(transform: Transform, crop: CropSettings, frame_shape: tuple[int, ...]) -> Window:
    """Return the window around a crop, with a margin, as far as it lies in the frame; at least one pixel.

    Where a pixel of the crop is two or more pixels of the frame wide, the patch is shrunk, but never below the crop's
    own resolution: with the wide crop at 224 pixels, from 143 pixels between the eyes on.

    Args:
        transform: frame to crop.
        crop: the crop.
        frame_shape: (H, W) or (H, W, channels).
    """
    margin = _MARGIN * crop.eye_distance_px
    ends = np.array([-0.5 - margin, crop.size_px - 0.5 + margin])
    corners = moved_points(np.stack(np.meshgrid(ends, ends), axis=-1).reshape(4, 2), inverse(transform)) + 0.5
    size = np.array(frame_shape[1::-1])
    shrink = min(max(1, int(1 / size_of(transform))), *size.tolist())
    low = np.floor(corners.min(axis=0)).clip(0, size - shrink).astype(int)
    high = np.ceil(corners.max(axis=0)).clip(low + shrink, size).astype(int)
    high = low + (high - low) // shrink * shrink
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    return Window(x0, y0, x1, y1, shrink)


def patch_transform(window: Window, transform: Transform) -> Transform:
    """Return the similarity from a window's patch to the crop, given that from the frame to the crop."""
    return compose(transform, window.to_frame)


def averaged(picture: Picture, times: int) -> Picture:
    """Return a picture of averages of `times` x `times` pixels; a remainder at its right and lower edge is left out."""
    if times == 1:
        return picture
    wide, high = picture.shape[1] // times, picture.shape[0] // times
    whole = picture[: high * times, : wide * times]
    return np.asarray(cv2.resize(whole, (wide, high), interpolation=cv2.INTER_AREA), dtype=np.uint8)
