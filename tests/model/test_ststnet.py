import re

import pytest
import torch

from glfnet.errors import SettingsError, ShapeError
from glfnet.model.ststnet import STSTNet


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("size_px", [8, 9, 13, 28, 35, 64])
@pytest.mark.parametrize(("in_channels", "n_classes"), [(1, 2), (3, 3), (4, 5)])
def test_logits_have_one_row_a_map_and_one_column_a_class(size_px: int, in_channels: int, n_classes: int) -> None:
    network = STSTNet(in_channels=in_channels, n_classes=n_classes, size_px=size_px)
    assert network(torch.rand(2, in_channels, size_px, size_px)).shape == (2, n_classes)


def test_it_has_the_parameters_of_the_published_port() -> None:
    convolutions = sum(3 * filters * 9 + filters for filters in (3, 5, 8))
    batch_norms = 2 * (3 + 5 + 8)
    assert sum(p.numel() for p in STSTNet().parameters()) == convolutions + batch_norms + 400 * 3 + 3


def test_every_parameter_learns() -> None:
    network = STSTNet()
    network(torch.rand(4, 3, 28, 28)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_a_batch_gives_what_its_maps_give_one_by_one() -> None:
    network = STSTNet().eval()
    maps = torch.rand(5, 3, 28, 28)
    torch.testing.assert_close(network(maps), torch.cat([network(m[None]) for m in maps]))


def test_a_small_or_reordered_map_is_refused_with_a_remedy() -> None:
    with pytest.raises(SettingsError, match=re.escape("size_px must be at least 8, got 7. Give larger flow maps.")):
        STSTNet(size_px=7)
    expected = "built for maps (N, 3, 28, 28); got (1, 28, 28, 3). Build it with the in_channels and size_px of the"
    with pytest.raises(ShapeError, match=re.escape(expected)):
        STSTNet()(torch.zeros(1, 28, 28, 3))
