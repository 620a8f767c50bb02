"""Made-up flow maps, so that everything can be run and tested without licensed data.

Three made-up databases with the proportions of MEGC2019: as many subjects and clips of each class, strongly unequal
numbers of clips a subject. A clip's flow is a sum of smooth movement fields at the places of the face where the action
units of its class move the skin, plus what disturbs real recordings: a moving head, blinks, noise, and people's own
ways. The latter are made so that training on a subject's other clips helps: a leak shows in the score.

Nothing here was fitted to people; a score on these maps says only that a program works.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glfnet.labels import THREE_CLASSES
from glfnet.samples.flow_pictures import unit_map
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample, flow_set
from glfnet.samples.subjects import SubjectId

_Field = NDArray[np.float64]  # (2, H, W): u to the right and v downwards, in pixels of the map
_REFERENCE_PX = 28  # strengths below are pixels on a map of this size and grow with the map


@dataclass(frozen=True, slots=True, kw_only=True)
class _Database:
    """A made-up database: how many subjects of 68 it has, how many clips they have, how clean its recordings are."""

    letter: str
    subjects: int
    median_clips: float
    class_weights: tuple[float, float, float]  # negative, positive, surprise
    noise_px: float
    head_px: float


_DATABASES: Mapping[str, _Database] = MappingProxyType(
    {
        "synth-a": _Database(
            letter="a", subjects=24, median_clips=3.9, class_weights=(88, 32, 25), noise_px=0.05, head_px=0.25
        ),
        "synth-b": _Database(
            letter="b", subjects=28, median_clips=3.0, class_weights=(92, 26, 15), noise_px=0.08, head_px=0.35
        ),
        "synth-c": _Database(
            letter="c", subjects=16, median_clips=6.6, class_weights=(70, 51, 43), noise_px=0.12, head_px=0.45
        ),
    }
)


@dataclass(frozen=True, slots=True)
class _Movement:
    """How the skin moves at one place in each half of the face.

    Places and radii are shares of the map, `side` measured from the midline outwards; `out` and `down` are pixels.
    """

    side: float
    y: float
    out: float
    down: float
    radius_x: float = 0.10
    radius_y: float = 0.07


# Where action units move the skin on a crop that shows forehead, brows, cheeks and chin.
_ACTION_UNITS: Mapping[int, _Movement] = MappingProxyType(
    {
        1: _Movement(0.10, 0.24, 0.0, -1.0),  # inner brows up
        2: _Movement(0.25, 0.25, 0.1, -0.9),  # outer brows up
        4: _Movement(0.11, 0.26, -0.7, 0.8),  # brows down and together
        5: _Movement(0.18, 0.35, 0.0, -0.7, 0.09, 0.04),  # upper lids up
        6: _Movement(0.24, 0.52, 0.2, -0.7, 0.10, 0.09),  # cheeks up
        9: _Movement(0.07, 0.50, 0.0, -0.8, 0.06, 0.09),  # nose wrinkled
        12: _Movement(0.17, 0.74, 0.7, -0.8, 0.10, 0.09),  # mouth corners up and out
        15: _Movement(0.16, 0.77, 0.2, 0.8),  # mouth corners down
        17: _Movement(0.05, 0.89, 0.0, -0.9, 0.10, 0.06),  # chin up
        26: _Movement(0.06, 0.88, 0.0, 1.0, 0.16, 0.09),  # jaw down
        45: _Movement(0.18, 0.37, 0.0, 0.9, 0.09, 0.04),  # blink
    }
)

# How often an action unit takes part in an expression of the class.
_CLASS_UNITS: tuple[Mapping[int, float], ...] = (
    MappingProxyType({4: 0.75, 15: 0.35, 9: 0.3, 17: 0.4}),
    MappingProxyType({12: 0.9, 6: 0.5}),
    MappingProxyType({1: 0.8, 2: 0.75, 5: 0.5, 26: 0.4}),
)

_LIKENESS = 5.0  # how alike people are in what they show: more is more alike
_SPREAD = 0.48  # how unequal their numbers of clips are
_BLINK_SHARE = 0.25
_CLIP_FIELD_PX = 0.30  # smooth movement that means nothing
_SUBJECT_FIELD_PX = 0.20  # the same in all clips of a person
_HABIT_FIELD_PX = 0.40  # the same in all clips of one class of a person: what a leak would learn


@dataclass(frozen=True, slots=True)
class _Style:
    """What all clips of a person share: where the crop sits, and fields of the person's own."""

    shift: NDArray[np.float64]  # (2,) x and y, shares of the map
    scale: float
    own_field: _Field
    habits: tuple[_Field, ...]  # one a class


