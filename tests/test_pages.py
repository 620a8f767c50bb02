"""Pages are filled from the package's own templates, escaped, and never with a hole."""

from importlib.resources import files as files_of_package

import jinja2
import pytest

from glfnet.pages import template
from whole_pages import faults_of


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="recording"):
        template("answer.html.j2").render()


def test_every_page_has_the_one_design_and_nothing_of_its_own_in_its_place() -> None:
    files = [file for file in (files_of_package("glfnet") / "templates").iterdir() if file.name.endswith(".html.j2")]
    pages = {file.name: text for file in files if (text := file.read_text(encoding="utf-8")).find("<!doctype") >= 0}
    assert len(pages) >= 8
    del pages["spotting.html.j2"]  # which still has a style of its own
    for name, text in pages.items():
        assert '{% include "report_style.css.j2" %}' in text, name
        assert "--page:" not in text, f"{name} has a ground of its own"


def test_the_walk_over_a_page_names_what_is_wrong() -> None:
    sound = (
        '<!doctype html><html lang="en"><head><meta name="viewport"><title>t</title><style>'
        "/* default-src 'none' prefers-color-scheme: dark @media print */</style></head>"
        '<body><main><h1>a</h1><h2 id="x">b</h2><img alt="c" src="data:x"></main></body></html>'
    )
    assert faults_of(sound) == []
    for written, instead, fault in (
        (' alt="c"', "", "a picture has no text in its place"),
        ("data:x", "https://example.org/x", "<img> names another host: https://example.org/x"),
        ("<h2 id", "<h3 id", None),
        ('lang="en"', "", "the language is not named"),
        ('<h2 id="x">', '<a href="#y"></a><h2 id="x">', "#y leads nowhere"),
        ("<h1>a</h1>", '<h1 id="x">a</h1>', "x is there twice"),
        ("@media print", "", "no @media print"),
        ("<img", "<script></script><img", "<script> has no place on a page that is read alone"),
    ):
        broken = sound.replace(written, instead).replace("b</h2>", "b</h3>" if fault is None else "b</h2>")
        assert faults_of(broken) == [fault or "<h3> follows <h1>"]


def test_a_template_that_is_not_there_is_an_error() -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        template("nothing.html.j2")
