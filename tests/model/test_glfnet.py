import itertools
import re
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from glfnet.config.models import GLFNetSettings
from glfnet.config.settings import PretrainingSettings, Settings
from glfnet.errors import SettingsError, ShapeError
from glfnet.model.glfnet import GLFNet
from glfnet.model.pretraining import trained_weights
from observed_maps import observed

GLOBAL = ("cbam", "gam", "self_attention", "none")
LOCAL = ("unshared", "shared", "none")
FUSION = ("aff", "se", "sum", "concat")
COMBINATIONS = list(itertools.product(GLOBAL, LOCAL, FUSION))


@pytest.mark.parametrize(("attention", "block", "fusion"), COMBINATIONS)
@pytest.mark.slow
def test_gradients_reach_every_parameter_with_any_options(attention: str, block: str, fusion: str) -> None:
    network = a_small_network(global_attention=attention, local_block=block, fusion=fusion)
    torch.autograd.backward(F.cross_entropy(network(torch.randn(6, 3, 11, 12)), torch.arange(6) % 3))
    idle = {name for name, p in network.named_parameters() if p.grad is None or p.grad.abs().sum() == 0}
    # Without attention and regions both maps are the same, and equal maps come out doubled whatever the gate.
    no_matter = {name for name, _ in network.named_parameters() if name.startswith("fusion.gate.")}
    assert idle == (no_matter if attention == block == "none" else set())


@pytest.mark.parametrize(("attention", "block", "fusion"), COMBINATIONS)
@pytest.mark.slow
def test_a_batch_gives_what_its_maps_give_one_by_one(attention: str, block: str, fusion: str) -> None:
    network = a_small_network(global_attention=attention, local_block=block, fusion=fusion).eval()
    maps = torch.randn(3, 3, 9, 10)
    torch.testing.assert_close(network(maps), torch.cat([network(m[None]) for m in maps]), rtol=1e-4, atol=1e-5)


@settings(deadline=None, max_examples=40)
@given(
    size=st.tuples(st.integers(8, 21), st.integers(8, 21)),
    in_channels=st.integers(1, 5),
    n_classes=st.integers(2, 7),
    stride=st.sampled_from([1, 2]),
    grid=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    head_grid=st.integers(1, 5),
    width=st.integers(1, 9),
    training=st.booleans(),
)
@pytest.mark.slow
def test_any_size_from_eight_up_any_channels_and_any_classes_give_logits(
    size: tuple[int, int],
    in_channels: int,
    n_classes: int,
    stride: int,
    grid: tuple[int, int],
    head_grid: int,
    width: int,
    training: bool,
) -> None:
    options = {"stem_stride": stride, "grid": grid, "head_grid": head_grid, "width": width}
    network = a_small_network(in_channels, n_classes, **options).train(training)
    logits = network(torch.randn(2, in_channels, *size))
    assert logits.shape == (2, n_classes)
    assert logits.isfinite().all()


@pytest.mark.parametrize("shape", [(2, 3, 7, 28), (2, 3, 28, 7), (2, 2, 28, 28), (3, 28, 28), (2, 1, 3, 28, 28)])
def test_maps_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    text = f"maps must be (N, 3, H, W) with H and W of at least 8; got {shape}."
    with pytest.raises(ShapeError, match=re.escape(text)):
        GLFNet()(torch.zeros(shape))


@pytest.mark.parametrize(("grid", "stride", "most"), [((5, 2), 2, 4), ((2, 9), 1, 8), ((0, 2), 1, 8)])
def test_more_regions_than_the_smallest_map_has_places_are_refused(
    grid: tuple[int, int], stride: int, most: int
) -> None:
    text = (
        f"model.grid: {grid} regions with model.stem_stride {stride} do not fit on a map of 8 pixels a side; "
        f"expected 1 to {most} rows and columns."
    )
    with pytest.raises(SettingsError, match=re.escape(text)):
        a_small_network(grid=grid, stem_stride=stride)


def test_the_maps_of_every_module_can_be_observed() -> None:
    network = a_small_network(n_classes=5, width=8, stem_stride=2).eval()
    names = ("stem", "global_attention", "local_block", "fusion", "head")
    with observed(network, *names) as maps:
        logits = network(torch.randn(2, 3, 15, 12))
    assert {name: tuple(m.shape) for name, m in maps.items()} == {
        **dict.fromkeys(("stem", "global_attention", "local_block", "fusion"), (2, 8, 8, 6)),
        "head": (2, 5),
    }
    assert torch.equal(maps["head"], logits)


