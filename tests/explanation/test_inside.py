"""The maps from inside a network: what they add up to, that they are read without touching it, and where they point."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glfnet.config.models import GLFNetSettings
from glfnet.config.settings import InputSettings
from glfnet.explanation.inside import find_inside_maps
from glfnet.model.build import network_builder
from glfnet.model.glfnet import GLFNet
from glfnet.model.inputs import mirrored

INPUTS = InputSettings()


def a_network(seed: int = 0, **options: Any) -> GLFNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        settings: Mapping[str, Any] = {"width": 8, "stem_stride": 2, "head_grid": 14, **options}
        return GLFNet(GLFNetSettings(**settings)).eval().requires_grad_(False)


def a_map(seed: int = 0) -> Tensor:
    return torch.randn(1, 3, 28, 28, generator=torch.Generator().manual_seed(seed))


def test_grad_cam_sums_to_the_logit_against_the_others_but_for_the_biases() -> None:
    network, shown = a_network(), a_map()
    found = find_inside_maps([network], shown, 1, INPUTS, mirror=False)
    assert found is not None
    head = network.head[-1]
    assert isinstance(head, nn.Linear)
    logits = (network(shown)[0] - head.bias).tolist()
    assert found.decision.sum() == pytest.approx(logits[1] - (logits[0] + logits[2]) / 2, abs=1e-5)


def test_gates_and_weights_are_shares_and_lie_where_the_feature_map_does() -> None:
    found = find_inside_maps([a_network()], a_map(), 0, INPUTS, mirror=True)
    assert found is not None
    for name in ("global_attention", "local_gates", "share_global"):
        values = getattr(found, name)
        assert values.shape == found.decision.shape == (14, 14)
        assert 0 < values.min() <= values.max() < 1
    assert found.grid == (2, 2)


def test_the_network_answers_afterwards_as_before() -> None:
    network, shown = a_network(), a_map()
    before = network(shown)
    find_inside_maps([network], shown, 0, INPUTS, mirror=True)
    assert torch.equal(network(shown), before)
    assert not any(module._forward_hooks for module in network.modules())


def test_the_mirror_image_of_a_map_has_the_mirror_image_of_the_maps() -> None:
    network, shown = a_network(), a_map()
    found = find_inside_maps([network], shown, 2, INPUTS, mirror=True)
    other = find_inside_maps([network], mirrored(shown, INPUTS), 2, INPUTS, mirror=True)
    assert found is not None
    assert other is not None
    np.testing.assert_allclose(found.decision[:, ::-1], other.decision, atol=1e-6)
    assert found.global_attention is not None
    assert other.global_attention is not None
    np.testing.assert_allclose(found.global_attention[:, ::-1], other.global_attention, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "absent"),
    [
        ({"global_attention": "none"}, {"global_attention"}),
        ({"local_block": "none"}, {"local_gates"}),
        ({"fusion": "sum"}, {"share_global"}),
        ({"fusion": "concat"}, {"share_global"}),
        ({"global_attention": "gam"}, set()),
        ({"global_attention": "self_attention"}, set()),
        ({"local_block": "shared"}, set()),
        ({"fusion": "se"}, set()),
        ({"grid": (3, 1)}, set()),
    ],
)
def test_a_part_that_a_network_lacks_has_no_map(options: Mapping[str, Any], absent: set[str]) -> None:
    found = find_inside_maps([a_network(**options)], a_map(), 0, INPUTS, mirror=False)
    assert found is not None
    names = {name for name in ("global_attention", "local_gates", "share_global") if getattr(found, name) is None}
    assert names == absent


def test_self_attention_is_one_on_average() -> None:
    found = find_inside_maps([a_network(global_attention="self_attention")], a_map(), 0, INPUTS, mirror=False)
    assert found is not None
    assert found.global_attention is not None
    assert found.global_attention.mean() == pytest.approx(1)


def test_other_networks_have_no_inside() -> None:
    settings = GLFNetSettings()
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 28 * 28, 3)).eval()
    assert find_inside_maps([network], a_map(), 0, INPUTS, mirror=False) is None
    assert (
        find_inside_maps([network_builder(settings)(3, 3, (28, 28)), network], a_map(), 0, INPUTS, mirror=False) is None
    )


def test_a_linear_path_besides_is_told() -> None:
    found = find_inside_maps([a_network(linear_path=True)], a_map(), 0, INPUTS, mirror=False)
    assert found is not None
    assert found.other_path
