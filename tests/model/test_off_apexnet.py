import re

import pytest
import torch

from glfnet.errors import SettingsError, ShapeError
from glfnet.model.off_apexnet import OffApexNet


@pytest.mark.parametrize("size_px", [8, 9, 15, 28, 40])
@pytest.mark.parametrize(("in_channels", "n_classes"), [(2, 2), (3, 3), (5, 5)])
def test_logits_have_one_row_a_map_and_one_column_a_class(size_px: int, in_channels: int, n_classes: int) -> None:
    network = OffApexNet(in_channels=in_channels, n_classes=n_classes, size_px=size_px, hidden=16)
    assert network(torch.rand(2, in_channels, size_px, size_px)).shape == (2, n_classes)


def test_it_has_as_many_parameters_as_papers_report() -> None:
    stream = (25 * 6 + 6) + (6 * 25 * 16 + 16)
    head = (2 * 16 * 7 * 7 * 1024 + 1024) + (1024 * 1024 + 1024) + (1024 * 3 + 3)
    assert sum(p.numel() for p in OffApexNet().parameters()) == 2 * stream + head  # 2.66 million, as reported


def test_only_u_and_v_are_looked_at() -> None:
    network = OffApexNet(hidden=32).eval()
    maps = torch.rand(2, 3, 28, 28)
    changed = maps.clone()
    changed[:, 2] = torch.rand(2, 28, 28)
    assert torch.equal(network(maps), network(changed))
    for channel in (0, 1):
        changed = maps.clone()
        changed[:, channel] += 1
        assert not torch.allclose(network(maps), network(changed))


def test_u_and_v_have_streams_of_their_own() -> None:
    network = OffApexNet(hidden=32)
    maps = torch.rand(4, 3, 28, 28)
    maps[:, 1] = 0
    for stream in network.streams:
        stream[0].bias.data.zero_()
        stream[3].bias.data.zero_()
    network(maps).square().sum().backward()
    of_u, of_v = (stream[0].weight.grad for stream in network.streams)
    assert of_u.abs().sum() > 0
    assert of_v.abs().sum() == 0


def test_every_parameter_learns() -> None:
    network = OffApexNet(hidden=64)
    network(torch.rand(8, 3, 28, 28)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_a_batch_gives_what_its_maps_give_one_by_one() -> None:
    network = OffApexNet(hidden=32).eval()
    maps = torch.rand(5, 3, 28, 28)
    torch.testing.assert_close(network(maps), torch.cat([network(m[None]) for m in maps]))


def test_maps_that_do_not_fit_are_refused_with_a_remedy() -> None:
    expected = "in_channels must be at least 2, got 1. Give flow maps with the channels u and v first."
    with pytest.raises(SettingsError, match=re.escape(expected)):
        OffApexNet(in_channels=1)
    with pytest.raises(SettingsError, match=re.escape("size_px must be at least 8, got 7. Give larger flow maps.")):
        OffApexNet(size_px=7)
    expected = (
        "built for maps (N, 3, 28, 28); got (1, 2, 28, 28). Build it with the in_channels and size_px of the maps."
    )
    with pytest.raises(ShapeError, match=re.escape(expected)):
        OffApexNet(hidden=8)(torch.zeros(1, 2, 28, 28))
