"""Which kind of movement a pulse is: an expression, a blink, speech, or the head's doing.

A blink pulls at the brows and a nod at everything; speech is a row of pulses of the mouth. What can be explained by
such a neighbour is no expression.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, TALKING
from glfnet.spotting.pulses import STEP_S, Pulse, Values, excursions, peaks, pulse_at
from glfnet.spotting.regions import BROWS, EYES, MOUTH, NOSE, REGIONS
from glfnet.spotting.settings import SpottingSettings

Rows = NDArray[np.intp]

_TOGETHER_S = 0.08  # pulses of two groups are one movement if their apexes are no farther apart
_ROLL_OFF_S = 0.1  # what lasts a little longer still stands out in part, and is then measured
_LONG_S, _LONG_TIMES = 1.1, 2.0  # a pulse on top of a longer movement so much higher is part of that
_BLINK_PERCENT, _BOTH_EYES = 1.0, 0.25  # the lid that moves less moves at least this share of the other one
_BLINK_SHARE, _BLINK_SHARE_BROWS = 0.15, 0.8  # of what the lids move: so much of the face may follow, and of the brows
_SPEECH_SHARE = 0.2  # of what the mouth moves in speaking, for brows and nose
_BESIDE_S = 0.45  # so long before and after an expression its regions should be at rest
_RESTLESS, _RESTLESS_MOUTH = 0.6, 0.25  # of the pulse: what moves beside it
_REST_PERCENT = 0.2  # what drifts so little is at rest
_JITTER = 4.0  # noise reaches so many standard deviations from its lowest to its highest in that time
_LEFT_SHARE, _REST_SHARE = 0.7, 0.6  # of the pulse: what may be left of it, and of the whole face's flow
_STILL_S = 0.3  # a mouth that has not moved for so long is at rest
_ALSO_SHARE = 0.3  # a region is named if it moves at least this share of the strongest one


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A stretch of time, in steps of the grid.

    Attributes:
        moved: (T, regions, 2) displacement in per cent.
        pose: (T, 4) of the head.
        rest_percent: (T,) how much of the flow no movement of the head explains, median over the face.
        noise: (regions,) in per cent.
    """

    moved: Values
    pose: Values
    rest_percent: Values
    noise: Values


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A movement and its kind, in steps of the grid."""

    kind: str
    pulse: Pulse

    @property
    def strength_percent(self) -> float:
        """How far the strongest region moves."""
        return float(self.pulse.strengths.max())

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions that move, the strongest first."""
        strengths = self.pulse.strengths
        order = np.argsort(-strengths, kind="stable")
        return tuple(REGIONS[row] for row in order if strengths[row] >= _ALSO_SHARE * strengths[order[0]])


def short_movements(sight: Sight, settings: SpottingSettings) -> list[Found]:
    """Return movements that last no longer than a micro-expression may: of all kinds but macro-expressions."""
    floors = np.maximum(settings.floor_percent, settings.noise_factor * sight.noise)
    scores = excursions(sight.moved, settings.longest_s + _ROLL_OFF_S) / floors
    brows, eyes, nose, mouth = (
        [pulse for pulse in _pulses(sight, scores, rows) if pulse.length_s <= settings.longest_s]
        for rows in (BROWS, EYES, NOSE, MOUTH)
    )
    blinks = [pulse for pulse in eyes if _is_blink(pulse)]
    brows, nose, mouth = (_clear(pulses, floors, blinks) for pulses in (brows, nose, mouth))
    speech = [pulse for pulse in mouth if _restless(sight, pulse, blinks)]
    silent = [pulse for pulse in mouth if pulse not in speech]
    speech = [_whole_speech(sight, pulse, floors) for pulse in speech]
    upper = [pulse for pulse in brows + nose if _strength(pulse) >= _SPEECH_SHARE * _strongest(pulse, speech)]
    higher = excursions(sight.moved, _LONG_S)
    alone = [
        pulse
        for pulse in _joined(sight, scores, upper + silent)
        if not _restless(sight, pulse, blinks) and not _part_of_longer(pulse, higher)
    ]
    return [
        *(Found(BLINK, pulse) for pulse in blinks),
        *(Found(TALKING, pulse) for pulse in speech),
        *(Found(kind, pulse) for pulse in alone if (kind := _kind(sight, pulse, settings))),
    ]


def long_movements(sight: Sight, settings: SpottingSettings) -> list[Found]:
    """Return macro-expressions: movements that take longer than a micro-expression and come back all the same."""
    floors = np.maximum(settings.macro_floor_percent, settings.noise_factor * sight.noise)
    scores = excursions(sight.moved, settings.macro_longest_s) / floors
    # Not by the nose: it comes forward out of the face, and goes its own way whenever the head turns.
    found = _clear([pulse for rows in (MOUTH, BROWS) for pulse in _pulses(sight, scores, rows)], floors, [])
    alone = [pulse for pulse in _joined(sight, scores, found) if _kind(sight, pulse, settings) == MACRO]
    return [Found(MACRO, pulse) for pulse in alone]


def _pulses(sight: Sight, scores: Values, rows: Rows) -> list[Pulse]:
    score = scores[:, rows].max(axis=1)
    found = (pulse_at(sight.moved, score, int(peak), rows) for peak in peaks(score))
    return [pulse for pulse in found if pulse is not None and _is_clear(sight, pulse)]


