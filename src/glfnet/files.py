"""Write a file whole or not at all: the one way in which this package puts anything on a disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside `path`, and put it in its place when the `with` block ends without an error.

    Until then, and after an error, what stood at `path` before still stands there; a killed process leaves at most a
    hidden file ending in `.part`. The parent folder is made if missing.

    Raises:
        OSError: if the place cannot be written or the disk is full; the caller knows what to tell the user.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        with suppress(OSError):  # whatever stopped the writing may stop the tidying up too
            aside.unlink()
        raise
