"""All databases by the name that a user types: what `glfnet index NAME` calls."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Unpack

from glfnet.databases.casme2 import index_casme2
from glfnet.databases.casme3 import index_casme3
from glfnet.databases.dfme import index_dfme
from glfnet.databases.fourdme import index_fourdme
from glfnet.databases.index import Index, Options
from glfnet.databases.mmew import index_mmew
from glfnet.databases.own_data import OWN, index_own_data
from glfnet.databases.samm import index_samm
from glfnet.databases.smic import index_smic
from glfnet.errors import SettingsError
from glfnet.labels import CASME2, CASME3, DFME, FOURDME, MMEW, SAMM, SMIC

INDEXERS: Mapping[str, Callable[..., Index]] = MappingProxyType(
    {
        CASME2: index_casme2,
        SAMM: index_samm,
        SMIC: index_smic,
        CASME3: index_casme3,
        DFME: index_dfme,
        MMEW: index_mmew,
        FOURDME: index_fourdme,
    }
)

# Settings that only one database has -> that database.
_ONLY = MappingProxyType({"keep_left_out": CASME2, "modality": SMIC, "version": SMIC})


def index_database(
    name: str,
    folder: Path,
    labels: Path | None = None,
    *,
    keep_left_out: bool | None = None,
    modality: str | None = None,
    version: str | None = None,
    **options: Unpack[Options],
) -> Index:
    """Index the database of this name.

    Args:
        name: a key of `INDEXERS`, or `own`.
        folder: of the unpacked database; for `own` the table of clips.
        labels: the annotation sheet; SMIC's short version and `own` need none.
        keep_left_out: CASME II only, see `index_casme2`.
        modality: SMIC only, see `index_smic`.
        version: SMIC only, see `index_smic`.
        **options: see `Options`; `own` has none of them.

    Raises:
        InputError: if sheet or frames are not as they must be.
        SettingsError: if there is no such database, the sheet is not named, or a setting belongs to another database.
    """
    given = {"keep_left_out": keep_left_out, "modality": modality, "version": version}
    asked = {setting: value for setting, value in given.items() if value is not None}
    foreign = [f"{setting} (only {_ONLY[setting]})" for setting in asked if _ONLY[setting] != name]
    if name == OWN:
        foreign += [option for option, value in options.items() if value]
        foreign += ["labels"] if labels is not None else []
    if foreign:
        raise SettingsError(f"{name}: found {', '.join(foreign)}; expected settings that this database has.")
    if name == OWN:
        return index_own_data(folder)
    if name not in INDEXERS:
        near = get_close_matches(name.lower(), [*INDEXERS, OWN], n=1, cutoff=0.5)
        guess = f" Did you mean {near[0]}?" if near else ""
        raise SettingsError(f"found database {name}; expected one of {', '.join([*INDEXERS, OWN])}.{guess}")
    if labels is None and name != SMIC:
        raise SettingsError(
            f"{name}: found no annotation sheet; expected the file of labels, as the database ships it.",
            settings=("labels",),
        )
    return INDEXERS[name](folder, labels, **asked, **options)
