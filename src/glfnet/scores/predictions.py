"""The prediction table: one row for each sample and seed. All scores are computed from it."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glfnet.arguments import given_path
from glfnet.errors import ShapeError
from glfnet.scores.table_file import KEYS, Row, SampleRows, read_lines

ScoreKind = Literal["fixed", "test_selected"]
"""Of predictions and what is computed from them: the epoch was fixed before the run, or chosen on the held-out fold."""

KINDS: tuple[ScoreKind, ...] = ("fixed", "test_selected")

_PREDICTED = ("prediction", "test_selected_prediction")
_NEEDED = (*KEYS, "truth", *_PREDICTED)
_COLUMNS = f"{', '.join((*KEYS, 'truth'))}, p_<class>, {', '.join(_PREDICTED)}"
_A_DISTRIBUTION = "a number from 0 to 1 for each class, which sum to 1"
_SUM_TOLERANCE = 1e-4  # single precision and six decimals stay far below it
_ROUNDING = 1e-5  # two probabilities that were equal may differ by less than this after rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions(SampleRows):
    """What a run predicted, as aligned columns.

    Attributes:
        classes: the K class names, in index order.
        truth: (R,) int class index.
        probabilities: (R, K) float, of the epoch fixed before the run.
        prediction: (R,) int, class index at that epoch.
        test_selected_prediction: (R,) int, class index at the epoch that was best on the held-out fold itself. It is
            recorded for comparison with papers that select so, and nothing is trained or chosen by it.
    """

    classes: tuple[str, ...]
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
    file = read_lines(path, _COLUMNS, _NEEDED)
    classes = tuple(c.removeprefix("p_") for c in file.header if c.startswith("p_"))
    if not classes:
        raise file.bad("no column p_<class>")
    file.check_rows(partial(_fault, classes=classes), constant=("truth", "fold"))
    rows = [_probabilities(row, classes) for _, row in file.rows()]
    return Predictions(
        classes=classes,
        sample_id=file.text("sample_id"),
        fold=file.text("fold"),
        seed=file.whole("seed"),
        truth=_indices(file.text("truth"), classes),
        probabilities=np.array(rows).reshape(len(rows), len(classes)),
        prediction=_indices(file.text("prediction"), classes),
        test_selected_prediction=_indices(file.text("test_selected_prediction"), classes),
    )


def _fault(row: Row, classes: Sequence[str]) -> tuple[str, str] | None:
    """Return what was found and what was expected, if this row alone cannot be what a run predicted."""
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


def _probabilities(row: Row, classes: Sequence[str]) -> list[float]:
    return [float(row[f"p_{name}"]) for name in classes]


def _indices(names: NDArray[np.str_], classes: Sequence[str]) -> NDArray[np.int64]:
    return np.array([classes.index(name) for name in names], dtype=np.int64)
