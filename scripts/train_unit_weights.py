"""Train the weights that see action units, and write them with their card beside those of the classes.

    glfnet evaluate FLOWS/megc2019_dev_flow_b.npz --task action-units --units SHEET --units SHEET --seeds 5 --out RUN
    python scripts/train_unit_weights.py FLOWS/megc2019_dev_flow_b.npz RUN src/glfnet/weights \
        --units SHEET SHEET --date 2026-11-25

Every network is trained as in the evaluation, by the same code, but on all subjects. Scores and the error of the
probabilities come from the evaluation: what its networks said of people that they had not seen. Nothing is fitted to
these answers: the shift of the log odds follows from the counts of the training clips. Prints the table of
docs/predict.md.
"""

import argparse
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from glfnet.config.settings import Settings
from glfnet.databases.unit_sheets import with_action_units
from glfnet.errors import GlfnetError, RunFolderError
from glfnet.evaluation.folds import fold_seed
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.flow.settings import FlowSettings
from glfnet.model.classifiers import NetworkClassifier
from glfnet.model.loss import class_weights
from glfnet.model.training import make_trainer
from glfnet.own_weights.held_out import check_run, rounded
from glfnet.recognition.card import Estimate, Features, TrainingData, UnitCard, UnitScore
from glfnet.recognition.weights import write_trained
from glfnet.samples.read import read_flow_set
from glfnet.scores.calibration import shifted
from glfnet.scores.reliability import expected_calibration_error, subject_interval
from glfnet.scores.resampling import ConfidenceInterval, rows_by_seed
from glfnet.scores.unit_predictions import UnitPredictions, read_unit_predictions, unit_name
from glfnet.scores.unit_scores import UnitScopeScores, score_units
from glfnet.settings_page import read_settings

SEEDS = range(5)
RESAMPLES = 10_000
NAME = "glfnet-units"
SOURCE = "onset-to-apex flow maps of MEGC2019 published with CausalNet, the development subjects of CASME II and SAMM"
ABOUT = (
    "GLFNet, the mean of {members} networks, trained to see action units in flow maps of {samples} clips of {subjects} "
    "people who were recorded in laboratories, as the coders of CASME II and SAMM marked them."
)
LICENCE = "Research use; bound by the licences of the databases CASME II and SAMM."


def train(data: LabelledSet, settings: Settings) -> list[nn.Module]:
    """Return one network for each seed, trained on all subjects as the evaluation trains on all but one."""
    trainer = make_trainer(settings)
    networks: list[nn.Module] = []
    for seed in SEEDS:
        part = data.training_part(range(len(data.flow)), fold_seed(seed, "all subjects"), seed)
        fitted = trainer(part, lambda epoch, classifier: None)
        assert isinstance(fitted, NetworkClassifier), "the recipe trains one network"
        networks.append(fitted.network)
    return networks


def prior_shift(data: LabelledSet, settings: Settings) -> tuple[float, ...]:
    """Return what takes the balance of the loss out of each unit's log odds again."""
    if settings.loss.weighting == "none":
        return (0.0,) * len(data.units)
    counts = [[int((unit == there).sum()) for there in (0, 1)] for unit in data.presence.T]
    weights = [class_weights(pair, settings.loss.beta).tolist() for pair in counts]
    return tuple(rounded(float(np.log(absent / there))) for absent, there in weights)


def held_out(run: Path, data: LabelledSet, shift: tuple[float, ...]) -> UnitPredictions:
    """Return what a finished evaluation said of people that it had not seen: the mean over its seeds, shifted.

    Raises:
        RunFolderError: if its samples, units or truths are not these.
    """
    table = read_unit_predictions(run / "predictions.csv")
    rows = rows_by_seed(table)
    ids = [sample.sample_id for sample in data.flow.samples]
    same = table.units == data.units and table.sample_id[rows[0]].tolist() == ids
    if not same or not np.array_equal(table.truth[rows[0]], data.presence):
        raise RunFolderError(f"{run}: another run: its clips or their action units are not those that are trained on.")
    first = rows[0]
    columns = {name: getattr(table, name)[first] for name in ("sample_id", "fold", "seed", "truth")}
    return replace(table, **columns, probabilities=shifted(table.probabilities[rows].mean(0), shift))


