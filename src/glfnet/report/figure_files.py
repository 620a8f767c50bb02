"""Figures as files, and as elements of a page."""

import io
import re
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

from glfnet.report.figures import CHANCE, GRID, HONEST, INK, PAPER, SELECTED

# In a page the ink follows the page, so that one figure is readable on a light and on a dark ground.
_PAGE_COLOURS = {
    INK: "currentColor",
    GRID: "var(--grid)",
    PAPER: "var(--card)",
    HONEST: "var(--honest)",
    SELECTED: "var(--selected)",
    CHANCE: "var(--chance)",
}
_NAMED = re.compile(r"""(?:href="|url\()#([^")]+)""")
_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"


def svg(figure: Figure, title: str | None = None) -> str:
    """Return the figure as an SVG file's text, on white; equal figures give equal text. `title` is kept in the file."""
    return _saved(figure, "svg", title, facecolor=PAPER).decode()


def png(figure: Figure, title: str | None = None) -> bytes:
    """Return the figure as a PNG file's bytes, 200 dots an inch, on white. `title` is kept in the file."""
    return _saved(figure, "png", title, facecolor="white", dpi=200)


def inline_svg(drawing: str, name: str, description: str) -> str:
    """Return what `svg` gave as an `<svg>` element for a page.

    Its ink is the page's text colour and its score colours are the page's variables `--honest`, `--selected`,
    `--chance`, `--grid` and `--card` (the ground). Identifiers begin with `name`, so that several figures can share
    one page.

    Args:
        drawing: the text of an SVG file, from `svg`.
        name: lower-case word, unique on the page.
        description: what a screen reader says.
    """
    root = ElementTree.fromstring(drawing)
    named = set(_NAMED.findall(drawing))
    for element in list(root.iter()):
        for style in element.findall(f"{_SVG}style"):
            element.remove(style)  # it would change the whole page
        element.tag = element.tag.removeprefix(_SVG)
        # Two equal pictures have one identifier; those that nothing refers to are of no use on a page.
        kept = {key: value for key, value in element.attrib.items() if key != "id" or value in named}
        element.attrib = {key: _on_page(key, value, name) for key, value in kept.items()}
        if _LINK in element.attrib:
            element.set("href", element.attrib.pop(_LINK))
    for size in ("width", "height"):
        del root.attrib[size]
    root.attrib |= {"role": "img", "aria-label": description}
    return ElementTree.tostring(root, encoding="unicode")


def _on_page(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == _LINK:
        return value.replace("#", f"#{name}-", 1)
    for colour, variable in _PAGE_COLOURS.items():
        value = value.replace(colour, variable)
    return value.replace("url(#", f"url(#{name}-")


def _saved(figure: Figure, kind: str, title: str | None, **options: Any) -> bytes:
    target = io.BytesIO()
    metadata: dict[str, str | None] = dict.fromkeys(
        ("Date", "Creator", "Format", "Type") if kind == "svg" else ("Software",)
    )
    if title is not None:
        metadata["Title"] = title
    # For the length of this call only: text stays text, and identifiers do not change from run to run.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "glfnet"}):
        figure.savefig(target, format=kind, metadata=metadata, **options)
    return target.getvalue()
