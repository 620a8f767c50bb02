"""How people differ: every unit of the atlas has its variation, and skin is drawn along on both sides alike."""

import pytest

from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.people import DRAWN_ALONG, VARIATION, Drawn


def test_every_unit_varies_and_every_share_is_one() -> None:
    assert set(VARIATION) == set(ACTION_UNITS)
    for variation in VARIATION.values():
        assert 0 <= variation.one_sided <= 0.5
        assert min(variation.place, variation.direction_degrees, variation.reach, variation.strength) > 0


def test_units_that_the_sheets_mark_on_one_side_are_drawn_so_and_chin_and_brow_lowerer_hardly() -> None:
    assert min(VARIATION[unit].one_sided for unit in (2, 10, 14)) > 0.3
    assert max(VARIATION[unit].one_sided for unit in (4, 17)) < 0.05


def test_only_units_of_the_atlas_draw_skin_along() -> None:
    assert set(DRAWN_ALONG) <= set(ACTION_UNITS)


@pytest.mark.parametrize("drawn", [drawn for listed in DRAWN_ALONG.values() for drawn in listed])
def test_skin_is_drawn_along_alike_in_both_halves(drawn: Drawn) -> None:
    sides = drawn.sides
    assert len(sides) == (2 if drawn.x else 1)
    assert sum(side.x for side in sides) == 0
    assert sum(side.right for side in sides) == 0
    assert {side.down for side in sides} == {drawn.down}
    assert all(side.right * side.x == drawn.out * drawn.x for side in sides if side.side)
