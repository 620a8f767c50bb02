"""What a network with classes and action units minimises: their formulas, and nothing from what is not known."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from glfnet.config.settings import LossSettings
from glfnet.model.loss import ClassBalancedLoss, class_weights
from glfnet.model.objective import Objective, targets_of
from glfnet.model.training_part import TrainingPart
from glfnet.samples.flow_set import FlowSet

UNITS = np.array([[1, 0], [0, -1], [-1, 0], [0, 1], [1, 0]])
TRUTH = np.array([0, 1, 2, 0, 1])


@pytest.fixture
def five(tiny_flow: FlowSet) -> FlowSet:
    return tiny_flow.select(range(5))


def part(flow: FlowSet, *, n_classes: int = 3, units: bool = True) -> TrainingPart:
    known = UNITS if units else np.zeros((5, 0), dtype=np.int64)
    truth = TRUTH if n_classes else np.zeros(5, dtype=np.int64)
    return TrainingPart(flow=flow, truth=truth, n_classes=n_classes, seed=0, units=known)


def logits(columns: int) -> torch.Tensor:
    return torch.linspace(-2, 2, 5 * columns).reshape(5, columns).requires_grad_()


def test_without_units_it_is_the_loss_of_the_classes(five: FlowSet) -> None:
    of_classes = part(five, units=False)
    targets = targets_of(of_classes)
    assert torch.equal(targets, F.one_hot(torch.from_numpy(TRUTH), 3).float())
    alone = ClassBalancedLoss([2, 2, 1], LossSettings())(logits(3), targets)
    assert torch.equal(Objective(of_classes, LossSettings())(logits(3), targets), alone)


def test_units_cost_the_weighted_mean_over_what_is_known(five: FlowSet) -> None:
    of_units = part(five, n_classes=0)
    outputs = logits(2)
    found = Objective(of_units, LossSettings())(outputs, targets_of(of_units))
    weights = [class_weights([2, 2], 0.99), class_weights([1, 3], 0.99)]
    total, count = 0.0, 0
    for row, column in np.ndindex(UNITS.shape):
        if UNITS[row, column] >= 0:
            there = bool(UNITS[row, column])
            p = torch.sigmoid(outputs[row, column]).item()
            total += weights[column][0 if there else 1].item() * -math.log(p if there else 1 - p)
            count += 1
    assert found.item() == pytest.approx(total / count, rel=1e-5)


def test_what_is_not_known_moves_nothing(five: FlowSet) -> None:
    of_units, outputs = part(five, n_classes=0), logits(2)
    Objective(of_units, LossSettings())(outputs, targets_of(of_units)).backward()
    assert outputs.grad is not None
    assert ((outputs.grad == 0).numpy() == (UNITS == -1)).all()


def test_with_both_the_units_count_as_much_as_their_weight_says(five: FlowSet) -> None:
    both, outputs = part(five), logits(5)
    targets = targets_of(both)
    classes = Objective(part(five, units=False), LossSettings())(outputs[:, :3], targets[:, :3])
    units = Objective(part(five, n_classes=0), LossSettings())(outputs[:, 3:], targets[:, 3:])
    together = Objective(both, LossSettings(units=0.5))(outputs, targets)
    assert together.item() == pytest.approx((classes + 0.5 * units).item(), rel=1e-6)


def test_without_balance_there_and_not_there_cost_the_same(five: FlowSet) -> None:
    objective = Objective(part(five, n_classes=0), LossSettings(weighting="none"))
    assert torch.equal(objective.unit_weights, torch.ones(2, 2))
