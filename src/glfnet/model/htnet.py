"""HTNet: transformer blocks over ever larger regions of the face.

Wang, Zhang, Luo, Sankaranarayana: "HTNet for micro-expression recognition", Neurocomputing 2024 (arXiv 2307.14637).
Defaults are those of the authors' `main_HTNet.py`: patches of 7 px, width 256, 3 heads, three levels of 2, 2 and 10
blocks. At every level the map is cut into regions, each region attends within itself, and an aggregation layer then
mixes neighbouring regions, halves the map and doubles the width.

With the default sizes a region holds exactly one patch at every level (4x4 patches in 16 regions, 2x2 in 4, 1 in 1).
Attention over one patch is always 1: queries and keys then do nothing and are never trained, in the authors' network
as in this one, and only the aggregation layers carry anything from one place to another.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from glfnet.errors import SettingsError, ShapeError


class HTNet(nn.Module):
    """Patch embedding, then per level attention within regions and aggregation, then a linear head.

    The authors do not feed the whole map: they cut four 14x14 pieces around eyes and lip corners, found by a landmark
    detector in the apex frame, and tile them into 28x28. A flow map has no landmarks, so here the whole map is
    fed. They feed values of 0..255; here they are what `inputs.input_maps` makes of them.

    Args:
        in_channels: channels of a flow map.
        n_classes: classes to tell apart.
        size_px: height and width of a flow map; the paper's is 28.
        patch_px: height and width of a patch.
        dim: width at the first level; it doubles at each further level.
        heads: attention heads at the first level; they double as well.
        block_repeats: transformer blocks of each level, from the smallest regions to the whole map.
        mlp_ratio: hidden width of the feed-forward layers, in multiples of the level's width.
        dropout: in attention and feed-forward layers, in training only.

    Raises:
        SettingsError: if the sizes do not fit together.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        n_classes: int = 3,
        size_px: int = 28,
        patch_px: int = 7,
        dim: int = 256,
        heads: int = 3,
        block_repeats: Sequence[int] = (2, 2, 10),
        mlp_ratio: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        tokens = _tokens_per_region(size_px, patch_px, len(block_repeats))
        if not 1 <= heads <= dim:
            raise SettingsError(f"HTNet: heads must be from 1 to dim {dim}, got {heads}. Give fewer heads.")
        self.map_shape = (in_channels, size_px, size_px)
        self.embed = nn.Conv2d(in_channels, dim, patch_px, stride=patch_px)
        self.levels = nn.ModuleList()
        last = len(block_repeats) - 1
        for i, blocks in enumerate(block_repeats):
            width = dim * 2**i
            self.levels.append(_Level(2 ** (last - i), tokens, width, heads * 2**i, blocks, mlp_ratio, dropout))
            self.levels.append(_Aggregation(width, 2 * width) if i < last else nn.Identity())
        self.norm = nn.LayerNorm(dim * 2**last)
        self.head = nn.Linear(dim * 2**last, n_classes)

    def forward(self, maps: Tensor) -> Tensor:
        """Flow maps (N, C, H, W), channels u, v, strain -> logits (N, n_classes).

        Raises:
            ShapeError: if the maps are not of the size the network was built for.
        """
        if maps.shape[1:] != self.map_shape:
            raise ShapeError(
                f"HTNet was built for maps (N, {', '.join(map(str, self.map_shape))}); got {tuple(maps.shape)}. "
                "Build it with the in_channels and size_px of the maps."
            )
        x = self.embed(maps)  # (N, 256, 4, 4)
        for layer in self.levels:
            x = layer(x)  # (N, 512, 2, 2), then (N, 1024, 1, 1)
        x = self.norm(x.movedim(1, -1)).mean(dim=(1, 2))  # (N, 1024)
        logits: Tensor = self.head(x)
        return logits


class _Level(nn.Module):
    """Cuts the map into side x side regions and lets each attend within itself; (N, D, h, w) keeps its shape."""

    def __init__(
        self, side: int, tokens: int, dim: int, heads: int, blocks: int, mlp_ratio: int, dropout: float
    ) -> None:
        super().__init__()
        self.side = side
        # One number per place in a region, added to all channels alike and shared by all regions: as the authors do.
        self.position = nn.Parameter(torch.randn(tokens))
        self.blocks = nn.Sequential(*(_Block(dim, heads, mlp_ratio, dropout) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        regions = split_regions(x, self.side)  # (N * side * side, tokens, D)
        return join_regions(self.blocks(regions + self.position[:, None]), self.side)


class _Block(nn.Module):
    """One transformer block with the norm first; (B, tokens, D) keeps its shape."""

    def __init__(self, dim: int, heads: int, mlp_ratio: int, dropout: float) -> None:
        super().__init__()
        self.norm_1, self.attention = nn.LayerNorm(dim), _Attention(dim, heads, dropout)
        self.norm_2 = nn.LayerNorm(dim)
        self.feed_forward = nn.Sequential(
            nn.Linear(dim, dim * mlp_ratio), nn.GELU(), nn.Dropout(dropout),
            nn.Linear(dim * mlp_ratio, dim), nn.Dropout(dropout),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm_1(x))
        out: Tensor = x + self.feed_forward(self.norm_2(x))
        return out


class _Attention(nn.Module):
    """Self-attention whose heads are dim // heads wide; 256 by 3 heads leaves one channel over, as in the original."""

    def __init__(self, dim: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        inner = dim // heads * heads
        self.qkv = nn.Linear(dim, 3 * inner, bias=False)
        self.out = nn.Sequential(nn.Linear(inner, dim), nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # each (B, heads, tokens, d)
        mixed = functional.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout if self.training else 0.0)
        out: Tensor = self.out(mixed.transpose(1, 2).flatten(2))  # (B, tokens, D)
        return out


class _Aggregation(nn.Module):
    """(N, D, h, w) -> (N, D', h/2, w/2): the only place where regions meet."""

    def __init__(self, dim: int, dim_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.norm = nn.LayerNorm(dim_out)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.pool(self.norm(self.conv(x).movedim(1, -1)).movedim(-1, 1))
        return out


def split_regions(x: Tensor, side: int) -> Tensor:
    """Cut (N, D, h, w) into side x side equal regions, row by row: (N * side * side, tokens, D)."""
    n, d, h, w = x.shape
    x = x.reshape(n, d, side, h // side, side, w // side)
    return x.permute(0, 2, 4, 3, 5, 1).reshape(n * side * side, h * w // side**2, d)


def join_regions(regions: Tensor, side: int) -> Tensor:
    """Undo `split_regions` for a square map: (N * side * side, tokens, D) -> (N, D, h, w)."""
    b, tokens, d = regions.shape
    n, px = b // side**2, round(tokens**0.5)
    return regions.reshape(n, side, side, px, px, d).permute(0, 5, 1, 3, 2, 4).reshape(n, d, side * px, side * px)


def _tokens_per_region(size_px: int, patch_px: int, levels: int) -> int:
    if levels < 1 or patch_px < 1:
        raise SettingsError("HTNet: block_repeats needs at least one level and patch_px at least 1.")
    unit = patch_px * 2 ** (levels - 1)
    if size_px < unit or size_px % unit:
        raise SettingsError(
            f"HTNet with patch_px {patch_px} and {levels} levels needs size_px to be a multiple of {unit}, "
            f"got {size_px}. Choose another patch_px or fewer levels, or resize the flow maps."
        )
    tokens: int = (size_px // unit) ** 2
    return tokens
