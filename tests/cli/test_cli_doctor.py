import json
from collections.abc import Callable
from typing import Any

import pytest

from glfnet.cli import doctor

Command = Callable[..., Any]


@pytest.mark.slow
def test_all_works_here(command: Command) -> None:
    said = command("doctor")
    assert said.status == 0, said.out
    lines = said.out.splitlines()
    assert [line[:5] for line in lines[-3:]] == ["works"] * 3
    assert any(line.startswith("extra web") for line in lines)


def test_what_fails_is_named_and_the_rest_is_tried(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OSError("no space left")

    monkeypatch.setattr(doctor, "_CHECKS", (("a file is written", fails), ("a file is read", lambda: None)))
    said = command("doctor")
    assert said.status == 1
    assert "fails  a file is written (0.0 s): OSError: no space left" in said.out
    assert "works  a file is read" in said.out


def test_json_says_the_same(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_CHECKS", (("a file is read", lambda: None),))
    found = json.loads(command("doctor", "--json").out)
    assert set(found["extras"]) == {"tune", "web", "cluster"}
    assert (found["checks"][0]["works"], found["checks"][0]["what"]) == (True, "a file is read")


def test_an_extra_that_is_not_there_comes_with_its_command(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_CHECKS", ())
    monkeypatch.setattr(doctor, "EXTRAS", {"web": "a_library_that_nobody_has"})
    assert 'not installed: pip install "glfnet[web]"' in command("doctor").out
