"""A movement made larger: one picture, warped by the optical flow times a factor. What comes out was never filmed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.flow.optical_flow import Flow
from glfnet.threads import one_opencv_thread

_ROUNDS = 8  # in which it is found where each pixel comes from; flow of skin is smooth, so few are enough
_SMOOTHED = 1 / 150  # of the picture's width: single pixels that are wrong would tear the skin


def magnified(picture: NDArray[np.uint8], flow: Flow, factor: float) -> NDArray[np.uint8]:
    """Return the picture as it would be if everything had moved `factor` times as far.

    Args:
        picture: (H, W, 3) or (H, W), the onset.
        flow: (H, W, 2), pixels from the onset to the apex, u to the right and v down.
        factor: 0 gives the onset, 1 about the apex, more what was never filmed. It magnifies all that moves, also a
            head that turns and light that changes.

    Returns:
        of the same shape. What comes from outside of the picture is its nearest edge.

    Raises:
        ShapeError: if the sizes differ.
    """
    if flow.shape != (*picture.shape[:2], 2):
        raise ShapeError(f"flow must be {(*picture.shape[:2], 2)}; got {flow.shape}.")
    height, width = picture.shape[:2]
    x, y = (axis.astype(np.float32) for axis in np.meshgrid(np.arange(width), np.arange(height)))
    with one_opencv_thread():
        smooth = cv2.GaussianBlur(np.asarray(flow, dtype=np.float32), (0, 0), max(1.0, _SMOOTHED * width))
        smooth = np.float32(factor) * smooth
        moved = np.zeros_like(smooth)
        for _ in range(_ROUNDS):  # the movement of the pixel that ends here, not of the one that begins here
            moved = cv2.remap(
                smooth, x - moved[..., 0], y - moved[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        warped = cv2.remap(
            picture, x - moved[..., 0], y - moved[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
    return np.asarray(warped, dtype=np.uint8)
