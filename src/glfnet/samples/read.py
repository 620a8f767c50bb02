"""The one way to read flow maps from disk: the kind of path decides which reader is used."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from glfnet.errors import InputError, SettingsError
from glfnet.labels import THREE_CLASSES, check_label_names
from glfnet.samples.flow_csv import read_flow_csv
from glfnet.samples.flow_folder import LAYOUT, has_subject_folders, read_flow_folder
from glfnet.samples.flow_npz import read_flow_npz
from glfnet.samples.flow_set import FlowSet


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
        InputError: if there is nothing at `path` (similar names beside it are offered), if it is none of these, or from
            the reader asked.
        SettingsError: if a label name is empty or occurs twice, `database` or `phase` is given for a kind of file that
            has no use for it, or the maps there are of another normalisation.
    """
    check_label_names(label_names)
    path = Path(path)
    if not path.exists():
        raise _missing(path)
    if phase != 0 and (path.is_dir() or path.suffix.lower() != ".npz"):
        raise SettingsError(f"phase is {phase}, but {path} has no phases; leave it at 0 or name an .npz file.")
    if path.is_dir() and _is_store(path):
        from glfnet.samples.store.index import read_store

        _check_no_database(path, database)
        return read_store(path, normalisation=normalisation)
    flow = _read_as_written(path, database, label_names, phase)
    _check_normalisation(path, flow.normalisation, normalisation)
    return flow


def _read_as_written(path: Path, database: str | None, label_names: Sequence[str], phase: int) -> FlowSet:
    if path.is_dir():
        return _read_folder(path, database, label_names)
    if path.suffix.lower() == ".csv":
        return read_flow_csv(path, database=database)
    if path.suffix.lower() != ".npz":
        raise _unknown_kind(path, f"a file ending in {path.suffix!r}")
    _check_no_database(path, database)
    return read_flow_npz(path, phase=phase, label_names=label_names)


def _read_folder(folder: Path, database: str | None, label_names: Sequence[str]) -> FlowSet:
    if not has_subject_folders(folder):
        inside = [p.name for p in sorted(folder.iterdir()) if _readable(p)]
        raise _unknown_kind(folder, "a folder without subject folders", inside)
    return read_flow_folder(folder, database=database, label_names=label_names)


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


def _is_store(folder: Path) -> bool:
    from glfnet.samples.store.folder import is_store  # brings OpenCV, for which only folders should wait

    return is_store(folder)


def _readable(path: Path) -> bool:
    if path.is_dir():
        return _is_store(path) or has_subject_folders(path)
    return path.suffix.lower() in (".csv", ".npz")


def _unknown_kind(path: Path, found: str, inside: Sequence[str] = ()) -> InputError:
    remedy = f"Did you mean {', '.join(inside)} in it?" if inside else "Name one of these."
    expected = f"a folder {LAYOUT}, a store, a .csv table or an .npz file"
    return InputError(file=path, found=found, expected=expected, remedy=remedy)


def _missing(path: Path) -> InputError:
    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, sorted(beside), n=3)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "Check the path."
    return InputError(file=path, found="nothing there", expected="flow maps", remedy=remedy)
