"""The prediction table: one row for each sample and seed. All scores are computed from it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glfnet.arguments import given_path
from glfnet.errors import InputError, ShapeError

ScoreKind = Literal["fixed", "test_selected"]
"""Of predictions and what is computed from them: the epoch was fixed before the run, or chosen on the held-out fold."""

KINDS: tuple[ScoreKind, ...] = ("fixed", "test_selected")

_KEYS = ["sample_id", "fold", "seed", "truth"]
_PREDICTED = ["prediction", "test_selected_prediction"]


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


def read_predictions(path: Path | str) -> Predictions:
    """Read a table that `to_csv` wrote.

    Raises:
        InputError: if the file is missing, lacks a column, or names a class that has no probability column.
    """
    path = given_path("path", path, "the path of a run's predictions.csv")
    try:
        # All as text first: pandas would turn classes called 0 or NA into numbers and gaps.
        frame = pd.read_csv(io.StringIO(path.read_text()), dtype=str, keep_default_na=False)
        classes = tuple(c.removeprefix("p_") for c in frame.columns if c.startswith("p_"))
        _check_columns(path, frame, classes)
        return Predictions(
            classes=classes,
            sample_id=frame["sample_id"].to_numpy(dtype=np.str_),
            fold=frame["fold"].to_numpy(dtype=np.str_),
            seed=frame["seed"].to_numpy(dtype=np.int64),
            truth=_indices(frame["truth"], classes),
            probabilities=frame[[f"p_{c}" for c in classes]].to_numpy(dtype=np.float64),
            prediction=_indices(frame["prediction"], classes),
            test_selected_prediction=_indices(frame["test_selected_prediction"], classes),
        )
    except (OSError, ValueError) as error:
        raise _bad(path, str(error)) from error


def _check_columns(path: Path, frame: pd.DataFrame, classes: Sequence[str]) -> None:
    missing = [c for c in _KEYS + _PREDICTED if c not in frame.columns]
    if missing or not classes:
        raise _bad(path, f"no column {', '.join(missing) or 'p_<class>'}")
    unknown = sorted(set(frame[["truth", *_PREDICTED]].to_numpy().ravel()) - set(classes))
    if unknown:
        raise _bad(path, f"class {unknown[0]!r} without a probability column")


def _indices(column: "pd.Series[str]", classes: Sequence[str]) -> NDArray[np.int64]:
    return np.array([classes.index(name) for name in column], dtype=np.int64)


def _bad(path: Path, found: str) -> InputError:
    return InputError(
        file=path,
        found=found,
        expected=f"a prediction table with columns {', '.join(_KEYS)}, p_<class>, {', '.join(_PREDICTED)}",
        remedy="Run `glfnet evaluate` again with the same output folder; finished folds are kept.",
    )
