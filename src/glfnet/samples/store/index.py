"""`index.csv` of a store, written and read; from a store to a `FlowSet`. The columns are described in `store`."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from glfnet.errors import InputError, SettingsError, reason
from glfnet.files import write_whole, writing_at
from glfnet.flow.flow_map import normalised
from glfnet.flow.optical_flow import Flow
from glfnet.samples.csv_lines import csv_text, read_csv_lines
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample, flow_set
from glfnet.samples.problems import check_problems, duplicate_ids
from glfnet.samples.store.folder import (
    EARLIER_INDEX,
    INDEX,
    REMEDY,
    WRITE_REMEDY,
    FlowStore,
    StoreEntry,
    check_marker,
    problem,
)
from glfnet.samples.subjects import SubjectId

T = TypeVar("T")

COLUMNS = (
    *("sample_id", "database", "subject", "clip", "emotion", "action_units"),
    *("file", "sha256", "size_px", "eye_distance_px"),
    *("onset_frame", "apex_frame", "apex_estimated", "frames_digest", "settings", "key", "excluded"),
)


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One row of `index.csv`: a clip, and how it stands in the store."""

    sample: Sample
    entry: StoreEntry


def write_store_index(store: FlowStore, samples: Sequence[Sample], kept: Iterable[IndexRow] = ()) -> Path:
    """Write `index.csv` with exactly these clips, sorted by sample id; the store is then finished.

    Emotions and action units come from here and not from the entries: a corrected label needs no new map. A file that
    is already as it should be is left alone.

    Args:
        store: the store.
        samples: clips that have an entry.
        kept: rows of other clips, as they are.

    Raises:
        InputError: if a clip has no entry or is named twice, or the file cannot be written.
    """
    found = [(sample, store.find_entry(sample.sample_id)) for sample in samples]
    problems = [
        problem(store.path, f"no entry of clip {sample.sample_id}", "one for each clip")
        for sample, entry in found
        if entry is None
    ]
    problems += duplicate_ids(store.path, (s.sample_id for s in samples), (s.source or "no source" for s in samples))
    check_problems(store.path, problems)
    rows = [*kept, *(IndexRow(sample, entry) for sample, entry in found if entry is not None)]
    lines = (_line(row) for row in sorted(rows, key=lambda row: row.sample.sample_id))
    data = csv_text([COLUMNS, *([line[name] for name in COLUMNS] for line in lines)]).encode()
    file = store.path / INDEX
    if not file.exists() or file.read_bytes() != data:
        write_whole(file, data, WRITE_REMEDY)
    with writing_at(file, WRITE_REMEDY):
        (store.path / EARLIER_INDEX).unlink(missing_ok=True)
    return file


def read_store_index(path: Path) -> tuple[IndexRow, ...]:
    """Read `index.csv` of a finished store: all clips, the excluded ones too.

    Raises:
        InputError: if `path` is no store or an unfinished one, or rows are not as written; all of them at once.
    """
    check_marker(path)
    if not (path / INDEX).exists():
        raise problem(path, "an unfinished store (no index.csv)", "a finished one")
    return _read_rows(path / INDEX, REMEDY)


def read_earlier_rows(path: Path) -> tuple[IndexRow, ...]:
    """Return the rows of a store's index, or of the one that an unfinished run has set aside; none if there is neither.

    Raises:
        InputError: if rows are not as written; all of them at once.
    """
    remedy = "Put this right; or delete the file and prepare the indexes of all databases in the store: maps are kept."
    there = [path / name for name in (INDEX, EARLIER_INDEX) if (path / name).exists()]
    return _read_rows(there[0], remedy) if there else ()


