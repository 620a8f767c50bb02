"""The store on disk: put a clip's map, find it again, notice damage. The format is described in `store`."""

import hashlib
import io
import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from glfnet.errors import InputError, ShapeError, reason
from glfnet.files import check_free, is_there, write_whole, writing_at
from glfnet.flow.optical_flow import Flow
from glfnet.samples.store.keys import json_digest

FORMAT = {"format": "glfnet flow store", "version": 1}
MARKER, INDEX, EARLIER_INDEX = "store.json", "index.csv", "index.earlier.csv"
REMEDY = "Run `glfnet prepare` on it again: only what is missing or damaged is made."
WRITE_REMEDY = "Make room or check the permissions, then run the same command again: finished clips are kept."

Condition = Literal["whole", "missing", "outdated", "damaged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreEntry:
    """How one clip stands in the store.

    Attributes:
        sample_id: database/subject/clip.
        key: what `keys.entry_key` gives; another key means that the map must be made again.
        frames_digest: SHA-256 of the frames, see `keys.frames_digest`.
        frames_stamp: names, sizes and times of the frames' files, see `keys.frames_stamp`; empty if unknown.
        settings: how the map was made, as JSON text with sorted keys.
        onset_frame: the database's own number.
        apex_frame: the database's own number, or the estimate; None where the clip was excluded before it was known.
        apex_estimated: whether the apex is our estimate.
        eye_distance_px: distance between the eyes in the full-size crop.
        excluded: why there is no map; empty if there is one.
        file: the map's path in the store, with `/`; set by `FlowStore.put`.
        sha256: of that file; set by `FlowStore.put`.
        size_px: rows and columns of the map; set by `FlowStore.put`.
        averaged: numbers of the frames whose flow from the onset is averaged; empty if it is the apex's alone. Kept in
            the record, where it is not empty, and not in `index.csv`.
    """

    sample_id: str
    key: str
    frames_digest: str
    frames_stamp: str = ""
    settings: str
    onset_frame: int
    apex_frame: int | None
    apex_estimated: bool = False
    eye_distance_px: float
    excluded: str = ""
    file: str = ""
    sha256: str = ""
    size_px: int = 0
    averaged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowStore:
    """An open store. Several processes may put different clips at once.

    Attributes:
        path: the folder.
    """

    path: Path

    def find(self, sample_id: str, key: str) -> StoreEntry | None:
        """Return the entry of a clip if it is whole and has this key, or None: then it must be made."""
        condition, entry = self._look(sample_id, key)
        return entry if condition == "whole" else None

    def condition(self, sample_id: str, key: str) -> Condition:
        """Return how a clip stands: whole, missing, outdated (made with another key) or damaged."""
        return self._look(sample_id, key)[0]

    def find_digest(self, sample_id: str, stamp: str) -> str | None:
        """Return the kept digest of a clip's frames if their files have not changed since, or None.

        Spares a second run from reading every frame.
        """
        entry = self.find_entry(sample_id)
        return entry.frames_digest if entry is not None and stamp and entry.frames_stamp == stamp else None

    def put(self, entry: StoreEntry, flow: Flow | None) -> StoreEntry:
        """Keep a clip's map, or why it has none, in place of what was kept for this clip before.

        Args:
            entry: all but file, sha256 and size_px.
            flow: (3, H, H) as `flow_map.flow_map` gives it, in pixels; None if and only if `entry.excluded` says why.

        Returns:
            The entry as kept.

        Raises:
            ShapeError: if the map has another shape or holds values that are no numbers.
            ValueError: if there are both a map and a reason for exclusion, or neither.
            InputError: if the disk is full or the place cannot be written.
        """
        if (flow is None) != bool(entry.excluded):
            raise ValueError(f"{entry.sample_id}: give a map, or a reason for exclusion.")
        self._set_index_aside()
        if flow is None:
            entry = replace(entry, file="", sha256="", size_px=0)
        else:
            data = _npy(flow)
            map_file = self._map_file(entry.sample_id)
            file = map_file.relative_to(self.path).as_posix()
            entry = replace(entry, file=file, sha256=hashlib.sha256(data).hexdigest(), size_px=flow.shape[1])
            write_whole(map_file, data, WRITE_REMEDY)
        # The record comes after its map: killed between the two, an old record does not fit the new map, or is missing.
        content = asdict(entry)
        if not entry.averaged:  # records of other stores stay what they were
            del content["averaged"]
        record = json.dumps({"entry": content, "sha256": json_digest(content)}, indent=1)
        write_whole(self._record_file(entry.sample_id), record, WRITE_REMEDY)
        return entry

    def remove(self, sample_id: str) -> None:
        """Take a clip's map and record away; the index must not name it any more.

        Raises:
            InputError: if the place cannot be written.
        """
        for file in (self._record_file(sample_id), self._map_file(sample_id)):
            with writing_at(file, WRITE_REMEDY):
                file.unlink(missing_ok=True)

    def other_entries(self, sample_ids: Collection[str]) -> list[str]:
        """Return the sample ids of all readable entries but these, sorted."""
        known = {self._record_file(sample_id).name for sample_id in sample_ids}
        others = [file for file in self.path.glob("records/*.json") if file.name not in known]
        entries = [_read_record(file) for file in others]
        return sorted(entry.sample_id for entry in entries if entry is not None)

    def read(self, entry: StoreEntry) -> Flow:
        """Return the map of an entry that has one: (3, H, W) float32, in pixels.

        Raises:
            InputError: if the file is missing or damaged, or the clip is excluded.
        """
        file = self.path / entry.file
        if entry.excluded:
            raise problem(self.path, f"no map of {entry.sample_id}: {entry.excluded}", "a clip with a map")
        try:
            data = file.read_bytes()
        except OSError as error:
            raise problem(file, f"no readable file ({reason(error)})", f"the map of {entry.sample_id}") from error
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise problem(file, f"a damaged map of {entry.sample_id}", f"a file with the SHA-256 {entry.sha256}")
        try:
            flow = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise problem(
                file, "no array file, or one that holds objects of Python", f"the map of {entry.sample_id}"
            ) from error
        if flow.dtype != np.float32 or flow.shape != (3, entry.size_px, entry.size_px):
            expected = f"(3, {entry.size_px}, {entry.size_px}) float32"
            raise problem(file, f"a map of {flow.shape} {flow.dtype}", expected)
        return np.asarray(flow, dtype=np.float32)

    def find_entry(self, sample_id: str) -> StoreEntry | None:
        """Return what is recorded of a clip, whatever its key, or None if nothing readable is."""
        return _read_record(self._record_file(sample_id))

    def _look(self, sample_id: str, key: str) -> tuple[Condition, StoreEntry | None]:
        if not self._record_file(sample_id).exists():
            return "missing", None
        entry = self.find_entry(sample_id)
        if entry is None:
            return "damaged", None
        if entry.key != key:
            return "outdated", None
        try:
            if not entry.excluded:
                self.read(entry)
        except InputError:
            return "damaged", None
        return "whole", entry

    def _record_file(self, sample_id: str) -> Path:
        return self.path / "records" / f"{_file_name(sample_id)}.json"

    def _map_file(self, sample_id: str) -> Path:
        return self.path / "maps" / f"{_file_name(sample_id)}.npy"

    def _set_index_aside(self) -> None:
        index = self.path / INDEX
        # Another process may have been quicker; then there is nothing to rename any more.
        with writing_at(index, WRITE_REMEDY), suppress(FileNotFoundError):
            index.replace(self.path / EARLIER_INDEX)


def open_store(path: Path) -> FlowStore:
    """Open a store to resume, or make a new one; call it once, before any process puts something.

    Raises:
        InputError: if the folder holds other things or another version of the format, or cannot be written.
    """
    if is_there(path / MARKER):
        check_marker(path)
    else:
        check_free(path, "a store to resume")
        write_whole(path / MARKER, json.dumps(FORMAT), WRITE_REMEDY)
    return FlowStore(path)


def check_marker(path: Path) -> None:
    """Raise an error unless a folder is a store of this version of the format.

    Raises:
        InputError: if it is not.
    """
    try:
        found = json.loads((path / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        remedy = "Name a folder that `glfnet prepare` made."
        raise InputError(file=path, found="no store", expected=f"a folder with {MARKER}", remedy=remedy) from error
    if found != FORMAT:
        raise InputError(
            file=path / MARKER,
            found=json.dumps(found),
            expected=json.dumps(FORMAT),
            remedy="Make a new store in another folder.",
        )


def problem(file: Path, found: str, expected: str, row: int | None = None, remedy: str = REMEDY) -> InputError:
    """Return an error about something in a store: making it again is nearly always the remedy."""
    return InputError(file=file, row=row, found=found, expected=expected, remedy=remedy)


def _read_record(file: Path) -> StoreEntry | None:
    try:
        record = json.loads(file.read_bytes())
        if record["sha256"] != json_digest(record["entry"]):
            return None
        return StoreEntry(**{**record["entry"], "averaged": tuple(record["entry"].get("averaged", ()))})
    except (OSError, ValueError, TypeError, KeyError):
        return None  # missing or damaged: it is made again


def _npy(flow: Flow) -> bytes:
    if flow.ndim != 3 or flow.shape[0] != 3 or flow.shape[1] != flow.shape[2] or not np.isfinite(flow).all():
        raise ShapeError(f"a map must be (3, H, H) finite numbers, channels u, v, strain; got {flow.shape}.")
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(flow, dtype="<f4"), allow_pickle=False)
    return out.getvalue()


def _file_name(sample_id: str) -> str:
    """Return a name that every file system takes; the digest keeps apart what has become the same in it."""
    safe = "".join(c if (c.isascii() and c.isalnum()) or c in "-._" else "-" for c in sample_id)[:100]
    return f"{safe}.{hashlib.sha256(sample_id.encode()).hexdigest()[:8]}"
