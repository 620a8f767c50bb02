"""Made-up flow maps, so that everything can be run and tested without licensed data.

Three made-up databases with the proportions of MEGC2019: as many subjects and clips of each class, and strongly
unequal numbers of clips per subject. A clip's flow is a sum of smooth movements at the places of the face where the
action units of its class move the skin (`facs.MapMove`), plus what disturbs real recordings: a moving head, blinks,
noise, and habits of each person. The habits make training on a subject's other clips pay off, so that a leak shows in
the score.

Nothing here was fitted to people; a score on these maps says only that a program works.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.facs.atlas import ACTION_UNITS, UNIT_CHANCES
from glfnet.labels import THREE_CLASSES
from glfnet.samples.flow_pictures import unit_map
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample, flow_set
from glfnet.samples.subjects import SubjectId

_Field = NDArray[np.float64]  # (2, H, W): u to the right and v downwards, in pixels of the map
_REFERENCE_PX = 28  # strengths below are pixels on a map of this size and grow with the map


@dataclass(frozen=True, slots=True, kw_only=True)
class _Database:
    """A made-up database: its share of 68 subjects, how many clips they have, and how noisy its recordings are."""

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


_LIKENESS = 5.0  # how similar people are in what they show: higher is more similar
_SPREAD = 0.48  # how unequal people's numbers of clips are
_BLINK, _BLINK_SHARE = 45, 0.25
_CLIP_FIELD_PX = 0.30  # smooth movement without meaning
_SUBJECT_FIELD_PX = 0.20  # the same in all clips of a person
_HABIT_FIELD_PX = 0.40  # the same in all clips of one class of a person: what a leak would learn


@dataclass(frozen=True, slots=True)
class _Style:
    """What all clips of a person share: where the crop lies, and movements of the person's own."""

    shift: NDArray[np.float64]  # (2,) x and y, shares of the map
    scale: float
    own_field: _Field
    habits: tuple[_Field, ...]  # one for each class


def is_made_up(flow: FlowSet) -> bool:
    """Return whether every clip is of one of the made-up databases."""
    return {sample.subject.database for sample in flow.samples} <= set(_DATABASES)


def synthetic_flow_set(*, subjects: int = 24, seed: int = 0, size_px: int = 28) -> FlowSet:
    """Return made-up clips of three made-up databases, `synth-a`, `synth-b` and `synth-c`.

    Args:
        subjects: people in all databases together, at least 3; 68, as in MEGC2019, give about 442 clips.
        seed: the whole set follows from it. A person's clips follow from it and the person's name alone: with
            more subjects, the clips of the others stay the same.
        size_px: height and width of a map.

    Returns:
        three channels, each min-max scaled to 8 bits on its own and divided by 255, as published maps are.

    Raises:
        SettingsError: if there are fewer than 3 subjects, or maps of fewer than 8 pixels.
    """
    if subjects < 3 or size_px < 8:
        raise SettingsError(f"at least 3 subjects and 8 pixels are needed; got {subjects} and {size_px}.")
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
    """Distribute subjects in MEGC2019's proportions; every database gets at least one."""
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
        flow, units = _clip_flow(rng, database, style, label, size_px)
        sample = Sample(
            subject=subject, clip=f"clip{index + 1:02d}", emotion=THREE_CLASSES[label], source="made up",
            action_units="+".join(map(str, units)),
        )  # fmt: skip
        clips.append((sample, _pixels(flow)))
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


def _clip_flow(
    rng: np.random.Generator, database: _Database, style: _Style, label: int, size_px: int
) -> tuple[_Field, list[int]]:
    """Return the movement of a clip, and the action units in it."""
    expression, units = _expression(rng, style, label, size_px)
    flow = expression + style.own_field + style.habits[label]
    flow += _head_movement(rng, database.head_px, size_px)
    flow += _smooth_field(rng, size_px, _CLIP_FIELD_PX)
    if rng.random() < _BLINK_SHARE:
        flow += rng.uniform(0.5, 1.5) * _action(rng, style, _BLINK, size_px)
        units.append(_BLINK)
    return flow + rng.normal(0, database.noise_px * size_px / _REFERENCE_PX, flow.shape), units


def _expression(rng: np.random.Generator, style: _Style, label: int, size_px: int) -> tuple[_Field, list[int]]:
    """Return the movement of a random part of the class's action units, the first one where chance picks none."""
    chances = UNIT_CHANCES[THREE_CLASSES[label]]
    chosen = [unit for unit, chance in chances.items() if rng.random() < chance] or [next(iter(chances))]
    strength = rng.lognormal(0, 0.35)
    fields = [rng.uniform(0.5, 1.3) * _action(rng, style, unit, size_px) for unit in chosen]
    field: _Field = strength * np.sum(fields, axis=0)
    return field, chosen


def _action(rng: np.random.Generator, style: _Style, unit: int, size_px: int) -> _Field:
    """Return the movement of both halves of the face by an action unit, of unequal strength."""
    move = ACTION_UNITS[unit].on_map
    assert move is not None, f"action unit {unit} has no movement on a map"
    x, y = _grid(size_px)
    halves = []
    for side, strength in zip((-1, 1), rng.uniform(0.4, 1.2, 2), strict=True):
        centre_x = 0.5 + style.scale * side * move.side + style.shift[0]
        centre_y = 0.5 + style.scale * (move.y - 0.5) + style.shift[1]
        window = np.exp(-((x - centre_x) ** 2) / (2 * move.radius_x**2) - (y - centre_y) ** 2 / (2 * move.radius_y**2))
        halves.append(strength * np.stack([side * move.out * window, move.down * window]))
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
