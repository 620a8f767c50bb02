"""How well single action units are recognised in flow maps of people who were not trained on, by linear models.

    python scripts/unit_scores.py LABELS FLOWS.npz

LABELS is the folder with the sheets of CASME II and SAMM, FLOWS.npz the published flow maps of the development
subjects: their clips of these two databases count. For each unit, the recipe `logistic_regression` learns whether it
is there from all subjects but one, and is asked about that one's clips. A clip whose sheet leaves the unit open is
neither learnt from nor counted. Nothing is chosen: recipe and threshold (probability 0.5) are those of the classes.
Prints the table of docs/results.md, with 95 % intervals from resampling subjects.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from count_units import read_cells
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from glfnet.config import Settings
from glfnet.evaluation.folds import fold_seed
from glfnet.evaluation.protocol import loso_folds
from glfnet.facs.notation import read_units
from glfnet.model.training import make_trainer
from glfnet.model.training_part import TrainingPart
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.settings_page import read_settings

UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17)
RESAMPLES = 2_000
_THRESHOLD = 0.5

Floats = NDArray[np.float64]
Measure = Callable[[Floats, Floats], float]
"""From (N,) truth, 0 or 1, and (N,) probabilities to a score; NaN where it is undefined."""


@dataclass(frozen=True, slots=True, eq=False)
class UnitAnswers:
    """What was said of one unit in clips of people who were not trained on.

    Attributes:
        unit: its number in FACS.
        truth: (N,) 0 or 1.
        probability: (N,) that it is there.
        subject: (N,) who it is.
    """

    unit: int
    truth: Floats
    probability: Floats
    subject: NDArray[np.str_]


def held_out_answers(flow: FlowSet, cells: Sequence[str], unit: int, settings: Settings) -> UnitAnswers:
    """Return the answers of one unit, leaving one subject out at a time.

    Args:
        flow: the clips.
        cells: of action units, one for each clip.
        unit: its number.
        settings: the recipe.
    """
    presence = [read_units(cell).presence(unit) for cell in cells]
    known = [index for index, there in enumerate(presence) if there is not None]
    part, truth = flow.select(known), np.array([int(bool(presence[index])) for index in known], dtype=np.int64)
    probability = np.zeros(len(part))
    trainer = make_trainer(settings)
    for fold in loso_folds(part.samples):
        training = TrainingPart(
            flow=part.select(fold.train), truth=truth[list(fold.train)], n_classes=2, seed=fold_seed(0, fold.name)
        )
        classifier = trainer(training, lambda epoch, fitted: None)
        probability[list(fold.test)] = classifier.predict_probabilities(part.select(fold.test))[:, 1]
    subject = np.array([str(sample.subject) for sample in part.samples])
    return UnitAnswers(unit, truth.astype(np.float64), probability, subject)


def f1_present(truth: Floats, probability: Floats) -> float:
    """Return F1 of the answer that the unit is there."""
    return float(f1_score(truth, probability >= _THRESHOLD, zero_division=np.nan))


def f1_both(truth: Floats, probability: Floats) -> float:
    """Return the mean of F1 of "there" and of "not there", which some papers call F1."""
    return (f1_present(truth, probability) + f1_present(1 - truth, 1 - probability)) / 2


def auc(truth: Floats, probability: Floats) -> float:
    """Return the area under the ROC curve; 0.5 is chance."""
    return float(roc_auc_score(truth, probability)) if 0 < truth.sum() < len(truth) else np.nan


def precision(truth: Floats, probability: Floats) -> float:
    """Return the average precision; the share of clips with the unit is chance."""
    return float(average_precision_score(truth, probability)) if truth.any() else np.nan


MEASURES: dict[str, Measure] = {"F1": f1_present, "F1 both": f1_both, "AUC": auc, "average precision": precision}


def resampled(answers: UnitAnswers, measure: Measure, draws: NDArray[np.int64], subjects: Sequence[str]) -> Floats:
    """Return (R,) the score in each resample of subjects; NaN where it is undefined there.

    Args:
        answers: of one unit.
        measure: the score.
        draws: (R, S) positions in `subjects`.
        subjects: names.
    """
    rows = {name: np.flatnonzero(answers.subject == name) for name in subjects}
    scores = []
    for draw in draws:
        index = np.concatenate([rows[subjects[position]] for position in draw])
        scores.append(measure(answers.truth[index], answers.probability[index]) if len(index) else np.nan)
    return np.array(scores)


def table(all_answers: Sequence[UnitAnswers], resamples: int = RESAMPLES) -> str:
    """Return the scores of each unit, and their means over units, as a table for the docs."""
    subjects = sorted({name for answers in all_answers for name in answers.subject})
    draws = np.random.default_rng(0).integers(0, len(subjects), (resamples, len(subjects)))
    lines = [f"| unit | clips with it | {' | '.join(MEASURES)} |", "|---|---:|" + "---:|" * len(MEASURES)]
    scores = {name: [m(a.truth, a.probability) for a in all_answers] for name, m in MEASURES.items()}
    spread = {name: [resampled(a, m, draws, subjects) for a in all_answers] for name, m in MEASURES.items()}
    for row, answers in enumerate(all_answers):
        cells = [_cell(scores[name][row], spread[name][row]) for name in MEASURES]
        lines.append(f"| AU{answers.unit} | {answers.truth.sum():.0f} of {len(answers.truth)} | {' | '.join(cells)} |")
    means = [_cell(float(np.nanmean(scores[name])), np.nanmean(spread[name], axis=0)) for name in MEASURES]
    return "\n".join([*lines, f"| **mean** | | {' | '.join(means)} |"])


def _cell(score: float, spread: Floats) -> str:
    defined = spread[~np.isnan(spread)]
    if np.isnan(score) or not len(defined):
        return "undefined"
    low, high = np.quantile(defined, [0.025, 0.975])
    return f"{score:.2f} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("flows", type=Path)
    parser.add_argument("--recipe", default="logistic_regression")
    given = parser.parse_args()
    cells = read_cells(given.labels)
    flow = read_flow_set(given.flows)
    flow = flow.select([index for index, sample in enumerate(flow.samples) if sample.sample_id in cells])
    listed = [cells[sample.sample_id] for sample in flow.samples]
    settings = read_settings(given.recipe)
    units = track(UNITS, "units", console=Console(stderr=True))
    print(table([held_out_answers(flow, listed, unit, settings) for unit in units]))


if __name__ == "__main__":
    main()
