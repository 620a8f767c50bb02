"""Pages are filled from the package's own templates, escaped, and never with a hole."""

import jinja2
import pytest

from glfnet.pages import template


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="recording"):
        template("answer.html.j2").render()


def test_a_template_that_is_not_there_is_an_error() -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        template("nothing.html.j2")