def error_of(predictions: UnitPredictions) -> Estimate:
    """Return the expected calibration error of "there" and "not there" over all pairs of a clip and a known unit."""
    clip, unit = np.nonzero(predictions.truth >= 0)
    p, truth = predictions.probabilities[clip, unit], predictions.truth[clip, unit]
    both = np.stack([1 - p, p], axis=1)

    def error(rows: NDArray[np.intp]) -> float:
        return expected_calibration_error(both[rows], truth[rows])

    low, high = subject_interval(error, predictions.subject[clip], resamples=RESAMPLES)
    return Estimate(value=rounded(error(np.arange(len(p)))), low=rounded(low), high=rounded(high))


def make_card(data: LabelledSet, settings: Settings, run: Path, date: str) -> UnitCard:
    """Return the card; files' digests and members are set when it is written."""
    shift = prior_shift(data, settings)
    predictions = held_out(run, data, shift)
    full = score_units(predictions).scopes["full"]
    people = {sample.subject for sample in data.flow.samples}
    counts = {"samples": len(data.flow), "subjects": len(people), "members": len(SEEDS)}
    return UnitCard(
        name=NAME,
        about=ABOUT.format(**counts),
        units=data.units,
        prior_shift=shift,
        features=Features(**FlowSettings().as_kept(), normalisation="min_max"),
        settings=settings,
        members=len(SEEDS),
        scores=unit_scores(full),
        error=error_of(predictions),
        protocol=f"one subject of {len(people)} left out at a time, on the maps that the networks are trained on",
        training=TrainingData(
            source=SOURCE,
            digest=data.flow.digest(),
            samples=len(data.flow),
            subjects=len(people),
            databases=tuple(sorted({subject.database for subject in people})),
            classes={unit_name(u): int((c == 1).sum()) for u, c in zip(data.units, data.presence.T, strict=True)},
        ),
        licence=LICENCE,
        date=date,
        versions={package: version(package) for package in ("glfnet", "torch", "numpy")},
    )


def unit_scores(full: UnitScopeScores) -> dict[int, UnitScore]:
    """Return each unit's scores as they stand on the card."""
    return {
        unit: UnitScore(
            clips=score.clips, there=score.there, f1=_estimate(score.of("f1")), auc=_estimate(score.of("auc"))
        )
        for unit, score in full.units.items()
        if not score.is_rare
    }


def table(card: UnitCard) -> str:
    """Return the scores as a table for the docs."""
    lines = ["| unit | clips with it | F1 | AUC | a yes or no is |", "|---|---:|---:|---:|---|"]
    for unit, score in card.scores.items():
        f1, auc = (f"{one.value:.2f} [{one.low:.2f}, {one.high:.2f}]" for one in (score.f1, score.auc))
        word = "reliable" if score.reliable else "not reliable"
        lines.append(f"| {unit_name(unit)} | {score.there} of {score.clips} | {f1} | {auc} | {word} |")
    return "\n".join(lines)


def _estimate(found: ConfidenceInterval) -> Estimate:
    return Estimate(value=rounded(found.mean), low=rounded(found.low), high=rounded(found.high))


def parsed() -> Any:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows", type=Path, help="flow maps to train on")
    parser.add_argument("run", type=Path, help="finished evaluation of the recipe on the same maps, for action units")
    parser.add_argument("out", type=Path, help=f"folder for {NAME}.safetensors and {NAME}.json")
    parser.add_argument("--units", type=Path, nargs="*", default=[], help="annotation sheets")
    parser.add_argument("--date", required=True, help="for the card, YYYY-MM-DD")
    return parser.parse_args()


def main() -> None:
    """Check the run, train, write, print."""
    given = parsed()
    settings = read_settings("glfnet", protocol={"task": "action_units"})
    flow = read_flow_set(given.flows)
    check_run(given.run, settings, flow)
    data = label_samples(with_action_units(flow, given.units) if given.units else flow, settings.protocol)
    card = make_card(data, settings, given.run, given.date)
    card = write_trained(given.out / f"{NAME}.safetensors", card, train(data, settings))
    print(f"{given.out / NAME}.safetensors: SHA-256 {card.sha256}; error of the probabilities {card.error}\n")
    print(table(card))


if __name__ == "__main__":
    try:
        main()
    except GlfnetError as error:
        sys.exit(f"Error: {error}")
