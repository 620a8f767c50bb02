"""What a clip's frames tell, from onset to offset: which are missing or damaged, their sizes, the face in the first."""

import hashlib
import os
import struct
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from PIL import Image

from glfnet.databases.check.finding import Finding
from glfnet.databases.clip import Clip
from glfnet.errors import InputError
from glfnet.samples.sentences import first_few
from glfnet.video.frame_files import frame_files
from glfnet.video.frames import find_frames

SMALL_FACE_PX = 80.0  # ours: near this width the canonical crop, 72 pixels between the eyes, enlarges a face twofold

_EIGHT_BIT = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
# What Pillow raises for damaged files, as its decoders let it through.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)

FindFace = Callable[[NDArray[np.uint8]], tuple[float, float, float, float] | None]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLook:
    """What was seen in the frames of one clip.

    Attributes:
        clip: the clip.
        findings: what is wrong with its frames.
        frames: how many pictures were decoded, those that could not be among them.
        size_px: width and height that most of them have; None if none could be decoded.
        onset_digest: SHA-256 of the onset frame's file; empty if there is none.
        face_width_px: width of the face in the onset frame; None if there is none or nobody looked.
    """

    clip: Clip
    findings: tuple[Finding, ...]
    frames: int = 0
    size_px: Size | None = None
    onset_digest: str = ""
    face_width_px: float | None = None


def look_at_clips(
    clips: Sequence[Clip], find_face: FindFace | None, jobs: int, on_clip: Callable[[int, int], None] | None
) -> list[FrameLook]:
    """Look at the frames of several clips, in their order; see `look_at_frames`.

    Args:
        clips: clips that count.
        find_face: as for `look_at_frames`; called from several threads.
        jobs: threads that read frames. The result does not depend on it.
        on_clip: is called after each clip with the number of clips done and of all.
    """
    work = Parallel(n_jobs=jobs, backend="threading", return_as="generator")
    looks: list[FrameLook] = []
    for look in work(delayed(look_at_frames)(clip, find_face) for clip in clips):
        looks.append(look)
        if on_clip is not None:
            on_clip(len(looks), len(clips))
    return looks


def look_at_frames(clip: Clip, find_face: FindFace | None = None) -> FrameLook:
    """Decode a clip's frames from onset to offset, or to the apex where no offset is annotated.

    Where the numbers are out of order, only the onset frame is looked at.

    Args:
        clip: a clip that counts.
        find_face: is given the onset frame, (H, W, 3) uint8 RGB, and returns the face's box in pixels, (x0, y0, x1,
            y1), or None.
    """
    if os.path.isfile(clip.frames):  # `Path.is_file` raises an error for some names
        return _look_at_video(clip, find_face)
    try:
        files = frame_files(clip.frames)
    except InputError as error:
        kind = "missing frames" if error.__cause__ is not None else "frame numbered twice"
        kind = kind if error.file == clip.frames else "unreadable frames"
        return FrameLook(clip=clip, findings=(_of_error(clip, kind, error),))
    first, last = frame_range(clip)
    files = {number: file for number, file in files.items() if first <= number <= last}
    sizes: dict[int, Size] = {}
    damaged: list[InputError] = []
    for number, file in files.items():
        try:
            sizes[number] = read_size(file)
        except InputError as error:
            damaged.append(error)
    onset = None
    try:
        onset = read_frame(clip.frames, first) if first in sizes and find_face is not None else None
    except InputError as error:  # an eighth of it was sound, the whole is not
        damaged.append(error)
    width = _face_width(onset, find_face)
    return FrameLook(
        clip=clip,
        findings=(
            *_absent(clip, files),
            *_unreadable(clip, damaged),
            *_mixed_sizes(clip, sizes),
            *(_face(clip, files[first], width) if onset is not None else ()),
        ),
        frames=len(files),
        size_px=_usual(sizes.values()),
        onset_digest=_digest(files[first].read_bytes()) if first in sizes else "",
        face_width_px=width,
    )


def read_frame(recording: Path, number: int) -> NDArray[np.uint8]:
    """Return one frame of a folder or a video, (H, W, 3) RGB.

    Raises:
        InputError: if it is not there or cannot be decoded.
    """
    return next(find_frames(recording, [number]).read())


def duplicate_images(looks: Iterable[FrameLook]) -> Iterator[Finding]:
    """Yield one finding for each onset frame, the same file to the last byte, that clips of several people have."""
    groups: dict[str, list[Clip]] = defaultdict(list)
    for look in looks:
        if look.onset_digest:
            groups[look.onset_digest].append(look.clip)
    for clips in groups.values():
        subjects = {clip.subject for clip in clips}
        if len(subjects) > 1:
            first = min(clips, key=lambda clip: clip.sample_id)
            ids = sorted({clip.sample_id for clip in clips})
            yield Finding(
                kind="duplicate images",
                sample_id=first.sample_id,
                row=first.row,
                file=first.frames,
                found=f"one and the same onset frame in clips of {len(subjects)} subjects: {first_few(ids)}",
                expected="different pictures of different people",
                remedy="Copy the frames again from their source: a fold that tests one clip has trained on the other.",
            )


def frame_range(clip: Clip) -> tuple[int, int]:
    """Return the first and the last frame that matter, both included."""
    last = clip.offset_frame if clip.offset_frame is not None else clip.apex_frame
    return clip.onset_frame, max(clip.onset_frame, last if last is not None else clip.onset_frame)


