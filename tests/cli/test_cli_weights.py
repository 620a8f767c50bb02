import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glfnet.evaluation.evaluate import Run
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet

Command = Callable[..., Any]
pytestmark = pytest.mark.slow


def test_weights_of_the_package_are_listed_with_what_binds_their_user(command: Command) -> None:
    said = command("weights")
    assert said.status == 0
    assert "research" in said.out
    assert "free" in said.out
    assert "made-up" in said.out
    assert set(json.loads(command("weights", "--json").out)) == {"research", "free"}


def test_weights_are_shown_in_words_and_as_json(command: Command) -> None:
    words = " ".join(command("weights", "research").out.split())
    for part in ("It does not read emotion", "negative, positive, surprise", "5 of glfnet", "UF1", "SHA-256", "AU4"):
        assert part in words
    card = json.loads(command("weights", "research", "--json").out)
    assert (card["members"], card["classes"]) == (5, ["negative", "positive", "surprise"])


def test_weights_that_are_not_there_are_named(command: Command, tmp_path: Path) -> None:
    said = command("weights", tmp_path / "nothing.safetensors")
    assert said.status == 1
    assert "nothing.json: found no readable file" in said.err


def test_a_run_becomes_weights_by_one_command(
    command: Command, finished_run: Run, tiny_flow: FlowSet, tmp_path: Path
) -> None:
    maps, out = tmp_path / "maps.npz", tmp_path / "mine.safetensors"
    write_flow_npz(maps, tiny_flow)
    given = ("train", maps, "--run", finished_run.folder, "--out", out)
    said = command(*given)
    assert said.status == 1
    assert "found maps that do not say how they were made; expected --crop and --method" in said.err
    said = command(*given, "--crop", "wide", "--method", "tvl1", "--licence", "as agreed with our participants")
    assert said.status == 0, said.err
    assert "as agreed with our participants" in said.out
    assert "Next: glfnet predict VIDEO --weights" in said.out
    assert json.loads(command("weights", out, "--json").out)["training"]["source"] == "maps.npz"
    assert command(*given, "--crop", "wide", "--method", "tvl1").status == 1
    assert command(*given, "--crop", "wide", "--method", "tvl1", "--force").status == 0
