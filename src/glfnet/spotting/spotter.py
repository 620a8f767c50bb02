"""From a track's faces, one by one, to the movements of that face: what moved, from when to when, and of which kind."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from glfnet.labels import MACRO, MICRO, OCCLUSION, TALKING
from glfnet.spotting.confidence import Grounds
from glfnet.spotting.curve import Curve, head_motion_share, movement_curve
from glfnet.spotting.evidence import UnitSignals, unit_signals
from glfnet.spotting.faces_kept import KeptFaces
from glfnet.spotting.history import History
from glfnet.spotting.kinds import Found, Sight, grounds, long_movements, short_movements
from glfnet.spotting.occlusions import SETTLED_S, occlusions
from glfnet.spotting.pulses import Pulse, Values, noise, on_grid, unrest
from glfnet.spotting.settings import SpottingSettings
from glfnet.spotting.skin import SkinMotion

if TYPE_CHECKING:
    from glfnet.faces.tracker import TrackedFace

_FEWEST = 3  # frames: before, at and after a movement
_LOOK_EVERY_S = 0.14
_LOOK_LONG_EVERY_S = 0.5
_BEFORE_S = 1.5  # before the apex of a short movement: how much is looked at when it is decided on
_SPEECH_GAP_S = 1.0  # a shorter pause is part of the speech
_SPEECH_SHARE = 0.3  # a long movement is speech if there is speech in this much of it
_UNREST_S, _UNREST_EVERY_S = 20.0, 1.0  # how far back regions are watched for how they wander, and how often
# A picture that a sensor has seen anew differs by more than this; more than a few that do not were left out.
_FROZEN_PERCENT, _FROZEN_SHARE, _FROZEN_FROM_S = 0.02, 0.05, 0.8
_SPOKEN = 20  # pieces of speech are remembered: more than fit into the longest movement
_SLACK = 0.9  # of the time between steps: times are rounded, and a frame that is a hair too early must not be left out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Movement:
    """One movement of a face.

    Attributes:
        kind: `MICRO`, `MACRO`, `BLINK`, `TALKING`, `HEAD_MOVEMENT` or `OCCLUSION` of `glfnet.labels`.
        onset, apex, offset: the face before the movement begins, at its strongest, and when it is over. Their
            transforms may differ: each maps its own patch to the canonical crop.
        strength_percent: movement of the strongest region, in per cent of the distance between the eyes.
        regions: names of the regions that move, the strongest first.
        grounds: what speaks for it being what it is called; None except for micro-expressions.
    """

    kind: str
    onset: "TrackedFace"
    apex: "TrackedFace"
    offset: "TrackedFace"
    strength_percent: float
    regions: tuple[str, ...]
    grounds: Grounds | None = None


class _Lately(NamedTuple):
    """How a recording has been before `looked_s`; see `kinds.Sight`."""

    looked_s: float
    unrest: Values
    sets: UnitSignals
    frozen: bool


class Spotter:
    """Finds the movements of one track, frame by frame.

    Memory: the faces of a few seconds, and for the curve about 150 bytes a frame.

    Args:
        settings: see `SpottingSettings`.
    """

    def __init__(self, settings: SpottingSettings | None = None) -> None:
        self._settings = settings or SpottingSettings()
        self._skin = SkinMotion(self._settings.transform_crop_px)
        self._history = History()
        decided_s = self._settings.decide_after_s + 2 * _LOOK_EVERY_S
        self._faces = KeptFaces(
            decided_s + 2 * self._settings.longest_s, decided_s + 2 * self._settings.macro_longest_s
        )
        self._track, self._index, self._times_s = 0, array("q"), array("d")
        self._looked_s = self._looked_long_s = self._next_s = -np.inf
        self._decided_s = self._macro_until_s = self._hidden_until_s = -np.inf
        self._lately: _Lately | None = None
        self._micro_apex_s = -np.inf
        self._speech: Movement | None = None
        self._spoken: list[tuple[float, float]] = []

    def step(self, face: "TrackedFace") -> list[Movement]:
        """Take the track's next face; return the movements that became certain with it, in the order of their onsets.

        Raises:
            ValueError: if the face is of another track, or no later than the one before.
        """
        self._check(face)
        self._track = face.track
        self._index.append(face.index)
        self._times_s.append(face.time_s)
        if face.time_s < self._next_s:
            return []
        self._next_s = face.time_s + _SLACK / self._settings.steps_per_s
        self._history.append(face.time_s, self._skin.step(face))
        self._faces.append(face)
        if face.time_s < self._looked_s + _LOOK_EVERY_S:
            return []
        self._looked_s = face.time_s
        return self._decided(face.time_s - self._settings.decide_after_s)

    def finish(self) -> list[Movement]:
        """Return the movements that were not yet certain at the end of the track."""
        self._looked_long_s = -np.inf
        return self._decided(np.inf)

    def curve(self) -> Curve:
        """Return how much the face has moved in all frames so far, see `curve.movement_curve`."""
        seen = self._history.since(-np.inf)
        return movement_curve(self._track, np.array(self._index), np.array(self._times_s), seen.time_s, seen.moved)

    @property
    def head_motion_share(self) -> float:
        """Share of the time in which the head moves fast, 0..1, see `curve.head_motion_share`."""
        seen = self._history.since(-np.inf)
        return head_motion_share(seen.time_s, seen.pose)

    def _check(self, face: "TrackedFace") -> None:
        if self._times_s and (face.track != self._track or face.time_s <= self._times_s[-1]):
            raise ValueError(
                f"faces must be of one track and each later than the one before; got track {face.track} at "
                f"{face.time_s} s after track {self._track} at {self._times_s[-1]} s."
            )

    def _decided(self, until_s: float) -> list[Movement]:
        """Return the movements that have become certain, with apexes up to a time."""
        if len(self._history) < _FEWEST:
            return []
        grid, sight = self._sight(self._looked_s - self._settings.decide_after_s - _BEFORE_S)
        certain: list[Movement] = []
        for found in short_movements(sight, self._settings):
            apex_s = float(grid[found.pulse.apex])
            if found.kind in (MACRO, OCCLUSION) or not self._decided_s < apex_s <= until_s:
                continue
            if found.kind == MICRO:
                if grid[found.pulse.onset] < self._micro_apex_s:  # the same one, whose apex has moved a little
                    continue
                self._micro_apex_s = apex_s
                certain.append(replace(self._movement(found, grid), grounds=grounds(sight, found.pulse)))
            elif found.kind == TALKING:
                certain += self._heard(found, grid)
            else:
                certain.append(self._movement(found, grid))
        self._decided_s = until_s
        certain += self._long(until_s) + self._silence(until_s)
        return sorted(certain, key=lambda one: one.onset.time_s)

    def _sight(self, from_s: float) -> tuple[Values, Sight]:
        seen = self._history.since(from_s)
        grid, moved = on_grid(seen.time_s, seen.moved)
        _, pose = on_grid(seen.time_s, seen.pose)
        _, rest_percent = on_grid(seen.time_s, seen.rest_percent)
        lately = self._watched_lately()
        return grid, Sight(moved, pose, rest_percent, noise(seen.moved), lately.unrest, lately.sets, lately.frozen)

    def _watched_lately(self) -> _Lately:
        """Return how the recording has been lately; measured again now and then, because it takes a while."""
        if self._lately is None or self._looked_s >= self._lately.looked_s + _UNREST_EVERY_S:
            seen = self._history.since(self._looked_s - _UNREST_S)
            _, moved = on_grid(seen.time_s, seen.moved)
            frozen = float(np.mean(seen.rest_percent <= _FROZEN_PERCENT)) > _FROZEN_SHARE
            enough = self._looked_s - seen.time_s[0] >= _FROZEN_FROM_S
            self._lately = _Lately(self._looked_s, unrest(moved), unit_signals(moved), frozen and bool(enough))
        return self._lately

    def _long(self, until_s: float) -> list[Movement]:
        """Return the macro-expressions that are over."""
        if self._looked_s < self._looked_long_s + _LOOK_LONG_EVERY_S:
            return []
        self._looked_long_s = self._looked_s
        grid, sight = self._sight(self._looked_s - self._settings.decide_after_s - 2 * self._settings.macro_longest_s)
        found = long_movements(sight, self._settings)
        certain = self._hidden(grid, sight, [one for one in found if one.kind == OCCLUSION], until_s)
        for one in found:
            onset_s, offset_s = float(grid[one.pulse.onset]), float(grid[one.pulse.offset])
            if one.kind != MACRO or self._is_speech(onset_s, offset_s):
                continue
            if self._macro_until_s <= onset_s and offset_s <= until_s:
                certain.append(self._movement(one, grid))
                self._macro_until_s = offset_s
        return certain

    def _hidden(self, grid: Values, sight: Sight, gone: Sequence[Found], until_s: float) -> list[Movement]:
        """Return what has come before the face: what has gone again, and what is still there and rests."""
        stays = [Found(OCCLUSION, pulse) for pulse in occlusions(sight.moved, sight.pose, self._settings.most_percent)]
        stays = [one for one in stays if not any(_at_once(one.pulse, other.pulse) for other in gone)]
        certain = []
        for one in (*gone, *stays):
            onset_s, offset_s = float(grid[one.pulse.onset]), float(grid[one.pulse.offset])
            settled_s = offset_s + (SETTLED_S if one in stays else 0)
            if self._hidden_until_s <= onset_s and settled_s <= until_s:
                certain.append(self._movement(one, grid))
                self._hidden_until_s = offset_s
        return certain

    def _heard(self, found: Found, grid: Values) -> list[Movement]:
        """Take a piece of speech; return the speech before it, if it is not part of that."""
        piece, before = self._movement(found, grid), self._speech
        self._spoken = [*self._spoken[-_SPOKEN:], (piece.onset.time_s, piece.offset.time_s)]
        if before is None or piece.onset.time_s > before.offset.time_s + _SPEECH_GAP_S:
            self._speech = piece
            return [] if before is None else [before]
        stronger = piece if piece.strength_percent > before.strength_percent else before
        self._speech = replace(stronger, onset=before.onset, offset=piece.offset)
        return []

    def _silence(self, until_s: float) -> list[Movement]:
        """Return the speech that has ended."""
        if self._speech is None or until_s <= self._speech.offset.time_s + _SPEECH_GAP_S:
            return []
        ended, self._speech = self._speech, None
        return [ended]

    def _is_speech(self, onset_s: float, offset_s: float) -> bool:
        shared = sum(max(0.0, min(end, offset_s) - max(start, onset_s)) for start, end in self._spoken)
        return shared > _SPEECH_SHARE * (offset_s - onset_s)

    def _movement(self, found: Found, grid: Values) -> Movement:
        pulse = found.pulse
        onset, apex, offset = (self._faces.at(float(grid[step])) for step in (pulse.onset, pulse.apex, pulse.offset))
        return Movement(
            kind=found.kind, onset=onset, apex=apex, offset=offset,
            strength_percent=found.strength_percent, regions=found.regions,
        )  # fmt: skip


def _at_once(one: Pulse, other: Pulse) -> bool:
    return one.onset <= other.offset and other.onset <= one.offset
