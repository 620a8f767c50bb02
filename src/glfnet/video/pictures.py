"""From a picture file to a frame."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from glfnet.errors import InputError

COPY_AGAIN = "Copy the file again from its source."

_EIGHT_BIT = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
# What Pillow raises for damaged pictures.
_DAMAGED = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def read_picture(file: Path, *, upright: bool = False) -> NDArray[np.uint8]:
    """Return a picture, (H, W, 3) RGB.

    Args:
        file: the picture.
        upright: turn it as its EXIF data say; otherwise its pixels stay as they are stored.

    Raises:
        InputError: if it is damaged or has more than 8 bits a channel.
    """
    try:
        with Image.open(file) as picture:
            if picture.mode in _EIGHT_BIT:
                turned = ImageOps.exif_transpose(picture) if upright else picture
                return np.array(turned.convert("RGB"), dtype=np.uint8)
            found = f"a picture of mode {picture.mode}"
    except _DAMAGED as error:
        # Pillow names the whole path, with which our message already begins.
        found = f"an unreadable picture ({str(error).replace(str(file), file.name)})"
    raise InputError(file=file, found=found, expected="a frame of 8 bits a channel", remedy=COPY_AGAIN)
