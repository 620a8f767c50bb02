"""Kill each command at random moments, run it again, and compare what it wrote with what an undisturbed one writes.

    python scripts/kills.py --each 100 --seed 0

Each command works on small made-up data. It is run twice undisturbed: the files of the first are what every later one
is compared with. What may differ is named in `KILLS` (times, and how much was there already) and replaced before any
comparison; if the two undisturbed runs differ in anything else, the script ends and says so. Then, again and again, it
is started in a fresh copy of the folder, SIGKILL ends it and its workers at a random moment, and the same command is
run once more. It ends in one of these ways:

- same: nothing that was there before has changed, and the second run gave the undisturbed files;
- half: the killed run left a half-written file under its final name;
- other: the second run ended without an error, and its files differ;
- refused: the second run ended with an error;
- lost: a file that was there before is gone or changed.

Prints a table of the counts, and the first case of each bad kind. Exit status 1 if there is one.
"""

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from rich.console import Console
from rich.progress import track
from rich.table import Table
from typed_commands import Files, contents

Ending = Literal["same", "half", "other", "refused", "lost"]
ENDINGS: tuple[Ending, ...] = ("same", "half", "other", "refused", "lost")

_QUICKLY = ("--seeds", "2", "--set", "training.epochs=3", "--jobs", "2")


@dataclass(frozen=True)
class Kill:
    """A command to kill.

    Attributes:
        words: after `glfnet`.
        before: what is run first, undisturbed, so that its input is there.
        writes: files and folders that it writes; all else must stay as it is.
        may_differ: regular expressions of what differs from run to run, or after a kill.
    """

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...]
    writes: tuple[str, ...]
    may_differ: tuple[bytes, ...] = ()


_SYNTH = ("synth", "db", "--subjects", "3", "--clips", "3", "--size", "128", "--fps", "50")
_INDEX = ("index", "own", "db/index.csv", "--out", "own.csv")
_PREPARE = ("prepare", "own.csv", "--out", "store", "--method", "dis", "--jobs", "2")
_MAPS = ("synth-flow", "maps.npz", "--subjects", "4")
_RUN = ("evaluate", "maps.npz", "--out", "run", *_QUICKLY)
_OTHER = ("evaluate", "maps.npz", "--out", "other", "--recipe", "logistic_regression", "--seeds", "1", "--jobs", "1")
_ANSWER = (
    "predict",
    *(f"db/p01/clip{number:02}" for number in (1, 2, 3)),
    "--fps",
    "50",
    "--out",
    "answers",
    "--jobs",
    "2",
)
_LONG = ("spot", "db/index.csv", "--out", "spotted", "--jobs", "2")

_TIMES = (
    rb'"(wall_time_s|fold_time_s|duration_s|folds_kept_from_earlier)": [-+.e\d]+',
    rb"<dt>Wall time</dt><dd>[^<]*</dd>",
)
_STAMPS = (rb'"(frames_stamp|sha256)": "[0-9a-f]{64}"',)  # when frames were written; the digest of the record with it
# Each run is in a folder of its own, and answers name their video.
_PLACES = (rb"/[^\"<>\s]*/(first|second|killed|given)/",)

KILLS: dict[str, Kill] = {
    "synth": Kill(_SYNTH, (), ("db",)),
    "index": Kill(_INDEX, (_SYNTH,), ("own.csv",)),
    "check": Kill(("check", "own.csv", "--html", "page.html", "--no-faces"), (_SYNTH, _INDEX), ("page.html",)),
    "prepare": Kill(_PREPARE, (_SYNTH, _INDEX), ("store",), _STAMPS),
    "synth-flow": Kill(_MAPS, (), ("maps.npz",)),
    "evaluate": Kill(_RUN, (_MAPS,), ("run",), _TIMES),
    "report": Kill(("report", "run"), (_MAPS, _RUN), ("run",)),
    "synth-video": Kill(("synth-video", "videos", "--videos", "1", "--duration", "10", "--fps", "25"), (), ("videos",)),
    "predict": Kill(_ANSWER, (_SYNTH,), ("answers",)),
    "spot": Kill(_LONG, (_SYNTH,), ("spotted",), _PLACES),
    "score": Kill(
        ("score", "db/index.csv", "spotted", "--out", "scores.csv", "--out", "scores.json"),
        (_SYNTH, _LONG),
        ("scores.csv", "scores.json"),
        _PLACES,
    ),
    "explain": Kill(("explain", "run", "--data", "maps.npz", "--out", "why"), (_MAPS, _RUN), ("why",)),
}
"""What is killed, by the command's name."""


def start(folder: Path, words: Iterable[str]) -> subprocess.Popen[bytes]:
    """Start `glfnet WORDS` in a folder, in a process group of its own."""
    program = "import sys; from glfnet.cli.main import main; sys.argv[0] = 'glfnet'; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *words], cwd=folder, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for a command; return its status and what it printed as an error."""
    _, err = process.communicate()
    return process.returncode, err.decode(errors="replace")


