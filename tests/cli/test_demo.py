"""The demo: small, on the command line; what it says, and that a stopped one goes on where it was."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from command_line import Command, Said
from glfnet.cli import main as cli
from glfnet.cli.demo import DemoSize, demo_steps

TINY = DemoSize(subjects=2, clips=3, frame_px=192, fps=50, method="dis", epochs=1, seeds=1)


@pytest.fixture
def demo(command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Said]:
    """Return a function that runs a tiny demo in this process."""
    monkeypatch.setattr(cli, "demo_steps", partial(demo_steps, size=TINY))
    return lambda out: command("demo", "--out", out, "--jobs", "1")


@pytest.mark.slow
def test_every_stage_is_announced_says_what_it_found_and_can_be_stopped(
    demo: Callable[[Path], Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "demo"
    stopped, first_clip = [], []
    for bar in range(4):  # of the recordings, the doctor, the maps and the folds
        with monkeypatch.context() as patch:
            stop_at_the_first_of(patch, bar)
            stopped.append(demo(out))
        first_clip.append({file: file.stat().st_mtime_ns for file in out.glob("faces/p01/clip01/*")})
    said = demo(out)
    assert [(end.status, end.out.count("\n$ glfnet ")) for end in stopped] == [(130, 1), (130, 3), (130, 4), (130, 5)]
    assert all("Stopped. " in end.err for end in stopped)
    assert said.status == 0, said.err
    order = [
        "1 of 5, ", "6 made-up clips of 2 made-up subjects.",
        "2 of 5, ", "6 clips of 2 subjects, 0 of them excluded: negative 2, positive 2, surprise 2.",
        "3 of 5, ", "Faces found in 6 of 6 clips.", "Nothing is wrong.",
        "4 of 5, ", "--method dis", "Nothing to do: 6 clips with a flow map, 0 excluded",
        "5 of 5, ", "scores on made-up faces say nothing about people", "Honest: ", "1 folds kept from earlier",
    ]  # fmt: skip
    places = [said.out.find(text) for text in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert "5 made now" in stopped[-1].out, "one map was kept when the maps were stopped"
    assert said.out.splitlines()[-1] == str(out / "glfnet" / "report.html")
    page = (out / "glfnet" / "report.html").read_text()
    assert "made-up-faces" in page
    assert not [name for name in ("CausalNet", "LBP-TOP", "0.860") if name in said.out + page], "published scores"
    assert first_clip[0]
    assert first_clip == first_clip[:1] * 4, "a finished clip was recorded again"


def test_a_stage_that_finds_errors_ends_the_demo(demo: Callable[[Path], Said], tmp_path: Path) -> None:
    (tmp_path / "faces").write_text("mine")
    said = demo(tmp_path)
    assert said.status == 1
    assert "faces: found a file; expected a new or empty folder" in said.err
    assert "2 of 5" not in said.out


def test_the_demo_names_its_flow_method_and_shows_every_class_equally_often() -> None:
    steps = demo_steps(Path("demo"), jobs=2)
    assert [step.arguments[0] for step in steps] == ["synth", "index", "check", "prepare", "evaluate"]
    prepare = steps[3].arguments
    assert prepare[prepare.index("--method") + 1] == "tvl1"
    assert DemoSize().clips % 3 == 0
    assert "--harder" in steps[0].arguments, "on neat faces every model scores 1.000, which is like no person's score"


def stop_at_the_first_of(patch: pytest.MonkeyPatch, wanted: int) -> None:
    """Press Ctrl-C when the first thing of the bar of this number, from 0, is done; all before were whole."""
    bars: list[Progress] = []
    update = Progress.update

    def stop(self: Progress, *arguments: Any, **keywords: Any) -> None:
        if self not in bars:
            bars.append(self)
        update(self, *arguments, **keywords)
        if bars.index(self) == wanted and keywords["completed"] == 1:
            raise KeyboardInterrupt

    patch.setattr(Progress, "update", stop)
