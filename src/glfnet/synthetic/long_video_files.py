"""Made-up long videos on disk, with the truth beside them.

::

    OUT/synthetic.json  what the videos were made from; a second run must agree with it
    OUT/video000.mp4    one person, MPEG-4 with the finest quantiser: keeps the noise, and movements to 0.05 pixels
    OUT/truth.csv       video, kind, onset_index, apex_index, offset_index, emotion, action_units; frames from 0
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import InputError
from glfnet.files import take_parts_away, write_whole, written_whole
from glfnet.synthetic.database import check_folder
from glfnet.synthetic.difficulties import Difficulties, harder_plan
from glfnet.synthetic.long_video import FRAME_PX, long_video_frames
from glfnet.synthetic.long_video_plan import LongVideoPlan, long_video_plan
from glfnet.synthetic.rough_frames import rough_frames

COLUMNS = ("video", "kind", "onset_index", "apex_index", "offset_index", "emotion", "action_units")
TRUTH_FILE = "truth.csv"
_VERSION = 1  # raise it when the same numbers give other videos
_CODEC: Literal["mpeg4"] = "mpeg4"  # in every FFmpeg, GPL or not
_H264: Literal["libx264"] = "libx264"
_FINEST_QUANTISER = 1  # from 2 on, most of the noise is lost and movements are off by a tenth of a pixel
_FRAMES_A_GROUP = 50


def write_long_videos(
    out: Path,
    *,
    videos: int = 4,
    seed: int = 0,
    first: int = 0,
    duration_s: float = 30.0,
    fps: float = 100.0,
    size: tuple[int, int] = FRAME_PX,
    harder: Difficulties = MappingProxyType({}),
    on_video: Callable[[int, int], None] | None = None,
) -> Path:
    """Write made-up long videos and their truth, or complete what an interrupted run left: finished videos stay.

    Each file is written whole or not at all, the truth last.

    Args:
        out: a new folder, an empty one, or one that this function wrote with the same settings.
        videos: how many, at least 1.
        seed: 0 or more.
        first: number of the first video, 0 or more.
        duration_s: of each video; see `long_video_plan`.
        fps: frames per second, at least 25.
        size: width and height of a frame, even numbers.
        harder: switches of `difficulties` with their numbers.
        on_video: called after each video with the number of videos done and the number of all videos.

    Returns:
        the table of the truth.

    Raises:
        InputError: if `out` holds something else or cannot be written, or matplotlib's sample photograph is missing.
        ValueError: if a number is out of range.
    """
    if videos < 1 or any(side % 2 for side in size):
        raise ValueError(f"videos must be 1 or more and both sides even; got {videos} and {size[0]}x{size[1]}.")
    plans = [long_video_plan(seed, number, duration_s=duration_s, fps=fps) for number in range(first, first + videos)]
    plans = [harder_plan(plan, harder) for plan in plans]
    width, height = size
    settings = {"version": _VERSION, "seed": seed, "duration_s": duration_s, "fps": fps}
    settings |= {"width_px": width, "height_px": height}
    check_folder(out, {**settings, "harder": dict(harder)} if harder else settings)
    take_parts_away(out)
    for done, plan in enumerate(plans, start=1):
        file = out / video_name(plan)
        if not file.is_file():
            frames = rough_frames(
                long_video_frames(plan, size), harder, seed=plan.seed, number=plan.number, fps=plan.fps
            )
            write_video(file, frames if harder else long_video_frames(plan, size), fps, crf=harder.get("crf"))
        if on_video is not None:
            on_video(done, len(plans))
    write_truth(out / TRUTH_FILE, plans)
    return out / TRUTH_FILE


def video_name(plan: LongVideoPlan) -> str:
    """Return the name of a video's file."""
    return f"video{plan.number:03d}.mp4"


def write_video(file: Path, frames: Iterable[NDArray[np.uint8]], fps: float, *, crf: float | None = None) -> None:
    """Write (H, W, 3) uint8 RGB frames as MPEG-4 video, whole or not at all; only one frame is in memory at a time.

    Args:
        file: where to.
        frames: all of one size.
        fps: frames per second.
        crf: how strongly H.264 compresses, 0 to 51; None: MPEG-4 part 2 with the finest quantiser.

    Raises:
        InputError: if the place cannot be written, or this FFmpeg has no H.264.
        ValueError: if there is no frame.
    """
    if crf is not None and _H264 not in av.codecs_available:
        raise InputError(
            file=file, found="an FFmpeg without libx264", expected="one that writes H.264",
            remedy="Leave the switch crf out, or install PyAV from its wheels.",
        )  # fmt: skip
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        raise ValueError("a video needs at least one frame.")
    with written_whole(file) as whole, av.open(whole, "w", format="mp4") as container:
        stream = container.add_stream(_CODEC if crf is None else _H264, rate=Fraction(fps).limit_denominator(1001))
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt, stream.thread_count = "yuv420p", 1  # threads would change the bytes
        coder = stream.codec_context
        if crf is None:
            coder.qmin = coder.qmax = _FINEST_QUANTISER
        else:
            coder.options = {"crf": f"{crf:g}"}
        coder.gop_size = _FRAMES_A_GROUP
        for frame in chain([first], coming):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def write_truth(file: Path, plans: Sequence[LongVideoPlan]) -> None:
    """Write one row for each event of each video."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for plan in plans:
        for event in plan.events:
            indices = event.onset_index, event.apex_index, event.offset_index
            units = "+".join(str(unit) for unit in event.action_units)
            rows.writerow([video_name(plan), event.kind, *indices, event.emotion, units])
    write_whole(file, text.getvalue())
