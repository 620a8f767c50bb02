"""The prediction table: a CSV round trip, the same bytes for any order of rows, and refusals."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glfnet.errors import InputError, ShapeError
from glfnet.scores.predictions import Predictions, read_predictions, table_digest, to_csv

CLASSES = ("negative", "positive", "surprise")
EXPECTED = (
    "a prediction table with columns sample_id, fold, seed, truth, p_<class>, prediction, test_selected_prediction"
)
REMEDY = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."


def a_table(clips: int = 4, seeds: tuple[int, ...] = (0, 1), seed: int = 0) -> Predictions:
    """A run over two databases, sorted by nothing."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(3), clips * len(seeds))
    ids = [f"{'casme2/sub01' if c % 2 else 'samm/006'}/clip{c:02d}" for c in range(clips)] * len(seeds)
    return Predictions(
        classes=CLASSES,
        sample_id=np.array(ids),
        fold=np.array([i.rsplit("/", 1)[0] for i in ids]),
        seed=np.repeat(seeds, clips),
        truth=np.tile(rng.integers(0, 3, clips), len(seeds)),
        probabilities=probabilities,
        prediction=probabilities.argmax(axis=1),
        test_selected_prediction=rng.integers(0, 3, len(ids)),
    )


def in_order(table: Predictions, order: np.ndarray) -> Predictions:
    return Predictions(
        classes=table.classes,
        **{name: getattr(table, name)[order] for name in Predictions.__dataclass_fields__ if name != "classes"},
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "predictions.csv"
    path.write_text(text)
    return path


def test_a_table_survives_writing_and_reading(tmp_path):
    table = a_table()
    table = in_order(table, np.lexsort((table.sample_id, table.seed)))
    read = read_predictions(write(tmp_path, to_csv(table)))
    assert read.classes == CLASSES
    for name in ("sample_id", "fold", "seed", "truth", "prediction", "test_selected_prediction"):
        np.testing.assert_array_equal(getattr(read, name), getattr(table, name))
    np.testing.assert_allclose(read.probabilities, table.probabilities, atol=5e-7)


def test_a_table_read_and_written_again_is_the_same_to_the_byte(tmp_path):
    text = to_csv(a_table())
    assert to_csv(read_predictions(write(tmp_path, text))) == text


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(st.permutations(range(8)))
def test_the_order_of_rows_changes_no_byte(order):
    assert to_csv(in_order(a_table(), np.array(order))) == to_csv(a_table())


def test_the_text_names_classes_and_rounds_probabilities_to_six_digits():
    table = Predictions(
        classes=("negative", "positive"),
        sample_id=np.array(["samm/006/006_1_2"]),
        fold=np.array(["samm/006"]),
        seed=np.array([3]),
        truth=np.array([1]),
        probabilities=np.array([[1 / 3, 2 / 3]]),
        prediction=np.array([1]),
        test_selected_prediction=np.array([0]),
    )
    assert to_csv(table) == (
        "sample_id,fold,seed,truth,p_negative,p_positive,prediction,test_selected_prediction\n"
        "samm/006/006_1_2,samm/006,3,positive,0.333333,0.666667,positive,negative\n"
    )


def test_names_that_look_like_numbers_stay_text(tmp_path):
    text = to_csv(a_table()).replace(",samm/006,", ",006,")
    assert "006" in read_predictions(write(tmp_path, text)).fold


def test_database_and_subject_are_read_from_the_sample_id():
    table = a_table(clips=2, seeds=(0,))
    assert list(table.database) == ["samm", "casme2"]
    assert list(table.subject) == ["samm/006", "casme2/sub01"]


def test_seeds_are_listed_once_and_in_order():
    assert a_table(seeds=(7, 2, 5)).seeds == (2, 5, 7)


def test_selecting_keeps_the_rows_asked_for_and_their_columns_aligned():
    table = a_table()
    kept = table.select(table.seed == 1)
    assert len(kept) == 4
    assert kept.seeds == (1,)
    np.testing.assert_array_equal(kept.probabilities, table.probabilities[table.seed == 1])


@pytest.mark.parametrize("short", ["fold", "seed", "truth", "probabilities", "prediction", "test_selected_prediction"])
def test_columns_of_different_length_are_refused(short):
    table = a_table()
    parts = {name: getattr(table, name) for name in Predictions.__dataclass_fields__}
    parts[short] = parts[short][:-1]
    with pytest.raises(ShapeError, match=r"^all columns need 8 rows and probabilities \(8, 3\)\.$"):
        Predictions(**parts)


@pytest.mark.parametrize("column", ["sample_id", "fold", "seed", "truth", "prediction", "test_selected_prediction"])
def test_a_missing_column_is_named(tmp_path, column):
    path = write(tmp_path, re.sub(rf"(^|,){column}(,|\n)", r"\1other\2", to_csv(a_table()), count=1))
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(caught.value) == f"{path}: found no column {column}; expected {EXPECTED}. {REMEDY}"


def test_a_table_without_probabilities_is_refused(tmp_path):
    path = write(tmp_path, "sample_id,fold,seed,truth,prediction,test_selected_prediction\n")
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(caught.value) == f"{path}: found no column p_<class>; expected {EXPECTED}. {REMEDY}"


def test_a_class_without_a_probability_column_is_named(tmp_path):
    path = write(tmp_path, to_csv(a_table()).replace(",positive", ",pleased"))
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(caught.value) == (
        f"{path}, row 2: found the truth 'pleased'; expected one of negative, positive, surprise, which have a column "
        f"p_<class>. {REMEDY}"
    )


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "none.csv"
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(caught.value) == (
        f"{path}: found no file that can be read (No such file or directory); expected {EXPECTED}. {REMEDY}"
    )


def test_an_empty_file_is_refused(tmp_path):
    for content, found in (
        (b"", "an empty file"),
        (b"\xff\xfe\x00", "something else than a CSV table in UTF-8"),
        (to_csv(a_table()).splitlines()[0].encode(), "no row below the names of the columns"),
        (to_csv(a_table()).replace(",fold,", ",seed,", 1).encode(), "no column fold"),
        (to_csv(a_table()).replace(",truth,", ",truth,truth,", 1).encode(), "the column truth more than once"),
    ):
        path = tmp_path / "predictions.csv"
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_predictions(path)
        assert str(caught.value) == f"{path}: found {found}; expected {EXPECTED}. {REMEDY}"


TABLE = """\
sample_id,fold,seed,truth,p_calm,p_lively,prediction,test_selected_prediction
own/1/a,own/1,0,calm,0.800000,0.200000,calm,calm
own/2/b,own/2,0,lively,0.500000,0.500000,calm,lively
own/1/a,own/1,1,calm,0.900000,0.100000,calm,calm
own/2/b,own/2,1,lively,0.300000,0.700000,lively,lively
"""
A_DISTRIBUTION = "a number from 0 to 1 for each class, which sum to 1"


@pytest.mark.parametrize(
    ("old", "new", "row", "found", "expected"),
    [
        ("0.800000,0.200000", "nan,0.2", 2, "the probabilities nan, 0.2", A_DISTRIBUTION),
        ("0.800000,0.200000", ",0.2", 2, "the probabilities nothing, 0.2", A_DISTRIBUTION),
        ("0.800000,0.200000", "much,0.2", 2, "the probabilities much, 0.2", A_DISTRIBUTION),
        ("0.800000,0.200000", "1.2,-0.2", 2, "the probabilities 1.2, -0.2", A_DISTRIBUTION),
        ("0.800000,0.200000", "0.8,0.1", 2, "the probabilities 0.8, 0.1, which sum to 0.9", A_DISTRIBUTION),
        ("0.200000,calm", "0.200000,lively", 2, "the prediction 'lively'", "'calm', which has the highest probability"),
        ("own/1/a,own/1,0", "own/1,own/1,0", 2, "the sample_id 'own/1'", "database/subject/clip"),
        ("own/1/a,own/1,0", "own/1/a,own/1,x", 2, "the seed 'x'", "a whole number"),
        ("own/1/a,own/1,1", "own/1/a,own/1,0", 4, "own/1/a with seed 0 for a second time", "each clip once a seed"),
        (
            "own/1/a,own/1,1,calm",
            "own/1/a,own/1,1,lively",
            4,
            "the truth 'lively' of own/1/a",
            "'calm', as with seed 0",
        ),
        ("own/1/a,own/1,1", "own/1/a,own/2,1", 4, "the fold 'own/2' of own/1/a", "'own/1', as with seed 0"),
        ("0.700000,lively,lively", "0.70", 5, "6 cells", "8, one for each column"),
    ],
)
def test_a_row_that_no_run_predicted_is_refused_with_its_line(tmp_path, old, new, row, found, expected):
    assert len(read_predictions(write(tmp_path, TABLE))) == 4
    path = write(tmp_path, TABLE.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(caught.value) == f"{path}, row {row}: found {found}; expected {expected}. {REMEDY}"


def test_a_table_that_was_cut_between_two_rows_is_refused(tmp_path):
    path = write(tmp_path, "".join(TABLE.splitlines(keepends=True)[:-1]))
    with pytest.raises(InputError) as caught:
        read_predictions(path)
    assert str(caught.value) == (
        f"{path}: found no row of own/2/b with seed 1; expected a row for each clip and seed. {REMEDY}"
    )


def test_a_table_that_a_spreadsheet_has_saved_without_a_change_is_the_same_table(tmp_path):
    (tmp_path / "saved.csv").write_bytes(b"\xef\xbb\xbf" + TABLE.replace("00000,", ",").replace("\n", "\r\n").encode())
    assert to_csv(read_predictions(tmp_path / "saved.csv")) == TABLE


def test_the_digest_of_a_table_is_that_of_its_file(tmp_path):
    table = a_table()
    assert table_digest(table) == hashlib.sha256(write(tmp_path, to_csv(table)).read_bytes()).hexdigest()
