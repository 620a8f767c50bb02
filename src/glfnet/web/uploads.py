"""What is received: a video by its first bytes, no larger than allowed, in a file whose name is ours."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glfnet.web.limits import Limits

_ENOUGH = 512  # bytes to tell a format by
_MPEG_TS, _SYNC = 188, 0x47  # length of a packet, and the byte that each begins with
_LONGEST_BODY = 12_000_000  # bytes, of what is no video
_NAME = 120  # characters of a name that are kept


class UploadRefused(Exception):
    """What was sent is not taken.

    Attributes:
        status: of HTTP.
    """

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Bounded:
    """An application that is never given a long body, other than that of a video, which `receive` counts.

    Attributes:
        app: the application.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        length = 0

        async def counted() -> Message:
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > _LONGEST_BODY:
                raise HTTPException(413, f"More than {_LONGEST_BODY // 1_000_000} MB were sent, the most that is read.")
            return message

        is_video_sent = scope["type"] != "http" or scope["path"] == "/api/jobs"
        await self.app(scope, receive if is_video_sent else counted, send)


def is_video(start: bytes) -> bool:
    r"""Return whether bytes are the beginning of a video file, by what is in them and not by a name.

    MP4 and MOV, Matroska and WebM, AVI, MPEG, Ogg, Windows Media and Flash are known.

    >>> is_video(b"\x00\x00\x00\x18ftypisom"), is_video(b"#EXTM3U\nhttp://")
    (True, False)
    """
    begins = (b"\x1aE\xdf\xa3", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"OggS", b"FLV\x01", b"0&\xb2u\x8ef\xcf\x11")
    return (
        start.startswith(begins)
        or start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
        or (start.startswith(b"RIFF") and start[8:12] == b"AVI ")
        or (len(start) > _MPEG_TS and start[0] == _SYNC == start[_MPEG_TS])
    )


async def receive(chunks: AsyncIterator[bytes], file: Path, limits: Limits) -> int:
    """Write what comes to a file, and return its length in bytes; the whole is never in memory.

    Raises:
        UploadRefused: if it is empty, no video, or larger than allowed; the caller deletes the file.
    """
    start, length = b"", 0
    with file.open("xb") as opened:
        async for chunk in chunks:
            if len(start) < _ENOUGH:
                start += chunk[: _ENOUGH - len(start)]
                if len(start) == _ENOUGH and not is_video(start):
                    raise _no_video()
            length += len(chunk)
            if length > limits.upload_bytes:
                raise too_large(limits)
            opened.write(chunk)
    if not length:
        raise UploadRefused(400, "The file is empty. Choose a video.")
    if not is_video(start):
        raise _no_video()
    return length


def too_large(limits: Limits) -> UploadRefused:
    """Return the refusal of a file that is too large."""
    return UploadRefused(
        413, f"The file is larger than {limits.upload_mb:g} MB, the most that this page takes. Cut the video."
    )


def shown_name(name: str) -> str:
    r"""Return what a user calls a video as it may stand in a sentence or a table: no path, nothing invisible, not long.

    >>> shown_name("../../etc/passwd\x00"), shown_name("  ")
    ('passwd', 'video')
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(letter for letter in last if letter.isprintable()).strip()
    return clean[:_NAME] or "video"


def _no_video() -> UploadRefused:
    return UploadRefused(
        415, "This is no video that can be read. Expected MP4, MOV, WebM, MKV, AVI, MPEG, Ogg, WMV or FLV."
    )
