"""The run folder: what is kept on disk while folds are fitted, so that a killed run can be resumed.

::

    identity.json       what identifies the run: settings, data digest, versions; the folder refuses any other run
    folds/seed-0/*.json one file for each fold and seed, written whole by the process that fitted it
    predictions.csv     all folds as one table
    metrics.json ...    made from the table
    megc2019/*.log      the table in MEGC2019's form, one file for each seed of the last call
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import RunFolderError, reason
from glfnet.files import check_free, is_there, write_whole
from glfnet.report.run_info import RunInfo
from glfnet.scores.predictions import Predictions, probability_fault
from glfnet.scores.unit_predictions import UnitPredictions, is_probability

IDENTITY_FILE = "identity.json"
_REMEDY = (
    "Make room, fix the permissions or name another folder, then run the same command again: finished folds are kept."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldResult:
    """The result of one fold and seed: plain values, so that any program can read the file.

    Attributes:
        fold: the fold's name.
        seed: the run seed.
        sample_ids: of the held-out samples.
        truth: their class indices; or, where action units are the task, a row of U states each: 1, 0, or -1 if unknown.
        probabilities: a row of K, or U, each, at the epoch fixed before the run.
        test_selected: class indices at the epoch that was best on these very samples; none for action units.
        looks: how many epochs the selection could choose from.
        duration_s: wall time of fitting and predicting.
    """

    fold: str
    seed: int
    sample_ids: tuple[str, ...]
    truth: tuple[int, ...] | tuple[tuple[int, ...], ...]
    probabilities: tuple[tuple[float, ...], ...]
    test_selected: tuple[int, ...]
    looks: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder that belongs to one run.

    Attributes:
        path: the folder.
        identity: digest of what identifies the run; fold files contain it.
    """

    path: Path
    identity: str

    def fold_file(self, fold: str, seed: int) -> Path:
        """Return where the result of this fold and seed is kept."""
        safe = "".join(c if c.isalnum() or c in "-._" else "-" for c in fold)
        name_digest = hashlib.sha256(fold.encode()).hexdigest()[:6]  # two names may become equal in `safe`
        return self.path / "folds" / f"seed-{seed}" / f"{safe}.{name_digest}.json"

    def write_fold(self, result: FoldResult) -> None:
        """Write a fold's result, whole or not at all."""
        content = {"identity": self.identity, **asdict(result)}
        write_whole(self.fold_file(result.fold, result.seed), json.dumps(content), _REMEDY)

    def find_fold(self, fold: str, seed: int, sample_ids: Sequence[str]) -> FoldResult | None:
        """Return a fold's kept result, or None unless there is a complete one of this run and these samples."""
        try:
            content = json.loads(self.fold_file(fold, seed).read_text())
            own = content.pop("identity") == self.identity
            result = FoldResult(**{key: frozen(value) for key, value in content.items()})
            complete = own and _is_complete(result, tuple(sample_ids))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None  # missing or damaged: the fold is fitted again
        return result if complete else None


def open_run(path: Path, identity: Mapping[str, Any]) -> RunFolder:
    """Create a run folder, or open it again if it belongs to the same run.

    Args:
        path: the folder; created if it is missing.
        identity: what must be equal so that kept folds count: settings, data digest, versions. JSON values.

    Raises:
        RunFolderError: if the folder belongs to another run, or its identity is damaged.
        InputError: if the folder holds something else, or cannot be written.
    """
    claim_folder(path, IDENTITY_FILE, identity, "run")
    digest = hashlib.sha256(json.dumps(_plain(identity), sort_keys=True).encode()).hexdigest()
    return RunFolder(path, digest)


def claim_folder(path: Path, marker: str, identity: Mapping[str, Any], noun: str) -> None:
    """Make a folder one thing's own, or find that it is that already.

    Args:
        path: the folder; created if it is missing.
        marker: the file in it that keeps the identity.
        identity: what must be equal so that the folder may be continued. JSON values.
        noun: what the folder holds, in a word, for the text of errors.

    Raises:
        RunFolderError: if the folder belongs to another one of these, or its marker is damaged.
        InputError: if the folder holds something else, or cannot be written.
    """
    own = _plain(identity)
    if is_there(path / marker):
        _check_same(path, _read_json(path / marker), own, noun)
    else:
        check_free(path, f"{'an' if noun[0] in 'aeio' else 'a'} {noun} to resume")
        write_whole(path / marker, json.dumps(own, indent=1), _REMEDY)


