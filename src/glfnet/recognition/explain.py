"""Why a video got its answer: an explanation of each of its micro-expressions, by the weights that gave them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glfnet.arguments import given_path
from glfnet.errors import InputError
from glfnet.explanation.folder import check_explanation_folder, write_explanation
from glfnet.explanation.why import Asked, MapExplanation, explain_map
from glfnet.recognition.result import Interval, Result
from glfnet.recognition.weights import PACKAGED, Trained, read_trained


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explained:
    """One movement with the explanation of its answer.

    Attributes:
        interval: the movement.
        why: the explanation of its flow map.
    """

    interval: Interval
    why: MapExplanation

    def __repr__(self) -> str:
        where = f"onset_s={self.interval.onset_s:.3f}, answer={self.why.answer!r}"
        return f"Explained({where}, most_used={self.why.regions[0].region!r})"


def explain_result(result: Result, weights: Trained) -> tuple[Explained, ...]:
    """Return an explanation of each movement that was classified, in their order.

    Args:
        result: the answer.
        weights: those that gave it, see `weights_of`.
    """
    asked = asked_of(weights)
    return tuple(
        Explained(interval=interval, why=explain_map(interval.maps.pixels, asked))
        for interval in result.micro_expressions
        if interval.maps is not None
    )


def weights_of(result: Result, named: Path | str | None = None, place: Path | None = None) -> Trained:
    """Return the weights that gave an answer.

    Args:
        result: the answer.
        named: their file, or a name in `PACKAGED`; None looks among those of the package.
        place: what to name in an error; the recording if None.

    Raises:
        InputError: if they are not those that gave the answer, or cannot be read.
    """
    tried: Sequence[Path | str] = [*PACKAGED] if named is None else [named]
    for each in tried:
        trained = read_trained(Path(each))
        if trained.card.sha256 == result.model.sha256:
            return trained
    found = "weights of the package" if named is None else f"the weights {named}"
    raise InputError(
        file=place or Path(result.recording.source),
        found=f"{found}, none of which gave this answer" if named is None else f"{found}, which did not give it",
        expected=f"{result.model.name} ({result.model.sha256[:12]}…), whose answer is to be explained",
        remedy="Name the weights that gave it.",
        settings=("weights",),
    )


def explained_as_asked(result: Result, out: Path | str | None, weights: Path | str | None) -> tuple[Explained, ...]:
    """Return what `Result.explain` returns; its arguments may be anything."""
    from glfnet import __version__

    named = None if weights is None else given_path("weights", weights, "the path of a .safetensors file")
    trained = weights_of(result, named)
    if out is None:
        return explain_result(result, trained)
    return explain_and_write(result, trained, given_path("out", out, "a folder for the explanation"), __version__)


def explain_and_write(result: Result, weights: Trained, folder: Path, version: str) -> tuple[Explained, ...]:
    """Explain an answer and write page, pictures and document into a folder; return the explanations.

    Args:
        result: the answer.
        weights: those that gave it.
        folder: new, empty, or an earlier explanation, which is replaced.
        version: of glfnet.

    Raises:
        InputError: if the folder holds anything else, or cannot be written.
    """
    from glfnet.recognition.answer.explanation import explanation_files  # which imports this module

    check_explanation_folder(folder)
    explained = explain_result(result, weights)
    write_explanation(folder, explanation_files(result, explained, weights.card.features.canonical_crop, version))
    return explained


def asked_of(trained: Trained) -> Asked:
    """Return trained weights in the form in which they are explained."""
    card = trained.card
    return Asked(
        classes=tuple(card.classes),
        networks=trained.networks,
        inputs=card.settings.input,
        mirror=card.settings.training.mirror_test,
        crop=card.features.canonical_crop,
        probabilities=trained.probabilities,
        normalised=card.features.normalised,
    )
