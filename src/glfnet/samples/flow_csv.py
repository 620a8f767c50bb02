"""A table of clips beside pictures: the layout for anyone's own data.

One line a clip, columns `subject,clip,emotion,image` and, where it cannot be inferred from the subject's name,
`database`.
"""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from glfnet.errors import InputError, reason
from glfnet.samples.csv_lines import read_csv_lines
from glfnet.samples.flow_pictures import FlowPicture, odd_sizes, read_flow_picture, unit_map
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample, flow_set
from glfnet.samples.problems import check_problems, duplicate_ids
from glfnet.samples.subjects import clip_name, find_database, subject_id

COLUMNS = ("subject", "clip", "emotion", "image")
_DATABASE = "database"
_Row = tuple[int, Mapping[str, str]]


def read_flow_csv(path: Path, *, images: Path | None = None, database: str | None = None) -> FlowSet:
    """Read the clips that a CSV file lists.

    Args:
        path: the table, UTF-8, commas or semicolons, one header line. Other columns than those named above are not
            read.
        images: the folder that the column `image` starts from; None: the folder of the table.
        database: the database of clips for which the table names none; None: it is inferred from the subject's name.

    Returns:
        maps in 0..1, channels u, v, strain; the emotion is the table's own word.

    Raises:
        InputError: naming the row (the header is row 1) of everything that is wrong: a cell that is empty or missing,
            a picture that is unreadable, grey or oddly sized, a clip that occurs twice, a database that cannot be
            inferred.
    """
    problems: list[InputError] = []
    samples: list[Sample] = []
    pictures: list[FlowPicture] = []
    rows = _read_rows(path, problems)
    for row, cells in rows:
        try:
            samples.append(_sample(path, row, cells, database))
            pictures.append(read_flow_picture((images or path.parent) / cells["image"], row))
        except InputError as problem:
            problems.append(problem)
    # A row whose picture failed is in `samples` but not in `pictures`; nothing is returned then.
    places = [sample.source for sample in samples]
    problems += odd_sizes(pictures)
    problems += duplicate_ids(path, (sample.sample_id for sample in samples), places)
    check_problems(path, problems)
    return flow_set(samples, [unit_map(picture.pixels) for picture in pictures], CHANNELS)


def _read_rows(path: Path, problems: list[InputError]) -> list[_Row]:
    lines = _read_lines(path)
    header = lines[0][1] if lines else []
    missing = [name for name in COLUMNS if name not in header]
    twice = [name for name, count in Counter(header).items() if count > 1 and name in (*COLUMNS, _DATABASE)]
    if missing or twice:
        raise _bad_table(path, 1, f"no column {', '.join(missing)}" if missing else f"column {twice[0]} twice")
    if len(lines) == 1:
        raise _bad_table(path, None, "no clips")
    rows: list[_Row] = []
    for row, cells in lines[1:]:
        if len(cells) == len(header):
            rows.append((row, dict(zip(header, cells, strict=True))))
        else:
            problems.append(_bad_table(path, row, f"{len(cells)} cells under {len(header)} columns"))
    return rows


def _read_lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        return read_csv_lines(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _bad_table(path, None, f"no readable table ({reason(error)})") from error


def _sample(path: Path, row: int, cells: Mapping[str, str], database: str | None) -> Sample:
    empty = [name for name in COLUMNS if not cells[name]]
    if empty:
        raise _bad_table(path, row, f"nothing in column {', '.join(empty)}")
    name = cells.get(_DATABASE) or database or find_database(cells["subject"])
    if name is None:
        raise InputError(
            file=path,
            row=row,
            found=f"subject {cells['subject']!r}, from which no database can be inferred",
            expected="sub12 (CASME II), s12 (SMIC), 012 (SAMM), or a column `database`",
            remedy="Add the column and name the database in it.",
        )
    subject = subject_id(name, cells["subject"])
    clip = clip_name(subject, cells["clip"])
    return Sample(subject=subject, clip=clip, emotion=cells["emotion"], source=f"{path.name}, row {row}")


def _bad_table(path: Path, row: int | None, found: str) -> InputError:
    return InputError(
        file=path,
        row=row,
        found=found,
        expected=f"a CSV table with columns {', '.join(COLUMNS)} and, if need be, {_DATABASE}",
        remedy="Correct the table: one line a clip, cells separated by commas or semicolons.",
    )
