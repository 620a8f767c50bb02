"""All databases by the name that a user types: what `glfnet index NAME` calls."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

from glfnet.databases import casme, casme2, casme3, casme3_long, casme_sq, dfme, fourdme, mmew, samm, samm_long, smic
from glfnet.databases.corrections import not_applied
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.long_videos.interval_row import LongVideoIndex
from glfnet.databases.own_data import OWN, index_own_data
from glfnet.errors import SettingsError
from glfnet.path_kind import FILE, FLOW_FOLDER, FOLDER, INDEX, OWN_CLIPS, PICTURES, SHEET, TABLE, check_kind

DATABASES: tuple[Database, ...] = (
    casme2.DATABASE,
    samm.DATABASE,
    smic.DATABASE,
    casme3.DATABASE,
    dfme.DATABASE,
    mmew.DATABASE,
    fourdme.DATABASE,
    casme.DATABASE,
    casme_sq.DATABASE,
    samm_long.DATABASE,
    casme3_long.DATABASE,
)
BY_NAME: Mapping[str, Database] = MappingProxyType({database.name: database for database in DATABASES})

_FOLDERS = (FOLDER, PICTURES, FLOW_FOLDER)
_TABLES = (SHEET, TABLE, OWN_CLIPS, INDEX, FILE)


def index_database(
    name: str,
    folder: Path,
    labels: Path | None = None,
    *,
    own_settings: Mapping[str, object] | None = None,
    **options: Unpack[Options],
) -> Index | LongVideoIndex:
    """Index the database of this name.

    Args:
        name: a key of `BY_NAME`, another name of that database such as `4dme`, or `own`.
        folder: of the unpacked database; for `own` the table of clips.
        labels: the annotation sheet; SMIC's short version and `own` need none.
        own_settings: settings that not every database has, such as SMIC's `modality`; None as a value means not given.
        **options: see `Options`; `own` has none of them.

    Raises:
        InputError: if sheet or frames are not as they must be.
        SettingsError: if there is no such database, the sheet is not named, or a setting belongs to another database.
    """
    asked = {setting: value for setting, value in (own_settings or {}).items() if value is not None}
    if name == OWN:
        foreign = [*map(_with_owners, asked), *(option for option, value in options.items() if value)]
        _check_foreign(OWN, [*foreign, *(["labels"] if labels is not None else [])])
        check_kind(folder, _TABLES, "a table of your clips, CSV or Excel")
        return index_own_data(folder)
    database = _named(name)
    _check_foreign(database.name, [_with_owners(name) for name in asked if name not in database.own_settings])
    if labels is None and database.needs_labels:
        raise SettingsError(
            f"{database.name}: found no annotation sheet; expected the file of labels, as the database ships it.",
            settings=("labels",),
        )
    check_kind(folder, _FOLDERS, f"the folder of the unpacked database {database.name}")
    if labels is not None:
        check_kind(labels, _TABLES, "an annotation sheet, Excel or CSV")
    index = database.index(folder, labels, **asked, **options)
    own = options.get("corrections")
    if own is None:
        return index
    idle = not_applied(own, database.name, index.corrections, index.names(), list(BY_NAME))
    return replace(index, notes=(*index.notes, *idle))


def _named(name: str) -> Database:
    for database in DATABASES:
        if name == database.name or name.lower() in database.also_called:
            return database
    near = get_close_matches(name.lower(), [*BY_NAME, OWN], n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise SettingsError(f"found database {name}; expected one of {', '.join([*BY_NAME, OWN])}.{guess}")


def _check_foreign(database: str, foreign: list[str]) -> None:
    if foreign:
        raise SettingsError(f"{database}: found {', '.join(foreign)}; expected settings that this database has.")


def _with_owners(setting: str) -> str:
    owners = [database.name for database in DATABASES if setting in database.own_settings]
    return f"{setting} (only {', '.join(owners)})" if owners else setting
