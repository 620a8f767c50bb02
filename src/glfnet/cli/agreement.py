"""The command `agree`: two coders' files of the same videos, side by side. `main` registers it."""

import json
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from glfnet.cli.data import Force
from glfnet.cli.spotting import Fps
from glfnet.cli.tables import empty_table, print_table
from glfnet.cli.terminal import OUT, print_note
from glfnet.errors import SettingsError
from glfnet.files import check_replaceable, write_whole

if TYPE_CHECKING:
    from glfnet.coding.agreement import Agreement, Judged
    from glfnet.coding.coded import Coded


def agree_command(
    one: Annotated[Path, typer.Argument(help="A coder's file: .eaf of ELAN, a CSV table, or JSON of `glfnet serve`.")],
    other: Annotated[Path, typer.Argument(help="Another coder's file about the same videos.")],
    out: Annotated[Path | None, typer.Option(help="Also write all of it to this .json file.")] = None,
    min_iou: Annotated[float, typer.Option(help="Overlap from which on two intervals are the same.")] = 0.5,
    fps: Fps = None,
    force: Force = False,
) -> None:
    """Say how far two coders agree: intervals that both have, their apexes, and Cohen's kappa of what they say."""
    from glfnet.coding.agreement import agreement, agreement_document
    from glfnet.coding.read import read_coding_file

    if not 0 < min_iou <= 1:
        raise SettingsError(f"--min-iou: found {min_iou}; expected more than 0, at most 1.")
    if out is not None:
        if out.suffix.lower() != ".json":
            raise SettingsError(f"--out: found {out}; expected a name that ends in .json.")
        check_replaceable(out, "an earlier agreement", _is_agreement, [one, other], force=force)
    found = agreement(read_coding_file(one, fps), read_coding_file(other, fps), min_iou=min_iou, fps=fps, file=other)
    _print(found)
    if out is not None:
        write_whole(out, json.dumps(agreement_document(found), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        OUT.print(escape(str(out)))


def _is_agreement(path: Path) -> bool:
    document = json.loads(path.read_bytes())
    return isinstance(document, dict) and {"min_iou", "only_one", "only_other", "units"} <= set(document)


def _print(found: "Agreement") -> None:
    for note in found.notes:
        print_note(note)
    OUT.print(
        f"{len(found.pairs)} intervals of both (overlap of {found.min_iou:g} or more), {found.only_one} of the first "
        f"alone, {found.only_other} of the other alone; shared {_number(found.shared)}, mean overlap of those of "
        f"both {_number(found.mean_iou())}."
    )
    frames, times, count = found.apex_difference()
    if count:
        word = "frame" if frames == 1 else "frames"
        in_ms = "" if isnan(times) else f", {times:g} ms"
        OUT.print(f"Apexes of {count} of them lie {frames:g} {word}{in_ms} apart (median).")
    several = len({row.video for row in found.rows}) > 1
    rows = empty_table("video" if several else "", "first", "other", "overlap", "apex")
    for row in found.rows:
        apex = "-" if row.apex_frames is None else f"{row.apex_frames:+d}"
        cells = (_frames(row.one), _frames(row.other), f"{row.iou:.2f}" if row.iou else "-", apex)
        rows.add_row(escape(row.video if several else ""), *map(escape, cells))
    print_table(rows)
    _print_kappas(found)


def _print_kappas(found: "Agreement") -> None:
    from glfnet.coding.agreement import TOO_FEW

    judged = {f"AU{unit}": one for unit, one in found.units.items()}
    judged |= {name: one for name, one in (("kind", found.kinds), ("emotion", found.emotions)) if one is not None}
    if not judged:
        OUT.print("No unit, kind or emotion is marked by both: there is nothing to compare but frames.")
        return
    kappas = empty_table("", "kappa", "95 %", "judged", "same", "first : other")
    for name, one in judged.items():
        value, low, high = one.kappa.value, one.kappa.low, one.kappa.high
        spread = "-" if isnan(low) else f"{low:.2f} to {high:.2f}"
        said = "too few" if isnan(value) else f"{value:.2f}"
        kappas.add_row(name, said, spread, str(one.kappa.judged), str(one.kappa.same), escape(_marked(one)))
    print_table(kappas)
    if any(isnan(one.kappa.value) for one in judged.values()):
        OUT.print(escape(f"{TOO_FEW.capitalize()}."))


def _marked(judged: "Judged") -> str:
    """Return how often each of them says that a unit is there; of words, how many there are."""
    if judged.answers != ("there", "not there"):
        return f"{len(judged.answers)} words"
    return f"{sum(judged.counts[0])} : {sum(row[0] for row in judged.counts)}"


def _frames(coded: "Coded | None") -> str:
    if coded is None:
        return "-"
    apex = "?" if coded.apex is None else str(coded.apex)
    return f"{coded.onset}-{apex}-{coded.offset}"


def _number(value: float) -> str:
    return "undefined" if isnan(value) else f"{value:.3f}"
