"""Frame pictures in a folder: which file is which frame.

Every database puts the frame number at the end of the name, padded or not: `img46.jpg`, `reg_img46.jpg`,
`006_05562.jpg`, `image302370.jpg`, `355.jpg`, `00109.png`.
"""

import os
import re
from pathlib import Path

from glfnet.errors import InputError, reason
from glfnet.files import is_pipe_or_device

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".bmp", ".png")


def frame_files(folder: Path) -> dict[int, Path]:
    """Return the frame pictures of a folder by frame number, in ascending order.

    Files without a number at the end of their name, hidden files and files that are not pictures are no frames.

    Raises:
        InputError: if the folder cannot be listed, two pictures have the same number, or one is a pipe or a device.
    """
    found: dict[int, Path] = {}
    try:
        with os.scandir(folder) as listed:
            entries = sorted((entry.name, entry.is_file(follow_symlinks=False)) for entry in listed)
    except (OSError, ValueError) as error:  # the latter: a character that no name can have
        raise InputError(
            file=folder,
            found=f"no readable folder ({reason(error)})",
            expected="a folder with one picture a frame",
            remedy="Check that the disk is there and the index was made from it.",
        ) from error
    for name, is_file in entries:
        number = find_frame_number(name)
        if number is None:
            continue
        if not is_file and is_pipe_or_device(folder / name):
            raise InputError(
                file=folder / name,
                found="a pipe or a device",
                expected="a file with one picture",
                remedy="Take it out of the folder.",
            )
        if number in found:
            raise InputError(
                file=folder,
                found=f"frame {number} twice, {found[number].name} and {name}",
                expected="one picture a frame",
                remedy="Move one set of pictures into a folder of its own.",
            )
        found[number] = folder / name
    return dict(sorted(found.items()))


def find_frame_number(name: str) -> int | None:
    """Return the frame number at the end of a picture's file name, or None if this is no frame.

    >>> find_frame_number("006_05562.jpg")
    5562
    """
    stem, suffix = os.path.splitext(name)
    digits = re.search(r"(\d+)$", stem)
    # macOS leaves files such as ._img46.jpg on foreign disks.
    if name.startswith(".") or suffix.lower() not in PICTURE_SUFFIXES or digits is None:
        return None
    return int(digits.group(1))
