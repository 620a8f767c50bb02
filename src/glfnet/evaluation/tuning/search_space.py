"""What a sweep tries: options of the settings page, each with its values or its range."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.evaluation.tuning.page_changes import check_comparable
from glfnet.settings_page import changed_settings, parsed_change, parsed_value

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*(?::\s*(\w+)\s*)?")
_FORMS = "two values or more (model.width=16,32), or a range (training.learning_rate=1e-4..1e-2:log)"
_DIGITS = 4  # of a number drawn from a range: more would say nothing, and nobody could type them


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """An option that takes one of some values, which are as in JSON."""

    name: str
    values: tuple[Any, ...]

    @property
    def size(self) -> float:
        """How many values there are."""
        return len(self.values)

    def covers(self, value: object) -> bool:
        """Return whether a value is one of them."""
        return value in self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """An option that takes any number from `low` to `high`, both included.

    Attributes:
        name: `section.option`.
        low: smallest.
        high: largest.
        log: numbers are drawn evenly over their logarithm, not over themselves.
        whole: whole numbers only.
    """

    name: str
    low: float
    high: float
    log: bool
    whole: bool

    @property
    def size(self) -> float:
        """How many values there are; infinity unless they are whole."""
        return self.high - self.low + 1 if self.whole else math.inf

    @property
    def values(self) -> tuple[int, ...]:
        """All values of a range of whole numbers."""
        return tuple(range(int(self.low), int(self.high) + 1))

    def covers(self, value: object) -> bool:
        """Return whether a value lies in it."""
        return isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high

    def rounded(self, number: float) -> float:
        """Return a number with four digits, which still lies in the range."""
        return number if self.whole else min(max(float(f"{number:.{_DIGITS}g}"), self.low), self.high)


Parameter = Choices | Range


def read_space(texts: Sequence[str], settings: Settings) -> tuple[Parameter, ...]:
    """Return what `section.option=VALUES` texts say: values with commas between them, `LOW..HIGH` or `LOW..HIGH:log`.

    Raises:
        SettingsError: if there is no text, or one names no option, or values that do not exist or fit.
    """
    if not texts:
        raise SettingsError(f"found no setting to try; expected one or more, each with {_FORMS}.", settings=("try",))
    space = [_parameter(text, settings) for text in texts]
    names = [parameter.name for parameter in space]
    for name in names:
        if names.count(name) > 1:
            raise SettingsError(f"{name}: found {names.count(name)} times; expected once, with all its values.")
    return tuple(space)


def all_values(space: Sequence[Parameter]) -> Iterator[dict[str, Any]]:
    """Yield every combination of a space without endless ranges."""
    for values in product(*(parameter.values for parameter in space)):
        yield {parameter.name: value for parameter, value in zip(space, values, strict=True)}


def present_values(settings: Settings, names: Sequence[str]) -> dict[str, Any]:
    """Return what a page says of some options, as in JSON."""
    page = settings.model_dump(mode="json")
    return {name: page[name.partition(".")[0]].get(name.partition(".")[2]) for name in names}


def _parameter(text: str, settings: Settings) -> Parameter:
    name, _ = parsed_change(text)
    check_comparable(name, text)
    spec = text.partition("=")[2].strip()
    return _range(name, spec, text, settings) if ".." in spec else _choices(name, spec, text, settings)


def _choices(name: str, spec: str, text: str, settings: Settings) -> Choices:
    given = parsed_value(f"[{spec}]")  # so that a value may be a list, with commas of its own
    if not isinstance(given, list):
        given = [parsed_value(word) for word in spec.split(",")]
    values = [_value(settings, name, value) for value in given]
    shown = [json.dumps(value) for value in values]
    twice = next((value for value in shown if shown.count(value) > 1), None)
    if twice is not None:
        raise SettingsError(f"{text}: found {twice} {shown.count(twice)} times; expected each value once.")
    if len(values) < 2:
        found = "one value" if values else "no value"
        raise SettingsError(f"{text}: found {found}; expected {_FORMS}. What is not to be tried belongs in the recipe.")
    return Choices(name=name, values=tuple(values))


def _range(name: str, spec: str, text: str, settings: Settings) -> Range:
    found = _RANGE.fullmatch(spec)
    if found is None or found[3] not in (None, "log"):
        raise SettingsError(f"{text}: found {spec!r}; expected LOW..HIGH or LOW..HIGH:log, such as 1e-4..1e-2:log.")
    low, high, log = float(found[1]), float(found[2]), found[3] == "log"
    for end in (found[1], found[2]):
        _value(settings, name, parsed_value(end.lstrip("+")))
    kind = _kind_of(settings, name)
    if kind not in (int, float):
        raise SettingsError(f"{text}: found a range; expected values with commas between them: this is no number.")
    if not low < high:
        raise SettingsError(f"{text}: found {found[1]} before {found[2]}; expected the smaller one first.")
    if log and low <= 0:
        raise SettingsError(f"{text}: found {found[1]} on a logarithmic scale; expected numbers above 0, or no :log.")
    return Range(name=name, low=low, high=high, log=log, whole=kind is int)


def _value(settings: Settings, name: str, value: object) -> Any:
    """Return a value as the page keeps it, after its check."""
    return present_values(changed_settings(settings, {name: value}), [name])[name]


def _kind_of(settings: Settings, name: str) -> Any:
    section, _, option = name.partition(".")
    fields: Mapping[str, Any] = type(getattr(settings, section)).model_fields
    return fields[option].annotation