def _is_clear(sight: Sight, pulse: Pulse) -> bool:
    """Return whether a pulse comes back to where it began, and is more than what is wrong with the whole face."""
    step = (sight.moved[pulse.offset] - sight.moved[pulse.onset])[pulse.moved.any(axis=1)]
    left = np.hypot(step[:, 0], step[:, 1]).max()
    rest = sight.rest_percent[pulse.onset : pulse.offset + 1].max()
    return bool(left <= _LEFT_SHARE * _strength(pulse) and rest <= _REST_SHARE * _strength(pulse))


def _is_blink(pulse: Pulse) -> bool:
    down = pulse.moved[EYES, 1]
    return bool(down.max() >= _BLINK_PERCENT and down.min() >= _BOTH_EYES * down.max())


def _clear(pulses: Sequence[Pulse], floors: Values, blinks: Sequence[Pulse]) -> list[Pulse]:
    """Return the pulses that rise above their floor, and above what a blink at the same time does to their place."""
    clear = [pulse for pulse in pulses if (pulse.strengths >= floors).any()]
    return [pulse for pulse in clear if not any(_is_of_blink(pulse, blink) for blink in blinks)]


def _is_of_blink(pulse: Pulse, blink: Pulse) -> bool:
    """Return whether a pulse is what a blink does to its surroundings: most to brows that go down at the same time."""
    if not blink.onset <= pulse.apex <= blink.offset:
        return False
    with_it = pulse.moved[BROWS, 1].sum() > 0 and abs(pulse.apex - blink.apex) * STEP_S <= _TOGETHER_S
    return _strength(pulse) < (_BLINK_SHARE_BROWS if with_it else _BLINK_SHARE) * _strength(blink)


def _strength(pulse: Pulse) -> float:
    return float(pulse.strengths.max())


def _strongest(pulse: Pulse, others: Sequence[Pulse]) -> float:
    """Return the strength of the strongest of other pulses that are under way at the same time, 0 if none is."""
    at_once = (other for other in others if other.onset < pulse.offset and pulse.onset < other.offset)
    return max((_strength(other) for other in at_once), default=0.0)


def _restless(sight: Sight, pulse: Pulse, blinks: Sequence[Pulse]) -> bool:
    """Return whether a pulse's regions also move right before or after it, be it not in a blink."""
    rows, beside = np.flatnonzero(pulse.moved.any(axis=1)), round(_BESIDE_S / STEP_S)
    shares = np.where(np.isin(rows, MOUTH), _RESTLESS_MOUTH, _RESTLESS)
    allowed = np.maximum(shares * _strength(pulse), _REST_PERCENT) + _JITTER * sight.noise[rows]
    open_eyed = np.ones(len(sight.moved), dtype=np.bool_)
    for blink in blinks:
        open_eyed[blink.onset : blink.offset + 1] = False
    for stretch in (slice(max(0, pulse.onset - beside), pulse.onset), slice(pulse.offset, pulse.offset + beside)):
        seen = sight.moved[stretch, rows][open_eyed[stretch]]
        if len(seen) and (np.ptp(seen, axis=0).max(axis=-1) > allowed).any():
            return True
    return False


def _whole_speech(sight: Sight, pulse: Pulse, floors: Values) -> Pulse:
    """Return a piece of speech from where the mouth begins to move to where it comes to rest."""
    series = sight.moved[:, MOUTH].reshape(len(sight.moved), -1).T.astype(np.float32)
    window = np.ones((1, round(_STILL_S / STEP_S)), dtype=np.uint8)
    spans = cv2.morphologyEx(series, cv2.MORPH_GRADIENT, window).T.reshape(len(sight.moved), len(MOUTH), 2).max(axis=-1)
    still = (spans <= floors[MOUTH]).all(axis=1)
    before, after = np.flatnonzero(still[: pulse.onset]), np.flatnonzero(still[pulse.offset :])
    reach = round(_STILL_S / STEP_S) // 2  # a window finds a movement before it begins
    onset = int(before[-1]) + reach if len(before) else 0
    offset = pulse.offset + int(after[0]) - reach if len(after) else len(still) - 1
    return replace(pulse, onset=min(onset, pulse.onset), offset=max(offset, pulse.offset))


def _joined(sight: Sight, scores: Values, pulses: Sequence[Pulse]) -> list[Pulse]:
    """Return pulses of all regions, those at the same time as one."""
    joined: list[list[Pulse]] = []
    for pulse in sorted(pulses, key=lambda pulse: pulse.apex):
        if joined and (pulse.apex - joined[-1][0].apex) * STEP_S <= _TOGETHER_S:
            joined[-1].append(pulse)
        else:
            joined.append([pulse])
    return [one[0] if len(one) == 1 else _together(sight, scores, one) for one in joined]


def _together(sight: Sight, scores: Values, pulses: Sequence[Pulse]) -> Pulse:
    strongest = max(pulses, key=_strength)
    rows = np.flatnonzero(np.any([pulse.moved.any(axis=1) for pulse in pulses], axis=0))
    return pulse_at(sight.moved, scores[:, rows].max(axis=1), strongest.apex, rows) or strongest


def _part_of_longer(pulse: Pulse, heights: Values) -> bool:
    return bool(heights[pulse.apex, int(np.argmax(pulse.strengths))] > _LONG_TIMES * _strength(pulse))


def _kind(sight: Sight, pulse: Pulse, settings: SpottingSettings) -> str | None:
    head = np.ptp(sight.pose[pulse.onset : pulse.offset + 1], axis=0).max()
    if _strength(pulse) < settings.head_share * head:
        return HEAD_MOVEMENT
    if pulse.length_s > settings.longest_s:
        return MACRO
    return MICRO if pulse.length_s >= settings.shortest_s else None
