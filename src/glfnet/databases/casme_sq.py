"""CAS(ME)2: long videos of 22 people, 300 macro- and 57 micro-expressions, 30 fps (Qu et al., IEEE TAC 2018).

Not CASME II. Frames `rawpic/s15/15_0101disgustingteeth/img1.jpg`, with or without leading zeros; cropped ones in a
folder with "crop" in its name; or the videos `rawvideo/s15/15_0101disgustingteeth.avi`.

The workbook has three sheets without headers. `CASFEcode_final`: number of the subject, interval (`disgust1_2` is the
second one in the video that disgust1 is shown in), onset, apex, offset, action units, emotion, type, emotion as the
subject told it (not used). `naming rule1`: the subject's folder (`s15`) beside that number. `naming rule2`: the video's
number (`0101`) and name (`disgust1`).
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import Annotation
from glfnet.databases.database import Database
from glfnet.databases.index import Options
from glfnet.databases.long_videos.assemble_intervals import PublishedIntervals, Sheet, assemble_intervals
from glfnet.databases.long_videos.find_videos import find_videos
from glfnet.databases.long_videos.interval_row import LongVideoIndex
from glfnet.databases.workbooks import Line, Table, check_is_file, read_workbook
from glfnet.errors import InputError
from glfnet.labels import CASME_SQ
from glfnet.samples.problems import check_problems
from glfnet.samples.subjects import SubjectId, subject_id

FPS = 30.0

_FIELDS = ("onset_frame", "apex_frame", "offset_frame", "action_units", "emotion", "kind")
_RULES = {"naming rule1": 1, "naming rule2": 2}  # and the place in the workbook, for a copy with other names
_LEVELS = [(r"s\d+", r"\d+_\d{4}.*")]
_EXPECTED = "the workbook of CAS(ME)2 with its sheets CASFEcode_final, naming rule1 and naming rule2"
_PUBLISHED = PublishedIntervals(
    micro=57, macro=300, videos=98, subjects=22, source="Qu et al., CAS(ME)2, IEEE TAC 2018; videos: MEGC2020"
)


def index_casme_sq(folder: Path, labels: Path, **options: Unpack[Options]) -> LongVideoIndex:
    """Index CAS(ME)2.

    Args:
        folder: of the unpacked database, or of its pictures or videos.
        labels: `CAS(ME)^2code_final.xlsx`, also called `code_final.xlsx`, with its two sheets of names.
        **options: see `Options`; `layout` may also be `video`.

    Raises:
        InputError: if workbook or videos are not found or not as expected; all bad rows at once.
    """
    annotations, skipped = _read(labels)
    frames = find_videos(
        CASME_SQ, folder, _LEVELS, _folder_key, "s15/15_0101disgustingteeth/img1.jpg", options.get("layout")
    )
    sheet = Sheet(
        database=CASME_SQ, file=labels, annotations=annotations, fps=FPS, published=_PUBLISHED,
        subject_of=lambda key: subject_id(CASME_SQ, key.partition("/")[0]), notes=skipped,
    )  # fmt: skip
    return assemble_intervals(sheet, frames, **options)


def _read(file: Path) -> tuple[list[Annotation], list[str]]:
    check_is_file(file)
    tables = read_workbook(file)
    people, videos = (_rule(file, tables, name) for name in _RULES)
    subjects = {cells[2]: cells[1] for _, cells in people.lines if len(cells) > 2 and cells[2] and cells[1]}
    codes = {cells[1]: cells[0].zfill(4) for _, cells in videos.lines if len(cells) > 1 and cells[0] and cells[1]}
    sheet = next(table for table in tables if table is not people and table is not videos)
    problems: list[InputError] = []
    annotations: list[Annotation] = []
    skipped: list[str] = []
    for place, line in enumerate(line for line in sheet.lines if any(line[1])):
        if place == 0 and _is_header(line[1]):
            skipped.append(f"{file.name}, row {line[0]} holds headings and was skipped.")
            continue
        try:
            annotations.append(_annotation(file, line, subjects, codes))
        except InputError as problem:
            problems.append(problem)
    check_problems(file, problems)
    if not annotations:
        raise _bad(file, None, f"no row in sheet {sheet.name}", _EXPECTED, "Give the file as its authors ship it.")
    return annotations, skipped


def _rule(file: Path, tables: Sequence[Table], name: str) -> Table:
    """Return a sheet of names: by its own name, else by its place."""
    wanted = name.replace(" ", "")
    for table in tables:
        if re.sub(r"[^a-z0-9]", "", table.name.lower()) == wanted:
            return table
    if len(tables) <= max(_RULES.values()):
        found = f"the sheets {', '.join(table.name for table in tables)}"
        raise _bad(file, None, found, _EXPECTED, "Give the file as its authors ship it.")
    return tables[_RULES[name]]


def _is_header(cells: Sequence[str]) -> bool:
    return len(cells) > 2 and not any(re.search(r"\d", cell) for cell in cells[2:5])


def _annotation(file: Path, line: Line, subjects: Mapping[str, str], codes: Mapping[str, str]) -> Annotation:
    row, cells = line
    cells = [*cells, *[""] * (2 + len(_FIELDS) - len(cells))]
    number, interval = cells[0], cells[1]
    name = interval.rpartition("_")[0] or interval
    if number not in subjects:
        expected = f"one of {', '.join(subjects)}, the numbers in sheet naming rule1"
        raise _bad(file, row, f"subject {number or 'empty'}", expected, "Correct the cell.")
    if name not in codes:
        expected = f"a name such as disgust1_2, and one of {', '.join(codes)}, the videos in sheet naming rule2"
        raise _bad(file, row, f"interval {interval or 'empty'}", expected, "Correct the cell.")
    subject = subject_id(CASME_SQ, subjects[number])
    return Annotation(
        subject=subject,
        clip=interval,
        key=_key(subject, f"{subject.name.lstrip('s')}_{codes[name]}"),
        row=row,
        fields=dict(zip(_FIELDS, cells[2:], strict=False)),
    )


def _folder_key(names: tuple[str, ...]) -> str:
    """Return `s15/15_0101` of the folders `s15` and `15_0101disgustingteeth`."""
    folder = names[1].strip()
    return _key(subject_id(CASME_SQ, names[0]), folder[: folder.index("_") + 5])


def _key(subject: SubjectId, video: str) -> str:
    return f"{subject.name}/{video}"


def _bad(file: Path, row: int | None, found: str, expected: str, remedy: str) -> InputError:
    return InputError(file=file, row=row, found=found, expected=expected, remedy=remedy)


DATABASE = Database(
    name=CASME_SQ,
    index=index_casme_sq,
    also_called=("cas(me)2", "cas(me)^2", "casme^2", "casmesq"),
)
