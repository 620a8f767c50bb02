"""What every page of a run says in the same words: its protocol, settings, time; and how a file of it is written."""

from collections.abc import Iterable
from pathlib import Path

from glfnet.files import write_whole
from glfnet.report.published import scope_name
from glfnet.report.run_info import RunInfo

PROTOCOL_NAMES = {
    "cde": "the composite protocol (CDE: leave one subject out over all databases together)",
    "sde": "the single-database protocol (SDE: leave one subject out within each database)",
    "lodo": "leave one database out",
    "kfold": "subject-disjoint folds",
    "subjects": "one fixed list of held-out subjects",
}
"""Name of a protocol -> what it is, in words."""


def settings_rows(run: RunInfo) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return section -> (option, value, source) of every setting, as text."""
    return [
        (
            section,
            [(name, _value(value), run.sources.get(f"{section}.{name}", "not stated")) for name, value in page.items()],
        )
        for section, page in run.settings.items()
    ]


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not set"}[value]
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def listed(databases: Iterable[str]) -> str:
    """Return names of databases as a sentence has them: `SMIC, CASME II and SAMM`."""
    names = [scope_name(database) for database in databases]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def many(count: int, noun: str) -> str:
    """Return a count with its noun, `1 clip` or `2 clips`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def duration(seconds: float | None) -> str:
    """Return a time as people say it."""
    if seconds is None:
        return "not recorded"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def write_part(path: Path, content: bytes) -> Path:
    """Write a file of a report, whole or not at all; return its path."""
    write_whole(path, content, "Make room or name another folder; nothing of the run is lost.")
    return path
