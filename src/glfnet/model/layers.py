"""Two small parts that several modules of the network share."""

from torch import nn


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
