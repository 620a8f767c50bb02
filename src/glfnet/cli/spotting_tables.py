"""Scores of spotting in the terminal, and what papers report for the same databases."""

from math import isnan
from typing import TYPE_CHECKING

from rich.markup import escape

from glfnet.cli.score_tables import DATABASE_NAMES, IN_ALL
from glfnet.cli.tables import empty_table, print_table
from glfnet.cli.terminal import OUT

if TYPE_CHECKING:
    from glfnet.scores.spotting.answered_videos import SpottingRow, SpottingScores

_SPOTTING = ("precision", "recall", "f1")


def print_spotting(scores: "SpottingScores") -> None:
    """Print how well expressions were spotted, a table for each database."""
    from glfnet.scores.spotting.answered_videos import MARKED

    for database in dict.fromkeys(row.database for row in scores.rows):
        rows = [row for row in scores.rows if row.database == database]
        of, drawn = rows[0], f"{rows[0].draws} {rows[0].drawn}"
        OUT.print(
            f"\n{escape(database) or IN_ALL}: {of.videos} videos, found at an overlap (IoU) of "
            f"{scores.min_iou:g} or more; 95 % over {drawn}",
            style="italic",
        )
        table = empty_table("kind", "true", "found", "false", "missed", "precision", "recall", "F1")
        for row in rows:
            kind = _kind(row) + ("\nas marked" if row.rule == MARKED else "")
            counts = map(str, (row.true, row.matched, row.false, row.missed))
            table.add_row(kind, *counts, *(escape(_bounded(row, name)) for name in _SPOTTING))
        print_table(table)
        for row in rows:
            _print_found(row)


def _print_found(row: "SpottingRow") -> None:
    """Print what is known of what was found: how far off its apexes are, and how well it was named."""
    named = {
        "apex_mean_frames": "apex error",
        "uf1": "UF1 of the classes of what was found",
        "strs": "STRS, F1 times UF1",
    }
    parts = []
    for name, words in named.items():
        if not isnan(getattr(row.score, name)):
            value, interval = _bounded(row, name).splitlines()
            parts.append(f"{words} {value} ({interval}){' frames' if name.startswith('apex') else ''}")
    if parts:
        OUT.print(escape(f"{_kind(row)}: {'; '.join(parts)}."))


def _kind(row: "SpottingRow") -> str:
    return row.kind.removesuffix("_expression")


def _bounded(row: "SpottingRow", name: str) -> str:
    """Return a score above its interval, without brackets: the table would be wider than 80 columns."""
    value, bounds = getattr(row.score, name), row.bounds[name]
    if isnan(value):
        return "undefined"
    digits, form = (".1f", ".1f") if name.startswith("apex") else (".4f", ".3f")
    interval = "undefined" if isnan(bounds.low) else f"{bounds.low:{form}}-{bounds.high:{form}}"
    return f"{value:{digits}}\n{interval}"


def print_published_spotting(scores: "SpottingScores") -> None:
    """Print what papers report for the databases of a run over long videos, and how each number was obtained."""
    from glfnet.report.published_spotting import published_spotting
    from glfnet.report.spotting_page import PUBLISHED_KINDS, published_on

    videos = {row.database: row.videos for row in scores.rows}
    for database, count in videos.items():
        rows = published_spotting(database)
        if not rows:
            continue
        said = " ".join(["Published for this database, as each source has it.", published_on(database, count)])
        OUT.print(f"\n{escape(DATABASE_NAMES.get(database, database))}. {escape(said.strip())}", style="italic")
        table = empty_table("method", "F1 micro", "F1 macro", "F1 both", "STRS micro")
        for row in rows:
            table.add_row(escape(row.name), *(row.f1.get(kind, "") for kind in PUBLISHED_KINDS), row.strs or "")
        print_table(table)
        for how in dict.fromkeys(row.how for row in rows):
            names = ", ".join(row.name for row in rows if row.how == how)
            OUT.print(escape(f"{names}: {how}"))
