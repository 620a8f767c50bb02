"""Train the weights that come with glfnet, and write them with their card.

    scripts/develop.sh FLOWS runs/dev
    python scripts/train_weights.py FLOWS/norm_u_v_os_b runs/dev/b-glfnet src/glfnet/weights \
        --date 2026-11-23 --figure docs/reliability.svg

Every network is trained as in the evaluation, by the same code, but on all subjects. What cannot be measured on people
that a network has seen comes from the evaluation: the honest score, the temperature, and how far probabilities can be
trusted. A run of other settings or data is refused. Prints the tables of docs/results.md.

Repeated on one machine with the pinned packages it writes the same bytes.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import nn

from glfnet.config import Settings
from glfnet.errors import GlfnetError, RunFolderError
from glfnet.evaluation.folds import fold_seed
from glfnet.evaluation.protocol import LabelledSet, label_samples
from glfnet.files import written_whole
from glfnet.flow.clip_flow import FlowSettings
from glfnet.model.training import Ensemble, NetworkClassifier, make_trainer
from glfnet.model.training_part import TrainingPart
from glfnet.recognition.card import CalibrationScore, Card, Estimate, Features, Score, TrainingData
from glfnet.recognition.weights import write_trained
from glfnet.report.figures import CHANCE, GRID, HONEST, INK, svg
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.scores.calibration import (
    BINS,
    brier_score,
    cross_fitted,
    error_of_the_calibrated,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
    subject_interval,
)
from glfnet.scores.metrics import accuracy, uar, uf1
from glfnet.scores.predictions import Predictions, read_predictions
from glfnet.scores.resampling import interval, rows_by_seed, subject_confusions
from glfnet.settings_page import read_settings

SEEDS = range(5)
UNSURE_BELOW = 0.5  # a class is named where it is more probable than all others together
RESAMPLES = 10_000

NAME = "glfnet"
SOURCE = "onset-to-apex flow maps of MEGC2019 published with CausalNet, the 46 development subjects"
ABOUT = (
    "GLFNet, the mean of {members} networks, trained on flow maps of {samples} clips of {subjects} people who were "
    "recorded in laboratories. It tells which of three groups a brief movement of the face resembles. It does not read "
    "emotion and is no lie detector; do not use it to decide about a person."
)
PROTOCOL = (
    "one subject of {subjects} left out at a time (CDE), on the published flow maps that the networks are trained on"
)
HOW = "{samples} clips of {subjects} people whom the networks had not seen"
LICENCE = "Research use; bound by the licences of the databases CASME II, SAMM and SMIC."

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
    """

    predictions: Predictions
    single: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]
    subjects: NDArray[np.str_]
    temperature: float
    fitted: NDArray[np.float64]

    def estimate(self, probabilities: NDArray[np.float64], statistic: Statistic) -> Estimate:
        """Return a number and its interval over subjects."""
        low, high = subject_interval(
            lambda rows: statistic(probabilities[rows], self.truth[rows]), self.subjects, resamples=RESAMPLES
        )
        return Estimate(value=_rounded(statistic(probabilities, self.truth)), low=_rounded(low), high=_rounded(high))


def read_held_out(run: Path, settings: Settings, flow: FlowSet) -> HeldOut:
    """Read a finished evaluation.

    Raises:
        RunFolderError: if it is not one of these settings and this data, or not finished.
    """
    _check_run(run, settings, flow)
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
        test_selected_prediction=mean.argmax(axis=1),  # of an average there is none
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
    )


def _check_run(run: Path, settings: Settings, flow: FlowSet) -> None:
    try:
        identity = json.loads((run / "identity.json").read_text())
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{run}: no run ({error}). Name the folder of a finished `glfnet evaluate`.") from error
    own = {"settings": settings.model_dump(mode="json"), "data": flow.digest(), "model": settings.model.kind}
    for name, needed in own.items():
        if identity.get(name) != needed:
            raise RunFolderError(
                f"{run}: another run: its {name} are not those that the weights are trained with. "
                "Evaluate the recipe glfnet on the same flow maps first (scripts/develop.sh)."
            )


def train(data: LabelledSet, settings: Settings) -> list[nn.Module]:
    """Return one network a seed, trained on all subjects as the evaluation trains on all but one."""
    trainer = make_trainer(settings)
    networks: list[nn.Module] = []
    for seed in SEEDS:
        part = TrainingPart(
            flow=data.flow, truth=data.truth, n_classes=len(data.classes), seed=fold_seed(seed, "all subjects")
        )
        fitted = trainer(part, lambda epoch, classifier: None)
        members = fitted.members if isinstance(fitted, Ensemble) else (fitted,)
        networks += [member.network for member in members if isinstance(member, NetworkClassifier)]
    return networks


