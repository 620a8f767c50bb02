"""Published numbers: complete, labelled, and never beside the wrong kind of score."""

from dataclasses import FrozenInstanceError
from typing import get_args

import pytest

from glfnet.report.published import (
    CHANCE_NAME,
    KIND_NAMES,
    Selection,
    are_published,
    comparable,
    published_rows,
    scope_name,
)
from glfnet.scores.predictions import ScoreKind

ROWS = {row.method: row for row in published_rows()}


def test_every_number_is_a_share_and_every_row_names_its_source() -> None:
    for row in published_rows():
        assert all(0 < value < 1 for value in (row.full, row.smic, row.casme2, row.samm) if value is not None)
        assert row.source
        assert row.selected_on_test_subject in get_args(Selection)


def test_rows_run_from_the_lowest_to_the_highest_score() -> None:
    full = [row.full for row in published_rows() if row.full is not None]
    assert full == sorted(full)
    assert len(full) == len(published_rows()) == len(ROWS) == 11


@pytest.mark.parametrize(
    ("method", "numbers", "selected"),
    [
        ("LBP-TOP", (0.588, 0.200, 0.703, 0.395), "no"),
        ("RCN-A", (0.743, 0.633, 0.851, 0.760), "no"),
        ("HTNet", (0.860, 0.805, 0.953, 0.813), "yes"),
        ("CausalNet", (0.898, 0.839, 0.981, 0.878), "yes"),
        ("EMR", (0.789, 0.746, 0.829, 0.775), "unknown"),
    ],
)
def test_a_row_holds_the_numbers_its_authors_print(
    method: str, numbers: tuple[float, ...], selected: Selection
) -> None:
    row = ROWS[method]
    assert (row.full, row.smic, row.casme2, row.samm) == numbers
    assert row.selected_on_test_subject == selected


def test_only_the_numbers_of_glfnet_are_inferred_and_its_name_says_so() -> None:
    assert [row.name for row in published_rows() if row.inferred] == ["GLFNet (inferred)"]
    assert ROWS["HTNet"].name == "HTNet"


def test_a_number_that_the_source_does_not_state_is_none() -> None:
    assert ROWS["STSTNet (its PyTorch port)"].smic is None


def test_a_row_stands_beside_the_score_whose_epoch_was_chosen_in_the_same_way() -> None:
    beside = {"yes": {"test_selected"}, "no": {"fixed"}, "unknown": set()}
    for row in published_rows():
        kinds = {kind for kind in get_args(ScoreKind) if comparable(row, kind)}
        assert kinds == beside[row.selected_on_test_subject], row.method


def test_rows_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ROWS["HTNet"].full = 0.9  # type: ignore[misc]


def test_the_two_kinds_of_score_are_named_for_what_they_are() -> None:
    assert KIND_NAMES["fixed"] == "honest: the held-out subject had no part in choosing the epoch"
    assert KIND_NAMES["test_selected"] == (
        "test-selected: the epoch was chosen on the held-out subject itself; not an estimate of performance; "
        "only for comparison with papers that do the same"
    )
    assert "random labels" in CHANCE_NAME


def test_databases_are_shown_under_their_own_names_and_unknown_ones_unchanged() -> None:
    assert [scope_name(s) for s in ("full", "casme2", "samm", "smic", "mine")] == [
        "All databases",
        "CASME II",
        "SAMM",
        "SMIC",
        "mine",
    ]


@pytest.mark.parametrize(
    ("classes", "databases", "expected"),
    [
        (("negative", "positive", "surprise"), ("smic", "casme2", "samm"), True),
        (("negative", "positive", "surprise"), ("samm",), True),
        (("negative", "positive", "surprise"), ("synth",), False),
        (("negative", "positive", "surprise"), ("casme2", "own"), False),
        (("negative", "positive", "surprise"), (), False),
        (("anger", "happiness", "surprise", "contempt", "other"), ("samm",), False),
    ],
)
def test_only_three_classes_of_the_three_databases_are_what_the_papers_score(
    classes: tuple[str, ...], databases: tuple[str, ...], expected: bool
) -> None:
    assert are_published(classes, databases) is expected
