"""The video with the answer drawn over it: a box around each face, and the class of its movement."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.recognition.result import Interval, Result
from glfnet.video.stream import open_video

_TICKS_PER_S = 60_000  # MPEG-4 allows up to 65,535; whole for 24, 25, 30, 50, 60, 100 and 200 frames a second
_SHOWN_S = 1.0  # a micro-expression is over before a label can be read: the label stays for at least this long
_PLAIN, _FOUND = (255, 255, 255), (255, 154, 92)
_QUALITY = 4  # of MPEG-4, 1 best to 31: sharp, and a tenth of the size of 1


def write_overlay(
    file: Path,
    video: Path,
    result: Result,
    on_frame: Callable[[int, int | None], None] = lambda done, expected: None,
    fps: float | None = None,
) -> None:
    """Write the annotated video: MPEG-4 with the frames' own times, even sides, without sound.

    Args:
        file: where to; an .mp4.
        video: the one that the result describes.
        result: the answer.
        on_frame: is told how many frames are drawn.
        fps: frames per second as the user gave them; the video's own times if None.

    Raises:
        InputError: if the video cannot be read any more.
    """
    boxes = {
        (index, seen.face): box
        for seen in result.faces
        for index, box in zip(seen.indices.tolist(), seen.boxes.tolist(), strict=True)
    }
    numbers = [seen.face for seen in result.faces]
    with open_video(video, fps=fps) as frames, av.open(str(file), "w") as output:
        stream = output.add_stream("mpeg4", rate=Fraction(result.recording.fps or 25).limit_denominator(1000))
        stream.width, stream.height = (side + side % 2 for side in (frames.width_px, frames.height_px))
        stream.pix_fmt = "yuv420p"
        stream.codec_context.qmin = stream.codec_context.qmax = _QUALITY
        stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS_PER_S)
        for frame in frames:
            canvas = frame.image.copy()
            for number in numbers:
                if (frame.index, number) in boxes:
                    _draw(canvas, boxes[frame.index, number], _label(result, number, frame.time_s), number)
            canvas = np.pad(
                canvas, ((0, stream.height - len(canvas)), (0, stream.width - canvas.shape[1]), (0, 0)), "edge"
            )
            picture = av.VideoFrame.from_ndarray(canvas, format="rgb24")
            picture.pts, picture.time_base = round(frame.time_s * _TICKS_PER_S), Fraction(1, _TICKS_PER_S)
            output.mux(stream.encode(picture))
            on_frame(frame.index + 1, result.recording.frames)
        output.mux(stream.encode(None))


def _label(result: Result, face: int, time_s: float) -> Interval | None:
    """Return the micro-expression to name at a time: the latest that has begun and is not long over."""
    due = [
        interval
        for interval in result.micro_expressions
        if interval.face == face and interval.onset_s <= time_s <= max(interval.offset_s, interval.onset_s + _SHOWN_S)
    ]
    return due[-1] if due else None


def _draw(canvas: NDArray[np.uint8], box: list[float], found: Interval | None, number: int) -> None:
    x0, y0, x1, y1 = (round(value) for value in box)
    thickness = max(1, round(min(canvas.shape[:2]) / 240))
    colour = _FOUND if found else _PLAIN
    cv2.rectangle(canvas, (x0, y0), (x1, y1), colour, thickness)
    words = f"{number}: {found.emotion or 'micro-expression, class unsure'}" if found else str(number)
    size = min(canvas.shape[:2]) / 720
    cv2.putText(canvas, words, (x0, max(y0 - 4, 12)), cv2.FONT_HERSHEY_SIMPLEX, max(size, 0.4), colour, thickness)
