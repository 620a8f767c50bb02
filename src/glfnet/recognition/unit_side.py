"""On which side of the face an action unit shows: from the flow map in which it was seen, and the atlas.

Sides are the person's own, as in FACS: an upright camera shows the person's left half on the right side of the image.
"""

import numpy as np
from numpy.typing import NDArray

from glfnet.faces.alignment import CropSettings
from glfnet.facs.atlas import ACTION_UNITS, SideMove
from glfnet.facs.notation import Side
from glfnet.recognition.card import UnitScore
from glfnet.recognition.result import UNIT_THERE, UnitAnswer

ONE_SIDED = 0.33
"""A unit is said to be on one side if the other one moves less than this share as far. Source: ours; 0.2 to 0.5 were
looked at on development subjects, and it matters little (docs/predict.md)."""


def unit_answer(
    unit: int, probability: float, flow_map: NDArray[np.float32], crop: CropSettings, score: UnitScore | None
) -> UnitAnswer:
    """Return what is said of one unit: how probable it is, where it shows, and how well it was seen in other people."""
    return UnitAnswer(
        unit=unit,
        seen=ACTION_UNITS[unit].seen,
        probability=probability,
        side=side_of(unit, flow_map, crop) if probability >= UNIT_THERE else None,
        f1=None if score is None else score.f1.value,
        auc=None if score is None else score.auc.value,
        reliable=score is not None and score.reliable,
    )


def side_of(unit: int, flow_map: NDArray[np.float32], crop: CropSettings) -> Side | None:
    """Return the side on which a unit that is there moves the skin; None if that cannot be told.

    It cannot if the unit moves the midline alone, such as the chin, or neither side moves as the unit moves it.

    Args:
        unit: number of a unit of the atlas.
        flow_map: (C, H, W) of which the first two channels are u and v, in any unit that is the same for both.
        crop: the crop that the map shows.
    """
    sides = ACTION_UNITS[unit].moves[0].sides
    if len(sides) < 2:
        return None
    image_left, image_right = (max(_movement(side, flow_map, crop), 0.0) for side in sides)
    if not max(image_left, image_right):
        return None
    if min(image_left, image_right) >= ONE_SIDED * max(image_left, image_right):
        return "both"
    return "right" if image_left > image_right else "left"


def _movement(move: SideMove, flow_map: NDArray[np.float32], crop: CropSettings) -> float:
    """Return how far the skin around a place moves in the unit's direction, without what the map as a whole does."""
    height, width = flow_map.shape[1:]
    x = ((np.arange(width) + 0.5) / width - 0.5) * crop.map_width / crop.eye_distance
    y = ((np.arange(height) + 0.5) / height - crop.eye_height) / crop.eye_distance
    window = np.exp(
        -((x[None, :] - move.x) ** 2) / (2 * move.radius_x**2) - (y[:, None] - move.y) ** 2 / (2 * move.radius_y**2)
    )
    u, v = (channel - np.median(channel) for channel in flow_map[:2])
    length = float(np.hypot(move.right, move.down))
    return float((window * (u * move.right + v * move.down)).sum() / (window.sum() * length))
