"""One video from its file to a `Result`, streaming: some numbers are kept of each frame, and no picture."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from glfnet.arguments import check_argument, given_path
from glfnet.faces.default_detector import default_detector
from glfnet.faces.tracker import FaceTracker, TrackedFace
from glfnet.faces.unseen import FrameWithoutFace, why_unseen
from glfnet.labels import MICRO
from glfnet.progress import progress_of
from glfnet.recognition.ahead import MadeAside, taken_ahead
from glfnet.recognition.classify import MovementClassifier
from glfnet.recognition.face_log import FaceLog
from glfnet.recognition.given import given_frames, given_interval
from glfnet.recognition.notes import movement_notes, video_notes
from glfnet.recognition.result import Interval, Result
from glfnet.recognition.settings import PredictionSettings
from glfnet.recognition.source import checked_source, opened
from glfnet.recognition.summary import model_summary
from glfnet.spotting.confidence import confidence
from glfnet.spotting.curve import Curve
from glfnet.spotting.spotter import Movement, Spotter
from glfnet.threads import processor_threads
from glfnet.video.stream import Frame, VideoStream

if TYPE_CHECKING:
    from glfnet.faces.detector import FaceDetector
    from glfnet.recognition.weights import Trained  # brings torch

_FRAMES_WAITING = 64  # followed, not yet looked at: some 100 kB each for every face in it
_MOVEMENTS_WAITING = 8
_WITH_PICTURES = 60  # intervals; a page with more would be too large to open, too

OnFrame = Callable[[int, int | None], None]
OnInterval = Callable[[Interval], None]


def predict(
    source: Path | str,
    *,
    onset: int | None = None,
    apex: int | None = None,
    fps: float | None = None,
    weights: Path | str | None = None,
    settings: PredictionSettings | None = None,
    detector: "FaceDetector | None" = None,
    on_frame: OnFrame | None = None,
    on_interval: OnInterval = lambda interval: None,
    progress: bool | None = None,
) -> Result:
    """Find the micro-expressions in a video and name their classes; or name the class between two known frames.

    Args:
        source: a video, or a folder of pictures.
        onset: a frame, from 0. If given, the video is not searched: what moves from it to `apex` is classified.
        apex: a frame, from 0.
        fps: frames per second of a folder of pictures.
        weights: a `.safetensors` file with its card, or `free` or `research` of the package; `research` if None.
        settings: see `PredictionSettings`; the defaults if None.
        detector: finds the faces; `faces.MtcnnDetector()` if None.
        on_frame: is told how many frames are done, of how many (None where that is not known).
        on_interval: is given each interval as soon as it is certain.
        progress: whether a bar on stderr shows how many frames are done; None: in a terminal or notebook, unless there
            is an `on_frame`.

    Returns:
        What was found. A video without a micro-expression has `result.micro_expressions == ()`.

    Raises:
        InputError: if the video or the weights cannot be read, or the video ends before the frames given.
        SettingsError: if only one of onset and apex is given or they are out of order, or a folder has no `fps`. This,
            and that there is no video, is said before anything is loaded.
    """
    source = checked_source(source, onset, apex, fps)
    settings = PredictionSettings() if settings is None else settings
    expected = "settings, such as glfnet.PredictionSettings(faces='all')"
    check_argument("settings", settings, isinstance(settings, PredictionSettings), expected)
    if weights is not None:
        weights = given_path("weights", weights, "the path of a .safetensors file with its card")
    with opened(source, fps) as video, progress_of("frames", progress, told=on_frame is not None) as show:
        on_frame = on_frame or show
        log = FaceLog()
        # Before weights are loaded, which takes seconds: the video may end earlier.
        frames = None if onset is None or apex is None else given_frames(video, onset, apex, log, on_frame)
        trained, detector = _read_trained(weights), detector or default_detector()
        if frames is not None:
            return _classified(video, frames, trained, settings, detector, log)
        return watch(video, trained, settings, detector, on_frame=on_frame, on_interval=on_interval)


def _read_trained(weights: Path | str | None) -> "Trained":
    from glfnet.recognition.weights import read_trained  # brings torch

    return read_trained(None if weights is None else Path(weights))


def classify_given(
    video: VideoStream,
    onset: int,
    apex: int,
    trained: "Trained",
    settings: PredictionSettings,
    detector: "FaceDetector",
    *,
    on_frame: OnFrame = lambda done, expected: None,
) -> Result:
    """Classify what moves between two known frames of an open video; see `predict`."""
    log = FaceLog()
    frames = given_frames(video, onset, apex, log, on_frame)
    return _classified(video, frames, trained, settings, detector, log)


def _classified(
    video: VideoStream,
    frames: tuple[Frame, Frame],
    trained: "Trained",
    settings: PredictionSettings,
    detector: "FaceDetector",
    log: FaceLog,
) -> Result:
    with processor_threads():
        interval = given_interval(video, frames, MovementClassifier(trained, settings), detector, log)
        why = "" if interval is not None else why_unseen(frames[0].image, detector, settings.tracking.search_px)
    intervals = [] if interval is None else [interval]
    recording = log.recording(video)
    return Result(
        recording=recording,
        model=model_summary(trained),
        settings=settings.sections(),
        faces=log.faces(),
        without_face=log.without_face(),
        intervals=tuple(intervals),
        notes=video_notes(video, recording, log.faces(), settings, searched=False, why_no_face=why),
    )


def watch(
    video: VideoStream,
    trained: "Trained",
    settings: PredictionSettings,
    detector: "FaceDetector",
    *,
    on_frame: OnFrame = lambda done, expected: None,
    on_interval: OnInterval = lambda interval: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Result:
    """Find and classify what moves in an open video or camera; see `predict`.

    Args:
        video: the video.
        trained: the weights.
        settings: how to look at it.
        detector: finds the faces.
        on_frame: as for `predict`.
        on_interval: as for `predict`.
        stopped: is asked after each frame whether to end here, as if the video did.
    """
    tracker = FaceTracker(detector, faces=settings.faces, settings=settings.tracking)
    classifier, log, spotting = MovementClassifier(trained, settings), FaceLog(), _Spotting(settings)
    intervals: list[Interval] = []
    unseen = FrameWithoutFace(detector, settings.tracking.search_px)

    def keep(interval: Interval) -> None:
        shown = sum(earlier.pictures is not None for earlier in intervals) < _WITH_PICTURES
        intervals.append(interval if shown else replace(interval, pictures=None))
        on_interval(intervals[-1])

    with (
        processor_threads(),
        MadeAside[Movement, Interval](lambda one: _interval(one, classifier), keep, _MOVEMENTS_WAITING) as classified,
        taken_ahead(_followed(video, tracker, unseen), _FRAMES_WAITING) as frames,
    ):
        for index, time_s, faces in frames:
            log.read(time_s)
            log.add(index, time_s, faces)
            classified.add(spotting.step(faces))
            on_frame(index + 1, video.expected_frames)
            if stopped():
                break
        classified.add(spotting.finish())
        classified.finish()
    recording, seen = log.recording(video), log.faces()
    return Result(
        recording=recording,
        model=model_summary(trained),
        settings=settings.sections(),
        faces=seen,
        without_face=log.without_face(),
        intervals=tuple(sorted(intervals, key=lambda interval: (interval.onset_index, interval.face))),
        curves=spotting.curves(),
        notes=(
            *video_notes(video, recording, seen, settings, searched=True, why_no_face=unseen.reason()),
            *movement_notes(recording, spotting.head_shares, intervals, settings),
        ),
    )


def _followed(
    video: VideoStream, tracker: FaceTracker, unseen: FrameWithoutFace
) -> Iterator[tuple[int, float, list[TrackedFace]]]:
    """Yield each frame's index, time and faces; not the frame itself, so that many may wait."""
    for frame in video:
        faces = tracker.step(frame)
        unseen.look(frame.index, frame.image, seen=bool(faces))
        yield frame.index, frame.time_s, faces


