"""GLFNet, read top to bottom.

Zhang, Yao, Yang, Yin: "GLFNet: Attention Mechanism-Based Global-Local Feature Fusion Network for Micro-Expression
Recognition", Entropy 2025, 27(10), 1023. What the paper does not say is chosen in
`config.models.GLFNetSettings`, option by option with its source.
"""

from torch import Tensor, nn

from glfnet.config.models import GLFNetSettings
from glfnet.errors import SettingsError, ShapeError
from glfnet.model.fusion import build_fusion
from glfnet.model.global_attention import build_global_attention
from glfnet.model.layers import AverageTo
from glfnet.model.local_block import build_local_block
from glfnet.model.stem import Stem

SMALLEST_SIDE_PX = 8
LINEAR_SIDE = 14


class GLFNet(nn.Module):
    """Stem, Global Attention and Local Block side by side, Adaptive Feature Fusion, head.

    Args:
        settings: the options; the defaults are the recipe of `docs/results.md`.
        in_channels: channels of a flow map.
        n_classes: classes to tell apart.

    Maps can be looked at with forward hooks on the sub-modules `stem`, `global_attention`, `local_block`, `fusion` and
    `head`.
    """

    def __init__(self, settings: GLFNetSettings | None = None, *, in_channels: int = 3, n_classes: int = 3) -> None:
        super().__init__()
        s = settings or GLFNetSettings()
        if max(s.grid) * s.stem_stride > SMALLEST_SIDE_PX or min(s.grid) < 1:
            raise SettingsError(
                f"model.grid: {s.grid} regions with model.stem_stride {s.stem_stride} do not fit on a map of "
                f"{SMALLEST_SIDE_PX} pixels a side; expected 1 to {SMALLEST_SIDE_PX // s.stem_stride} rows and columns."
            )
        self.in_channels = in_channels
        self.stem = Stem(in_channels, s.width, depth=s.depth, stride=s.stem_stride, size=s.stem_size, relu=s.stem_relu)
        self.global_attention = build_global_attention(s.global_attention, s.width, s.reduction)
        self.local_block = build_local_block(s.local_block, s.width, s.grid, s.reduction)
        self.fusion = build_fusion(s.fusion, s.width, s.reduction)
        self.linear_path = _linear_path(in_channels, n_classes, s.dropout) if s.linear_path else None
        self.head = nn.Sequential(
            AverageTo(s.head_grid), nn.Flatten(), nn.Dropout(s.dropout),
            nn.Linear(s.width * s.head_grid**2, n_classes),
        )  # fmt: skip

    def forward(self, maps: Tensor) -> Tensor:
        """Flow maps (N, in_channels, H, W), H and W from 8 up -> logits (N, n_classes).

        Raises:
            ShapeError: if the maps do not fit.
        """
        if maps.ndim != 4 or maps.shape[1] != self.in_channels or min(maps.shape[2:]) < SMALLEST_SIDE_PX:
            raise ShapeError(
                f"maps must be (N, {self.in_channels}, H, W) with H and W of at least {SMALLEST_SIDE_PX}; "
                f"got {tuple(maps.shape)}."
            )
        x = self.stem(maps)  # (N, width, h, w)
        fused = self.fusion(self.global_attention(x), self.local_block(x))
        logits: Tensor = self.head(fused)
        return logits if self.linear_path is None else logits + self.linear_path(maps)


def _linear_path(in_channels: int, n_classes: int, dropout: float) -> nn.Module:
    """Return what logistic regression on a small map is: (N, in_channels, H, W) -> (N, n_classes)."""
    return nn.Sequential(
        AverageTo(LINEAR_SIDE), nn.Flatten(), nn.Dropout(dropout),
        nn.Linear(in_channels * LINEAR_SIDE**2, n_classes),
    )  # fmt: skip
