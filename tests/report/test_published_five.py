"""Published five-class numbers: complete, sourced, and in order."""

from typing import get_args

import pytest

from glfnet.report.published import Selection, comparable
from glfnet.report.published_five import five_class_rows


@pytest.mark.parametrize("database", ["casme2", "samm"])
def test_every_number_is_a_share_and_every_row_names_its_source(database: str) -> None:
    rows = five_class_rows(database)
    assert len({row.method for row in rows}) == len(rows) == 6
    for row in rows:
        assert 0 < row.f1 < 1
        assert row.database == database
        assert row.source
        assert row.selected_on_test_subject in get_args(Selection)
    assert [row.accuracy for row in rows] == sorted(row.accuracy for row in rows)


def test_a_row_holds_the_numbers_its_authors_print() -> None:
    rows = {(row.method, row.database): row for d in ("casme2", "samm") for row in five_class_rows(d)}
    assert (rows["MMNet", "casme2"].accuracy, rows["MMNet", "casme2"].f1) == (0.8835, 0.8676)
    assert (rows["Graph-TCN", "samm"].accuracy, rows["Graph-TCN", "samm"].f1) == (0.7500, 0.6985)
    assert comparable(rows["MMNet", "samm"], "test_selected")
    assert not comparable(rows["Graph-TCN", "samm"], "fixed")


def test_a_database_of_which_no_five_classes_are_published_has_no_row() -> None:
    assert five_class_rows("smic") == ()
