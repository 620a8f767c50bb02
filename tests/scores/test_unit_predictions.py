"""The table of action units is written and read back, and an edited one is refused with its row."""

from pathlib import Path

import numpy as np
import pytest

from glfnet.errors import InputError, ShapeError
from glfnet.scores.unit_predictions import (
    UnitPredictions,
    is_unit_table,
    read_unit_predictions,
    unit_table_digest,
    units_to_csv,
)


def a_table() -> UnitPredictions:
    return UnitPredictions(
        units=(4, 12),
        sample_id=np.array(["db/p1/c1", "db/p2/c1", "db/p1/c1", "db/p2/c1"]),
        fold=np.array(["db/p1", "db/p2", "db/p1", "db/p2"]),
        seed=np.array([0, 0, 1, 1]),
        truth=np.array([[1, 0], [0, -1], [1, 0], [0, -1]]),
        probabilities=np.array([[0.9, 0.25], [0.125, 0.5], [0.75, 0.0], [0.0, 1.0]]),
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text(units_to_csv(a_table()))
    again = read_unit_predictions(path)
    assert again.units == (4, 12)
    assert (again.truth == a_table().truth).all()
    assert (again.probabilities == a_table().probabilities).all()
    assert unit_table_digest(again) == unit_table_digest(a_table())
    assert is_unit_table(path)


def test_the_first_lines_are_as_promised() -> None:
    assert units_to_csv(a_table()).splitlines()[:3] == [
        "sample_id,fold,seed,AU4,p_AU4,AU12,p_AU12",
        "db/p1/c1,db/p1,0,1,0.900000,0,0.250000",
        "db/p2/c1,db/p2,0,0,0.125000,,0.500000",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("0.250000", "1.5", "row 2: found the probability 1.5 of AU12; expected a number from 0 to 1."),
        ("0.250000", "nan", "row 2: found the probability nan of AU12; expected a number from 0 to 1."),
        ("0.250000", "", "row 2: found the probability nothing of AU12; expected a number from 0 to 1."),
        (",0,1,0.9", ",0,2,0.9", "row 2: found '2' as AU4; expected 1 where the clip shows it, 0 where not"),
        ("db/p1,1,1,", "db/p1,1,0,", "row 4: found the AU4 '0' of db/p1/c1; expected '1', as with seed 0."),
        ("p_AU4,AU12,p_AU12", "q_AU4,AU13,r_AU13", "found no pair of columns AU<number> and p_AU<number>"),
    ],
)
def test_an_edited_table_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text(units_to_csv(a_table()).replace(old, new))
    with pytest.raises(InputError) as caught:
        read_unit_predictions(path)
    assert sentence in str(caught.value)


def test_a_table_of_classes_is_none_of_units(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text("sample_id,fold,seed,truth,p_AU4,prediction,test_selected_prediction\n")
    assert not is_unit_table(path)
    assert not is_unit_table(tmp_path / "missing.csv")


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"must be \(1, 2\)"):
        UnitPredictions(
            units=(4, 12),
            sample_id=np.array(["a/b/c"]),
            fold=np.array(["f"]),
            seed=np.array([0]),
            truth=np.zeros((1, 1), dtype=np.int64),
            probabilities=np.zeros((1, 2)),
        )
