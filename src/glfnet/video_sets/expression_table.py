"""Expressions in videos as a table: the truth, or what was spotted; ours, or anybody's.

One CSV row an expression, columns in any order. Needed are `video`, `onset` and `offset` (also `onset_index`,
`onset_frame` and so on; `frames` may stand for `video`); used where they are there: `database`, `subject`, `apex`,
`kind` (micro- or macro-expression), `emotion`, `fps`, `frames` (the video's file or folder), `first_frame` (the number
of a video file's first frame), `excluded`. A row without onset and offset names a video in which nothing happens; an
offset that is missing is the apex, as the challenges count it. So `truth.csv` of `glfnet synth-video`, an index of long
videos and our own `intervals.csv` are such tables; of the latter, the folder around it names the video.
"""

import csv
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glfnet.errors import InputError, SettingsError, reason
from glfnet.labels import THREE, kind_of
from glfnet.path_kind import VIDEO_SUFFIXES
from glfnet.samples.csv_lines import read_csv_lines
from glfnet.samples.problems import check_problems
from glfnet.samples.sentences import counted
from glfnet.scores.spotting.expressions import Expression

_HEADINGS = {
    "database": ("database", "dataset"), "subject": ("subject",), "video": ("video", "frames"),
    "frames": ("frames", "path", "video"), "fps": ("fps",), "first": ("first_frame",), "kind": ("kind", "type"),
    "onset": ("onset", "onset_index", "onset_frame"), "apex": ("apex", "apex_index", "apex_frame"),
    "offset": ("offset", "offset_index", "offset_frame"), "emotion": ("emotion",), "excluded": ("excluded",),
}  # fmt: skip
_NEEDED = ("video", "onset", "offset")
_EXPECTED = "a table of expressions with the columns video, onset and offset"
_FROM_0, _AS_NUMBERED = "onset_index", "onset_frame"
_ANSWER = "intervals.csv"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableVideo:
    """A video of a table.

    Attributes:
        database, subject, video: names; empty where the table has none.
        frames: its file or folder, from the table's folder on; it need not be there.
        fps: 0.0 where it is not known.
        first_frame: number of the first frame of a video file, where its frames have numbers of their own.
        expressions: in the table's order; their frames are counted as in the table.
    """

    database: str
    subject: str
    video: str
    frames: Path
    fps: float
    first_frame: int
    expressions: list[Expression]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionTable:
    """Expressions in videos.

    Attributes:
        file: where it was read from.
        videos: in the order of their first rows.
        counted_from_0: whether a column's name says that frames count from 0 (True) or are numbered as the database
            numbers them (False); None where it says neither.
        notes: what was left out, a sentence each.
    """

    file: Path
    videos: tuple[TableVideo, ...]
    counted_from_0: bool | None
    notes: tuple[str, ...]


def read_expression_table(path: Path) -> ExpressionTable:
    """Read a table of expressions.

    Args:
        path: a CSV table, or the folder of an answer of `glfnet predict`.

    Raises:
        InputError: if it cannot be read, lacks a column, or naming every row that is none.
    """
    file = path / _ANSWER if path.is_dir() else path
    headings, lines = _lines(file)
    places = _places(headings)
    own = _video_of_answer(file) if file.name == _ANSWER and "video" not in places else ""
    missing = [name for name in _NEEDED if name not in places and not (name == "video" and own)]
    if missing:
        raise _bad(file, 1, f"no column {', '.join(missing)}")
    left_out: Counter[str] = Counter()
    videos: dict[tuple[str, str, str], TableVideo] = {}
    if own:  # it is a video even if nothing was spotted in it
        videos["", "", own] = _video({"video": own}, file, 1)
    problems: list[InputError] = []
    for number, cells in lines:
        row = {name: cells[at] if at < len(cells) else "" for name, at in places.items()} | (
            {"video": own} if own else {}
        )
        try:
            found, one = _video(row, file, number), _expression(file, number, row, left_out)
        except InputError as problem:
            problems.append(problem)
            continue
        video = videos.setdefault((found.database, found.subject, row["video"]), found)
        video.expressions.extend([one] if one else [])
    check_problems(file, problems)
    if not videos:
        raise _bad(file, None, "no row below the names of the columns")
    from_0 = True if _FROM_0 in headings else False if _AS_NUMBERED in headings else None
    why = ", ".join(f"{count} {reason}" for reason, count in left_out.most_common())
    notes = (f"{file.name}: {counted(left_out.total(), 'row')} left out: {why}.",) if left_out else ()
    return ExpressionTable(file=file, videos=tuple(videos.values()), counted_from_0=from_0, notes=notes)


