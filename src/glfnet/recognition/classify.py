"""The class of one movement: from two crops to flow, from flow to probabilities, and whether to trust them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glfnet.faces.alignment import (
    CropSettings,
    Picture,
    canonical_points,
    canonical_transform,
    crop_settings,
    face_mask,
    warp,
)
from glfnet.faces.similarity import Transform, compose, moved_points
from glfnet.flow.flow_map import map_of
from glfnet.flow.head_motion import rigid_correction, rigid_motion, still_head_flow
from glfnet.flow.optical_flow import Flow, optical_flow
from glfnet.recognition.card import Features
from glfnet.recognition.notes import note
from glfnet.recognition.result import Maps, Note, Pictures, UnitAnswer
from glfnet.recognition.settings import PredictionSettings
from glfnet.recognition.unit_side import unit_answer

if TYPE_CHECKING:
    from glfnet.recognition.weights import Trained  # brings torch

_STRONG = 95  # percentile: the twentieth of the face that moves most moves at least so far, whatever one bad pixel does


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What can be said of one pair of crops; the parts of a `result.Interval`."""

    probabilities: dict[str, float]
    emotion: str | None
    notes: tuple[Note, ...]
    maps: Maps
    pictures: Pictures
    movement_percent: float
    units: tuple[UnitAnswer, ...] = ()


class MovementClassifier:
    """Names the class of a movement from its onset and apex crop; flow is made as it was for the weights' training.

    Args:
        trained: the weights.
        settings: when no answer is given.
    """

    def __init__(self, trained: "Trained", settings: PredictionSettings) -> None:
        self._trained, self._settings = trained, settings
        self._features: Features = trained.card.features
        self.crop: CropSettings = self._features.canonical_crop
        self._mask = face_mask(self.crop)
        # Followed faces come aligned to the wide crop; where the weights know another one, a second similarity follows.
        followed = crop_settings("wide", settings.tracking.crop_px)
        self._onward = canonical_transform(canonical_points(followed), self.crop)

    def crop_of(self, patch: Picture, transform: Transform) -> Picture:
        """Return the crop that the weights know, of a tracked face: (H, H) uint8."""
        return warp(patch, compose(self._onward, transform), self.crop.size_px)

    def answer(
        self, onset: Picture, apex: Picture, eye_distance_px: float, *, given: bool, length_s: float | None = None
    ) -> Answer:
        """Return class, probabilities and doubts.

        Args:
            onset: (H, H) uint8, grey, the canonical crop (`crop`) of the onset frame.
            apex: the same of the apex frame.
            eye_distance_px: distance between the eyes in the frame, before cropping.
            given: whether the frames were given, not spotted, so that there may be no movement at all.
            length_s: seconds from onset to apex; None if unknown, or known to be short enough.
        """
        head_percent = self._head_percent(onset, apex)
        flow = self._flow(onset, apex, head_percent)
        maps = map_of(flow, self._features.size_px, self.crop.map_width)
        probabilities = self._trained.probabilities(maps[None])[0].tolist()
        by_class = dict(zip(self._trained.card.classes, probabilities, strict=True))
        moved = self._movement_percent(flow)
        notes = [*self._recording_notes(eye_distance_px), *self._head_notes(head_percent)]
        if given and moved < self._settings.min_movement_percent:
            notes.append(note("no_movement", f"at most {moved:.2f} % of the distance between the eyes"))
        longest_s = self._settings.spotting.longest_s
        if length_s is not None and length_s > longest_s:
            notes.append(note("too_long", f"{length_s:.2f} s from onset to apex, {longest_s:g} s at most"))
        least = self._trained.card.unsure_below
        if not notes and max(probabilities) < least:
            notes.append(note("unsure", f"the largest is {max(probabilities):.3f}, {least:g} is needed"))
        return Answer(
            probabilities=by_class,
            emotion=None if notes else max(by_class, key=by_class.__getitem__),
            notes=tuple(notes),
            maps=Maps(pixels=maps, normalised=self._features.normalised(maps)),
            pictures=Pictures(onset=onset, apex=apex, flow=flow),
            movement_percent=moved,
            units=self._units(maps),
        )

    def _units(self, maps: Flow) -> tuple[UnitAnswer, ...]:
        """Return what is said of each action unit; none if the weights know none."""
        known = self._trained.units
        if known is None:
            return ()
        probabilities = known.probabilities(maps[None])[0].tolist()
        return tuple(
            unit_answer(unit, probability, maps, self.crop, known.card.scores.get(unit))
            for unit, probability in zip(known.card.units, probabilities, strict=True)
        )

    def _flow(self, onset: Picture, apex: Picture, head_percent: float) -> Flow:
        if self._features.rigid_correction or head_percent > self._settings.still_head_percent:
            return still_head_flow(onset, apex, self._features.method, self._mask)
        return optical_flow(onset, apex, self._features.method)

    def _movement_percent(self, flow: Flow) -> float:
        """Return how far the skin moves where it moves most, without the head, in per cent of the eye distance."""
        skin = rigid_correction(flow, self._mask)[self._mask]
        length = np.percentile(np.hypot(skin[:, 0], skin[:, 1]), _STRONG)
        return 100 * float(length) / self.crop.eye_distance_px

    def _recording_notes(self, eye_distance_px: float) -> list[Note]:
        least = self._settings.min_eye_distance_px
        if eye_distance_px >= least:
            return []
        return [note("small_face", f"{eye_distance_px:.1f} pixels between the eyes, {least:g} are needed")]

    def _head_notes(self, head_percent: float) -> list[Note]:
        if head_percent <= self._settings.max_head_percent:
            return []
        return [note("head_movement", f"by {head_percent:.0f} % of the distance between the eyes")]

    def _head_percent(self, onset: Picture, apex: Picture) -> float:
        """Return how far the head as a whole moves, on average over the face, per cent of the eye distance."""
        motion = rigid_motion(optical_flow(onset, apex, "dis"), self._mask)
        face = np.argwhere(self._mask)[:, ::-1].astype(np.float64)
        moved = moved_points(face, motion) - face
        return 100 * float(np.hypot(moved[:, 0], moved[:, 1]).mean()) / self.crop.eye_distance_px