def check_description(path: Path, about: RunInfo) -> None:
    """Raise an error unless run.json tells of the run that the folder belongs to.

    Args:
        path: the run folder; one without identity.json, such as a copy of the results alone, is not checked.
        about: what run.json says.

    Raises:
        RunFolderError: naming the first difference.
    """
    if not (path / IDENTITY_FILE).exists():
        return
    kept = _read_json(path / IDENTITY_FILE)
    # Options that came later are in run.json only: see `identifying_settings`.
    settings = {
        section: {name: about.settings.get(section, {}).get(name) for name in page}
        for section, page in kept.get("settings", {}).items()
    }
    here = {"settings": settings, "data": about.data.digest, "model": about.model.name}
    for name, was, now in _differences({key: kept.get(key) for key in here}, here):
        raise RunFolderError(
            f"{path / 'run.json'}: found {name} {json.dumps(now)}; expected {json.dumps(was)}, as in identity.json. "
            "One of them was changed, or is from another run. Run `glfnet evaluate` again with the same output folder; "
            "finished folds are kept."
        )


def gather(results: Sequence[FoldResult], classes: Sequence[str]) -> Predictions:
    """Return all folds' rows as one prediction table, sorted by seed and sample id."""
    seeds, ids, folds, truth, probabilities = _columns(results)
    selected = [row for r in results for row in zip(_keys(r), r.test_selected, strict=True)]
    return Predictions(
        classes=tuple(classes),
        sample_id=ids,
        fold=folds,
        seed=seeds,
        truth=truth,
        probabilities=probabilities,
        prediction=probabilities.argmax(axis=1),
        test_selected_prediction=np.array([index for _, index in sorted(selected)], dtype=np.int64),
    )


def gather_units(results: Sequence[FoldResult], units: Sequence[int]) -> UnitPredictions:
    """Return all folds' rows as one prediction table of action units, sorted by seed and sample id."""
    seeds, ids, folds, truth, probabilities = _columns(results)
    return UnitPredictions(
        units=tuple(units), sample_id=ids, fold=folds, seed=seeds, truth=truth, probabilities=probabilities
    )


def _keys(result: FoldResult) -> list[tuple[int, str]]:
    return [(result.seed, sample_id) for sample_id in result.sample_ids]


def _columns(
    results: Sequence[FoldResult],
) -> tuple[NDArray[np.int64], NDArray[np.str_], NDArray[np.str_], NDArray[np.int64], NDArray[np.float64]]:
    """Return seeds, sample ids, folds, truth and probabilities of all rows, sorted by seed and sample id."""
    rows = sorted(
        (key, r.fold, truth, p)
        for r in results
        for key, truth, p in zip(_keys(r), r.truth, r.probabilities, strict=True)
    )
    keys, folds, truth, probabilities = zip(*rows, strict=True)
    seeds, ids = zip(*keys, strict=True)
    return (
        np.array(seeds, dtype=np.int64),
        np.array(ids, dtype=np.str_),
        np.array(folds, dtype=np.str_),
        np.array(truth, dtype=np.int64),
        np.array(probabilities, dtype=np.float64),
    )


def _is_complete(result: FoldResult, sample_ids: tuple[str, ...]) -> bool:
    of_units = isinstance(result.truth, tuple) and any(isinstance(truth, tuple) for truth in result.truth)
    columns = [result.truth, result.probabilities, *([] if of_units else [result.test_selected])]
    return (
        result.sample_ids == sample_ids
        and all(isinstance(column, tuple) and len(column) == len(sample_ids) for column in columns)
        and all(_is_sound(row, of_units=of_units) for row in result.probabilities)
    )


def _is_sound(probabilities: tuple[float, ...], *, of_units: bool) -> bool:
    return all(map(is_probability, probabilities)) if of_units else probability_fault(probabilities) is None


def frozen(value: Any) -> Any:
    """Return a value in which lists, also within lists, are tuples."""
    return tuple(frozen(v) for v in value) if isinstance(value, list) else value


def _plain(identity: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(identity))  # as it will be read: tuples become lists
    return plain


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}). Name another folder.") from error
    return content


def _check_same(path: Path, kept: Mapping[str, Any], own: Mapping[str, Any], noun: str) -> None:
    differing = [name for name, was, now in _differences(kept, own)]
    if differing:
        first, was, now = next(_differences(kept, own))
        more = f" (and {len(differing) - 1} more: {', '.join(differing[1:4])})" if len(differing) > 1 else ""
        raise RunFolderError(
            f"{path}: belongs to a different {noun}: {first} was {json.dumps(was)}, now {json.dumps(now)}{more}. "
            "Name another folder, or repeat the earlier command."
        )


def _differences(a: Any, b: Any, name: str = "") -> Any:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        for key in sorted({*a, *b}):
            yield from _differences(a.get(key), b.get(key), f"{name}.{key}" if name else str(key))
    elif a != b:
        yield name, a, b
