"""What every page must be, whatever it shows: whole in itself, readable aloud, in order. Any page's test asks it."""

import re
from html.parser import HTMLParser

MOST_BYTES = 5_000_000
_VOID = {"meta", "img", "br", "link", "input", "hr"}
_LEVELS = ("h1", "h2", "h3", "h4")
_OTHER_HOST = re.compile(r"(?:https?:)?//")


class _Walk(HTMLParser):
    """Collects faults from tag to tag."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[str] = []
        self.open: list[str] = []
        self.title = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        attrs = {key: value or "" for key, value in attributes}
        if not (tag == "title" and "svg" in self.open):  # there it is the text beside a part of a drawing
            self.tags.append(tag)
        if tag not in _VOID:
            self.open.append(tag)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self._ask(tag, attrs)
        if tag in _LEVELS:
            self.headings.append(tag)
        for key in ("src", "href", "xlink:href", "action"):
            if _OTHER_HOST.match(attrs.get(key, "")):
                self.faults.append(f"<{tag}> names another host: {attrs[key][:40]}")
            if key == "href" and attrs.get(key, "").startswith("#"):
                self.links.append(attrs[key][1:])

    def _ask(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "html" and attrs.get("lang") != "en":
            self.faults.append("the language is not named")
        if tag in ("script", "iframe", "object", "link", "form"):
            self.faults.append(f"<{tag}> has no place on a page that is read alone")
        if tag == "img" and not attrs.get("alt", "").strip():
            self.faults.append("a picture has no text in its place")
        if tag == "svg" and not (attrs.get("role") == "img" and attrs.get("aria-label", "").strip()):
            self.faults.append("a drawing has no text in its place")
        if tag == "th" and attrs.get("scope") not in ("col", "row"):
            self.faults.append("a table's heading does not say what it heads")
        if tag in ("table", "figure", "section", "article", "h1") and "main" not in self.open:
            self.faults.append(f"<{tag}> lies outside of <main>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["title"] and "svg" not in self.open:
            self.title += data
        if self.open and self.open[-1] == "style" and re.search(r"@import|url\((?!#|data:)", data):
            self.faults.append("the style asks for another file")


def faults_of(page: str) -> list[str]:
    """Return in words what is wrong with a page; an empty list where nothing is."""
    walk = _Walk()
    walk.feed(page)
    walk.close()
    faults = walk.faults
    for tag in ("h1", "main", "title"):
        if walk.tags.count(tag) != 1:
            faults.append(f"{walk.tags.count(tag)} times <{tag}>")
    if not walk.title.strip():
        faults.append("the title is empty")
    for before, after in zip(walk.headings, walk.headings[1:], strict=False):
        if int(after[1]) > int(before[1]) + 1:
            faults.append(f"<{after}> follows <{before}>")
    if walk.headings[:1] != ["h1"]:
        faults.append("the first heading is not <h1>")
    faults += [f"{name} is there twice" for name in {name for name in walk.ids if walk.ids.count(name) > 1}]
    faults += [f"#{link} leads nowhere" for link in walk.links if link not in walk.ids]
    for needed in ("default-src 'none'", 'name="viewport"', "prefers-color-scheme: dark", "@media print"):
        if needed not in page:
            faults.append(f"no {needed}")
    if len(page.encode()) > MOST_BYTES:
        faults.append(f"{len(page.encode())} bytes")
    return faults
