"""From a TOML page to settings and back; what does not exist or fit is refused, with the nearest match."""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from glfnet.arguments import check_argument, given_list, given_path
from glfnet.config.models import GLFNetSettings
from glfnet.config.settings import Settings
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
        name, value = parsed_change(override)
        _lay_over(content, name, value, repr(override))
    for section, options in sections.items():
        expected = f"a dict of its options, such as {section}={{...}}; `glfnet describe` lists them"
        check_argument(section, options, isinstance(options, Mapping), expected)
        _options(content, section, section).update(options)
    if isinstance(content.get("model"), dict):
        content["model"].setdefault("kind", GLFNetSettings().kind)  # as where a page has no [model] at all
    return _validated(content, str(page))


def option_sources(settings: Settings) -> Iterator[tuple[str, str, Any, str, str]]:
    """Yield (section, option, value, source, what it does) for every setting, in page order."""
    for section_name in type(settings).model_fields:
        section = getattr(settings, section_name)
        for name, field in type(section).model_fields.items():
            extra = field.json_schema_extra
            if isinstance(extra, dict):
                yield section_name, name, getattr(section, name), str(extra["source"]), str(field.description)


def identifying_settings(settings: Settings) -> dict[str, Any]:
    """Return as JSON values the settings that tell one run from another.

    A run folder made before an option existed belongs to a run with that option's default and must stay usable, so an
    option that came later is left out where it has its default, and so is a section with nothing left in it.
    """
    page: dict[str, Any] = settings.model_dump(mode="json")
    for section_name in list(page):
        section = getattr(settings, section_name)
        for name, field in type(section).model_fields.items():
            extra = field.json_schema_extra
            if isinstance(extra, dict) and extra["later"] and getattr(section, name) == field.default:
                del page[section_name][name]
        if not page[section_name]:
            del page[section_name]
    return page


def changed_settings(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """Return a page with some options changed.

    Args:
        settings: the page; an option that it leaves at its default may have another one after the change.
        changes: values by `section.option`, such as {"model.fusion": "concat"}.

    Raises:
        SettingsError: if an option does not exist, or a value does not fit; it names the nearest match.
    """
    content = settings.model_dump(exclude_unset=True)
    if "model" in content:
        content["model"].setdefault("kind", settings.model.kind)
    for name, value in changes.items():
        _lay_over(content, name, value, name)
    if "model" in content:
        content["model"].setdefault("kind", GLFNetSettings().kind)
    return _validated(content, " ".join(f"{name}={value}" for name, value in changes.items()))


def toml_page(settings: Settings, remarks: Mapping[str, str] | None = None) -> str:
    """Return settings as the text of a TOML page, every option written out, which `read_settings` takes.

    Args:
        settings: the page.
        remarks: what to write after an option, by `section.option`.
    """
    lines = []
    for section, options in settings.model_dump(mode="json").items():
        lines.append(f"\n[{section}]")
        for name, value in options.items():
            remark = (remarks or {}).get(f"{section}.{name}")
            if value is not None:  # TOML has no word for it: the option is left out, and None is its default
                lines.append(f"{name} = {_toml(value)}" + (f"  # {remark}" if remark else ""))
    return "\n".join(lines).lstrip() + "\n"


def parsed_change(text: str) -> tuple[str, Any]:
    """Return the name and the value of a change `section.option=value`, the value in TOML or bare.

    Raises:
        SettingsError: if the text is something else.

    >>> parsed_change("model.grid=[3, 3]"), parsed_change("model.fusion=concat")
    (('model.grid', [3, 3]), ('model.fusion', 'concat'))
    """
    name, equals, value = text.partition("=")
    section, dot, key = name.strip().partition(".")
    if not (equals and dot and key and section):
        raise SettingsError(f"{text!r}: expected section.option=value, such as model.fusion=concat.")
    return name.strip(), parsed_value(value)


def parsed_value(text: str) -> Any:
    """Return a value that is written in TOML, or else the text itself: a bare word."""
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def _validated(content: Mapping[str, Any], where: str) -> Settings:
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        raise SettingsError(f"{where}: {'; '.join(faults(error, Settings, 'setting'))}") from None


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


def _lay_over(content: dict[str, Any], name: str, value: object, change: str) -> None:
    section, _, key = name.partition(".")
    _options(content, section, change)[key] = value


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one character that JSON lets pass


def _options(content: dict[str, Any], section: str, change: str) -> dict[str, Any]:
    options = content.setdefault(section, {})
    if not isinstance(options, dict):
        raise SettingsError(f"{change}: the page gives {section} one value, {options!r}; expected a [{section}] table.")
    return options
