"""What a flow map depends on, as digests: frames, settings, versions."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from glfnet.errors import InputError, reason
from glfnet.flow.optical_flow import library_versions


def entry_key(frames_digest: str, settings: Mapping[str, Any]) -> str:
    """Return what a map depends on, as one SHA-256: frames, settings, our algorithm's version and OpenCV's.

    Args:
        frames_digest: see `frames_digest`.
        settings: JSON values; whatever the map depends on besides the frames: crop, flow method, size, correction, name
            of the face detector. One store holds maps of one kind, so settings are the same for all clips.
    """
    return json_digest({"frames": frames_digest, "settings": dict(settings), "versions": library_versions()})


def settings_text(settings: Mapping[str, Any]) -> str:
    """Return settings as one line of JSON with sorted keys: equal settings give equal text."""
    return json.dumps(dict(settings), sort_keys=True)


def frames_digest(files: Iterable[Path], numbers: Sequence[int] = ()) -> str:
    """Return the SHA-256 of files' contents, in the order given; their names do not matter, so a database may move.

    Args:
        files: pictures, or one video.
        numbers: which frames of a video are used; not needed where each frame is a file.

    Raises:
        InputError: if one cannot be read.
    """
    digest = hashlib.sha256(repr(list(numbers)).encode())
    for file in files:
        try:
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
        except OSError as error:
            found = f"no readable file ({reason(error)})"
            raise InputError(file=file, found=found, expected="a frame", remedy="Copy it from its source.") from error
    return digest.hexdigest()


def frames_stamp(files: Iterable[Path], numbers: Sequence[int] = ()) -> str:
    """Return a digest of files' paths, sizes and times of change, or an empty text if one is missing. Reads no file.

    Args:
        files: pictures, or one video.
        numbers: which frames of a video are used.
    """
    try:
        marks = [(str(file.resolve()), (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files]
    except OSError:
        return ""
    return json_digest([marks, list(numbers)])


def json_digest(content: Any) -> str:
    """Return the SHA-256 of JSON values; the order of keys does not matter."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
