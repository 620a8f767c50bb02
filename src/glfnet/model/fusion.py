"""Adaptive Feature Fusion: attention decides, channel by channel, how much of the global and of the local map to keep.

Default: Attentional Feature Fusion (Dai et al., WACV 2021). With G the global and L the local map,

    S = G + L,   w = sigma(local(S) + global(S)),   out = 2 [ w * G + (1 - w) * L ]

where local and global are pointwise bottlenecks, the latter on the map averaged over all places.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from glfnet.model.layers import bottleneck, conv_norm


class FusionGate(nn.Module):
    """w of the formula above, in (0, 1): (N, C, H, W), or (N, C, 1, 1) with `pooled_only` (squeeze-and-excitation)."""

    def __init__(self, channels: int, reduction: int, *, pooled_only: bool = False) -> None:
        super().__init__()
        self.over_places = None if pooled_only else bottleneck(channels, reduction)
        self.over_map = bottleneck(channels, reduction)

    def forward(self, total: Tensor) -> Tensor:
        """S (N, C, H, W) -> w."""
        logit = self.over_map(total.mean(dim=(2, 3), keepdim=True))
        if self.over_places is not None:
            logit = logit + self.over_places(total)
        return torch.sigmoid(logit)


class AdaptiveFeatureFusion(nn.Module):
    """2 [w G + (1 - w) L]: two equal maps come out doubled, whatever w is."""

    def __init__(self, channels: int, reduction: int = 4, *, pooled_only: bool = False) -> None:
        super().__init__()
        self.gate = FusionGate(channels, reduction, pooled_only=pooled_only)

    def forward(self, global_map: Tensor, local_map: Tensor) -> Tensor:
        """Two (N, C, H, W) -> one (N, C, H, W)."""
        w = self.gate(global_map + local_map)
        return 2 * torch.lerp(local_map, global_map, w)


class SumFusion(nn.Module):
    """G + L: what the adaptive fusion is with w = 1/2."""

    def forward(self, global_map: Tensor, local_map: Tensor) -> Tensor:
        """Two (N, C, H, W) -> one (N, C, H, W)."""
        return global_map + local_map


class ConcatFusion(nn.Module):
    """[G; L] through a 1x1 convolution back to C channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = conv_norm(2 * channels, channels, size=1)

    def forward(self, global_map: Tensor, local_map: Tensor) -> Tensor:
        """Two (N, C, H, W) -> one (N, C, H, W)."""
        out: Tensor = self.mix(torch.cat([global_map, local_map], dim=1))
        return out


def build_fusion(kind: Literal["aff", "se", "sum", "concat"], channels: int, reduction: int) -> nn.Module:
    """Return the fusion of that kind."""
    match kind:
        case "aff" | "se":
            return AdaptiveFeatureFusion(channels, reduction, pooled_only=kind == "se")
        case "sum":
            return SumFusion()
        case "concat":
            return ConcatFusion(channels)
