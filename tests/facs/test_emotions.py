"""Sets of action units by class: every line has a source, and together they agree with the counts of the sheets."""

import pytest

from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.emotions import EMOTION_UNITS, SOURCES
from glfnet.labels import THREE_CLASSES


def share(emotion: str, unit: int) -> float:
    """Return in which share of a class's clips a unit shows."""
    sets = EMOTION_UNITS[emotion]
    return sum(one.weight for one in sets if unit in one.units) / sum(one.weight for one in sets)


def test_there_are_sets_for_each_class_in_the_order_of_the_classes() -> None:
    assert tuple(EMOTION_UNITS) == THREE_CLASSES


def test_every_set_names_known_units_once_has_a_weight_and_a_source() -> None:
    for sets in EMOTION_UNITS.values():
        assert len({one.units for one in sets}) == len(sets)
        for one in sets:
            assert set(one.units) <= set(ACTION_UNITS)
            assert one.units == tuple(sorted(set(one.units)))
            assert one.weight > 0
            assert one.source in SOURCES
    assert {one.source for sets in EMOTION_UNITS.values() for one in sets} == set(SOURCES)


# Clips with the unit, and clips of the class: docs/action_units.md.
COUNTS = {
    "negative": (119, {1: 2, 2: 0, 4: 52, 7: 54, 9: 12, 10: 10, 14: 9, 15: 7, 17: 17}),
    "positive": (38, {1: 1, 4: 1, 6: 7, 7: 3, 12: 33, 14: 4, 15: 2}),
    "surprise": (27, {1: 13, 2: 14, 5: 7, 12: 1, 25: 3, 26: 2}),
}


@pytest.mark.parametrize("emotion", THREE_CLASSES)
def test_each_unit_shows_about_as_often_as_in_the_sheets(emotion: str) -> None:
    clips, counts = COUNTS[emotion]
    for unit, count in counts.items():
        assert share(emotion, unit) == pytest.approx(count / clips, abs=0.2), unit


def test_lid_tightener_belongs_to_the_negative_class() -> None:
    assert share("negative", 7) > 3 * share("positive", 7)
    assert share("surprise", 7) == 0
