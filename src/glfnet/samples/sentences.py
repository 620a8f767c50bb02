"""Pieces of the sentences that a user reads."""

from collections.abc import Sequence
from reprlib import Repr

_SHORT = Repr()
_SHORT.maxstring = 60


def quoted(text: str) -> str:
    """Return a text as Python writes it, so that every sign in it is seen; of a long one the beginning and the end."""
    return _SHORT.repr(text)


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, such as `1 clip` or `2 clips`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def counted_few(names: Sequence[str], noun: str, shown: int) -> str:
    """Return how many there are, and the first of them: `3 clips (a, b and 1 more)`."""
    return f"{counted(len(names), noun)} ({first_few(names, shown)})"


def first_few(words: Sequence[str], shown: int = 5) -> str:
    """Return words with commas between them, and how many more there are beyond the first `shown`."""
    more = len(words) - shown
    return ", ".join(words[:shown]) + (f" and {more} more" if more > 0 else "")
