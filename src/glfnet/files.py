"""Write a file whole or not at all: the one way in which this package writes to a disk. And what is no file to read."""

import glob
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from glfnet.errors import GlfnetError, InputError, reason

_REMEDY = "Make room, check the permissions or name another place; what was there before is unchanged."
_PART = ".part"
_A_PART = re.compile(r"\..+\.(?P<process>\d{1,9})\.part", re.DOTALL)


def is_pipe_or_device(path: os.PathLike[str] | str) -> bool:
    """Return whether something is there that is neither a file nor a folder: whoever opens it may wait for ever."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


@contextmanager
def writing_at(place: Path, remedy: str = _REMEDY) -> Iterator[None]:
    """Say in a sentence what to do if `place` cannot be written in the `with` block.

    Raises:
        InputError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            file=place,
            found=f"a place that cannot be written ({reason(error)})",
            expected="a writable one with room",
            remedy=remedy,
        ) from error


@contextmanager
def written_whole(path: Path, remedy: str = _REMEDY) -> Iterator[IO[bytes]]:
    """Open a file beside `path`, and put it in its place when the `with` block ends without an error.

    Until then, and after an error, `path` is as it was; a killed process leaves at most a hidden file ending in
    `.part`, which the next writing of the same file takes away. The parent folder is made if missing.

    Args:
        path: the file.
        remedy: what the user should do if it cannot be written.

    Raises:
        InputError: if the place cannot be written or the disk is full.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}{_PART}")
    with writing_at(path, remedy):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _take_away(path.parent.glob(f".{glob.escape(path.name)}.*{_PART}"))
            with aside.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            with suppress(OSError):  # whatever stopped the writing may stop the tidying up too
                aside.unlink()
            raise


def write_whole(path: Path, content: str | bytes, remedy: str = _REMEDY) -> None:
    """Write a file whole or not at all, text as UTF-8 with its line ends as they are; see `written_whole`.

    Raises:
        InputError: if the place cannot be written or the disk is full.
    """
    with written_whole(path, remedy) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def folder_written_whole(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder`, and put it in its place when the `with` block ends without an error.

    Until then, and after an error, `folder` is as it was; a killed process leaves at most a hidden folder ending in
    `.part`.

    Args:
        folder: a new or empty folder, see `check_free`.

    Raises:
        InputError: if the place cannot be written or the disk is full.
    """
    whole = Path(os.path.abspath(folder))  # so that "." has a name and a parent
    aside = whole.with_name(f".{whole.name}.{os.getpid()}{_PART}")
    with writing_at(folder):
        try:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            yield aside
            if whole.is_dir():
                whole.rmdir()  # which refuses a folder with files
            aside.replace(whole)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def take_parts_away(folder: Path) -> None:
    """Remove the files that killed processes were writing in a folder and below; one that is at work keeps its own."""
    _take_away(folder.glob(f"**/.*{_PART}"))


def _take_away(parts: Iterable[Path]) -> None:
    for path in list(parts):
        part = _A_PART.fullmatch(path.name)
        if part and path.is_file() and not is_alive(int(part["process"])):
            path.unlink(missing_ok=True)


def is_alive(process: int) -> bool:
    """Return whether another process of this number is at work; True where that cannot be asked."""
    if os.name != "posix":  # elsewhere asking would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return process != os.getpid()  # a killed one had our number


def is_there(path: Path) -> bool:
    """Return whether something is at a path; nothing is where a name is too long, which writing there then says."""
    return os.path.exists(path)  # `Path.exists` raises an error for some names


def check_replaceable(
    path: Path, what: str, is_ours: Callable[[Path], bool], inputs: Iterable[Path | None] = (), *, force: bool = False
) -> None:
    """Raise an error unless a file may be written: there is none yet, or it is an earlier output of the same kind.

    To be asked before any work: an output never replaces what was read to make it, nor anything of somebody else's.

    Args:
        path: the file to write.
        what: the output in words, such as "an index of casme2".
        is_ours: whether the file there is such an output; a file that it cannot read is none.
        inputs: what is read to make the output, as far as it was given.
        force: replace any file but one of `inputs`.

    Raises:
        InputError: if `path` is one of `inputs`, a folder, or, without `force`, a file that is no such output.
    """
    if not is_there(path):
        return
    remedy = "Name another file, or move this one away."
    expected = f"a new file, or {what} to replace"
    if any(given is not None and given.exists() and path.samefile(given) for given in inputs):
        raise InputError(file=path, found="a file that is also read", expected=expected, remedy=remedy)
    if not path.is_file():
        raise InputError(file=path, found="a folder", expected=expected, remedy=remedy)
    if force:
        return
    try:
        ours = is_ours(path)
    except (GlfnetError, OSError, ValueError):
        ours = False
    if not ours:
        remedy = "Name another file, move this one away, or force it to be replaced."
        found = f"a file that is not {what}"
        raise InputError(file=path, found=found, expected=expected, remedy=remedy, settings=("force",))


def check_free(folder: Path, or_else: str = "") -> None:
    """Raise an error unless a folder may be filled: it is new or empty, so that nobody's files are written over.

    What a killed `written_whole` has left in it does not count.

    Args:
        folder: the folder.
        or_else: what else would have been taken, such as "a run to resume", if anything; the caller has looked for it.

    Raises:
        InputError: if there is a file in its place, or it holds something.
    """
    if not is_there(folder):
        return
    if folder.is_dir():
        with writing_at(folder):
            if all(entry.suffix == _PART for entry in folder.iterdir()):
                return
    raise InputError(
        file=folder,
        found="a folder with other files" if folder.is_dir() else "a file",
        expected=f"a new or empty folder, or {or_else}" if or_else else "a new or empty folder",
        remedy="Name another folder.",
    )
