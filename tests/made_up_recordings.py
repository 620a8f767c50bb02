"""Made-up recordings of one face with one micro-expression, and stand-ins for what takes long in `predict`."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.faces.detector import Face
from glfnet.faces.tracker import TrackedFace
from glfnet.recognition.card import Card
from glfnet.recognition.classify import Answer
from glfnet.recognition.result import Interval, Result
from glfnet.recognition.weights import read_trained
from glfnet.synthetic.clip import ClipPlan, clip_plan, draw_clip, person
from glfnet.video.stream import VideoStream
from made_up_videos import write_video

Image = NDArray[np.uint8]
FPS, SIZE_PX = 100, 192
FRAMES, BEFORE = 66, 12
"""Frames of the recording, and how many more of rest than a made-up clip has stand before its onset."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording before it is written: what is true of it, its frames, and the five points on its onset frame."""

    plan: ClipPlan
    frames: NDArray[np.uint8]
    points: NDArray[np.float64]


@cache
def a_clip(number: int = 1) -> Clip:
    """Return one face with one micro-expression: negative, positive or surprise for the numbers 1, 2 and 3."""
    short = clip_plan(3, 1, number, fps=FPS)
    plan = replace(
        short, frames=FRAMES, onset_index=short.onset_index + BEFORE, apex_index=short.apex_index + BEFORE,
        offset_index=short.offset_index + BEFORE,
    )  # fmt: skip
    frames, truth = draw_clip(3, person(3, 1, SIZE_PX), plan)
    return Clip(plan, frames, truth.points)


def write_clip(file: Path, frames: Sequence[Image] | NDArray[np.uint8], fps: int = FPS) -> Path:
    """Write frames so that movements stay: MPEG-4 at its finest."""
    return write_video(file, list(frames), codec="mpeg4", pixels="yuv420p", fps=fps, options={"qmin": "1", "qmax": "1"})


def wall(count: int, size: tuple[int, int] = (128, 96)) -> list[Image]:
    """Return frames with nobody in them."""
    width, height = size
    noise = np.random.default_rng(0)
    return [np.asarray(noise.normal(120, 2, (height, width, 3)).clip(0, 255), dtype=np.uint8) for _ in range(count)]


@dataclass
class Told:
    """A detector that sees a face where it is told to, in frames of more than one grey."""

    points: NDArray[np.float64] | None
    name: str = "told"
    frames: list[tuple[int, ...]] = field(default_factory=list)

    def detect(self, frame: Image) -> list[Face]:
        """Return the face, or nobody."""
        self.frames.append(frame.shape)
        if self.points is None or np.ptp(frame) < 60:
            return []
        return [face_at(self.points)]


def face_at(points: NDArray[np.float64]) -> Face:
    """Return a face around its five points."""
    x, y = points.mean(axis=0)
    eyes = points[1, 0] - points[0, 0]
    return Face(box=(x - eyes, y - 1.3 * eyes, x + eyes, y + 1.3 * eyes), points=points, score=0.99)


@cache
def packaged_card() -> Card:
    """Return the card of the weights that come with the package."""
    return read_trained().card


class Spy:
    """Stands in for `Trained`: gives the probabilities it was made with, and remembers the maps it was shown."""

    units = None

    def __init__(self, *probabilities: float, **features: object) -> None:
        card = packaged_card()
        self.card = card.model_copy(update={"features": card.features.model_copy(update=features)})
        self.shown: list[NDArray[np.float32]] = []
        self._probabilities = probabilities or (0.2, 0.7, 0.1)

    def probabilities(self, maps: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return one row for each map."""
        self.shown += list(maps)
        return np.tile(np.array(self._probabilities), (len(maps), 1))


def grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an RGB frame in grey."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def codes(answer: Answer | Interval | Result) -> list[str]:
    """Return the codes of the notes."""
    return [one.code for one in answer.notes]


def a_face(track: int = 1, index: int = 0, time_s: float = 0.0, eyes_px: float = 60.0) -> TrackedFace:
    """Return a followed face of one frame."""
    return TrackedFace(
        track=track, index=index, time_s=time_s, patch=np.zeros((4, 4), dtype=np.uint8), transform=np.eye(3)[:2],
        box=(1.0, 2.0, 3.0, 4.0), eye_distance_px=eyes_px,
    )  # fmt: skip


def video_of(**attributes: object) -> VideoStream:
    """Return something that says of itself what a video does."""
    return SimpleNamespace(**{"cut_short": None, "assumed_fps": None, "source": "v", **attributes})  # type: ignore[return-value]


def threads() -> list[str]:
    """Return which of our threads still work."""
    return [thread.name for thread in threading.enumerate() if "ahead" in thread.name or "aside" in thread.name]
