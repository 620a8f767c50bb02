"""Who was seen when: the bookkeeping beside spotting, some sixty bytes for each frame and face."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from glfnet.faces.tracker import TrackedFace
from glfnet.recognition.result import Recording, SeenFace, Span
from glfnet.video.stream import VideoStream


@dataclass(slots=True)
class _Seen:
    indices: "array[int]" = field(default_factory=lambda: array("q"))
    times_s: "array[float]" = field(default_factory=lambda: array("d"))
    boxes: "array[float]" = field(default_factory=lambda: array("f"))
    eye_distances_px: "array[float]" = field(default_factory=lambda: array("f"))


class FaceLog:
    """Is told of each frame and the faces in it; gives the faces, the stretches without any, and the recording."""

    def __init__(self) -> None:
        self._seen: dict[int, _Seen] = {}
        self._first: list[tuple[int, float]] = []  # index and time of the first frame without a face in each stretch
        self._last: list[tuple[int, float]] = []
        self._frames, self._last_s = 0, 0.0

    def read(self, time_s: float) -> None:
        """Note that a frame was read."""
        self._frames, self._last_s = self._frames + 1, time_s

    def add(self, index: int, time_s: float, faces: Sequence[TrackedFace]) -> None:
        """Note the faces that were seen in a frame, also if there were none."""
        here = (index, time_s)
        for face in faces:
            seen = self._seen.setdefault(face.track, _Seen())
            seen.indices.append(index)
            seen.times_s.append(time_s)
            seen.boxes.extend(face.box)
            seen.eye_distances_px.append(face.eye_distance_px)
        if not faces and self._last and self._last[-1][0] == index - 1:
            self._last[-1] = here
        elif not faces:
            self._first.append(here)
            self._last.append(here)

    def faces(self) -> tuple[SeenFace, ...]:
        """Return the faces by number."""
        return tuple(_seen_face(number, self._seen[number]) for number in sorted(self._seen))

    def without_face(self) -> tuple[Span, ...]:
        """Return where no face was seen."""
        return tuple(
            Span(first_index=first[0], last_index=last[0], start_s=first[1], end_s=last[1])
            for first, last in zip(self._first, self._last, strict=True)
        )

    def recording(self, video: VideoStream) -> Recording:
        """Return what is known of the video, once it has ended."""
        fps = (self._frames - 1) / self._last_s if self._last_s > 0 else None
        return Recording(
            source=video.source,
            width_px=video.width_px,
            height_px=video.height_px,
            fps=fps,
            frames=self._frames,
            duration_s=self._last_s + (1 / fps if fps else 0.0),
        )


def _seen_face(number: int, seen: _Seen) -> SeenFace:
    boxes = np.array(seen.boxes, dtype=np.float32).reshape(-1, 4)
    x0, y0, x1, y1 = np.median(boxes, axis=0).tolist()
    return SeenFace(
        face=number,
        span=Span(
            first_index=seen.indices[0], last_index=seen.indices[-1], start_s=seen.times_s[0], end_s=seen.times_s[-1]
        ),
        box=(x0, y0, x1, y1),
        eye_distance_px=float(np.median(seen.eye_distances_px)),
        indices=np.array(seen.indices, dtype=np.int64),
        boxes=boxes,
    )
