"""What is to be looked at: refused before anything is loaded if it is no video or the frames named cannot be right."""

from pathlib import Path

from glfnet.errors import InputError, SettingsError
from glfnet.path_kind import FILE, FOLDER, PICTURES, VIDEO, check_kind
from glfnet.video.stream import VideoStream, open_video

EXPECTED = "a video or a folder of pictures"


def check_source(source: Path, onset: int | None = None, apex: int | None = None, fps: float | None = None) -> None:
    """Raise at once what is wrong with what `predict` is asked; takes no time, so that nobody waits for it.

    Raises:
        InputError: if there is neither a video nor a folder of pictures at `source`.
        SettingsError: if only one of onset and apex is given or they are out of order, or a folder of pictures that is
            to be searched has no `fps`.
    """
    if (onset is None) != (apex is None):
        raise SettingsError("onset and apex: found one of them; expected both frames, or none to search the video.")
    if onset is not None and apex is not None and not 0 <= onset < apex:
        raise SettingsError(f"onset {onset}, apex {apex}: expected 0 <= onset < apex, frames from 0.")
    kind = check_kind(source, (VIDEO, PICTURES, FOLDER, FILE), EXPECTED)
    if onset is None and fps is None and kind in (PICTURES, FOLDER):
        raise SettingsError(f"{source}: pictures have no frame rate; give fps, such as 200.", settings=("fps",))


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
            found=f"what cannot be read ({error.strerror})",
            expected=EXPECTED,
            remedy="Check the path, and who may read it.",
        ) from error
