"""Global Attention: weigh channels, then places, over the whole face.

The paper says that it "captures subtle variations across the entire facial region" and no more. Default: CBAM (Woo et
al., ECCV 2018), as its ancestor MA-Net has it. Options: GAM (Liu et al., arXiv 2112.05561) and plain self-attention.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from glfnet.model.layers import conv_norm, conv_of_small_map


class ChannelGate(nn.Module):
    """sigma(MLP(average) + MLP(maximum)) over the map, one number in (0, 1) a channel."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.mlp = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, 1, 1)."""
        places = x.flatten(2)
        pooled = torch.stack([places.mean(dim=2), places.max(dim=2).values])  # (2, N, C); amax learns more slowly
        return torch.sigmoid(self.mlp(pooled).sum(dim=0))[:, :, None, None]


class SpatialGate(nn.Module):
    """sigma(Conv7x7[mean; max]) over the channels, one number in (0, 1) a place."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size=7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, 1, H, W)."""
        pooled = torch.stack([x.mean(dim=1), x.max(dim=1).values], dim=1)  # (N, 2, H, W)
        return torch.sigmoid(conv_of_small_map(self.conv, pooled))


class CBAM(nn.Module):
    """Channel gate, then spatial gate; the maps keep their shape."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        self.channel_gate = ChannelGate(channels, reduction)
        self.spatial_gate = SpatialGate()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        x = x * self.channel_gate(x)
        out: Tensor = x * self.spatial_gate(x)
        return out


class GAM(nn.Module):
    """Gates without pooling: an MLP over the channels of each place, then two 7x7 convolutions."""

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.channel_gate = nn.Sequential(  # 1x1 convolutions are the paper's MLP applied at each place
            nn.Conv2d(channels, hidden, 1), nn.ReLU(inplace=True), nn.Conv2d(hidden, channels, 1), nn.Sigmoid()
        )
        self.spatial_gate = nn.Sequential(
            conv_norm(channels, hidden, size=7),
            nn.ReLU(inplace=True),
            conv_norm(hidden, channels, size=7),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        x = x * self.channel_gate(x)
        out: Tensor = x * self.spatial_gate(x)
        return out


class SelfAttention(nn.Module):
    """One pre-norm multi-head self-attention over all places, added to the map."""

    def __init__(self, channels: int, *, heads: int = 4) -> None:
        super().__init__()
        fitting = max(h for h in range(1, heads + 1) if channels % h == 0)  # heads must divide the channels
        self.norm = nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, fitting, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        places = self.norm(x.flatten(2).transpose(1, 2))  # (N, H*W, C)
        seen, _ = self.attention(places, places, places, need_weights=False)
        out: Tensor = x + seen.transpose(1, 2).reshape(x.shape)
        return out


def build_global_attention(
    kind: Literal["cbam", "gam", "self_attention", "none"], channels: int, reduction: int
) -> nn.Module:
    """Return the attention of that kind; `none` is the identity."""
    match kind:
        case "cbam":
            return CBAM(channels, reduction)
        case "gam":
            return GAM(channels, reduction)
        case "self_attention":
            return SelfAttention(channels)
        case "none":
            return nn.Identity()
