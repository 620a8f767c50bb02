"""The prediction table: one row for each sample and seed. All scores are computed from it."""

import csv
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glfnet.arguments import given_path
from glfnet.errors import InputError, ShapeError, reason

ScoreKind = Literal["fixed", "test_selected"]
"""Of predictions and what is computed from them: the epoch was fixed before the run, or chosen on the held-out fold."""

KINDS: tuple[ScoreKind, ...] = ("fixed", "test_selected")

_KEYS = ["sample_id", "fold", "seed", "truth"]
_PREDICTED = ["prediction", "test_selected_prediction"]
_REMEDY = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."
_A_DISTRIBUTION = "a number from 0 to 1 for each class, which sum to 1"
_SUM_TOLERANCE = 1e-4  # single precision and six decimals stay far below it
_ROUNDING = 1e-5  # two probabilities that were equal may differ by less than this after rounding

_Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """What a run predicted, as aligned columns.

    Attributes:
        classes: the K class names, in index order.
        sample_id: (R,) text `database/subject/clip`.
        fold: (R,) text, the fold in which the sample was held out.
        seed: (R,) int, the run seed.
        truth: (R,) int class index.
        probabilities: (R, K) float, of the epoch fixed before the run.
        prediction: (R,) int, class index at that epoch.
        test_selected_prediction: (R,) int, class index at the epoch that was best on the held-out fold itself. It is
            recorded for comparison with papers that select so, and nothing is trained or chosen by it.
    """

    classes: tuple[str, ...]
    sample_id: NDArray[np.str_]
    fold: NDArray[np.str_]
    seed: NDArray[np.int64]
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    prediction: NDArray[np.int64]
    test_selected_prediction: NDArray[np.int64]

    def __post_init__(self) -> None:
        rows = len(self.sample_id)
        columns = (self.fold, self.seed, self.truth, self.prediction, self.test_selected_prediction)
        if any(len(c) != rows for c in columns) or self.probabilities.shape != (rows, len(self.classes)):
            raise ShapeError(f"all columns need {rows} rows and probabilities ({rows}, {len(self.classes)}).")

    def __repr__(self) -> str:
        clips, classes = len(set(self.sample_id.tolist())), ", ".join(self.classes)
        return f"Predictions(clips={clips}, seeds={len(self.seeds)}, classes={classes!r})"

    def __len__(self) -> int:
        return len(self.sample_id)

    @property
    def database(self) -> NDArray[np.str_]:
        """(R,) text, the database of each row, read from its sample id."""
        return np.array([s.split("/")[0] for s in self.sample_id], dtype=np.str_)

    @property
    def subject(self) -> NDArray[np.str_]:
        """(R,) text `database/subject`, the person of each row."""
        return np.array(["/".join(s.split("/")[:2]) for s in self.sample_id], dtype=np.str_)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The run seeds, in order."""
        return tuple(int(s) for s in np.unique(self.seed))

    def of(self, kind: ScoreKind) -> "Predictions":
        """Return the table whose `prediction` is that of this kind, for what scores predictions of either kind."""
        return self if kind == "fixed" else replace(self, prediction=self.test_selected_prediction)

    def select(self, rows: NDArray[np.bool_]) -> "Predictions":
        """Return the rows where `rows` is true."""
        return Predictions(
            classes=self.classes,
            sample_id=self.sample_id[rows],
            fold=self.fold[rows],
            seed=self.seed[rows],
            truth=self.truth[rows],
            probabilities=self.probabilities[rows],
            prediction=self.prediction[rows],
            test_selected_prediction=self.test_selected_prediction[rows],
        )


def to_csv(predictions: Predictions) -> str:
    """Return the table as CSV text, rows sorted by seed and sample id; classes by name, probabilities to 6 decimals.

    Equal predictions give the same bytes, whatever the order of their rows.
    """
    names = np.array(predictions.classes)
    frame = pd.DataFrame({"sample_id": predictions.sample_id, "fold": predictions.fold, "seed": predictions.seed})
    frame["truth"] = names[predictions.truth]
    for k, name in enumerate(predictions.classes):
        frame[f"p_{name}"] = predictions.probabilities[:, k]
    frame["prediction"] = names[predictions.prediction]
    frame["test_selected_prediction"] = names[predictions.test_selected_prediction]
    frame = frame.sort_values(["seed", "sample_id"], kind="stable")
    return str(frame.to_csv(index=False, float_format="%.6f", lineterminator="\n"))


def table_digest(predictions: Predictions) -> str:
    """Return the SHA-256 of the table as `to_csv` writes it: that of the file predictions.csv."""
    return hashlib.sha256(to_csv(predictions).encode()).hexdigest()


def probability_fault(probabilities: Sequence[float]) -> str | None:
    """Return what is wrong with the probabilities of one sample, or None: each is in 0..1, and they sum to 1."""
    shown = ", ".join(f"{p:g}" for p in probabilities)
    if not all(0 <= p <= 1 + _SUM_TOLERANCE for p in probabilities):  # also false for what is not a number
        return f"the probabilities {shown}"
    total = math.fsum(probabilities)
    return None if abs(total - 1) <= _SUM_TOLERANCE else f"the probabilities {shown}, which sum to {total:.4g}"


def read_predictions(path: Path | str) -> Predictions:
    """Read a table that `to_csv` wrote, and take nothing for granted: it may have been edited or cut since.

    Raises:
        InputError: if the file is missing or no such table; if a row lacks a cell or repeats another one, or holds
            probabilities that are none, or a prediction that is not the most probable class; or if a clip has no row
            for some seed. It names the row, as a line of the file.
    """
    path = given_path("path", path, "the path of a run's predictions.csv")
    (_, header), *lines = _lines(path)
    classes = _classes(path, header)
    rows = []
    for line, cells in lines:
        if len(cells) != len(header):
            raise _bad_row(path, line, f"{len(cells)} cells", f"{len(header)}, one for each column")
        rows.append((line, dict(zip(header, cells, strict=True))))
    if not rows:
        raise _bad(path, "no row below the names of the columns")
    _check_rows(path, rows, classes)
    return Predictions(
        classes=classes,
        sample_id=np.array([row["sample_id"] for _, row in rows], dtype=np.str_),
        fold=np.array([row["fold"] for _, row in rows], dtype=np.str_),
        seed=np.array([int(row["seed"]) for _, row in rows], dtype=np.int64),
        truth=_indices(rows, "truth", classes),
        probabilities=np.array([_probabilities(row, classes) for _, row in rows]).reshape(len(rows), len(classes)),
        prediction=_indices(rows, "prediction", classes),
        test_selected_prediction=_indices(rows, "test_selected_prediction", classes),
    )


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:  # -sig: spreadsheets write a mark in front
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, cells) for cells in reader if cells]
    except OSError as error:
        raise _bad(path, f"no file that can be read ({reason(error)})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad(path, "something else than a CSV table in UTF-8") from error
    if not lines:
        raise _bad(path, "an empty file")
    return lines


def _classes(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    classes = tuple(c.removeprefix("p_") for c in header if c.startswith("p_"))
    missing = [c for c in _KEYS + _PREDICTED if c not in header]
    if missing or not classes:
        raise _bad(path, f"no column {', '.join(missing) or 'p_<class>'}")
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        raise _bad(path, f"the column {twice[0]} more than once")
    return classes


def _check_rows(path: Path, rows: Sequence[tuple[int, _Row]], classes: Sequence[str]) -> None:
    first: dict[str, _Row] = {}
    seen: set[tuple[str, str]] = set()
    for line, row in rows:
        fault = _fault(row, classes)
        if fault is not None:
            raise _bad_row(path, line, *fault)
        sample_id, key = row["sample_id"], (row["sample_id"], row["seed"])
        if key in seen:
            raise _bad_row(
                path, line, f"{sample_id} with seed {row['seed']} for a second time", "each clip once a seed"
            )
        seen.add(key)
        before = first.setdefault(sample_id, row)
        for name in ("truth", "fold"):
            if row[name] != before[name]:
                other = f"{before[name]!r}, as with seed {before['seed']}"
                raise _bad_row(path, line, f"the {name} {row[name]!r} of {sample_id}", other)
    _check_complete(path, seen)


def _check_complete(path: Path, seen: AbstractSet[tuple[str, str]]) -> None:
    samples, seeds = ({key[part] for key in seen} for part in (0, 1))
    lacking = sorted({(sample_id, seed) for sample_id in samples for seed in seeds} - seen)
    if lacking:
        more = f" (and {len(lacking) - 1} more)" if len(lacking) > 1 else ""
        raise InputError(
            file=path,
            found=f"no row of {lacking[0][0]} with seed {lacking[0][1]}{more}",
            expected="a row for each clip and seed",
            remedy=_REMEDY,
        )


def _fault(row: _Row, classes: Sequence[str]) -> tuple[str, str] | None:
    """Return what was found and what was expected, if this row alone cannot be what a run predicted."""
    if row["sample_id"].count("/") < 2:
        return f"the sample_id {row['sample_id']!r}", "database/subject/clip"
    if re.fullmatch(r"-?\d+", row["seed"]) is None:
        return f"the seed {row['seed']!r}", "a whole number"
    for name in ("truth", *_PREDICTED):
        if row[name] not in classes:
            return f"the {name} {row[name]!r}", f"one of {', '.join(classes)}, which have a column p_<class>"
    try:
        probabilities = _probabilities(row, classes)
    except ValueError:
        return f"the probabilities {', '.join(row[f'p_{name}'] or 'nothing' for name in classes)}", _A_DISTRIBUTION
    fault = probability_fault(probabilities)
    if fault is not None:
        return fault, _A_DISTRIBUTION
    if probabilities[classes.index(row["prediction"])] < max(probabilities) - _ROUNDING:
        most = classes[int(np.argmax(probabilities))]
        return f"the prediction {row['prediction']!r}", f"{most!r}, which has the highest probability"
    return None


def _probabilities(row: _Row, classes: Sequence[str]) -> list[float]:
    return [float(row[f"p_{name}"]) for name in classes]


def _indices(rows: Sequence[tuple[int, _Row]], column: str, classes: Sequence[str]) -> NDArray[np.int64]:
    return np.array([classes.index(row[column]) for _, row in rows], dtype=np.int64)


def _bad_row(path: Path, line: int, found: str, expected: str) -> InputError:
    return InputError(file=path, row=line, found=found, expected=expected, remedy=_REMEDY)


def _bad(path: Path, found: str) -> InputError:
    return InputError(
        file=path,
        found=found,
        expected=f"a prediction table with columns {', '.join(_KEYS)}, p_<class>, {', '.join(_PREDICTED)}",
        remedy=_REMEDY,
    )
