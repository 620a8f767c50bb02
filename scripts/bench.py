"""Measure how long things take and how much memory they need: `make bench`, or

    python scripts/bench.py [--quick] [--htnet] [--parts start reading networks scoring loso demo]

Everything runs on made-up flow maps, as many as MEGC2019 has (68 subjects, about 442 clips), and the demo on made-up
faces, so anyone can repeat it. A Markdown table for `docs/benchmarks.md` goes to standard output, progress to
standard error. Each row says how it was measured; short ones are the median of several repeats. `--quick` checks the
script itself: a twentieth of the subjects, one repeat, and one epoch of a small network instead of whole runs.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from this_machine import machine

from glfnet.config.models import CLASSICAL
from glfnet.config.settings import Settings
from glfnet.evaluation.folds import fit_fold
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.protocol import loso_folds
from glfnet.model.training import make_trainer
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.scores.predictions import Predictions
from glfnet.scores.score_run import score_run
from glfnet.settings_page import read_settings, recipe_names
from glfnet.synthetic.flow_maps import synthetic_flow_set

SUBJECTS = 68
SCORED_SEEDS = 5
LOOKS = Settings().training.epochs
PARTS = ("start", "reading", "networks", "scoring", "loso", "demo")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to measure.

    Attributes:
        subjects: made-up people.
        epochs: epochs of the timed fold.
        repeats: repeats of short measurements.
        options: more options of `glfnet evaluate`, for the whole runs.
    """

    subjects: int
    epochs: int
    repeats: int
    options: tuple[str, ...] = ()


FULL = Scale(subjects=SUBJECTS, epochs=4, repeats=3)
QUICK = Scale(
    subjects=SUBJECTS // 20 + 1, epochs=1, repeats=1, options=("--recipe", "plain_cnn", "--set", "training.epochs=1")
)


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure: what, how much with its unit, and the command or call that was measured."""

    what: str
    value: str
    how: str


@dataclass(frozen=True, slots=True)
class Command:
    """What a finished command took; `peak_bytes` is the memory of its largest process."""

    wall_s: float
    peak_bytes: int


def network_recipes(*, htnet: bool) -> list[str]:
    """Return the recipes of this package that train a network; HTNet's, which takes far longer, only if asked for."""
    kinds = {name: read_settings(name).model.kind for name in recipe_names()}
    return [name for name, kind in kinds.items() if kind not in CLASSICAL and (htnet or kind != "htnet")]


