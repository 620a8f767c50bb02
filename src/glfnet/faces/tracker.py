"""All faces of a video, frame by frame: which are new, still there, or gone."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from glfnet.errors import SettingsError, ShapeError
from glfnet.faces.alignment import Picture, crop_settings
from glfnet.faces.boxes import Box, overlap, share_inside
from glfnet.faces.find_faces import find_faces
from glfnet.faces.follow import likeness
from glfnet.faces.similarity import Transform
from glfnet.faces.track import SEEN, Image, Track
from glfnet.faces.tracking_settings import TrackingSettings

if TYPE_CHECKING:
    from glfnet.faces.detector import Face, FaceDetector
    from glfnet.video.stream import Frame

_MISSES = 2  # detections in a row without a face that end its track
_GLANCE_PX = 24  # rows or columns that tell whether two frames show the same scene
_STILL = 8.0  # grey levels: a smaller mean difference is no cut, as between two black frames, which do not correlate
_SAME_SCENE = 0.6  # correlation of two glances: a fast head changes it little, a cut almost completely


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackedFace:
    """One face in one frame.

    Attributes:
        track: number of its track, from 1 in the order of appearance; from left to right if they appear together.
        index: of the frame, from 0.
        time_s: of the frame.
        patch: (h, w) uint8 grey, the part of the frame around the face. As long as `transform` stays, it is the same
            part, so two patches can be compared pixel by pixel.
        transform: (2, 3), patch to canonical crop (`alignment.WIDE`). It changes, to a new array, only when the head
            has moved noticeably: jitter of points never moves a crop.
        box: (x0, y0, x1, y1) in pixels of the frame.
        eye_distance_px: distance between the eyes in the frame.
        refound: by place and looks it is the same face as before, but it could not be followed to here, as after a
            jump cut, a hand, or a very fast movement: what has moved since the previous frame is not known.
    """

    track: int
    index: int
    time_s: float
    patch: Picture
    transform: Transform
    box: Box
    eye_distance_px: float
    refound: bool = False


class FaceTracker:
    """Finds faces with a detector now and then and follows them in between. Memory does not grow with the video.

    Args:
        detector: finds faces.
        faces: `largest` follows the largest central face while it lasts, then the next one; `all` follows all.
        settings: see `TrackingSettings`; the defaults if None.

    Raises:
        SettingsError: if `faces` is neither.
    """

    def __init__(
        self,
        detector: "FaceDetector",
        *,
        faces: Literal["largest", "all"] = "largest",
        settings: TrackingSettings | None = None,
    ) -> None:
        if faces not in ("largest", "all"):
            raise SettingsError(f"faces: found {faces!r}; expected largest or all.")
        self._detector, self._all, self._settings = detector, faces == "all", settings or TrackingSettings()
        self._crop = crop_settings("wide", self._settings.crop_px)
        self._tracks: list[Track] = []
        self._begun = 0
        self._detect_s = -math.inf  # when the detector is due
        self._glance: Picture | None = None

    def step(self, frame: "Frame") -> list[TrackedFace]:
        """Return the faces in the next frame, by track number.

        A track that is missing has ended; its number is not used again. Frames must come in the order of their times,
        at any intervals. A scene cut ends all tracks, and so does a frame of another size.

        Raises:
            ShapeError: if the frame's image is not (H, W, 3) uint8.
        """
        if frame.image.ndim != 3 or frame.image.shape[2] != 3 or frame.image.dtype != np.uint8 or not frame.image.size:
            raise ShapeError(f"frame must be (H, W, 3) RGB uint8; got {frame.image.shape} {frame.image.dtype}.")
        if self._is_cut(frame.image):
            self._tracks, self._detect_s = [], -math.inf
        lost = [track for track in self._tracks if not track.follow(frame.image, frame.time_s)]
        if lost or frame.time_s >= self._detect_s:
            self._detect(frame, lost)
        return [_tracked(track, frame) for track in self._tracks]

    def _is_cut(self, image: Image) -> bool:
        """Return whether another scene begins; a frame of another size is one."""
        before, self._glance = self._glance, _glance(image)
        if before is None or before.shape != self._glance.shape:
            return True
        changed = float(cv2.absdiff(before, self._glance).mean())
        return changed > _STILL and likeness(before, self._glance) < _SAME_SCENE

    def _detect(self, frame: "Frame", lost: list[Track]) -> None:
        """Let the detector confirm, recover and end tracks, and begin new ones."""
        found = find_faces(frame.image, self._detector, self._settings.search_px)
        faces = [face for face in found if share_inside(face.box, frame.image.shape) >= SEEN]
        kept = []
        for track in sorted(self._tracks, key=lambda track: track in lost):  # those still followed choose first
            face = max(filter(track.is_at, faces), key=lambda face: overlap(track.box, face.box), default=None)
            if self._stays(track, frame, face, is_lost=track in lost):
                kept.append(track)
                faces = [other for other in faces if other is not face]
        calm = len(kept) == len(self._tracks)
        self._tracks = sorted(kept, key=lambda track: track.number)
        self._begin(frame, faces)
        calm &= bool(self._tracks) and all(track.confirmed and not track.misses for track in self._tracks)
        self._detect_s = frame.time_s + (self._settings.detect_every_s if calm else self._settings.search_every_s)

    def _stays(self, track: Track, frame: "Frame", face: "Face | None", *, is_lost: bool) -> bool:
        if is_lost:
            return face is not None and track.recover(frame.image, frame.time_s, face)
        if face is not None:
            track.confirm(frame.image, face)
            return True
        track.misses += 1
        return track.confirmed and track.misses < _MISSES

    def _begin(self, frame: "Frame", faces: "list[Face]") -> None:
        """Begin tracks of the faces that belong to none."""
        if not self._all:
            faces = faces[: 0 if self._tracks else 1]
        for face in sorted(faces, key=lambda face: face.box[0] + face.box[2]):
            if not any(track.is_at(face) for track in self._tracks):  # otherwise one face was found twice
                self._begun += 1
                self._tracks.append(Track(self._begun, frame.image, frame.time_s, face, self._crop, self._settings))


def _glance(image: Image) -> Picture:
    """Return a frame as a few hundred grey pixels: enough to tell scenes apart."""
    height, width = image.shape[:2]
    coarse = max(1, min(height, width) // (4 * _GLANCE_PX))
    green = np.ascontiguousarray(image[::coarse, ::coarse, 1])
    size = max(1, round(_GLANCE_PX * width / height)), _GLANCE_PX
    return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _tracked(track: Track, frame: "Frame") -> TrackedFace:
    return TrackedFace(
        track=track.number,
        index=frame.index,
        time_s=frame.time_s,
        patch=track.patch,
        transform=track.transform,
        box=track.box,
        eye_distance_px=track.eye_distance_px,
        refound=track.refound,
    )
