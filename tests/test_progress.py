"""A Python function shows its progress where somebody watches, and nowhere else."""

import io
import sys
import types

import pytest

from glfnet.progress import is_watched, progress_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, wanted: bool | None, *, told: bool = False) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_of("folds", wanted, told=told) as show:
        show(3, 7, "UF1 so far 0.5")
    return stream.getvalue()


def test_a_bar_is_shown_in_a_terminal_and_not_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    text = shown(monkeypatch, Terminal(), None)
    assert "folds" in text
    assert "3/7" in text
    assert "UF1 so far 0.5" in text
    assert shown(monkeypatch, io.StringIO(), None) == ""


def test_a_caller_who_is_told_sees_no_bar_unless_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert shown(monkeypatch, Terminal(), None, told=True) == ""
    assert "3/7" in shown(monkeypatch, Terminal(), True, told=True)
    assert shown(monkeypatch, Terminal(), False) == ""


def test_a_bar_that_is_wanted_is_shown_in_a_file_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with_bar = io.StringIO()
    monkeypatch.setattr(sys, "stderr", with_bar)
    with progress_of("folds", True) as show:
        show(7, 7)
    assert "\x1b" not in with_bar.getvalue()


def test_a_notebook_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not is_watched()
    shell = types.SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))  # type: ignore[misc]
    assert is_watched()
    assert "3/7" in shown(monkeypatch, io.StringIO(), None)
