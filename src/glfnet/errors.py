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
import json
from functools import partial
from pathlib import Path


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
