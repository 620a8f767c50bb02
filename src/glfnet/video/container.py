"""Opens video files, and reads what their containers say about them, which is often missing and sometimes wrong."""

import os
import re
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition

from glfnet.errors import InputError

_FASTEST_FPS = 100_000.0
_WIDEST_PIXEL = 4.0
_REMEDY = "Copy the file again from its source, or export it anew as MP4."

# What a playlist begins with, after white space: it is not a video itself, and FFmpeg would open whatever it names.
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<MPD", b"<SmoothStreamingMedia", b"v=0")
_PLAYLIST_FORMATS = frozenset({"hls", "concat", "dash", "imf", "sdp", "rtsp"})


def open_container(file: Path) -> tuple[InputContainer, av.VideoStream]:
    """Open a file and return it with the video stream that a player would show.

    Only this one file is read: a playlist, which names others, is refused.

    Raises:
        InputError: if it is no video, damaged from its start, or has no video stream.
    """
    if file.stat().st_size == 0:
        raise unreadable(file, "an empty file")
    if _is_playlist(file):
        raise unreadable(file, "a playlist, which names other files", "Name the video itself.")
    try:
        # An absolute path: otherwise FFmpeg takes the part before a colon for a protocol.
        container = av.open(os.path.abspath(file), metadata_errors="replace", options={"protocol_whitelist": "file"})
    except av.FFmpegError as error:
        raise unreadable(
            file, f"data that cannot be read as a video ({error.strerror})", _remedy(file, error)
        ) from error
    try:
        if _PLAYLIST_FORMATS & set(container.format.name.split(",")):
            raise unreadable(file, "a playlist, which names other files", "Name the video itself.")
        return container, _video_stream(file, container)
    except InputError:
        container.close()
        raise


def _is_playlist(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<?xml"):
        return any(name in start for name in _PLAYLISTS if name.startswith(b"<"))
    return start.startswith(_PLAYLISTS)


def _video_stream(file: Path, container: InputContainer) -> av.VideoStream:
    # The cover picture of a piece of music counts as a video stream too.
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        kinds = sorted({stream.type for stream in container.streams} - {"video"})
        raise unreadable(file, f"no video stream ({' and '.join(kinds) or 'nothing'} only)", "Name a video.")
    best = container.streams.best("video")
    stream = best if best in streams else streams[0]
    if stream.codec_context is None:
        raise unreadable(file, "a video stream in a format that FFmpeg cannot decode")
    return stream


def unreadable(file: Path, found: str, remedy: str = _REMEDY) -> InputError:
    """Return the error for a file that cannot be read as a video."""
    return InputError(file=file, found=found, expected="a video that FFmpeg reads", remedy=remedy)


def _remedy(file: Path, error: av.FFmpegError) -> str:
    if isinstance(error, PermissionError):
        return "Check that you may read it."
    with file.open("rb") as opened:
        if opened.read(8)[4:] == b"ftyp":
            return "MP4 and MOV keep their index at the end; an interrupted recording or copy lacks it. Copy it again."
    return _REMEDY


def container_fps(stream: av.VideoStream) -> float | None:
    """Return the average frames per second that the container states; None where it states nothing plausible."""
    rates = (float(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate)
    return next((rate for rate in rates if 0 < rate <= _FASTEST_FPS), None)


def promised_s(container: InputContainer, stream: av.VideoStream, fps: float | None) -> float | None:
    """Return how long the container says the video is; None where it says nothing about the video alone."""
    named = re.fullmatch(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", ""))
    length_s: float | None = None
    if stream.duration and stream.time_base:
        length_s = float(stream.duration * stream.time_base)
    elif named:  # Matroska
        hours, minutes, seconds = named.groups()
        length_s = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    elif container.duration and len(container.streams) == 1:
        length_s = container.duration / av.time_base
    if container.format.name == "avi" and fps and stream.frames:  # FFmpeg guesses from the file's size
        return stream.frames / fps
    return length_s


def pixel_width(stream: av.VideoStream) -> float:
    """Return the width of a pixel divided by its height; 1 where the file says nothing plausible."""
    ratio = float(stream.sample_aspect_ratio or 1)
    return ratio if 1 / _WIDEST_PIXEL <= ratio <= _WIDEST_PIXEL else 1.0
