import pickle
import re

import pytest
import torch
from torch import nn

from glfnet.config.models import (
    GLFNetSettings,
    HTNetSettings,
    LogisticSettings,
    MajoritySettings,
    OffApexNetSettings,
    PlainCNNSettings,
    STSTNetSettings,
)
from glfnet.config.section import Section
from glfnet.errors import SettingsError
from glfnet.model.build import network_builder
from glfnet.model.glfnet import GLFNet
from glfnet.model.htnet import HTNet
from glfnet.model.off_apexnet import OffApexNet
from glfnet.model.plain_cnn import PlainCNN
from glfnet.model.ststnet import STSTNet

NETWORKS: list[tuple[Section, type[nn.Module]]] = [
    (GLFNetSettings(), GLFNet),
    (PlainCNNSettings(), PlainCNN),
    (STSTNetSettings(), STSTNet),
    (OffApexNetSettings(), OffApexNet),
    (HTNetSettings(), HTNet),
]


@pytest.mark.parametrize(("settings", "expected"), NETWORKS)
@pytest.mark.slow
def test_each_section_builds_its_network_for_these_channels_and_classes(
    settings: Section, expected: type[nn.Module]
) -> None:
    with torch.device("meta"):  # shapes without numbers: HTNet has 140 million of them
        network = network_builder(settings)(4, 5, (28, 28))
        assert type(network) is expected
        assert network.eval()(torch.zeros(2, 4, 28, 28)).shape == (2, 5)


def test_the_options_of_a_section_reach_its_network() -> None:
    glfnet = network_builder(GLFNetSettings(width=6, depth=2, fusion="concat", local_block="shared", dropout=0.25))
    shape = glfnet(3, 3, (9, 9)).stem(torch.zeros(2, 3, 8, 8)).shape  # type: ignore[operator]
    assert shape[1] == 6
    for settings in (
        GLFNetSettings(dropout=0.25), PlainCNNSettings(dropout=0.25), STSTNetSettings(dropout=0.25)
    ):  # fmt: skip
        network = network_builder(settings)(3, 3, (28, 28))
        assert {m.p for m in network.modules() if isinstance(m, nn.Dropout)} == {0.25}
    narrow, wide = (_size(network_builder(PlainCNNSettings(width=w))(3, 3, (28, 28))) for w in (4, 8))
    assert narrow < wide


def test_a_builder_gives_a_fresh_network_at_each_call() -> None:
    build = network_builder(GLFNetSettings(width=4))
    first, second = (build(3, 3, (8, 8)) for _ in range(2))
    mine = {id(p) for p in first.parameters()}
    assert mine.isdisjoint(id(p) for p in second.parameters())


def test_a_builder_travels_to_another_process() -> None:
    build = network_builder(GLFNetSettings(width=5, fusion="se"))
    there = pickle.loads(pickle.dumps(build))
    networks = []
    for builder in (build, there):
        torch.manual_seed(0)
        networks.append(builder(2, 4, (9, 8)))
    here, sent = (dict(n.named_parameters()) for n in networks)
    assert list(here) == list(sent)
    assert all(torch.equal(here[name], sent[name]) for name in here)


@pytest.mark.parametrize("settings", [STSTNetSettings(), OffApexNetSettings(), HTNetSettings()])
def test_a_network_for_square_maps_refuses_others_and_names_two_that_do_not(settings: Section) -> None:
    kind = settings.model_dump()["kind"]
    text = (
        f"model.kind {kind} takes square maps; these are 28 by 20 pixels. Resize them, or take glfnet or plain_cnn, "
        "which take any shape."
    )
    with pytest.raises(SettingsError, match=re.escape(text)):
        network_builder(settings)(3, 3, (28, 20))


@pytest.mark.parametrize("settings", [GLFNetSettings(width=4), PlainCNNSettings(width=4)])
def test_the_networks_named_there_do_take_oblong_maps(settings: Section) -> None:
    assert network_builder(settings)(3, 3, (28, 20)).eval()(torch.zeros(1, 3, 28, 20)).shape == (1, 3)


@pytest.mark.parametrize("settings", [MajoritySettings(), LogisticSettings()])
def test_what_is_no_network_is_refused(settings: Section) -> None:
    text = f"model.kind: {type(settings).__name__} is not a network."
    with pytest.raises(SettingsError, match=re.escape(text)):
        network_builder(settings)(3, 3, (28, 28))


def _size(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
