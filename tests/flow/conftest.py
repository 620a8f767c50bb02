import cv2
import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from glfnet.faces.alignment import WIDE, Picture, canonical_transform, warp
from glfnet.faces.similarity import Transform, compose

# Eyes, nose tip and corners of the mouth in the photograph of Grace Hopper (public domain) that matplotlib ships.
HOPPER = np.array([[225, 190], [304, 187], [267, 240], [227, 281], [308, 278]], dtype=float)


@pytest.fixture(scope="session")
def motion() -> Transform:
    """A turn by one degree about the middle of the crop, and a shift by two pixels to the right."""
    turn = cv2.getRotationMatrix2D((111.5, 111.5), -1, 1.0)
    turn[0, 2] += 2
    return turn


@pytest.fixture(scope="session")
def still() -> Picture:
    """The wide crop of a photograph."""
    return crop_after(np.eye(2, 3))


@pytest.fixture(scope="session")
def moved(motion: Transform) -> Picture:
    """The same after `motion`."""
    return crop_after(motion)


def crop_after(motion: Transform) -> Picture:
    """The photograph's wide crop after a motion in the crop, sampled from the photograph once."""
    with Image.open(str(get_sample_data("grace_hopper.jpg", asfileobj=False))) as image:
        photograph = np.array(image.convert("L"))
    return warp(photograph, compose(motion, canonical_transform(HOPPER)), WIDE.size_px)
