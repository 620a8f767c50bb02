"""Finished runs below one folder: what they scored, their pages, and several compared. Nothing outside is looked at.

Runs are named by an id that says nothing of where they lie, and by the name of their own folder.
"""

import hashlib
import os
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

from glfnet.errors import GlfnetError, InputError
from glfnet.report.run_files import INFO_FILE, METRICS_FILE, TABLE_FILE, read_document, read_info, read_table
from glfnet.scores.compare import compare_runs
from glfnet.scores.metrics import MEASURES
from glfnet.scores.unit_measures import UNIT_MEASURES

REPORT_FILE = "report.html"
MOST_COMPARED = 10

_DEEPEST, _MOST = 6, 500
_LARGEST_PAGE = 60_000_000  # bytes


class NoSuchRun(Exception):
    """There is no run with this id, or no more, or none with such a file."""


class Runs:
    """The runs below a folder.

    Args:
        root: where to look; links are not followed.

    Raises:
        InputError: if it is no folder.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise InputError(
                file=root, found="no folder", expected="a folder with run folders below it", remedy="Check the path."
            )
        self._root = root.resolve()
        self._secret = secrets.token_bytes(16)
        self._comparing = threading.Lock()

    def listed(self) -> list[dict[str, Any]]:
        """Return every run with what it was and scored, by name; one that cannot be read has a `problem`."""
        found = [{"id": run, "name": folder.name, **_about(folder)} for run, folder in self._folders().items()]
        return sorted(found, key=lambda one: (one["name"], one["id"]))

    def report(self, run: str) -> bytes:
        """Return the page of a run.

        Raises:
            NoSuchRun: if there is none.
        """
        page = self._folder(run) / REPORT_FILE
        try:
            if page.is_symlink() or not page.is_file() or page.stat().st_size > _LARGEST_PAGE:
                raise NoSuchRun
            return page.read_bytes()
        except OSError as error:
            raise NoSuchRun from error

    def compared(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """Return each run against the first one, as `glfnet compare` does; one comparison is made at a time.

        Args:
            runs: ids, at least two different ones.

        Raises:
            NoSuchRun: if one is not there.
            GlfnetError: as `compare_runs`; it names runs by their folders' own names.
        """
        folders = [self._folder(run) for run in runs]
        names = _names(folders)
        with self._comparing:
            try:
                rows = compare_runs({name: read_table(folder) for name, folder in zip(names, folders, strict=True)})
            except GlfnetError as error:
                raise GlfnetError(_without_paths(error, folders)) from error
        ids = dict(zip(names, runs, strict=True))
        return [{**_plain(asdict(row)), "measure": row.measure, "id": ids[row.run]} for row in rows]

    def _folder(self, run: str) -> Path:
        folder = self._folders().get(run)
        if folder is None:
            raise NoSuchRun
        return folder

    def _folders(self) -> dict[str, Path]:
        return {self._id(folder): folder for folder in _run_folders(self._root)}

    def _id(self, folder: Path) -> str:
        place = os.fsencode(folder.relative_to(self._root))
        return hashlib.blake2b(place, key=self._secret, digest_size=12).hexdigest()


def _run_folders(root: Path) -> Iterator[Path]:
    """Yield the finished runs below a folder, not within one another; links are not followed."""
    count = 0
    for place, folders, files in os.walk(root, followlinks=False):
        folder = Path(place)
        if {METRICS_FILE, INFO_FILE, TABLE_FILE} <= set(files):
            folders.clear()
            count += 1
            yield folder
        if count >= _MOST:
            return
        deep = len(folder.relative_to(root).parts) >= _DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith("."))


def _about(folder: Path) -> dict[str, Any]:
    try:
        info, metrics = read_info(folder), read_document(folder, METRICS_FILE)
        scores = list(_scores(metrics))
    except GlfnetError as error:
        return {"problem": _without_paths(error, [folder])}
    except (AttributeError, KeyError, TypeError):
        return {"problem": f"{folder.name}: {METRICS_FILE} is not as a run writes it. Make the run's report again."}
    return {
        "title": info.title, "protocol": info.protocol.name, "task": metrics.get("task", "classes"), "scores": scores,
        "seeds": len(metrics["seeds"]), "has_report": (folder / REPORT_FILE).is_file(),
    }  # fmt: skip


def _scores(metrics: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the honest scores of each scope."""
    on_units = metrics.get("task") == "action_units"
    names = {metric: measure.name for metric, measure in (UNIT_MEASURES if on_units else MEASURES).items()}
    for scope, scored in (metrics["scopes"] if on_units else metrics["fixed"]).items():
        of_scope = scored["mean"] if on_units else scored
        for metric, name in names.items():
            if metric in of_scope:
                numbers = {key: of_scope[metric].get(key) for key in ("mean", "low", "high")}
                yield {"scope": scope, "measure": f"Mean {name}" if on_units else name, **numbers}


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the folders' own names, numbered where two are called the same."""
    names: list[str] = []
    for folder in folders:
        alike = sum(name == folder.name or name.startswith(f"{folder.name} (") for name in names)
        names.append(folder.name if not alike else f"{folder.name} ({alike + 1})")
    return names


def _without_paths(error: GlfnetError, folders: Sequence[Path]) -> str:
    text = str(error)
    for folder in sorted(folders, key=lambda folder: -len(str(folder))):
        text = text.replace(str(folder), folder.name)
    return text


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and isnan(value) else value for name, value in row.items()}
