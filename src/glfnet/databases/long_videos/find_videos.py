"""Where the long videos of a database lie: folders of pictures, or video files where there are no folders."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from glfnet.databases.layouts import Frames, KeyOf, Levels, choose_frames, find_trees, subfolders
from glfnet.errors import InputError
from glfnet.path_kind import VIDEO_SUFFIXES
from glfnet.samples.sentences import counted

VIDEO = "video"

_DEPTH = 4


def find_videos(
    database: str, folder: Path, layouts: Sequence[Levels], key_of: KeyOf, example: str, layout: str | None
) -> Frames:
    """Return the frames of every long video at or below a folder.

    Args:
        database: for messages.
        folder: what the user named.
        layouts: as `find_trees` takes them; the name of a video file without its ending is the innermost level.
        key_of: makes the video's key, subject/video, from the matched names.
        example: where a video's first frame should be, for messages.
        layout: `raw` or `cropped` pictures, `video` for files, or None: pictures where there are any, raw ones first.

    Raises:
        InputError: if there is nothing of that layout, or a video lies in two places.
    """
    trees = [] if layout == VIDEO else find_trees(folder, layouts, key_of)
    if not trees and layout in (None, VIDEO) and folder.is_dir():
        files = _video_files(database, folder.absolute(), layouts, key_of)
        if files:
            return Frames(folder.absolute(), VIDEO, files, example)
    if layout == VIDEO:
        raise InputError(
            file=folder,
            found="no video files",
            expected=f"video files of {database}, named like the folders of its pictures, such as {example}",
            remedy="Name the folder of the unpacked database, or take its pictures.",
            settings=("layout",),
        )
    return choose_frames(database, folder, trees, layout, example)


def _video_files(database: str, folder: Path, layouts: Sequence[Levels], key_of: KeyOf) -> dict[str, Path]:
    files: dict[str, Path] = {}
    twice: list[str] = []
    for names, path in _files(folder, layouts, (), _DEPTH):
        key = key_of(names)
        if key in files:
            twice.append(f"{files[key]} and {path}")
        files[key] = path
    if twice:
        raise InputError(
            file=folder,
            found=f"{counted(len(twice), 'video')} of {database} in two places, such as {twice[0]}",
            expected="each video once",
            remedy="Name the folder of the set that you mean.",
        )
    return files


def _files(
    folder: Path, layouts: Sequence[Levels], above: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Yield each video file whose name and whose folders' names fit a layout."""
    for name in sorted(os.listdir(folder)):
        stem, suffix = os.path.splitext(name)
        if name.startswith(".") or suffix.lower() not in VIDEO_SUFFIXES:
            continue
        for levels in layouts:
            names = (*above, stem)[-len(levels) :]
            if len(names) == len(levels) and all(map(_fits, levels, names)):
                yield names, folder / name
                break
    if depth:
        for name in subfolders(folder):
            yield from _files(folder / name, layouts, (*above, name), depth - 1)


def _fits(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name.strip(), re.IGNORECASE) is not None
