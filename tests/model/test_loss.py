import math
from typing import Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from glfnet.config.settings import LossSettings
from glfnet.model.loss import ClassBalancedLoss, class_weights

Form = Literal["softmax", "sigmoid", "focal"]
FORMS: tuple[Form, ...] = ("softmax", "sigmoid", "focal")
MEGC2019 = (250, 109, 83)

counts_of_classes = st.lists(st.integers(1, 500), min_size=2, max_size=6)
betas = st.floats(0, 0.99999)


@pytest.mark.parametrize(("beta", "expected"), [(0.9, (1, 1, 1)), (0.99, (0.75, 1.03, 1.22))])
def test_the_weights_of_megc2019_are_the_hand_worked_ones(beta: float, expected: tuple[float, ...]) -> None:
    torch.testing.assert_close(class_weights(MEGC2019, beta), torch.tensor(expected).float(), atol=0.005, rtol=0)


@pytest.mark.parametrize(("beta", "within"), [(0.999, 0.04), (0.9999, 0.005), (1 - 1e-9, 1e-5)])
def test_from_three_nines_on_the_weights_approach_inverse_frequency(beta: float, within: float) -> None:
    inverse = torch.tensor([1 / n for n in MEGC2019])
    expected = 3 * inverse / inverse.sum()
    torch.testing.assert_close(class_weights(MEGC2019, beta), expected, atol=within, rtol=0)


def test_weights_follow_the_formula_of_the_paper() -> None:
    # beta 0.5: classes of 1, 2 and 3 clips count as 1, 1.5 and 1.75; the inverses 1, 2/3, 4/7 sum to 47/21.
    expected = torch.tensor([1, 2 / 3, 4 / 7]) * 3 * 21 / 47
    torch.testing.assert_close(class_weights((1, 2, 3), 0.5), expected)


@settings(deadline=None)
@given(counts=counts_of_classes, beta=betas)
def test_weights_sum_to_the_number_of_classes_and_rare_classes_never_weigh_less(counts: list[int], beta: float) -> None:
    weights = class_weights(counts, beta)
    assert float(weights.sum()) == pytest.approx(len(counts), rel=1e-5)
    by_rarity = weights[torch.tensor(counts).argsort(descending=True)]
    assert (by_rarity.diff() >= -1e-5).all()


@settings(deadline=None)
@given(counts=counts_of_classes, beta=betas)
def test_a_class_without_samples_weighs_nothing_and_changes_no_other_weight(counts: list[int], beta: float) -> None:
    weights = class_weights([*counts, 0], beta)
    assert weights[-1] == 0
    torch.testing.assert_close(weights[:-1], class_weights(counts, beta))


@pytest.mark.slow
@given(counts=counts_of_classes)
def test_beta_zero_weighs_all_classes_equally(counts: list[int]) -> None:
    assert class_weights(counts, 0).tolist() == [1] * len(counts)


def test_the_softmax_form_is_the_mean_of_weighted_cross_entropies() -> None:
    logits, truth = torch.randn(7, 3), torch.tensor([0, 1, 2, 0, 0, 1, 0])
    weights = class_weights(MEGC2019, 0.99)
    # Not F.cross_entropy(weight=...) with its usual mean, which divides by the sum of the weights.
    expected = (weights[truth] * F.cross_entropy(logits, truth, reduction="none")).mean()
    torch.testing.assert_close(loss_of("softmax")(logits, one_hot(truth)), expected)


def test_the_softmax_form_is_the_hand_worked_one() -> None:
    # Probabilities 1/2, 1/4, 1/4 and weights 12/7, 6/7, 3/7: inverse frequency of 1, 2 and 4 clips.
    loss = loss_of("softmax", beta=1 - 1e-12, counts=(1, 2, 4))
    logits = torch.tensor([[math.log(2), 0, 0]]).repeat(2, 1)
    expected = (12 / 7 * math.log(2) + 3 / 7 * math.log(4)) / 2
    assert float(loss(logits, one_hot(torch.tensor([0, 2])))) == pytest.approx(expected, rel=1e-5)


def test_the_softmax_form_is_not_binary_cross_entropy_on_softmax_outputs() -> None:
    logits, targets = torch.randn(7, 3), one_hot(torch.tensor([0, 1, 2, 0, 0, 1, 0]))
    weights = class_weights(MEGC2019, 0.99)
    binary = F.binary_cross_entropy(logits.softmax(1), targets, reduction="none").sum(1)
    ported = ((targets @ weights) * binary).mean()
    assert abs(float(loss_of("softmax")(logits, targets) - ported)) > 0.1
    certain = torch.tensor([[200.0, 0, 0]])  # where softmax outputs round to 0 and 1, the loss on logits does not
    assert float(loss_of("softmax", balanced=False)(certain, one_hot(torch.tensor([1])))) == 200


def test_the_sigmoid_form_sums_binary_cross_entropies_over_the_classes() -> None:
    # sigma(log 3) = 3/4 and sigma(0) = 1/2; the truth is class 0, then class 1.
    loss = loss_of("sigmoid", beta=1 - 1e-12, counts=(1, 3))  # weights 3/2 and 1/2
    logits = torch.tensor([[math.log(3), 0.0]]).repeat(2, 1)
    right, wrong = -math.log(3 / 4) - math.log(1 / 2), -math.log(1 / 4) - math.log(1 / 2)
    expected = (3 / 2 * right + 1 / 2 * wrong) / 2
    assert float(loss(logits, torch.eye(2))) == pytest.approx(expected, rel=1e-5)


