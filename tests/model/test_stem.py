import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glfnet.model.layers import conv_norm
from glfnet.model.stem import ResidualBlock, Stem


@settings(deadline=None, max_examples=25)
@given(
    size=st.tuples(st.integers(8, 19), st.integers(8, 19)),
    channels=st.integers(1, 5),
    width=st.integers(1, 6),
    depth=st.integers(0, 2),
    stride=st.sampled_from([1, 2]),
)
def test_any_map_becomes_width_channels_of_the_rounded_up_size(
    size: tuple[int, int], channels: int, width: int, depth: int, stride: int
) -> None:
    features = Stem(channels, width, depth=depth, stride=stride).eval()(torch.randn(2, channels, *size))
    assert features.shape == (2, width, math.ceil(size[0] / stride), math.ceil(size[1] / stride))
    assert features.min() >= 0


@pytest.mark.parametrize(("depth", "reach"), [(0, 1), (1, 3), (2, 5)])
def test_a_place_is_seen_one_pixel_around_and_two_more_for_each_block(depth: int, reach: int) -> None:
    stem = Stem(1, 8, depth=depth, stride=1).eval()
    maps = torch.rand(1, 1, 17, 17)
    touched = maps.clone()
    touched[0, 0, 8, 8] += 10
    rows, columns = (stem(maps) != stem(touched))[0].any(dim=0).nonzero(as_tuple=True)
    assert (rows.min(), rows.max()) == (8 - reach, 8 + reach)
    assert (columns.min(), columns.max()) == (8 - reach, 8 + reach)


def test_a_block_whose_body_is_silent_passes_the_map_on() -> None:
    block = ResidualBlock(4)
    torch.nn.init.zeros_(block.body[2][1].weight)  # type: ignore[index]
    maps = torch.rand(2, 4, 6, 6)
    torch.testing.assert_close(block(maps), maps)


@pytest.mark.parametrize("depth", [1, 3])
def test_a_block_costs_two_convolutions_and_two_norms(depth: int) -> None:
    def count(depth: int) -> int:
        return sum(p.numel() for p in Stem(3, 5, depth=depth, stride=1).parameters())

    assert count(0) == 3 * 5 * 9 + 2 * 5
    assert count(depth) - count(0) == depth * 2 * (5 * 5 * 9 + 2 * 5)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_convolution_of_any_odd_size_keeps_the_map(size: int) -> None:
    assert conv_norm(2, 3, size=size)(torch.randn(2, 2, 9, 10)).shape == (2, 3, 9, 10)


@pytest.mark.parametrize("stride", [1, 2])
def test_gradients_reach_every_parameter(stride: int) -> None:
    stem = Stem(3, 8, depth=2, stride=stride)
    (stem(torch.randn(4, 3, 9, 10)) * torch.randn(8, 1, 1)).sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in stem.parameters())


def test_a_batch_gives_what_its_maps_give_one_by_one() -> None:
    stem = Stem(3, 8, depth=1, stride=2).eval()
    maps = torch.randn(4, 3, 11, 8)
    torch.testing.assert_close(stem(maps), torch.cat([stem(m[None]) for m in maps]), rtol=1e-4, atol=1e-5)


def test_a_stem_without_relu_is_linear_and_its_kernel_sees_as_far_as_its_size() -> None:
    stem = Stem(1, 2, depth=0, stride=4, size=7, relu=False).eval()
    maps = torch.randn(1, 1, 28, 28)
    torch.testing.assert_close(stem(-2 * maps), -2 * stem(maps))
    assert stem(maps).shape == (1, 2, 7, 7)
    near, far = maps.clone(), maps.clone()
    near[..., 11, 8], far[..., 12, 8] = 9.0, 9.0  # the place in the middle of row 8 sees rows 5 to 11
    assert not torch.equal(stem(near)[..., 2, 2], stem(maps)[..., 2, 2])
    assert torch.equal(stem(far)[..., 2, 2], stem(maps)[..., 2, 2])