def network_rows(data: LabelledSet, recipes: Sequence[str], scale: Scale) -> Iterator[Row]:
    """Time one epoch of one fold, the held-out predictions after each epoch included, on one thread."""
    folds = sorted(loso_folds(data.flow.samples), key=lambda fold: len(fold.test))
    fold = folds[len(folds) // 2]  # a subject with a usual number of clips
    for recipe in recipes:
        _say(f"one fold of {recipe}")
        overrides = (f"training.epochs={scale.epochs}", "training.threads=1", "training.device=cpu")
        trainer = make_trainer(read_settings(recipe, overrides))
        seconds = _median_s(partial(fit_fold, data, fold, trainer, seed=0), scale.repeats)
        yield Row(
            f"{recipe}: one epoch of one fold, {len(fold.train)} training clips",
            f"{seconds / scale.epochs:.3f} s",
            f"`fit_fold`, recipe `{recipe}` with {' '.join(f'`{text}`' for text in overrides)}, divided by the epochs",
        )


def loso_rows(flow: FlowSet, folder: Path, scale: Scale) -> Iterator[Row]:
    """Run the default recipe leaving one subject out, once with one process and once with two."""
    subjects = len({sample.subject for sample in flow.samples})
    for jobs in (1, 2):
        _say(f"LOSO over {subjects} subjects, --jobs {jobs}")
        arguments = [
            "evaluate",
            "maps.npz",
            "--seeds",
            "1",
            "--jobs",
            str(jobs),
            "--out",
            f"jobs-{jobs}",
            *scale.options,
        ]
        taken = _run(["-m", "glfnet.cli", *arguments], folder)
        how = f"`{' '.join(['glfnet', *arguments])}`"
        yield Row(f"LOSO, {subjects} subjects, {len(flow)} clips, one seed, report included", _clock(taken.wall_s), how)
        yield Row("its peak memory, largest process", f"{taken.peak_bytes / 2**20:.0f} MiB", how)


def demo_rows(folder: Path) -> Iterator[Row]:
    """Go the whole road, from recordings of made-up faces to the report, with two processes."""
    _say("demo")
    arguments = ["demo", "--jobs", "2", "--out", "demo"]
    taken = _run(["-m", "glfnet.cli", *arguments], folder)
    how = f"`{' '.join(['glfnet', *arguments])}`"
    yield Row("demo, from made-up faces to the report", _clock(taken.wall_s), how)
    yield Row("its peak memory, largest process", f"{taken.peak_bytes / 2**20:.0f} MiB", how)


def reading_rows(flow: FlowSet, folder: Path, scale: Scale) -> Iterator[Row]:
    """Read the maps back from one file and from a folder of pictures, both in the system's file cache."""
    _say("reading maps")
    _write_pictures(folder / "pictures", flow)
    ways: tuple[tuple[str, str, str | None], ...] = (
        ("one .npz file", "maps.npz", None),
        ("a folder of PNG pictures", "pictures", "made-up"),  # made-up subjects' names tell no database
    )
    for what, name, database in ways:
        seconds = _median_s(partial(read_flow_set, folder / name, database=database), scale.repeats)
        call = f"`read_flow_set(Path({name!r}){f', {database=}' if database else ''})`"
        yield Row(
            f"reading {what}, {len(flow)} clips", f"{len(flow) / seconds:,.0f} clips/s", f"{call}, files in the cache"
        )


def start_rows(folder: Path, scale: Scale) -> Iterator[Row]:
    """Time fresh processes that do nothing but start."""
    commands = (
        ("Python itself", ["-c", "pass"], '`python -c "pass"`'),
        (
            "import for use from Python",
            ["-c", "from glfnet import evaluate"],
            '`python -c "from glfnet import evaluate"`',
        ),
        ("start of the command line", ["-m", "glfnet.cli", "--help"], "`glfnet --help`"),
    )
    for what, arguments, how in commands:
        _say(what)
        seconds = _median_s(partial(_run, arguments, folder), scale.repeats)
        yield Row(what, f"{seconds:.2f} s", how)


def scoring_row(data: LabelledSet, scale: Scale) -> Row:
    """Time every number of a run, bootstrap over subjects included."""
    _say("scoring")
    table = _random_predictions(data, SCORED_SEEDS)
    seconds = _median_s(partial(score_run, table, looks=LOOKS), scale.repeats)
    what = f"all scores and intervals, {len(data.flow)} clips, {SCORED_SEEDS} seeds"
    return Row(what, f"{seconds:.2f} s", f"`score_run(predictions, looks={LOOKS})`, 10,000 resamples")


def markdown(rows: Sequence[Row]) -> str:
    """Return the table."""
    lines = ["| what | figure | measured by |", "|---|---:|---|"]
    return "\n".join([*lines, *(f"| {row.what} | {row.value} | {row.how} |" for row in rows)])


def _median_s(call: Callable[[], object], repeats: int) -> float:
    """Return the median wall time of a call, if there are several after one call that is not counted."""
    if repeats > 1:
        call()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _run(arguments: Sequence[str], folder: Path) -> Command:
    """Run this Python in a folder and wait for it.

    Raises:
        RuntimeError: if it fails, with what it said.
    """
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], cwd=folder, stdout=said, stderr=said)
        # wait4 tells this one command's memory; getrusage(RUSAGE_CHILDREN) would mix it with earlier commands'.
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"{' '.join(arguments)}: exit status {process.returncode}\n{said.read()}")
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return Command(wall_s, usage.ru_maxrss * unit)


def _write_pictures(folder: Path, flow: FlowSet) -> None:
    for sample, flow_map in zip(flow.samples, flow.maps, strict=True):
        file = folder / sample.subject.name / "u_test" / sample.emotion / f"{sample.clip}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(255 * np.moveaxis(flow_map, 0, -1)).astype(np.uint8)).save(file)


def _random_predictions(data: LabelledSet, seeds: int) -> Predictions:
    ids = [sample.sample_id for sample in data.flow.samples]
    folds = [str(sample.subject) for sample in data.flow.samples]
    probabilities = np.random.default_rng(0).dirichlet(np.ones(len(data.classes)), size=seeds * len(ids))
    return Predictions(
        classes=data.classes,
        sample_id=np.array(ids * seeds, dtype=np.str_),
        fold=np.array(folds * seeds, dtype=np.str_),
        seed=np.repeat(np.arange(seeds), len(ids)),
        truth=np.tile(data.truth, seeds),
        probabilities=probabilities,
        prediction=probabilities.argmax(axis=1),
        test_selected_prediction=probabilities.argmax(axis=1),
    )


def _clock(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {seconds % 60:02.0f} s"


def _say(text: str) -> None:
    print(f"{text} ...", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure times and memory; a Markdown table on standard output.")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the subjects, one repeat")
    parser.add_argument("--htnet", action="store_true", help="time HTNet too")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    return parser.parse_args()


def main() -> None:
    """Measure everything and print the table."""
    given = _arguments()
    scale = QUICK if given.quick else FULL
    torch.set_num_threads(1)
    flow = synthetic_flow_set(subjects=scale.subjects)
    data = label_samples(flow, read_settings().protocol)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_flow_npz(folder / "maps.npz", flow)
        parts: dict[str, Callable[[], Iterable[Row]]] = {
            "start": lambda: start_rows(folder, scale),
            "reading": lambda: reading_rows(flow, folder, scale),
            "networks": lambda: network_rows(data, network_recipes(htnet=given.htnet), scale),
            "scoring": lambda: [scoring_row(data, scale)],
            "loso": lambda: loso_rows(flow, folder, scale),
            "demo": lambda: demo_rows(folder),
        }
        rows = [row for part in PARTS if part in given.parts for row in parts[part]()]
    print(f"Machine: {machine()}\n\n{markdown(rows)}")


if __name__ == "__main__":
    main()
