"""The weights' script: it takes a run that `glfnet evaluate` made, and refuses one of other settings or data."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import train_weights

from glfnet.config.settings import Settings
from glfnet.errors import RunFolderError
from glfnet.evaluation.evaluate import Run
from glfnet.own_weights.held_out import read_held_out
from glfnet.recognition.weights import read_trained
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet

MakeSettings = Callable[..., Settings]


@pytest.mark.slow
def test_a_run_made_today_gives_weights_with_their_card(
    finished_run: Run,
    tiny_flow: FlowSet,
    tiny_settings: MakeSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flows, figure = tmp_path / "flows.npz", tmp_path / "reliability.svg"
    write_flow_npz(flows, tiny_flow)
    monkeypatch.setattr(train_weights, "read_settings", lambda recipe: tiny_settings())
    monkeypatch.setattr(train_weights, "SEEDS", range(2))
    monkeypatch.setattr(train_weights, "RESAMPLES", 20)
    given = [flows, finished_run.folder, tmp_path, "--date", "2026-01-02", "--figure", figure]
    monkeypatch.setattr(sys, "argv", ["train_weights.py", *map(str, given)])
    train_weights.main()
    trained = read_trained(tmp_path / "glfnet.safetensors")
    assert (len(trained.networks), trained.card.date) == (2, "2026-01-02")
    assert trained.card.training is not None
    assert trained.card.training.digest == tiny_flow.digest()
    assert trained.card.sha256 in capsys.readouterr().out
    assert figure.read_text().startswith("<?xml")


@pytest.mark.slow
def test_a_run_of_other_settings_is_refused(finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings) -> None:
    with pytest.raises(RunFolderError, match="another run: its settings are not those"):
        read_held_out(finished_run.folder, tiny_settings(training={"epochs": 3}), tiny_flow, [])


@pytest.mark.slow
def test_a_run_of_other_data_is_refused(finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings) -> None:
    fewer = tiny_flow.select(range(len(tiny_flow) - 1))
    with pytest.raises(RunFolderError, match="another run: its data are not those"):
        read_held_out(finished_run.folder, tiny_settings(), fewer, [])
