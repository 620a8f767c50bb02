"""Small parts that several modules of the network share."""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def conv_norm(in_channels: int, out_channels: int, *, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Return a convolution that keeps the map's size (at stride 1), followed by batch norm."""
    conv = nn.Conv2d(in_channels, out_channels, size, stride, padding=size // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels))


def bottleneck(channels: int, reduction: int) -> nn.Sequential:
    """Return the pointwise C -> C/r -> C of Attentional Feature Fusion, each convolution followed by batch norm."""
    hidden = max(channels // reduction, 1)
    return nn.Sequential(
        *conv_norm(channels, hidden, size=1), nn.ReLU(inplace=True), *conv_norm(hidden, channels, size=1)
    )


class AverageTo(nn.AdaptiveAvgPool2d):
    """Averages a map to a number of rows and columns; a map of that size passes as it is, which costs no time."""

    def __init__(self, side: int) -> None:
        super().__init__(side)
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, side, side)."""
        if x.shape[2:] == (self.side, self.side):
            return x
        out: Tensor = super().forward(x)
        return out


def conv_of_small_map(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Return `conv(x)`; of a map no larger than the kernel as one product with a matrix, in a third of the time.

    Args:
        conv: stride 1, with an odd kernel and a padding that keeps the map's size.
        x: (N, C, H, W).
    """
    side, (h, w) = conv.kernel_size[0], x.shape[2:]
    if max(h, w) > side:
        out: Tensor = conv(x)
        return out
    weights = F.pad(conv.weight.flatten(2), (0, 1))  # (O, C, side^2 + 1), the last of them 0: out of the kernel's reach
    matrix = weights[:, :, _kernel_places(side, h, w).to(x.device)]  # (O, C, from, to)
    flat = x.flatten(1) @ matrix.permute(1, 2, 0, 3).reshape(-1, len(weights) * h * w)
    answer = flat.view(len(x), len(weights), h, w)
    return answer if conv.bias is None else answer + conv.bias.view(-1, 1, 1)


@cache
def _kernel_places(side: int, h: int, w: int) -> Tensor:
    """Return (h * w, h * w): which place of a kernel leads from one place of a map to another; side^2 for none."""
    with torch.inference_mode(False):  # what is kept from a test must also serve in training
        row, column = torch.arange(h), torch.arange(w)
        down = (row[:, None] - row + side // 2)[:, None, :, None].expand(h, w, h, w)
        right = (column[:, None] - column + side // 2)[None, :, None, :].expand(h, w, h, w)
        there = (down >= 0) & (down < side) & (right >= 0) & (right < side)
        return torch.where(there, down * side + right, side**2).reshape(h * w, h * w)