def synthetic_flow_set(*, subjects: int = 24, seed: int = 0, size_px: int = 28) -> FlowSet:
    """Return made-up clips of three made-up databases, `synth-a`, `synth-b` and `synth-c`.

    Args:
        subjects: people in all databases together, at least 3; 68, as in MEGC2019, give about 442 clips.
        seed: the whole set follows from it, and each person's clips from it and the person's name: more subjects leave
            the clips of the others as they are.
        size_px: height and width of a map.

    Returns:
        three channels, each min-max scaled to 8 bits on its own and divided by 255, as published maps are.

    Raises:
        ValueError: if there are fewer than 3 subjects, or maps of fewer than 8 pixels.
    """
    if subjects < 3 or size_px < 8:
        raise ValueError(f"at least 3 subjects and 8 pixels are needed; got {subjects} and {size_px}.")
    samples: list[Sample] = []
    maps: list[NDArray[np.float32]] = []
    for name, count in _subject_counts(subjects).items():
        for number in range(1, count + 1):
            subject = SubjectId(name, f"{_DATABASES[name].letter}{number:02d}")
            for sample, pixels in _subject_clips(subject, number, seed, size_px):
                samples.append(sample)
                maps.append(unit_map(pixels))
    return flow_set(samples, maps, CHANNELS)


def _subject_counts(subjects: int) -> dict[str, int]:
    """Share subjects out in MEGC2019's proportions; every database gets one at least."""
    total = sum(d.subjects for d in _DATABASES.values())
    counts = dict.fromkeys(_DATABASES, 1)
    for _ in range(subjects - len(counts)):
        behind = {name: counts[name] - subjects * d.subjects / total for name, d in _DATABASES.items()}
        counts[min(behind, key=lambda name: behind[name])] += 1
    return counts


def _subject_clips(subject: SubjectId, number: int, seed: int, size_px: int) -> list[tuple[Sample, NDArray[np.uint8]]]:
    database = _DATABASES[subject.database]
    rng = np.random.default_rng([seed, *str(subject).encode()])
    style = _style(rng, size_px)
    clips = []
    for index, label in enumerate(_labels(rng, database, number)):
        sample = Sample(subject=subject, clip=f"clip{index + 1:02d}", emotion=THREE_CLASSES[label], source="made up")
        clips.append((sample, _pixels(_clip_flow(rng, database, style, label, size_px))))
    return clips


def _labels(rng: np.random.Generator, database: _Database, number: int) -> list[int]:
    """Return the class of each clip of a person: a few people have many clips, many have one or two."""
    # Multiples of the golden ratio spread over 0..1 evenly however many there are, so that the total hardly varies.
    share = (number * 0.6180339887 + 0.25) % 1.0
    spread = _SPREAD * np.log(share / (1 - share))  # logistic
    count = max(1, round(database.median_clips * float(np.exp(spread))))
    weights = np.array(database.class_weights) / sum(database.class_weights)
    chances = rng.dirichlet(_LIKENESS * weights)  # people differ in what they show
    return [int(label) for label in np.sort(rng.choice(3, size=count, p=chances))]


def _style(rng: np.random.Generator, size_px: int) -> _Style:
    return _Style(
        shift=rng.normal(0, 0.02, 2),
        scale=float(rng.normal(1, 0.04)),
        own_field=_smooth_field(rng, size_px, _SUBJECT_FIELD_PX),
        habits=tuple(_smooth_field(rng, size_px, _HABIT_FIELD_PX) for _ in THREE_CLASSES),
    )


