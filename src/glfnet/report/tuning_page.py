"""The page of an ablation or of a sweep: what came of it in a sentence, a table, a picture, and what to know."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from glfnet.pages import template
from glfnet.report.figure_files import inline_svg


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningPage:
    """What stands on the page.

    Attributes:
        title: of the page.
        lead: what was compared, in a sentence.
        verdict: what came of it.
        header: of the table.
        rows: of the table; the first cell is a name.
        links: pages by the name in the first cell.
        drawing: the figure, from `figure_files.svg`.
        caption: what it shows.
        facts: what else a reader needs to know, by its name.
    """

    title: str
    lead: str
    verdict: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: Mapping[str, str]
    drawing: str
    caption: str
    facts: Mapping[str, str]


def tuning_page(page: TuningPage) -> str:
    """Return the page, which works without network and scripts."""
    figure = Markup(inline_svg(page.drawing, "figure", page.caption))  # our own SVG; its texts are escaped
    return template("tuning.html.j2").render(page=page, figure=figure)
