"""Local Block: cut the map into regions that do not overlap, look at each alone, and put them back in place.

The paper: four regions, "to emphasize salient local movements while suppressing irrelevant information". Each region
has its own convolution and attention, as in MA-Net (Zhao et al., TIP 2021).
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from glfnet.model.global_attention import CBAM
from glfnet.model.layers import conv_norm


def split_regions(x: Tensor, grid: tuple[int, int]) -> list[list[Tensor]]:
    """Cut (N, C, H, W) into rows of regions; an odd side gives its extra line to the upper or left region.

    The regions are views: they tile the map without gap or overlap, and `join_regions` undoes the cut exactly.
    """
    rows, columns = grid
    return [list(torch.tensor_split(band, columns, dim=3)) for band in torch.tensor_split(x, rows, dim=2)]


def join_regions(regions: Sequence[Sequence[Tensor]]) -> Tensor:
    """Put rows of regions back together: the inverse of `split_regions`."""
    return torch.cat([torch.cat(list(row), dim=3) for row in regions], dim=2)


class RegionBranch(nn.Sequential):
    """3x3 convolution, batch norm, ReLU and attention, within one region: (N, C, h, w) -> the same shape."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__(conv_norm(channels, channels), nn.ReLU(inplace=True), CBAM(channels, reduction))


class LocalBlock(nn.Module):
    """A branch for each region of the map, in reading order.

    A region never sees its neighbours: its convolution pads with zeros at its own edges.

    Args:
        channels: C of the map; it is kept.
        grid: rows and columns of regions.
        reduction: bottleneck factor of the attention.
        shared: one branch for all regions instead of one each.
    """

    def __init__(
        self, channels: int, grid: tuple[int, int] = (2, 2), reduction: int = 4, *, shared: bool = False
    ) -> None:
        super().__init__()
        self.grid = grid
        count = 1 if shared else grid[0] * grid[1]
        self.branches = nn.ModuleList(RegionBranch(channels, reduction) for _ in range(count))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        columns = self.grid[1]
        return join_regions(
            [
                [self.branches[(r * columns + c) % len(self.branches)](region) for c, region in enumerate(row)]
                for r, row in enumerate(split_regions(x, self.grid))
            ]
        )


def build_local_block(
    kind: Literal["unshared", "shared", "none"], channels: int, grid: tuple[int, int], reduction: int
) -> nn.Module:
    """Return the block of that kind; `none` is the identity."""
    if kind == "none":
        return nn.Identity()
    return LocalBlock(channels, grid, reduction, shared=kind == "shared")
