"""The atlas of action units: it describes one face, and those who draw or measure movements agree with it."""

import math

import numpy as np
import pytest

from glfnet.faces.alignment import WIDE, canonical_transform
from glfnet.facs.atlas import (
    ACTION_UNITS,
    BOXES,
    CLASS_UNITS,
    PARTS,
    PLACES,
    SIDES,
    SPEAKING,
    UNIT_CHANCES,
    ActionUnit,
    Move,
)
from glfnet.labels import THREE_CLASSES
from glfnet.spotting.regions import REGIONS, region_weights
from glfnet.synthetic.clip import person
from glfnet.synthetic.motion import expression_field
from glfnet.synthetic.person import Person

UNITS = [pytest.param(unit, id=f"AU{number}") for number, unit in ACTION_UNITS.items()]
MOVES: list[Move] = [*SPEAKING, *(move for unit in ACTION_UNITS.values() for move in unit.moves)]
HALVES = {sign: half for half, sign in SIDES}
MAP_EYE_SIDE, MAP_EYE_Y = 0.18, 0.37  # as `MapMove` says


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person(0, subject, 96) for subject in range(1, 9)]


def mirrored(name: str) -> str:
    return name.replace("left", "right") if "left" in name else name.replace("right", "left")


def on_front_view(face: Person, point: str) -> np.ndarray:
    """Return where a point of a made-up face lies in the unit of the atlas."""
    eyes = face.points["image_left_eye"], face.points["image_right_eye"]
    return (face.points[point] - np.mean(eyes, axis=0)) / face.eye_distance_px


def test_every_place_lies_inside_its_part_of_the_face() -> None:
    for name, place in PLACES.items():
        part = PARTS[place.part]
        assert part.x0 <= place.out < part.x1, name
        assert part.y0 <= place.y < part.y1, name


def test_every_part_of_the_face_has_a_place_where_some_unit_moves_the_skin() -> None:
    assert {PLACES[move.place].part for move in MOVES} == set(PARTS)
    assert {move.place for move in MOVES} == set(PLACES)


def test_parts_lie_on_the_face_and_do_not_overlap() -> None:
    boxes = list(BOXES.values())
    for number, (x0, x1, y0, y1) in enumerate(boxes):
        assert -1 < x0 < x1 < 1
        assert -0.6 < y0 < y1 < 1.87  # from the forehead to the edge of the chin
        assert all(x1 <= a0 or a1 <= x0 or y1 <= b0 or b1 <= y0 for a0, a1, b0, b1 in boxes[:number])


def test_boxes_of_the_left_half_mirror_those_of_the_right_half_and_the_others_themselves() -> None:
    for name, (x0, x1, y0, y1) in BOXES.items():
        assert BOXES[mirrored(name)] == (-x1, -x0, y0, y1)


def test_a_movement_of_the_left_half_mirrors_that_of_the_right_half() -> None:
    for move in MOVES:
        sides = move.sides
        assert [side.side for side in sides] in ([-1, 1], [0])
        for side, other in zip(sides, reversed(sides), strict=True):
            assert mirrored(side.point) == other.point
            assert (-side.x, side.y, -side.right, side.down) == (other.x, other.y, other.right, other.down)
            assert (side.radius_x, side.radius_y) == (other.radius_x, other.radius_y)


def test_a_movement_away_from_the_midline_goes_to_the_side_on_which_it_is() -> None:
    left, right = Move("mouth", 0.5, -0.25).sides
    assert (left.point, left.right, left.down) == ("image_left_mouth", -0.5, -0.25)
    assert (right.point, right.right, right.down) == ("image_right_mouth", 0.5, -0.25)
    assert left.x < 0 < right.x
    (chin,) = Move("chin", 0.0, 1.0).sides
    assert (chin.point, chin.x, chin.right, chin.down) == ("chin", 0, 0, 1.0)


