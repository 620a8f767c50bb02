"""Measure how true, how fast and how large `glfnet prepare` is, on made-up faces whose movement is known exactly:

    python scripts/bench_prepare.py [--quick] [--clips 24] [--jobs 2] [--parts accuracy apex speed]

The database is made in a temporary folder by `glfnet.synthetic`: video frames as JPEG files, with drifting heads,
blinks, noise and flicker. Everything is measured behind the real road: frames from disk, the face as detected, the
wide crop. Markdown for `docs/benchmarks.md` goes to standard output, progress to standard error.

- accuracy: flow of each method, with and without rigid correction, against the true flow in the same crop.
- apex: the apex that `prepare` estimates where none is annotated, against the true one.
- speed: `glfnet prepare` from start to end on one and on two processes, and the memory of all its processes.

Accuracy and apex do not depend on what else the machine does; speed does. `--quick` checks the script itself: two
clips, and the speed of the faster method on one process, once.
"""

import argparse
import math
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import cv2
import joblib
import numpy as np
from prepare_accuracy import FPS, FRAME_PX, NO_FLOW, Comparison, apex_error, comparisons, made_up_clips, way_of_flow
from process_memory import Usage, run
from this_machine import machine

from glfnet.databases.clip import Clip
from glfnet.databases.index_table import write_index
from glfnet.flow.optical_flow import METHODS
from glfnet.path_kind import STORE, find_kind

PARTS = ("accuracy", "apex", "speed")
SPEED_CASES = (("tvl1", 1), ("tvl1", 2), ("dis", 1), ("dis", 2))  # method and processes
SPEED_REPEATS = 3  # the fastest counts: other programs can only slow it down
QUICK_CLIPS, QUICK_CASES = 2, (("dis", 1),)

Result = TypeVar("Result")


def accuracy_tables(clips: Sequence[Clip], jobs: int) -> Iterator[str]:
    """Yield the lines of both tables of accuracy."""
    found = [one for clip in _in_parallel(comparisons, clips, jobs) for one in clip]
    yield from accuracy_table(found)
    yield ""
    yield from correction_table(found)


def accuracy_table(found: Sequence[Comparison]) -> Iterator[str]:
    """Yield the lines of the table of end-point errors and correlations, each the mean and the median over clips."""
    names = list(dict.fromkeys(one.flow for one in found))
    yield (
        "| flow | beside the true movement of | error, px: mean | median | u at 28² | v at 28² | strain at 28² | time |"
    )
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for name in names:
        for of_face in (False, True):
            if of_face or not name.endswith("corrected"):  # a corrected flow does not claim to hold the head's part
                yield _accuracy_row(name, of_face, [one for one in found if (one.flow, one.of_face) == (name, of_face)])


def correction_table(found: Sequence[Comparison]) -> Iterator[str]:
    """Yield the lines of the table that tells what rigid correction is worth, where the head moves less and more."""
    yield "| flow, beside the face alone: plain → corrected | head moved | u at 28² | v at 28² | strain at 28² |"
    yield "|---|---:|---:|---:|---:|"
    middle = float(np.median([one.head_px for one in found]))
    for method in METHODS:
        for half, moved_little in (("calmer", True), ("other", False)):
            rows = [one for one in found if one.of_face and (one.head_px <= middle) == moved_little]
            plain, corrected = (
                np.mean([one.correlations for one in rows if one.flow == way_of_flow(method, corrected)], axis=0)
                for corrected in (False, True)
            )
            cells = (f"{before:.2f} → {after:.2f}" for before, after in zip(plain, corrected, strict=True))
            head_px = np.mean([one.head_px for one in rows])
            yield f"| {method} | {head_px:.1f} px ({half} half of the clips) | {' | '.join(cells)} |"


def _accuracy_row(name: str, of_face: bool, rows: Sequence[Comparison]) -> str:
    errors = np.concatenate([one.errors_px for one in rows])
    truth = "the face alone" if of_face else "head and face"
    agreement, time_ms = "— | — | —", "—"
    if name != NO_FLOW:
        agreement, time_ms = _correlations(rows), f"{1000 * np.median([one.time_s for one in rows]):.0f} ms"
    return f"| {name} | {truth} | {errors.mean():.3f} | {np.median(errors):.3f} | {agreement} | {time_ms} |"


def _correlations(rows: Sequence[Comparison]) -> str:
    """Return three cells, each the mean and the median over clips."""
    values = np.array([one.correlations for one in rows])
    pairs = zip(values.mean(axis=0), np.median(values, axis=0), strict=True)
    return " | ".join(f"{mean:.2f}, {median:.2f}" for mean, median in pairs)


