"""The script of the weights that see action units: it takes a run that `glfnet evaluate` made, and no other."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import train_unit_weights

from glfnet.config.settings import Settings
from glfnet.errors import RunFolderError
from glfnet.evaluation.evaluate_units import evaluate_units
from glfnet.evaluation.labelled_set import label_samples
from glfnet.recognition.weights import write_trained
from glfnet.samples.flow_npz import read_flow_npz, write_flow_npz
from glfnet.synthetic.flow_maps import synthetic_flow_set

MakeSettings = Callable[..., Settings]


@pytest.mark.slow
def test_a_run_made_today_gives_weights_with_their_card(
    tiny_settings: MakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tiny_settings(protocol={"task": "action_units", "units": [4, 12]})
    write_flow_npz(tmp_path / "flows.npz", synthetic_flow_set(subjects=6, seed=3, size_px=12))
    flow = read_flow_npz(tmp_path / "flows.npz")
    run = evaluate_units(flow, tmp_path / "run", settings, seeds=range(2))
    monkeypatch.setattr(train_unit_weights, "read_settings", lambda recipe, **sections: settings)
    monkeypatch.setattr(train_unit_weights, "SEEDS", range(2))
    monkeypatch.setattr(train_unit_weights, "RESAMPLES", 20)
    given = ["train_unit_weights.py", tmp_path / "flows.npz", run.folder, tmp_path, "--date", "2026-01-02"]
    monkeypatch.setattr(sys, "argv", list(map(str, given)))
    train_unit_weights.main()
    said = capsys.readouterr().out
    assert (tmp_path / "glfnet-units.safetensors").is_file()
    assert "| AU12 |" in said

    data = label_samples(flow, settings.protocol)
    shift = train_unit_weights.prior_shift(data, settings)
    rare = np.array([(column == 1).sum() < (column == 0).sum() for column in data.presence.T])
    assert ((np.array(shift) < 0) == rare).all()
    other = replace(data, presence=1 - data.presence)
    with pytest.raises(RunFolderError, match="another run: its clips or their action units are not those"):
        train_unit_weights.held_out(run.folder, other, shift)
    card = train_unit_weights.make_card(data, settings, run.folder, "2026-01-02")
    written = write_trained(tmp_path / "again.safetensors", card, train_unit_weights.train(data, settings))
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "glfnet-units.safetensors").read_bytes()
    assert written.sha256 in said
