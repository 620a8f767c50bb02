"""Put an answer into a folder, whole or not at all."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from glfnet.errors import InputError
from glfnet.files import is_alive, writing_at
from glfnet.recognition.answer.document import curve_csv, in_utf8, intervals_csv, maps_npz, result_json
from glfnet.recognition.answer.overlay import write_overlay
from glfnet.recognition.answer.page import report_page
from glfnet.recognition.result import Result

RESULT, INTERVALS, CURVE, MAPS, PAGE, OVERLAY = (
    "result.json", "intervals.csv", "curve.csv", "maps.npz", "report.html", "overlay.mp4",
)  # fmt: skip
_PART = re.compile(r"(?P<beside>.*)\.(?P<process>\d{1,9})\.part")
_OURS = frozenset({RESULT, INTERVALS, CURVE, MAPS, PAGE, OVERLAY})


def check_folder(folder: Path, source: Path | None = None, *, force: bool = False) -> None:
    """Raise before hours of work what would be raised after them; what killed runs have left is taken away.

    Args:
        folder: where the answer is to be.
        source: what it is an answer about; None if an earlier answer may be about anything.
        force: replace an earlier answer about something else, too; nothing but answers, and never `source` itself.

    Raises:
        InputError: if something else than an earlier answer about `source` stands at `folder`, or it cannot be written.
    """
    whole = _absolute(folder)
    with writing_at(folder):
        take_leftovers_away(folder)
        if whole.is_dir():
            if any(entry.name not in _OURS and not _PART.fullmatch(entry.name) for entry in whole.iterdir()):
                raise InputError(
                    file=folder, found="a folder with other files", expected="a new folder or an earlier answer",
                    remedy="Name another folder.",
                )  # fmt: skip
            _check_source(folder, whole, source, force)
        elif whole.exists() or whole.is_symlink():
            found = "a file" if whole.exists() else "a link to nothing"
            raise InputError(file=folder, found=found, expected="a folder", remedy="Name another folder.")
        part = _part_of(whole)
        there = next(parent for parent in part.parents if parent.exists())  # no parent is made for a bad video
        (there / part.name).mkdir()
        (there / part.name).rmdir()


def _check_source(folder: Path, whole: Path, source: Path | None, force: bool) -> None:
    """Raise an error if an earlier answer is about something of another name, or its own video is to be answered."""
    if source is None:
        return
    document, expected = whole / RESULT, f"a new folder, or an earlier answer about {_absolute(source).name}"
    if source.exists() and any(source.samefile(file) for file in whole.iterdir()):
        raise InputError(
            file=folder, found="a folder with the video that is read", expected=expected, remedy="Name another folder.",
            settings=("out",),
        )  # fmt: skip
    if force or not document.exists():
        return
    try:
        earlier = Path(json.loads(document.read_bytes())["recording"]["source"]).name
    except (ValueError, KeyError, TypeError):
        return  # not of this version; it holds nothing but an answer's files
    if earlier != _absolute(source).name:
        remedy = "Name another folder, move this one away, or force it to be replaced."
        found = f"the answer about {earlier}"
        raise InputError(file=folder, found=found, expected=expected, remedy=remedy, settings=("out", "force"))


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

    All is written aside and put there at the end; until then an earlier answer stands. A run that is killed leaves a
    hidden folder ending in `.part`, which the next one takes away.

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
    whole = _absolute(folder)
    with writing_at(folder), _aside(whole) as aside:
        (aside / INTERVALS).write_bytes(intervals_csv(result))
        (aside / CURVE).write_bytes(curve_csv(result))
        maps = maps_npz(result)
        if maps is not None:
            (aside / MAPS).write_bytes(maps)
        (aside / PAGE).write_bytes(in_utf8(report_page(result, version)))
        if video is not None:
            write_overlay(aside / OVERLAY, video, result, on_frame, fps)
        (aside / RESULT).write_bytes(result_json(result, version))
        _put(whole, aside)
    return folder / PAGE


def _absolute(folder: Path) -> Path:
    return Path(os.path.abspath(folder))  # so that "." and ".." have a name and a parent


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Give an empty folder on the same disk, and take it away again."""
    aside = _part_of(folder)
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _part_of(folder: Path) -> Path:
    """Return where this process puts files that will be in `folder`.

    It lies beside a new folder, which it will become, and inside of one that is there: that may be where a disk is
    mounted, or a link, and its parent may be closed to us.
    """
    name = f".{os.getpid()}.part"
    return folder / name if folder.is_dir() else folder.with_name(f".{folder.name}{name}")


def _put(folder: Path, aside: Path) -> None:
    """Put what is in `aside` into the place of `folder`: in one step if it is new.

    Else result.json goes first and comes last: whoever finds it finds the files that belong to it.
    """
    if aside.parent != folder:
        aside.rename(folder)
        return
    made = {file.name for file in aside.iterdir()}
    for name in (RESULT, *sorted(_OURS - made - {RESULT})):
        (folder / name).unlink(missing_ok=True)
    for name in (*sorted(made - {RESULT}), RESULT):
        (aside / name).replace(folder / name)


def take_leftovers_away(folder: Path) -> None:
    """Remove what killed processes have left in or beside a folder; a process that is at work keeps its own."""
    folder = _absolute(folder)
    for place, beside in ((folder, ""), (folder.parent, f".{folder.name}")):
        with suppress(OSError):  # a place that cannot be listed may be written all the same
            for entry in list(place.iterdir()):
                part = _PART.fullmatch(entry.name)
                if part and part["beside"] == beside and not is_alive(int(part["process"])):
                    shutil.rmtree(entry, ignore_errors=True)