def apex_table(clips: Sequence[Clip], jobs: int) -> Iterator[str]:
    """Yield the lines of the table of apex errors."""
    errors = np.array(list(_in_parallel(apex_error, clips, jobs)))
    spans = [(clip.offset_frame or 0) - clip.onset_frame for clip in clips]
    yield "| from the true apex to the estimated one | mean | median | 90 % within | largest | mean with sign |"
    yield "|---|---:|---:|---:|---:|---:|"
    for unit, worth, digits in (("frames", 1.0, 1), ("milliseconds", 1000 / FPS, 0), ("share of the clip", None, 2)):
        signed = errors / np.array(spans) if worth is None else errors * worth
        off = np.abs(signed)
        values = (off.mean(), np.median(off), np.quantile(off, 0.9, method="higher"), off.max(), signed.mean())
        yield f"| {unit} | {' | '.join(f'{value:.{digits}f}' for value in values)} |"


def speed_table(clips: Sequence[Clip], folder: Path, cases: Sequence[tuple[str, int]], repeats: int) -> Iterator[str]:
    """Yield the lines of the table of speed and memory, a line for each method of flow and number of processes."""
    index = folder / "clips.csv"
    write_index(index, clips)
    yield "| command | from start to end | clips a second, once running | largest process | all processes |"
    yield "|---|---:|---:|---:|---:|"
    for method, jobs in cases:
        _say(f"prepare with {method} on {jobs} processes")
        arguments = ["--method", method, "--jobs", str(jobs)]
        stores = [folder / f"{method}-{jobs}-{repeat}" for repeat in range(repeats)]
        used = [run(["-m", "glfnet.cli", "prepare", str(index), "--out", str(one), *arguments]) for one in stores]
        memory = ["not measured"] * 2
        if used[0].peaks_bytes:
            memory = [f"{max(map(of, used)) / 2**20:.0f} MiB" for of in (Usage.largest_bytes, Usage.together_bytes)]
        wall_s, fastest = min(one.wall_s for one in used), max(rate(store, jobs) for store in stores)
        command = f"`glfnet prepare clips.csv --out store {' '.join(arguments)}`"
        yield f"| {command} | {wall_s:.1f} s | {fastest:.1f} | {' | '.join(memory)} |"


def rate(store: Path, jobs: int) -> float:
    """Return clips a second after the first clip of each process, from when the store's records were written."""
    if find_kind(store) is not STORE:
        raise RuntimeError(f"{store} is no store.")
    written = sorted(record.stat().st_mtime for record in (store / "records").iterdir())
    return (len(written) - jobs) / (written[-1] - written[jobs - 1]) if len(written) > jobs else math.nan


def main() -> None:
    """Measure and print."""
    given = _arguments()
    cases, repeats = (QUICK_CASES, 1) if given.quick else (SPEED_CASES, SPEED_REPEATS)
    print(
        f"{given.clips} made-up clips of {FRAME_PX} x {FRAME_PX} pixels at {FPS:g} frames a second; OpenCV "
        f"{cv2.__version__}, numpy {np.__version__}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}."
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _say("making the database")
        clips = made_up_clips(folder / "made-up", given.clips)
        tables: dict[str, Callable[[], Iterable[str]]] = {
            "accuracy": lambda: accuracy_tables(clips, given.jobs),
            "apex": lambda: apex_table(clips, given.jobs),
            "speed": lambda: [f"Machine: {machine()}", "", *speed_table(clips, folder, cases, repeats)],
        }
        for part in given.parts:
            _say(part)
            print("", *tables[part](), sep="\n", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How true, fast and large `glfnet prepare` is; Markdown tables.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_CLIPS} clips, one measurement of speed")
    parser.add_argument("--clips", type=int, default=24, help="made-up clips, three a person")
    parser.add_argument("--jobs", type=int, default=2, help="processes for accuracy and apex")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    given = parser.parse_args()
    if given.quick:
        given.clips = QUICK_CLIPS
    if given.clips < 2:  # the calmer half and the other
        parser.error(f"--clips: found {given.clips}; expected 2 or more.")
    return given


def _in_parallel(call: Callable[[Clip], Result], clips: Sequence[Clip], jobs: int) -> Iterator[Result]:
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        yield from joblib.Parallel(jobs, return_as="generator")(joblib.delayed(call)(clip) for clip in clips)


def _say(text: str) -> None:
    print(f"{text} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
