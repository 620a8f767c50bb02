"""STSTNet: three shallow streams over one flow map.

Liong, Gan, See, Khor, Huang: "Shallow Triple Stream Three-dimensional CNN (STSTNet) for Micro-expression Recognition",
FG 2019. Layers, padding, batch norm and dropout are those of the authors' PyTorch port, because its per-subject weights
are published and load here.
"""

import pickle
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from glfnet.errors import InputError, SettingsError, ShapeError

STREAM_FILTERS = (3, 5, 8)  # what the three streams differ in, and the only thing
SMALLEST_SIDE_PX = 8
_PUBLISHED_CHANNELS, _PUBLISHED_CLASSES, _PUBLISHED_SIDE_PX = 3, 3, 28
_REMEDY = "Download the file again from the STSTNet repository; it holds one .pth per held-out subject."

# What torch.load raises for a file that is missing, cut short, damaged, no weight file, or holding more than tensors.
_UNREADABLE = (
    OSError, EOFError, pickle.UnpicklingError, struct.error,
    AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


class STSTNet(nn.Module):
    """Three parallel convolutions with 3, 5 and 8 filters, pooled, joined, classified.

    Args:
        in_channels: channels of a flow map.
        n_classes: classes to tell apart.
        size_px: height and width of a flow map, from 8 up; the paper's is 28.
        dropout: applied to each pooled stream, in training only.
        published_input: maps still come as u, v, strain in 0..1, but the streams are given strain, v, u in 0..255:
            what the published weights were trained on. Their maps must not have had their median subtracted.

    Raises:
        SettingsError: if the sizes do not fit together.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        n_classes: int = 3,
        size_px: int = 28,
        dropout: float = 0.5,
        published_input: bool = False,
    ) -> None:
        super().__init__()
        if size_px < SMALLEST_SIDE_PX:
            raise SettingsError(
                f"STSTNet pools by three and by two: size_px must be at least {SMALLEST_SIDE_PX}, got {size_px}. "
                "Give larger flow maps."
            )
        if published_input and in_channels != _PUBLISHED_CHANNELS:
            raise SettingsError(
                f"STSTNet with published_input takes the three channels u, v, strain; got in_channels {in_channels}. "
                "Give all three channels, or leave published_input off."
            )
        self.map_shape = (in_channels, size_px, size_px)
        self.published_input = published_input
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
        x = maps.flip(1) * 255 if self.published_input else maps
        x = torch.cat([stream(x) for stream in self.streams], dim=1)  # (N, 16, 10, 10) from 28 px
        logits: Tensor = self.head(self.pool(x).flatten(1))  # (N, 400) -> (N, n_classes)
        return logits

    @classmethod
    def from_published(cls, path: Path) -> Self:
        """Return the network with one subject's published weights, in eval mode.

        It takes maps (N, 3, 28, 28) in our order u, v, strain and in 0..1, as they are read: reordering to strain,
        v, u and scaling to 0..255 happen inside (`published_input`).

        Raises:
            InputError: if the file is not such weights.
        """
        network = cls(published_input=True)
        network.load_state_dict(_renamed(read_ststnet_weights(path)))
        return network.eval()


def read_ststnet_weights(path: Path) -> dict[str, Tensor]:
    """Read one subject's published weights, under the names that the authors' port gives them.

    Only tensors are read: a file that would run code when unpickled is refused.

    Args:
        path: `<subject>.pth` of the STSTNet repository, for that held-out subject.

    Returns:
        Tensors on the CPU: `conv1` to `conv3`, `bn1` to `bn3` and `fc`, for three channels, 28 px, three classes.

    Raises:
        InputError: if the file is missing or unsafe, or a tensor is missing, unknown or of another shape.
    """
    try:
        with warnings.catch_warnings():  # torch remarks on odd pickles before it refuses them; the refusal is enough
            warnings.simplefilter("ignore", UserWarning)
            weights = torch.load(path, weights_only=True, map_location="cpu")
    except _UNREADABLE as error:
        raise _bad(path, f"a file that cannot be read as weights ({type(error).__name__})") from error
    _check_published(path, weights)
    return dict(weights)


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


def _published_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for i, filters in enumerate(STREAM_FILTERS, start=1):
        shapes[f"conv{i}.weight"] = (filters, _PUBLISHED_CHANNELS, 3, 3)
        shapes[f"conv{i}.bias"] = (filters,)
        shapes |= {f"bn{i}.{name}": (filters,) for name in ("weight", "bias", "running_mean", "running_var")}
        shapes[f"bn{i}.num_batches_tracked"] = ()
    shapes["fc.weight"] = (_PUBLISHED_CLASSES, sum(STREAM_FILTERS) * _pooled_side(_PUBLISHED_SIDE_PX) ** 2)
    shapes["fc.bias"] = (_PUBLISHED_CLASSES,)
    return shapes


def _check_published(path: Path, weights: object) -> None:
    if not isinstance(weights, Mapping):
        raise _bad(path, f"a {type(weights).__name__}")
    expected = _published_shapes()
    for name in sorted({*map(str, weights), *expected}):
        found = weights.get(name)
        if name not in expected or not isinstance(found, Tensor):
            raise _bad(path, f"an unknown entry {name}" if name not in expected else f"no tensor {name}")
        if tuple(found.shape) != expected[name]:
            raise _bad(path, f"{name} of shape {tuple(found.shape)} instead of {expected[name]}")


def _renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return published weights under the names of our modules: conv2.bias is streams.1.0.bias."""
    ours = {"fc": "head"}
    for i in range(len(STREAM_FILTERS)):
        ours |= {f"conv{i + 1}": f"streams.{i}.0", f"bn{i + 1}": f"streams.{i}.2"}
    split = ((name.split(".", 1), tensor) for name, tensor in weights.items())
    return {f"{ours[layer]}.{entry}": tensor for (layer, entry), tensor in split}


def _bad(path: Path, found: str) -> InputError:
    return InputError(file=path, found=found, expected="the published weights of STSTNet", remedy=_REMEDY)
