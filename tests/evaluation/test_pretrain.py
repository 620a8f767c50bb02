"""A run that begins with made-up faces: weights kept once for each seed, the same at any number of processes."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from glfnet.config.settings import Settings
from glfnet.errors import RunFolderError, SettingsError
from glfnet.evaluation.evaluate import Run, evaluate
from glfnet.evaluation.pretrain import PRETRAINED
from glfnet.samples.flow_set import FlowSet

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_report")]

MakeSettings = Callable[..., Settings]


def run_of(flow: FlowSet, out: Path, settings: Settings, jobs: int = 1) -> Run:
    return evaluate(flow, out, settings, seeds=[0, 1], jobs=jobs)


def test_any_number_of_processes_gives_the_same_and_a_damaged_file_is_made_again(
    tmp_path: Path, tiny_flow: FlowSet, tiny_settings: MakeSettings
) -> None:
    settings = tiny_settings(pretraining={"fields": 600, "beside": 0.5})
    one = run_of(tiny_flow, tmp_path / "one", settings)
    two = run_of(tiny_flow, tmp_path / "two", settings, jobs=2)
    assert np.array_equal(one.predictions.probabilities, two.predictions.probabilities)
    files = [tmp_path / run / PRETRAINED / f"seed-{seed}.safetensors" for run in ("one", "two") for seed in (0, 1)]
    contents = [file.read_bytes() for file in files]
    assert contents[:2] == contents[2:]
    assert contents[0] != contents[1]

    files[0].write_bytes(contents[0][:100])
    files[1].unlink()
    for fold in (tmp_path / "one" / "folds").rglob("*.json"):
        fold.unlink()
    again = run_of(tiny_flow, tmp_path / "one", settings)
    assert [file.read_bytes() for file in files[:2]] == contents[:2]
    assert np.array_equal(again.predictions.probabilities, one.predictions.probabilities)


def test_it_changes_answers_and_is_part_of_what_tells_runs_apart(
    tmp_path: Path, tiny_flow: FlowSet, tiny_settings: MakeSettings
) -> None:
    without = run_of(tiny_flow, tmp_path / "without", tiny_settings())
    assert not (without.folder / PRETRAINED).exists()
    assert "pretraining" not in json.loads((without.folder / "identity.json").read_text())["settings"]
    begun = run_of(tiny_flow, tmp_path / "begun", tiny_settings(pretraining={"fields": 600}))
    assert not np.array_equal(begun.predictions.probabilities, without.predictions.probabilities)
    with pytest.raises(RunFolderError, match=r"settings\.pretraining\.fields was 600, now 700"):
        run_of(tiny_flow, begun.folder, tiny_settings(pretraining={"fields": 700}))


def test_a_model_without_weights_to_begin_with_is_refused_before_anything_is_written(
    tmp_path: Path, tiny_flow: FlowSet, tiny_settings: MakeSettings
) -> None:
    settings = tiny_settings(pretraining={"fields": 600})
    for model in (KNeighborsClassifier(), None):
        page = settings if model else tiny_settings(pretraining={"fields": 600}, model={"kind": "prior"})
        with pytest.raises(SettingsError, match=r"^pretraining: found a model that is no network; expected one"):
            evaluate(tiny_flow, tmp_path / "run", page, model=model)
    assert not (tmp_path / "run").exists()