def test_what_moves_on_the_midline_moves_straight_up_or_down() -> None:
    assert all(move.out == 0 for move in MOVES if PLACES[move.place].out == 0)


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_says_what_is_seen_of_which_muscle_and_moves_at_most_by_its_own_strength(unit: ActionUnit) -> None:
    assert all((unit.name, unit.seen, unit.muscle, unit.moves))
    assert ACTION_UNITS[unit.number] is unit
    lengths = [math.hypot(move.out, move.down) for move in unit.moves]
    assert 0.25 < max(lengths) < 1.2
    assert lengths[0] == max(lengths)  # where it is seen best


@pytest.mark.parametrize(("lower", "higher"), [(15, 12), (4, 1), (16, 17), (26, 17), (45, 5), (39, 38)])
def test_opposite_units_move_the_same_place_in_opposite_directions(lower: int, higher: int) -> None:
    shared = {move.place: move for move in ACTION_UNITS[lower].moves}
    pairs = [(shared[move.place], move) for move in ACTION_UNITS[higher].moves if move.place in shared]
    assert pairs
    assert all(one.out * other.out + one.down * other.down < 0 for one, other in pairs)


@pytest.mark.parametrize("emotion", THREE_CLASSES)
def test_each_class_has_units_of_its_own_which_are_the_same_in_sets_and_chances(emotion: str) -> None:
    assert tuple(CLASS_UNITS) == tuple(UNIT_CHANCES) == THREE_CLASSES
    units = {unit for shown in CLASS_UNITS[emotion] for unit in shown}
    assert units == set(UNIT_CHANCES[emotion])
    assert all(not units & set(UNIT_CHANCES[other]) for other in THREE_CLASSES if other != emotion)
    assert all(0 < chance <= 1 for chance in UNIT_CHANCES[emotion].values())


@pytest.mark.slow
def test_every_unit_of_a_class_can_be_shown_on_faces_and_on_flow_maps(people: list[Person]) -> None:
    for chances in UNIT_CHANCES.values():
        expression_field(np.random.default_rng(0), people[0], list(chances), 1.0)
        assert all(ACTION_UNITS[unit].on_map for unit in chances)


def test_flow_maps_show_each_unit_at_its_place_and_in_its_direction() -> None:
    for unit in (unit for unit in ACTION_UNITS.values() if unit.on_map):
        move, place = unit.moves[0], PLACES[unit.moves[0].place]
        shown = unit.on_map
        assert shown is not None
        out, y = 0.5 * shown.side / MAP_EYE_SIDE, (shown.y - MAP_EYE_Y) / (2 * MAP_EYE_SIDE)
        assert math.hypot(out - place.out, y - place.y) < 0.2, unit.number
        along = shown.out * move.out + shown.down * move.down
        assert along > 0.9 * math.hypot(shown.out, shown.down) * math.hypot(move.out, move.down), unit.number


def test_made_up_faces_have_the_places_where_the_atlas_has_them(people: list[Person]) -> None:
    for side in (side for move in MOVES if move.place != "lower_lid" for side in move.sides):
        found = np.mean([on_front_view(face, side.point) for face in people], axis=0)
        assert math.dist(found, (side.x, side.y)) < 0.15, side.point


def test_the_corners_of_the_mouth_are_where_faces_are_aligned_to() -> None:
    corner = PLACES["mouth"]
    points = np.array([(-0.5, 0), (0.5, 0), (0, 0.58), (-corner.out, corner.y), (corner.out, corner.y)])
    crop = canonical_transform(100 * points + 200, WIDE)
    scale = WIDE.eye_distance_px / 100
    np.testing.assert_allclose(crop[:, :2], [[scale, 0], [0, scale]], atol=1e-9)


def test_spotting_measures_every_part_of_the_face_around_its_places() -> None:
    assert set(REGIONS) == set(BOXES)
    weights = region_weights(WIDE).reshape(len(REGIONS), WIDE.size_px, WIDE.size_px)
    for move in MOVES:
        part = PLACES[move.place].part
        for side in move.sides:
            column = int((side.x * WIDE.eye_distance + 0.5) * WIDE.size_px)
            row = int((side.y * WIDE.eye_distance + WIDE.eye_height) * WIDE.size_px)
            (measured,) = np.flatnonzero(weights[:, row, column])
            assert REGIONS[measured] in (part, f"{HALVES.get(side.side)}_{part}")
