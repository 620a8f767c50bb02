import pytest
import torch
from torch import Tensor, nn

from glfnet.model.layers import AverageTo, conv_of_small_map

SIZES = [(1, 1), (2, 5), (4, 3), (5, 5), (6, 4), (7, 7)]


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_a_convolution_of_a_small_map_is_the_convolution(height: int, width: int, bias: bool, kernel: int) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(2, 3, kernel, padding=kernel // 2, bias=bias).double()
    maps = torch.randn(4, 2, height, width, dtype=torch.float64, requires_grad=True)
    wanted, found = (_value_and_slopes(answer, conv, maps) for answer in (conv(maps), conv_of_small_map(conv, maps)))
    for one, other in zip(wanted, found, strict=True):
        torch.testing.assert_close(other, one)


def test_a_small_map_can_be_learnt_from_after_one_of_its_size_was_tested() -> None:
    conv = nn.Conv2d(1, 1, 7, padding=3)
    maps = torch.ones(1, 1, 3, 6)
    with torch.inference_mode():
        tested = conv_of_small_map(conv, maps)
    learnt = conv_of_small_map(conv, maps)
    learnt.sum().backward()
    assert torch.equal(tested, learnt.detach())
    assert conv.weight.grad is not None


def test_an_average_of_a_map_that_has_the_size_is_the_map() -> None:
    maps = torch.randn(2, 3, 7, 7)
    assert AverageTo(7)(maps) is maps


def test_an_average_of_a_larger_map_is_that_of_its_cells() -> None:
    maps = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert torch.equal(AverageTo(2)(maps), torch.tensor([[[[2.5, 4.5], [10.5, 12.5]]]]))


def _value_and_slopes(answer: Tensor, conv: nn.Conv2d, maps: Tensor) -> list[Tensor]:
    return [answer, *torch.autograd.grad(answer.square().sum(), [maps, *conv.parameters()])]