def test_the_focal_form_makes_easy_answers_cheap() -> None:
    loss = loss_of("focal", beta=1 - 1e-12, counts=(1, 3), gamma=2.0)
    logits = torch.tensor([[math.log(3), 0.0]]).repeat(2, 1)
    right = -((1 / 4) ** 2) * math.log(3 / 4) - (1 / 2) ** 2 * math.log(1 / 2)
    wrong = -((3 / 4) ** 2) * math.log(1 / 4) - (1 / 2) ** 2 * math.log(1 / 2)
    expected = (3 / 2 * right + 1 / 2 * wrong) / 2
    assert float(loss(logits, torch.eye(2))) == pytest.approx(expected, rel=1e-5)


def test_the_focal_form_without_focus_is_the_sigmoid_form() -> None:
    logits, targets = 3 * torch.randn(9, 4), one_hot(torch.arange(9) % 4, 4)
    counts = (9, 5, 3, 2)
    focal = loss_of("focal", counts=counts, gamma=0.0)(logits, targets)
    torch.testing.assert_close(focal, loss_of("sigmoid", counts=counts)(logits, targets))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.25, 0.8])
def test_a_mixed_target_costs_the_mix_of_what_its_classes_cost(form: Form, share: float) -> None:
    loss = loss_of(form)
    logits = torch.randn(4, 3)
    first, second = one_hot(torch.tensor([0, 1, 2, 0])), one_hot(torch.tensor([2, 0, 2, 1]))
    mixed = loss(logits, share * first + (1 - share) * second)
    torch.testing.assert_close(mixed, share * loss(logits, first) + (1 - share) * loss(logits, second))


@pytest.mark.parametrize("form", FORMS)
def test_counts_are_given_once_and_not_taken_from_the_batch(form: Form) -> None:
    loss = loss_of(form)
    assert torch.equal(loss.state_dict()["weights"], class_weights(MEGC2019, 0.99))  # travels with the loss
    logits, targets = torch.randn(6, 3), one_hot(torch.tensor([0, 0, 0, 0, 1, 2]))
    parts = torch.stack([loss(logits[i : i + 1], targets[i : i + 1]) for i in range(6)])
    torch.testing.assert_close(loss(logits, targets), parts.mean())


@pytest.mark.parametrize("form", FORMS)
def test_without_weighting_every_class_counts_the_same(form: Form) -> None:
    logits, targets = torch.randn(6, 3), one_hot(torch.arange(6) % 3)
    plain, equal = loss_of(form, balanced=False), loss_of(form, beta=0.0)
    assert plain.weights.tolist() == [1, 1, 1]
    torch.testing.assert_close(plain(logits, targets), equal(logits, targets))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_the_loss_and_its_slope_stay_finite_however_sure_the_network_is(form: Form, gamma: float) -> None:
    logits = torch.tensor([[200.0, -200, 0], [-200, 200, 0]], requires_grad=True)
    loss = loss_of(form, gamma=gamma)(logits, one_hot(torch.tensor([0, 0])))
    loss.backward()
    assert loss.isfinite()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert logits.grad[1, 0] < 0  # the wrong answer is still pulled towards the truth


@pytest.mark.parametrize("form", FORMS)
def test_a_smoothed_target_is_a_mix_of_its_class_and_of_all_classes_alike(form: Form) -> None:
    logits, targets = torch.randn(5, 3), one_hot(torch.tensor([0, 1, 2, 0, 1]))
    smoothed = ClassBalancedLoss(MEGC2019, LossSettings(form=form, smoothing=0.3))
    torch.testing.assert_close(smoothed(logits, targets), loss_of(form)(logits, 0.7 * targets + 0.1))


def test_an_adjusted_logit_is_higher_by_the_log_of_its_classs_share_in_training() -> None:
    logits, targets = torch.randn(5, 3), one_hot(torch.tensor([0, 1, 2, 0, 1]))
    adjusted = ClassBalancedLoss((60, 30, 10), LossSettings(weighting="none", logit_adjustment=2.0))
    higher = logits + 2 * torch.tensor([0.6, 0.3, 0.1]).log()
    torch.testing.assert_close(adjusted(logits, targets), F.cross_entropy(higher, targets.argmax(1)))


def test_an_adjustment_stays_finite_where_a_class_has_no_samples() -> None:
    loss = ClassBalancedLoss((4, 0, 4), LossSettings(weighting="none", logit_adjustment=1.0))
    assert loss(torch.zeros(1, 3), torch.tensor([[1.0, 0, 0]])).isfinite()


def loss_of(
    form: Form,
    *,
    counts: tuple[int, ...] = MEGC2019,
    beta: float = 0.99,
    gamma: float = 2.0,
    balanced: bool = True,
) -> ClassBalancedLoss:
    weighting: Literal["class_balanced", "none"] = "class_balanced" if balanced else "none"
    return ClassBalancedLoss(counts, LossSettings(form=form, beta=beta, gamma=gamma, weighting=weighting))


def one_hot(truth: torch.Tensor, n_classes: int = 3) -> torch.Tensor:
    return F.one_hot(truth, n_classes).float()
