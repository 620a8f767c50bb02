"""Classifiers that are not networks: what every network must beat to have learnt anything.

Any scikit-learn classifier works through the same door, `fit_classical`. On the 46 development subjects (LOSO, pooled),
`logistic_regression()` gives UF1 / UAR 0.709 / 0.726 on the first rendition of the flow maps and 0.747 / 0.770 on the
second, with mirrored views, the median of all three channels subtracted and each feature standardised on the training
part. The standardising sets the scale on which C = 1e-3 is meant: whether maps lie in 0..1 or 0..255 changes nothing.
Subtracting the median of u and v only gives 0.696 / 0.721 and 0.740 / 0.765.
"""

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor

from glfnet.config.settings import InputSettings
from glfnet.errors import SettingsError, ShapeError
from glfnet.model.inputs import mirrored

Floats = NDArray[np.floating[Any]]


class Estimator(Protocol):
    """A scikit-learn classifier: anything that can be cloned, fitted on rows of features, and asked for a class.

    It is asked for `predict_proba` if it has that, else for `decision_function`, else for `predict`.
    """

    classes_: Any

    def fit(self, X: Any, y: Any) -> Any:
        """Learn from features (N, F) and class indices (N,)."""
        ...

    def predict(self, X: Any) -> Any:
        """Return the class index of each row."""
        ...


def majority_class() -> Estimator:
    """Return the classifier that always answers the most frequent class of its training part."""
    estimator: Estimator = DummyClassifier(strategy="most_frequent")
    return estimator


def class_prior() -> Estimator:
    """Return the classifier that always answers the class frequencies of its training part as probabilities."""
    estimator: Estimator = DummyClassifier(strategy="prior")
    return estimator


def logistic_regression(c: float = 1e-3) -> Estimator:
    """Return multinomial logistic regression on standardised features, classes weighted equally.

    Args:
        c: inverse strength of the L2 penalty; smaller is simpler.
    """
    regression = LogisticRegression(C=c, class_weight="balanced", max_iter=5000)
    estimator: Estimator = make_pipeline(StandardScaler(), regression)
    return estimator


def rbf_svm(c: float = 1.0, gamma: float | str = "scale") -> Estimator:
    """Return a support vector machine with an RBF kernel on standardised features, classes weighted equally.

    Args:
        c: inverse strength of the penalty.
        gamma: width of the kernel, or "scale" or "auto" as in scikit-learn.
    """
    estimator: Estimator = make_pipeline(StandardScaler(), SVC(C=c, gamma=gamma, class_weight="balanced"))
    return estimator


CLASSIFIERS: Mapping[str, Callable[..., Estimator]] = MappingProxyType(
    {
        "majority": majority_class,
        "prior": class_prior,
        "logistic_regression": logistic_regression,
        "rbf_svm": rbf_svm,
    }
)


