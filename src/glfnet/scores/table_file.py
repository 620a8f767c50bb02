"""A prediction table as a file: what every such table has, whatever was asked of the samples."""

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import InputError, reason

KEYS = ("sample_id", "fold", "seed")
"""The columns that every table begins with."""

Row = Mapping[str, str]
"""Column -> cell."""

_REMEDY = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleRows:
    """Rows of a table: each is what one seed predicted of one sample.

    Attributes:
        sample_id: (R,) text `database/subject/clip`.
        fold: (R,) text, the fold in which the sample was held out.
        seed: (R,) int, the run seed.
    """

    sample_id: NDArray[np.str_]
    fold: NDArray[np.str_]
    seed: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sample_id)

    @property
    def database(self) -> NDArray[np.str_]:
        """(R,) text, the database of each row, read from its sample id."""
        return np.array([s.split("/")[0] for s in self.sample_id], dtype=np.str_)

    @property
    def subject(self) -> NDArray[np.str_]:
        """(R,) text `database/subject`, the person of each row."""
        return np.array(["/".join(s.split("/")[:2]) for s in self.sample_id], dtype=np.str_)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The run seeds, in order."""
        return tuple(int(s) for s in np.unique(self.seed))


@dataclass(frozen=True, slots=True)
class TableLines:
    """The lines of a file, and the errors that name it.

    Attributes:
        path: the file.
        columns: what its table must have, in words.
        header: names of the columns.
        lines: (number of the line in the file, cells), as many cells in each as there are columns.
    """

    path: Path
    columns: str
    header: tuple[str, ...] = ()
    lines: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def bad(self, found: str) -> InputError:
        """Return the error that the file is no such table."""
        return InputError(
            file=self.path, found=found, expected=f"a prediction table with columns {self.columns}", remedy=_REMEDY
        )

    def bad_row(self, line: int, found: str, expected: str) -> InputError:
        """Return the error of one row."""
        return InputError(file=self.path, row=line, found=found, expected=expected, remedy=_REMEDY)

    def rows(self) -> list[tuple[int, Row]]:
        """Return each line's number, and its cells by column."""
        return [(number, dict(zip(self.header, cells, strict=True))) for number, cells in self.lines]

    def check_rows(self, fault: Callable[[Row], tuple[str, str] | None], constant: Sequence[str]) -> None:
        """Raise unless there are rows, each is sound, and there is one for each clip and seed.

        Args:
            fault: says what was found and what was expected if a row alone is wrong.
            constant: columns that are the same for all seeds of a clip.
        """
        if not self.lines:
            raise self.bad("no row below the names of the columns")
        first: dict[str, Row] = {}
        seen: set[tuple[str, str]] = set()
        for line, row in self.rows():
            wrong = _key_fault(row) or fault(row)
            if wrong is not None:
                raise self._bad_row(line, *wrong)
            sample_id, key = row["sample_id"], (row["sample_id"], row["seed"])
            if key in seen:
                found = f"{sample_id} with seed {row['seed']} for a second time"
                raise self._bad_row(line, found, "each clip once a seed")
            seen.add(key)
            before = first.setdefault(sample_id, row)
            for name in constant:
                if row[name] != before[name]:
                    other = f"{before[name]!r}, as with seed {before['seed']}"
                    raise self._bad_row(line, f"the {name} {row[name]!r} of {sample_id}", other)
        self._check_complete(seen)

    def text(self, column: str) -> NDArray[np.str_]:
        """Return a column as text."""
        return np.array([row[column] for _, row in self.rows()], dtype=np.str_)

    def whole(self, column: str) -> NDArray[np.int64]:
        """Return a column of whole numbers."""
        return np.array([int(row[column]) for _, row in self.rows()], dtype=np.int64)

    def _bad_row(self, line: int, found: str, expected: str) -> InputError:
        return InputError(file=self.path, row=line, found=found, expected=expected, remedy=_REMEDY)

    def _check_complete(self, seen: AbstractSet[tuple[str, str]]) -> None:
        samples, seeds = ({key[part] for key in seen} for part in (0, 1))
        lacking = sorted({(sample_id, seed) for sample_id in samples for seed in seeds} - seen)
        if lacking:
            more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
            raise InputError(
                file=self.path,
                found=f"no row of {lacking[0][0]} with seed {lacking[0][1]}{more}",
                expected="a row for each clip and seed",
                remedy=_REMEDY,
            )


def read_lines(path: Path, columns: str, needed: Iterable[str]) -> TableLines:
    """Read a table's lines, and take nothing for granted: it may have been edited or cut since it was written.

    Args:
        path: the file.
        columns: what it must have, in words.
        needed: columns without which it is no such table.

    Raises:
        InputError: if it is missing, no CSV table, lacks a column or has one twice, or a line has too few cells.
    """
    file = TableLines(path, columns)
    (_, header), *lines = _cells(file)
    missing = [c for c in needed if c not in header]
    if missing:
        raise file.bad(f"no column {', '.join(missing)}")
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise file.bad(f"the column {twice[0]} more than once")
    for line, cells in lines:
        if len(cells) != len(header):
            raise file._bad_row(line, f"{len(cells)} cells", f"{len(header)}, one for each column")
    return TableLines(path, columns, tuple(header), tuple((line, tuple(cells)) for line, cells in lines))


def _key_fault(row: Row) -> tuple[str, str] | None:
    if row["sample_id"].count("/") < 2:
        return f"the sample_id {row['sample_id']!r}", "database/subject/clip"
    if re.fullmatch(r"-?\d+", row["seed"]) is None:
        return f"the seed {row['seed']!r}", "a whole number"
    return None


def _cells(file: TableLines) -> Sequence[tuple[int, list[str]]]:
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as text:  # -sig: spreadsheets write a mark in front
            reader = csv.reader(text, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except OSError as error:
        raise file.bad(f"no file that can be read ({reason(error)})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise file.bad("something else than a CSV table in UTF-8") from error
    if not lines:
        raise file.bad("an empty file")
    return lines
