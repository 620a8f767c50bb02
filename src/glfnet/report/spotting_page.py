"""The page of a run over long videos: how well expressions were spotted, and each video with its own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from glfnet.pages import template
from glfnet.report.published_spotting import PUBLISHED_VIDEOS, PublishedSpotting, published_spotting
from glfnet.report.tables import number
from glfnet.scores.spotting.answered_videos import MARKED, SpottingRow, SpottingScores

_MEASURES = {
    "precision": "precision", "recall": "recall", "f1": "F1", "apex_mean_frames": "apex error, frames",
    "uf1": "UF1 of the classes", "strs": "STRS",
}  # fmt: skip

PUBLISHED_KINDS = ("micro_expression", "macro_expression", "both")
"""Kinds of expression of which papers report F1, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLine:
    """One video.

    Attributes:
        name: of the video, with person and database.
        link: its page, from the run folder on.
        micro, macro: how many are true, found and spotted.
    """

    name: str
    link: str
    micro: tuple[int, int, int]
    macro: tuple[int, int, int]


def spotting_page(scores: SpottingScores, index: str, videos: Sequence[VideoLine]) -> str:
    """Return the page, which works without network and scripts.

    Args:
        scores: of all videos.
        index: the name of the table of the truth.
        videos: each video.
    """
    databases = {
        name: [row for row in scores.rows if row.database == name]
        for name in dict.fromkeys(row.database for row in scores.rows)
    }
    tables = [
        {
            "title": name or "All videos",
            "caption": f"{rows[0].videos} videos; 95 % over {rows[0].draws} {rows[0].drawn}",
            "rows": [_cells(row) for row in rows],
            "published": [_published_cells(row) for row in published_spotting(name)],
            "published_on": published_on(name, rows[0].videos),
        }
        for name, rows in databases.items()
    ]
    header = ("kind", "true", "found", "false", "missed", *_MEASURES.values())
    return template("spotting.html.j2").render(
        index=index, scores=scores, header=header, tables=tables, videos=videos, min_iou=f"{scores.min_iou:g}"
    )


def published_on(database: str, videos: int) -> str:
    """Return a sentence on the videos of a run, and those that published numbers are of."""
    published = PUBLISHED_VIDEOS.get(database)
    if published is None or published == videos:
        return ""
    return f"Published tables are of {published} videos, this run is of {videos}: their numbers are not comparable."


def _published_cells(row: PublishedSpotting) -> list[str]:
    return [row.name, *(row.f1.get(kind, "") for kind in PUBLISHED_KINDS), row.strs or "", row.how, row.source]


def _cells(row: SpottingRow) -> list[str]:
    kind = row.kind.removesuffix("_expression") + (", as marked" if row.rule == MARKED else "")
    return [kind, *map(str, (row.true, row.matched, row.false, row.missed)), *(_bounded(row, m) for m in _MEASURES)]


def _bounded(row: SpottingRow, name: str) -> str:
    value, bounds = getattr(row.score, name), row.bounds[name]
    digits = 1 if name.startswith("apex") else 3
    shown = number(value, digits)
    if isnan(bounds.low):
        return shown
    return f"{shown}\n[{number(bounds.low, digits)}, {number(bounds.high, digits)}]"