def _read_rows(file: Path, remedy: str) -> tuple[IndexRow, ...]:
    try:
        lines = _read_lines(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        found = f"an unreadable file ({reason(error)})"
        raise problem(file, found, "a CSV file in UTF-8", remedy=remedy) from error
    rows: list[IndexRow] = []
    problems: list[InputError] = []
    for number, line in lines:
        try:
            rows.append(_row(line))
        except KeyError as error:
            expected = f"the columns {', '.join(COLUMNS)}"
            problems.append(problem(file, f"no column {error.args[0]}", expected, number, remedy))
        except ValueError as error:
            problems.append(problem(file, str(error), "what `glfnet prepare` wrote", number, remedy))
    places = (f"row {number}" for number in range(2, 2 + len(rows)))
    check_problems(file, problems or duplicate_ids(file, (row.sample.sample_id for row in rows), places))
    return tuple(rows)


def _read_lines(file: Path) -> list[tuple[int, Mapping[str, str]]]:
    (_, header), *lines = read_csv_lines(file) or [(1, [])]
    return [(row, dict(zip_longest(header, cells[: len(header)], fillvalue=""))) for row, cells in lines]


def read_store(path: Path, *, normalisation: str = "min_max") -> FlowSet:
    """Read the maps of a finished store; excluded clips are `FlowSet.without_map`, each with its reason.

    Args:
        path: the store.
        normalisation: `min_max`, `physical` or `pixels`; see `flow_map.normalised`.

    Raises:
        InputError: if the store is none, unfinished, empty, damaged or made with different settings; all at once.
        SettingsError: if there is no such normalisation, or the maps were stretched when they were made, which leaves
            no other than `min_max`.
    """
    listed = read_store_index(path)
    rows = [row for row in listed if not row.entry.excluded]
    if not rows:
        raise problem(path / INDEX, "no clip with a map", "one or more")
    store = FlowStore(path)
    problems: list[InputError] = []
    maps: list[Flow] = []
    for row in rows:
        try:
            maps.append(_on_scale(store, row.entry, normalisation))
        except InputError as error:
            problems.append(error)
    ways = sorted({f"{row.entry.settings} at {row.entry.size_px} pixels" for row in rows})
    if len(ways) > 1:
        problems.append(problem(path / INDEX, f"maps made in {len(ways)} ways: {'; '.join(ways)}", "one way for all"))
    check_problems(path, problems)
    without_map = [(row.sample, row.entry.excluded) for row in listed if row.entry.excluded]
    return flow_set([row.sample for row in rows], maps, CHANNELS, normalisation, without_map)


def _on_scale(store: FlowStore, entry: StoreEntry, normalisation: str) -> Flow:
    """Return a clip's map on the scale that is asked for; a stretched one has only its own."""
    flow = store.read(entry)
    if json.loads(entry.settings).get("scaling") != "stretched":
        return normalised(flow, normalisation, entry.eye_distance_px)
    if normalisation != "min_max":
        raise SettingsError(
            f"normalisation {normalisation}: found maps that were stretched when they were made, as in {store.path}, "
            "and do not show how strong a movement was; expected min_max, or maps in pixels (`glfnet prepare` without "
            "--like causalnet)."
        )
    return flow


def _line(row: IndexRow) -> dict[str, str | int | float]:
    sample, entry = row.sample, row.entry
    return {
        "sample_id": sample.sample_id,
        "database": sample.subject.database,
        "subject": sample.subject.name,
        "clip": sample.clip,
        "emotion": sample.emotion,
        "action_units": sample.action_units,
        "file": entry.file,
        "sha256": entry.sha256,
        "size_px": entry.size_px,
        "eye_distance_px": entry.eye_distance_px,
        "onset_frame": entry.onset_frame,
        "apex_frame": "" if entry.apex_frame is None else entry.apex_frame,
        "apex_estimated": "true" if entry.apex_estimated else "false",
        "frames_digest": entry.frames_digest,
        "settings": entry.settings,
        "key": entry.key,
        "excluded": entry.excluded,
    }


def _row(line: Mapping[str, str]) -> IndexRow:
    """Return a line of the file as a row; raises ValueError for a cell that cannot be read, KeyError for no column."""
    subject = SubjectId(line["database"], line["subject"])
    units = line.get("action_units", "")  # which stores of version 0.1.0 do not have
    sample = Sample(
        subject=subject, clip=line["clip"], emotion=line["emotion"], source=line["file"], action_units=units
    )
    entry = StoreEntry(
        sample_id=sample.sample_id,
        key=line["key"],
        frames_digest=line["frames_digest"],
        settings=line["settings"],
        onset_frame=_cell(line, "onset_frame", int),
        apex_frame=_cell(line, "apex_frame", int) if line["apex_frame"] else None,
        apex_estimated=_cell(line, "apex_estimated", _truth),
        eye_distance_px=_cell(line, "eye_distance_px", float),
        excluded=line["excluded"],
        file=line["file"],
        sha256=line["sha256"],
        size_px=_cell(line, "size_px", int),
    )
    return IndexRow(sample, entry)


def _cell(line: Mapping[str, str], column: str, value: Callable[[str], T]) -> T:
    try:
        return value(line[column])
    except ValueError:
        raise ValueError(f"{line[column]!r} in column {column}") from None


def _truth(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise ValueError(cell)
    return cell.lower() == "true"
