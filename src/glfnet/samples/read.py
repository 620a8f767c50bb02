"""The one way to read flow maps from disk: the kind of path decides which reader is used."""

from collections.abc import Sequence
from pathlib import Path

from glfnet.arguments import given_list, given_path
from glfnet.errors import InputError, SettingsError
from glfnet.labels import THREE_CLASSES, check_label_names
from glfnet.path_kind import (
    ARRAYS,
    FLOW_FOLDER,
    FLOW_TABLE,
    FOLDER,
    STORE,
    TABLE,
    PathKind,
    check_kind,
    find_kind,
)
from glfnet.samples.flow_csv import read_flow_csv
from glfnet.samples.flow_folder import LAYOUT, read_flow_folder
from glfnet.samples.flow_npz import read_flow_npz
from glfnet.samples.flow_set import FlowSet

_ACCEPTED = (STORE, FLOW_FOLDER, FLOW_TABLE, ARRAYS, TABLE, FOLDER)
_EXPECTED = f"flow maps: a folder {LAYOUT}, a store, a .csv table or an .npz file"


def read_flow_set(
    path: Path | str,
    *,
    database: str | None = None,
    label_names: Sequence[str] = THREE_CLASSES,
    phase: int = 0,
    normalisation: str = "min_max",
) -> FlowSet:
    """Read flow maps from a store, a flow folder, a `.csv` table or a `.npz` file.

    Args:
        path: what to read.
        database: the database of subjects for which it cannot be inferred; not for a store or an `.npz` file, which
            name it for each clip.
        label_names: what numbers as labels mean.
        phase: for `.npz` files with several phases a clip; 0 is onset to apex.
        normalisation: scale of the maps, see `flow_map.normalised`. A store has any; other files have the one that they
            were written with, in this field `min_max`.

    Raises:
        InputError: if there is nothing at `path` (similar names beside it are offered), if it is none of these (what
            it is, and which command takes it, is said), or from the reader asked.
        SettingsError: if a label name is empty or occurs twice, `database` or `phase` is given for a kind of file that
            has no use for it, or the maps there are of another normalisation.
    """
    path = given_path("path", path, f"one path to {_EXPECTED}")
    names = "names, in the order of the numbers that they stand for, such as ['negative', 'positive', 'surprise']"
    label_names = given_list("label_names", label_names, names, lambda _, each: each)
    check_label_names(label_names)
    kind = check_kind(path, _ACCEPTED, _EXPECTED)
    if kind is FOLDER:
        raise _other_folder(path)
    if phase != 0 and kind is not ARRAYS:
        raise SettingsError(f"phase is {phase}, but {path} has no phases; leave it at 0 or name an .npz file.")
    if kind is STORE:
        from glfnet.samples.store.index import read_store  # brings OpenCV, for which only a store should wait

        _check_no_database(path, database)
        return read_store(path, normalisation=normalisation)
    flow = _read_as_written(path, kind, database, label_names, phase)
    _check_normalisation(path, flow.normalisation, normalisation)
    return flow


def _read_as_written(
    path: Path, kind: PathKind, database: str | None, label_names: Sequence[str], phase: int
) -> FlowSet:
    if kind is FLOW_FOLDER:
        return read_flow_folder(path, database=database, label_names=label_names)
    if kind is not ARRAYS:
        return read_flow_csv(path, database=database)
    _check_no_database(path, database)
    return read_flow_npz(path, phase=phase, label_names=label_names)


def _check_no_database(path: Path, database: str | None) -> None:
    if database is not None:
        raise SettingsError(f"database is {database!r}, but {path} names the database of each clip; leave it out.")


def _check_normalisation(path: Path, found: str, wanted: str) -> None:
    if found == wanted:
        return
    why = "min-max scaled map by map, so how strong a movement was is lost" if found == "min_max" else f"{found} ones"
    raise SettingsError(
        f"input.normalisation is {wanted!r}, but the maps of {path} are {why}; set it to {found}, or name a store that "
        "`glfnet prepare` made, which serves every normalisation."
    )


def _other_folder(folder: Path) -> InputError:
    inside = [
        path.name for path in sorted(folder.iterdir()) if find_kind(path) in (STORE, FLOW_FOLDER, FLOW_TABLE, ARRAYS)
    ]
    remedy = f"Did you mean {', '.join(inside)} in it?" if inside else "Name one of these."
    return InputError(file=folder, found="a folder without subject folders", expected=_EXPECTED, remedy=remedy)
