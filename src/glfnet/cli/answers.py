"""Answers in the terminal: what was found in a video, as a table of at most 80 columns and sentences below it."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from glfnet.cli.terminal import OUT, print_note

if TYPE_CHECKING:
    from glfnet.recognition.result import Interval, Result


def print_interval(interval: "Interval") -> None:
    """Print a movement that a camera has just shown, on one line."""
    OUT.print(f"{interval.onset_s:8.2f} s  {interval.kind.replace('_', ' ')}  {interval.emotion or ''}")


def print_result(result: "Result", folder: Path) -> None:
    """Print what was found in a video, what limits it, and where its answer is."""
    from glfnet.recognition.answer.page import OTHER_KINDS, verdict

    OUT.print(f"[bold]{escape(result.recording.source)}[/]: {escape(verdict(result))}")
    for note in result.notes:
        print_note(f"{note.sentence}.")
    if result.micro_expressions:
        OUT.print(_table(result))
        for interval in result.micro_expressions:
            if interval.units:
                OUT.print(f"at {interval.onset_s:.3f} s, action units: {_units(interval)}.")
            for note in interval.notes:
                OUT.print(f"[yellow]at {interval.onset_s:.3f} s:[/] {escape(note.sentence)}.")
    kinds = [interval.kind for interval in result.intervals]
    counts = [f"{kinds.count(kind)} x {name}" for kind, name in OTHER_KINDS.items() if kind in kinds]
    if counts:
        OUT.print(f"Not classified: {', '.join(counts)}.")
    OUT.print(escape(str(folder)))


def _units(interval: "Interval") -> str:
    there = sorted((unit for unit in interval.units if unit.there), key=lambda unit: -unit.probability)
    return "; ".join(unit.words for unit in there) or "none more probable than not"


def _table(result: "Result") -> Table:
    """Return a table that fits into 80 columns; sentences stand below it."""
    classes = result.model.classes
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("face", "onset s", "apex s", "ms", "moves %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("answer", overflow="fold")
    for name in classes:
        table.add_column(escape(name), justify="right", overflow="fold")
    for i in result.micro_expressions:
        table.add_row(
            str(i.face), f"{i.onset_s:.3f}", f"{i.apex_s:.3f}", f"{1000 * i.duration_s:.0f}",
            f"{i.strength_percent:.1f}", escape(i.emotion or "none"), *(f"{i.probabilities[c]:.2f}" for c in classes),
        )  # fmt: skip
    return table
