"""The script that counts how often explanations point at planted movement: its fields, and its table."""

import re
from pathlib import Path

import explanations_point
import numpy as np
import pytest
from explanations_point import UNIT_REGIONS, in_a_quarter, of_one_unit, quarter_hits, randomised
from test_scripts import cells

from glfnet.explanation.inside import InsideMaps
from glfnet.explanation.regions import movement_lengths
from glfnet.explanation.why import quarter_shares
from glfnet.recognition.explain import asked_of
from glfnet.recognition.weights import read_trained


def test_every_quarter_and_every_unit_moves_equally_often() -> None:
    quarters = [quarter for _, quarter, _ in in_a_quarter(0, 16)]
    assert [quarters.count(quarter) for quarter in range(4)] == [4, 4, 4, 4]
    units = [unit for _, _, unit in of_one_unit(0, 26)]
    assert {unit: units.count(unit) for unit in UNIT_REGIONS} == dict.fromkeys(UNIT_REGIONS, 2)


def test_what_was_planted_moves_more_than_chance_would_have_it() -> None:
    planted = in_a_quarter(1, 40)
    most = [int(np.argmax(quarter_shares(movement_lengths(flow_map)) or ())) for flow_map, _, _ in planted]
    assert np.mean([found == quarter for found, (_, quarter, _) in zip(most, planted, strict=True)]) > 0.5


def test_a_map_that_points_at_the_planted_quarter_is_a_hit_and_any_other_is_not() -> None:
    planted = in_a_quarter(0, 4)
    there = np.zeros((4, 8, 8))
    for number in range(4):
        there[number, 4 * (number // 2), 4 * (number % 2)] = 1
    inside = [
        InsideMaps(decision=each, global_attention=each, local_gates=1 - each, grid=(2, 2), share_global=None)
        for each in there
    ]
    hits = quarter_hits(planted, inside)
    assert hits["Grad-CAM"] == hits["Global Attention, brightest"] == [1, 1, 1, 1]
    assert hits["Local Block gates, brightest"] == [0, 0, 0, 0]
    assert hits["Local Block gates, farthest from their mean"] == [1, 1, 1, 1]


def test_random_weights_are_others_and_follow_from_their_seed() -> None:
    asked = asked_of(read_trained(Path("free")))
    first, again, other = (randomised(asked, seed).networks[0].state_dict() for seed in (0, 0, 1))
    trained = asked.networks[0].state_dict()
    name = "stem.0.0.weight"
    assert (first[name] == again[name]).all()
    assert not (first[name] == other[name]).any()
    assert not (first[name] == trained[name]).any()


@pytest.mark.slow
def test_the_table_has_a_row_for_each_kind_of_explanation_and_a_column_for_each_weights() -> None:
    rows = cells(explanations_point.table(4, [0], lambda names: names))
    assert rows[0] == ["", "research, trained", "research, random", "free, trained", "free, random"]
    assert [row[0].partition(":")[0] for row in rows[2:5]] == [
        "movement itself", "Global Attention, brightest", "Global Attention, farthest from their mean",
    ]  # fmt: skip
    number = r"-?\d\.\d\d"
    form = rf"\d+ % \[\d+, \d+\]|{number} \[{number}, {number}\]|"
    assert all(re.fullmatch(form, cell) for row in rows[1:] for cell in row[1:])
