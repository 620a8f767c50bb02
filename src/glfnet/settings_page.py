"""From a TOML page to settings; what does not exist or fit is refused, with the nearest match."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from glfnet.arguments import check_argument, given_list, given_path
from glfnet.config import GLFNetSettings, Settings
from glfnet.errors import SettingsError, faults, reason


def recipe_names() -> list[str]:
    """Return the names of the settings pages that come with the package."""
    folder = resources.files("glfnet") / "recipes"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def read_settings(
    page: str | Path = "glfnet", overrides: Sequence[str] = (), **sections: Mapping[str, object]
) -> Settings:
    """Read a settings page and lay overrides over it.

    Example::

        read_settings("glfnet", training={"epochs": 5}, protocol={"name": "sde", "database": "casme2"})

    Args:
        page: the name of a recipe of this package, or a path to a TOML file.
        overrides: `section.option=value` texts, the value in TOML or bare: `model.fusion=concat`.
        **sections: options of a section as a dict, `training={"epochs": 5}`: what `overrides` say as texts. `glfnet
            describe` lists sections and options.

    Raises:
        SettingsError: if the page cannot be read, or says something that does not exist or fit; it names the nearest
            match.
    """
    page = given_path("page", page, f"the path of a .toml file, or one of {', '.join(recipe_names())}")
    content = _read_page(page)
    listed = given_list("overrides", overrides, 'a list of texts, such as ["training.epochs=5"]', lambda _, each: each)
    for override in listed:
        _lay_over(content, override)
    for section, options in sections.items():
        expected = f"a dict of its options, such as {section}={{...}}; `glfnet describe` lists them"
        check_argument(section, options, isinstance(options, Mapping), expected)
        _options(content, section, section).update(options)
    if isinstance(content.get("model"), dict):
        content["model"].setdefault("kind", GLFNetSettings().kind)  # as where a page has no [model] at all
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        raise SettingsError(f"{page}: {'; '.join(faults(error, Settings, 'setting'))}") from None


def _read_page(page: str | Path) -> dict[str, Any]:
    path = Path(page)
    try:
        if path.suffix == ".toml":
            return tomllib.loads(path.read_text(encoding="utf-8"))
        return tomllib.loads((resources.files("glfnet") / "recipes" / f"{page}.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        near = difflib.get_close_matches(str(page), recipe_names(), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise SettingsError(
            f"{page}: no such settings page.{hint} Name a .toml file or one of: {', '.join(recipe_names())}."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{page}: not a readable TOML page: {reason(error)}.") from None


def _lay_over(content: dict[str, Any], override: str) -> None:
    name, equals, value = override.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and key):
        raise SettingsError(f"{override!r}: expected section.option=value, such as model.fusion=concat.")
    try:
        parsed = tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        parsed = value.strip()  # a bare word is text
    _options(content, section, repr(override))[key] = parsed


def _options(content: dict[str, Any], section: str, change: str) -> dict[str, Any]:
    options = content.setdefault(section, {})
    if not isinstance(options, dict):
        raise SettingsError(f"{change}: the page gives {section} one value, {options!r}; expected a [{section}] table.")
    return options