def steady(files: Files, may_differ: Iterable[bytes]) -> Files:
    """Return files in which whatever may differ is replaced by the same mark."""
    for pattern in may_differ:
        files = {name: re.sub(pattern, b"(may differ)", content) for name, content in files.items()}
    return files


def differing(one: Files, other: Files) -> list[str]:
    """Return the names of the files that are not in both, or not the same."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


class Undisturbed:
    """What a command writes when nobody kills it, and how long it takes."""

    def __init__(self, kill: Kill, given: Path, work: Path) -> None:
        """Run it twice on copies of what it is given."""
        begun = time.monotonic()
        self.files = self._written(kill, given, work / "first")
        self.seconds = time.monotonic() - begun
        names = differing(self.files, self._written(kill, given, work / "second"))
        if names:
            raise SystemExit(f"{kill.words}: two undisturbed runs differ in {names}; name what may differ in KILLS.")

    @staticmethod
    def _written(kill: Kill, given: Path, folder: Path) -> Files:
        shutil.copytree(given, folder)
        status, err = finish(start(folder, kill.words))
        if status:
            raise SystemExit(f"glfnet {' '.join(kill.words)} ended with {status} undisturbed:\n{err}")
        return steady(contents(folder), kill.may_differ)


def kill_once(kill: Kill, given: Path, undisturbed: Undisturbed, after_s: float, work: Path) -> tuple[Ending, str]:
    """Kill the command after so many seconds and run it again; return how that ended, and what there is to say."""
    folder = work / "killed"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(given, folder)
    process = start(folder, kill.words)
    time.sleep(after_s)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    _end_workers(folder)
    before, left = contents(given), contents(folder)
    lost = [n for n, content in before.items() if left.get(n) != content and not n.startswith(kill.writes)]
    if lost:
        return "lost", f"{lost} after {after_s:.2f} s"
    left = steady(left, kill.may_differ)
    half = [n for n, content in left.items() if n in undisturbed.files and _is_cut(content, undisturbed.files[n])]
    if half:
        return "half", f"{half} after {after_s:.2f} s"
    status, err = finish(start(folder, kill.words))
    if status:
        return "refused", f"after {after_s:.2f} s: {err}"
    names = differing(undisturbed.files, steady(contents(folder), kill.may_differ))
    if names:
        return "other", f"{names} after {after_s:.2f} s"
    return "same", ""


def _is_cut(content: bytes, whole: bytes) -> bool:
    return len(content) < len(whole) and whole.startswith(content)


def _end_workers(folder: Path) -> None:
    """Wait until no process works in the folder any more; workers notice within seconds that their command is gone."""
    until = time.monotonic() + 20
    while time.monotonic() < until and _working_in(folder):
        time.sleep(0.1)


def _working_in(folder: Path) -> bool:
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if place.readlink() == folder:
                return True
    return False


def campaign(name: str, each: int, seed: int) -> tuple[Counter[Ending], list[str]]:
    """Kill one command `each` times; return how often it ended how, and what there is to say of bad endings."""
    kill, moments = KILLS[name], random.Random(f"{seed} {name}")
    counts: Counter[Ending] = Counter()
    said: list[str] = []
    with TemporaryDirectory() as scratch:
        work = Path(scratch).resolve()
        given = work / "given"
        given.mkdir()
        for words in kill.before:
            status, err = finish(start(given, words))
            if status:
                raise SystemExit(f"glfnet {' '.join(words)} ended with {status}:\n{err}")
        undisturbed = Undisturbed(kill, given, work)
        for _ in track(range(each), name, console=Console(stderr=True)):
            how, why = kill_once(kill, given, undisturbed, moments.uniform(0, undisturbed.seconds), work)
            counts[how] += 1
            if how != "same":
                said.append(f"{name}: {how}: {why}")
    return counts, said


def main() -> None:
    """Kill them all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--each", type=int, default=100, help="how often each command is killed")
    parser.add_argument("--seed", type=int, default=0, help="another seed kills at other moments")
    parser.add_argument("--commands", nargs="*", choices=list(KILLS), default=list(KILLS), help="which; all")
    given = parser.parse_args()
    table = Table("", "killed", *ENDINGS)
    bad: list[str] = []
    for name in given.commands:
        counts, said = campaign(name, given.each, given.seed)
        print(f"{name}: {', '.join(f'{counts[how]} {how}' for how in ENDINGS)}", file=sys.stderr)  # if it is stopped
        table.add_row(name, str(counts.total()), *(str(counts[how]) for how in ENDINGS))
        bad += said
    Console().print(table)
    for sentence in bad:
        print(sentence)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
