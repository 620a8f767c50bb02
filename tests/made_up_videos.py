"""Small videos for tests, ways to damage them, and what they give when read.

Encoders are FFmpeg's own, so that every build has them.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Disposition
from numpy.typing import NDArray
from PIL import Image as Picture

from glfnet.errors import InputError
from glfnet.video.stream import Frame, VideoStream, open_video

Image = NDArray[np.uint8]


def flat_images(count: int, size: tuple[int, int] = (64, 48)) -> list[Image]:
    """Return pictures of one grey each, ten times their number, that any encoder keeps."""
    width, height = size
    return [np.full((height, width, 3), 10 * number % 250, dtype=np.uint8) for number in range(count)]


def noisy_images(count: int, size: tuple[int, int] = (64, 48), seed: int = 0) -> list[Image]:
    """Return pictures that need many bytes."""
    width, height = size
    noise = np.random.default_rng(seed)
    return [noise.integers(0, 255, (height, width, 3), dtype=np.uint8) for _ in range(count)]


def write_video(
    file: Path,
    images: Sequence[Image],
    *,
    codec: str = "ffv1",
    pixels: str = "yuv444p",
    fps: int = 25,
    times_ms: Sequence[int] | None = None,
    container_format: str | None = None,
    pixel_width: Fraction | None = None,
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
    title: str = "",
    sound: bool = False,
) -> Path:
    """Write (H, W, 3) RGB pictures as a video; the end of the file's name, or `container_format`, says which kind.

    `times_ms` are when each frame is shown; without them frames are 1/fps apart. `pixel_width` is for its height.
    `sound` adds a second of silence.
    """
    with av.open(str(file), "w", format=container_format, options=dict(container_options or {})) as container:
        container.metadata.update({"title": title} if title else {})
        stream = container.add_stream(codec, rate=fps, options=dict(options or {}))
        silence = container.add_stream("aac", rate=8000) if sound else None
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixels
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if pixel_width is not None:
            stream.codec_context.sample_aspect_ratio = pixel_width
        if silence is not None:
            _write_silence(container, silence)
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = times_ms[number] if times_ms is not None else number
            frame.time_base = Fraction(1, 1000 if times_ms is not None else fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file


def write_sound(file: Path, *, cover: Image | None = None) -> Path:
    """Write a second of silence, with a picture on its cover if one is given."""
    with av.open(str(file), "w") as container:
        sound = container.add_stream("aac", rate=8000)
        if cover is not None:
            picture = container.add_stream("mjpeg", rate=1)
            picture.height, picture.width = cover.shape[:2]
            picture.pix_fmt = "yuvj420p"
            picture.disposition = Disposition.attached_pic.value
            container.mux(picture.encode(av.VideoFrame.from_ndarray(cover, format="rgb24")))
            container.mux(picture.encode())
        _write_silence(container, sound)
    return file


def _write_silence(container: OutputContainer, stream: AudioStream) -> None:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), dtype=np.float32), format="fltp", layout="mono")
    frame.rate, frame.pts = 8000, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode())


def wipe_frames(file: Path, numbers: Sequence[int], *, after: float = 0.0) -> None:
    """Overwrite what some frames, from 0 in the order they are stored, are coded in, or what is after a share of it."""
    with av.open(str(file)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content = bytearray(file.read_bytes())
    for number in numbers:
        place, length = packets[number]
        wiped = length - int(after * length)
        content[place + length - wiped : place + length] = bytes(wiped)
    file.write_bytes(content)


def cut(file: Path, share: float) -> None:
    """Keep only the first part of a file."""
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])


def turn(file: Path, matrix: tuple[int, int, int, int]) -> None:
    """Write into an MP4's track header that a pixel (x, y) be shown at (a x + c y, b x + d y), matrix a, b, c, d."""
    content = bytearray(file.read_bytes())
    start = content.index(b"tkhd") + 44  # after version, times, track, length, layer and volume
    a, b, c, d = (np.array(number * 65536, dtype=">i4").tobytes() for number in matrix)
    content[start : start + 8] = a + b
    content[start + 12 : start + 20] = c + d
    file.write_bytes(content)


def all_frames(path: Path, **options: float) -> tuple[VideoStream, list[Frame]]:
    """Read a video to its end and return the closed stream and its frames."""
    with open_video(path, **options) as stream:
        return stream, list(stream)


def levels(frames: list[Frame]) -> list[int]:
    """Return the grey of each frame, in tens."""
    return [round(float(frame.image.mean()) / 10) for frame in frames]


def error_text(path: Path, *, of: Path | None = None) -> str:
    """Return the text of the error that a video, or another file beside it, gives, without its folder."""
    with pytest.raises(InputError) as caught:
        all_frames(of or path)
    return str(caught.value).replace(str(path.parent), "")


def write_grey_frames(folder: Path) -> Path:
    """Write frames 8 to 11 of a clip as pictures; the grey level of a frame is ten times its number."""
    folder.mkdir()
    for number in range(8, 12):
        Picture.new("L", (6, 4), 10 * number).save(folder / f"img{number}.png")
    return folder
