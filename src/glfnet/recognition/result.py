"""What was found in a video: plain frozen values, from which every output is made.

Times are seconds from the first frame, frames are counted from 0 as they come out of the file. Strengths are in per
cent of the distance between the person's eyes, so they mean the same in a close-up and in a distant shot.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glfnet.labels import GIVEN, MICRO
from glfnet.spotting.curve import Curve

if TYPE_CHECKING:
    from glfnet.recognition.explain import Explained  # brings torch

UNIT_THERE = 0.5
"""From this probability on an action unit is said to be there."""

_SHOWN = 5  # emotions, where a result is printed on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that limits what can be said; `code` is for programs, `sentence` for people.

    Attributes:
        code: one of `NOTES`' keys, such as `low_frame_rate`.
        sentence: what it means here, with the numbers.
    """

    code: str
    sentence: str


NOTES: Mapping[str, str] = MappingProxyType(
    {
        "no_face": "no face was found",
        "small_face": "the face is too small for movements of its skin to be seen",
        "too_short": "the recording is shorter than what is searched for",
        "too_long": "the movement is longer than what the weights know",
        "low_frame_rate": "too few frames a second for movements that last less than half a second",
        "head_movement": "the head moves too much",
        "occlusion": "something comes before the face, and what the skin does then is hidden",
        "no_movement": "nothing moves more than the noise of the recording",
        "unsure": "the probabilities are too flat to name a class",
        "file_cut_short": "the file ends before its time or is damaged within",
        "unknown_frame_rate": "the frame rate is not known and was assumed",
    }
)
"""Every code of a `Note`, and what it means in general."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of video, both ends included."""

    first_index: int
    last_index: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFace:
    """One face from where it appears to where it is lost; one that comes back counts as another.

    Attributes:
        face: its number, from 1 in the order of appearance.
        span: where it is seen.
        box: (x0, y0, x1, y1) in pixels, the median over its frames.
        eye_distance_px: distance between the eyes in the frame, the median.
        indices: (T,) int64, the frames it is seen in.
        boxes: (T, 4) float32, its box in each of them.
    """

    face: int
    span: Span
    box: tuple[float, float, float, float]
    eye_distance_px: float
    indices: NDArray[np.int64] = field(repr=False, compare=False)
    boxes: NDArray[np.float32] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pictures:
    """What an answer was made from, to be shown.

    Attributes:
        onset, apex: (224, 224) uint8, the canonical crops.
        flow: (224, 224, 2) float32, pixels of the crop from onset to apex, u to the right and v down.
    """

    onset: NDArray[np.uint8]
    apex: NDArray[np.uint8]
    flow: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maps:
    """The flow maps from which the class was inferred; channels u, v, strain.

    Attributes:
        pixels: (3, 28, 28) float32, pixels of the crop.
        normalised: (3, 28, 28) float32, on the scale that the weights were trained on.
    """

    pixels: NDArray[np.float32]
    normalised: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAnswer:
    """What is said of one action unit in a movement.

    Attributes:
        unit: its number in FACS.
        seen: what a viewer would see, in a few plain words.
        probability: that it is there.
        side: `both`, `left` or `right` half of the person's face, where it is there; None where that cannot be told.
        f1: how well it was seen in people not trained on, by the card of the weights; None if it was not measured.
        auc: likewise.
        reliable: whether a yes or no about it may be trusted, on recordings like those.
    """

    unit: int
    seen: str
    probability: float
    side: str | None = None
    f1: float | None = None
    auc: float | None = None
    reliable: bool = False

    @property
    def there(self) -> bool:
        """Whether it is said to be there."""
        return self.probability >= UNIT_THERE

    @property
    def words(self) -> str:
        """The unit as a line of text has it: `AU7 right 0.60`."""
        where = {"both": " both sides", None: ""}.get(self.side, f" {self.side}")
        return f"AU{self.unit}{where} {self.probability:.2f}{'' if self.reliable else ' (not reliable)'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A movement of a face with a beginning and an end.

    Attributes:
        face: number of the face that moves.
        kind: one of `KINDS`.
        onset_index, apex_index, offset_index: frames, from 0.
        onset_s, apex_s, offset_s: their times in seconds.
        strength_percent: movement of the strongest region at the apex, per cent of the distance between the eyes.
        regions: names of the regions that move, the strongest first.
        probabilities: class -> calibrated probability; empty where nothing was classified.
        emotion: the most probable class, or None where there is no answer: not classified, or too unsure.
        notes: what limits the answer.
        confidence: how probable it is that it is a micro-expression at all, as far as made-up videos tell; None for
            other kinds and for frames that were given.
        units: what is said of each action unit that the weights know; empty where nothing was classified, or they know
            none.
        maps: what the class was inferred from; None where nothing was classified.
        pictures: the same, to be shown; None also after the first sixty of a video, since they are large.
    """

    face: int
    kind: str
    onset_index: int
    apex_index: int
    offset_index: int
    onset_s: float
    apex_s: float
    offset_s: float
    strength_percent: float
    regions: tuple[str, ...] = ()
    probabilities: Mapping[str, float] = field(default_factory=dict)
    emotion: str | None = None
    notes: tuple[Note, ...] = ()
    confidence: float | None = None
    units: tuple[UnitAnswer, ...] = ()
    maps: Maps | None = field(default=None, repr=False, compare=False)
    pictures: Pictures | None = field(default=None, repr=False, compare=False)

    @property
    def track(self) -> int:
        """The former name of `face`."""
        warnings.warn("Interval.track is called Interval.face now.", DeprecationWarning, stacklevel=2)
        return self.face

    @property
    def duration_s(self) -> float:
        """Length from onset to offset in seconds."""
        return self.offset_s - self.onset_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What is known of the file.

    Attributes:
        source: path or camera as it was given.
        width_px, height_px: size of a frame as shown, after rotation.
        fps: frames per second, measured over the frames' times; None for one frame.
        frames: how many were read.
        duration_s: time of the last frame plus one frame's length.
    """

    source: str
    width_px: int
    height_px: int
    fps: float | None
    frames: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """Which weights answered.

    Attributes:
        name: of the weights.
        sha256: of their file.
        classes: in the order of the probabilities.
        calibration: a sentence on how far the probabilities can be trusted.
        score: a sentence with the honest score and its interval.
        licence: what binds the user.
        units: a sentence on how far what is said of action units can be trusted; empty if the weights know none.
    """

    name: str
    sha256: str
    classes: tuple[str, ...]
    calibration: str
    score: str
    licence: str
    units: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that glfnet says about one video. An empty `micro_expressions` is an answer as well.

    Attributes:
        recording: the file.
        model: the weights.
        settings: every setting on which the answer depends, section -> option -> value.
        faces: the faces.
        without_face: where no face was found.
        intervals: movements of all kinds, in the order of their onsets.
        curves: one a face.
        notes: what limits the answer for the video as a whole.
    """

    recording: Recording
    model: ModelSummary
    settings: Mapping[str, Mapping[str, object]]
    faces: tuple[SeenFace, ...] = ()
    without_face: tuple[Span, ...] = ()
    intervals: tuple[Interval, ...] = ()
    curves: tuple[Curve, ...] = ()
    notes: tuple[Note, ...] = ()

    def __repr__(self) -> str:
        found, of = self.micro_expressions, self.recording
        shown = [interval.emotion or "none" for interval in found[:_SHOWN]] + ["..."] * (len(found) > _SHOWN)
        return (
            f"Result(source={of.source!r}, duration_s={of.duration_s:.1f}, faces={len(self.faces)}, "
            f"micro_expressions={len(found)}, emotions={', '.join(shown)!r})"
        )

    @property
    def tracks(self) -> tuple[SeenFace, ...]:
        """The former name of `faces`."""
        warnings.warn("Result.tracks is called Result.faces now.", DeprecationWarning, stacklevel=2)
        return self.faces

    @property
    def micro_expressions(self) -> tuple[Interval, ...]:
        """The intervals that are an answer: micro-expressions, and those whose frames the user gave."""
        return tuple(interval for interval in self.intervals if interval.kind in (MICRO, GIVEN))

    def explain(self, out: Path | str | None = None, *, weights: Path | str | None = None) -> "tuple[Explained, ...]":
        """Return why each movement got its answer: where the network looked, and what it would say without a region.

        Args:
            out: if given, a folder for the page, its pictures and its document: new, empty, or an earlier explanation.
            weights: those that gave the answer, as for `predict`; None looks among those of the package.

        Raises:
            InputError: if `weights` did not give this answer, or `out` holds other files or cannot be written.
        """
        from glfnet.recognition.explain import explained_as_asked

        return explained_as_asked(self, out, weights)