def test_the_gates_of_a_running_network_are_strictly_between_zero_and_one() -> None:
    network = a_small_network()
    names = ("global_attention.channel_gate", "global_attention.spatial_gate", "fusion.gate")
    with observed(network, *names) as gates:
        network(torch.randn(6, 3, 16, 16))
    assert all(0 < gates[name].min() < gates[name].max() < 1 for name in names)


def test_without_its_modules_the_head_reads_the_stem_twice() -> None:
    network = a_small_network(global_attention="none", local_block="none", fusion="sum").eval()
    maps = torch.randn(2, 3, 10, 9)
    torch.testing.assert_close(network(maps), network.head(2 * network.stem(maps)))


def test_global_attention_and_local_block_work_side_by_side_on_the_stem() -> None:
    network = a_small_network(fusion="sum").eval()
    maps = torch.randn(2, 3, 10, 9)
    with observed(network, "stem", "global_attention", "local_block", "fusion") as seen:
        network(maps)
    torch.testing.assert_close(seen["global_attention"], network.global_attention(seen["stem"]))
    torch.testing.assert_close(seen["local_block"], network.local_block(seen["stem"]))
    torch.testing.assert_close(seen["fusion"], seen["global_attention"] + seen["local_block"])


def test_dropout_acts_in_training_only() -> None:
    network = a_small_network(dropout=0.5)
    maps = torch.randn(4, 3, 9, 9)
    assert not torch.equal(network(maps), network(maps))
    network.eval()
    assert torch.equal(network(maps), network(maps))


def test_the_linear_path_is_added_to_what_the_deep_path_says() -> None:
    network = a_small_network(linear_path=True).eval()
    maps = torch.randn(4, 3, 28, 28)
    assert network.linear_path is not None
    with torch.inference_mode():
        together, straight = network(maps), network.linear_path(maps)
        network.linear_path = None
        torch.testing.assert_close(together, network(maps) + straight)
        assert straight.std() > 0


def test_the_linear_path_sees_the_mean_of_each_small_square_of_the_map() -> None:
    network = a_small_network(linear_path=True).eval()
    assert network.linear_path is not None
    maps = torch.randn(2, 3, 28, 28)
    shuffled = maps.reshape(2, 3, 14, 2, 14, 2).flip(3, 5).reshape(2, 3, 28, 28)  # within squares of two by two
    torch.testing.assert_close(network.linear_path(maps), network.linear_path(shuffled))


def test_the_last_layer_is_that_of_the_deep_path_also_beside_a_linear_one() -> None:
    network = a_small_network(linear_path=True)
    page = Settings(pretraining=PretrainingSettings(fields=10, then="last_layer"))
    assert all(name.startswith("head.") for name in trained_weights(network, page))


def test_the_same_seed_gives_the_same_network() -> None:
    maps = torch.randn(2, 3, 9, 9)
    logits = []
    for _ in range(2):
        torch.manual_seed(5)
        logits.append(a_small_network().eval()(maps))
    assert torch.equal(logits[0], logits[1])


def test_without_settings_it_is_the_network_of_the_default_settings() -> None:
    assert str(GLFNet()) == str(GLFNet(GLFNetSettings()))


@pytest.mark.slow
def test_it_learns_where_in_the_face_a_movement_is() -> None:
    maps, truth = torch.rand(60, 3, 12, 12), torch.arange(60) % 3
    for k in range(3):  # the same movement at brows, nose or mouth
        maps[truth == k, 1, 4 * k : 4 * k + 3] += 2
    network = a_small_network(head_grid=4)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(25):
        optimiser.zero_grad()
        torch.autograd.backward(F.cross_entropy(network(maps), truth))
        optimiser.step()
    assert (network(maps).argmax(1) == truth).float().mean() > 0.95


def a_small_network(in_channels: int = 3, n_classes: int = 3, **options: Any) -> GLFNet:
    small: dict[str, Any] = {"width": 8, "depth": 1, "stem_size": 3, "stem_stride": 1, "stem_relu": True}
    small |= {"reduction": 2, "head_grid": 2, "dropout": 0.0, "grid": (2, 2)}
    small |= {"global_attention": "cbam", "local_block": "unshared", "fusion": "aff"}
    settings = GLFNetSettings.model_validate(small | options)
    return GLFNet(settings, in_channels=in_channels, n_classes=n_classes)
