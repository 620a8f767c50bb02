"""What moves between two frames that the user names."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from glfnet.errors import InputError, SettingsError
from glfnet.faces.alignment import Picture, canonical_transform, warp
from glfnet.faces.tracker import TrackedFace
from glfnet.labels import GIVEN
from glfnet.recognition.classify import MovementClassifier
from glfnet.recognition.face_log import FaceLog
from glfnet.recognition.result import Interval
from glfnet.video.stream import Frame, VideoStream

if TYPE_CHECKING:
    from glfnet.faces.detector import Face, FaceDetector

_MARGIN = 0.5  # of the frame's sides: a face that fills its frame, as databases crop them, is found with room around it


def given_interval(
    video: VideoStream,
    frames: tuple[Frame, Frame],
    classifier: MovementClassifier,
    detector: "FaceDetector",
    log: FaceLog,
) -> Interval | None:
    """Return the interval between two frames, classified; None if there is no face on the first.

    One similarity, from the onset frame's face, brings both frames to the canonical crop: the largest central face, the
    rule of `clip_flow`.

    Args:
        video: the video that they come from.
        frames: onset and apex, as `given_frames` reads them.
        classifier: names the class.
        detector: finds the face.
        log: is told of the face.

    Raises:
        InputError: if the sizes of the frames differ.
    """
    onset, apex = frames
    face = _find_face(onset.image, detector)
    if face is None:
        log.add(onset.index, onset.time_s, [])
        return None
    transform = canonical_transform(face.points, classifier.crop)
    onset_crop, apex_crop = (warp(_grey(frame.image), transform, classifier.crop.size_px) for frame in (onset, apex))
    eye_distance_px = float(np.hypot(*(face.points[1] - face.points[0])))
    seen = TrackedFace(
        track=1, index=onset.index, time_s=onset.time_s, patch=onset_crop, transform=transform, box=face.box,
        eye_distance_px=eye_distance_px,
    )  # fmt: skip
    log.add(onset.index, onset.time_s, [seen])
    length_s = None if video.assumed_fps else apex.time_s - onset.time_s
    answer = classifier.answer(onset_crop, apex_crop, eye_distance_px, given=True, length_s=length_s)
    return Interval(
        face=1,
        kind=GIVEN,
        onset_index=onset.index,
        apex_index=apex.index,
        offset_index=apex.index,
        onset_s=onset.time_s,
        apex_s=apex.time_s,
        offset_s=apex.time_s,
        strength_percent=answer.movement_percent,
        probabilities=answer.probabilities,
        emotion=answer.emotion,
        notes=answer.notes,
        units=answer.units,
        maps=answer.maps,
        pictures=answer.pictures,
    )


def given_frames(
    video: VideoStream, onset_index: int, apex_index: int, log: FaceLog, on_frame: Callable[[int, int | None], None]
) -> tuple[Frame, Frame]:
    """Return the two frames that the user names; the video is read up to the later one only.

    Args:
        video: an open video.
        onset_index: a frame, from 0.
        apex_index: a later frame.
        log: is told of the frames.
        on_frame: as for `predict`.

    Raises:
        SettingsError: if the frames are out of order.
        InputError: if the video ends before them.
    """
    if not 0 <= onset_index < apex_index:
        raise SettingsError(f"onset {onset_index}, apex {apex_index}: expected 0 <= onset < apex, frames from 0.")
    found: list[Frame] = []
    read = 0
    for frame in video:
        read = frame.index + 1
        log.read(frame.time_s)
        on_frame(read, apex_index + 1)
        if frame.index in (onset_index, apex_index):
            found.append(frame)
        if frame.index >= apex_index:
            break
    if len(found) < 2:
        raise InputError(
            file=video.source,
            found=f"{read} frames",
            expected=f"frame {apex_index}, from 0",
            remedy="Name frames that the video has.",
        )
    return found[0], found[1]


def _find_face(image: NDArray[np.uint8], detector: "FaceDetector") -> "Face | None":
    from glfnet.faces.detector import Face, largest_central_face  # brings torch

    face = largest_central_face(detector.detect(image), image.shape)
    if face is not None:
        return face
    down, across = (round(_MARGIN * side) for side in image.shape[:2])
    framed = np.asarray(cv2.copyMakeBorder(image, down, down, across, across, cv2.BORDER_REPLICATE), dtype=np.uint8)
    face = largest_central_face(detector.detect(framed), framed.shape)
    if face is None:
        return None
    x0, y0, x1, y1 = face.box
    return Face(
        box=(x0 - across, y0 - down, x1 - across, y1 - down), points=face.points - (across, down), score=face.score
    )


def _grey(image: NDArray[np.uint8]) -> Picture:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
