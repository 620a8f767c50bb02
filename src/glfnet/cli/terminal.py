"""The terminal: what every command prints with, its progress bar, and the one way to end early."""

import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from io import TextIOWrapper
from types import FrameType
from typing import Any, NoReturn, TextIO, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from glfnet.errors import GlfnetError, WorkerError, reason
from glfnet.progress import Show, bar
from glfnet.samples.sentences import counted, first_few

# Control characters, which a terminal obeys, also those that turn the direction of writing; and halves of characters,
# which Python makes of the bytes of a file's name that are no UTF-8, and which no terminal can show.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Return a text with what cannot be seen written out.

    >>> print(visible("clip\x1b[2J.mp4"))
    clip\x1b[2J.mp4
    """
    return _UNSEEN.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


class _SafeConsole(Console):
    """A console that no file's name can command."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text), **options)


_SHOWN = 10  # reasons, and clips of each

OUT = _SafeConsole(soft_wrap=True, highlight=False)
ERR = _SafeConsole(stderr=True, soft_wrap=True, highlight=False)


def print_in_any_encoding() -> None:
    """Let what a terminal's encoding lacks be written out, not end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class Unprinted(Exception):
    """Standard output took no more, perhaps because it goes to a file and the disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"the output of this command cannot be written ({reason(error)}). Make room, or send it to "
            "another place. Files that the command has written are kept."
        )


class _Output:
    """Standard output, told apart from any other file that cannot be written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        with self._told():
            self._stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise  # whoever read it, such as `head`, has enough: no error to tell
        except OSError as error:
            raise Unprinted(error) from error


@contextmanager
def output_watched() -> Iterator[None]:
    """Raise `Unprinted` in the `with` block where standard output cannot be written.

    Raises:
        Unprinted: in place of an OSError, but for a pipe that its reader has closed.
    """
    stream = sys.stdout
    try:
        with redirect_stdout(cast(TextIO, _Output(stream))):
            yield
    except Unprinted:
        with suppress(OSError, ValueError):  # what is still held back would fail again when the process ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise


class Ended(BaseException):
    """The process was told to end by a signal other than Ctrl-C.

    Attributes:
        status: what a shell expects of a process that a signal has ended.
    """

    def __init__(self, number: int) -> None:
        self.status = 128 + number
        super().__init__(number)


def end_when_told() -> None:
    """Make SIGTERM and SIGHUP end a command as Ctrl-C does, unless they are ignored, as below `nohup`."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows lacks one of them
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def end_at_once_when_told_twice() -> None:
    """Let a second Ctrl-C, while the first still tidies up, end the process at once and without a traceback.

    Workers end by themselves once it is gone, and every file is written whole, so nothing is lost by it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGINT, _end_at_once)
    raise KeyboardInterrupt


def _end_at_once(_number: int, _frame: FrameType | None) -> NoReturn:
    show_cursor = "\x1b[?25h" if ERR.is_terminal else ""  # a progress bar hides it
    os.write(2, f"{show_cursor}\nStopped at once. What was finished before is kept.\n".encode())
    os._exit(130)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise Ended(number)


def print_note(sentence: str) -> None:
    """Print something that the user should know but that stops nothing."""
    OUT.print(f"[yellow]note:[/] {escape(sentence)}")


def print_exclusions(reasons: Mapping[str, Sequence[str]]) -> None:
    """Print how many clips were left out for each reason, and which; `reasons` has the sample ids of each."""
    for why, ids in list(reasons.items())[:_SHOWN]:
        print_note(f"{counted(len(ids), 'clip')} left out ({why}): {first_few(ids, _SHOWN)}.")
    if len(reasons) > _SHOWN:
        rest = sum(len(ids) for ids in list(reasons.values())[_SHOWN:])
        print_note(f"{rest} more clips left out for {len(reasons) - _SHOWN} other reasons.")


def print_error(sentence: str) -> None:
    """Print why a command, or a part of it, has failed."""
    ERR.print(f"[bold red]Error:[/] {escape(sentence)}")


def error_sentence(error: GlfnetError) -> str:
    """Return an error's text, and the options that would help: they have the names of the settings."""
    options = " or ".join(f"--{name.replace('_', '-')}" for name in error.settings)
    return f"{error} (On the command line: {options}.)" if options else str(error)


@contextmanager
def progress_bar(noun: str, *, transient: bool = False) -> Iterator[Show]:
    """Show how many `noun` are done, and the time left.

    Args:
        noun: what is counted, or the name of what is worked on.
        transient: the bar vanishes when done, and is not shown at all where nobody watches a terminal.
    """
    hidden = transient and not ERR.is_terminal
    with bar(escape(visible(noun)), ERR, transient=transient, hidden=hidden) as show:
        yield show


@contextmanager
def early_end(kept: str) -> Iterator[None]:
    """End in one sentence when the user presses Ctrl-C, the process is told to end, or a worker process is killed.

    Args:
        kept: a sentence that says what is kept and how to resume; empty if there is nothing to say.

    Raises:
        typer.Exit: with status 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
        WorkerError: if a worker process was killed.
    """
    try:
        yield
    except (KeyboardInterrupt, Ended) as error:
        ERR.print(f"Stopped. {kept}".rstrip())
        raise typer.Exit(error.status if isinstance(error, Ended) else 130) from None
    except WorkerError as error:
        raise WorkerError(f"{error} {kept} If memory is short, use fewer processes (--jobs).") from error


def resumable(noun: str) -> str:
    """Return what `early_end` says of a command that keeps what it has finished."""
    return f"Finished {noun} are kept: run the same command again to resume."
