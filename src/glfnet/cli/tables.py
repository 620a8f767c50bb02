"""Tables in the terminal: at most 80 columns wide, and no number in one is ever cut."""

from rich.box import SIMPLE_HEAD
from rich.table import Table

from glfnet.cli.terminal import OUT

_NARROWEST = 80  # a terminal that is narrower wraps the lines itself, which cuts nothing


def empty_table(first: str, *others: str) -> Table:
    """Return an empty table of which only the first column, a name, may be wrapped."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, no_wrap=True)
    return table


def print_table(table: Table) -> None:
    """Print a table; no number in it is ever cut."""
    table.width = _NARROWEST if OUT.width < _NARROWEST else None
    OUT.print(table, soft_wrap=False, crop=False)
