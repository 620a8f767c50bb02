"""The one progress bar: the command line's, and that of a Python function where somebody watches.

A library is quiet unless a person sees it: a bar is shown in a terminal and in a notebook, and neither in a file, a
pipe or a job's log, nor beside a function of the caller's own that is told of progress.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # takes a tenth of a second, which nobody waits for who sees no bar
    from rich.console import Console


class Show(Protocol):
    """Moves a progress bar."""

    def __call__(self, done: int, total: int | None, words: str = "") -> None:
        """Show how many are done, of how many if that is known, and what else there is to say."""


@contextmanager
def bar(noun: str, console: "Console", *, transient: bool = False, hidden: bool = False) -> Iterator[Show]:
    """Show how many `noun` are done, and the time left.

    Args:
        noun: what is counted, in rich's markup.
        console: where to show it.
        transient: whether it vanishes when done.
        hidden: whether it is not shown at all.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(), TextColumn("{task.fields[words]}"),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=transient, disable=hidden) as shown:
        task = shown.add_task(noun, total=None, words="")

        def show(done: int, total: int | None, words: str = "") -> None:
            shown.update(task, completed=done, total=total, words=words)

        yield show


@contextmanager
def progress_of(noun: str, wanted: bool | None, *, told: bool = False) -> Iterator[Show]:
    """Show the progress of a Python function on stderr, if that is wanted.

    Args:
        noun: what is counted.
        wanted: whether to show it; None: where somebody watches, unless `told`.
        told: whether a function of the caller's own is told of the progress.
    """
    if not (is_watched() and not told if wanted is None else wanted):
        yield lambda done, total, words="": None
        return
    from rich.console import Console

    # rich needs a widget library for notebooks; one line of plain text moves there as in a terminal.
    notebook = {"force_jupyter": False, "force_terminal": True, "width": 100} if _in_notebook() else {}
    with bar(noun, Console(stderr=True, **notebook), transient=True) as show:  # type: ignore[arg-type]  # as named
        yield show


def is_watched() -> bool:
    """Return whether a person sees what this process shows on stderr: in a terminal or a notebook."""
    return sys.stderr is not None and (sys.stderr.isatty() or _in_notebook())


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")  # in a notebook it is loaded
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config
