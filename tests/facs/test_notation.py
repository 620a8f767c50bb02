"""Cells of action units, as the databases' coders write them."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.codes import CODES
from glfnet.facs.notation import SIDES, Mark, UnitReading, read_units

LABELS = Path(__file__).parents[3] / "shared" / "data" / "labels"


@pytest.mark.parametrize(
    ("cell", "marks"),
    [
        ("4", [Mark(4)]),
        (" 4 + 7 ", [Mark(4), Mark(7)]),
        ("AU1+2", [Mark(1), Mark(2)]),
        ("AU1,AU 2", [Mark(1), Mark(2)]),
        ("1\uff0c2\u30015\uff1b12", [Mark(1), Mark(2), Mark(5), Mark(12)]),
        ("L12A", [Mark(12, "left", "A")]),
        ("r4", [Mark(4, "right")]),
        ("L1+L2", [Mark(1, "left"), Mark(2, "left")]),
        ("A9E+12", [Mark(9, "asymmetrical", "E"), Mark(12)]),
        ("A/L12", [Mark(12, "left")]),
        ("10A/B", [Mark(10, "both", "A/B")]),
        ("T18+39", [Mark(18, "top"), Mark(39)]),
        ("B28", [Mark(28, "bottom")]),
        ("4+AD38+M58", [Mark(4), Mark(38), Mark(58)]),
        ("L12 or L14", [Mark(12, "left", "", False), Mark(14, "left", "", False)]),
        ("(R6 or R12)+R15", [Mark(6, "right", "", False), Mark(12, "right", "", False), Mark(15, "right")]),
        ("R14A or 17B", [Mark(14, "right", "A", False), Mark(17, "both", "B", False)]),
        ("7B+ ref(43)", [Mark(7, "both", "B"), Mark(43, "both", "", False)]),
        ("ref(L10+9)+A12B", [Mark(10, "left", "", False), Mark(9, "both", "", False), Mark(12, "asymmetrical", "B")]),
        ("(L12 or L14)+12", [Mark(14, "left", "", False), Mark(12)]),
        ("(L12) or (L14)", [Mark(12, "left", "", False), Mark(14, "left", "", False)]),
        ("(4+7) or 12", [Mark(4, "both", "", False), Mark(7, "both", "", False), Mark(12, "both", "", False)]),
        ("12.0", [Mark(12)]),
        ("\uff14\uff0b\uff17", [Mark(4), Mark(7)]),
    ],
)  # fmt: skip
def test_every_notation_of_the_sheets_is_read(cell: str, marks: list[Mark]) -> None:
    assert read_units(cell) == UnitReading(tuple(marks))


@pytest.mark.parametrize("cell", ["", "  ", "?", "n/a", "NaN", "-"])
def test_where_nobody_knows_every_unit_is_left_open(cell: str) -> None:
    reading = read_units(cell)
    assert reading == UnitReading(None)
    assert {reading.presence(number) for number in CODES} == {None}


@pytest.mark.parametrize(
    ("cell", "unread"),
    [
        ("14+soft focus", ("soft focus",)),
        ("3", ("3",)),
        ("122", ("122",)),
        ("4F", ("4F",)),
        ("L", ("L",)),
        ("4 7", ("4 7",)),
        ("(4+7", ("(4+7",)),
        ("4++x++7", ("x",)),
        ("+", ("+",)),
        ("()", ("()",)),
        ("ref()", ("ref()",)),
        ("\u3001", ("\u3001",)),
        ("4+", ("4+",)),
        ("or 4", ("or 4",)),
        ("12 or", ("12 or",)),
        ("4\u00b2", ("4\u00b2",)),
        ("1.2", ("1.2",)),
    ],
)
def test_what_cannot_be_read_is_returned_and_leaves_the_other_units_open(cell: str, unread: tuple[str, ...]) -> None:
    reading = read_units(cell)
    assert reading.unread == unread
    assert reading.presence(26) is None


def test_a_unit_is_there_not_there_or_left_open() -> None:
    reading = read_units("(R6 or R12)+R15+ref(43)")
    assert [reading.presence(number) for number in (15, 6, 12, 43, 4)] == [True, None, None, None, False]


def marks() -> st.SearchStrategy[Mark]:
    side = st.sampled_from(sorted(set(SIDES.values())))
    return st.builds(Mark, st.sampled_from(sorted(CODES)), side, st.sampled_from(["", "A", "E", "B/C"]))


@pytest.mark.slow
@given(st.lists(marks(), min_size=1, max_size=6), st.sampled_from(["+", " + ", ",", ", ", "\uff1b", "\u3001"]))
def test_what_is_written_as_coders_do_is_read_as_it_was_meant(written: list[Mark], separator: str) -> None:
    prefix = {side: text for text, side in reversed(SIDES.items())}
    cell = separator.join(f"{prefix[mark.side]}{mark.number}{mark.intensity}" for mark in written)
    assert read_units(cell) == UnitReading(tuple(written))


@pytest.mark.slow
@given(st.text(max_size=20))
def test_any_text_is_read_or_returned(cell: str) -> None:
    reading = read_units(cell)
    assert reading.marks is None or reading.marks or reading.unread


def test_the_atlas_names_units_as_the_codes_do() -> None:
    assert {unit.number: unit.name for unit in ACTION_UNITS.values()}.items() <= CODES.items()


SHEETS = {
    "CASME2-coding-20140508.xlsx": ("Action Units", 255, 5, set()),
    "SAMM.xlsx": ("Action Units", 159, 0, {"soft focus"}),
    "casme3_table.xlsx": ("AU", 860, 0, set()),
    "dfme_training_full_with_AU.xlsx": ("AU", 1856, 0, set()),
}


@pytest.mark.slow
@pytest.mark.skipif(not LABELS.is_dir(), reason="no ../shared/data/labels here")
@pytest.mark.parametrize("name", SHEETS)
def test_every_cell_of_the_real_sheets_is_read(name: str) -> None:
    heading, clips, unknown, unread = SHEETS[name]
    table = pd.read_excel(LABELS / name, header=None, dtype=str).fillna("")
    row, column = next((r, c) for r in range(20) for c in table.columns if table.loc[r, c] == heading)
    readings = [read_units(cell) for cell in table.loc[row + 1 :, column]]
    assert len(readings) == clips
    assert sum(reading.marks is None for reading in readings) == unknown
    assert {word for reading in readings for word in reading.unread} == unread
