"""Which kind of movement a pulse is: an expression, a blink, speech, or an effect of the head's movement.

A blink pulls at the brows and a nod at everything; speech is a series of pulses of the mouth. What can be explained by
one of these is no expression.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, OCCLUSION, TALKING
from glfnet.spotting.confidence import Grounds, grounds_of
from glfnet.spotting.evidence import UnitSignals, rows_of_sets
from glfnet.spotting.nods import nods
from glfnet.spotting.pulses import STEP_S, Pulse, Values, excursions, fast_part, peaks, pulse_at, rises
from glfnet.spotting.regions import BROWS, EYES, MOUTH, NOSE, REGIONS
from glfnet.spotting.settings import SpottingSettings

Rows = NDArray[np.intp]

_TOGETHER_S = 0.08  # pulses of two groups are one movement if their apexes are no farther apart than this
_ROLL_OFF_S = 0.1  # what lasts a little longer still stands out in part, and is measured afterwards
_LONG_S, _LONG_TIMES = 1.1, 2.0  # a pulse on top of a longer movement this many times higher is part of it
_BLINK_PERCENT, _BOTH_EYES = 1.0, 0.25  # the lid that moves less still moves by this share of the other
_BLINK_SHARE, _BLINK_SHARE_BROWS = 0.15, 0.8  # of what the lids move: how far the face may follow, and the brows
_SPEECH_SHARE = 0.2  # of what a speaking mouth moves: a smaller pulse of brows or nose belongs to it
_BESIDE_S = 0.45  # for how long before and after an expression its regions should be at rest
_RESTLESS, _RESTLESS_MOUTH = 0.6, 0.25  # of the pulse: how far regions may move before and after it
_REST_PERCENT = 0.2  # what drifts no farther is at rest
_JITTER = 4.0  # standard deviations from the lowest to the highest value of noise in that time
_LEFT_SHARE, _REST_SHARE = 0.7, 0.5  # of the pulse: what may be left of it, and of the flow of the whole face
_STILL_S = 0.3  # a mouth that has not moved for this long is at rest
_ALSO_SHARE = 0.3  # a region is named if it moves at least this share of the strongest one


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A stretch of time, in steps of the grid.

    Attributes:
        moved: (T, regions, 2) displacement in per cent.
        pose: (T, 4) of the head.
        rest_percent: (T,) how much of the flow the movement of the head does not explain, median over the face.
        noise: (regions,) in per cent, from frame to frame.
        unrest: (regions,) in per cent, over a tenth of a second.
        sets: how action units show in `moved`.
        frozen: whether pictures often stand still to the last pixel, as strongly compressed ones do.
    """

    moved: Values
    pose: Values
    rest_percent: Values
    noise: Values
    unrest: Values
    sets: UnitSignals
    frozen: bool = False

    def floors(self, least_percent: float, settings: SpottingSettings) -> Values:
        """Return how far each region must move at least: this far, and well above its own noise."""
        floors = [settings.noise_factor * self.noise, settings.unrest_factor * self.unrest]
        least = max(least_percent, settings.frozen_floor_percent) if self.frozen else least_percent
        return np.asarray(np.max(floors, axis=0, initial=least))


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A movement and its kind, in steps of the grid."""

    kind: str
    pulse: Pulse

    @property
    def strength_percent(self) -> float:
        """How far the strongest region moves, or the head."""
        return float(self.pulse.strengths.max())

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions that move, the strongest first; none where the whole head does."""
        if self.kind == HEAD_MOVEMENT:
            return ()
        strengths = self.pulse.strengths
        order = np.argsort(-strengths, kind="stable")
        return tuple(REGIONS[row] for row in order if strengths[row] >= _ALSO_SHARE * strengths[order[0]])


