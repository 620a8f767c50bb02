"""Give hostile input to every command, and count how it ends.

    python scripts/fuzz.py --cases 200 --seed 0 --out runs/fuzz

`scripts/hostile_cases.py` draws the cases. Each command runs in a process and a folder of its own, and ends in one of
these ways:

- done: exit status 0;
- clear: another exit status and a sentence in plain words;
- unclear: another exit status, and words that only a programmer understands, or none, or far too many;
- traceback: Python's own words, or ended by a signal;
- hang: not ended after two minutes;
- lost: a file that was there before is gone or changed, or something half-written is left.

The script prints a table of these counts and writes every case that is not done or clear into OUT, to try it again by
hand. Its exit status is 1 if there is one. `scripts/kills.py` is the other half: what is left when a command is killed.
"""

import argparse
import contextlib
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import hypothesis
from hostile_cases import CASES, Case
from hypothesis import HealthCheck, Phase
from rich.console import Console
from rich.progress import track
from rich.table import Table
from typed_commands import Files, Said, contents, run

Ending = Literal["done", "clear", "unclear", "traceback", "hang", "lost"]
ENDINGS: tuple[Ending, ...] = ("done", "clear", "unclear", "traceback", "hang", "lost")
GOOD: tuple[Ending, ...] = ("done", "clear")

_LONGEST_LINE = 1200
_SERVED_S = 20.0  # to start in
_ONLY_WE_UNDERSTAND = re.compile(
    r"pandas|openpyxl|DataFrame|zipfile|lxml|validation error|pydantic|torch\.|numpy\.|av\.error|libav|\bNaT\b|"
    r"\b[A-Z][a-zA-Z]+Error:|\bErrno\b|NoneType|<class |object at 0x|\bdtype\b|codec can't|not iterable|unhashable|"
    r"positional argument|index out of (range|bounds)|Expecting (value|property)|must specify an engine"
)


def lay(folder: Path, files: Files) -> None:
    """Write the files of a case; a name that no file can have is left out."""
    for name, content in files.items():
        with contextlib.suppress(OSError):
            if name.endswith("/"):
                (folder / name).mkdir(parents=True, exist_ok=True)
                continue
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def ending(said: Said, lost: Iterable[str]) -> Ending:
    """Return how a command has ended.

    Args:
        said: its status and words.
        lost: names of files that were there before and are not as they were, and of what is left half-written.
    """
    if list(lost):
        return "lost"
    if said.status is None:
        return "hang"
    words = said.out + said.err
    if "Traceback (most recent call last)" in words or said.status not in (0, 1, 2):
        return "traceback"
    if max(map(len, words.splitlines()), default=0) > _LONGEST_LINE or _ONLY_WE_UNDERSTAND.search(words):
        return "unclear"
    if said.status == 0:
        return "done"
    return "clear" if len(words.split()) > 4 else "unclear"


def play(case: Case, folder: Path) -> tuple[list[Ending], list[Said]]:
    """Run a case's commands in an empty folder until one does not end well."""
    lay(folder, case.files)
    endings, heard = [], []
    for words in case.commands:
        before = contents(folder)
        said = run(folder, words, _SERVED_S) if words[0] == "serve" else run(folder, words)
        if said.status is None and words[0] == "serve" and "http://" in said.out:
            said = Said(0, said.out, said.err)  # it listens, as it should until it is ended
        endings.append(ending(said, _lost(before, contents(folder), words)))
        heard.append(said)
        if said.status != 0:
            break
    return endings, heard


def _lost(before: Files, after: Files, words: tuple[str, ...]) -> list[str]:
    """Return what is not as it was, but for what belongs to the command's own earlier output."""
    # A run's report is made again, and a run resumes; one of `spot` also searches a video again whose answer is broken.
    own = ("run/",) if "run" in words else ("spotted/",) if words[0] == "spot" else ()
    changed = [name for name, content in before.items() if after.get(name) != content and not name.startswith(own)]
    half = [name for name in after if name not in before and re.search(r"\.tmp|~$|\.part|(^|/)\.[^/]*$", name)]
    return changed + half


def campaign(kind: str, cases: int, seed: int, out: Path) -> Counter[Ending]:
    """Draw cases of one kind, play each, keep the bad ones below OUT, and return how their commands ended."""
    drawn: list[Case] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @hypothesis.given(CASES[kind]())
    def draw(case: Case) -> None:
        drawn.append(case)

    draw()
    counts: Counter[Ending] = Counter()
    for number, case in enumerate(track(drawn, kind, console=Console(stderr=True))):
        with TemporaryDirectory() as name:
            endings, heard = play(case, Path(name))
        counts.update(endings)
        if endings[-1] not in GOOD or any(one not in GOOD for one in endings):
            _keep(out / f"{kind}-{seed}-{number}", case, endings, heard)
    return counts


def _keep(folder: Path, case: Case, endings: list[Ending], heard: list[Said]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "files").mkdir(parents=True)
    lay(folder / "files", case.files)
    lines = [
        f"{' '.join(['glfnet', *map(repr, words)])}\n{how}, status {said.status}\n{said.out}\n{said.err}"
        for words, how, said in zip(case.commands, endings, heard, strict=False)
    ]
    (folder / "said.txt").write_text("\n".join(lines), encoding="utf-8", errors="replace")


def table_of(counts: dict[str, Counter[Ending]]) -> Table:
    """Return the counts as a table, a row for each kind of case and one for all."""
    table = Table("", "tried", *ENDINGS)
    for kind, of_kind in [*counts.items(), ("all", sum(counts.values(), Counter[Ending]()))]:
        table.add_row(kind, str(of_kind.total()), *(str(of_kind[one]) for one in ENDINGS))
    return table


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=200, help="how many of each kind")
    parser.add_argument("--seed", type=int, default=0, help="another seed draws other cases")
    parser.add_argument("--kinds", nargs="*", choices=list(CASES), default=list(CASES), help="which kinds; all")
    parser.add_argument("--out", type=Path, default=Path("runs/fuzz"), help="where bad cases are kept")
    given = parser.parse_args()
    counts = {kind: campaign(kind, given.cases, given.seed, given.out) for kind in given.kinds}
    Console().print(table_of(counts))
    sys.exit(any(of_kind[one] for of_kind in counts.values() for one in ENDINGS if one not in GOOD))


if __name__ == "__main__":
    main()
