import math
from typing import Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from glfnet.model.global_attention import CBAM, GAM, ChannelGate, SelfAttention, SpatialGate, build_global_attention

Kind = Literal["cbam", "gam", "self_attention", "none"]
KINDS: tuple[Kind, ...] = ("cbam", "gam", "self_attention", "none")


def test_the_channel_gate_is_the_hand_worked_one() -> None:
    gate = ChannelGate(2, reduction=2)  # one hidden number
    _set(gate.mlp[0], [[1.0, -1.0]], [0.5])
    _set(gate.mlp[2], [[0.2], [-0.1]], [0.1, 0.2])
    x = torch.tensor([[[[1.0, 2], [3, 6]], [[0, 0], [2, 2]]]])  # averages 3 and 1, maxima 6 and 2
    # Hidden: 3 - 1 + 0.5 = 2.5 from the averages, 6 - 2 + 0.5 = 4.5 from the maxima.
    expected = [_sigma(0.2 * 2.5 + 0.1 + 0.2 * 4.5 + 0.1), _sigma(-0.1 * 2.5 + 0.2 - 0.1 * 4.5 + 0.2)]
    torch.testing.assert_close(gate(x), torch.tensor(expected).reshape(1, 2, 1, 1))


def test_the_spatial_gate_is_the_hand_worked_one() -> None:
    gate = _spatial_gate_of_one_place(of_mean=1.0, of_maximum=-0.5, bias=0.25)
    x = torch.tensor([[[[1.0, -4]], [[3, 2]]]])  # (1, 2, 1, 2): means 2 and -1, maxima 3 and 2
    expected = torch.tensor([_sigma(2 - 1.5 + 0.25), _sigma(-1 - 1 + 0.25)]).reshape(1, 1, 1, 2)
    torch.testing.assert_close(gate(x), expected)


def test_cbam_weighs_channels_first_and_places_on_the_weighted_map() -> None:
    cbam = CBAM(2, reduction=2)
    _set(cbam.channel_gate.mlp[2], [[0.0], [0.0]], [0.4, -0.7])
    cbam.spatial_gate = _spatial_gate_of_one_place(of_mean=1.0, of_maximum=0.0, bias=0.0)
    x = torch.randn(3, 2, 5, 4)
    weighted = x * torch.tensor([_sigma(0.8), _sigma(-1.4)]).reshape(1, 2, 1, 1)  # the bias counts twice
    torch.testing.assert_close(cbam(x), weighted * torch.sigmoid(weighted.mean(dim=1, keepdim=True)))


def test_the_spatial_gate_looks_three_places_around() -> None:
    gate = SpatialGate()
    x = torch.rand(1, 2, 15, 15)
    touched = x.clone()
    touched[0, :, 7, 7] += 5
    changed = (gate(x) != gate(touched))[0, 0]
    assert changed.sum() == 49
    assert changed[4:11, 4:11].all()


def test_the_channel_gate_of_gam_has_no_pooling() -> None:
    gam, cbam = GAM(8, reduction=2).eval(), CBAM(8, reduction=2)
    x = torch.randn(1, 8, 6, 7)
    touched = x.clone()
    touched[0, :, 2, 3] += 3
    assert gam.channel_gate(x).shape == x.shape
    assert _changed_places(gam.channel_gate(x), gam.channel_gate(touched)) == [(2, 3)]
    assert _changed_places(cbam.channel_gate(x), cbam.channel_gate(touched)) == [(0, 0)]  # one gate for all places


def test_the_channel_gate_of_gam_treats_all_places_alike() -> None:
    gate = GAM(6, reduction=3).channel_gate
    x = torch.randn(2, 6, 4, 5)
    order = torch.randperm(20)
    torch.testing.assert_close(gate(_shuffled(x, order)), _shuffled(gate(x), order))


def test_gates_are_strictly_between_zero_and_one() -> None:
    x = 3 * torch.randn(8, 12, 9, 9)
    gam = GAM(12, reduction=4)
    for gate in (ChannelGate(12, 4), SpatialGate(), gam.channel_gate, gam.spatial_gate):
        weights = gate(x)
        assert 0 < weights.min() < weights.max() < 1


def test_self_attention_connects_every_place_with_every_other() -> None:
    attention = SelfAttention(8).eval()
    x = torch.randn(1, 8, 5, 4)
    touched = x.clone()
    touched[0, 0, 0, 0] += 3
    assert len(_changed_places(attention(x), attention(touched))) == 20


def test_self_attention_does_not_know_where_a_place_is() -> None:
    attention = SelfAttention(8).eval()
    x = torch.randn(2, 8, 5, 4)
    order = torch.randperm(20)
    found, expected = attention(_shuffled(x, order)), _shuffled(attention(x), order)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_self_attention_that_sees_nothing_passes_the_map_on() -> None:
    attention = SelfAttention(6)
    nn.init.zeros_(attention.attention.out_proj.weight)
    x = torch.randn(2, 6, 3, 5)
    torch.testing.assert_close(attention(x), x)


@pytest.mark.parametrize(("channels", "heads"), [(1, 1), (6, 3), (7, 1), (8, 4), (10, 2)])
def test_self_attention_takes_as_many_heads_up_to_four_as_divide_the_channels(channels: int, heads: int) -> None:
    assert SelfAttention(channels).attention.num_heads == heads


def test_none_is_the_map_itself() -> None:
    x = torch.randn(1, 3, 4, 4)
    assert build_global_attention("none", 3, 4)(x) is x


@pytest.mark.parametrize(
    ("kind", "expected"), [("cbam", CBAM), ("gam", GAM), ("self_attention", SelfAttention), ("none", nn.Identity)]
)
def test_each_kind_builds_its_module(kind: Kind, expected: type[nn.Module]) -> None:
    assert type(build_global_attention(kind, 4, 2)) is expected


@settings(deadline=None, max_examples=25)
@given(
    kind=st.sampled_from(KINDS),
    channels=st.integers(1, 9),
    reduction=st.integers(1, 16),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_every_kind_keeps_the_shape_of_any_map(
    kind: Kind, channels: int, reduction: int, size: tuple[int, int]
) -> None:
    x = torch.randn(2, channels, *size)
    assert build_global_attention(kind, channels, reduction).eval()(x).shape == x.shape


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_its_maps_give_one_by_one(kind: Kind) -> None:
    attention = build_global_attention(kind, 8, 2).eval()
    x = torch.randn(4, 8, 7, 6)
    torch.testing.assert_close(attention(x), torch.cat([attention(m[None]) for m in x]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_every_parameter(kind: Kind) -> None:
    attention = build_global_attention(kind, 12, 2)
    x = torch.randn(6, 12, 7, 6)
    (attention(x.requires_grad_()) * torch.randn(12, 7, 6)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in attention.parameters())


def _sigma(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _set(layer: nn.Module, weight: list[list[float]], bias: list[float]) -> None:
    layer.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})


def _spatial_gate_of_one_place(*, of_mean: float, of_maximum: float, bias: float) -> SpatialGate:
    gate = SpatialGate()
    kernel = torch.zeros(1, 2, 7, 7)
    kernel[0, :, 3, 3] = torch.tensor([of_mean, of_maximum])
    gate.conv.load_state_dict({"weight": kernel, "bias": torch.tensor([bias])})
    return gate


def _shuffled(x: Tensor, order: Tensor) -> Tensor:
    return x.flatten(2)[..., order].reshape(x.shape)


def _changed_places(before: Tensor, after: Tensor) -> list[tuple[int, ...]]:
    return [tuple(place) for place in (before != after).any(dim=(0, 1)).nonzero().tolist()]
