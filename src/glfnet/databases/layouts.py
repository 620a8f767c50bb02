"""Where a database's frames lie: clip folders found below whatever folder the user names, raw or cropped.

A layout is a list of patterns, one a folder level: CASME II is `sub01` / `EP02_01f`. The folder that holds such a tree
may be the one the user named or lie up to four levels below it, so the root of an unpacked database will do.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glfnet.errors import InputError, reason
from glfnet.samples.sentences import counted

RAW, CROPPED = "raw", "cropped"

_DEPTH = 4
Levels = tuple[str, ...]
KeyOf = Callable[[tuple[str, ...]], str]


@dataclass(frozen=True, slots=True)
class FrameTree:
    """One set of clip folders.

    Attributes:
        root: the folder of the first level's folders.
        layout: `raw` or `cropped`.
        levels: the patterns that it was found by.
        folders: clip key -> folder of its frames.
    """

    root: Path
    layout: str
    levels: Levels
    folders: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames that an index is made of.

    Attributes:
        root: the folder that keys start from; where there are several, the first.
        layout: as `Clip.layout` will have it.
        folders: clip key -> folder of its frames.
        expected: where a clip that is not in `folders` would have been, in words.
        notes: sentences on choices that were made.
    """

    root: Path
    layout: str
    folders: Mapping[str, Path]
    expected: str
    notes: tuple[str, ...] = ()


def find_trees(folder: Path, layouts: Sequence[Levels], key_of: KeyOf, *, skip: str = "") -> list[FrameTree]:
    """Return every set of clip folders at or below a folder, in the order of their paths.

    Args:
        folder: what the user named.
        layouts: regular expressions for the folder names of each level, the more particular layout first; the first
            that a folder fits is taken. Capitals do not matter.
        key_of: makes the clip's key from the matched folder names, outermost first.
        skip: regular expression for folder names never looked into.

    Raises:
        InputError: if `folder` is none.
    """
    if not folder.is_dir():
        raise InputError(
            file=folder,
            found="no folder",
            expected="the folder of the unpacked database",
            remedy="Check the path, and that the disk is there.",
        )
    folder = folder.absolute()  # an index must not depend on where the command was run
    return list(_trees(folder, folder, layouts, key_of, skip, _DEPTH))


def choose_frames(
    database: str, folder: Path, trees: Sequence[FrameTree], layout: str | None, example: str, *, label: str = ""
) -> Frames:
    """Return the frames of one layout: the one asked for, else raw where there is any.

    Args:
        database: for messages.
        folder: what the user named.
        trees: what was found there. Several of one layout are joined if they share no clip.
        layout: `raw`, `cropped` or None.
        example: where a clip's first frame should be, for messages.
        label: stands in front of the layout's name in the result, such as `HS long`.

    Raises:
        InputError: if there are no such frames, or two sets of the same clips.
    """
    there = {tree.layout for tree in trees}
    chosen = layout or (RAW if RAW in there else CROPPED)
    kept = [tree for tree in trees if tree.layout == chosen]
    if not kept:
        what = f"only {' and '.join(sorted(there))} frames" if there else "no clip folders"
        raise InputError(
            file=folder,
            found=what,
            expected=f"{layout or 'raw or cropped'} frames of {database}, such as {example}",
            remedy=f"Ask for the layout {there.pop()}." if there else "Name the folder of the unpacked database.",
            settings=("layout",) if layout else (),
        )
    folders: dict[str, Path] = {}
    for tree in kept:
        twice = sorted(folders.keys() & tree.folders.keys())
        if twice:
            raise InputError(
                file=folder,
                found=f"{counted(len(twice), 'clip')} in two places, such as {folders[twice[0]]} and "
                f"{tree.folders[twice[0]]}",
                expected=f"one set of {chosen} frames",
                remedy="Name the folder of the set that you mean.",
            )
        folders |= tree.folders
    both = f"{database}: raw and cropped frames found; {chosen} taken; the setting layout chooses."
    notes = (both,) if len(there) > 1 and layout is None else ()
    return Frames(kept[0].root, f"{label} {chosen}".strip(), folders, example, notes)


def subfolders(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, sorted, without hidden ones.

    Raises:
        InputError: if the folder cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir())
    except OSError as error:
        raise InputError(
            file=folder,
            found=f"a folder that cannot be listed ({reason(error)})",
            expected="a readable folder",
            remedy="Check its permissions and the disk, or name the folder of the frames themselves.",
        ) from error


def _trees(
    named: Path, folder: Path, layouts: Sequence[Levels], key_of: KeyOf, skip: str, depth: int
) -> Iterator[FrameTree]:
    for levels in layouts:
        leaves = dict(_leaves(folder, levels))
        if leaves:
            folders = {key_of(names): path for names, path in leaves.items()}
            yield FrameTree(folder, _layout(named, folder, next(iter(leaves.values()))), levels, folders)
            return
    if depth:
        for name in subfolders(folder):
            if not (skip and re.search(skip, name, re.IGNORECASE)):
                yield from _trees(named, folder / name, layouts, key_of, skip, depth - 1)


def _leaves(folder: Path, levels: Levels) -> Iterator[tuple[tuple[str, ...], Path]]:
    for name in subfolders(folder):
        if not re.fullmatch(levels[0], name.strip(), re.IGNORECASE):
            continue
        if len(levels) == 1:
            yield (name,), folder / name
        else:
            yield from (((name, *inner), path) for inner, path in _leaves(folder / name, levels[1:]))


def _layout(named: Path, root: Path, clip: Path) -> str:
    """Tell cropped frames by the innermost folder with "crop" or "raw" in its name, or by `reg_` in front of files.

    The folder that the user named comes last: it may hold both.
    """
    for part in (*reversed(root.relative_to(named).parts), named.name):
        if "raw" in part.lower() and "crop" not in part.lower():
            return RAW
        if "crop" in part.lower():
            return CROPPED
    with os.scandir(clip) as entries:
        return CROPPED if any(entry.name.startswith("reg_") for entry in entries) else RAW
