"""From a model section of the settings page to a network."""

from collections.abc import Callable

from torch import nn

from glfnet.config.models import GLFNetSettings, HTNetSettings, OffApexNetSettings, PlainCNNSettings, STSTNetSettings
from glfnet.config.section import Section
from glfnet.errors import SettingsError
from glfnet.model.glfnet import GLFNet
from glfnet.model.htnet import HTNet
from glfnet.model.off_apexnet import OffApexNet
from glfnet.model.plain_cnn import PlainCNN
from glfnet.model.ststnet import STSTNet

BuildNetwork = Callable[[int, int, tuple[int, int]], nn.Module]
"""(in_channels, n_classes, (height, width)) -> a network that takes (N, C, H, W) and gives (N, K) logits."""


def network_builder(settings: Section) -> BuildNetwork:
    """Return what builds the network of this section, fresh at each call.

    Raises:
        SettingsError: at the call, if the network cannot take maps of this size or these channels.
    """
    return _Builder(settings)


class _Builder:
    # A class, not a closure, so that it can be sent to another process by plain pickle.
    def __init__(self, settings: Section) -> None:
        self.settings = settings

    def __call__(self, in_channels: int, n_classes: int, size_px: tuple[int, int]) -> nn.Module:
        match self.settings:
            case GLFNetSettings() as s:
                return GLFNet(s, in_channels=in_channels, n_classes=n_classes)
            case PlainCNNSettings() as s:
                return PlainCNN(in_channels=in_channels, n_classes=n_classes, width=s.width, dropout=s.dropout)
            case STSTNetSettings() as s:
                side = _square(size_px, "ststnet")
                return STSTNet(in_channels=in_channels, n_classes=n_classes, size_px=side, dropout=s.dropout)
            case OffApexNetSettings():
                return OffApexNet(in_channels=in_channels, n_classes=n_classes, size_px=_square(size_px, "off_apexnet"))
            case HTNetSettings():
                return HTNet(in_channels=in_channels, n_classes=n_classes, size_px=_square(size_px, "htnet"))
        raise SettingsError(f"model.kind: {type(self.settings).__name__} is not a network.")


def _square(size_px: tuple[int, int], name: str) -> int:
    if size_px[0] != size_px[1]:
        raise SettingsError(
            f"model.kind {name} takes square maps; these are {size_px[0]} by {size_px[1]} pixels. Resize them, or take "
            "glfnet or plain_cnn, which take any shape."
        )
    return size_px[0]
