"""How the server starts, what it refuses, and what it clears away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Command
from glfnet.errors import InputError, SettingsError
from glfnet.web.serve import serve, take_leftovers_away


def test_a_host_that_others_can_reach_needs_a_token() -> None:
    with pytest.raises(SettingsError, match="others could reach this page, and see the videos"):
        serve(host="0.0.0.0", port=0)
    with pytest.raises(SettingsError, match="--token: found 5 characters; expected 16 to 200"):
        serve(host="0.0.0.0", port=0, token="short")


def test_a_place_that_cannot_be_listened_on_is_named() -> None:
    with pytest.raises(SettingsError, match=r"--host 192\.0\.2\.1 --port 8377: cannot be listened on"):
        serve(host="192.0.2.1", token="a" * 16)


def test_a_folder_of_runs_that_is_none_is_named_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: found no folder; expected a folder with run folders below it"):
        serve(port=0, runs=tmp_path / "nowhere")


def test_what_a_killed_server_left_is_deleted(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left, alive, other = (
        tmp_path / name
        for name in (f"glfnet-web-{int(ended.stdout)}-abc", f"glfnet-web-{os.getppid()}-abc", "other-web-1-abc")
    )
    for folder in (left, alive, other):
        (folder / "job").mkdir(parents=True)
    take_leftovers_away(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([alive, other])


def test_the_command_says_what_is_missing(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glfnet.cli.web.find_spec", lambda name: None)
    done = command("serve")
    assert done.status == 1
    assert 'install the extra `web`: `pip install -c constraints.txt ".[web]"`' in " ".join(done.err.split())
