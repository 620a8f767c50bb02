"""What an answer says of its weights: how well they did on people that they were not trained on, in sentences."""

from typing import TYPE_CHECKING

from glfnet.recognition.card import RELIABLE_F1, CalibrationScore, Score, UnitCard
from glfnet.recognition.result import ModelSummary

if TYPE_CHECKING:
    from glfnet.recognition.weights import Trained  # brings torch


def model_summary(trained: "Trained") -> ModelSummary:
    """Return which weights answered, and how far they can be trusted."""
    card = trained.card
    return ModelSummary(
        name=card.name,
        sha256=card.sha256,
        classes=card.classes,
        calibration=_calibration_sentence(card.calibration),
        score=_score_sentence(card.score),
        licence=card.licence,
        units="" if trained.units is None else _units_sentence(trained.units.card),
    )


def _score_sentence(score: Score | None) -> str:
    if score is None:
        return "How often these weights are right was not measured."
    reached = f"UF1 {score.uf1} and UAR {score.uar}"
    return f"On people that they were not trained on, these weights reach {reached}: {score.protocol}."


def _units_sentence(card: UnitCard) -> str:
    listed = ", ".join(f"AU{unit}" for unit, score in card.scores.items() if score.reliable) or "none"
    measured = "" if card.error is None else f", and its probabilities are off by {card.error.value:.3f} on average"
    return (
        f"Of the {len(card.units)} action units that these weights know, a yes or no is reliable for {listed}: on "
        f"people that they were not trained on, F1 is at least {RELIABLE_F1:g} there{measured}."
    )


def _calibration_sentence(calibration: CalibrationScore | None) -> str:
    if calibration is None:
        return "The probabilities are not calibrated: read them as an order, not as chances."
    return (
        f"The probabilities are calibrated on people not trained on; they are off by {calibration.error} on average "
        "there, and by more on recordings of another kind."
    )
