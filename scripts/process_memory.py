"""Runs a command and watches the memory of all its processes; only Linux tells that of those that descend from it."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command took: seconds from start to end, and the peak memory of each of its processes."""

    wall_s: float
    peaks_bytes: tuple[int, ...]

    def largest_bytes(self) -> int:
        """Return the peak of the largest process."""
        return max(self.peaks_bytes)

    def together_bytes(self) -> int:
        """Return the sum of all peaks: no less than what was held at any one time."""
        return sum(self.peaks_bytes)


def run(arguments: Sequence[str]) -> Usage:
    """Run this Python and wait for it, watching the memory of the process and of all that descend from it.

    Raises:
        RuntimeError: if it fails, with what it said.
    """
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdout=said, stderr=said)
        peaks: dict[int, int] = {}
        while process.poll() is None:
            # A process's peak only grows, so its last reading counts; an earlier one may be of before it became itself.
            peaks |= {pid: peak for pid in family(process.pid) if (peak := peak_bytes(pid))}
            time.sleep(POLL_S)
        wall_s = time.perf_counter() - started
        if process.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"{' '.join(arguments)}: exit status {process.returncode}\n{said.read()}")
    return Usage(wall_s, tuple(peaks.values()))


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that descend from it; only itself where the system does not tell."""
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = file.read_text().split()
        except OSError:  # ended meanwhile
            continue
        for child in children:
            yield from family(int(child))


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has held, 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