def short_movements(sight: Sight, settings: SpottingSettings) -> list[Found]:
    """Return movements no longer than a micro-expression may be, of all kinds except macro-expressions."""
    floors = sight.floors(settings.floor_percent, settings)
    scores = _short_scores(sight, floors, settings)
    brows, eyes, nose, mouth = (
        [short for pulse in _pulses(sight, scores, rows) if (short := _short(sight, pulse, settings)) is not None]
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
    of_skin = [Found(kind, pulse) for pulse in alone if (kind := _kind(sight, pulse, settings))]
    of_head = nods(sight.pose, settings.head_percent)
    return [
        *(Found(BLINK, pulse) for pulse in blinks),
        *(Found(TALKING, pulse) for pulse in speech),
        *(Found(HEAD_MOVEMENT, pulse) for pulse in of_head),
        *(one for one in of_skin if one.kind != HEAD_MOVEMENT or not _strongest(one.pulse, of_head)),
    ]


def grounds(sight: Sight, pulse: Pulse) -> Grounds:
    """Return what speaks for a short movement, measured by the floors of the usual settings whatever those used are."""
    usual = SpottingSettings()
    heights = _short_scores(sight, sight.floors(usual.floor_percent, usual), usual)
    return grounds_of(pulse, heights, sight.moved, sight.rest_percent)


def _short(sight: Sight, pulse: Pulse, settings: SpottingSettings) -> Pulse | None:
    """Return a pulse, or its fast part where it is too long as a whole; None if that is too long as well."""
    if pulse.length_s > settings.longest_s:
        pulse = fast_part(sight.moved, pulse, settings.longest_s)
        if pulse.length_s > settings.longest_s or not pulse.moved.any() or not _is_clear(sight, pulse):
            return None
    return pulse


def _short_scores(sight: Sight, floors: Values, settings: SpottingSettings) -> Values:
    """Return how far above its floor each region goes out and comes back, (T, regions).

    What a set of action units shows counts for the regions that it moves.
    """
    longest_s = settings.longest_s + _ROLL_OFF_S
    scores = excursions(sight.moved, longest_s) / floors
    if sight.frozen:  # units are seen in what is left between two pictures, which is not what moved
        return scores
    of_sets = rises(sight.sets.of(sight.moved), longest_s) / sight.sets.floors(settings)
    for rows, sets in zip((BROWS, NOSE, MOUTH), rows_of_sets(), strict=True):
        scores[:, rows] = np.maximum(scores[:, rows], of_sets[:, sets].max(axis=1, keepdims=True))
    return scores


def long_movements(sight: Sight, settings: SpottingSettings) -> list[Found]:
    """Return macro-expressions: movements that are longer than a micro-expression and still come back."""
    floors = sight.floors(settings.macro_floor_percent, settings)
    scores = excursions(sight.moved, settings.macro_longest_s) / floors
    # Not of the nose: it protrudes from the face, so it moves differently whenever the head turns.
    found = _clear([pulse for rows in (MOUTH, BROWS) for pulse in _pulses(sight, scores, rows)], floors, [])
    kinds = [(_kind(sight, pulse, settings), pulse) for pulse in _joined(sight, scores, found)]
    return [Found(kind, pulse) for kind, pulse in kinds if kind in (MACRO, OCCLUSION)]


def _pulses(sight: Sight, scores: Values, rows: Rows) -> list[Pulse]:
    score = scores[:, rows].max(axis=1)
    found = (pulse_at(sight.moved, score, int(peak), rows) for peak in peaks(score))
    return [pulse for pulse in found if pulse is not None and _is_clear(sight, pulse)]


def _is_clear(sight: Sight, pulse: Pulse) -> bool:
    """Return whether a pulse comes back to where it began, and is larger than the error over the whole face."""
    step = (sight.moved[pulse.offset] - sight.moved[pulse.onset])[pulse.moved.any(axis=1)]
    left = np.hypot(step[:, 0], step[:, 1]).max()
    rest = sight.rest_percent[pulse.onset : pulse.offset + 1].max()
    return bool(left <= _LEFT_SHARE * _strength(pulse) and rest <= _REST_SHARE * _strength(pulse))


def _is_blink(pulse: Pulse) -> bool:
    down = pulse.moved[EYES, 1]
    return bool(down.max() >= _BLINK_PERCENT and down.min() >= _BOTH_EYES * down.max())


def _clear(pulses: Sequence[Pulse], floors: Values, blinks: Sequence[Pulse]) -> list[Pulse]:
    """Return the pulses that are above their floor, and above what a blink does to their place at the same time."""
    return [pulse for pulse in pulses if not any(_is_of_blink(pulse, blink) for blink in blinks)]


def _is_of_blink(pulse: Pulse, blink: Pulse) -> bool:
    """Return whether a pulse is an effect of a blink on its surroundings, most of all on brows that go down with it."""
    if not blink.onset <= pulse.apex <= blink.offset:
        return False
    with_it = pulse.moved[BROWS, 1].sum() > 0 and abs(pulse.apex - blink.apex) * STEP_S <= _TOGETHER_S
    return _strength(pulse) < (_BLINK_SHARE_BROWS if with_it else _BLINK_SHARE) * _strength(blink)


def _strength(pulse: Pulse) -> float:
    return float(pulse.strengths.max())


def _strongest(pulse: Pulse, others: Sequence[Pulse]) -> float:
    """Return the strength of the strongest of other pulses at the same time, 0 if there is none."""
    at_once = (other for other in others if other.onset < pulse.offset and pulse.onset < other.offset)
    return max((_strength(other) for other in at_once), default=0.0)


def _restless(sight: Sight, pulse: Pulse, blinks: Sequence[Pulse]) -> bool:
    """Return whether the regions of a pulse also move right before or after it, other than in a blink."""
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
    reach = round(_STILL_S / STEP_S) // 2  # a window reaches a movement before that begins
    onset = int(before[-1]) + reach if len(before) else 0
    offset = pulse.offset + int(after[0]) - reach if len(after) else len(still) - 1
    return replace(pulse, onset=min(onset, pulse.onset), offset=max(offset, pulse.offset))


def _joined(sight: Sight, scores: Values, pulses: Sequence[Pulse]) -> list[Pulse]:
    """Return the pulses of all regions, with those at the same time joined."""
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
    if _strength(pulse) > settings.most_percent:
        return OCCLUSION
    if pulse.length_s > settings.macro_longest_s:
        return None
    if pulse.length_s > settings.longest_s or _strength(pulse) > settings.micro_most_percent:
        return MACRO
    return MICRO if pulse.length_s >= settings.shortest_s else None
