"""What an evaluation said of people that its networks had not seen: the only ground for numbers on a card."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glfnet.config.settings import Settings
from glfnet.errors import RunFolderError
from glfnet.recognition.card import CalibrationScore, Estimate, Score
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.metrics import accuracy, uar, uf1
from glfnet.scores.predictions import Predictions, read_predictions
from glfnet.scores.reliability import (
    brier_score,
    cross_fitted,
    error_of_the_calibrated,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    subject_interval,
)
from glfnet.scores.resampling import interval, rows_by_seed, subject_confusions
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
        seeds: of the run.
    """

    predictions: Predictions
    single: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]
    subjects: NDArray[np.str_]
    temperature: float
    fitted: NDArray[np.float64]
    resamples: int
    seeds: tuple[int, ...] = ()

    def estimate(self, probabilities: NDArray[np.float64], statistic: Statistic) -> Estimate:
        """Return a number and its interval over subjects."""
        low, high = subject_interval(
            lambda rows: statistic(probabilities[rows], self.truth[rows]), self.subjects, resamples=self.resamples
        )
        return Estimate(value=rounded(statistic(probabilities, self.truth)), low=rounded(low), high=rounded(high))


def read_held_out(
    run: Path, settings: Settings, flow: FlowSet, sample_ids: Collection[str], resamples: int = 10_000
) -> HeldOut:
    """Read a finished evaluation.

    Args:
        run: its folder.
        settings: of the evaluation.
        flow: the samples that were evaluated, also those that do not count.
        sample_ids: of those that count.
        resamples: of subjects, for each interval.

    Raises:
        RunFolderError: if it is not one of these settings and this data, or not finished.
    """
    check_run(run, settings, flow)
    predictions = read_predictions(run / "predictions.csv")
    rows = rows_by_seed(predictions)
    missing = sorted(set(sample_ids) - set(predictions.sample_id[rows[0]].tolist()))
    if missing:
        raise RunFolderError(
            f"{run}: predictions.csv lacks {len(missing)} of {len(sample_ids)} clips, such as {missing[0]}; expected "
            "each of them held out once: let `glfnet evaluate` end, under the protocol cde, sde, lodo or kfold."
        )
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
        seeds=predictions.seeds,
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
                f"{run}: another run: its {name} are not those that the weights are trained with. Evaluate the same "
                "flow maps with the same settings first, or name the maps that this run had."
            )


def honest_score(held_out: HeldOut, protocol: str) -> Score:
    """Return the score of the seed-averaged answers, which are what the weights give."""
    confusions = subject_confusions(held_out.predictions)[1]
    found = {
        name: interval(confusions, metric, resamples=held_out.resamples)
        for name, metric in (("uf1", uf1), ("uar", uar), ("accuracy", accuracy))
    }
    estimates = {
        name: Estimate(value=rounded(one.mean), low=rounded(one.low), high=rounded(one.high))
        for name, one in found.items()
    }
    return Score(protocol=protocol, **estimates)


def calibration_score(held_out: HeldOut, how: str) -> CalibrationScore:
    """Return how far held-out probabilities could be trusted, before and after."""
    before, after = held_out.probabilities, held_out.fitted
    return CalibrationScore(
        how=how,
        error=held_out.estimate(after, expected_calibration_error),
        error_before=held_out.estimate(before, expected_calibration_error),
        error_of_the_calibrated=rounded(error_of_the_calibrated(after)),
        likelihood=held_out.estimate(after, mean_likelihood),
        likelihood_before=held_out.estimate(before, mean_likelihood),
        brier=held_out.estimate(after, mean_brier),
        brier_before=held_out.estimate(before, mean_brier),
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
