"""The command `predict`: videos in, answers out. `cli` registers it."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import joblib
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from glfnet import __version__
from glfnet.errors import GlfnetError, SettingsError

# torch and OpenCV are imported by the command: --help must not wait for them.
if TYPE_CHECKING:
    from glfnet.prediction.settings import PredictionSettings
    from glfnet.result import Interval, Result

_out = Console(soft_wrap=True, highlight=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False)

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
    settings: "PredictionSettings"


def predict_command(
    videos: Annotated[list[Path] | None, typer.Argument(help="Videos, or folders of pictures.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the answers; VIDEO.glfnet beside each video if not given.")
    ] = None,
    onset: Annotated[int | None, typer.Option(help="Classify from this frame on, counted from 0 ...", min=0)] = None,
    apex: Annotated[int | None, typer.Option(help="... to this one, instead of searching.", min=0)] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second of a folder of pictures.", min=1)] = None,
    faces: Annotated[str, typer.Option(help="largest (the largest central face) or all.")] = "largest",
    weights: Annotated[
        Path | None, typer.Option(help="Weights of your own: a .safetensors file with its card beside it.")
    ] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Write the annotated video, too.")] = False,
    camera: Annotated[int | None, typer.Option(help="Watch a camera, 0 is the first; Ctrl-C ends it.", min=0)] = None,
    jobs: Annotated[int, typer.Option(help="Videos at a time; 0 takes all cores.", min=0)] = 1,
) -> None:
    """Find micro-expressions in videos, name their classes, and say how sure that is.

    Finding none is an answer, too: an empty table and exit status 0. Exit status 1 if a video could not be read.
    """
    from glfnet.prediction.settings import PredictionSettings

    if faces not in ("largest", "all"):
        raise SettingsError(f"--faces: found {faces!r}; expected largest or all.")
    settings = PredictionSettings(faces="all" if faces == "all" else "largest")
    wish = _Wish(onset=onset, apex=apex, fps=fps, weights=weights, overlay=overlay, settings=settings)
    if camera is not None:
        _watch_camera(camera, out or Path(f"camera{camera}{_SUFFIX}"), wish)
        return
    if not videos:
        raise SettingsError("predict: found no video; name one or more videos or folders of pictures, or --camera 0.")
    folders = _folders(videos, out)
    failed = (
        _one_by_one(videos, folders, wish)
        if jobs == 1 or len(videos) == 1
        else _side_by_side(videos, folders, wish, jobs or joblib.cpu_count())
    )
    if failed:
        if len(videos) > 1:
            _err.print(f"{failed} of {len(videos)} videos could not be read; the others are done.")
        raise typer.Exit(1)


def _folders(videos: Sequence[Path], out: Path | None) -> list[Path]:
    """Return a folder for each video.

    With one video, --out names its folder itself.
    """
    if out is not None and len(videos) == 1:
        return [out]
    folders = [(out or video.resolve().parent) / f"{video.resolve().stem}{_SUFFIX}" for video in videos]
    twice = sorted({str(folder) for folder in folders if folders.count(folder) > 1})
    if twice:
        # Of clip.mp4 and clip.mov: the whole name tells them apart.
        folders = [(out or video.resolve().parent) / f"{video.resolve().name}{_SUFFIX}" for video in videos]
    if len(set(folders)) < len(folders):
        raise SettingsError(f"--out: two videos would be answered in {twice[0]}; name them in separate commands.")
    return folders


def _one_by_one(videos: Sequence[Path], folders: Sequence[Path], wish: _Wish) -> int:
    failed = 0
    for video, folder in zip(videos, folders, strict=True):
        try:
            with _frame_bar(video.name) as on_frame:
                result = _answer(video, folder, wish, on_frame)
        except GlfnetError as error:
            failed += 1
            _err.print(f"[bold red]Error:[/] {escape(str(error))}")
        else:
            _print_result(result, folder)
    return failed


def _side_by_side(videos: Sequence[Path], folders: Sequence[Path], wish: _Wish, jobs: int) -> int:
    failed = 0
    with _file_bar(len(videos)) as done, joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(min(jobs, len(videos)), return_as="generator")
        tasks = (joblib.delayed(_answer_or_error)(v, f, wish) for v, f in zip(videos, folders, strict=True))
        for folder, answer in zip(folders, parallel(tasks), strict=True):
            done()
            if isinstance(answer, GlfnetError):
                failed += 1
                _err.print(f"[bold red]Error:[/] {escape(str(answer))}")
            else:
                _print_result(answer, folder)
    return failed


def _answer_or_error(video: Path, folder: Path, wish: _Wish) -> "Result | GlfnetError":
    from dataclasses import replace

    try:
        result = _answer(video, folder, wish, lambda done, expected: None)
    except GlfnetError as error:
        return error
    # What is printed needs neither the curves nor the pictures, which are large.
    return replace(result, curves=(), intervals=tuple(replace(i, pictures=None) for i in result.intervals))


def _answer(video: Path, folder: Path, wish: _Wish, on_frame: OnFrame) -> "Result":
    from glfnet.answer.folder import check_folder, write_answer
    from glfnet.prediction.run import predict

    check_folder(folder)
    result = predict(
        video, onset=wish.onset, apex=wish.apex, fps=wish.fps, weights=wish.weights, settings=wish.settings,
        on_frame=on_frame,
    )  # fmt: skip
    write_answer(folder, result, __version__, video=video if wish.overlay else None, fps=wish.fps, on_frame=on_frame)
    return result


def _watch_camera(number: int, folder: Path, wish: _Wish) -> None:
    from glfnet.answer.folder import check_folder, write_answer
    from glfnet.clip_flow import default_detector
    from glfnet.prediction.run import watch
    from glfnet.trained import read_trained
    from glfnet.video.camera import open_camera

    check_folder(folder)
    trained, detector = read_trained(wish.weights), default_detector()
    ending = Event()
    with open_camera(number) as video:
        before = signal.signal(signal.SIGINT, lambda *_: ending.set())
        _err.print("Ctrl-C ends it and writes the answer.")
        try:
            result = watch(video, trained, wish.settings, detector, on_interval=_print_interval, stopped=ending.is_set)
        finally:
            signal.signal(signal.SIGINT, before)
    write_answer(folder, result, __version__)
    _print_result(result, folder)


def _print_interval(interval: "Interval") -> None:
    _out.print(f"{interval.onset_s:8.2f} s  {interval.kind.replace('_', ' ')}  {interval.emotion or ''}")


def _print_result(result: "Result", folder: Path) -> None:
    from glfnet.answer.page import verdict

    _out.print(f"[bold]{escape(result.recording.source)}[/]: {escape(verdict(result))}")
    for note in result.notes:
        _out.print(f"[yellow]note:[/] {escape(note.sentence)}.")
    if result.micro_expressions:
        _out.print(_table(result))
        for interval in result.micro_expressions:
            for note in interval.notes:
                _out.print(f"[yellow]at {interval.onset_s:.3f} s:[/] {escape(note.sentence)}.")
    others = [interval for interval in result.intervals if interval not in result.micro_expressions]
    if others:
        counts = {kind: sum(i.kind == kind for i in others) for kind in dict.fromkeys(i.kind for i in others)}
        _out.print("Not classified: " + ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in counts.items()) + ".")
    _out.print(escape(str(folder)))


def _table(result: "Result") -> Table:
    """Return a table that fits into 80 columns; sentences stand below it."""
    classes = result.model.classes
    table = Table("face", "onset s", "apex s", "ms", "moves %", "answer", *classes)
    for i in result.micro_expressions:
        table.add_row(
            str(i.track), f"{i.onset_s:.3f}", f"{i.apex_s:.3f}", f"{1000 * i.duration_s:.0f}",
            f"{i.strength_percent:.1f}", escape(i.emotion or "none"), *(f"{i.probabilities[c]:.2f}" for c in classes),
        )  # fmt: skip
    return table


@contextmanager
def _frame_bar(name: str) -> Iterator[OnFrame]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task(escape(name), total=None)
        with _told_when_stopped(bar):
            yield lambda done, expected: bar.update(task, completed=done, total=expected)


@contextmanager
def _file_bar(total: int) -> Iterator[Callable[[], None]]:
    columns = (
        TextColumn("videos"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task("", total=total)
        with _told_when_stopped(bar):
            yield lambda: bar.advance(task)


@contextmanager
def _told_when_stopped(bar: Progress) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        bar.stop()
        _err.print("Stopped. Finished answers are kept; of the video in work nothing is written.")
        sys.exit(130)
