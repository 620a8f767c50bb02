"""The command `predict`: videos in, answers out. `main` registers it."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from traceback import format_exc
from typing import TYPE_CHECKING, Annotated

import joblib
import typer

from glfnet import __version__
from glfnet.cli.answers import print_interval, print_result
from glfnet.cli.options import Faces, Sensitivity, prediction_settings
from glfnet.cli.terminal import ERR, Ended, early_end, error_sentence, print_error, progress_bar
from glfnet.errors import GlfnetError, SettingsError
from glfnet.workers import worked

# torch and OpenCV are imported by the command: --help must not wait for them.
if TYPE_CHECKING:
    from glfnet.recognition.result import Result
    from glfnet.recognition.settings import PredictionSettings

OnFrame = Callable[[int, int | None], None]
_SUFFIX = ".glfnet"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is asked of every video."""

    onset: int | None
    apex: int | None
    fps: float | None
    weights: Path | None
    overlay: bool
    force: bool
    settings: "PredictionSettings"


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a video has no answer."""

    sentence: str


def predict_command(
    videos: Annotated[list[Path] | None, typer.Argument(help="Videos, or folders of pictures.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the answers; VIDEO.glfnet beside each video if not given.")
    ] = None,
    onset: Annotated[int | None, typer.Option(help="Classify from this frame on, counted from 0 ...", min=0)] = None,
    apex: Annotated[int | None, typer.Option(help="... to this one, instead of searching.", min=0)] = None,
    fps: Annotated[
        float | None,
        typer.Option(help="Frames per second of a folder of pictures; of a file, instead of its own times.", min=1),
    ] = None,
    faces: Faces = "largest",
    sensitivity: Sensitivity = "normal",
    weights: Annotated[
        Path | None,
        typer.Option(
            help="free (trained on made-up flow fields alone, MIT licence), research (the default, for research only), "
            "or weights of your own: a .safetensors file with its card beside it."
        ),
    ] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Write the annotated video, too.")] = False,
    camera: Annotated[int | None, typer.Option(help="Watch a camera, 0 is the first; Ctrl-C ends it.", min=0)] = None,
    jobs: Annotated[int, typer.Option(help="Videos at a time; 0 takes all cores.", min=0)] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier answer about another video, too.")] = False,
) -> None:
    """Find micro-expressions in videos, name their classes, and say how sure that is.

    Finding none is an answer, too: an empty table and exit status 0. Exit status 1 if a video could not be read.
    """
    kept = "Finished answers are kept; nothing is written for the current video." if camera is None else ""
    with early_end(kept):
        wish = _Wish(
            onset=onset, apex=apex, fps=fps, weights=weights, overlay=overlay, force=force,
            settings=prediction_settings(faces, sensitivity),
        )  # fmt: skip
        _check(wish, videos or [], camera)
        if camera is not None:
            _watch_camera(camera, out or _new_folder(f"camera{camera}"), wish)
            return
        failed = _answer_all(videos or [], out, wish, jobs or joblib.cpu_count())
    if failed:
        raise typer.Exit(1)


def _check(wish: _Wish, videos: Sequence[Path], camera: int | None) -> None:
    """Raise once, and before any work, what would be wrong with every video."""
    if camera is None and not videos:
        raise SettingsError("predict: found no video; name one or more videos or folders of pictures, or --camera 0.")
    named = (wish.onset is not None, wish.apex is not None)
    others = {"a video": bool(videos), "--onset or --apex": any(named), "--overlay": wish.overlay, "--fps": wish.fps}
    if camera is not None and any(others.values()):
        found = ", ".join(name for name, given in others.items() if given)
        raise SettingsError(f"--camera: found {found}, too; expected the camera alone: it is watched live.")
    if any(named) and not all(named):
        raise SettingsError("--onset, --apex: found one of them; expected both, or none to search the video.")
    if wish.onset is not None and wish.apex is not None and wish.onset >= wish.apex:
        found = f"--onset {wish.onset}, --apex {wish.apex}"
        raise SettingsError(f"{found}: expected an apex after the onset, frames from 0.")
    if wish.weights is not None:
        from glfnet.recognition.weights import read_trained

        read_trained(wish.weights)


def _folders(videos: Sequence[Path], out: Path | None) -> list[Path]:
    """Return a folder for each video.

    With one video, --out names its folder itself.
    """
    if out is not None and len(videos) == 1:
        return [out]
    named = [Path(os.path.abspath(video)) for video in videos]  # "." has no name; links stay where they are
    short = [(out or video.parent) / f"{video.stem}{_SUFFIX}" for video in named]
    # The whole name distinguishes clip.mp4 from clip.mov.
    folders = [
        folder if short.count(folder) == 1 else (out or video.parent) / f"{video.name}{_SUFFIX}"
        for folder, video in zip(short, named, strict=True)
    ]
    twice = sorted(str(folder) for folder in set(folders) if folders.count(folder) > 1)
    if twice:
        raise SettingsError(f"--out: two videos would be answered in {twice[0]}; name them in separate commands.")
    return folders


def _new_folder(name: str) -> Path:
    """Return a folder that is not there yet: a camera's answer cannot be made again, so none is replaced."""
    names = (f"{name}{_SUFFIX}", *(f"{name}-{number}{_SUFFIX}" for number in range(2, 1000)))
    return next((Path(name) for name in names if not Path(name).exists()), Path(names[-1]))


