"""What a network says of each held-out clip after each epoch, a file for each fold: among these one can choose."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glfnet.config.settings import Settings
from glfnet.errors import RunFolderError
from glfnet.evaluation.folds import Classifier, fold_seed
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.protocol import Fold, make_folds
from glfnet.evaluation.run_folder import IDENTITY_FILE, claim_folder
from glfnet.files import write_whole
from glfnet.model.training import make_trainer
from glfnet.samples.flow_set import FlowSet
from glfnet.settings_page import identifying_settings
from glfnet.workers import worked


@dataclass(frozen=True, slots=True, eq=False)
class EpochAnswers:
    """All answers of one network under one protocol.

    Attributes:
        predicted: (E, N) class index of each clip after each epoch, by a network that never saw the clip's person.
        truth: (N,) class indices.
        fold: (N,) the number of the fold that held the clip out.
        subject: (N,) whose clip it is, as database/name.
        database: (N,).
    """

    predicted: NDArray[np.int64]
    truth: NDArray[np.int64]
    fold: NDArray[np.int64]
    subject: NDArray[np.str_]
    database: NDArray[np.str_]


def epoch_answers(
    flow: FlowSet,
    settings: Settings,
    folder: Path,
    *,
    seed: int = 0,
    jobs: int = 1,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> EpochAnswers:
    """Train every fold and keep what the network says after each epoch; folds that are there already are read.

    Args:
        flow: the samples.
        settings: the page.
        folder: for this network and seed.
        seed: the run seed, as in `glfnet evaluate`.
        jobs: processes.
        report: is told how many folds are done, of how many.

    Raises:
        RunFolderError: if the folder has answers of other settings, data or seed, or a damaged file.
    """
    data = label_samples(flow, settings.protocol)
    folds = make_folds(data.flow.samples, settings.protocol)
    identity = {"settings": identifying_settings(settings), "data": flow.digest(), "seed": seed}
    claim_folder(folder, IDENTITY_FILE, identity, "set of answers")
    missing = [fold for fold in folds if not _file(folder, fold).exists()]
    report(done := len(folds) - len(missing), len(folds))
    arguments = ((data, fold, settings, seed, folder) for fold in missing)
    for _ in worked(_answer, arguments, min(jobs, max(len(missing), 1))):
        report(done := done + 1, len(folds))
    return _gathered(data, folds, folder, settings.training.epochs)


def _answer(data: LabelledSet, fold: Fold, settings: Settings, seed: int, folder: Path) -> None:
    held_out, answers = data.flow.select(fold.test), list[NDArray[np.uint8]]()

    def watch(_epoch: int, classifier: Classifier) -> None:
        answers.append(classifier.predict_probabilities(held_out).argmax(axis=1).astype(np.uint8))

    make_trainer(settings)(data.training_part(fold.train, fold_seed(seed, fold.name), seed), watch)
    content = io.BytesIO()
    np.save(content, np.stack(answers))
    write_whole(_file(folder, fold), content.getvalue())


def _gathered(data: LabelledSet, folds: list[Fold], folder: Path, epochs: int) -> EpochAnswers:
    predicted = np.zeros((epochs, len(data.truth)), dtype=np.int64)
    number = np.zeros(len(data.truth), dtype=np.int64)
    for i, fold in enumerate(folds):
        rows = list(fold.test)
        predicted[:, rows] = _read(_file(folder, fold), (epochs, len(rows)), len(data.classes))
        number[rows] = i
    people = [sample.subject for sample in data.flow.samples]
    return EpochAnswers(
        predicted=predicted,
        truth=data.truth,
        fold=number,
        subject=np.array([str(person) for person in people]),
        database=np.array([person.database for person in people]),
    )


def _read(file: Path, shape: tuple[int, int], n_classes: int) -> NDArray[Any]:
    try:
        kept = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise RunFolderError(f"{file}: cannot be read ({error}). Delete it and call again.") from error
    if kept.shape != shape or kept.max(initial=0) >= n_classes:
        raise RunFolderError(f"{file}: found {kept.shape}; expected {shape} classes. Delete it and call again.")
    return np.asarray(kept)


def _file(folder: Path, fold: Fold) -> Path:
    return folder / f"{fold.name.replace('/', '-')}.npy"
