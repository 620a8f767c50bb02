"""Every error that glfnet raises for something a user can fix.

::

    GlfnetError                 catch this to catch them all
    ├── InputError              something on disk is not as it must be: file, row, found, expected, remedy
    ├── SettingsError           a settings page or an override says something that does not exist or fit
    ├── ProtocolError           the samples do not allow what the protocol asks (one subject only, one class, ...)
    ├── RunFolderError          a run folder belongs to another run or is damaged
    ├── WorkerError             a worker process was killed from outside
    └── ShapeError              an array handed to one of our functions has the wrong shape

Each message says what was found, what was expected and what to do. A bug in glfnet itself is never one of these.
"""

import csv
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:  # whoever has read nothing with it need not wait for it
    from pydantic import BaseModel, ValidationError

_LONGEST_VALUE = 60


class GlfnetError(Exception):
    """Base of all errors below; its text is meant to be shown to the user as it is.

    Attributes:
        settings: names of our functions' parameters that would fix it, such as `fps`, for whoever words a remedy of
            their own: the command line names its options.
    """

    def __init__(self, message: str, *, settings: tuple[str, ...] = ()) -> None:
        self.settings = settings
        super().__init__(message)


def reason(error: Exception) -> str:
    """Return in a few words why a file could not be read or written; the system's own words stay as they are.

    >>> reason(OSError(21, "Is a directory"))
    'Is a directory'
    """
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8, or no text"
    if isinstance(error, csv.Error):
        return "text that is not CSV: quotation marks that do not close, or a cell without end"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON from line {error.lineno}, column {error.colno} on"
    return str(error)


def faults(error: "ValidationError", model: type["BaseModel"] | None = None, noun: str = "entry") -> list[str]:
    """Return what is wrong with values that pydantic has refused: where, what was found, what was expected.

    Args:
        error: what pydantic raised.
        model: what the values were to be, so that a misspelt name gets the nearest one that is known.
        noun: what a name stands for.

    Returns:
        A part of a sentence for each fault.
    """
    return [_fault(problem, model, noun) for problem in error.errors()]


def _fault(problem: Mapping[str, Any], model: type["BaseModel"] | None, noun: str) -> str:
    where, known = _place(problem["loc"], model)
    what = f"{where}: " if where else ""
    match problem["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1)
            return f"unknown {noun} {where}; " + (
                f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            )
        case "missing":
            return f"{what}nothing there, expected a value"
        case "union_tag_not_found":
            return f"{where}.kind: nothing there, expected a value"
        case "union_tag_invalid":
            return _choice(f"{where}.kind: ", problem["ctx"]["tag"], problem["ctx"]["expected_tags"])
        case "literal_error":
            return _choice(what, problem["input"], problem["ctx"]["expected"])
        case "value_error":  # ours: a whole sentence
            return f"{what}{problem['ctx']['error']}"
    return f"{what}{problem['msg']}, got {_shown(problem['input'])}"


def _choice(what: str, found: object, expected: str) -> str:
    near = difflib.get_close_matches(str(found), re.findall(r"'([^']+)'", expected), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{what}Input should be {expected}, got {_shown(found)}{hint}"


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _place(loc: Sequence[int | str], model: type["BaseModel"] | None) -> tuple[str, list[str]]:
    """Return a place as its author wrote it, and the names that are known there."""
    models, known, written = [model] if model is not None else [], [], []
    for part in loc:
        # Of several models in one place, pydantic adds the chosen kind ("model", "glfnet", "widht"), but the author
        # wrote model.widht.
        chosen = [m for m in models if "kind" in m.model_fields and m.model_fields["kind"].default == part]
        if len(models) > 1 and chosen:
            models = chosen
            continue
        written.append(str(part))
        if isinstance(part, str):  # a number is the place in a list of the same models
            known = [name for m in models for name in m.model_fields]
            fields = [m.model_fields[part] for m in models if part in m.model_fields]
            models = [inner for field in fields for inner in _models(field.annotation)]
    return ".".join(written), known


def _models(annotation: Any) -> list[type["BaseModel"]]:
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [inner for part in get_args(annotation) for inner in _models(part)]


class InputError(GlfnetError):
    """A file or folder is not as it must be.

    The parts stay readable as attributes, so that a caller can collect many and show them as a table.
    """

    def __init__(
        self,
        *,
        file: Path | str,
        found: str,
        expected: str,
        remedy: str,
        row: int | None = None,
        settings: tuple[str, ...] = (),
    ) -> None:
        self.file = Path(file)
        self.row = row
        self.found = found
        self.expected = expected
        self.remedy = remedy
        where = f"{self.file}, row {row}" if row is not None else str(self.file)
        super().__init__(f"{where}: found {found}; expected {expected}. {remedy}", settings=settings)

    def __reduce__(self) -> tuple[partial["InputError"], tuple[()]]:
        # Without this it could not leave a worker process: an Exception is made again from its text alone.
        make = partial(
            type(self), file=self.file, row=self.row, found=self.found, expected=self.expected, remedy=self.remedy,
            settings=self.settings,
        )  # fmt: skip
        return make, ()


class SettingsError(GlfnetError):
    """A setting is unknown, misspelt or out of range."""


class ProtocolError(GlfnetError):
    """The samples do not allow the folds that were asked for."""


class RunFolderError(GlfnetError):
    """A run folder belongs to another run or is damaged."""


class WorkerError(GlfnetError):
    """A worker process was killed from outside, perhaps because memory was short; finished work is kept."""


class ShapeError(GlfnetError):
    """An array has the wrong number of axes or the wrong sizes."""
