"""The stem: a small residual backbone from flow map to feature map. Ours; the paper's backbone is not known."""

from torch import Tensor, nn

from glfnet.model.layers import conv_norm


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al., CVPR 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(conv_norm(channels, channels), nn.ReLU(inplace=True), conv_norm(channels, channels))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        out: Tensor = self.relu(x + self.body(x))
        return out


class Stem(nn.Sequential):
    """(N, in_channels, H, W) -> (N, width, ceil(H / stride), ceil(W / stride))."""

    def __init__(
        self, in_channels: int, width: int, *, depth: int, stride: int, size: int = 3, relu: bool = True
    ) -> None:
        super().__init__(
            conv_norm(in_channels, width, size=size, stride=stride),
            *([nn.ReLU(inplace=True)] if relu else []),
            *(ResidualBlock(width) for _ in range(depth)),
        )
