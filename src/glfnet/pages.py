"""Templates of this package, as every page is made from: all text escaped, a missing value an error."""

from collections.abc import Mapping
from typing import Any

import jinja2


def template(name: str, filters: Mapping[str, Any] | None = None) -> jinja2.Template:
    """Return a template to be rendered.

    Args:
        name: of a file in `templates/`.
        filters: functions that it calls on values, by name.

    Raises:
        jinja2.TemplateNotFound: if there is no such file: our own mistake.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("glfnet"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters or {}
    return environment.get_template(name)
