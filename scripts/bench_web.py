"""Send many videos to the page of `glfnet serve` at the same time, each of another length, and say what came of them.

    python scripts/bench_web.py                 # 20 made-up videos of two seconds and some, two at a time
    python scripts/bench_web.py --videos 2      # to see that it works

Each video is sent by a thread of its own, which then asks for its answer. An answer is mixed up if it is about another
number of frames or another name. Prints rows for docs/benchmarks.md; memory is of the server and its processes, as
Linux tells it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from process_memory import POLL_S, family, peak_bytes
from this_machine import machine

from glfnet.synthetic.long_video import long_video_frames
from glfnet.synthetic.long_video_files import write_video
from glfnet.synthetic.long_video_plan import long_video_plan

FIRST_FRAME, SHORTEST, FPS = 190, 80, 50.0
PATIENCE_S = 1800


def main() -> None:
    """Start the server, send the videos, print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2, help="as for glfnet serve")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        videos = [a_video(Path(folder) / f"{number}.mp4", SHORTEST + number) for number in range(given.videos)]
        command = [sys.executable, "-m", "glfnet.cli", "serve", "--port", "0", "--jobs", str(given.jobs)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                with Memory(server.pid) as memory, ThreadPoolExecutor(given.videos) as senders:
                    started = time.perf_counter()
                    outcomes = list(senders.map(lambda video: outcome(address, *video), videos))
                    wall_s = time.perf_counter() - started
            finally:
                server.terminate()
    counts = {name: outcomes.count(name) for name in ("answered", "refused", "failed", "mixed up")}
    print(machine())
    print("| videos | at a time | answered | refused | failed | mixed up | all together | largest process | together |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    cells = [given.videos, given.jobs, *counts.values(), f"{wall_s:.0f} s", memory.largest(), memory.together()]
    print(f"| {' | '.join(map(str, cells))} |")


def a_video(file: Path, frames: int) -> tuple[Path, int]:
    """Write a made-up video of so many frames."""
    plan = long_video_plan(0, 0, duration_s=10, fps=FPS)
    write_video(file, islice(long_video_frames(plan, (320, 240)), FIRST_FRAME, FIRST_FRAME + frames), FPS)
    return file, frames


def outcome(address: str, file: Path, frames: int) -> str:
    """Send a video, wait for its answer, and return what came of it."""
    try:
        job = asked(Request(f"{address}api/jobs?name={file.name}", data=file.read_bytes(), method="POST"))
        end_s = time.monotonic() + PATIENCE_S
        while job["state"] in ("queued", "running") and time.monotonic() < end_s:
            time.sleep(0.5)
            job = asked(Request(f"{address}api/jobs/{job['id']}"))
        if job["state"] != "done":
            return "failed"
        recording = asked(Request(f"{address}api/jobs/{job['id']}/result"))["recording"]
        return "answered" if (recording["frames"], recording["source"]) == (frames, file.name) else "mixed up"
    except HTTPError:
        return "refused"


def asked(request: Request) -> dict[str, Any]:
    """Return what the server answers."""
    with urlopen(request, timeout=60) as answer:  # the address is the server's own
        return dict(json.load(answer))


class Memory:
    """Watches the memory of a process and of all that descend from it, as long as the block runs."""

    def __init__(self, process: int) -> None:
        self._process, self._peaks, self._most = process, dict[int, int](), 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def largest(self) -> str:
        """Return the peak of the largest process."""
        return f"{max(self._peaks.values(), default=0) / 2**20:.0f} MiB"

    def together(self) -> str:
        """Return the most that the peaks of all processes at work at one time came to."""
        return f"{self._most / 2**20:.0f} MiB"

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            now = {pid: peak for pid in family(self._process) if (peak := peak_bytes(pid))}
            self._peaks |= now
            self._most = max(self._most, sum(now.values()))


if __name__ == "__main__":
    main()
