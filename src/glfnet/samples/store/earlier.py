"""What a store held before a run adds to it: which clips stay, which leave, and whether the new maps go with them."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from glfnet.errors import InputError
from glfnet.samples.sentences import counted
from glfnet.samples.store.folder import FlowStore
from glfnet.samples.store.index import IndexRow, read_earlier_rows
from glfnet.samples.subjects import database_of


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a store held besides the clips of a run.

    Attributes:
        kept: rows that stay as they are.
        removed: sample ids of clips that leave the store.
    """

    kept: tuple[IndexRow, ...]
    removed: tuple[str, ...]


def earlier_clips(store: FlowStore, sample_ids: Collection[str], *, remove_missing: bool) -> Earlier:
    """Return what the store holds besides these clips, in its index or, after an unfinished run, only in its entries.

    Args:
        store: the store.
        sample_ids: the clips of the run.
        remove_missing: whether other clips of the same databases leave the store.

    Raises:
        InputError: if the index of the store cannot be read.
    """
    databases = {database_of(sample_id) for sample_id in sample_ids}
    # The entry says how the map is now; a run that was stopped may have made it again since the index was written.
    others = [
        replace(row, entry=store.find_entry(row.sample.sample_id) or row.entry)
        for row in read_earlier_rows(store.path)
        if row.sample.sample_id not in sample_ids
    ]
    if not remove_missing:
        return Earlier(tuple(others), ())
    there = {*(row.sample.sample_id for row in others), *store.other_entries(sample_ids)}
    kept = tuple(row for row in others if row.sample.subject.database not in databases)
    return Earlier(kept, tuple(sorted(clip for clip in there if database_of(clip) in databases)))


def check_same_way(store: FlowStore, kept: Sequence[IndexRow], settings: str) -> None:
    """Raise an error if maps that stay in a store were made in another way than those that are to be added.

    Args:
        store: the store.
        kept: the rows that stay.
        settings: how maps are to be made, as `keys.settings_text` gives it.

    Raises:
        InputError: naming what differs.
    """
    others = [row for row in kept if not row.entry.excluded and row.entry.settings != settings]
    if not others:
        return
    there, here = json.loads(others[0].entry.settings), json.loads(settings)
    differing = sorted(key for key in {*there, *here} if there.get(key) != here.get(key))
    counts = sorted(Counter(row.sample.subject.database for row in others).items())
    others_named = " and ".join(f"{counted(n, 'map')} of {name}" for name, n in counts)
    raise InputError(
        file=store.path,
        found=f"{others_named} made with {_shown(there, differing)}",
        expected=f"{_shown(here, differing)}, as in this run: a store holds maps of one kind, which can be compared",
        remedy="Choose the same settings, name another store, or name the indexes of all databases in this one: then "
        "all maps are made again.",
    )


def _shown(settings: dict[str, object], keys: Sequence[str]) -> str:
    return ", ".join(f"{key} {settings.get(key, 'unknown')}" for key in keys)
