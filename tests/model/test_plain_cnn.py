import re

import pytest
import torch

from glfnet.errors import ShapeError
from glfnet.model.plain_cnn import PlainCNN


@pytest.mark.parametrize(("height", "width"), [(8, 8), (9, 31), (28, 28), (33, 8), (64, 50)])
@pytest.mark.parametrize(("in_channels", "n_classes"), [(1, 2), (3, 3), (4, 5)])
def test_any_size_from_eight_up_gives_logits(height: int, width: int, in_channels: int, n_classes: int) -> None:
    network = PlainCNN(in_channels=in_channels, n_classes=n_classes)
    assert network(torch.rand(2, in_channels, height, width)).shape == (2, n_classes)


def test_it_is_small() -> None:
    assert 20_000 < sum(p.numel() for p in PlainCNN().parameters()) < 40_000


@pytest.mark.parametrize("size_px", [8, 28])
def test_every_parameter_learns_even_from_one_map(size_px: int) -> None:
    network = PlainCNN(dropout=0.0)
    network(torch.rand(1, 3, size_px, size_px)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


def test_a_batch_gives_what_its_maps_give_one_by_one() -> None:
    network = PlainCNN().eval()
    maps = torch.rand(5, 3, 28, 28)
    torch.testing.assert_close(network(maps), torch.cat([network(m[None]) for m in maps]), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_it_learns_where_in_the_face_a_movement_is() -> None:
    maps, truth = torch.rand(60, 3, 28, 28), torch.arange(60) % 3
    for k in range(3):  # the same movement at brows, nose or mouth
        maps[truth == k, 1, 9 * k : 9 * k + 6] += 2
    network = PlainCNN(dropout=0.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(25):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(maps), truth).backward()
        optimiser.step()
    assert (network(maps).argmax(1) == truth).float().mean() > 0.95


def test_maps_that_do_not_fit_are_refused_with_a_remedy() -> None:
    expected = (
        "built for maps (N, 3, H, W) with H and W of at least 8; got {}. Build it with the in_channels of the maps."
    )
    for shape in ((2, 2, 28, 28), (2, 3, 28, 7), (3, 28, 28)):
        with pytest.raises(ShapeError, match=re.escape(expected.format(shape))):
            PlainCNN()(torch.zeros(shape))