def make_card(data: LabelledSet, settings: Settings, held_out: HeldOut, date: str) -> Card:
    """Return the card; files' digests and members are set when it is written."""
    subjects = len({sample.subject for sample in data.flow.samples})
    counts = {"samples": len(data.flow), "subjects": subjects, "members": len(SEEDS)}
    return Card(
        name=NAME,
        about=ABOUT.format(**counts),
        classes=data.classes,
        features=Features(**asdict(FlowSettings()), normalisation="min_max"),
        settings=settings,
        members=len(SEEDS),
        temperature=_rounded(held_out.temperature),
        unsure_below=UNSURE_BELOW,
        score=honest_score(held_out, PROTOCOL.format(**counts)),
        calibration=calibration_score(held_out, HOW.format(**counts)),
        training=TrainingData(
            source=SOURCE,
            digest=data.flow.digest(),
            samples=len(data.flow),
            subjects=subjects,
            databases=tuple(sorted({sample.subject.database for sample in data.flow.samples})),
            classes=dict(zip(data.classes, np.bincount(data.truth).tolist(), strict=True)),
        ),
        licence=LICENCE,
        date=date,
        versions={package: version(package) for package in ("glfnet", "torch", "numpy")},
    )


def honest_score(held_out: HeldOut, protocol: str) -> Score:
    """Return the score of the seed-averaged answers, which are what the weights give."""
    confusions = subject_confusions(held_out.predictions)[1]
    found = {
        name: interval(confusions, metric, resamples=RESAMPLES)
        for name, metric in (("uf1", uf1), ("uar", uar), ("accuracy", accuracy))
    }
    estimates = {
        name: Estimate(value=_rounded(one.mean), low=_rounded(one.low), high=_rounded(one.high))
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
        error_of_the_calibrated=_rounded(error_of_the_calibrated(after)),
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


def print_tables(card: Card, held_out: HeldOut) -> None:
    """Print the tables of docs/results.md."""
    score, one = card.calibration, held_out.single
    assert score is not None
    measures: list[tuple[str, Statistic, Estimate, Estimate]] = [
        ("expected calibration error", expected_calibration_error, score.error_before, score.error),
        ("negative log-likelihood", mean_likelihood, score.likelihood_before, score.likelihood),
        ("Brier score", mean_brier, score.brier_before, score.brier),
    ]
    print("| | one network | mean of five | 95 % | with temperature | 95 % |\n|---|---|---|---|---|---|")
    for name, statistic, before, after in measures:
        alone = np.mean([statistic(probabilities, held_out.truth) for probabilities in one])
        print(f"| {name} | {alone:.3f} | {before.value:.3f} | {_ends(before)} | {after.value:.3f} | {_ends(after)} |")
    print(f"\nExactly calibrated probabilities would show an error of {score.error_of_the_calibrated:.3f}.")
    change = held_out.estimate(np.stack([held_out.probabilities, held_out.fitted], axis=1), _likelihood_change)
    print(f"Change of the negative log-likelihood: {change.value:+.4f} [{change.low:+.4f}, {change.high:+.4f}].")
    assert card.score is not None
    for metric in ("uf1", "uar", "accuracy"):
        print(f"{metric} of the mean of five: {getattr(card.score, metric)}")
    print_temperatures(held_out)
    print_thresholds(held_out)
    print_classes(held_out)


def print_temperatures(held_out: HeldOut) -> None:
    """Print the temperature and how far it depends on single people."""
    single = [fit_temperature(probabilities, held_out.truth) for probabilities in held_out.single]
    left_out = {
        str(subject): fit_temperature(
            *(a[held_out.subjects != subject] for a in (held_out.probabilities, held_out.truth))
        )
        for subject in np.unique(held_out.subjects)
    }
    low, high = subject_interval(
        lambda rows: fit_temperature(held_out.probabilities[rows], held_out.truth[rows]),
        held_out.subjects,
        resamples=RESAMPLES // 10,
    )
    print(f"\nTemperature {held_out.temperature:.3f}, 95 % over subjects {low:.2f} to {high:.2f};")
    print(f"without one subject {min(left_out.values()):.3f} to {max(left_out.values()):.3f};")
    print(f"of one network {min(single):.3f} to {max(single):.3f}.")


def print_thresholds(held_out: HeldOut) -> None:
    """Print what each threshold on the largest probability would do."""
    top, right = held_out.fitted.max(axis=1), held_out.fitted.argmax(axis=1) == held_out.truth
    print("\n| unsure below | named | of these right | of the others right |\n|---|---|---|---|")
    for threshold in np.arange(8, 17) / 20:
        named = top >= threshold
        shares = [
            f"{100 * values.mean():.0f} %" if len(values) else "-" for values in (named, right[named], right[~named])
        ]
        print(f"| {threshold:.2f} | {shares[0]} | {shares[1]} | {shares[2]} of {(~named).sum()} |")


def print_classes(held_out: HeldOut) -> None:
    """Print each class's mean probability beside how often it was true."""
    names = held_out.predictions.classes
    print("\n| | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|")
    share = np.bincount(held_out.truth, minlength=len(names)) / len(held_out.truth)
    for name, values in (("true", share), ("mean probability", held_out.fitted.mean(axis=0))):
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + " |")


