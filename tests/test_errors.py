"""Errors name what would mend them, also after they have left a worker process."""

import csv
import pickle
from pathlib import Path

import pytest

from glfnet.errors import GlfnetError, InputError, SettingsError, reason


def test_an_input_error_names_file_row_and_remedy_and_keeps_the_parts() -> None:
    error = InputError(file="a.csv", row=7, found="x", expected="y", remedy="Mend it.", settings=("labels",))
    assert str(error) == "a.csv, row 7: found x; expected y. Mend it."
    assert (error.file, error.row, error.settings) == (Path("a.csv"), 7, ("labels",))


def test_errors_leave_a_worker_process_with_all_their_parts() -> None:
    parts = {"found": "x", "expected": "y", "remedy": "Mend it."}
    errors: list[GlfnetError] = [
        InputError(file="a.csv", row=7, settings=("labels", "version"), **parts),
        SettingsError("no frame rate", settings=("fps",)),
        SettingsError("no setting"),
    ]
    for error in errors:
        other = pickle.loads(pickle.dumps(error))
        assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("the disk has gone"), "the disk has gone"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "text that is not UTF-8, or no text"),
        (csv.Error("new-line"), "text that is not CSV: quotation marks that do not close, or a cell without end"),
    ],
)
def test_the_reason_is_in_the_words_of_the_system_as_they_are_or_in_ours(error: Exception, words: str) -> None:
    assert reason(error) == words
