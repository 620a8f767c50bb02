"""The scripts about made-up fields, on fields that pose as clips of CASME II and SAMM: nothing is trained on a clip."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import field_scores
import field_units
import numpy as np
import pytest
import torch
import train_free_unit_weights
import train_free_weights
import train_unit_weights
import validate_fields
from count_units import SHEETS
from PIL import Image
from safetensors.torch import load

from glfnet.config.models import PlainCNNSettings
from glfnet.config.settings import Settings
from glfnet.labels import CASME2, SAMM
from glfnet.recognition.card import UnitCard
from glfnet.recognition.weights import read_trained
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import flow_set
from glfnet.samples.subjects import SubjectId
from glfnet.scores.calibration import shifted
from glfnet.synthetic.fields.draw import field_flow_set
from made_up_databases import write_sheet

pytestmark = pytest.mark.slow

WORDS = {"negative": "disgust", "positive": "happiness", "surprise": "surprise"}
Run = Callable[[object, Sequence[object]], str]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with flows.npz and the sheets of its clips: 150 fields, by 15 people of each database."""
    folder = tmp_path_factory.mktemp("data")
    drawn = field_flow_set(150, seed=9)
    samples = []
    for number, sample in enumerate(drawn.samples):
        database, person = (CASME2, f"sub{number % 15 + 1:02d}") if number % 2 else (SAMM, f"{number % 15 + 1:03d}")
        subject = SubjectId(database, person)
        clip = f"c{number}" if database == CASME2 else f"{person}_{number}"
        samples.append(replace(sample, subject=subject, clip=clip, emotion=WORDS[sample.emotion]))
    write_flow_npz(folder / "flows.npz", flow_set(samples, list(drawn.maps), drawn.channels))
    for database, name in SHEETS.items():
        rows = [[s.subject.name, s.clip, s.action_units] for s in samples if s.subject.database == database]
        write_sheet(folder / name, [["Subject", "Filename", "Action Units"], *rows])
    return folder


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a script's main in this process, on few fields, and gives what it printed."""
    small = Settings().model_copy(update={"model": PlainCNNSettings(width=4)})
    monkeypatch.setattr(train_free_weights, "read_settings", lambda recipe: small)
    for script in (train_free_weights, train_free_unit_weights, field_units, field_scores, validate_fields):
        monkeypatch.setattr(script, "FIELDS", 1_000)
    for script in (train_free_weights, train_free_unit_weights, field_units):
        monkeypatch.setattr(script, "SEEDS", range(2))
        monkeypatch.setattr(script, "RESAMPLES", 20)
    monkeypatch.setattr(train_unit_weights, "RESAMPLES", 20)
    monkeypatch.setattr(train_free_unit_weights, "UNITS", (4, 12))
    monkeypatch.setattr(train_free_unit_weights, "CHECK_FIELDS", 3_000)

    def run_(script: object, arguments: Sequence[object]) -> str:
        monkeypatch.setattr(sys, "argv", ["script.py", *map(str, arguments)])
        script.main()  # type: ignore[attr-defined]
        return capsys.readouterr().out

    return run_


def rows(printed: str) -> dict[str, list[str]]:
    """Return the rows of all tables by their first two cells."""
    lines = [line for line in printed.splitlines() if line.startswith("|")]
    listed = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {" ".join(cells[:2]): cells for cells in listed}


def test_validation_prints_how_like_fields_are_and_draws_their_means(run: Run, data: Path, tmp_path: Path) -> None:
    given = [data, data / "flows.npz", "--crop", "b", "--picture", tmp_path / "means.png"]
    printed = rows(run(validate_fields, given))
    assert float(next(cells[3] for name, cells in printed.items() if name.startswith("negative"))) > 0.8
    share = {name: cells[-1] for name, cells in printed.items() if name.startswith(("fields", "noise"))}
    fields, noise = (
        float(next(v for k, v in share.items() if k.startswith(w)).rstrip("%")) for w in ("fields", "noise")
    )
    assert fields > noise
    with Image.open(tmp_path / "means.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 5


def test_a_linear_model_trained_on_fields_tells_other_fields(run: Run, data: Path) -> None:
    printed = rows(run(field_scores, [data / "flows.npz", "--crop", "b", "--seeds", "2"]))
    assert set(printed) == {"b one of 2", "b mean of 2"}
    assert float(printed["b mean of 2"][2].split()[0]) > 0.6


def test_units_are_scored_with_intervals(run: Run, data: Path) -> None:
    printed = run(field_units, [data, data / "flows.npz", "--crop", "b"])
    assert printed.startswith("| unit | clips with it | F1 | F1 both | AUC | AP |")
    mean = printed.splitlines()[-1]
    assert mean.startswith("| **mean** |")
    assert float(mean.split("|")[5].split()[0]) > 0.6


def test_free_weights_are_written_with_a_card_and_equal_bytes(run: Run, data: Path, tmp_path: Path) -> None:
    flows = data / "flows.npz"
    printed = run(train_free_weights, [flows, flows, tmp_path, "--date", "2026-01-02"])
    assert {"a one of 2", "a mean of 2", "b one of 2", "b mean of 2"} <= set(rows(printed))
    file = tmp_path / "glfnet-free.safetensors"
    trained, content = read_trained(file), file.read_bytes()
    assert (len(trained.networks), trained.card.date) == (2, "2026-01-02")
    assert trained.card.settings.input.clip == 3
    assert trained.card.training is not None
    assert trained.card.training.subjects == 0
    assert trained.card.licence.startswith("MIT")
    run(train_free_weights, [flows, flows, tmp_path, "--date", "2026-01-02"])
    assert file.read_bytes() == content


def test_free_weights_for_units_are_written_with_a_card_that_says_what_was_assumed(
    run: Run, data: Path, tmp_path: Path
) -> None:
    flows = data / "flows.npz"
    printed = run(train_free_unit_weights, [data, flows, flows, tmp_path, "--date", "2026-01-02"])
    assert {"where F1 is best one of 2", "where F1 is best mean", "as trained mean"} <= set(rows(printed))
    content = (tmp_path / "glfnet-free-units.safetensors").read_bytes()
    card = UnitCard.model_validate_json((tmp_path / "glfnet-free-units.json").read_text())
    assert (card.units, card.members, card.training and card.training.subjects) == ((4, 12), 2, 0)
    assert card.licence.startswith("MIT")
    assert 0.5 < card.scores[4].auc.value <= 1
    assert "no clip was trained on" in card.protocol
    assert card.settings.loss.weighting == "none"
    stored = load(content)
    for tensor in stored.values():
        if tensor.is_floating_point():
            assert torch.equal(tensor, tensor.bfloat16().float()), "packed, it takes half the room"
    run(train_free_unit_weights, [data, flows, flows, tmp_path, "--date", "2026-01-02"])
    assert (tmp_path / "glfnet-free-units.safetensors").read_bytes() == content


def test_the_shift_puts_one_half_where_f1_is_best() -> None:
    truth = np.array([[1, 1, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1, 1]], dtype=bool).T
    p = np.array([[0.4, 0.3, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01], [0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.8, 0.9]]).T
    shift = train_free_unit_weights.best_shift(p, truth)
    said = shifted(p, shift) >= 0.5
    assert said[:, 0].tolist() == [True] * 4 + [False] * 4
    assert said[:, 1].tolist() == [False] * 6 + [True] * 2
    everywhere = train_free_unit_weights.best_shift(p[:3, :1], np.ones((3, 1), dtype=bool))
    assert np.isfinite(everywhere).all(), "also where every field shows it"
