"""Made-up flow maps with their class and action units, as many as are wanted, drawn while they are needed.

A field is a sum of movements of the atlas, those of one set of units of its class, on a face of its own, plus what
disturbs real maps. No picture, no file and no recording of a person is involved; that, the numbers and what they were
compared with is written down in docs/fields.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.facs.emotions import EMOTION_UNITS
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample
from glfnet.samples.subjects import SubjectId
from glfnet.synthetic.fields.crop import FieldCrop, Floats, drawn_grid, field_crop
from glfnet.synthetic.fields.disturbances import as_flow_sees, head_movement, noise, smooth_movement
from glfnet.synthetic.fields.expression import UNITS, drawn_units, expression

CLASSES = tuple(EMOTION_UNITS)
DATABASE = "fields"
"""Of the made-up people."""

CHUNK = 500
"""Fields drawn at once; part of what a seed means."""

_SHARES = (0.57, 0.24, 0.19)  # of the classes, as in MEGC2019
_SMALLEST_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """Made-up flow maps.

    Attributes:
        maps: (N, 3, H, W) float32 in 0..1, channels u, v, strain, each min-max scaled to 8 bits, as published maps.
        truth: (N,) positions in `CLASSES`.
        units: (N, U) bool, which of `UNITS` show. Blinks disturb; they are not among them.
    """

    maps: Floats
    truth: NDArray[np.intp]
    units: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.truth)


def field_chunks(*, seed: int = 0, crop: str = "b", size_px: int = 28) -> Iterator[Fields]:
    """Yield made-up fields without end, 500 at a time; chunk i follows from the seed, its number and the crop alone.

    Args:
        seed: all chunks follow from it.
        crop: where the face lies, a name in `FIELD_CROPS`.
        size_px: height and width of the maps.

    Raises:
        SettingsError: if there is no such crop, or maps have fewer than 8 pixels.
    """
    where = field_crop(crop)
    if size_px < _SMALLEST_PX or seed < 0:
        raise SettingsError(
            f"made-up fields need {_SMALLEST_PX} pixels and a seed of 0 or more; got {size_px} and {seed}."
        )
    return _chunks(seed, where, size_px)


def draw_fields(count: int, *, seed: int = 0, crop: str = "b", size_px: int = 28) -> Fields:
    """Return the first `count` fields of `field_chunks`: more of them begin with the same ones.

    Raises:
        SettingsError: as `field_chunks`, or if `count` is not positive.
    """
    if count < 1:
        raise SettingsError(f"made-up fields: expected a count of 1 or more; got {count}.")
    chunks = field_chunks(seed=seed, crop=crop, size_px=size_px)
    drawn = [next(chunks) for _ in range(-(-count // CHUNK))]
    return Fields(
        np.concatenate([chunk.maps for chunk in drawn])[:count],
        np.concatenate([chunk.truth for chunk in drawn])[:count],
        np.concatenate([chunk.units for chunk in drawn])[:count],
    )


def field_flow_set(count: int, *, seed: int = 0, crop: str = "b", size_px: int = 28) -> FlowSet:
    """Return made-up fields as samples, each of a person of its own, sorted by sample id.

    Raises:
        SettingsError: as `draw_fields`.
    """
    return as_flow_set(draw_fields(count, seed=seed, crop=crop, size_px=size_px))


def as_flow_set(fields: Fields) -> FlowSet:
    """Return made-up fields as samples, each of a person of its own, sorted by sample id."""
    digits = len(str(len(fields)))
    samples = tuple(
        Sample(
            subject=SubjectId(DATABASE, f"{number:0{digits}d}"),
            clip="clip",
            emotion=CLASSES[label],
            source="made up",
            action_units="+".join(str(unit) for unit, there in zip(UNITS, units, strict=True) if there),
        )
        for number, (label, units) in enumerate(zip(fields.truth, fields.units, strict=True), start=1)
    )
    return FlowSet(samples=samples, maps=fields.maps, channels=CHANNELS)


def _chunks(seed: int, crop: FieldCrop, size_px: int) -> Iterator[Fields]:
    number = 0
    while True:
        rng = np.random.default_rng([seed, number])
        truth = rng.choice(len(CLASSES), size=CHUNK, p=_SHARES)
        units = drawn_units(rng, truth)
        grid = drawn_grid(rng, crop, CHUNK, size_px)
        head, smooth = head_movement(rng, grid), smooth_movement(rng, grid)
        face, rough = as_flow_sees(rng, *expression(rng, units, grid)), noise(rng, CHUNK, size_px)
        right, down = (head[axis] + smooth[axis] + face[axis] + rough[axis] for axis in (0, 1))
        yield Fields(_scaled(right * grid.aspect, down), truth, units)
        number += 1


def _scaled(u: Floats, v: Floats) -> Floats:
    """Return u, v and strain (N, 3, H, W), each over its own range in 256 steps of 0..1."""
    maps = np.stack([u, v, _strain(u, v)], axis=1)
    low = maps.min(axis=(2, 3), keepdims=True)
    span = maps.max(axis=(2, 3), keepdims=True) - low
    return np.asarray(np.round(255 * (maps - low) / span) / 255, dtype=np.float32)


def _strain(u: Floats, v: Floats) -> Floats:
    """Return the optical strain (N, H, W); source: Shreve et al., FG 2011."""
    u_y, u_x = np.gradient(u, axis=(1, 2))
    v_y, v_x = np.gradient(v, axis=(1, 2))
    return np.asarray(np.sqrt(u_x**2 + v_y**2 + 0.5 * (u_y + v_x) ** 2), dtype=np.float32)
