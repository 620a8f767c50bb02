"""Where the face lies in a flow map: each rendition has its crop, and a face is never exactly where it should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCrop:
    """Where faces lie in the maps of a rendition; shares of the map's width or height.

    Published maps show faces wider than they are, so the distance between the eyes is another share of the height than
    of the width.

    Attributes:
        eye_y: how far below the upper edge the eyes lie.
        eye_distance_x: distance between the eyes, as a share of the width.
        eye_distance_y: the same length, as a share of the height.
        eye_y_range: `eye_y` is drawn evenly from this far above to this far below; 0 for a crop that is known.
        eye_distance_range: likewise, the logarithms of both distances.
    """

    eye_y: float
    eye_distance_x: float
    eye_distance_y: float
    eye_y_range: float = 0.0
    eye_distance_range: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The coordinates of N maps' pixels on the face, in eye distances from the point between the eyes.

    Attributes:
        x: (N, W), to the right.
        y: (N, H), down.
        aspect: (N, 1, 1), how many times wider than high a distance is shown.
    """

    x: Floats
    y: Floats
    aspect: Floats


FIELD_CROPS: Mapping[str, FieldCrop] = MappingProxyType(
    {
        "a": FieldCrop(eye_y=0.24, eye_distance_x=0.50, eye_distance_y=0.375),
        "b": FieldCrop(eye_y=0.35, eye_distance_x=0.50, eye_distance_y=0.357),
        "wide": FieldCrop(eye_y=0.36, eye_distance_x=0.46, eye_distance_y=0.32),
        "tight": FieldCrop(eye_y=0.25, eye_distance_x=0.46, eye_distance_y=0.40),
        "any": FieldCrop(
            eye_y=0.30, eye_distance_x=0.48, eye_distance_y=0.36, eye_y_range=0.1, eye_distance_range=0.15
        ),
    }
)
"""Crops by name: the two published renditions, those that `faces.alignment` makes, and anything between them.

`a` and `b` were read off the mean maps of units over the development subjects (docs/fields.md); `wide` and `tight` are
those of `faces.alignment.CROPS`."""

_PLACE = 0.02  # standard deviations: of where the eyes lie, as a share of the map
_SIZE = 0.05  # and of the logarithm of how large the face is


def field_crop(name: str) -> FieldCrop:
    """Return a crop by its name.

    Raises:
        SettingsError: if there is no such crop.
    """
    if name not in FIELD_CROPS:
        raise SettingsError(f"crop {name!r}: no such crop of made-up fields; known are {', '.join(FIELD_CROPS)}.")
    return FIELD_CROPS[name]


def exact_grid(crop: FieldCrop, n: int, size_px: int) -> Grid:
    """Return the grid of n maps in which every face lies exactly where it should."""
    return _grid(
        crop,
        size_px,
        np.full((n, 1), 0.5, np.float32),
        np.full((n, 1), crop.eye_y, np.float32),
        np.ones((n, 2), np.float32),
    )


def drawn_grid(rng: np.random.Generator, crop: FieldCrop, n: int, size_px: int) -> Grid:
    """Return the grid of n maps, each with its own face, a little beside where it should be."""
    place = _PLACE * rng.standard_normal((n, 2), np.float32)
    range_ = 2 * rng.random((n, 3), np.float32) - 1
    eye_y = crop.eye_y + crop.eye_y_range * range_[:, :1] + place[:, 1:]
    size = np.exp(_SIZE * rng.standard_normal((n, 2), np.float32) + crop.eye_distance_range * range_[:, 1:])
    return _grid(crop, size_px, 0.5 + place[:, :1], eye_y, size)


def _grid(crop: FieldCrop, size_px: int, middle_x: Floats, eye_y: Floats, size: Floats) -> Grid:
    shares = (np.arange(size_px, dtype=np.float32) + 0.5) / size_px
    wide, high = crop.eye_distance_x * size[:, :1], crop.eye_distance_y * size[:, 1:]
    return Grid((shares - middle_x) / wide, (shares - eye_y) / high, (wide / high)[..., None])
