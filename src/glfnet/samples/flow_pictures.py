"""Flow maps kept as pictures: red is u, green is v, blue is the optical strain."""

import io
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glfnet.errors import InputError, reason
from glfnet.files import is_pipe_or_device

SUFFIXES = (".png", ".bmp", ".jpg", ".jpeg")

# What Pillow raises for damaged files, as its decoders let it through.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowPicture:
    """One flow map as read.

    Attributes:
        path: the file.
        row: the row of the table that names the file, or None where the file was found in a folder.
        pixels: (H, W, 3) uint8, channels u, v, strain.
    """

    path: Path
    row: int | None
    pixels: NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


def read_flow_picture(path: Path, row: int | None = None) -> FlowPicture:
    """Read one flow map.

    Raises:
        InputError: if the file is missing, unreadable, or has other channels than red, green and blue.
    """
    if is_pipe_or_device(path):
        raise _bad(path, row, "a pipe or a device", "Name a file.")
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # the latter: a character that no name can have
        raise _bad(path, row, f"no readable file ({reason(error)})", "Check the name and the permissions.") from error
    mode, pixels = _decode(path, data, row)
    if mode != "RGB":
        remedy = "Write u, v and strain as the three channels of one picture; a single channel is not enough."
        raise _bad(path, row, f"a picture of mode {mode}", remedy)
    return FlowPicture(path=path, row=row, pixels=pixels)


def _decode(path: Path, data: bytes, row: int | None) -> tuple[str, NDArray[np.uint8]]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()  # PNG checksums, which decoding passes over: a damaged map may still look like a map
        with Image.open(io.BytesIO(data)) as image:
            mode, pixels = image.mode, np.array(image)
    except _DAMAGED as error:
        raise _bad(path, row, "an unreadable picture", "Copy the file again from its source.") from error
    return mode, pixels


def odd_sizes(pictures: Sequence[FlowPicture]) -> list[InputError]:
    """Return one problem for each picture that has not the size which most of them have."""
    sizes = Counter(picture.size for picture in pictures)
    if len(sizes) < 2:
        return []
    (height, width), count = sizes.most_common(1)[0]
    return [
        InputError(
            file=picture.path,
            row=picture.row,
            found=f"{picture.size[0]} x {picture.size[1]} pixels",
            expected=f"{height} x {width}, as {count} of {len(pictures)} pictures have",
            remedy="Make all flow maps with one size.",
        )
        for picture in pictures
        if picture.size != (height, width)
    ]


def unit_map(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return 8-bit maps (..., H, W, C) as (..., C, H, W) float32 in 0..1."""
    return np.moveaxis(pixels, -1, -3).astype(np.float32) / np.float32(255)


def _bad(path: Path, row: int | None, found: str, remedy: str) -> InputError:
    return InputError(file=path, row=row, found=found, expected="an RGB picture (u, v, strain)", remedy=remedy)
