"""What makes a made-up long video harder, one switch at a time: each breaks one thing that made-up faces do too neatly.

A made-up face moves from rest and comes back to it, one movement after the other, before a lens without faults. People
stop halfway, go from one expression to the next, and are filmed by webcams. Switches change a plan that exists already
(`harder_plan`), and what its frames look like (`rough_frames`); all else stays the same, so that two videos with one
seed differ in the switch alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from glfnet.errors import SettingsError
from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO
from glfnet.synthetic.long_video_plan import Event, LongVideoPlan

Difficulties = Mapping[str, float]
"""Name of a switch -> its number."""

_OVERLAP_S = 0.12  # the second of two overlapping expressions begins so long after the apex of the first
_UNDER_WAY_S = (0.5, 0.2)  # a slow movement begins so long before a micro-expression, and ends so long after it
_BLINK_S = (0.06, 0.8)  # from a flutter to eyes that stay shut for a moment
_HEAD_EVERY_S, _HEAD_S = 2.5, 0.9
_WEAK_TO = 3.0  # per cent


@dataclass(frozen=True, slots=True)
class Switch:
    """One way to be harder.

    Attributes:
        meaning: what its number is.
        usual: the number where none is given.
        lowest, highest: of the number.
    """

    meaning: str
    usual: float
    lowest: float
    highest: float


SWITCHES: Mapping[str, Switch] = MappingProxyType(
    {
        "strength": Switch("how far micro-expressions move, in per cent of the eyes' distance", 0.8, 0.1, 10),
        "incomplete_return": Switch("share of a micro-expression that stays behind", 0.6, 0, 0.9),
        "slow_return": Switch("how many times longer a micro-expression takes to come back", 2, 1, 10),
        "from_movement": Switch("strength of a slow movement under way at the onset, in shares", 0.5, 0, 2),
        "overlapping": Switch("strength of a second expression before the first is over, in shares", 1, 0, 2),
        "within_macro": Switch("strength of a micro-expression within a held macro-expression, in shares", 1, 0, 2),
        "one_sided": Switch("share by which the other half of the face moves less", 1, 0, 1),
        "blinks": Switch("strength of the lids, in shares; blinks last from 0.06 to 0.8 s", 1, 0.1, 2),
        "shakes": Switch("how far the head is shaken, in per cent of the distance between the eyes", 8, 0, 30),
        "leaning": Switch("by how many per cent the face grows as the head leans in", 5, 0, 20),
        "light": Switch("share by which a walking light brightens one side and darkens the other", 0.15, 0, 0.8),
        "flicker": Switch("share by which lamps flicker", 0.03, 0, 0.5),
        "noise": Switch("standard deviation of more sensor noise, in grey levels", 5, 0, 50),
        "repeated": Switch("share of frames that are lost, the one before shown again", 0.1, 0, 0.9),
        "crf": Switch("how strongly H.264 compresses", 28, 0, 51),
        "weak": Switch("least movement of micro-expressions, in per cent; 3 at most", 0.8, 0.1, 3),
        "tilts": Switch("how far the head is tilted, in hundredths of a radian", 8, 0, 30),
    }
)  # fmt: skip
"""Every switch by name."""


def read_difficulties(words: Iterable[str]) -> Difficulties:
    """Return switches as they are written: `name` or `name=number`.

    Raises:
        SettingsError: if a name is unknown or occurs twice, or a number is out of range.
    """
    read: dict[str, float] = {}
    for word in words:
        name, _, written = word.partition("=")
        switch = SWITCHES.get(name)
        if switch is None or name in read:
            expected = f"one of {', '.join(SWITCHES)}" if switch is None else "each switch once"
            raise SettingsError(f"harder: found {word!r}; expected {expected}, or NAME=NUMBER.", settings=("harder",))
        try:
            number = float(written) if written else switch.usual
        except ValueError:
            number = np.nan
        if not switch.lowest <= number <= switch.highest:
            raise SettingsError(
                f"harder: found {word!r}; expected a number from {switch.lowest:g} to {switch.highest:g}: "
                f"{switch.meaning}.",
                settings=("harder",),
            )
        read[name] = number
    return MappingProxyType(read)


def harder_plan(plan: LongVideoPlan, difficulties: Difficulties) -> LongVideoPlan:
    """Return a plan with the switches that concern what happens; without any, the same plan."""
    for name, change in _CHANGES.items():
        if name in difficulties:
            rng = np.random.default_rng([plan.seed, plan.number + 1, 0, 4, list(SWITCHES).index(name)])
            events = change(rng, plan, difficulties[name])
            events.sort(key=lambda event: (event.onset_index, event.kind))
            plan = replace(plan, events=tuple(events))
    return plan


Change = Callable[[np.random.Generator, LongVideoPlan, float], list[Event]]


def _each_micro(plan: LongVideoPlan, change: Callable[[Event], Event]) -> list[Event]:
    return [change(event) if event.kind == MICRO else event for event in plan.events]


def _strength(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    return _each_micro(plan, lambda event: replace(event, percent=number))


def _weak(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    """Draw strengths evenly in their logarithms, so that there are as many weak ones as strong ones."""
    return _each_micro(
        plan, lambda event: replace(event, percent=float(np.exp(rng.uniform(np.log(number), np.log(_WEAK_TO)))))
    )


def _incomplete_return(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    return _each_micro(plan, lambda event: replace(event, left=number))


def _slow_return(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    longest = round(0.5 * plan.fps)  # or it would be none

    def slower(event: Event) -> Event:
        fall = round(number * (event.offset_index - event.apex_index))
        return replace(event, offset_index=min(event.apex_index + fall, event.onset_index + longest, plan.frames - 1))

    return _each_micro(plan, slower)


def _from_movement(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    before, after = (round(length_s * plan.fps) for length_s in _UNDER_WAY_S)
    slow = [
        replace(
            event, kind=MACRO, emotion="", share=number,
            onset_index=event.onset_index - before, offset_index=event.offset_index + after,
        )
        for event in plan.of_kind(MICRO)
    ]  # fmt: skip
    return [*plan.events, *slow]


def _overlapping(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    shift = round(_OVERLAP_S * plan.fps)
    micros = plan.of_kind(MICRO)
    second = [
        replace(
            event, emotion=other.emotion, action_units=other.action_units, share=number,
            onset_index=event.apex_index + shift, apex_index=event.apex_index + shift + event.rise,
            offset_index=event.apex_index + shift + (event.offset_index - event.onset_index),
        )
        for event, other in zip(micros, (*micros[1:], *micros[:1]), strict=True)
    ]  # fmt: skip
    return [*plan.events, *second]


def _within_macro(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    micros, inside = plan.of_kind(MICRO), []
    for place, macro in enumerate(plan.of_kind(MACRO)):
        model = micros[place % len(micros)]
        length = min(model.offset_index - model.onset_index, (macro.offset_index - macro.apex_index) // 2)
        rise = max(1, length // 2)
        inside.append(
            replace(
                model,
                share=number,
                onset_index=macro.apex_index,
                apex_index=macro.apex_index + rise,
                offset_index=macro.apex_index + max(length, rise + 1),
            )
        )
    return [*plan.events, *inside]


def _one_sided(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    return _each_micro(plan, lambda event: replace(event, one_sided=float(rng.choice((-1, 1))) * number))


def _blinks(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
    events = []
    for event in plan.events:
        if event.kind == BLINK:
            length = max(2, round(plan.fps * np.exp(rng.uniform(*np.log(_BLINK_S)))))
            length = max(2, min(length, plan.frames - 1 - event.onset_index))
            apex = event.onset_index + max(1, round(0.4 * length))
            event = replace(
                event, apex_index=apex, offset_index=max(apex + 1, event.onset_index + length),
                share=number * float(rng.uniform(0.5, 1)),
            )  # fmt: skip
        events.append(event)
    return events


def _of_the_head(axis: int) -> Change:
    def change(rng: np.random.Generator, plan: LongVideoPlan, number: float) -> list[Event]:
        starts_s = np.arange(1.0, plan.frames / plan.fps - _HEAD_S - 0.5, _HEAD_EVERY_S)
        added = []
        for start_s in starts_s + rng.uniform(0, 0.5, len(starts_s)):
            onset, length = round(start_s * plan.fps), round(_HEAD_S * rng.uniform(0.5, 1) * plan.fps)
            added.append(
                Event(
                    kind=HEAD_MOVEMENT,
                    onset_index=onset,
                    apex_index=onset + length // 2,
                    offset_index=onset + length,
                    axis=axis,
                    percent=number * float(rng.choice((-1, 1)) if axis in (0, 2) else 1),
                )
            )
        return [*plan.events, *added]

    return change


_CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "strength": _strength, "weak": _weak, "incomplete_return": _incomplete_return, "slow_return": _slow_return,
        "one_sided": _one_sided, "from_movement": _from_movement, "overlapping": _overlapping,
        "within_macro": _within_macro, "blinks": _blinks, "shakes": _of_the_head(0), "leaning": _of_the_head(3),
        "tilts": _of_the_head(2),
    }
)  # fmt: skip
