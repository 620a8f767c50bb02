"""Made-up fields in training: what is learnt from them, that it is where training begins, and what may change it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load
from torch import Tensor, nn

from glfnet.config.models import PlainCNNSettings
from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.model.build import network_builder
from glfnet.model.inputs import network_input
from glfnet.model.objective import targets_of
from glfnet.model.pretraining import MadeUpFields, made_up_fields, trained_weights
from glfnet.model.training import NetworkTrainer, make_trainer
from glfnet.model.training_part import TrainingPart
from glfnet.settings_page import read_settings
from glfnet.synthetic.fields.draw import CLASSES, field_flow_set

SIDE_PX = 12


def page(**sections: dict[str, object]) -> Settings:
    """Return the page of a small network that learns a little of made-up fields."""
    training = {"epochs": 1, **sections.pop("training", {})}
    pretraining = {"fields": 500, "crop": "b", **sections.pop("pretraining", {})}
    settings = read_settings("plain_cnn", training=training, pretraining=pretraining, **sections)
    return settings.model_copy(update={"model": PlainCNNSettings(width=4, dropout=0.0)})


def made_up(settings: Settings, folder: Path, *, units: tuple[int, ...] = ()) -> MadeUpFields:
    """Return the made-up fields of a run on three classes, or on action units."""
    return made_up_fields(settings, () if units else CLASSES, units, (SIDE_PX, SIDE_PX), folder)


def a_part(run_seed: int = 0) -> TrainingPart:
    """Return twenty clips to train on."""
    flow = field_flow_set(20, seed=99, crop="b", size_px=SIDE_PX)
    truth = np.array([CLASSES.index(sample.emotion) for sample in flow.samples], dtype=np.int64)
    return TrainingPart(flow=flow, truth=truth, n_classes=3, seed=5, run_seed=run_seed)


def kept(fields: MadeUpFields, *run_seeds: int) -> None:
    """Keep the weights of these run seeds."""
    fields.folder.mkdir()
    for run_seed in run_seeds:
        fields.file_of(run_seed).write_bytes(
            fields.pretrained(network_builder(fields.settings.model), run_seed=run_seed)
        )


def fitted(fields: MadeUpFields, part: TrainingPart) -> dict[str, Tensor]:
    """Return the weights after training on real clips."""
    trainer = make_trainer(fields.settings)
    assert isinstance(trainer, NetworkTrainer)
    classifier = replace(trainer, made_up=fields)(part, lambda epoch, classifier: None)
    network: nn.Module = classifier.network  # type: ignore[union-attr]  # one member
    return dict(network.state_dict())


@pytest.mark.slow
def test_a_network_that_saw_made_up_faces_alone_tells_others_apart(tmp_path: Path) -> None:
    settings = page(pretraining={"fields": 4_000})
    state = load(made_up(settings, tmp_path).pretrained(network_builder(settings.model), run_seed=0))
    network = network_builder(settings.model)(3, 3, (SIDE_PX, SIDE_PX))
    network.load_state_dict(state)
    others = next(made_up(settings, tmp_path).parts(seed=7))
    with torch.inference_mode():
        said = network.eval()(network_input(others.flow, settings.input)).argmax(dim=1).numpy()
    found = [float((said[others.truth == k] == k).mean()) for k in range(3)]
    assert min(found) > 0.5, found


@pytest.mark.slow
def test_training_begins_with_what_was_learnt_for_its_run_seed(tmp_path: Path) -> None:
    settings = page(training={"learning_rate": 1e-12, "weight_decay": 0.0})
    fields = made_up(settings, tmp_path / "kept")
    kept(fields, 0, 1)
    for run_seed in (0, 1):
        begun = load(fields.file_of(run_seed).read_bytes())
        ended = fitted(fields, a_part(run_seed))
        for name in (name for name, tensor in begun.items() if name.endswith(("weight", "bias"))):
            assert torch.allclose(begun[name], ended[name], atol=1e-6), name
    assert not torch.equal(fitted(fields, a_part(0))["head.2.weight"], fitted(fields, a_part(1))["head.2.weight"])


@pytest.mark.slow
def test_only_the_last_layer_changes_if_that_is_wanted(tmp_path: Path) -> None:
    settings = page(pretraining={"then": "last_layer"}, training={"learning_rate": 0.01})
    fields = made_up(settings, tmp_path / "kept")
    kept(fields, 0)
    begun, ended = load(fields.file_of(0).read_bytes()), fitted(fields, a_part())
    changed = {name for name, tensor in begun.items() if not torch.equal(tensor, ended[name])}
    assert changed == {"head.2.weight", "head.2.bias"}, "not even the statistics of batch norm"


@pytest.mark.slow
def test_maps_beside_real_ones_are_new_each_time_and_follow_from_the_seed(tmp_path: Path) -> None:
    settings = page(pretraining={"fields": 0, "beside": 0.75})
    fields, part = made_up(settings, tmp_path), a_part()
    maps, targets = network_input(part.flow, settings.input), targets_of(part)
    beside = fields.beside(seed=3)
    assert beside is not None
    first, second = beside.joined(maps, targets), beside.joined(maps, targets)
    for joined, labels in (first, second):
        assert (len(joined), len(labels)) == (80, 80), "three made-up maps to one real one"
        assert torch.equal(joined[:20], maps)
        assert torch.equal(labels[:20], targets)
    assert not torch.isclose(first[0][20:, None], second[0][None, 20:]).flatten(2).all(dim=2).any()
    again = fields.beside(seed=3)
    assert again is not None
    assert torch.equal(again.joined(maps, targets)[0], first[0])
    assert made_up(page(), tmp_path).beside(seed=3) is None


def test_made_up_people_are_labelled_as_the_task_asks(tmp_path: Path) -> None:
    classes = next(made_up(page(), tmp_path).parts(seed=1))
    assert (classes.n_classes, classes.units.shape) == (3, (500, 0))
    units = next(made_up(page(), tmp_path, units=(4, 12)).parts(seed=1))
    assert (units.n_classes, units.units.shape) == (0, (500, 2))
    smiling = [("12" in sample.action_units.split("+")) for sample in units.flow.samples]
    assert units.units[:, 1].tolist() == smiling
    assert 0 < sum(smiling) < 500


@pytest.mark.parametrize(
    ("classes", "size_px", "sections", "found"),
    [
        (("happiness", "disgust"), (12, 12), {}, "classes happiness, disgust; expected negative, positive, surprise"),
        (CLASSES, (12, 14), {}, "maps of 12 by 14 pixels; expected square ones"),
        (CLASSES, (12, 12), {"input": {"normalisation": "physical"}}, "input.normalisation physical; expected min_max"),
    ],
)
def test_what_made_up_faces_cannot_teach_is_refused(
    tmp_path: Path,
    classes: tuple[str, ...],
    size_px: tuple[int, int],
    sections: dict[str, dict[str, object]],
    found: str,
) -> None:
    with pytest.raises(SettingsError) as caught:
        made_up_fields(page(**sections), classes, (), size_px, tmp_path)
    assert str(caught.value).startswith(f"pretraining: found {found}")
    assert str(caught.value).endswith("Or leave pretraining.fields and .beside at 0.")


def test_keeping_all_but_the_last_layer_needs_something_to_keep() -> None:
    with pytest.raises(SettingsError, match=r"^pretraining\.then: found last_layer.*expected pretraining\.fields"):
        make_trainer(page(pretraining={"fields": 0, "then": "last_layer"}))
    with pytest.raises(SettingsError, match=r"a network without nn\.Linear; expected all"):
        trained_weights(nn.Sequential(nn.Conv2d(3, 3, 1)), page(pretraining={"then": "last_layer"}))


@pytest.mark.slow
def test_weights_that_are_no_numbers_are_not_kept(tmp_path: Path) -> None:
    settings = page(pretraining={"learning_rate": 1e30})
    with pytest.raises(SettingsError, match=r"^pretraining\.learning_rate 1e\+30: .*diverged\. Lower it\.$"):
        made_up(settings, tmp_path).pretrained(network_builder(settings.model), run_seed=0)
