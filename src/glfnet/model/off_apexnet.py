"""OFF-ApexNet: one small convolutional stream for u, one for v.

Gan, Liong, Yau, Huang, Tan: "OFF-ApexNet on micro-expression recognition system", Signal Processing: Image
Communication 74, 2019 (arXiv 1805.08699).
"""

import torch
from torch import Tensor, nn

from glfnet.errors import SettingsError, ShapeError

STREAMS = 2  # u and v
SMALLEST_SIDE_PX = 8


class OffApexNet(nn.Module):
    """Two streams of two 5x5 convolutions, joined and followed by two wide linear layers.

    Only u and v are used, the first two channels; any further channel, such as strain, is ignored as in the paper.

    Args:
        in_channels: channels of a flow map, at least two.
        n_classes: classes to tell apart.
        size_px: height and width of a flow map, from 8 up; the paper's is 28.
        hidden: width of both linear layers.
        dropout: after each of them, in training only.

    Raises:
        SettingsError: if the sizes do not fit together.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        n_classes: int = 3,
        size_px: int = 28,
        hidden: int = 1024,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if in_channels < STREAMS:
            raise SettingsError(
                f"OFF-ApexNet reads u and v: in_channels must be at least {STREAMS}, got {in_channels}. "
                "Give flow maps with the channels u and v first."
            )
        if size_px < SMALLEST_SIDE_PX:
            raise SettingsError(
                f"OFF-ApexNet halves the map twice: size_px must be at least {SMALLEST_SIDE_PX}, got {size_px}. "
                "Give larger flow maps."
            )
        self.map_shape = (in_channels, size_px, size_px)
        self.streams = nn.ModuleList(_stream() for _ in range(STREAMS))
        # No released code of the authors is known. Dropout in the head is that of re-implementations.
        self.head = nn.Sequential(
            nn.Linear(STREAMS * 16 * (size_px // 4) ** 2, hidden), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(hidden, n_classes),
        )  # fmt: skip

    def forward(self, maps: Tensor) -> Tensor:
        """Flow maps (N, C, H, W), channels u, v and any others -> logits (N, n_classes).

        Raises:
            ShapeError: if the maps are not of the size the network was built for.
        """
        if maps.shape[1:] != self.map_shape:
            raise ShapeError(
                f"OFF-ApexNet was built for maps (N, {', '.join(map(str, self.map_shape))}); got {tuple(maps.shape)}. "
                "Build it with the in_channels and size_px of the maps."
            )
        # Each stream sees one channel: (N, 1, 28, 28) -> (N, 16, 7, 7).
        x = torch.cat([stream(maps[:, c : c + 1]) for c, stream in enumerate(self.streams)], dim=1)
        logits: Tensor = self.head(x.flatten(1))  # (N, 1568) -> (N, n_classes)
        return logits


def _stream() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # 28 -> 14
        # Re-implementations disagree whether an activation follows the convolutions; without one they would be linear.
        nn.Conv2d(6, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),  # 14 -> 7
    )  # fmt: skip
