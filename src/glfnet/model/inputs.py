"""Flow maps as network input, and their mirror images; test views; random changes for training.

Everything here works on the whole tensor: a fold's maps stay in memory as one tensor and no worker loads anything.
Mirroring the face turns "to the right" into "to the left", so u changes its sign as well as its place.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from glfnet.config.settings import AugmentationSettings, InputSettings
from glfnet.errors import SettingsError
from glfnet.samples.flow_set import FlowSet


def network_input(flow: FlowSet, settings: InputSettings) -> Tensor:
    """Return the samples' maps as the network takes them; see `input_maps`."""
    return input_maps(flow.maps, flow.channels, settings)


def input_maps(maps: NDArray[np.float32], channels: Sequence[str], settings: InputSettings) -> Tensor:
    """Return maps as the network takes them: (N, C, H, W) float32, chosen channels in the settings' order.

    With `centre`, the median of each u and v map is subtracted. A map that was min-max scaled has lost where "no
    movement" is; most of a face does not move, so the median is the best guess, and after it a mirrored u is just -u.
    In maps of another normalisation 0 is no movement; there the median is what the head as a whole has moved.

    With `scale` deviation each map is then stretched to unit standard deviation, u and v about their zero: 0.5 in
    min-max scaled maps as they are, the middle of their values, so that the mirror image of u stays 1 - u; 0 in all
    others. With `clip` no value is farther from that zero than this: otherwise a few outliers, most often
    at the picture's edge, would set the scale of a map. With `size`, what comes of this is averaged to a smaller map.

    Args:
        maps: (N, C', H, W) float32, of the normalisation that the settings name.
        channels: names of the C' channels that are there.
        settings: which of them to take, and how to scale them.

    Raises:
        SettingsError: if the data has no such channel, or the settings name none, or one twice.
    """
    chosen = torch.from_numpy(maps[:, _channel_indices(channels, settings)])
    moves = torch.tensor([c in ("u", "v") for c in settings.channels])[None, :, None, None]
    if settings.centre:
        flat = chosen.flatten(2)
        middle = (flat.quantile(0.5, dim=2))[..., None, None]  # quantile, since Tensor.median takes the lower of two
        chosen = chosen - torch.where(moves, middle, 0.0)
    zero = torch.where(moves, _still(settings), 0.0)
    if settings.scale == "deviation":
        chosen = zero + (chosen - zero) / chosen.std(dim=(2, 3), keepdim=True).clamp(min=1e-6)
    if settings.clip:
        chosen = zero + (chosen - zero).clamp(-settings.clip, settings.clip)
    if settings.size:
        chosen = F.adaptive_avg_pool2d(chosen, settings.size)
    return chosen.contiguous()


def input_size(size_px: tuple[int, int], settings: InputSettings) -> tuple[int, int]:
    """Return height and width of what a network is shown of maps of this height and width."""
    return (settings.size, settings.size) if settings.size else size_px


def mirrored(maps: Tensor, settings: InputSettings) -> Tensor:
    """Return (N, C, H, W) maps of the mirrored faces: columns reversed and u negated.

    Uncentred u of a min-max scaled map lies in 0..1, so there its mirror image is 1 - u.
    """
    out = maps.flip(3)
    if "u" in settings.channels:
        u = settings.channels.index("u")
        out[:, u] = 1 - out[:, u] if _still(settings) else -out[:, u]
    return out


def view_probabilities(
    network: nn.Module, maps: Tensor, settings: InputSettings, *, mirror: bool, n_units: int = 0
) -> Tensor:
    """Return (N, K + U) probabilities of K classes and U action units, the mean over a map's test views.

    Args:
        network: maps (N, C, H, W) -> logits (N, K + U), in test mode.
        maps: as `input_maps` gives them, on the network's device.
        settings: what the channels are.
        mirror: the views are each map and its mirror image; else the map alone.
        n_units: U. A map shows a class or another, and of the units any number.
    """
    views = [maps, mirrored(maps, settings)] if mirror else [maps]
    probabilities = [_output_probabilities(network(view), n_units) for view in views]
    return (probabilities[0] + probabilities[1]) / 2 if mirror else probabilities[0]


