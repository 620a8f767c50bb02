"""STSTNet: three shallow streams over one flow map.

Liong, Gan, See, Khor, Huang: "Shallow Triple Stream Three-dimensional CNN (STSTNet) for Micro-expression Recognition",
FG 2019. Layers, padding, batch norm and dropout are those of the authors' PyTorch port, whose per-subject weights are
published; `scripts/ststnet_published.py` scores them.
"""

import torch
from torch import Tensor, nn

from glfnet.errors import SettingsError, ShapeError

STREAM_FILTERS = (3, 5, 8)  # what the three streams differ in, and the only thing
SMALLEST_SIDE_PX = 8


class STSTNet(nn.Module):
    """Three parallel convolutions with 3, 5 and 8 filters, pooled, joined, classified.

    Args:
        in_channels: channels of a flow map.
        n_classes: classes to tell apart.
        size_px: height and width of a flow map, from 8 up; the paper's is 28.
        dropout: applied to each pooled stream, in training only.

    Raises:
        SettingsError: if the sizes do not fit together.
    """

    def __init__(self, *, in_channels: int = 3, n_classes: int = 3, size_px: int = 28, dropout: float = 0.5) -> None:
        super().__init__()
        if size_px < SMALLEST_SIDE_PX:
            raise SettingsError(
                f"STSTNet pools by three and by two: size_px must be at least {SMALLEST_SIDE_PX}, got {size_px}. "
                "Give larger flow maps."
            )
        self.map_shape = (in_channels, size_px, size_px)
        self.streams = nn.ModuleList(_stream(in_channels, filters, dropout) for filters in STREAM_FILTERS)
        self.pool = nn.AvgPool2d(2)
        self.head = nn.Linear(sum(STREAM_FILTERS) * _pooled_side(size_px) ** 2, n_classes)

    def forward(self, maps: Tensor) -> Tensor:
        """Flow maps (N, C, H, W), channels u, v, strain -> logits (N, n_classes).

        Raises:
            ShapeError: if the maps are not of the size the network was built for.
        """
        if maps.shape[1:] != self.map_shape:
            raise ShapeError(
                f"STSTNet was built for maps (N, {', '.join(map(str, self.map_shape))}); got {tuple(maps.shape)}. "
                "Build it with the in_channels and size_px of the maps."
            )
        x = torch.cat([stream(maps) for stream in self.streams], dim=1)  # (N, 16, 10, 10) from 28 px
        logits: Tensor = self.head(self.pool(x).flatten(1))  # (N, 400) -> (N, n_classes)
        return logits


def _stream(in_channels: int, filters: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, filters, 3, padding=2),  # 28 -> 30: the port pads by two
        nn.ReLU(),
        nn.BatchNorm2d(filters),  # after the activation, as in the port
        nn.MaxPool2d(3, stride=3, padding=1),  # 30 -> 10
        nn.Dropout(dropout),
    )


def _pooled_side(size_px: int) -> int:
    return ((size_px + 1) // 3 + 1) // 2
