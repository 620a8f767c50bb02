"""Classifiers that are not networks: what every network must beat to have learnt anything.

Any scikit-learn classifier works through the same door, `fit_classical`. On the 46 development subjects (LOSO, pooled),
`logistic_regression()` gives UF1 / UAR 0.709 / 0.726 on the first rendition of the flow maps and 0.747 / 0.770 on the
second, with mirrored views, maps as `flow_features` makes them (the median of all three channels subtracted) and each
feature standardised on the training part. It is the standardising that sets the scale on which C = 1e-3 is meant:
whether maps lie in 0..1 or 0..255 changes nothing. Subtracting the median of u and v only gives 0.696 / 0.721 and
0.740 / 0.765.
"""

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from glfnet.errors import SettingsError, ShapeError

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


def flow_features(maps: Floats) -> Floats:
    """Return each flow map as one row of numbers in which no movement is zero.

    Args:
        maps: (N, C, H, W), channels u, v, strain; on any scale.

    Returns:
        (N, C * H * W): each map's own median subtracted, channel by channel. Maps stored as 8-bit pictures have lost
        their zero, and most of a face does not move: the median stands in for it.

    Raises:
        ShapeError: if `maps` is not (N, C, H, W).
    """
    return _rows(_centred(maps))


@dataclass(frozen=True, slots=True, eq=False)
class FittedClassical:
    """A fitted classifier that takes flow maps.

    Attributes:
        estimator: the fitted scikit-learn classifier.
        n_classes: number of probability columns, whatever classes the training part held.
        map_shape: (C, H, W) of the maps it was fitted on.
        mirror: whether the probabilities of a map and its mirror image are averaged.
        u_channel: which channel is u, or None if the maps have none.
    """

    estimator: Estimator
    n_classes: int
    map_shape: tuple[int, ...]
    mirror: bool
    u_channel: int | None = 0

    def predict_probabilities(self, maps: Floats) -> NDArray[np.float64]:
        """Return (N, n_classes) that sum to one by row; 0 for a class that the training part lacked.

        A classifier without `predict_proba`, such as an SVM, gives the softmax of its decision values: good for the
        order of classes, not calibrated. One that has neither gives 1 for the class it names.

        Args:
            maps: (N, C, H, W), channels u, v, strain, on the scale of the training maps.

        Raises:
            ShapeError: if the maps are not of the size that was trained on.
        """
        if maps.ndim != 4 or maps.shape[1:] != self.map_shape:
            expected = ", ".join(map(str, self.map_shape))
            raise ShapeError(f"maps must be (N, {expected}), as in training; got {maps.shape}.")
        if len(maps) == 0:
            return np.zeros((0, self.n_classes))
        probabilities = np.zeros((len(maps), self.n_classes))
        classes = np.asarray(self.estimator.classes_, dtype=np.intp)
        views = _views(maps, self.mirror, self.u_channel)
        probabilities[:, classes] = np.mean([_probabilities(self.estimator, _rows(v)) for v in views], axis=0)
        return probabilities


def fit_classical(
    estimator: Estimator,
    maps: Floats,
    truth: NDArray[np.integer[Any]],
    n_classes: int,
    *,
    mirror: bool = True,
    u_channel: int | None = 0,
) -> FittedClassical:
    """Fit a scikit-learn classifier on flow maps.

    The estimator itself is left as it is; a clone is fitted. Equal input gives equal output, if the estimator's own
    random state is set. Where all of `truth` is one class, which many classifiers refuse, that class is the answer.

    Args:
        estimator: any scikit-learn classifier, or a pipeline that ends in one.
        maps: (N, C, H, W), channels u, v, strain; made into features by `flow_features`.
        truth: (N,) class indices from 0 to n_classes - 1; not all classes need occur.
        n_classes: number of classes of the task.
        mirror: also train on mirrored maps, and average both views when predicting. Mirrored means flipped left to
            right with u negated.
        u_channel: which channel is u, or None if the maps have none.

    Raises:
        ShapeError: if there is no map, or maps and truth do not belong together.
    """
    if maps.ndim != 4 or len(maps) == 0 or truth.shape != (len(maps),):
        raise ShapeError(
            f"maps must be (N, C, H, W) and truth (N,), with N at least 1; got {maps.shape} and {truth.shape}."
        )
    if truth.min() < 0 or truth.max() >= n_classes:
        raise ShapeError(f"truth must lie in 0..{n_classes - 1}; got {truth.min()}..{truth.max()}.")
    views = _views(maps, mirror, u_channel)
    chosen = estimator if len(np.unique(truth)) > 1 else majority_class()
    fitted = clone(chosen).fit(np.concatenate([_rows(v) for v in views]), np.tile(truth, len(views)))
    return FittedClassical(fitted, n_classes, maps.shape[1:], mirror, u_channel)


def _centred(maps: Floats) -> Floats:
    if maps.ndim != 4:
        raise ShapeError(f"maps must be (N, C, H, W), channels u, v, strain; got {maps.shape}.")
    centred: Floats = maps - np.median(maps, axis=(2, 3), keepdims=True).astype(maps.dtype)
    return centred


def _mirrored(centred: Floats, u_channel: int | None) -> Floats:
    mirrored = centred[..., ::-1].copy()
    if u_channel is not None:
        mirrored[:, u_channel] *= -1  # what moved right in the face now moves left in the picture
    return mirrored


def _views(maps: Floats, mirror: bool, u_channel: int | None) -> list[Floats]:
    centred = _centred(maps)
    return [centred, _mirrored(centred, u_channel)] if mirror else [centred]


def _rows(maps: Floats) -> Floats:
    return maps.reshape(len(maps), -1)


def _probabilities(estimator: Any, features: Floats) -> NDArray[np.float64]:
    """Return (N, K) over the estimator's own K classes."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(features), dtype=np.float64)
    if hasattr(estimator, "decision_function"):
        return _softmax(np.asarray(estimator.decision_function(features), dtype=np.float64))
    named: NDArray[np.bool_] = np.asarray(estimator.predict(features))[:, None] == np.asarray(estimator.classes_)
    return named.astype(np.float64)


def _softmax(decision: NDArray[np.float64]) -> NDArray[np.float64]:
    if decision.ndim == 1:  # two classes: scikit-learn gives one value, positive for the second class
        decision = np.stack([np.zeros_like(decision), decision], axis=1)
    weight = np.exp(decision - decision.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = weight / weight.sum(axis=1, keepdims=True)
    return shares
