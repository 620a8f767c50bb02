"""How strongly an action unit moves the regions, taken together: the atlas as filters on what was measured.

A movement just above a region's noise is seen in several regions at once, in the directions in which its unit moves
them. Their weighted mean has less noise than any of them.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from glfnet.facs.atlas import ACTION_UNITS, BOXES, SideMove
from glfnet.spotting.pulses import Values, noise, unrest, wander
from glfnet.spotting.regions import BROWS, EYES, MOUTH, NOSE, REGIONS
from glfnet.spotting.settings import SpottingSettings

UNIT_SETS = ((1, 2), (1,), (2,), (4,), (9,), (10,), (6, 12), (12,), (14,), (15,), (17,), (25, 26))
"""What is looked for: units that move brows, nose and mouth, and those that mostly show together."""

_SAMPLES = 12  # points along each side of a box
_LEAST_PERCENT = 0.05  # regions whose noise is lower weigh alike, or a single one would decide
_TIMES_ALONE = 2.0  # noise that regions share is no more than this many times that of regions apart
_LEAST_SHARE = 0.15  # a region that moves less than this share of the strongest one is left out


@cache
def _patterns() -> NDArray[np.float64]:
    patterns = [_pattern([side for unit in units for move in ACTION_UNITS[unit].moves for side in move.sides])
                for units in UNIT_SETS]  # fmt: skip
    return np.stack(patterns)


def patterns() -> NDArray[np.float64]:
    """Return how far each set of `UNIT_SETS` moves each region, (sets, regions, 2), 1 for the one that moves most."""
    return _patterns().copy()


def rows_of_sets() -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return which sets move the brows most, which the nose, and which the mouth."""
    strongest = np.hypot(*np.moveaxis(_patterns(), -1, 0)).argmax(axis=1)
    brows, nose, mouth = (np.flatnonzero(np.isin(strongest, rows)) for rows in (BROWS, NOSE, MOUTH))
    return brows, nose, mouth


def weights(noises: Values) -> Values:
    """Return the weights that give the best estimate of how far the strongest region of each set moves.

    Args:
        noises: (regions,) standard deviation of each region's noise, in per cent.

    Returns:
        (sets, regions, 2); their sum of products with a displacement is in per cent.
    """
    wanted = _patterns() / np.maximum(noises, _LEAST_PERCENT)[:, None] ** 2
    return np.asarray(wanted / (wanted * _patterns()).sum(axis=(1, 2), keepdims=True))


@dataclass(frozen=True, slots=True, eq=False)
class UnitSignals:
    """How sets of units are seen in a recording.

    Attributes:
        weights: (sets, regions, 2), see `weights`.
        noise: (sets,) in per cent, from frame to frame.
        unrest: (sets,) in per cent, over a tenth of a second.
    """

    weights: Values
    noise: Values
    unrest: Values

    def of(self, moved: Values) -> Values:
        """Return how far the strongest region of each set moves, as the set moves it: (T, regions, 2) -> (T, sets)."""
        return np.asarray(moved.reshape(len(moved), -1) @ self.weights.reshape(len(self.weights), -1).T)

    def floors(self, settings: SpottingSettings) -> Values:
        """Return how far each set must move."""
        floors = [settings.noise_factor * self.noise, settings.unrest_factor * self.unrest]
        return np.asarray(np.max(floors, axis=0, initial=settings.set_floor_percent))


def unit_signals(moved: Values) -> UnitSignals:
    """Return how sets of units are seen where regions wander as they have done lately, (T, regions, 2) on the grid."""
    of_regions = unrest(moved)
    bare = UnitSignals(weights(of_regions), np.zeros(len(UNIT_SETS)), np.zeros(len(UNIT_SETS)))
    signals = bare.of(moved)[..., None]
    alone = np.sqrt((bare.weights**2 * of_regions[:, None] ** 2).sum(axis=(1, 2)))
    return UnitSignals(bare.weights, noise(signals), np.minimum(wander(signals), _TIMES_ALONE * alone))


def _pattern(moves: list[SideMove]) -> NDArray[np.float64]:
    pattern = np.zeros((len(REGIONS), 2))
    for row, name in enumerate(REGIONS):
        x0, x1, y0, y1 = BOXES[name]
        x, y = np.meshgrid(np.linspace(x0, x1, _SAMPLES), np.linspace(y0, y1, _SAMPLES))
        for move in moves:
            window = np.exp(
                -((x - move.x) ** 2) / (2 * move.radius_x**2) - (y - move.y) ** 2 / (2 * move.radius_y**2)
            ).mean()
            pattern[row] += window * np.array([move.right, move.down])
    pattern[EYES] = 0  # lids blink
    lengths = np.hypot(pattern[:, 0], pattern[:, 1])
    pattern[lengths < _LEAST_SHARE * lengths.max()] = 0
    return np.asarray(pattern / lengths.max())
