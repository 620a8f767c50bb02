"""Measure how fast videos are decoded, and how much memory a long one takes:

    python scripts/bench_video.py [--quick] [--minutes 10]

The videos show the photograph of Grace Hopper (public domain) that matplotlib ships, moving slowly, with camera noise.
A long one is one second of it over and over. Memory is the peak of the whole process, everything imported, so each line
is measured in a process of its own. A Markdown table for `docs/benchmarks.md` goes to standard output. `--quick` checks
the script itself: one second of one small video.
"""

import argparse
import multiprocessing
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray
from PIL import Image

from glfnet.video.decoder import Decoder
from glfnet.video.stream import open_video

FPS, SECOND = 30, 30
SIZES, QUICK_SIZE = ((640, 480), (1280, 720)), (320, 240)
MIB = 1024 if platform.system() == "Linux" else 1024**2  # of what the system counts memory in


def scene(size: tuple[int, int], sigma: float = 2.0) -> Iterator[NDArray[np.uint8]]:
    """Yield a second of frames, (H, W, 3) RGB."""
    with get_sample_data("grace_hopper.jpg") as file:
        photograph = np.asarray(Image.open(file).convert("RGB"))
    width, height = size
    scale = max(width / photograph.shape[1], height / photograph.shape[0]) * 1.1
    large = cv2.resize(photograph, None, fx=scale, fy=scale)
    noise = np.random.default_rng(0)
    for number in range(SECOND):
        place = number / 3
        shown = large[int(place) :, int(place / 2) :][:height, :width]
        yield np.clip(shown + noise.normal(0, sigma, shown.shape), 0, 255).astype(np.uint8)


def write_video(file: Path, codec: str, size: tuple[int, int], seconds: int) -> None:
    """Encode one second and write it so many times."""
    with av.open(str(file), "w") as container:
        stream = container.add_stream(codec, rate=FPS, options={"g": str(SECOND), "bf": "0"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 4_000_000
        packets = []
        for number, image in enumerate(scene(size)):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            packets += stream.encode(frame)
        packets += stream.encode()
        coded = [bytes(packet) for packet in packets]
        for number, content in enumerate(islice(cycle(coded), SECOND * seconds)):
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, Fraction(1, FPS)
            packet.pts = packet.dts = number
            packet.is_keyframe = number % SECOND == 0
            container.mux(packet)


def decoding(file: Path, threads: int) -> tuple[int, float, float, float]:
    """Return frames, wall time, processor time and peak memory in MiB of decoding alone."""
    start = time.perf_counter(), time.process_time()
    frames = sum(1 for _ in Decoder(file, threads=threads))
    return frames, time.perf_counter() - start[0], time.process_time() - start[1], peak_mib()


def streaming(file: Path, threads: int) -> tuple[int, float, float, float]:
    """Return the same for `open_video`, which makes RGB pictures, too."""
    start = time.perf_counter(), time.process_time()
    with open_video(file, threads=threads) as stream:
        frames = sum(1 for _ in stream)
    return frames, time.perf_counter() - start[0], time.process_time() - start[1], peak_mib()


def nothing(file: Path, threads: int) -> tuple[int, float, float, float]:
    """Return the same for doing nothing."""
    return 0, 0.0, 0.0, peak_mib()


def peak_mib() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="how fast videos are decoded")
    parser.add_argument("--minutes", type=int, default=10, help="length of the long video")
    parser.add_argument("--quick", action="store_true", help="one second of one small video")
    given = parser.parse_args()
    codecs = [codec for codec in ("libx264", "mpeg4", "libvpx-vp9") if codec in av.codecs_available]
    cases = [(codec, size, 20) for size in SIZES for codec in codecs if codec != "libvpx-vp9" or size == SIZES[0]]
    cases = [(codecs[0], QUICK_SIZE, 1)] if given.quick else [*cases, (codecs[0], SIZES[0], 60 * given.minutes)]
    print(f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}, Python {platform.python_version()}\n")
    print("| video | threads | what | frames | frames/s | frames/s of processor time | peak memory, MiB |")
    print("|---|---:|---|---:|---:|---:|---:|")
    processes = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        for codec, size, seconds in cases:
            file = Path(folder) / "video.mp4"
            with processes.Pool(1) as pool:  # a process begins with its parent's peak, so the parent must not encode
                pool.apply(write_video, (file, codec, size, seconds))
            for what, threads in ((nothing, 1), (decoding, 1), (streaming, 1), (streaming, 2)):
                with processes.Pool(1) as pool:
                    frames, wall_s, processor_s, memory = pool.apply(what, (file, threads))
                rates = f"{frames / wall_s:.0f} | {frames / processor_s:.0f}" if frames else "- | -"
                name = f"{codec} {size[0]} x {size[1]}, {seconds} s"
                print(f"| {name} | {threads} | {what.__name__} | {frames} | {rates} | {memory:.0f} |")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
