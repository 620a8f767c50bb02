"""Made-up heads, followed with a detector that is told where they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from glfnet.faces.detector import Face
from glfnet.faces.tracker import FaceTracker, TrackedFace
from glfnet.faces.tracking_settings import TrackingSettings
from glfnet.video.stream import Frame
from made_up_scene import Head, Image, drawn

FPS = 25.0
WIDTH, HEIGHT = 320, 240
RARELY = TrackingSettings(detect_every_s=100)  # the detector sees a face twice, then it is only followed


@dataclass
class Told:
    """A detector that is told where the heads are, in a frame of `width` pixels; it may err by some pixels."""

    heads: Sequence[Head] = ()
    error_px: float = 0.0
    width: int = WIDTH
    name: str = "told"
    seen: list[tuple[int, ...]] = field(default_factory=list)

    def detect(self, frame: Image) -> list[Face]:
        self.seen.append(frame.shape)
        scale = frame.shape[1] / self.width
        rng = np.random.default_rng(len(self.seen))
        return [face_of(head, scale, rng.normal(0, self.error_px, (5, 2))) for head in self.heads]


def face_of(head: Head, scale: float = 1.0, error: float | np.ndarray = 0.0) -> Face:
    points = (head.points() + error + 0.5) * scale - 0.5
    eyes = points[1, 0] - points[0, 0]
    x, y = (
        points.mean(axis=0) + 0.5
    )  # a box counts from the edge of the frame, points from the middle of its first pixel
    return Face(box=(x - eyes, y - 1.3 * eyes, x + eyes, y + 1.3 * eyes), points=points, score=0.99)


def moving(count: int, head: Callable[[int], Head], fps: float = FPS) -> list[list[Head]]:
    return [[head(number)] for number in range(count)]


def told_run(
    heads: Sequence[Sequence[Head]],
    *,
    settings: TrackingSettings | None = None,
    faces: str = "largest",
    error_px: float = 0.0,
    noise: float = 1.5,
) -> list[list[TrackedFace]]:
    detector = Told(error_px=error_px)
    tracker = FaceTracker(detector, faces=faces, settings=settings)  # type: ignore[arg-type]
    out = []
    for index, present in enumerate(heads):
        detector.heads = present
        out.append(tracker.step(a_frame(index, drawn(present, noise=noise, seed=index))))
    return out


def a_frame(index: int, image: Image, time_s: float | None = None) -> Frame:
    return Frame(index=index, time_s=index / FPS if time_s is None else time_s, image=image)


def numbers(faces: Sequence[TrackedFace]) -> list[int]:
    return [face.track for face in faces]


def middle(face: TrackedFace) -> np.ndarray:
    x0, y0, x1, y1 = face.box
    return np.array([x0 + x1 - 1, y0 + y1 - 1]) / 2
