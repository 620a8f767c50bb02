"""Errors name what would mend them, also after they have left a worker process."""

import csv
import pickle
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from glfnet.errors import GlfnetError, InputError, SettingsError, faults, reason


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


class _Book(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    pages: int = Field(default=1, ge=1)


class _Shelf(BaseModel):
    books: tuple[_Book, ...] = ()


@pytest.mark.parametrize(
    ("values", "sentences"),
    [
        (
            {"books": [{"title": "a"}, {"title": "b", "pags": 3}]},
            ["unknown entry books.1.pags; did you mean pages?"],
        ),
        ({"books": [{"title": "a", "colour": 3}]}, ["unknown entry books.0.colour; known are title, pages"]),
        (
            {"books": [{"pages": 0}]},
            [
                "books.0.title: nothing there, expected a value",
                "books.0.pages: Input should be greater than or equal to 1, got 0",
            ],
        ),
        (
            {"books": [{"title": [1] * 99}]},
            [f"books.0.title: Input should be a valid string, got {str([1] * 99)[:59]}…"],
        ),
        (5, ["Input should be a valid dictionary or instance of _Shelf, got 5"]),
    ],
)
def test_what_pydantic_refuses_is_said_with_place_value_and_nearest_name(values: object, sentences: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        _Shelf.model_validate(values)
    assert faults(caught.value, _Shelf) == sentences