def _clip_flow(rng: np.random.Generator, database: _Database, style: _Style, label: int, size_px: int) -> _Field:
    flow = _expression(rng, style, label, size_px) + style.own_field + style.habits[label]
    flow += _head_movement(rng, database.head_px, size_px)
    flow += _smooth_field(rng, size_px, _CLIP_FIELD_PX)
    if rng.random() < _BLINK_SHARE:
        flow += rng.uniform(0.5, 1.5) * _action(rng, style, _ACTION_UNITS[45], size_px)
    return flow + rng.normal(0, database.noise_px * size_px / _REFERENCE_PX, flow.shape)


def _expression(rng: np.random.Generator, style: _Style, label: int, size_px: int) -> _Field:
    """Return the movement of a random part of the class's action units; the first one where chance picks none."""
    units = _CLASS_UNITS[label]
    chosen = [unit for unit, share in units.items() if rng.random() < share] or [next(iter(units))]
    strength = rng.lognormal(0, 0.35)
    fields = [rng.uniform(0.5, 1.3) * _action(rng, style, _ACTION_UNITS[unit], size_px) for unit in chosen]
    field: _Field = strength * np.sum(fields, axis=0)
    return field


def _action(rng: np.random.Generator, style: _Style, movement: _Movement, size_px: int) -> _Field:
    """Return the movement of both halves of the face, of unequal strength."""
    x, y = _grid(size_px)
    halves = []
    for side, strength in zip((-1, 1), rng.uniform(0.4, 1.2, 2), strict=True):
        centre_x = 0.5 + style.scale * side * movement.side + style.shift[0]
        centre_y = 0.5 + style.scale * (movement.y - 0.5) + style.shift[1]
        window = np.exp(
            -((x - centre_x) ** 2) / (2 * movement.radius_x**2) - (y - centre_y) ** 2 / (2 * movement.radius_y**2)
        )
        halves.append(strength * np.stack([side * movement.out * window, movement.down * window]))
    field: _Field = np.sum(halves, axis=0) * size_px / _REFERENCE_PX
    return field


def _head_movement(rng: np.random.Generator, strength_px: float, size_px: int) -> _Field:
    """Return a shift of the whole picture and a small turn about its middle."""
    x, y = _grid(size_px)
    shift = rng.normal(0, strength_px, 2)
    turn = rng.normal(0, strength_px)
    field = np.stack([shift[0] - turn * (y - 0.5), shift[1] + turn * (x - 0.5)])
    return field * size_px / _REFERENCE_PX


def _smooth_field(rng: np.random.Generator, size_px: int, strength_px: float) -> _Field:
    """Return a random field of a few long waves with the given standard deviation in pixels."""
    x, y = _grid(size_px)
    waves = rng.normal(0, 1.5, (2, 6, 2))
    phases = rng.uniform(0, 2 * np.pi, (2, 6))
    angle = 2 * np.pi * (waves[..., 0, None, None] * x + waves[..., 1, None, None] * y) + phases[..., None, None]
    field: _Field = np.cos(angle).sum(axis=1) / np.sqrt(3)
    return field * strength_px * size_px / _REFERENCE_PX


def _grid(size_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y of each pixel's middle, as shares of the map."""
    middle = (np.arange(size_px) + 0.5) / size_px
    x, y = np.meshgrid(middle, middle)
    return x, y


def _pixels(flow: _Field) -> NDArray[np.uint8]:
    """Return u, v and strain as an 8-bit picture (H, W, 3), each channel over its own range."""
    channels = np.stack([flow[0], flow[1], _strain(flow)], axis=-1)
    low, high = channels.min(axis=(0, 1)), channels.max(axis=(0, 1))
    pixels: NDArray[np.uint8] = np.round(255 * (channels - low) / (high - low)).astype(np.uint8)
    return pixels


def _strain(flow: _Field) -> NDArray[np.float64]:
    """Return the optical strain (H, W), no unit; source: Shreve et al., FG 2011."""
    u_y, u_x = np.gradient(flow[0])  # np.gradient gives rows (y) first
    v_y, v_x = np.gradient(flow[1])
    strain: NDArray[np.float64] = np.sqrt(u_x**2 + v_y**2 + 0.5 * (u_y + v_x) ** 2)
    return strain
