"""What happens in a made-up long video, and when. The plan follows from a few numbers; nothing is drawn here."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.facs.atlas import CLASS_UNITS
from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, TALKING, THREE_CLASSES

KINDS = (MICRO, MACRO, BLINK, TALKING, HEAD_MOVEMENT)
"""Kinds of movement in a made-up video."""

# Kind -> shortest and longest duration, and the lowest and highest share of it that the rise takes.
_LENGTHS_S = {
    MICRO: (0.1, 0.4), MACRO: (0.8, 3.0), BLINK: (0.12, 0.35), TALKING: (1.0, 3.0), HEAD_MOVEMENT: (0.5, 1.2),
}  # fmt: skip
_RISES = {
    MICRO: (0.35, 0.55), MACRO: (0.2, 0.4), BLINK: (0.3, 0.45), TALKING: (0.5, 0.5), HEAD_MOVEMENT: (0.4, 0.6),
}  # fmt: skip
_RECURRING_S = {BLINK: (3.0, 5.0), HEAD_MOVEMENT: (10.0, 25.0)}
_MICRO_EVERY_S, _TALK_EVERY_S, _MACRO_EVERY_S = 5.0, 10.0, 20.0
_LINGERS = 6  # times its own length: so slowly goes away what a micro-expression has left behind
_GAP_S = 0.5  # the face comes to rest between two expressions


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One movement. Frames are counted from 0.

    Attributes:
        kind: one of `KINDS`.
        onset_index: last frame before it.
        apex_index: its strongest frame, the first of them where it is held; the middle of a stretch of talking.
        offset_index: first frame after it.
        emotion: one of `labels.THREE_CLASSES` for expressions, else "".
        action_units: numbers of the units that move, for expressions.
        percent: how far it moves, in per cent of the distance between the eyes; None: as drawn when it is rendered.
        share: of that.
        left: share of a micro-expression that is still there at its offset; it goes away slowly afterwards.
        one_sided: by how much the left (below 0) or right half of the image moves less, -1..1.
        axis: of a movement of the head: 0 to the right, 1 down, 2 turning clockwise, 3 growing.
    """

    kind: str
    onset_index: int
    apex_index: int
    offset_index: int
    emotion: str = ""
    action_units: tuple[int, ...] = ()
    percent: float | None = None
    share: float = 1.0
    left: float = 0.0
    one_sided: float = 0.0
    axis: int = 1

    @property
    def rise(self) -> int:
        """Frames from onset to apex."""
        return self.apex_index - self.onset_index

    def strength(self, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how strong it is at each frame, 0..1. A macro-expression is held for half the time after its apex."""
        fall = self.offset_index - self.apex_index
        held = fall // 2 if self.kind == MACRO else 0
        rising, falling = (index - self.onset_index) / self.rise, (self.offset_index - index) / (fall - held)
        if not self.left:
            return raised_cosines(np.minimum(rising, falling))
        lingering = raised_cosines(
            1 - (index - self.offset_index) / (_LINGERS * (self.offset_index - self.onset_index))
        )
        gone = (1 - self.left) * raised_cosines(falling) + self.left * lingering
        return np.where(index <= self.apex_index, raised_cosines(rising), gone).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class LongVideoPlan:
    """Everything that is true of a long video, except its pixels.

    Attributes:
        seed: of the set of videos.
        number: of the video, from 0; each shows a different person.
        fps: frames per second.
        frames: how many there are.
        events: all movements, in the order of their onsets. Expressions and talking never overlap one another; blinks
            and nods may come at any time.
    """

    seed: int
    number: int
    fps: float
    frames: int
    events: tuple[Event, ...]

    def of_kind(self, kind: str) -> tuple[Event, ...]:
        """Return the events of one kind, in order."""
        return tuple(event for event in self.events if event.kind == kind)


def long_video_plan(
    seed: int, number: int, *, duration_s: float = 30.0, fps: float = 100.0, expressions: int | None = None
) -> LongVideoPlan:
    """Return what happens in a long video, and when: micro-expressions, macro-expressions, talking, blinks and nods.

    Args:
        seed: of the set of videos, 0 or more.
        number: of the video, 0 or more.
        duration_s: length in seconds; all expressions must fit into it, which takes about 10 seconds at least.
        fps: frames per second, at least 25.
        expressions: how many micro-expressions, one every five seconds if None. The classes come equally often.

    Raises:
        ValueError: if a number is out of range, or the events do not fit into the duration.
    """
    if not 0 < duration_s < np.inf:
        raise ValueError(f"duration_s must be more than 0 and finite; got {duration_s}.")
    if expressions is None:
        expressions = max(1, round(duration_s / _MICRO_EVERY_S))
    if seed < 0 or number < 0 or expressions < 0 or not fps >= 25:
        raise ValueError(
            "seed, number and expressions must be 0 or more, fps 25 or more; "
            f"got {seed}, {number}, {expressions}, {fps}."
        )
    rng = np.random.default_rng([seed, number + 1, 0, 1])  # no clip has the number 0, so no clip draws from this stream
    events = [
        *_timeline(rng, number, duration_s, fps, expressions),
        *_recurring(rng, BLINK, duration_s, fps),
        *_recurring(rng, HEAD_MOVEMENT, duration_s, fps),
    ]
    events.sort(key=lambda event: (event.onset_index, event.kind))
    return LongVideoPlan(seed=seed, number=number, fps=fps, frames=round(duration_s * fps), events=tuple(events))


def raised_cosines(shares: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return 0 for shares up to 0, 1 from 1 on, and a smooth rise between them, as (N,) float32."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(shares, 0, 1)), dtype=np.float32)


def _timeline(
    rng: np.random.Generator, number: int, duration_s: float, fps: float, expressions: int
) -> Iterator[Event]:
    """Yield expressions and talking, one after another with rests of random lengths between them."""
    talks = max(1, round(duration_s / _TALK_EVERY_S))
    most_macros = max(1, round(duration_s / _MACRO_EVERY_S))
    counts = {MICRO: expressions, MACRO: most_macros, TALKING: talks}
    room_s = _GAP_S + sum(count * (_LENGTHS_S[kind][1] + _GAP_S) for kind, count in counts.items())
    if not room_s <= duration_s:
        raise ValueError(f"duration_s must be {room_s:g} or more for {expressions} expressions; got {duration_s:g}.")
    counts[MACRO] = int(rng.integers(max(1, most_macros // 2), most_macros + 1))
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    kinds = [kinds[place] for place in rng.permutation(len(kinds))]
    lengths_s = [rng.uniform(*_LENGTHS_S[kind]) for kind in kinds]
    spare_s = duration_s - sum(lengths_s) - _GAP_S * (len(kinds) + 1)
    rests_s = _GAP_S + spare_s * rng.dirichlet(np.full(len(kinds) + 1, 2.0))
    start_s, turns = 0.0, {MICRO: number, MACRO: number + 1}
    for kind, length_s, rest_s in zip(kinds, lengths_s, rests_s.tolist()[:-1], strict=True):
        start_s += rest_s
        yield _event(rng, kind, start_s, length_s, fps, turns.get(kind))
        turns[kind] = turns.get(kind, 0) + 1
        start_s += length_s


def _recurring(rng: np.random.Generator, kind: str, duration_s: float, fps: float) -> Iterator[Event]:
    shortest_s, longest_s = _RECURRING_S[kind]
    start_s = rng.uniform(0.5, shortest_s)
    while start_s + _LENGTHS_S[kind][1] < duration_s:
        yield _event(rng, kind, start_s, rng.uniform(*_LENGTHS_S[kind]), fps)
        start_s += rng.uniform(shortest_s, longest_s)


def _event(
    rng: np.random.Generator, kind: str, start_s: float, length_s: float, fps: float, turn: int | None = None
) -> Event:
    """Return an event; an expression's class follows from its turn."""
    onset, length = round(start_s * fps), max(2, round(length_s * fps))
    rise = min(max(1, round(length * rng.uniform(*_RISES[kind]))), length - 1)
    emotion, units = "", tuple[int, ...]()
    if kind in (MICRO, MACRO) and turn is not None:
        emotion = THREE_CLASSES[turn % len(THREE_CLASSES)]
        units = CLASS_UNITS[emotion][int(rng.integers(len(CLASS_UNITS[emotion])))]
    return Event(
        kind=kind, onset_index=onset, apex_index=onset + rise, offset_index=onset + length,
        emotion=emotion, action_units=units,
    )  # fmt: skip
