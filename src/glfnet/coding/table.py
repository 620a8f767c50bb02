"""Reads a coder's table: ours, that of `glfnet index own`, or of expressions in long videos. One CSV row an interval.

Needed are `onset` and `offset` (or `onset_index`, `onset_frame` and so on); used where they are there: `frames` or
`video`, `apex`, `emotion`, `kind`, `action_units`, `note`, `fps`, `excluded`, and `machine_onset`, `machine_apex`,
`machine_offset`, `machine_emotion`, `machine_units`. A row without onset and offset says that its video has been looked
at; rows that are excluded, or of a kind that is no expression, are left out.
"""

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from glfnet.coding.coded import Coded, CodedVideo, coded_units
from glfnet.errors import InputError, reason
from glfnet.labels import kind_of
from glfnet.samples.csv_lines import csv_lines
from glfnet.samples.problems import check_problems
from glfnet.samples.sentences import counted

_FRAMES = ("onset", "apex", "offset")
_HEADINGS = {
    "video": ("video", "frames", "path"), "emotion": ("emotion",), "kind": ("kind", "type"), "note": ("note",),
    "units": ("action_units", "units", "aus", "au"), "fps": ("fps",), "excluded": ("excluded",),
    "machine_emotion": ("machine_emotion",), "machine_units": ("machine_units",),
    **{name: (name, f"{name}_index", f"{name}_frame") for name in _FRAMES},
    **{f"machine_{name}": (f"machine_{name}",) for name in _FRAMES},
}  # fmt: skip
_OTHERS = "others"  # what our table has where the emotion was left open
_EXPECTED = "a table of intervals with the columns onset and offset"
_REMEDY = "Correct the table."


@dataclass(slots=True)
class _Rows:
    """What has been read of one video."""

    fps: float | None = None
    person: list[Coded] = field(default_factory=list)
    machine: list[Coded] = field(default_factory=list)


def read_coded_table(content: bytes, file: Path | str) -> tuple[CodedVideo, ...]:
    """Read a table of intervals, in the order in which its videos come.

    Args:
        content: of the file, UTF-8, commas or semicolons.
        file: its name, for sentences.

    Raises:
        InputError: if it cannot be read, lacks a column, or naming every row that is none.
    """
    try:
        lines = csv_lines(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad(file, None, f"no readable table ({reason(error)})") from error
    if not lines:
        raise _bad(file, None, "an empty file")
    places = _places([cell.lower() for cell in lines[0][1]])
    missing = [name for name in ("onset", "offset") if name not in places]
    if missing:
        raise _bad(file, 1, f"no column {', '.join(missing)}")
    videos: dict[str, _Rows] = defaultdict(_Rows)
    left_out: Counter[str] = Counter()
    problems: list[InputError] = []
    for number, cells in lines[1:]:
        row = {name: cells[at] if at < len(cells) else "" for name, at in places.items()}
        try:
            _add(videos[row.get("video", "")], row, file, number, left_out)
        except InputError as problem:
            problems.append(problem)
    check_problems(Path(file), problems)
    if not videos:
        raise _bad(file, None, "no row below the names of the columns")
    why = ", ".join(f"{count} {words}" for words, count in left_out.most_common())
    notes = (f"{Path(file).name}: {counted(left_out.total(), 'row')} left out: {why}.",) if left_out else ()
    said = any(one.units for rows in videos.values() for one in rows.person)
    with_machine = "machine_onset" in places
    return tuple(
        CodedVideo(
            video=Path(video).name, fps=rows.fps, notes=notes, intervals=_in_order(rows.person, units=said),
            machine=_in_order(rows.machine) if with_machine else None,
        )
        for video, rows in videos.items()
    )  # fmt: skip


def _in_order(found: Iterable[Coded], *, units: bool = True) -> tuple[Coded, ...]:
    """Return intervals by their onset; without units if the table has none at all."""
    kept = (one if units else replace(one, units=None) for one in found)
    return tuple(sorted(kept, key=lambda one: (one.onset, one.offset)))


def _add(rows: _Rows, row: Mapping[str, str], file: Path | str, number: int, left_out: Counter[str]) -> None:
    kind = kind_of(row.get("kind", ""))
    if row.get("excluded"):
        left_out[f"excluded ({row['excluded']})"] += 1
        return
    if kind is None:
        left_out[row["kind"].replace("_", " ")] += 1
        return
    rows.fps = _rate(row, file, number) or rows.fps
    machine = None
    if row.get("machine_onset"):
        machine = _coded(
            {name: row.get(f"machine_{name}", "") for name in (*_FRAMES, "emotion", "units")}, file, number
        )
        rows.machine.append(machine)
    if not row["onset"] and not row["offset"]:
        return
    person = replace(_coded(row, file, number), kind=kind, note=row.get("note", ""))
    if person.emotion.lower() == _OTHERS and (machine is None or not machine.emotion) and "machine_onset" in row:
        person = replace(person, emotion="")
    rows.person.append(person)


def _coded(row: Mapping[str, str], file: Path | str, number: int) -> Coded:
    onset, apex, offset = (_frame(row.get(name, ""), name, file, number) for name in _FRAMES)
    offset = apex if offset is None else offset
    if onset is None or offset is None:
        raise _bad(file, number, f"onset {row['onset'] or 'empty'}, offset {row['offset'] or 'empty'}", "both")
    if not onset <= (onset if apex is None else apex) <= offset:
        found = f"onset {onset}, apex {'none' if apex is None else apex}, offset {offset}"
        raise _bad(file, number, found, "onset <= apex <= offset")
    units, unread = coded_units(row.get("units", ""))
    if unread:
        raise _bad(file, number, f"{', '.join(unread)} as action units", "such as 4+L12")
    return Coded(onset=onset, apex=apex, offset=offset, emotion=row.get("emotion", ""), units=units)


def _frame(text: str, name: str, file: Path | str, number: int) -> int | None:
    if text in ("", "/", "-"):
        return None
    try:
        frame = float(text)
    except ValueError:
        frame = math.nan
    if not frame.is_integer() or not 0 <= frame <= 10_000_000:
        raise _bad(file, number, f"{text[:40]!r} as {name}", "the number of a frame, whole and from 0")
    return int(frame)


def _rate(row: Mapping[str, str], file: Path | str, number: int) -> float | None:
    text = row.get("fps", "")
    try:
        rate = float(text or 0)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 100_000:
        raise _bad(file, number, f"{text[:40]!r} as fps", "frames per second, or nothing")
    return rate or None


def _places(headings: Sequence[str]) -> dict[str, int]:
    found = {name: [headings.index(word) for word in words if word in headings] for name, words in _HEADINGS.items()}
    return {name: places[0] for name, places in found.items() if places}


def _bad(file: Path | str, row: int | None, found: str, expected: str = _EXPECTED) -> InputError:
    return InputError(file=file, row=row, found=found, expected=expected, remedy=_REMEDY)
