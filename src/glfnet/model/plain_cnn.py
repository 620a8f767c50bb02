"""A small conventional network, ours: what any attention must beat."""

from torch import Tensor, nn

from glfnet.errors import ShapeError

SMALLEST_SIDE_PX = 8
_POOLED = 4  # the last map is averaged to 4x4, so that brows and mouth stay apart


class PlainCNN(nn.Module):
    """Three blocks of convolution, batch norm and ReLU, halved twice, averaged to 4x4, classified.

    Args:
        in_channels: channels of a flow map.
        n_classes: classes to tell apart.
        width: channels of the first block, doubled at each of the other two.
        dropout: before the classifier, in training only.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        n_classes: int = 3,
        width: int = 16,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.features = nn.Sequential(
            _block(in_channels, width), nn.MaxPool2d(2),  # 28 -> 14
            _block(width, 2 * width), nn.MaxPool2d(2),  # 14 -> 7
            _block(2 * width, 4 * width), nn.AdaptiveAvgPool2d(_POOLED),  # 7 -> 4
        )  # fmt: skip
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(4 * width * _POOLED**2, n_classes))

    def forward(self, maps: Tensor) -> Tensor:
        """Flow maps (N, C, H, W), H and W from 8 up -> logits (N, n_classes).

        Raises:
            ShapeError: if the maps do not fit.
        """
        if maps.ndim != 4 or maps.shape[1] != self.in_channels or min(maps.shape[2:]) < SMALLEST_SIDE_PX:
            raise ShapeError(
                f"PlainCNN was built for maps (N, {self.in_channels}, H, W) with H and W of at least "
                f"{SMALLEST_SIDE_PX}; got {tuple(maps.shape)}. Build it with the in_channels of the maps."
            )
        logits: Tensor = self.head(self.features(maps))
        return logits


def _block(in_channels: int, out_channels: int) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU())