def absent_runs(first: int, last: int, present: Iterable[int]) -> list[tuple[int, int]]:
    """Return the stretches of numbers from `first` to `last` that are not present, as (first, last) of each.

    >>> absent_runs(1, 9, [2, 3, 6])
    [(1, 1), (4, 5), (7, 9)]
    """
    runs = []
    awaited = first
    for number in sorted(present):
        if number > awaited:
            runs.append((awaited, number - 1))
        awaited = number + 1
    return [*runs, (awaited, last)] if awaited <= last else runs


def read_size(path: Path) -> Size:
    """Return width and height of a picture in pixels, after a look whether it can be decoded to its end.

    JPEG is decoded at an eighth of its size, PNG is held against its own check sums: both notice a file that was cut
    off, at a fraction of the time.

    Raises:
        InputError: if it is damaged, or has more than 8 bits a channel.
    """
    found, why = "a damaged picture", None
    try:
        with Image.open(path) as image:
            size: Size = image.size
            mode = image.mode
            if image.format == "PNG":
                image.verify()
            else:
                image.draft(None, (max(1, size[0] // 8), max(1, size[1] // 8)))
                image.load()
        if mode in _EIGHT_BIT:
            return size
        found = f"a picture of mode {mode}"
    except _DAMAGED as error:
        why = error
    remedy = "Copy it again from its source."
    raise InputError(file=path, found=found, expected="a picture of 8 bits a channel", remedy=remedy) from why


def _look_at_video(clip: Clip, find_face: FindFace | None) -> FrameLook:
    first, last = frame_range(clip)
    there = [n for n in (clip.apex_frame, last) if n is not None and first <= n <= last]
    try:
        # Frames in between are decoded on the way.
        onset, *_ = find_frames(clip.frames, [first, *there]).read()
    except InputError as error:
        return FrameLook(clip=clip, findings=(_of_error(clip, "missing frames", error),))
    width = _face_width(onset, find_face)
    return FrameLook(
        clip=clip,
        findings=tuple(_face(clip, clip.frames, width)) if find_face is not None else (),
        frames=last - first + 1,
        size_px=(onset.shape[1], onset.shape[0]),
        onset_digest=_digest(onset.tobytes()),
        face_width_px=width,
    )


def _absent(clip: Clip, files: Mapping[int, Path]) -> Iterator[Finding]:
    first, last = frame_range(clip)
    annotated = {"onset": clip.onset_frame, "apex": clip.apex_frame, "offset": clip.offset_frame}
    runs = absent_runs(first, last, files)
    missing, gaps = [], []
    for low, high in runs:
        names = [name for name, number in annotated.items() if number is not None and low <= number <= high]
        if names:
            missing.append(f"{_stretch(low, high)} ({', '.join(names)})")
        else:
            gaps.append(_stretch(low, high))
    span = f"every frame from {first} to {last}"
    if missing:
        remedy = "Copy them from their source, or say in the column excluded why the clip is left out."
        yield _finding(clip, "missing frames", clip.frames, f"no frame {first_few(missing)}", span, remedy)
    if gaps:
        remedy = (
            "Copy them from their source; where there are none, time runs unevenly and an estimated apex is unsure."
        )
        yield _finding(clip, "gap", clip.frames, f"no frame {first_few(gaps)}", span, remedy)


def _unreadable(clip: Clip, damaged: Sequence[InputError]) -> Iterator[Finding]:
    if damaged:
        first = damaged[0]
        names = first_few([error.file.name for error in damaged])
        more = "" if len(damaged) == 1 else f", one of {len(damaged)}: {names}"
        yield _finding(clip, "unreadable frames", first.file, first.found + more, first.expected, first.remedy)


def _mixed_sizes(clip: Clip, sizes: Mapping[int, Size]) -> Iterator[Finding]:
    usual = _usual(sizes.values())
    odd = [f"frame {number} with {size[0]} x {size[1]}" for number, size in sizes.items() if size != usual]
    if odd and usual is not None:
        expected = f"{usual[0]} x {usual[1]} pixels, as most frames of the clip have"
        remedy = "Take all frames from one source: flow compares them pixel by pixel."
        yield _finding(clip, "mixed frame sizes", clip.frames, first_few(odd), expected, remedy)


def _face(clip: Clip, onset: Path, width_px: float | None) -> Iterator[Finding]:
    if width_px is None:
        remedy = "Look at the picture; a clip without a face is left out when flow is made."
        yield _finding(clip, "no face", onset, "no face in the onset frame", "a face, frontal or nearly so", remedy)
    elif width_px < SMALL_FACE_PX:
        remedy = (
            "Use the raw frames, or a larger version of them: the canonical crop would enlarge the face twice or more."
        )
        yield _finding(
            clip, "small face", onset, f"a face {width_px:.0f} pixels wide", f"{SMALL_FACE_PX:.0f} or more", remedy
        )


def _face_width(onset: NDArray[np.uint8] | None, find_face: FindFace | None) -> float | None:
    box = find_face(onset) if onset is not None and find_face is not None else None
    return None if box is None else float(box[2] - box[0])


def _usual(sizes: Iterable[Size]) -> Size | None:
    return max(Counter(sizes).items(), key=lambda entry: entry[1], default=(None, 0))[0]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _stretch(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def _finding(clip: Clip, kind: str, file: Path, found: str, expected: str, remedy: str) -> Finding:
    return Finding(
        kind=kind, sample_id=clip.sample_id, row=clip.row, file=file, found=found, expected=expected, remedy=remedy
    )


def _of_error(clip: Clip, kind: str, error: InputError) -> Finding:
    return _finding(clip, kind, error.file, error.found, error.expected, error.remedy)
