"""The prediction table of action units: one row for each sample and seed, two columns for each unit."""

import hashlib
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from glfnet.arguments import given_path
from glfnet.errors import ShapeError
from glfnet.scores.table_file import KEYS, Row, SampleRows, read_lines

UNKNOWN = -1
_COLUMNS = f"{', '.join(KEYS)}, AU<number>, p_AU<number>"
_STATES = {"1": 1, "0": 0, "": UNKNOWN}
_CELLS = {state: cell for cell, state in _STATES.items()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitPredictions(SampleRows):
    """What a run predicted of each sample's action units, as aligned columns.

    Attributes:
        units: the U units, by number, ascending.
        truth: (R, U) int: 1 where the sample shows the unit, 0 where not, -1 where that is not known.
        probabilities: (R, U) float, that the unit is there, of the epoch fixed before the run.
    """

    units: tuple[int, ...]
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = (len(self.sample_id), len(self.units))
        if self.truth.shape != shape or self.probabilities.shape != shape or len(self.seed) != len(self.fold):
            raise ShapeError(
                f"truth and probabilities must be {shape}; got {self.truth.shape} and {self.probabilities.shape}."
            )

    def __repr__(self) -> str:
        clips, units = len(set(self.sample_id.tolist())), ", ".join(map(unit_name, self.units))
        return f"UnitPredictions(clips={clips}, seeds={len(self.seeds)}, units={units!r})"


def unit_name(unit: int) -> str:
    """Return how a unit is called, such as `AU12`."""
    return f"AU{unit}"


def units_to_csv(predictions: UnitPredictions) -> str:
    """Return the table as CSV text, rows sorted by seed and sample id; an empty cell where a unit is not known.

    Equal predictions give the same bytes, whatever the order of their rows.
    """
    columns = {"sample_id": predictions.sample_id, "fold": predictions.fold, "seed": predictions.seed}
    for place, unit in enumerate(predictions.units):
        columns[unit_name(unit)] = np.array([_CELLS[int(state)] for state in predictions.truth[:, place]])
        columns[f"p_{unit_name(unit)}"] = predictions.probabilities[:, place]
    frame = pd.DataFrame(columns).sort_values(["seed", "sample_id"], kind="stable")
    return str(frame.to_csv(index=False, float_format="%.6f", lineterminator="\n"))


def unit_table_digest(predictions: UnitPredictions) -> str:
    """Return the SHA-256 of the table as `units_to_csv` writes it: that of the file predictions.csv."""
    return hashlib.sha256(units_to_csv(predictions).encode()).hexdigest()


def is_unit_table(path: Path) -> bool:
    """Return whether a prediction table is one of action units; False where there is none that can be read."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline().strip().split(",")
    except (OSError, UnicodeDecodeError):
        return False
    return "truth" not in header and bool(_units(header))


def read_unit_predictions(path: Path | str) -> UnitPredictions:
    """Read a table that `units_to_csv` wrote, and take nothing for granted: it may have been edited or cut since.

    Raises:
        InputError: if the file is missing or no such table; if a row lacks a cell or repeats another one, or holds
            probabilities that are none; or if a clip has no row for some seed. It names the row, as a line of the file.
    """
    path = given_path("path", path, "the path of a run's predictions.csv")
    file = read_lines(path, _COLUMNS, KEYS)
    units = _units(file.header)
    if not units:
        raise file.bad("no pair of columns AU<number> and p_AU<number>")
    file.check_rows(partial(_fault, units=units), constant=("fold", *map(unit_name, units)))
    return UnitPredictions(
        units=units,
        sample_id=file.text("sample_id"),
        fold=file.text("fold"),
        seed=file.whole("seed"),
        truth=np.array([[_STATES[row[unit_name(unit)]] for unit in units] for _, row in file.rows()]),
        probabilities=np.array([[float(row[f"p_{unit_name(unit)}"]) for unit in units] for _, row in file.rows()]),
    )


def is_probability(value: float) -> bool:
    """Return whether a number is in 0..1."""
    return 0 <= value <= 1  # also false for what is not a number


def _units(header: list[str] | tuple[str, ...]) -> tuple[int, ...]:
    named = [int(column[2:]) for column in header if re.fullmatch(r"AU\d{1,2}", column)]
    return tuple(sorted(unit for unit in named if f"p_{unit_name(unit)}" in header))


def _fault(row: Row, units: tuple[int, ...]) -> tuple[str, str] | None:
    for unit in units:
        state, probability = row[unit_name(unit)], row[f"p_{unit_name(unit)}"]
        if state not in _STATES:
            return f"{state!r} as {unit_name(unit)}", "1 where the clip shows it, 0 where not, empty where unknown"
        try:
            sound = is_probability(float(probability))
        except ValueError:
            sound = False
        if not sound:
            return f"the probability {probability or 'nothing'} of {unit_name(unit)}", "a number from 0 to 1"
    return None
