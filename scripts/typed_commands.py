"""Commands as typed in a terminal, each in a process of its own that need not load all libraries again."""

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LIMIT_S = 120.0

Files = dict[str, bytes]

# Loaded once, in the process from which those of the commands are forked; nothing is computed there.
_LOADED = (
    "glfnet.cli.main", "glfnet.databases.recordings", "glfnet.evaluation.evaluate", "glfnet.recognition.predict",
    "sklearn.linear_model", "av", "cv2",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """How one command ended and what it printed; `status` is None for one that did not end."""

    status: int | None
    out: str
    err: str


def contents(folder: Path) -> Files:
    """Return every file below a folder by its path in it."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def run(folder: Path, words: Iterable[str], limit_s: float = LIMIT_S) -> Said:
    """Run `glfnet WORDS` in a folder; end it, and all that it has started, at the limit."""
    with TemporaryDirectory() as said:
        out, err = Path(said) / "out", Path(said) / "err"
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(_LOADED))
        process = context.Process(target=_glfnet, args=(str(folder), list(words), str(out), str(err)))
        process.start()
        process.join(limit_s)
        status = process.exitcode
        with contextlib.suppress(ProcessLookupError):  # a group of its own, once it has begun
            os.killpg(process.pid or 0, signal.SIGKILL)
        process.kill()
        process.join()
        texts = [file.read_text(encoding="utf-8", errors="replace") if file.exists() else "" for file in (out, err)]
        return Said(status, *texts)


def _glfnet(folder: str, words: list[str], out: str, err: str) -> None:
    os.setsid()
    for file, number in ((out, 1), (err, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    from glfnet.cli.main import main

    sys.argv = ["glfnet", *words]
    main()
