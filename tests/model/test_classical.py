import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from glfnet.config.settings import InputSettings
from glfnet.errors import SettingsError, ShapeError
from glfnet.model.classical import CLASSIFIERS, build_classifier, fit_classical
from glfnet.threads import processor_threads

FLOWS = Path(__file__).parents[3] / "shared" / "data" / "flows"

INPUTS = InputSettings()

Classes = NDArray[np.int64]


class NamesOnly(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier with neither probabilities nor decision values: the class of the nearest training row."""

    def fit(self, X: Any, y: Any) -> "NamesOnly":
        self.rows_, self.truth_, self.classes_ = X, y, np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return self.truth_[((X[:, None] - self.rows_[None]) ** 2).sum(-1).argmin(1)]


def movements(n: int = 45, *, n_classes: int = 3, side: int = 8, seed: int = 0) -> tuple[Tensor, Classes]:
    """Maps in 0..1 whose class moves its own rows up, at a level of rest that differs from map to map."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % n_classes
    maps = rng.normal(0.5, 0.05, (n, 3, side, side)) + rng.normal(0, 0.05, (n, 3, 1, 1))
    for i, k in enumerate(truth):
        maps[i, 1, 2 * k : 2 * k + 2] -= 0.2
    return torch.from_numpy(maps.astype(np.float32)), truth


def mirrored(maps: Tensor) -> Tensor:
    """What the camera would have seen of the mirrored face: pixels swapped, u around its rest negated."""
    swapped = maps.flip(3)
    rest = torch.from_numpy(np.median(maps[:, 0].numpy(), axis=(1, 2), keepdims=True))
    swapped[:, 0] = 2 * rest - swapped[:, 0]
    return swapped


def fit(name: str, maps: Tensor, truth: Classes, n_classes: int = 3, **options: Any) -> Any:
    return fit_classical(build_classifier(name, **options), maps, truth, n_classes, inputs=INPUTS)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_level_of_rest_does_not_matter(name: str) -> None:
    maps, truth = movements()
    raised = maps + torch.tensor([0.1, -0.2, 0.3])[:, None, None]
    as_they_are, moved = (fit(name, m, truth).predict_probabilities(m) for m in (maps, raised))
    np.testing.assert_allclose(moved, as_they_are, atol=2e-3)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_probabilities_are_probabilities_and_the_same_each_time(name: str) -> None:
    maps, truth = movements()
    first, second = (fit(name, maps, truth).predict_probabilities(maps) for _ in range(2))
    assert first.shape == (45, 3)
    assert first.dtype == np.float64
    assert (first >= 0).all()
    np.testing.assert_allclose(first.sum(1), 1)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", ["logistic_regression", "rbf_svm"])
def test_movement_is_learnt_from_other_maps(name: str) -> None:
    maps, truth = movements()
    unseen, unseen_truth = movements(30, seed=1)
    probabilities = fit(name, maps, truth).predict_probabilities(unseen)
    assert (probabilities.argmax(1) == unseen_truth).mean() > 0.9


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_scale_of_the_maps_does_not_matter(name: str) -> None:
    maps, truth = movements()
    small = fit(name, maps, truth).predict_probabilities(maps)
    large = fit(name, 255 * maps, truth).predict_probabilities(255 * maps)
    np.testing.assert_allclose(large, small, atol=2e-3)


def test_majority_and_prior_answer_from_the_training_classes_alone() -> None:
    maps, _ = movements(10)
    truth = np.array([0, 2, 2, 2, 2, 2, 0, 0, 1, 2])
    np.testing.assert_allclose(fit("majority", maps, truth).predict_probabilities(maps[:2]), [[0, 0, 1]] * 2)
    np.testing.assert_allclose(fit("prior", maps, truth).predict_probabilities(maps[:2]), [[0.3, 0.1, 0.6]] * 2)


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("held", [(0, 2), (1,), (2,), (1, 3)])
@pytest.mark.slow
def test_a_class_that_training_lacks_has_probability_zero(name: str, held: tuple[int, ...]) -> None:
    maps, truth = movements(40, n_classes=4)
    kept = np.isin(truth, held)
    probabilities = fit(name, maps[kept], truth[kept], 4).predict_probabilities(maps)
    lacking = [k for k in range(4) if k not in held]
    assert not probabilities[:, lacking].any()
    np.testing.assert_allclose(probabilities[:, list(held)].sum(1), 1)


@pytest.mark.parametrize("estimator", [build_classifier("rbf_svm"), RidgeClassifier()], ids=["svm", "ridge"])
def test_two_decision_values_make_the_right_class_the_likelier(estimator: Any) -> None:
    maps, truth = movements(40, n_classes=2)
    probabilities = fit_classical(estimator, maps, truth, 2, inputs=INPUTS).predict_probabilities(maps)
    assert (probabilities.argmax(1) == truth).mean() > 0.95


@pytest.mark.parametrize("name", ["logistic_regression", "rbf_svm"])
def test_a_face_and_its_mirror_image_are_answered_alike(name: str) -> None:
    maps, truth = movements()
    maps[truth == 1, 0, :, :4] += 0.2  # class 1 moves one side to the right as well
    fitted = fit(name, maps, truth)
    np.testing.assert_allclose(
        fitted.predict_probabilities(mirrored(maps)), fitted.predict_probabilities(maps), atol=1e-5
    )


def test_training_on_mirror_images_is_what_mirror_does() -> None:
    maps, truth = movements()
    rng = np.random.default_rng(3)
    maps += torch.from_numpy(rng.normal(0, 0.1, tuple(maps.shape)))
    both = torch.cat([maps, mirrored(maps)])
    with_mirror = fit_classical(LogisticRegression(max_iter=1000), maps, truth, 3, inputs=INPUTS)
    by_hand = fit_classical(LogisticRegression(max_iter=1000), both, np.tile(truth, 2), 3, inputs=INPUTS, mirror=False)
    average = (by_hand.predict_probabilities(maps) + by_hand.predict_probabilities(mirrored(maps))) / 2
    np.testing.assert_allclose(with_mirror.predict_probabilities(maps), average, atol=1e-4)
    off = fit_classical(LogisticRegression(max_iter=1000), maps, truth, 3, inputs=INPUTS, mirror=False)
    assert not np.allclose(off.predict_probabilities(maps), average, atol=1e-2)


@pytest.mark.parametrize(
    "estimator",
    [KNeighborsClassifier(1), RandomForestClassifier(5, random_state=0), RidgeClassifier(), NamesOnly()],
    ids=lambda e: type(e).__name__,
)
def test_any_scikit_learn_classifier_is_accepted_and_left_as_it_was(estimator: Any) -> None:
    maps, truth = movements(20)
    before = vars(estimator).copy()
    probabilities = fit_classical(estimator, maps, truth, 3, inputs=INPUTS).predict_probabilities(maps)
    assert vars(estimator) == before
    assert (probabilities.argmax(1) == truth).mean() > 0.9


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=8), st.sampled_from(["logistic_regression", "rbf_svm"]))
@pytest.mark.slow
def test_no_mixture_of_training_classes_is_too_poor(classes: list[int], name: str) -> None:
    maps, _ = movements(len(classes))
    probabilities = fit(name, maps, np.array(classes), 5).predict_probabilities(maps)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)  # maps are float32, and so are logits