def _answer_all(videos: Sequence[Path], out: Path | None, wish: _Wish, jobs: int) -> int:
    """Answer videos one by one or side by side, and print what comes of each; return how many failed."""
    folders = _folders(videos, out)
    if jobs == 1 or len(videos) == 1:
        answers = _one_by_one(videos, folders, wish)
    else:
        answers = _side_by_side(videos, folders, wish, jobs)
    failed = 0
    for folder, answer in zip(folders, answers, strict=True):
        if isinstance(answer, _Failure):
            failed += 1
            print_error(answer.sentence)
        else:
            print_result(answer, folder)
    if failed and len(videos) > 1:
        ERR.print(f"{failed} of {len(videos)} videos could not be answered; the others are done.")
    return failed


def _one_by_one(videos: Sequence[Path], folders: Sequence[Path], wish: _Wish) -> "Iterator[Result | _Failure]":
    for video, folder in zip(videos, folders, strict=True):
        with progress_bar(video.name, transient=True) as on_frame:
            answer = _answer_or_failure(video, folder, wish, on_frame)
        yield answer


def _side_by_side(
    videos: Sequence[Path], folders: Sequence[Path], wish: _Wish, jobs: int
) -> "Iterator[Result | _Failure]":
    from glfnet.recognition.answer.folder import take_leftovers_away

    tasks = ((video, folder, wish) for video, folder in zip(videos, folders, strict=True))
    answers = worked(_small_answer, tasks, min(jobs, len(videos)), in_order=True)
    with progress_bar("videos", transient=True) as show:
        show(0, len(videos))
        try:
            for done, answer in enumerate(answers, start=1):
                show(done, len(videos))
                yield answer
        except (KeyboardInterrupt, Ended):  # the workers have been killed
            for folder in folders:
                take_leftovers_away(folder)
            raise


def _answer_or_failure(video: Path, folder: Path, wish: _Wish, on_frame: OnFrame) -> "Result | _Failure":
    """Return an answer, or why there is none: whatever is wrong with one video, the others go on."""
    try:
        return _answer(video, folder, wish, on_frame)
    except GlfnetError as error:
        return _Failure(error_sentence(error))
    except Exception:
        return _Failure(f"{video}: glfnet itself has failed here; please report it with these lines.\n{format_exc()}")


def _small_answer(video: Path, folder: Path, wish: _Wish) -> "Result | _Failure":
    from dataclasses import replace

    answer = _answer_or_failure(video, folder, wish, lambda done, expected: None)
    if isinstance(answer, _Failure):
        return answer
    # What is printed needs neither the curves nor the pictures, which are large.
    small = tuple(replace(interval, maps=None, pictures=None) for interval in answer.intervals)
    return replace(answer, curves=(), intervals=small)


def _answer(video: Path, folder: Path, wish: _Wish, on_frame: OnFrame) -> "Result":
    from glfnet.recognition.source import checked_source

    checked_source(video, wish.onset, wish.apex, wish.fps)  # before the imports below, which take seconds
    from glfnet.recognition.answer.folder import check_folder, write_answer
    from glfnet.recognition.predict import predict

    check_folder(folder, video, force=wish.force)
    result = predict(
        video, onset=wish.onset, apex=wish.apex, fps=wish.fps, weights=wish.weights, settings=wish.settings,
        on_frame=on_frame,
    )  # fmt: skip
    write_answer(folder, result, __version__, video=video if wish.overlay else None, fps=wish.fps, on_frame=on_frame)
    return result


def _watch_camera(number: int, folder: Path, wish: _Wish) -> None:
    from glfnet.faces.default_detector import default_detector
    from glfnet.recognition.answer.folder import check_folder, write_answer
    from glfnet.recognition.predict import watch
    from glfnet.recognition.weights import read_trained
    from glfnet.video.camera import open_camera

    check_folder(folder)
    trained, detector = read_trained(wish.weights), default_detector()
    with open_camera(number) as video, _ended_by_ctrl_c() as ended:
        ERR.print("Ctrl-C ends it and writes the answer.")
        result = watch(video, trained, wish.settings, detector, on_interval=print_interval, stopped=ended)
    write_answer(folder, result, __version__)
    print_result(result, folder)


@contextmanager
def _ended_by_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether Ctrl-C was pressed; pressed once more, it stops at once, as everywhere."""
    ending = Event()

    def end(*_: object) -> None:
        if ending.is_set():
            raise KeyboardInterrupt
        ending.set()

    before = signal.signal(signal.SIGINT, end)
    try:
        yield ending.is_set
    finally:
        signal.signal(signal.SIGINT, before)
