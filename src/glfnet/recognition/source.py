"""What is to be looked at: refused before anything is loaded if it is no video or the frames named cannot be right."""

from numbers import Real
from pathlib import Path

from glfnet.arguments import check_argument, given_number, given_path
from glfnet.errors import InputError, SettingsError, reason
from glfnet.path_kind import FILE, FOLDER, PICTURES, VIDEO, check_kind
from glfnet.video.stream import VideoStream, open_video

EXPECTED = "a video or a folder of pictures"


def checked_source(source: Path | str, onset: int | None, apex: int | None, fps: float | None) -> Path:
    """Return the path of what `predict` is to look at; what is asked wrongly is said at once, so that nobody waits.

    Raises:
        InputError: if there is neither a video nor a folder of pictures at `source`.
        SettingsError: if an argument is of another type, only one of onset and apex is given, they are out of order, or
            a folder of pictures that is to be searched has no `fps`.
    """
    path = given_path("source", source, f"one path to {EXPECTED}")
    frames = {"onset": onset, "apex": apex}
    for name, frame in frames.items():
        if frame is not None:
            given_number(name, frame, "the number of a frame, from 0")
    check_argument("fps", fps, fps is None or isinstance(fps, Real), "frames per second, a number such as 200")
    if (onset is None) != (apex is None):
        raise SettingsError("onset and apex: found one of them; expected both frames, or none to search the video.")
    if onset is not None and apex is not None and not 0 <= onset < apex:
        raise SettingsError(f"onset {onset}, apex {apex}: expected 0 <= onset < apex, frames from 0.")
    kind = check_kind(path, (VIDEO, PICTURES, FOLDER, FILE), EXPECTED)
    if onset is None and fps is None and kind in (PICTURES, FOLDER):
        raise SettingsError(f"{source}: pictures have no frame rate; give fps, such as 200.", settings=("fps",))
    return path


def opened(source: Path, fps: float | None) -> VideoStream:
    """Open what `predict` is to look at.

    Raises:
        InputError: if it cannot be read.
        SettingsError: if `fps` is not positive.
    """
    try:
        return open_video(source, fps=fps)
    except OSError as error:  # a disk has gone
        raise InputError(
            file=source,
            found=f"what cannot be read ({reason(error)})",
            expected=EXPECTED,
            remedy="Check the path, and who may read it.",
        ) from error
