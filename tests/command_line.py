"""What a command printed and how it ended; `conftest.command` runs one."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str


Command = Callable[..., Said]
"""Takes the words after `glfnet`."""
