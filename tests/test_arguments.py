"""What Python callers pass by mistake is told what to pass."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glfnet
from glfnet.arguments import check_argument, given_list, given_number, given_path
from glfnet.errors import SettingsError


def test_what_fits_comes_back() -> None:
    check_argument("x", 3, True, "a number")
    assert given_path("x", "a/b", "a path") == given_path("x", Path("a/b"), "a path") == Path("a/b")
    assert given_number("x", np.int64(3), "a number", least=3) == 3
    assert given_list("x", range(2), "numbers", lambda _, each: each) == (0, 1)


def test_a_long_value_is_shown_shortened() -> None:
    with pytest.raises(SettingsError) as caught:
        check_argument("flow", list(range(10_000)), False, "samples")
    assert str(caught.value) == "flow: found [0, 1, 2, 3, 4, 5, ...], a list; expected samples."


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("read_flow_set", {"path": None}, "path: found None; expected one path to flow maps: a folder"),
        (
            "read_flow_set",
            {"path": "x", "label_names": "abc"},
            "label_names: found 'abc', a str; expected names, ",
        ),
        (
            "read_settings",
            {"page": {}},
            "page: found {}, a dict; expected the path of a .toml file, ",
        ),
        (
            "read_settings",
            {"overrides": "training.epochs=5"},
            "overrides: found 'training.epochs=5', a str; expected a list of texts, such as [\"training.epochs=5\"].",
        ),
        ("compare_runs", {"runs": ["a", "b"]}, "runs: found ['a', 'b'], a list; expected prediction tables by name: {"),
        ("read_predictions", {"path": 3}, "path: found 3, an int; expected the path of a run's predictions.csv."),
        ("predict", {"source": ["a.mp4"]}, "source: found ['a.mp4'], a list; expected one path to a video or a folder"),
        (
            "predict",
            {"source": "a.mp4", "onset": 1.5, "apex": 3},
            "onset: found 1.5, a float; expected the number of a frame, from 0.",
        ),
        ("predict", {"source": "a.mp4", "fps": "30"}, "fps: found '30', a str; expected frames per second, a number"),
        ("PredictionSettings", {"min_fps": "50"}, "min_fps: found '50'; expected a number, 0 or more."),
    ],
)
def test_a_public_function_says_what_to_pass(name: str, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        getattr(glfnet, name)(**arguments)
    assert str(caught.value).startswith(sentence)