def _expression(file: Path, number: int, row: Mapping[str, str], left_out: Counter[str]) -> Expression | None:
    """Return the expression in a row; None where there is none, or it is left out, which is counted."""
    kind = kind_of(row.get("kind", ""))
    if row.get("excluded"):
        left_out[f"excluded ({row['excluded']})"] += 1
        return None
    if kind is None:
        left_out[row["kind"].replace("_", " ")] += 1
        return None
    if not row["onset"] and not row["offset"]:
        return None
    onset, apex, offset = (_frame(file, number, row, name) for name in ("onset", "apex", "offset"))
    offset = apex if offset is None else offset
    if onset is None or offset is None:
        raise _bad(file, number, f"onset {row['onset'] or 'empty'}, offset {row['offset'] or 'empty'}")
    place = THREE.find_class(row.get("database", ""), row.get("emotion", ""))
    emotion = None if place is None else THREE.classes[place]
    try:
        return Expression(onset_index=onset, apex_index=apex, offset_index=offset, emotion=emotion, kind=kind)
    except SettingsError as error:
        found = f"onset {onset}, apex {'none' if apex is None else apex}, offset {offset}"
        raise _bad(file, number, found, "onset <= apex <= offset") from error


def _frame(file: Path, number: int, row: Mapping[str, str], name: str) -> int | None:
    text = row.get(name, "")
    if text in ("", "/", "-"):
        return None
    try:
        frame = float(text)
    except ValueError:
        frame = math.nan
    if not frame.is_integer() or frame < 0:
        raise _bad(file, number, f"{text!r} as {name}", "the number of a frame, whole and from 0")
    return int(frame)


def _rate(file: Path, number: int, row: Mapping[str, str]) -> float:
    text = row.get("fps", "")
    try:
        rate = float(text or 0)
    except ValueError:
        rate = math.nan
    if not 0 <= rate < math.inf:
        raise _bad(file, number, f"{text!r} as fps", "frames per second, or nothing")
    return rate


def _video(row: Mapping[str, str], file: Path, number: int) -> TableVideo:
    return TableVideo(
        database=row.get("database", ""), subject=row.get("subject", ""), video=_short(row["video"]),
        frames=file.absolute().parent / (row.get("frames") or row["video"]), fps=_rate(file, number, row),
        first_frame=_frame(file, number, row, "first") or 0, expressions=[],
    )  # fmt: skip


def _lines(file: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the headings in small letters, and the lines below them."""
    try:
        lines = read_csv_lines(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _bad(file, None, f"no readable table ({reason(error)})") from error
    if not lines:
        raise _bad(file, None, "an empty file")
    return [cell.lower() for cell in lines[0][1]], lines[1:]


def _places(headings: Sequence[str]) -> dict[str, int]:
    """Return the position of each column that is there."""
    found = {name: [headings.index(word) for word in words if word in headings] for name, words in _HEADINGS.items()}
    return {name: places[0] for name, places in found.items() if places}


def _video_of_answer(file: Path) -> str:
    """Return the name of the video that an answer is about."""
    document = file.with_name("result.json")
    try:
        return Path(json.loads(document.read_bytes())["recording"]["source"]).name
    except (OSError, ValueError, KeyError, TypeError):
        return file.absolute().parent.name.removesuffix(".glfnet")


def _short(video: str) -> str:
    """Return a video's name without folder and the ending of a video file."""
    name = Path(video).name or video
    return Path(name).stem if Path(name).suffix.lower() in VIDEO_SUFFIXES else name


def _bad(file: Path, row: int | None, found: str, expected: str = _EXPECTED) -> InputError:
    return InputError(file=file, row=row, found=found, expected=expected, remedy="Correct the table.")