def test_still_maps_are_no_obstacle() -> None:
    maps, truth = torch.full((6, 3, 8, 8), 0.5), np.arange(6) % 3
    for name in CLASSIFIERS:
        assert np.isfinite(fit(name, maps, truth).predict_probabilities(maps)).all()


def test_no_map_to_predict_gives_no_row() -> None:
    maps, truth = movements(6)
    assert fit("logistic_regression", maps, truth).predict_probabilities(maps[:0]).shape == (0, 3)


def test_maps_and_truth_that_do_not_belong_together_are_refused() -> None:
    maps, truth = movements(6)
    expected = "maps must be (N, C, H, W) and truth (N,), with N at least 1; got (6, 3, 8, 8) and (5,)."
    with pytest.raises(ShapeError, match=re.escape(expected)):
        fit("prior", maps, truth[:5])
    with pytest.raises(ShapeError, match="with N at least 1"):
        fit("prior", maps[:0], truth[:0])
    with pytest.raises(ShapeError, match=re.escape("truth must lie in 0..1; got 0..2.")):
        fit("prior", maps, truth, 2)
    with pytest.raises(ShapeError, match=re.escape("maps must be (N, 3, 8, 8), as in training; got (6, 3, 8, 7).")):
        fit("prior", maps, truth).predict_probabilities(maps[..., 1:])


