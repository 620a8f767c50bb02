"""Scores of action units: who is asked about was not trained on, what is open does not count, and the measures."""

import numpy as np
import pytest
from unit_scores import auc, f1_both, f1_present, held_out_answers, precision, table

from glfnet.samples.flow_set import FlowSet
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set

pytestmark = pytest.mark.slow

TRUTH = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
ANSWERS = np.array([0.9, 0.4, 0.6, 0.1, 0.2])  # one found, one missed, one false alarm


@pytest.fixture(scope="module")
def flow() -> FlowSet:
    return synthetic_flow_set(subjects=5, seed=3, size_px=12)


def test_the_measures_of_a_case_worked_out_by_hand() -> None:
    assert f1_present(TRUTH, ANSWERS) == pytest.approx(1 / 2)
    assert f1_both(TRUTH, ANSWERS) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert auc(TRUTH, ANSWERS) == pytest.approx(5 / 6)  # of 6 pairs, one is in the wrong order
    assert precision(TRUTH, ANSWERS) == pytest.approx((1 + 2 / 3) / 2)


def test_what_no_clip_shows_has_no_score() -> None:
    nowhere = np.zeros(3)
    assert np.isnan([auc(nowhere, ANSWERS[:3]), precision(nowhere, ANSWERS[:3])]).all()


def test_a_clip_whose_sheet_leaves_the_unit_open_is_not_counted(flow: FlowSet) -> None:
    cells = ["12" if sample.emotion == "positive" else "4" for sample in flow.samples]
    cells[0], cells[1] = "L12 or L14", "?"
    answers = held_out_answers(flow, cells, 12, read_settings("logistic_regression"))
    assert len(answers.truth) == len(answers.probability) == len(flow) - 2
    assert answers.truth.sum() == sum(cell == "12" for cell in cells)
    rows = table([answers], resamples=20).splitlines()
    assert rows[2].startswith(f"| AU12 | {answers.truth.sum():.0f} of {len(flow) - 2} | ")
    assert rows[3].startswith("| **mean** | | ")


def test_a_subjects_own_clips_do_not_change_what_is_said_of_them(flow: FlowSet) -> None:
    cells = ["12" if sample.emotion == "positive" else "4" for sample in flow.samples]
    mine = [index for index, sample in enumerate(flow.samples) if sample.subject == flow.samples[0].subject]
    turned = [("4" if cell == "12" else "12") if index in mine else cell for index, cell in enumerate(cells)]
    recipe = read_settings("logistic_regression")
    before, after = (held_out_answers(flow, said, 12, recipe) for said in (cells, turned))
    assert np.array_equal(before.probability[mine], after.probability[mine])
    assert not np.array_equal(before.probability, after.probability), "the others learn from these clips"
