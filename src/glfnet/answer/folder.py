"""Put an answer into a folder, whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from glfnet.answer.document import curve_csv, intervals_csv, maps_npz, result_json
from glfnet.answer.overlay import write_overlay
from glfnet.answer.page import report_page
from glfnet.errors import InputError
from glfnet.result import Result

RESULT, INTERVALS, CURVE, MAPS, PAGE, OVERLAY = (
    "result.json", "intervals.csv", "curve.csv", "maps.npz", "report.html", "overlay.mp4",
)  # fmt: skip
_OURS = frozenset({RESULT, INTERVALS, CURVE, MAPS, PAGE, OVERLAY})


def check_folder(folder: Path) -> None:
    """Raise before hours of work what would be raised after them.

    Raises:
        InputError: if something else than an earlier answer stands at `folder`, or it cannot be written.
    """
    if folder.is_dir() and not {entry.name for entry in folder.iterdir()} <= _OURS:
        raise InputError(
            file=folder, found="a folder with other files", expected="a new folder or an earlier answer",
            remedy="Name another folder with --out.",
        )  # fmt: skip
    if folder.exists() and not folder.is_dir():
        raise InputError(file=folder, found="a file", expected="a folder", remedy="Name another folder with --out.")
    with _aside(folder):
        pass


def write_answer(
    folder: Path,
    result: Result,
    version: str,
    *,
    video: Path | None = None,
    fps: float | None = None,
    on_frame: Callable[[int, int | None], None] = lambda done, expected: None,
) -> Path:
    """Write result.json, intervals.csv, curve.csv, report.html and, where a class was told, maps.npz.

    All is written beside `folder` and put there at the end; until then an earlier answer stands.

    Args:
        folder: where to; an earlier answer there is replaced.
        result: the answer.
        version: of glfnet.
        video: if given, overlay.mp4 is drawn over it.
        fps: of the video, as the user gave them.
        on_frame: is told how many frames of the overlay are drawn.

    Returns:
        The page's path.

    Raises:
        InputError: if `folder` cannot be written, or `video` cannot be read again.
    """
    check_folder(folder)
    with _aside(folder) as aside:
        (aside / RESULT).write_bytes(result_json(result, version))
        (aside / INTERVALS).write_bytes(intervals_csv(result))
        (aside / CURVE).write_bytes(curve_csv(result))
        maps = maps_npz(result)
        if maps is not None:
            (aside / MAPS).write_bytes(maps)
        (aside / PAGE).write_text(report_page(result, version), encoding="utf-8")
        if video is not None:
            write_overlay(aside / OVERLAY, video, result, on_frame, fps)
        _replace(folder, aside)
    return folder / PAGE


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder`, and take it away again."""
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        yield aside
    except OSError as error:
        raise InputError(
            file=folder,
            found=f"a place that cannot be written ({error.strerror})",
            expected="a writable one with room",
            remedy="Make room or name another folder with --out.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _replace(folder: Path, aside: Path) -> None:
    """Put `aside` in the place of `folder`. A folder cannot be replaced in one step: the old one steps back first."""
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.rename(old)
    try:
        aside.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
