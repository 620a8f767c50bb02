from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glfnet.config.settings import Settings
from glfnet.errors import InputError, RunFolderError, SettingsError
from glfnet.evaluation.evaluate import Run, evaluate
from glfnet.flow.settings import FlowSettings
from glfnet.own_weights.train import features_of_store, settings_of, train_weights
from glfnet.recognition.card import Features
from glfnet.recognition.weights import read_trained
from glfnet.samples.flow_set import FlowSet
from glfnet.settings_page import read_settings

MakeSettings = Callable[..., Settings]
pytestmark = pytest.mark.slow


def features(size_px: int = 12) -> Features:
    return Features(**FlowSettings(size_px=size_px).as_kept(), normalisation="min_max")


def test_a_finished_run_becomes_weights_that_carry_its_score(
    finished_run: Run, tiny_flow: FlowSet, tmp_path: Path
) -> None:
    card = train_weights(tiny_flow, finished_run.folder, tmp_path / "mine.safetensors", features(), source="made up")
    trained = read_trained(tmp_path / "mine.json")
    assert trained.card == card
    assert (card.name, card.members, card.settings) == ("mine", 2, settings_of(finished_run.folder))
    assert card.score is not None
    assert card.training is not None
    # The answers of the two seeds are averaged, so the score is none of theirs; but it is of the same people.
    assert 0 <= card.score.uf1.low <= card.score.uf1.value <= card.score.uf1.high <= 1
    assert (card.training.digest, card.training.subjects) == (tiny_flow.digest(), 5)
    assert card.licence.startswith("Not stated; the licences of the recordings bind you: ")
    answers = trained.probabilities(tiny_flow.maps)
    np.testing.assert_allclose(answers.sum(axis=1), 1)


def test_the_same_run_gives_the_same_weights(finished_run: Run, tiny_flow: FlowSet, tmp_path: Path) -> None:
    first, second = (
        train_weights(tiny_flow, finished_run.folder, tmp_path / name / "w.safetensors", features())
        for name in ("a", "b")
    )
    assert first.sha256 == second.sha256


def test_weights_that_are_there_are_replaced_only_if_one_says_so(
    finished_run: Run, tiny_flow: FlowSet, tmp_path: Path
) -> None:
    out = tmp_path / "mine.safetensors"
    out.write_bytes(b"somebody's")
    with pytest.raises(InputError, match=r"expected a new file, or other weights \(--force\) to replace"):
        train_weights(tiny_flow, finished_run.folder, out, features())
    assert out.read_bytes() == b"somebody's"
    train_weights(tiny_flow, finished_run.folder, out, features(), force=True)
    assert read_trained(out).card.members == 2


def test_a_run_of_other_maps_is_refused(finished_run: Run, tiny_flow: FlowSet, tmp_path: Path) -> None:
    fewer = tiny_flow.select(range(len(tiny_flow) - 1))
    with pytest.raises(RunFolderError, match="another run: its data are not those"):
        train_weights(fewer, finished_run.folder, tmp_path / "w.safetensors", features())
    assert not list(tmp_path.iterdir())


def test_a_run_that_held_out_only_some_people_is_refused(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    subject = str(tiny_flow.samples[0].subject)
    settings = tiny_settings(protocol={"name": "subjects", "subjects": (subject,)}, training={"epochs": 1})
    run = evaluate(tiny_flow, tmp_path / "run", settings, seeds=(0,))
    with pytest.raises(RunFolderError, match=r"predictions\.csv lacks \d+ of \d+ clips, such as .*expected each"):
        train_weights(tiny_flow, run.folder, tmp_path / "w.safetensors", features())


def test_a_run_without_networks_is_refused(tiny_flow: FlowSet, tmp_path: Path) -> None:
    run = evaluate(tiny_flow, tmp_path / "run", read_settings("logistic_regression"), seeds=(0,))
    with pytest.raises(SettingsError, match="logistic_regression is no network; expected a run of one"):
        train_weights(tiny_flow, run.folder, tmp_path / "w.safetensors", features())


def test_another_ending_and_no_run_are_refused(finished_run: Run, tiny_flow: FlowSet, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected NAME\.safetensors"):
        train_weights(tiny_flow, finished_run.folder, tmp_path / "w.pt", features())
    with pytest.raises(InputError, match="expected the folder of a finished run"):
        train_weights(tiny_flow, tmp_path, tmp_path / "w.safetensors", features())


def test_a_store_of_imitated_maps_has_no_features(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Clip:
        excluded, scaling = "", "stretched"

    made: Callable[[Path], Any] = lambda path: (Clip(),)  # noqa: E731
    monkeypatch.setattr("glfnet.own_weights.train.how_made", made)
    with pytest.raises(SettingsError, match="its maps imitate published ones"):
        features_of_store(tmp_path, read_settings("glfnet"))
