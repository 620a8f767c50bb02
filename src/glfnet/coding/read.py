"""Reads what a coder has marked, from any of the files that can hold it: JSON of the page, ELAN, or a table."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from glfnet.coding.annotation import Annotation, said_by
from glfnet.coding.coded import CodedVideo, FrameTimes
from glfnet.coding.elan.read import read_elan
from glfnet.coding.table import read_coded_table
from glfnet.errors import InputError, faults, reason
from glfnet.path_kind import FILE, TABLE, check_kind
from glfnet.samples.sentences import first_few

ELAN_SUFFIX = ".eaf"
EXPECTED = "an ELAN file (.eaf), a CSV table of intervals, or the JSON of the page of `glfnet serve`"


def read_coding(content: bytes, file: Path | str, times: FrameTimes | None = None) -> tuple[CodedVideo, ...]:
    """Read what a coder says of one or more videos; what the file is, its content tells.

    Args:
        content: of the file.
        file: its name, for sentences.
        times: of the frames of the one video that an ELAN file is about; None: evenly, at the rate that it has.

    Raises:
        InputError: if it is none of these, or has faults; they are all named.
    """
    start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<") or Path(file).suffix.lower() == ELAN_SUFFIX:
        return (read_elan(content, file, times),)
    if start.startswith((b"{", b"[")):
        return (_read_document(content, file),)
    return read_coded_table(content, file)


def read_coding_file(path: Path, fps: float | None = None) -> tuple[CodedVideo, ...]:
    """Read what a coder says, from a file.

    Args:
        path: the file.
        fps: frames per second of its video, where an ELAN file does not have them.

    Raises:
        InputError: as `read_coding`, or if the file cannot be read.
    """
    if not path.is_file():
        check_kind(path, (FILE, TABLE), EXPECTED)
    try:
        content = path.read_bytes()
    except OSError as error:
        found = f"what cannot be read ({reason(error)})"
        raise InputError(file=path, found=found, expected=EXPECTED, remedy="Check who may read it.") from error
    return read_coding(content, path, None if fps is None else FrameTimes(fps=fps))


def of_video(videos: Sequence[CodedVideo], name: str, file: Path | str) -> tuple[CodedVideo, tuple[str, ...]]:
    """Return what a file says of one video, and notes.

    Args:
        videos: what was read.
        name: of the video's file.
        file: that was read, for sentences.

    Raises:
        InputError: if the file is about several videos, and none is called so.
    """
    found = [one for one in videos if Path(one.video).stem == Path(name).stem]
    if len(found) == 1:
        return found[0], found[0].notes
    if len(videos) == 1:
        other = videos[0].video
        note = (f"{Path(file).name} is about {other}, not about {name}; its frames are taken as they are.",)
        return videos[0], (*videos[0].notes, *(note if other else ()))
    raise InputError(
        file=file, found=f"{len(videos)} videos ({first_few([one.video for one in videos])})",
        expected=f"one called {name}", remedy="Call the video as the file does, or leave only its rows.",
    )  # fmt: skip


def _read_document(content: bytes, file: Path | str) -> CodedVideo:
    expected = "the JSON that the page of `glfnet serve` saves, with `annotation` in it"
    remedy = "Choose another file."
    try:
        document: Any = json.loads(content)
        said = document["annotation"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:  # the first is also text that is not UTF-8
        found = reason(error) if isinstance(error, ValueError) else "JSON of another kind"
        raise InputError(file=file, found=found, expected=expected, remedy=remedy) from error
    try:
        annotation = Annotation.model_validate_json(json.dumps(said))
    except ValidationError as error:
        found = f"JSON with faults: {'; '.join(faults(error, Annotation)[:5])}"
        raise InputError(file=file, found=found, expected=expected, remedy=remedy) from error
    recording = document.get("machine", {}).get("recording", {}) if isinstance(document.get("machine"), dict) else {}
    source, fps = (recording.get(name) if isinstance(recording, dict) else None for name in ("source", "fps"))
    intervals, machine = said_by(annotation)
    return CodedVideo(
        video=source if isinstance(source, str) else "", annotation=annotation, intervals=intervals, machine=machine,
        fps=float(fps) if isinstance(fps, int | float) and 0 < fps <= 100_000 else None,
    )  # fmt: skip
