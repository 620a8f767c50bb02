import math
from typing import Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from glfnet.model.fusion import AdaptiveFeatureFusion, ConcatFusion, FusionGate, SumFusion, build_fusion
from glfnet.model.layers import bottleneck

Kind = Literal["aff", "se", "sum", "concat"]
KINDS: tuple[Kind, ...] = ("aff", "se", "sum", "concat")


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), pooled_only=st.booleans(), training=st.booleans(), channels=st.integers(1, 6))
@pytest.mark.slow
def test_two_equal_maps_come_out_doubled_whatever_the_gate(
    seed: int, pooled_only: bool, training: bool, channels: int
) -> None:
    torch.manual_seed(seed)
    fusion = AdaptiveFeatureFusion(channels, 2, pooled_only=pooled_only).train(training)
    for p in fusion.parameters():
        nn.init.normal_(p, std=2)
    x = torch.randn(3, channels, 4, 5)
    torch.testing.assert_close(fusion(x, x), 2 * x)


@pytest.mark.parametrize("pooled_only", [False, True])
def test_what_one_order_gives_to_a_map_the_other_takes(pooled_only: bool) -> None:
    fusion = AdaptiveFeatureFusion(6, 2, pooled_only=pooled_only).eval()
    g, x = _two_maps(6)
    torch.testing.assert_close(fusion(g, x) + fusion(x, g), 2 * (g + x))  # the gate sees the sum alone


def test_the_fusion_is_the_hand_worked_one() -> None:
    fusion = AdaptiveFeatureFusion(1, reduction=1).eval()
    assert fusion.gate.over_places is not None
    _set_bottleneck(fusion.gate.over_places, 0.5, -1.0)
    _set_bottleneck(fusion.gate.over_map, 1.0, 0.5)
    g, x = torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[[1.0, 1.0]]]])
    # The sum is 2 and 4, its mean 3: 0.5 * 3 - 1 * 0.5 * 2 = 0.5 and 0.5 * 3 - 1 * 0.5 * 4 = -0.5.
    w = 1 / (1 + math.exp(0.5))  # at the second place
    expected = torch.tensor([[[[2.0, 2 * (3 * w + (1 - w))]]]])
    torch.testing.assert_close(fusion(g, x), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("pooled_only", [False, True])
def test_a_gate_of_one_half_makes_it_the_sum(pooled_only: bool) -> None:
    fusion = AdaptiveFeatureFusion(4, 2, pooled_only=pooled_only).eval()
    _set_output(fusion.gate, 0.0)
    g, x = _two_maps(4)
    torch.testing.assert_close(fusion(g, x), SumFusion()(g, x))


def test_an_open_gate_keeps_the_global_map_and_a_closed_one_the_local_map() -> None:
    fusion = AdaptiveFeatureFusion(4, 2).eval()
    g, x = _two_maps(4)
    _set_output(fusion.gate, 50.0)
    torch.testing.assert_close(fusion(g, x), 2 * g)
    _set_output(fusion.gate, -50.0)
    torch.testing.assert_close(fusion(g, x), 2 * x)


@pytest.mark.parametrize("pooled_only", [False, True])
def test_the_gate_is_strictly_between_zero_and_one(pooled_only: bool) -> None:
    w = FusionGate(8, 2, pooled_only=pooled_only)(5 * torch.randn(6, 8, 5, 4))
    assert w.shape == ((6, 8, 1, 1) if pooled_only else (6, 8, 5, 4))
    assert 0 < w.min() < w.max() < 1


def test_the_gate_of_se_sees_only_the_average_over_places() -> None:
    gate = FusionGate(8, 2, pooled_only=True).eval()
    total = torch.randn(2, 8, 5, 4)
    torch.testing.assert_close(gate(total), gate(total.mean(dim=(2, 3), keepdim=True).expand_as(total)))


def test_the_gate_of_aff_differs_from_place_to_place() -> None:
    w = FusionGate(8, 2).eval()(torch.randn(2, 8, 5, 4))
    assert (w.std(dim=(2, 3)) > 0).any(dim=1).all()


def test_concatenation_can_take_any_share_of_either_map() -> None:
    fusion = ConcatFusion(3).eval()
    weight = torch.cat([0.25 * torch.eye(3), -2 * torch.eye(3)], dim=1)[:, :, None, None]
    fusion.mix[0].load_state_dict({"weight": weight})
    g, x = _two_maps(3)
    torch.testing.assert_close(fusion(g, x), 0.25 * g - 2 * x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("channels", "reduction", "hidden"), [(8, 4, 2), (6, 4, 1), (2, 16, 1), (5, 1, 5)])
def test_a_bottleneck_never_narrows_to_nothing(channels: int, reduction: int, hidden: int) -> None:
    layers = bottleneck(channels, reduction).eval()
    assert layers[0].out_channels == hidden
    assert layers(torch.randn(1, channels, 3, 2)).shape == (1, channels, 3, 2)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("aff", AdaptiveFeatureFusion), ("se", AdaptiveFeatureFusion), ("sum", SumFusion), ("concat", ConcatFusion)],
)
def test_each_kind_builds_its_module(kind: Kind, expected: type[nn.Module]) -> None:
    fusion = build_fusion(kind, 4, 2)
    assert type(fusion) is expected
    if isinstance(fusion, AdaptiveFeatureFusion):
        assert (fusion.gate.over_places is None) == (kind == "se")


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_reach_every_parameter_and_both_maps(kind: Kind) -> None:
    fusion = build_fusion(kind, 8, 2)
    g, x = (m.requires_grad_() for m in _two_maps(8, n=6))
    (fusion(g, x) * torch.randn(6, 8, 5, 4)).sum().backward()
    assert all(t.grad is not None and t.grad.abs().sum() > 0 for t in (g, x, *fusion.parameters()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_its_maps_give_one_by_one(kind: Kind) -> None:
    fusion = build_fusion(kind, 8, 2).eval()
    g, x = _two_maps(8)
    one_by_one = torch.cat([fusion(g[i : i + 1], x[i : i + 1]) for i in range(len(g))])
    torch.testing.assert_close(fusion(g, x), one_by_one, rtol=1e-4, atol=1e-5)


def _two_maps(channels: int, n: int = 3) -> tuple[Tensor, Tensor]:
    return torch.randn(n, channels, 5, 4), torch.randn(n, channels, 5, 4)


def _set_bottleneck(layers: nn.Sequential, first: float, second: float) -> None:
    for layer, weight in ((layers[0], first), (layers[3], second)):
        layer.load_state_dict({"weight": torch.tensor([[[[weight]]]])})


def _set_output(gate: FusionGate, logit: float) -> None:
    """Let the last batch norm of each bottleneck answer a constant; together they add up to the logit."""
    parts = [part for part in (gate.over_places, gate.over_map) if part is not None]
    for part in parts:
        bias = torch.full_like(part[4].running_mean, logit / len(parts))  # type: ignore[arg-type]
        part[4].load_state_dict({"weight": torch.zeros_like(bias), "bias": bias}, strict=False)
