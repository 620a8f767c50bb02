"""What an evaluation said of people that its networks had not seen: the only ground for numbers on a card."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reliability import brier_score, cross_fitted, fit_temperature, negative_log_likelihood, subject_interval

from glfnet.config.settings import Settings
from glfnet.errors import RunFolderError
from glfnet.recognition.card import Estimate
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.predictions import Predictions, read_predictions
from glfnet.scores.resampling import rows_by_seed
from glfnet.settings_page import identifying_settings

Statistic = Callable[[NDArray[np.float64], NDArray[np.int64]], float]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What the evaluation said of people that its networks had not seen, averaged over the seeds.

    Attributes:
        predictions: the seed-averaged table.
        single: (R, N, K) probabilities of each seed alone.
        probabilities: (N, K), their mean.
        truth: (N,).
        subjects: (N,).
        temperature: fitted on all of them.
        fitted: (N, K), each subject's at the temperature of the others.
        resamples: of subjects, for each interval.
    """

    predictions: Predictions
    single: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]
    subjects: NDArray[np.str_]
    temperature: float
    fitted: NDArray[np.float64]
    resamples: int

    def estimate(self, probabilities: NDArray[np.float64], statistic: Statistic) -> Estimate:
        """Return a number and its interval over subjects."""
        low, high = subject_interval(
            lambda rows: statistic(probabilities[rows], self.truth[rows]), self.subjects, resamples=self.resamples
        )
        return Estimate(value=rounded(statistic(probabilities, self.truth)), low=rounded(low), high=rounded(high))


def read_held_out(run: Path, settings: Settings, flow: FlowSet, resamples: int = 10_000) -> HeldOut:
    """Read a finished evaluation.

    Args:
        run: its folder.
        settings: of the evaluation.
        flow: the samples that were evaluated.
        resamples: of subjects, for each interval.

    Raises:
        RunFolderError: if it is not one of these settings and this data, or not finished.
    """
    check_run(run, settings, flow)
    predictions = read_predictions(run / "predictions.csv")
    rows = rows_by_seed(predictions)
    if sorted(predictions.sample_id[rows[0]]) != [sample.sample_id for sample in flow.samples]:
        raise RunFolderError(f"{run}: predictions.csv lacks samples of the data. Let `glfnet evaluate` end first.")
    single = predictions.probabilities[rows]
    mean, first = single.mean(axis=0), rows[0]
    averaged = Predictions(
        classes=predictions.classes,
        sample_id=predictions.sample_id[first],
        fold=predictions.fold[first],
        seed=predictions.seed[first],
        truth=predictions.truth[first],
        probabilities=mean,
        prediction=mean.argmax(axis=1),
        test_selected_prediction=mean.argmax(axis=1),  # an average has none
    )
    truth, subjects = averaged.truth, averaged.subject
    return HeldOut(
        predictions=averaged,
        single=single,
        probabilities=mean,
        truth=truth,
        subjects=subjects,
        temperature=fit_temperature(mean, truth),
        fitted=cross_fitted(mean, truth, subjects),
        resamples=resamples,
    )


def check_run(run: Path, settings: Settings, flow: FlowSet) -> None:
    """Raise RunFolderError unless a folder has a run of these settings and this data."""
    try:
        identity = json.loads((run / "identity.json").read_text())
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{run}: no run ({error}). Name the folder of a finished `glfnet evaluate`.") from error
    own = {"settings": identifying_settings(settings), "data": flow.digest(), "model": settings.model.kind}
    for name, needed in own.items():
        if identity.get(name) != needed:
            raise RunFolderError(
                f"{run}: another run: its {name} are not those that the weights are trained with. "
                "Evaluate the recipe glfnet on the same flow maps first (scripts/develop.sh)."
            )


def mean_likelihood(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Return the mean negative log-likelihood."""
    return float(negative_log_likelihood(probabilities, truth).mean())


def mean_brier(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Return the mean Brier score."""
    return float(brier_score(probabilities, truth).mean())


def rounded(value: float) -> float:
    """Return a number as it stands on a card."""
    return round(value, 6)
