"""What a public function was given: a value that cannot be right is refused with a sentence that says what to pass."""

import operator
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from reprlib import Repr
from typing import TypeVar

from glfnet.errors import SettingsError

T = TypeVar("T")

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60


def check_argument(name: str, value: object, fits: bool, expected: str) -> None:
    """Raise an error unless an argument fits.

    Args:
        name: of the parameter.
        value: what was passed.
        fits: whether it may be.
        expected: what to pass instead, in words.

    Raises:
        SettingsError: if not.
    """
    if not fits:
        kind, shown = type(value).__name__, " ".join(_SHORT.repr(value).split())
        what = "" if value is None else f", {'an' if kind[0] in 'aeioAEIO' else 'a'} {kind}"
        raise SettingsError(f"{name}: found {shown}{what}; expected {expected}.")


def given_path(name: str, value: object, expected: str) -> Path:
    """Return a path that was passed as text or as a path.

    Raises:
        SettingsError: if it is something else.
    """
    check_argument(name, value, isinstance(value, str | os.PathLike), expected)
    return Path(value)  # type: ignore[arg-type]  # checked in the line above


def given_number(name: str, value: object, expected: str, *, least: int | None = None) -> int:
    """Return a whole number, of Python's or numpy's.

    Raises:
        SettingsError: if it is something else, or less than `least`.
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # what has no index raises
    except TypeError:
        number = None
    fits = number is not None and not isinstance(value, bool) and (least is None or number >= least)
    check_argument(name, value, fits, expected)
    return number or 0


def given_list(name: str, value: Iterable[T], expected: str, item: Callable[[str, T], T]) -> tuple[T, ...]:
    """Return what was passed as a list, each item as `item(name, value)` returns it; text is no list of letters.

    Raises:
        SettingsError: if it cannot be listed, or from `item`.
    """
    check_argument(name, value, isinstance(value, Iterable) and not isinstance(value, str | bytes | dict), expected)
    return tuple(item(name, each) for each in value)