def build_classifier(name: str, **options: Any) -> Estimator:
    """Return an unfitted classifier by name: `build_classifier("rbf_svm", c=10)`.

    Raises:
        SettingsError: if there is no such classifier, or it has no such option.
    """
    if name not in CLASSIFIERS:
        near = difflib.get_close_matches(name, CLASSIFIERS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SettingsError(f"there is no classifier {name!r}; expected one of {', '.join(CLASSIFIERS)}.{hint}")
    known = list(inspect.signature(CLASSIFIERS[name]).parameters)
    unknown = [option for option in options if option not in known]
    if unknown:
        raise SettingsError(
            f"classifier {name!r} has no option {unknown[0]!r}; expected {' or '.join(known) or 'no option at all'}."
        )
    return CLASSIFIERS[name](**options)


@dataclass(frozen=True, slots=True, eq=False)
class FittedClassical:
    """A fitted classifier that takes flow maps.

    Attributes:
        estimator: the fitted scikit-learn classifier.
        n_classes: number of probability columns, whatever classes the training part held.
        map_shape: (C, H, W) of the maps it was fitted on.
        inputs: how those maps were made.
        mirror: whether the probabilities of a map and its mirror image are averaged.
    """

    estimator: Estimator
    n_classes: int
    map_shape: tuple[int, ...]
    inputs: InputSettings
    mirror: bool

    def predict_probabilities(self, maps: Tensor) -> NDArray[np.float64]:
        """Return (N, n_classes) that sum to one by row; 0 for a class that the training part lacked.

        For a classifier without `predict_proba`, such as an SVM, they are the softmax of its decision values: good for
        the order of classes, not calibrated. Where there is neither, the class it names gets 1.

        Args:
            maps: (N, C, H, W), made as the training maps were.

        Raises:
            ShapeError: if the maps are not of the size that was trained on.
        """
        if maps.ndim != 4 or maps.shape[1:] != self.map_shape:
            expected = ", ".join(map(str, self.map_shape))
            raise ShapeError(f"maps must be (N, {expected}), as in training; got {tuple(maps.shape)}.")
        if len(maps) == 0:
            return np.zeros((0, self.n_classes))
        probabilities = np.zeros((len(maps), self.n_classes))
        classes = np.asarray(self.estimator.classes_, dtype=np.intp)
        views = _views(maps, self.inputs, mirror=self.mirror)
        probabilities[:, classes] = np.mean([_probabilities(self.estimator, view) for view in views], axis=0)
        return probabilities


def fit_classical(
    estimator: Estimator,
    maps: Tensor,
    truth: NDArray[np.integer[Any]],
    n_classes: int,
    *,
    inputs: InputSettings,
    mirror: bool = True,
) -> FittedClassical:
    """Fit a scikit-learn classifier on flow maps.

    Each number of a map is a feature, once the median of its channel is subtracted: most of a face does not move, so 0
    then means no movement. A clone is fitted, and the estimator itself stays as it is. Equal input gives equal output
    if the estimator's own random state is set. Where all of `truth` is one class, which many classifiers refuse, that
    class is the answer.

    Args:
        estimator: any scikit-learn classifier, or a pipeline that ends in one.
        maps: (N, C, H, W) float32 on the CPU, as `inputs.network_input` gives them.
        truth: (N,) class indices from 0 to n_classes - 1; not all classes need occur.
        n_classes: number of classes of the task.
        inputs: how the maps were made, and so which channel is u, for the mirror.
        mirror: also train on the maps of the mirrored faces, and average both views when predicting.

    Raises:
        ShapeError: if there is no map, or maps and truth do not belong together.
        SettingsError: if the estimator names no classes.
    """
    if maps.ndim != 4 or len(maps) == 0 or truth.shape != (len(maps),):
        raise ShapeError(
            f"maps must be (N, C, H, W) and truth (N,), with N at least 1; got {tuple(maps.shape)} and {truth.shape}."
        )
    if truth.min() < 0 or truth.max() >= n_classes:
        raise ShapeError(f"truth must lie in 0..{n_classes - 1}; got {truth.min()}..{truth.max()}.")
    views = _views(maps, inputs, mirror=mirror)
    chosen = estimator if len(np.unique(truth)) > 1 else majority_class()
    fitted = clone(chosen).fit(np.concatenate(views), np.tile(truth, len(views)))
    if not hasattr(fitted, "classes_"):
        found = f"{type(estimator).__name__} without classes_ once it is fitted"
        raise SettingsError(f"model: found {found}; expected a scikit-learn classifier, which names its classes there.")
    return FittedClassical(fitted, n_classes, tuple(maps.shape[1:]), inputs, mirror)


def _views(maps: Tensor, inputs: InputSettings, *, mirror: bool) -> list[Floats]:
    """Return each view of the maps as rows of features in which 0 is no movement."""
    # Not the quantile that `input_maps` subtracts: it rounds medians near 0 otherwise, by 1e-10. Logistic regression
    # stops where its steps become small, which then is elsewhere: probabilities would move in their fourth decimal.
    rest = maps - torch.from_numpy(np.median(maps.numpy(), axis=(2, 3), keepdims=True))
    about_zero = inputs.model_copy(update={"centre": True})
    views = [rest, mirrored(rest, about_zero)] if mirror else [rest]
    return [view.flatten(1).numpy() for view in views]


def _probabilities(estimator: Any, features: Floats) -> NDArray[np.float64]:
    """Return (N, K) over the estimator's own K classes."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(features), dtype=np.float64)
    if hasattr(estimator, "decision_function"):
        decision = np.asarray(estimator.decision_function(features), dtype=np.float64)
        if decision.ndim == 1:  # two classes: scikit-learn gives one value, positive for the second class
            decision = np.stack([np.zeros_like(decision), decision], axis=1)
        return np.asarray(softmax(decision, axis=1))
    named: NDArray[np.bool_] = np.asarray(estimator.predict(features))[:, None] == np.asarray(estimator.classes_)
    return named.astype(np.float64)
