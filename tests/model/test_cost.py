from collections import OrderedDict

import pytest
import torch
from torch import nn

from glfnet.config.models import GLFNetSettings
from glfnet.model.cost import Cost, network_cost
from glfnet.model.glfnet import GLFNet
from glfnet.model.global_attention import SelfAttention


def test_a_tiny_convolution_costs_what_a_hand_count_gives() -> None:
    # 2 filters of 3x3 on one channel, with bias: 2 * 9 + 2 numbers. A 5x6 map has 3x4 places without padding; each of
    # the 2 * 12 results takes 9 multiply-adds.
    assert network_cost(nn.Conv2d(1, 2, 3), 1, (5, 6)) == Cost(parameters=20, flops=2 * 12 * 9 * 2)


def test_a_linear_layer_costs_two_operations_for_each_weight() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(2 * 4 * 3, 5))
    assert network_cost(network, 2, (4, 3)) == Cost(parameters=24 * 5 + 5, flops=2 * 24 * 5)


def test_self_attention_is_counted_too() -> None:
    places, channels = 5 * 4, 8
    projections = 4 * 2 * places * channels * channels  # queries, keys, values and output
    products = 2 * 2 * places * places * channels  # queries with keys, and the weights with the values
    for network in (SelfAttention(channels), SelfAttention(channels).requires_grad_(False)):
        assert network_cost(network, channels, (5, 4)).flops == projections + products


def test_frozen_numbers_are_no_parameters() -> None:
    network = nn.Sequential(OrderedDict(first=nn.Conv2d(1, 2, 3), second=nn.Conv2d(2, 1, 1)))
    network.first.requires_grad_(False)
    assert network_cost(network, 1, (8, 8)).parameters == 2 * 1 + 1


def test_a_larger_map_takes_more_arithmetic_and_no_more_parameters() -> None:
    network = GLFNet(GLFNetSettings(width=4, stem_stride=1))
    small, large = (network_cost(network, 3, (side, 12)) for side in (8, 16))
    assert small.parameters == large.parameters
    # Twice the places; of the smallest maps it is not counted that a kernel also goes over the zeros around them.
    assert 2 * small.flops < large.flops <= 2.2 * small.flops


@pytest.mark.slow
def test_every_module_of_the_network_adds_to_its_cost() -> None:
    def cost(**options: str) -> Cost:
        modules = {"global_attention": "none", "local_block": "none", "fusion": "sum"} | options
        return network_cost(GLFNet(GLFNetSettings.model_validate({"width": 8} | modules)), 3, (16, 16))

    bare = cost()
    for name, kinds in {
        "global_attention": ("cbam", "gam", "self_attention"),
        "local_block": ("shared", "unshared"),
        "fusion": ("se", "aff", "concat"),
    }.items():
        for kind in kinds:
            assert cost(**{name: kind}).parameters > bare.parameters, kind
            assert cost(**{name: kind}).flops > bare.flops, kind
    shared, own = cost(local_block="shared"), cost(local_block="unshared")
    assert shared.flops == own.flops  # the same arithmetic with a quarter of the numbers
    assert shared.parameters < own.parameters


@pytest.mark.parametrize("training", [False, True])
def test_counting_leaves_the_network_as_it_was(training: bool) -> None:
    network = GLFNet(GLFNetSettings(width=4)).train(training)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    network_cost(network, 3, (9, 9))
    assert network.training is training
    assert all(p.grad is None for p in network.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_a_network_that_fails_is_left_in_training() -> None:
    network = nn.Sequential(nn.Conv2d(2, 1, 3)).train()
    with pytest.raises(RuntimeError, match="channels"):
        network_cost(network, 3, (9, 9))
    assert network.training