def reliability_figure(held_out: HeldOut) -> Figure:
    """Return two panels, without and with the temperature: how often answers of each probability are right."""
    figure = Figure(figsize=(8.4, 4.6), layout="constrained")
    panels = (("mean of five networks", held_out.probabilities), ("with temperature", held_out.fitted))
    for place, (title, probabilities) in enumerate(panels, start=1):
        axes = figure.add_subplot(1, 2, place)
        _reliability_panel(axes, held_out, probabilities)
        error = expected_calibration_error(probabilities, held_out.truth)
        axes.set_title(f"{title}: error {error:.3f}", color=INK, fontsize=12)
        if place == 1:
            axes.set_ylabel("share that is right", color=INK, fontsize=11)
    return figure


def _reliability_panel(axes: Axes, held_out: HeldOut, probabilities: NDArray[np.float64]) -> None:
    found = reliability(probabilities, held_out.truth)
    place = np.minimum((probabilities.max(axis=1) * BINS).astype(int), BINS - 1)
    right = probabilities.argmax(axis=1) == held_out.truth
    axes.plot([0.3, 1], [0.3, 1], color=CHANCE, linewidth=1.2, linestyle="--")
    for b in np.flatnonzero(found.count):
        ends = subject_interval(partial(_share, right, place == b), held_out.subjects, resamples=RESAMPLES // 5)
        axes.vlines(found.confidence[b], *ends, color=HONEST, linewidth=1.6)
        axes.text(found.confidence[b], -0.07, str(found.count[b]), ha="center", color=INK, fontsize=9)
    axes.plot(found.confidence, found.accuracy, "o", color=HONEST, markersize=7)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set(xlim=(0.3, 1.02), ylim=(-0.1, 1.04), axisbelow=True)
    axes.set_xlabel("probability of the answer (at the foot: clips)", color=INK, fontsize=11)
    axes.tick_params(colors=INK)


def _share(right: NDArray[np.bool_], inside: NDArray[np.bool_], rows: NDArray[np.intp]) -> float:
    values = right[rows][inside[rows]]
    return float(values.mean()) if len(values) else np.nan


def _likelihood_change(both: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    return mean_likelihood(both[:, 1], truth) - mean_likelihood(both[:, 0], truth)


def _ends(estimate: Estimate) -> str:
    return f"{estimate.low:.3f} to {estimate.high:.3f}"


def _rounded(value: float) -> float:
    return round(value, 6)


def parsed() -> Any:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows", type=Path, help="flow maps to train on")
    parser.add_argument("run", type=Path, help="finished evaluation of the recipe on the same maps")
    parser.add_argument("out", type=Path, help="folder for glfnet.safetensors and glfnet.json")
    parser.add_argument("--date", required=True, help="for the card, YYYY-MM-DD")
    parser.add_argument("--figure", type=Path, help="also draw the reliability to this .svg")
    return parser.parse_args()


def main() -> None:
    """Check the run, train, write, print."""
    given = parsed()
    settings = read_settings("glfnet")
    flow = read_flow_set(given.flows)
    held_out = read_held_out(given.run, settings, flow)
    data = label_samples(flow, settings.protocol)
    card = make_card(data, settings, held_out, given.date)
    card = write_trained(given.out / f"{NAME}.safetensors", card, train(data, settings))
    print(f"{given.out / NAME}.safetensors: SHA-256 {card.sha256}\n")
    print_tables(card, held_out)
    if given.figure:
        with written_whole(given.figure) as file:
            file.write(svg(reliability_figure(held_out)).encode())


if __name__ == "__main__":
    try:
        main()
    except GlfnetError as error:
        sys.exit(f"Error: {error}")
