import re

import pytest
import torch
from torch import nn

from glfnet.errors import SettingsError, ShapeError
from glfnet.model.htnet import HTNet, join_regions, split_regions


def small(*, size_px: int = 28, dim: int = 8, n_classes: int = 3, in_channels: int = 3) -> HTNet:
    return HTNet(
        size_px=size_px, dim=dim, heads=2, block_repeats=(1, 1, 2), n_classes=n_classes, in_channels=in_channels
    )


@pytest.mark.parametrize("size_px", [28, 56])
@pytest.mark.parametrize(("in_channels", "n_classes"), [(1, 2), (3, 3), (4, 5)])
def test_logits_have_one_row_a_map_and_one_column_a_class(size_px: int, in_channels: int, n_classes: int) -> None:
    network = small(size_px=size_px, in_channels=in_channels, n_classes=n_classes)
    assert network(torch.rand(2, in_channels, size_px, size_px)).shape == (2, n_classes)


def test_the_defaults_have_as_many_parameters_as_the_published_network() -> None:
    with torch.device("meta"):  # 140 million numbers need not be drawn to be counted
        assert sum(p.numel() for p in HTNet().parameters()) == 139_582_982


def test_a_batch_gives_what_its_maps_give_one_by_one() -> None:
    network = small(size_px=56).eval()
    maps = torch.rand(4, 3, 56, 56)
    torch.testing.assert_close(network(maps), torch.cat([network(m[None]) for m in maps]))


@pytest.mark.parametrize("side", [1, 2, 4])
def test_regions_tile_the_map_and_join_back(side: int) -> None:
    x = torch.arange(2 * 3 * 8 * 8).reshape(2, 3, 8, 8)
    regions = split_regions(x, side)
    assert regions.shape == (2 * side**2, (8 // side) ** 2, 3)
    assert torch.equal(join_regions(regions, side), x)
    corner = x[0, :, : 8 // side, : 8 // side]
    assert torch.equal(regions[0], corner.flatten(1).T)  # the first region is the upper left, read row by row


def test_a_change_stays_inside_its_region_until_regions_are_aggregated() -> None:
    network = small(size_px=56).eval()
    x = torch.rand(1, 8, 8, 8)
    changed = x.clone()
    changed[0, 0, 0, 0] += 1
    moved = (network.levels[0](changed) - network.levels[0](x)).abs().sum(1)[0] > 1e-6
    assert moved[:2, :2].all()  # 8x8 patches in 4x4 regions: two by two patches each
    assert moved.sum() == 4
    assert network(torch.rand(1, 3, 56, 56)).shape == (1, 3)


def disturb_queries(network: HTNet) -> None:
    for module in network.modules():
        weight = getattr(getattr(module, "qkv", None), "weight", None)
        if isinstance(weight, nn.Parameter):
            weight.data[: len(weight) // 3] += 3 * torch.randn(len(weight) // 3, weight.shape[1])


@pytest.mark.parametrize(("size_px", "matters"), [(28, False), (56, True)])
def test_attention_decides_nothing_where_a_region_is_one_patch(size_px: int, matters: bool) -> None:
    network = small(size_px=size_px).eval()
    maps = torch.rand(2, 3, size_px, size_px)
    before = network(maps)
    disturb_queries(network)
    assert torch.allclose(network(maps), before, atol=1e-6) is not matters


def test_every_parameter_learns_where_a_region_is_several_patches() -> None:
    network = small(size_px=56)
    network(torch.rand(4, 3, 56, 56)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_sizes_that_do_not_fit_are_refused_with_a_remedy() -> None:
    expected = (
        "HTNet with patch_px 7 and 3 levels needs size_px to be a multiple of 28, got 32. "
        "Choose another patch_px or fewer levels, or resize the flow maps."
    )
    with pytest.raises(SettingsError, match=re.escape(expected)):
        HTNet(size_px=32)
    with pytest.raises(SettingsError, match="multiple of 28, got 14"):
        HTNet(size_px=14)
    with pytest.raises(SettingsError, match=re.escape("heads must be from 1 to dim 4, got 8. Give fewer heads.")):
        HTNet(dim=4, heads=8)
    with pytest.raises(SettingsError, match="block_repeats needs at least one level and patch_px at least 1"):
        HTNet(block_repeats=())
    expected = (
        "built for maps (N, 3, 28, 28); got (1, 3, 56, 56). Build it with the in_channels and size_px of the maps."
    )
    with pytest.raises(ShapeError, match=re.escape(expected)):
        small()(torch.zeros(1, 3, 56, 56))
