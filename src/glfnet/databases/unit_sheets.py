"""Action units of clips whose maps were made elsewhere: read from annotation sheets or indexes, clip by clip.

A folder of flow maps has the subjects and clips of a database and no annotation. A sheet names subjects and clips in
the words of its database; it is of that database in which most of its rows are clips of the maps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from glfnet.arguments import check_argument, given_list, given_path
from glfnet.databases.index_table import read_index
from glfnet.databases.sheets import Columns, Sheet, read_sheet
from glfnet.errors import InputError
from glfnet.path_kind import FILE, INDEX, OWN_CLIPS, SHEET, TABLE, check_kind
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import clip_name, subject_id

_NAMES: Columns = {
    "subject": ("Subject", "sub", "sub_ID"),
    "clip": ("Filename", "File name", "fold_name", "clip"),
    "action_units": ("Action Units", "AU", "AUs", "action_units"),
}
_EXPECTED = "annotation sheets with a column of action units, as their authors ship them, or indexes"


def with_action_units(flow: FlowSet, sheets: Path | str | Iterable[Path | str]) -> FlowSet:
    """Return the same maps, each clip with the action units that the sheets list for it.

    A clip that no sheet names keeps what it had.

    Args:
        flow: the samples.
        sheets: one annotation sheet (Excel or CSV) or index, or several.

    Raises:
        InputError: if one cannot be read, has no such columns, or names no clip of these maps.
        SettingsError: if an argument is of another type.
    """
    check_argument("flow", flow, isinstance(flow, FlowSet), "samples: glfnet.read_flow_set(PATH) reads them")
    listed = [sheets] if isinstance(sheets, str | Path) else sheets
    cells: dict[str, str] = {}
    for path in given_list("sheets", listed, _EXPECTED, lambda name, one: given_path(name, one, _EXPECTED)):
        cells |= _cells(Path(path), flow.samples)
    samples = tuple(replace(s, action_units=cells.get(s.sample_id, s.action_units)) for s in flow.samples)
    return replace(flow, samples=samples)


def _cells(path: Path, samples: Iterable[Sample]) -> Mapping[str, str]:
    """Return sample id -> cell, for the clips of one sheet that are among the samples."""
    kind = check_kind(path, (SHEET, TABLE, OWN_CLIPS, INDEX, FILE), _EXPECTED)
    ids = {sample.sample_id for sample in samples}
    if kind is INDEX:
        candidates: list[Mapping[str, str]] = [{clip.sample_id: clip.action_units for clip in read_index(path)}]
    else:
        sheet = read_sheet(path, _NAMES)
        candidates = [_of_database(sheet, name) for name in sorted({s.subject.database for s in samples})]
    matching = [{name: cell for name, cell in found.items() if name in ids} for found in candidates]
    best = max(matching, key=len, default={})
    if not best:
        raise InputError(
            file=path,
            found="no clip of these flow maps",
            expected=f"subjects and clips as in the maps, such as {min(ids)}" if ids else "clips",
            remedy="Name the sheet of the same database; or make an index of it (`glfnet index`) and name that.",
        )
    return best


def _of_database(sheet: Sheet, database: str) -> Mapping[str, str]:
    found = {}
    for row in sheet.rows:
        subject = subject_id(database, row.cells["subject"])
        found[f"{subject}/{clip_name(subject, row.cells['clip'])}"] = row.cells["action_units"]
    return found
