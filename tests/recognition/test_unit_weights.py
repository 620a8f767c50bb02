"""Weights that see action units: read beside those of the classes, refused where they do not belong there."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from glfnet.config.settings import Settings
from glfnet.errors import InputError
from glfnet.flow.settings import FlowSettings
from glfnet.model.build import network_builder
from glfnet.model.classifiers import NetworkClassifier
from glfnet.recognition.card import Card, Estimate, Features, UnitCard, UnitScore
from glfnet.recognition.weights import WEIGHTS, read_trained, write_trained
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId
from glfnet.scores.calibration import shifted
from glfnet.synthetic.fields.draw import draw_fields
from glfnet.synthetic.fields.expression import UNITS as FIELD_UNITS

FEATURES = Features(**FlowSettings().as_kept(), normalisation="min_max")
TINY = Settings.model_validate({"model": {"kind": "plain_cnn", "width": 4}})
CARD = Card(name="tiny", classes=("a", "b"), features=FEATURES, settings=TINY)
UNITS = UnitCard(name="tiny units", units=(4, 12, 17), prior_shift=(0.0, -1.0, 2.0), features=FEATURES, settings=TINY)


def networks(outputs: int) -> list[nn.Module]:
    torch.manual_seed(outputs)
    return [network_builder(TINY.model)(3, outputs, (28, 28)).eval() for _ in range(2)]


def some_maps() -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(0, 1, (4, 3, 28, 28)).astype(np.float32)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_trained(tmp_path / "tiny.safetensors", CARD, networks(2))
    write_trained(tmp_path / "tiny-units.safetensors", UNITS, networks(3))
    return tmp_path / "tiny.safetensors"


def test_weights_beside_those_of_the_classes_are_read_with_them(written: Path) -> None:
    units = read_trained(written).units
    assert units is not None
    assert units.card.units == (4, 12, 17)
    answers = units.probabilities(some_maps())
    flow = FlowSet(
        samples=tuple(Sample(subject=SubjectId("d", "s"), clip=str(i), emotion="x") for i in range(4)),
        maps=FEATURES.normalised(some_maps()),
    )
    members = [NetworkClassifier(one, TINY.input, mirror=True, n_units=3).predict_units(flow) for one in networks(3)]
    np.testing.assert_allclose(answers, shifted(np.mean(members, axis=0), UNITS.prior_shift), atol=1e-6)


def test_without_them_no_unit_is_known(written: Path) -> None:
    for file in written.parent.glob("tiny-units.*"):
        file.unlink()
    assert read_trained(written).units is None


def test_half_of_them_or_another_way_of_making_maps_is_refused(written: Path) -> None:
    other = UNITS.model_copy(update={"features": FEATURES.model_copy(update={"method": "dis"})})
    write_trained(written.with_name("tiny-units.json"), other, networks(3))
    with pytest.raises(InputError, match="found weights for flow maps that are made in another way"):
        read_trained(written)
    written.with_name("tiny-units.safetensors").unlink()
    with pytest.raises(InputError, match=r"tiny-units\.safetensors: found no readable file"):
        read_trained(written)


def test_a_shift_that_was_edited_is_refused(written: Path) -> None:
    card = written.with_name("tiny-units.json")
    card.write_text(card.read_text(encoding="utf-8").replace("-1.0", "-3.0"), encoding="utf-8")
    with pytest.raises(InputError, match="found a card that was changed after its weights were made"):
        read_trained(written)


@pytest.mark.parametrize(
    ("f1", "low", "reliable"), [(0.9, 0.7, True), (0.6, 0.4, True), (0.59, 0.5, False), (0.8, 0.39, False)]
)
def test_a_unit_is_reliable_by_its_f1_and_the_lower_end_of_it(f1: float, low: float, reliable: bool) -> None:
    auc = Estimate(value=0.9, low=0.8, high=1.0)
    score = UnitScore(clips=100, there=10, f1=Estimate(value=f1, low=low, high=1.0), auc=auc)
    assert score.reliable == reliable


def test_the_package_has_them_and_they_say_how_well_they_see() -> None:
    units = read_trained().units
    assert units is not None
    assert {1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17} <= set(units.card.units)
    assert set(units.card.scores) == set(units.card.units)
    assert units.card.scores[4].reliable
    assert not units.card.scores[6].reliable
    assert units.card.licence.startswith("Research use")
    answers = units.probabilities(some_maps())
    assert answers.shape == (4, len(units.card.units))
    assert ((answers >= 0) & (answers <= 1)).all()
    assert WEIGHTS.with_name("glfnet-units.safetensors").stat().st_size < 1.5e6


def test_the_free_ones_have_seen_nobody_and_tell_units_of_made_up_fields() -> None:
    units = read_trained(Path("free")).units
    research = read_trained().units
    assert units is not None
    assert research is not None
    assert units.card.units == research.card.units
    assert units.card.features == research.card.features
    assert units.card.licence.startswith("MIT")
    assert units.card.training is not None
    assert (units.card.training.subjects, units.card.training.databases) == (0, ())
    assert "no clip was trained on" in units.card.protocol
    assert units.card.scores[4].reliable
    assert not units.card.scores[6].reliable
    fields = draw_fields(300, seed=77, crop="wide")
    said = units.probabilities(fields.maps) >= 0.5
    for unit in (4, 12):
        truth = fields.units[:, FIELD_UNITS.index(unit)]
        assert (said[:, units.card.units.index(unit)] == truth).mean() > 0.85
    assert WEIGHTS.with_name("glfnet-free-units.safetensors").stat().st_size < 0.6e6