class _Spotting:
    """A spotter for each face, as long as the face is there; only some numbers are kept of one that has gone.

    Attributes:
        head_shares: of each face that has ended, the share of its time in which its head moves fast.
    """

    def __init__(self, settings: PredictionSettings) -> None:
        self._settings = settings.spotting
        self.head_shares: dict[int, float] = {}
        self._spotters: dict[int, Spotter] = {}
        self._curves: dict[int, Curve] = {}

    def step(self, faces: Sequence[TrackedFace]) -> list[Movement]:
        """Take one frame's faces; return what became certain with it."""
        gone = self._spotters.keys() - {face.track for face in faces}  # a number that is missing does not come back
        movements = [movement for number in sorted(gone) for movement in self._end(number)]
        for face in faces:
            movements += self._spotters.setdefault(face.track, Spotter(self._settings)).step(face)
        return movements

    def finish(self) -> list[Movement]:
        """Return what is left at the end of the video."""
        return [movement for number in sorted(self._spotters) for movement in self._end(number)]

    def curves(self) -> tuple[Curve, ...]:
        """Return the curves of the faces that have ended, by number."""
        return tuple(self._curves[number] for number in sorted(self._curves))

    def _end(self, number: int) -> list[Movement]:
        spotter = self._spotters.pop(number)
        movements = spotter.finish()
        self._curves[number] = spotter.curve()
        self.head_shares[number] = spotter.head_motion_share
        return movements


def _interval(movement: Movement, classifier: MovementClassifier) -> Interval:
    onset, apex, offset = movement.onset, movement.apex, movement.offset
    interval = Interval(
        face=onset.track,
        kind=movement.kind,
        onset_index=onset.index,
        apex_index=apex.index,
        offset_index=offset.index,
        onset_s=onset.time_s,
        apex_s=apex.time_s,
        offset_s=offset.time_s,
        strength_percent=movement.strength_percent,
        regions=movement.regions,
        confidence=None if movement.grounds is None else confidence(movement.grounds),
    )
    if movement.kind != MICRO:
        return interval
    # Two transforms only where the head has moved noticeably between the two: each brings its face to the same place.
    onset_crop, apex_crop = (classifier.crop_of(face.patch, face.transform) for face in (onset, apex))
    answer = classifier.answer(onset_crop, apex_crop, onset.eye_distance_px, given=False)
    return replace(
        interval,
        probabilities=answer.probabilities,
        emotion=answer.emotion,
        notes=answer.notes,
        units=answer.units,
        maps=answer.maps,
        pictures=answer.pictures,
    )
