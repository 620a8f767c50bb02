"""Run a protocol: fit every fold for every seed, in parallel, and gather the predictions of the held-out samples.

Only here are training and held-out samples in one place. The trainer gets the training part. A recorder, from which the
trainer cannot read, keeps each epoch's predictions of the held-out part.
"""

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.evaluation.labelled_set import LabelledSet
from glfnet.evaluation.protocol import Fold
from glfnet.evaluation.run_folder import FoldResult, RunFolder, frozen, gather, gather_units
from glfnet.model.training_part import TrainingPart
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.metrics import confusion, uf1
from glfnet.scores.predictions import Predictions, probability_fault
from glfnet.scores.unit_predictions import UnitPredictions
from glfnet.workers import worked


class Classifier(Protocol):
    """Anything that gives each sample a probability for each class."""

    def predict_probabilities(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, K), rows summing to 1."""
        ...


class UnitClassifier(Protocol):
    """Anything that gives each sample a probability for each action unit."""

    def predict_units(self, flow: FlowSet) -> NDArray[np.float64]:
        """Return (N, U), each in 0..1."""
        ...


TrainFold = Callable[[TrainingPart, Callable[[int, Any], None]], Any]
"""Returns a `Classifier` where there are classes to learn, or else a `UnitClassifier`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        done: folds finished, over all seeds.
        total: folds in all.
        uf1_so_far: pooled over the folds finished so far; NaN while a class has not been held out yet, and where action
            units are the task.
    """

    done: int
    total: int
    uf1_so_far: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """All predictions of a run.

    Attributes:
        predictions: the table, of classes or of action units.
        looks: the largest number of epochs a test-selected prediction was chosen from; 1 without epochs.
        fold_time_s: time spent in folds, summed over folds and seeds, including those of earlier calls.
        kept: folds that an earlier call had finished.
    """

    predictions: Predictions | UnitPredictions
    looks: int
    fold_time_s: float
    kept: int


@dataclass(slots=True)
class EpochRecorder:
    """Keeps each epoch's probabilities of the held-out samples, summed over the members of an ensemble."""

    held_out: FlowSet
    probabilities: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def __call__(self, epoch: int, classifier: Classifier) -> None:
        """Record one epoch; nothing is returned to the trainer."""
        p = classifier.predict_probabilities(self.held_out)
        self.probabilities[epoch] = self.probabilities[epoch] + p if epoch in self.probabilities else p

    def test_selected(self, truth: NDArray[np.int64], otherwise: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the (N,) classes of the first epoch with most held-out samples correct; `otherwise` without epochs.

        Much published code reports this (HTNet and others); it is not an estimate of performance.
        """
        classes = [self.probabilities[epoch].argmax(axis=1) for epoch in sorted(self.probabilities)]
        return max(classes, key=lambda predicted: int((predicted == truth).sum()), default=otherwise)


def run_protocol(
    data: LabelledSet,
    folds: Sequence[Fold],
    train: TrainFold,
    folder: RunFolder,
    *,
    seeds: Sequence[int] = (0,),
    jobs: int = 1,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Outcome:
    """Fit every fold for every seed and return all predictions.

    The outcome depends only on data, folds, trainer and seeds: not on `jobs`, not on the order, and not on how often
    the run was killed and resumed.

    Args:
        data: labelled samples.
        folds: what to train on and hold out.
        train: fits one fold; must be picklable.
        folder: keeps each finished fold.
        seeds: run seeds; each fits every fold once.
        jobs: processes; more than there are folds does no harm.
        report: is called before the first fold and after every finished fold.
    """
    tasks = [(fold, seed) for seed in seeds for fold in folds]
    found = [folder.find_fold(fold.name, seed, _ids(data, fold)) for fold, seed in tasks]
    results = [result for result in found if result is not None]
    kept = len(results)
    report(_progress(results, len(tasks), len(data.classes)))
    missing = [task for task, result in zip(tasks, found, strict=True) if result is None]
    arguments = ((data, fold, train, seed, folder) for fold, seed in missing)
    for result in worked(_fit_and_keep, arguments, min(jobs, max(len(missing), 1))):
        results.append(result)
        report(_progress(results, len(tasks), len(data.classes)))
    return Outcome(
        predictions=gather(results, data.classes) if data.classes else gather_units(results, data.units),
        looks=max(result.looks for result in results),
        fold_time_s=sum(result.duration_s for result in results),
        kept=kept,
    )


def fit_fold(data: LabelledSet, fold: Fold, train: TrainFold, seed: int) -> FoldResult:
    """Fit one fold alone, with the same result as in a whole run.

    Raises:
        SettingsError: if there are no probabilities, because training diverged or the model gives something else.
    """
    started = time.perf_counter()
    part = data.training_part(fold.train, fold_seed(seed, fold.name), seed)
    held_out = data.flow.select(fold.test)
    ask = _ask_classes if data.classes else _ask_units
    answers = ask(train, part, held_out, data, fold)
    _check_probabilities(answers.probabilities, fold.name, seed, sum_to_one=bool(data.classes))
    return FoldResult(
        fold=fold.name,
        seed=seed,
        sample_ids=_ids(data, fold),
        truth=frozen(answers.truth.tolist()),
        probabilities=frozen(answers.probabilities.tolist()),
        test_selected=frozen(answers.test_selected.tolist()),
        looks=answers.looks,
        duration_s=time.perf_counter() - started,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """Of the held-out samples: (N,) or (N, U) truth, (N, K) or (N, U) probabilities, (N,) or no selected classes."""

    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    test_selected: NDArray[np.int64]
    looks: int


def _ask_classes(train: TrainFold, part: TrainingPart, held_out: FlowSet, data: LabelledSet, fold: Fold) -> _Answers:
    truth, recorder = data.truth[list(fold.test)], EpochRecorder(held_out)
    probabilities = train(part, recorder).predict_probabilities(held_out)
    selected = recorder.test_selected(truth, otherwise=probabilities.argmax(axis=1))
    return _Answers(truth, probabilities, selected, max(len(recorder.probabilities), 1))


def _ask_units(train: TrainFold, part: TrainingPart, held_out: FlowSet, data: LabelledSet, fold: Fold) -> _Answers:
    # No epoch is watched: nothing of this task is ever chosen on held-out samples, not even for comparison.
    probabilities = train(part, lambda epoch, classifier: None).predict_units(held_out)
    return _Answers(data.presence[list(fold.test)], probabilities, np.zeros(0, dtype=np.int64), 1)


def fold_seed(run_seed: int, fold: str) -> int:
    """Return the seed of one fold, a function of (run seed, fold name): any fold can be repeated alone."""
    return int.from_bytes(hashlib.sha256(f"{run_seed}/{fold}".encode()).digest()[:4], "big")


def _check_probabilities(probabilities: NDArray[np.float64], fold: str, seed: int, *, sum_to_one: bool) -> None:
    if not np.isfinite(probabilities).all():
        raise SettingsError(
            f"fold {fold}, seed {seed}: found probabilities that are not numbers; training has diverged. "
            "Lower training.learning_rate and name another folder."
        )
    for row in probabilities.tolist() if sum_to_one else ():
        fault = probability_fault(row)
        if fault is not None:
            raise SettingsError(
                f"fold {fold}, seed {seed}: found {fault}; expected numbers from 0 to 1 that sum to 1. "
                "Let your model give probabilities."
            )


def _fit_and_keep(data: LabelledSet, fold: Fold, train: TrainFold, seed: int, folder: RunFolder) -> FoldResult:
    # Kept by the process that fitted it, so that a fold survives even if the process that waits for it is killed.
    result = fit_fold(data, fold, train, seed)
    folder.write_fold(result)
    return result


def _ids(data: LabelledSet, fold: Fold) -> tuple[str, ...]:
    return tuple(data.flow.samples[i].sample_id for i in fold.test)


def _progress(results: Sequence[FoldResult], total: int, n_classes: int) -> Progress:
    if not n_classes:
        return Progress(len(results), total, math.nan)
    truth = np.array([t for r in results for t in r.truth], dtype=np.int64)
    predicted = np.array([int(np.argmax(p)) for r in results for p in r.probabilities], dtype=np.int64)
    return Progress(len(results), total, float(uf1(confusion(truth, predicted, n_classes))))
