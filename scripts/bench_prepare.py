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
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import joblib
import numpy as np
from bench import machine
from numpy.typing import NDArray
from true_flow import flow_in_crop, inside_frame

from glfnet.databases.clip import Clip
from glfnet.databases.index_table import write_index
from glfnet.databases.own_data import index_own_data
from glfnet.databases.prepare import frame_numbers
from glfnet.faces.alignment import WIDE, canonical_transform, face_mask
from glfnet.faces.default_detector import default_detector
from glfnet.faces.detector import Face, largest_central_face
from glfnet.faces.similarity import Transform
from glfnet.flow.clip_flow import clip_flow
from glfnet.flow.flow_map import map_of
from glfnet.flow.optical_flow import METHODS, Flow
from glfnet.flow.settings import FlowSettings
from glfnet.path_kind import STORE, find_kind
from glfnet.synthetic.clip import ClipPlan, clip_moments, clip_plan, person
from glfnet.synthetic.database import write_synthetic_database
from glfnet.threads import processor_threads
from glfnet.video.frames import FrameFiles, find_frames

SEED, FRAME_PX, FPS, CLIPS_PER_SUBJECT, MAP_PX = 0, 256, 200.0, 3, 28
NO_FLOW = "none (zeros)"
WHOLE_CROP = replace(WIDE, map_width=1.0)  # flow is compared pixel by pixel before the map is cut from its middle
PARTS = ("accuracy", "apex", "speed")
SPEED_CASES = (("tvl1", 1), ("tvl1", 2), ("dis", 1), ("dis", 2))  # method and processes
SPEED_REPEATS = 3  # the fastest counts: other programs can only slow it down
QUICK_CLIPS, QUICK_CASES = 2, (("dis", 1),)
POLL_S = 0.05

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One flow of one clip beside one truth.

    Attributes:
        flow: method of flow, and whether it was corrected.
        of_face: the truth is the movement of the face alone; else all that moves, the head too.
        errors_px: end-point error at each pixel of the face, in pixels of the crop.
        correlations: of u, v and strain with the true ones, over the whole map of 28 x 28; none for no flow.
        head_px: how far the head moved, mean over the face.
        time_s: processor time from frames on disk to flow and strain, the face being known.
    """

    flow: str
    of_face: bool
    errors_px: NDArray[np.float32]
    correlations: tuple[float, ...]
    head_px: float
    time_s: float


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


@dataclass(frozen=True, slots=True)
class Seen:
    """A detector that has already found the face, so that the network looks once a clip; see `faces.FaceDetector`."""

    face: Face
    name: str = "seen"

    def detect(self, frame: NDArray[np.uint8]) -> Sequence[Face]:
        """Return the face."""
        return [self.face]


def made_up_clips(folder: Path, clips: int) -> Sequence[Clip]:
    """Write a made-up database and return its first clips, indexed as anybody's own data."""
    subjects = math.ceil(clips / CLIPS_PER_SUBJECT)
    table = write_synthetic_database(
        folder, subjects=subjects, seed=SEED, clips_per_subject=CLIPS_PER_SUBJECT, size_px=FRAME_PX, fps=FPS, flow=False
    )
    return index_own_data(table).clips[:clips]


def comparisons(clip: Clip) -> list[Comparison]:
    """Return every way of making this clip's flow beside both truths."""
    with processor_threads():
        frames = find_frames(clip.frames, frame_numbers(clip))
        face = found_face(frames)
        transform = canonical_transform(face.points, WIDE)
        whole, of_face = true_flows(clip, transform)
        mask = face_mask(WIDE) & inside_frame(transform, WIDE.size_px, FRAME_PX)
        head_px = float(lengths(whole - of_face)[mask].mean())
        flows, times_s = {NO_FLOW: np.zeros_like(whole)}, {NO_FLOW: 0.0}
        for method in METHODS:
            for corrected in (False, True):
                settings = FlowSettings(method=method, size_px=WIDE.size_px, rigid_correction=corrected)
                started = time.process_time()
                full, _ = clip_flow(frames, settings, WHOLE_CROP, Seen(face))
                name = _name(method, corrected)
                times_s[name] = time.process_time() - started
                flows[name] = np.moveaxis(full[:2], 0, -1)
    return [
        Comparison(
            flow=name,
            of_face=truth is of_face,
            errors_px=lengths(flow - truth)[mask],
            correlations=() if name == NO_FLOW else correlations(flow, truth),
            head_px=head_px,
            time_s=times_s[name],
        )
        for name, flow in flows.items()
        for truth in (whole, of_face)
    ]


def found_face(frames: FrameFiles) -> Face:
    """Return the face of the first frame, found as `prepare` finds it."""
    onset = next(frames.read())
    face = largest_central_face(default_detector().detect(onset), onset.shape)
    if face is None:
        raise RuntimeError(f"no face in {frames.files[0]}.")
    return face


def true_flows(clip: Clip, transform: Transform) -> tuple[Flow, Flow]:
    """Return the true flow from onset to apex in the crop: of all that moves, and of the face without the head."""
    plan = clip_plan_of(clip)
    moments = clip_moments(SEED, person(SEED, plan.subject, FRAME_PX), plan)
    onset, apex = moments[plan.onset_index], moments[plan.apex_index]
    return (
        flow_in_crop(onset, apex, transform, WIDE.size_px),
        flow_in_crop(onset, apex, transform, WIDE.size_px, head=False),
    )


def clip_plan_of(clip: Clip) -> ClipPlan:
    """Return the plan that a clip of the made-up database was drawn from; its names are p01 and clip01."""
    return clip_plan(SEED, int(clip.subject.name[1:]), int(clip.clip[4:]), fps=FPS)


def correlations(flow: Flow, truth: Flow) -> tuple[float, ...]:
    """Return the correlation of u, v and strain in the maps of 28 x 28 pixels, cut and shrunk as `prepare` does."""
    pairs = zip(*(map_of(one, MAP_PX, WIDE.map_width) for one in (flow, truth)), strict=True)
    return tuple(float(np.corrcoef(found.ravel(), true.ravel())[0, 1]) for found, true in pairs)


def lengths(flow: Flow) -> NDArray[np.float32]:
    """Return how long each vector of a flow is."""
    return np.asarray(np.hypot(flow[..., 0], flow[..., 1]))


def apex_error(clip: Clip) -> int:
    """Return how many frames the estimated apex comes after the true one; negative where it comes before."""
    unmarked = replace(clip, apex_frame=None)
    with processor_threads():
        frames = find_frames(clip.frames, frame_numbers(unmarked))
        _, apex = clip_flow(frames, FlowSettings(method="dis"), WIDE, Seen(found_face(frames)))
    assert clip.apex_frame is not None, "the made-up database knows every apex"
    return apex - clip.apex_frame


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
                np.mean([one.correlations for one in rows if one.flow == _name(method, corrected)], axis=0)
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


def _name(method: str, corrected: bool) -> str:
    return f"{method}, corrected" if corrected else method


def _say(text: str) -> None:
    print(f"{text} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
