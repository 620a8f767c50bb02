"""Action units in words: sides, order, strength, and what is uncertain."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glfnet.facs.atlas import ACTION_UNITS, PLACES
from glfnet.facs.captions import INTENSITIES, caption
from glfnet.facs.codes import CODES
from glfnet.facs.notation import SIDES, Mark, read_units


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1+L12", "inner brows up, both sides; mouth corners up and out, left"),
        ("12+4+R1", "inner brows up, right; brows down and together, both sides; mouth corners up and out, both sides"),
        ("17+R10", "upper lip up, right; chin up"),
        ("R14 + L14", "mouth corners tightened and out, both sides"),
        ("R15A+L15C", "mouth corners down, left, marked (C); mouth corners down, right, trace (A)"),
        ("4+4", "brows down and together, both sides"),
        ("A9E", "nose wrinkled, both sides, one more than the other, maximum (E)"),
        ("A/L12", "mouth corners up and out, left"),
        ("T18+B28", "mouth corners in, upper lip only; lips rolled in, lower lip only"),
        ("10A/B", "upper lip up, trace to slight (A/B)"),
        ("7D", "lower lids up, both sides, severe (D)"),
        (
            "(R6 or R12)+R15",
            "perhaps cheeks up, right; perhaps mouth corners up and out, right; mouth corners down, right",
        ),
        ("ref(7B)+43", "eyes closed, both sides; perhaps lower lids up, both sides, slight (B)"),
        (
            "61+M58+27+AD38+46+L34",
            "wink; nostrils wide, both sides; mouth stretch; cheek puff, left; head back; eyes turned left",
        ),
        ("4+soft focus", "brows down and together, both sides; not understood: 'soft focus'"),
        ("soft focus", "not understood: 'soft focus'"),
        ("", ""),
        ("?", ""),
    ],
)  # fmt: skip
def test_a_cell_is_told_in_words_from_brows_to_chin(cell: str, words: str) -> None:
    assert caption(read_units(cell)) == words


def test_numbers_are_units_on_both_sides_and_no_units_are_no_words() -> None:
    assert caption([12, 1]) == "inner brows up, both sides; mouth corners up and out, both sides"
    assert caption([Mark(12, "left"), 17]) == "mouth corners up and out, left; chin up"
    assert caption([]) == ""


def test_units_of_the_atlas_stand_in_the_order_in_which_they_are_seen_from_top_to_bottom() -> None:
    told = caption(ACTION_UNITS).split("; ")
    seen = {unit.seen: PLACES[unit.moves[0].place].y for unit in ACTION_UNITS.values()}
    heights = [seen[words.removesuffix(", both sides")] for words in told]
    assert len(heights) == len(ACTION_UNITS)
    assert all(above <= below for above, below in pairwise(heights))


@pytest.mark.slow
@given(
    st.lists(
        st.builds(
            Mark,
            st.sampled_from(sorted(CODES)),
            st.sampled_from(sorted(set(SIDES.values()))),
            st.sampled_from(["", *INTENSITIES, "B/C"]),
            st.booleans(),
        ),
        max_size=5,
    )
)
def test_the_order_of_marks_changes_nothing_and_no_unit_is_left_out(marks: list[Mark]) -> None:
    words = caption(marks)
    assert caption(marks[::-1]) == words
    for mark in marks:
        assert (ACTION_UNITS[mark.number].seen if mark.number in ACTION_UNITS else CODES[mark.number]) in words


def test_the_page_of_the_docs_shows_what_is_said() -> None:
    page = (Path(__file__).parents[2] / "docs" / "action_units.md").read_text(encoding="utf-8")
    table = page.split("| in the sheet | in words |")[1].split("\n\n")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) > 3
    for cell, words in rows:
        assert caption(read_units(cell.strip(" `"))) == words.strip()
    for letter, strength in INTENSITIES.items():
        assert f"{letter} {strength}" in page