def test_an_unknown_name_or_option_is_answered_with_the_known_ones() -> None:
    names = "majority, prior, logistic_regression, rbf_svm"
    expected = f"there is no classifier 'rbf_svn'; expected one of {names}. Did you mean 'rbf_svm'?"
    with pytest.raises(SettingsError, match=re.escape(expected)):
        build_classifier("rbf_svn")
    with pytest.raises(SettingsError, match=re.escape(f"no classifier 'xx'; expected one of {names}.") + "$"):
        build_classifier("xx")
    with pytest.raises(SettingsError, match=re.escape("'rbf_svm' has no option 'C'; expected c or gamma.")):
        build_classifier("rbf_svm", C=2)
    with pytest.raises(SettingsError, match=re.escape("'prior' has no option 'c'; expected no option at all.")):
        build_classifier("prior", c=1.0)


def test_options_reach_the_classifier() -> None:
    maps, truth = movements()
    weak, strong = (fit("logistic_regression", maps, truth, c=c).predict_probabilities(maps).max() for c in (1e-5, 1.0))
    assert weak < 0.5 < 0.9 < strong


@pytest.mark.slow
@pytest.mark.skipif(not FLOWS.exists(), reason="needs ../shared/data/flows (licensed)")
def test_logistic_regression_reaches_its_known_score_on_real_maps() -> None:
    with np.load(FLOWS / "megc2019_dev_flow_b.npz") as flows:
        maps = torch.from_numpy(flows["flow"][:, 0].transpose(0, 3, 1, 2) / np.float32(255))
        truth, subject = flows["label"], flows["subject"]
    prediction = np.full(len(truth), -1)
    for name in np.unique(subject):
        held = subject == name
        with processor_threads():  # as in an evaluation; several of BLAS hinder each other where other programs run
            fitted = fit("logistic_regression", maps[~held], truth[~held])
        prediction[held] = fitted.predict_probabilities(maps[held]).argmax(1)
    hits = np.array([((prediction == k) & (truth == k)).sum() for k in range(3)])
    named = np.array([(prediction == k).sum() + (truth == k).sum() for k in range(3)])
    assert np.mean(2 * hits / named) == pytest.approx(0.747, abs=2e-3)
    assert np.mean(hits / np.bincount(truth)) == pytest.approx(0.770, abs=2e-3)


def test_mirroring_negates_u_wherever_it_is_and_nothing_where_there_is_none() -> None:
    rng = np.random.default_rng(0)
    maps = torch.from_numpy(rng.normal(size=(12, 2, 8, 8)).astype(np.float32))
    truth = np.tile([0, 1], 6)
    for channels in (("v", "strain"), ("u", "v"), ("v", "u")):
        inputs = InputSettings(channels=channels, centre=False)  # uncentred maps are centred here all the same
        fitted = fit_classical(build_classifier("logistic_regression"), maps, truth, 2, inputs=inputs)
        other = maps.flip(3)
        if "u" in channels:
            other[:, channels.index("u")] *= -1
        np.testing.assert_allclose(fitted.predict_probabilities(maps), fitted.predict_probabilities(other), atol=1e-6)
