"""What limits an answer, as codes with sentences."""

from collections.abc import Mapping, Sequence

from glfnet.labels import OCCLUSION
from glfnet.recognition.result import NOTES, Interval, Note, Recording, SeenFace
from glfnet.recognition.settings import PredictionSettings
from glfnet.video.stream import VideoStream


def note(code: str, numbers: str = "") -> Note:
    """Return a note: what its code means, with the numbers of this case.

    Args:
        code: a key of `result.NOTES`.
        numbers: what was found and what is needed.
    """
    return Note(code=code, sentence=f"{NOTES[code]} ({numbers})" if numbers else NOTES[code])


def video_notes(
    video: VideoStream,
    recording: Recording,
    faces: Sequence[SeenFace],
    settings: PredictionSettings,
    *,
    searched: bool,
    why_no_face: str = "",
) -> tuple[Note, ...]:
    """Return what limits the answer about a whole video.

    Args:
        video: the video, read to its end.
        recording: what is known of it.
        faces: the faces in it.
        settings: what is needed.
        searched: whether movements were searched for, so that length and frame rate matter.
        why_no_face: why no face was found, where that is known (`faces.unseen`).
    """
    notes = []
    if video.cut_short:
        notes.append(note("file_cut_short", video.cut_short))
    if video.assumed_fps:
        notes.append(note("unknown_frame_rate", f"{video.assumed_fps:g} a second"))
    if not faces:
        notes.append(note("no_face", why_no_face))
    notes += [
        note("small_face", f"face {seen.face}: {seen.eye_distance_px:.1f} pixels between the eyes, "
             f"{settings.min_eye_distance_px:g} are needed")
        for seen in faces
        if seen.eye_distance_px < settings.min_eye_distance_px
    ]  # fmt: skip
    if searched and recording.duration_s < settings.spotting.longest_s:
        frames = "1 frame" if recording.frames == 1 else f"{recording.frames} frames, {recording.duration_s:.2f} s"
        notes.append(note("too_short", f"{frames}; micro-expressions of up to {settings.spotting.longest_s:g} s are"))
    if searched and faces and recording.fps is not None and recording.fps < settings.min_fps:
        numbers = f"{recording.fps:.0f}; a fifth of a second is {recording.fps / 5:.0f} frames"
        notes.append(note("low_frame_rate", f"{numbers}; {settings.min_fps:g} a second or more are needed"))
    return tuple(notes)


def movement_notes(
    recording: Recording,
    head_shares: Mapping[int, float],
    intervals: Sequence[Interval],
    settings: PredictionSettings,
) -> tuple[Note, ...]:
    """Return what a search says about a video beyond the movements it found.

    Args:
        recording: what is known of the video.
        head_shares: face -> share of the time in which its head moves fast, `Spotter.head_motion_share`.
        intervals: what was found, of every kind.
        settings: how much is too much.
    """
    restless = [
        note(
            "head_movement", f"face {face}: fast in {100 * share:.0f} % of the time; what the skin does then is hidden"
        )
        for face, share in head_shares.items()
        if share > settings.max_head_share
    ]
    hidden = sum(interval.kind == OCCLUSION for interval in intervals)
    if hidden:
        restless.append(note("occlusion", f"{hidden} times" if hidden > 1 else "once"))
    if intervals or not head_shares or recording.duration_s < settings.spotting.longest_s:
        return tuple(restless)
    floor = f"{settings.spotting.floor_percent:g} % of the distance between the eyes"
    return (*restless, note("no_movement", f"no region moves by {floor} and back, and clearly more than the noise"))
