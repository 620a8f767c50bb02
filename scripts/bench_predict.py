"""Measure how fast `glfnet predict` works through a video, where its time goes, and how much memory it takes:

    python scripts/bench_predict.py [--quick] [--seconds 30] [--fps 100] [--minutes 10]

The videos are made up (`glfnet synth-video`): one person with micro-expressions, blinks, talking and nods. Every
line is measured in a process of its own, kept to so many cores (Linux only; elsewhere all are used), everything from
starting Python on. The long video is the first one over and over. Markdown for `docs/benchmarks.md` goes to standard
output, progress to standard error. Leave the machine alone meanwhile. `--quick` checks the script itself: ten seconds
of one small video at 25 frames a second, on one core.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

SIZES, CORES = ((640, 480), (1280, 720)), (1, 2)
QUICK_SIZES, QUICK_CORES = ((320, 240),), (1,)
STAGES = ("reading", "following", "spotting", "classifying")
MIB = 1024 if platform.system() == "Linux" else 1024**2  # of what the system counts memory in


class Timed:
    """Counts the processor time of whatever thread calls what it wraps, by stage."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)

    def wrap(self, owner: Any, name: str, stage: str) -> None:
        """Replace a method by one whose time counts."""
        method: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            start = time.thread_time()
            try:
                return method(*arguments, **options)
            finally:
                self.seconds[stage] += time.thread_time() - start

        setattr(owner, name, timed)


def measure(file: Path) -> dict[str, Any]:
    """Return how a video was worked through by this process, which has just started."""
    from glfnet.faces.tracker import FaceTracker
    from glfnet.recognition import predict as run
    from glfnet.recognition.classify import MovementClassifier
    from glfnet.spotting.spotter import Spotter
    from glfnet.video.decoder import Decoder
    from glfnet.video.stream import FileStream

    timed = Timed()
    timed.wrap(FaceTracker, "step", "following")
    timed.wrap(Spotter, "step", "spotting")
    timed.wrap(Spotter, "finish", "spotting")
    timed.wrap(Spotter, "curve", "spotting")
    timed.wrap(MovementClassifier, "answer", "classifying")
    timed.wrap(Decoder, "rgb", "reading")
    decoded = FileStream._read

    def reading(self: FileStream) -> Iterator[Any]:
        frames = decoded(self)
        while True:
            start, inside = time.thread_time(), timed.seconds["reading"]
            frame = next(frames, None)
            timed.seconds["reading"] = inside + time.thread_time() - start  # `rgb` is part of it
            if frame is None:
                return
            yield frame

    FileStream._read = reading  # type: ignore[method-assign,assignment]
    began_s = time.time() - started_s()
    moments: dict[str, float] = {}
    start, processor_s = time.perf_counter(), time.process_time()

    def told(what: str) -> Callable[..., None]:
        return lambda *_: moments.setdefault(what, time.perf_counter() - start) and None

    result = run.predict(file, on_frame=told("frame"), on_interval=told("interval"))
    wall_s, processor_s = time.perf_counter() - start, time.process_time() - processor_s
    shown_s = min((interval.apex_s for interval in result.intervals), default=None)
    return {
        "frames": result.recording.frames,
        "micro": len(result.micro_expressions),
        "wall_s": wall_s - moments["frame"],
        "processor_s": processor_s,
        "ready_s": began_s + moments["frame"],
        "interval_s": began_s + moments["interval"] if "interval" in moments else None,
        "interval_at_s": shown_s,
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB,
        "stages_s": timed.seconds,
    }


def started_s() -> float:
    """Return when this process was started, as `time.time` counts."""
    return float(os.environ["GLFNET_BENCH_STARTED"])


def in_a_process(file: Path, cores: int) -> dict[str, Any]:
    """Return what `measure` finds in a process that is kept to so many cores."""

    def keep() -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    environment = {**os.environ, "GLFNET_BENCH_STARTED": str(time.time())}
    call = [sys.executable, __file__, "--measure", str(file)]
    done = subprocess.run(call, preexec_fn=keep, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def repeated(file: Path, out: Path, times: int) -> None:
    """Write a video that shows another over and over, without coding it again."""
    import av

    with av.open(str(file)) as source, av.open(str(out), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        packets = [packet for packet in source.demux(stream) if packet.size]
        length = sum(packet.duration or 0 for packet in packets)
        first = [(packet.pts or 0, packet.dts or 0) for packet in packets]
        for turn in range(times):
            for packet, (pts, dts) in zip(packets, first, strict=True):
                packet.stream, packet.pts, packet.dts = copy, pts + turn * length, dts + turn * length
                target.mux(packet)


def row(name: str, cores: int, found: dict[str, Any]) -> str:
    """Return a line of the table."""
    frames = found["frames"]
    stages = " | ".join(f"{1000 * found['stages_s'][stage] / frames:.2f}" for stage in STAGES)
    first = "-"
    if found["interval_s"] is not None:
        first = f"{found['interval_s']:.1f} s (at {found['interval_at_s']:.1f} s)"
    rates = f"{frames / found['wall_s']:.0f} | {1000 * found['processor_s'] / frames:.2f}"
    return (
        f"| {name} | {cores} | {frames} | {rates} | {stages} | {found['ready_s']:.1f} s | {first} | "
        f"{found['memory_mib']:.0f} |"
    )


def bench(seconds: float, fps: float, minutes: float, sizes: Sequence[tuple[int, int]], cores: Sequence[int]) -> None:
    """Make the videos, measure each on so many cores, and print; the long one only on the most."""
    import cv2
    import torch

    from glfnet.synthetic.long_video_files import write_long_videos

    versions = f"OpenCV {cv2.__version__}, torch {torch.__version__}, Python {platform.python_version()}"
    print(f"{versions}, {platform.system()} {platform.machine()}\n")
    print(
        "| video | cores | frames | frames/s | processor, ms/frame | reading | following | spotting | classifying | "
        "first frame done | first movement told | peak memory, MiB |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as place:
        files = []
        for width, height in sizes:
            print(f"drawing {width} x {height} ...", file=sys.stderr)
            folder = Path(place) / f"{width}x{height}"
            write_long_videos(folder, videos=1, duration_s=seconds, fps=fps, size=(width, height))
            files.append((f"{width} x {height}, {fps:g} a second, {seconds:g} s", next(folder.glob("*.mp4"))))
        if minutes:
            turns = max(1, round(60 * minutes / seconds))
            repeated(files[0][1], Path(place) / "long.mp4", turns)
            files.append((f"{files[0][0]} x {turns}", Path(place) / "long.mp4"))
        for name, file in files:
            for count in cores if file.name != "long.mp4" else cores[-1:]:
                print(f"{name}, {count} cores ...", file=sys.stderr)
                print(row(name, count, in_a_process(file, count)), flush=True)


def main() -> None:
    """Read what to measure."""
    parser = argparse.ArgumentParser(description="how fast videos are predicted")
    parser.add_argument("--quick", action="store_true", help="ten seconds of one small video, on one core")
    parser.add_argument("--seconds", type=float, default=30, help="length of the videos, 10 or more")
    parser.add_argument("--fps", type=float, default=100, help="frames per second")
    parser.add_argument("--minutes", type=float, default=0, help="length of a long video, for memory; 0 for none")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        json.dump(measure(options.measure), sys.stdout)
    elif options.quick:
        bench(10, 25, 0, QUICK_SIZES, QUICK_CORES)
    else:
        bench(options.seconds, options.fps, options.minutes, SIZES, CORES)


if __name__ == "__main__":
    main()