def augmented(
    maps: Tensor, settings: AugmentationSettings, inputs: InputSettings, generator: torch.Generator
) -> Tensor:
    """Return a randomly changed copy of a batch: mirror, then shift, turn and scale, then channel strength.

    Args:
        maps: (N, C, H, W) as `network_input` gives them.
        settings: how strong each change may be.
        inputs: what the channels are, for the mirror.
        generator: source of all randomness, on the CPU, so that a seed gives the same maps on any device.
    """
    n = len(maps)
    flip = torch.rand(n, generator=generator) < settings.flip
    if flip.any():
        maps = torch.where(flip.to(maps.device)[:, None, None, None], mirrored(maps, inputs), maps)
    if settings.shift or settings.rotation_degrees or settings.scale:
        aspect = maps.shape[2] / maps.shape[3]
        maps = _warped(maps, _transforms(n, aspect, settings, generator).to(maps))
    if settings.strength:
        gain = 1 + settings.strength * _symmetric((n, maps.shape[1], 1, 1), generator)
        maps = maps * gain.to(maps)
    return maps


def mixed(maps: Tensor, targets: Tensor, alpha: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return a batch mixed with itself in another order (mixup): maps (N, C, H, W) and target shares (N, K).

    One share per batch is drawn from Beta(alpha, alpha); 0 leaves the batch alone.
    """
    if alpha == 0:
        return maps, targets
    share = _beta(alpha, generator)
    order = torch.randperm(len(maps), generator=generator).to(maps.device)
    return share * maps + (1 - share) * maps[order], share * targets + (1 - share) * targets[order]


def _output_probabilities(logits: Tensor, n_units: int) -> Tensor:
    classes, units = logits.tensor_split([logits.shape[1] - n_units], dim=1)
    return torch.cat([F.softmax(classes, dim=1), torch.sigmoid(units)], dim=1)


def _still(settings: InputSettings) -> float:
    """Return the value of u and v that stands for no movement and stays itself in the mirror."""
    return 0.5 if settings.normalisation == "min_max" and not settings.centre else 0.0


def _symmetric(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator) * 2 - 1


def _channel_indices(channels: Sequence[str], settings: InputSettings) -> list[int]:
    if not settings.channels or len(set(settings.channels)) < len(settings.channels):
        raise SettingsError(
            f"input.channels: expected one or more of {', '.join(channels)}, each once; "
            f"got {', '.join(settings.channels) or 'none'}."
        )
    unknown = [c for c in settings.channels if c not in channels]
    if unknown:
        raise SettingsError(f"input.channels: {unknown[0]!r} is not in this data; it has {', '.join(channels)}.")
    return [channels.index(c) for c in settings.channels]


def _transforms(n: int, aspect: float, settings: AugmentationSettings, generator: torch.Generator) -> Tensor:
    """Draw (n, 2, 3) affine transforms in the -1..1 coordinates of `grid_sample`; aspect is height / width."""
    draw = _symmetric((4, n), generator)
    angle = draw[0] * math.radians(settings.rotation_degrees)
    size = 1 + draw[1] * settings.scale
    shift = draw[2:] * settings.shift * 2  # a side is 2 long in these coordinates
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    # A unit of these coordinates is half a side, so on an oblong map x and y count in different units.
    right = torch.stack([cos, -sin * aspect, shift[0]], -1)
    down = torch.stack([sin / aspect, cos, shift[1]], -1)
    return torch.stack([right, down], dim=1)


def _warped(maps: Tensor, transforms: Tensor) -> Tensor:
    # The small rotations here move arrows; that they should also turn them by the same few degrees is neglected: u and
    # v of a min-max scaled map no longer share a unit, and in others eight degrees are a seventh of the movement.
    grid = F.affine_grid(transforms, list(maps.shape), align_corners=False)
    return F.grid_sample(maps, grid, padding_mode="border", align_corners=False)


def _beta(alpha: float, generator: torch.Generator) -> float:
    # torch.distributions cannot be given a generator, so Beta is drawn as a ratio of Gammas, from a seed of this one.
    seed = int(torch.randint(2**31, (1,), generator=generator))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return float(torch.distributions.Beta(alpha, alpha).sample())
