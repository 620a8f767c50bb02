"""One answer explained: what moved, where the network looked, and what it would say without a region of the face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from glfnet.config.settings import InputSettings
from glfnet.explanation.inside import InsideMaps, find_inside_maps
from glfnet.explanation.regions import movement_lengths, region_masks, soft
from glfnet.faces.alignment import CropSettings
from glfnet.model.inputs import input_maps
from glfnet.samples.flow_set import CHANNELS

NOT_USED = 0.02
"""A region was not used if the answer's probability changes by less than this without its movement. Source: ours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What is explained: trained networks, and how they are asked.

    Attributes:
        classes: names, in the order of the outputs.
        networks: members of one ensemble, in test mode.
        inputs: how maps are prepared for them.
        mirror: whether each map's mirror image is asked about, too.
        crop: the crop that the maps show.
        probabilities: maps (N, 3, H, W) in pixels -> (N, K).
        normalised: maps (N, 3, H, W) in pixels -> the same on the scale that the networks were trained on.
    """

    classes: tuple[str, ...]
    networks: tuple[nn.Module, ...]
    inputs: InputSettings
    mirror: bool
    crop: CropSettings
    probabilities: Callable[[NDArray[np.float32]], NDArray[np.float64]]
    normalised: Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionEffect:
    """What a region of the face does to the answer.

    Attributes:
        region: one of `REGIONS`.
        movement: its share of all movement of the map, 0..1, beyond what the map as a whole does.
        probabilities: of the classes, were this region as still as most of the map.
        alone: of the classes, were all but this region so still.
        answer: the most probable class then.
        change: how much less probable the answer is then; negative where it is more probable.
    """

    region: str
    movement: float
    probabilities: tuple[float, ...]
    alone: tuple[float, ...]
    answer: str
    change: float

    @property
    def used(self) -> bool:
        """Whether the answer depends on it."""
        return abs(self.change) >= NOT_USED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapExplanation:
    """Why a flow map got its answer.

    Attributes:
        classes: names.
        probabilities: of each class.
        answer: the most probable class.
        regions: each region's effect, the largest share of the answer first.
        inside: where the network looked; None if it is no GLFNet.
        quadrants: the share of each quarter of the map, in reading order, in what speaks for the answer; None likewise,
            or where nothing does.
    """

    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    answer: str
    regions: tuple[RegionEffect, ...]
    inside: InsideMaps | None
    quadrants: tuple[float, ...] | None


def explain_map(flow_map: NDArray[np.float32], asked: Asked) -> MapExplanation:
    """Return why a flow map gets the answer that it gets.

    Args:
        flow_map: (3, H, W), in pixels, channels u, v, strain.
        asked: the networks.
    """
    probabilities = asked.probabilities(flow_map[None])[0]
    label = int(probabilities.argmax())
    shown = input_maps(asked.normalised(flow_map[None]), CHANNELS, asked.inputs)
    inside = find_inside_maps(asked.networks, shown, label, asked.inputs, mirror=asked.mirror)
    return MapExplanation(
        classes=asked.classes,
        probabilities=tuple(probabilities.tolist()),
        answer=asked.classes[label],
        regions=tuple(sorted(_effects(flow_map, probabilities, asked), key=lambda effect: -effect.change)),
        inside=inside,
        quadrants=None if inside is None else quarter_shares(np.maximum(inside.decision, 0)),
    )


def without_movement(flow_map: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return a map in which a region is as still as most of the map: it takes the median of each channel.

    Most of a face does not move, so the median is the best guess of what still skin shows, head movement included.

    Args:
        flow_map: (3, H, W).
        mask: (H, W), true in the region.
    """
    still = np.median(flow_map, axis=(1, 2), keepdims=True)
    share = soft(mask)
    return np.asarray((1 - share) * flow_map + share * still, dtype=np.float32)


def quarter_shares(values: NDArray[np.float64]) -> tuple[float, ...] | None:
    """Return the share of each quarter of a map (h, w) >= 0, in reading order; None if all of it is 0.

    An odd side gives its middle line to the upper or left quarter, as in Local Block.
    """
    total = float(values.sum())
    if total <= 0:
        return None
    bands = np.array_split(values, 2, axis=0)
    return tuple(float(part.sum()) / total for band in bands for part in np.array_split(band, 2, axis=1))


def _effects(flow_map: NDArray[np.float32], probabilities: NDArray[np.float64], asked: Asked) -> Sequence[RegionEffect]:
    masks = region_masks(asked.crop, *flow_map.shape[1:])
    shown = [(name, mask) for name, mask in masks.items() if mask.any()]  # a tight crop may show no chin
    outside = [without_movement(flow_map, mask) for _, mask in shown]
    inside = [without_movement(flow_map, ~mask) for _, mask in shown]
    without, alone = np.split(asked.probabilities(np.stack([*outside, *inside])), 2)
    length = movement_lengths(flow_map)
    total, label = max(float(length.sum()), 1e-12), int(probabilities.argmax())
    return [
        RegionEffect(
            region=name,
            movement=float(length[mask].sum()) / total,
            probabilities=tuple(row.tolist()),
            alone=tuple(own.tolist()),
            answer=asked.classes[int(row.argmax())],
            change=float(probabilities[label] - row[label]),
        )
        for (name, mask), row, own in zip(shown, without, alone, strict=True)
    ]
