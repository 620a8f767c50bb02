"""Train networks on all subjects of a finished run, and write them as weights for `glfnet predict`.

Every network is trained as in the run, by the same code, but on all subjects. What cannot be measured on people that a
network has seen comes from the run: the honest score, the temperature, and how far probabilities can be trusted.
"""

import json
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from glfnet.arguments import check_argument, given_path
from glfnet.config.settings import Settings
from glfnet.errors import InputError, SettingsError
from glfnet.evaluation.folds import fold_seed
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.pretrain import PRETRAINED, pretrain, with_made_up
from glfnet.files import check_replaceable
from glfnet.flow.settings import FlowSettings
from glfnet.model.classifiers import Ensemble, NetworkClassifier
from glfnet.model.training import NetworkTrainer, make_trainer
from glfnet.own_weights.held_out import HeldOut, calibration_score, honest_score, read_held_out, rounded
from glfnet.path_kind import RUN, check_kind
from glfnet.progress import progress_of
from glfnet.recognition.card import Card, Features, TrainingData
from glfnet.recognition.weights import write_trained
from glfnet.report.page_words import PROTOCOL_NAMES
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.sentences import counted
from glfnet.samples.store.how_made import how_made

UNSURE_BELOW = 0.5  # a class is named where it is more probable than all others together
_ABOUT = (
    "{kind}, the mean of networks trained on flow maps of {clips} of {subjects} ({databases}). It tells which of these "
    "classes a brief movement of the face resembles. It does not read emotion and is no lie detector; do not use it to "
    "decide about a person."
)
_EXPECTED_RUN = "the folder of a finished run, as `glfnet evaluate` makes it"


def train_weights(
    flow: FlowSet,
    run: Path | str,
    out: Path | str,
    features: Features,
    *,
    source: str = "flow maps given from Python",
    licence: str = "",
    force: bool = False,
    progress: bool | None = None,
) -> Card:
    """Train a network for each seed of a finished run on all its subjects, and write them with their card.

    Args:
        flow: the samples of the run, all of them.
        run: its folder: settings, seeds and what was said of people who were not trained on are read from it.
        out: the weights, NAME.safetensors; the card NAME.json is written beside it.
        features: how the maps were made, see `features_of_store`; `glfnet predict` makes its own in that way.
        source: where the maps come from, for the card.
        licence: what binds those who use the weights, for the card; empty says that the databases' licences do.
        force: replace weights that are there.
        progress: whether to show a bar; None: where somebody watches.

    Returns:
        the card as written.

    Raises:
        RunFolderError: if the run is not finished, or is one of other maps.
        SettingsError: if it evaluated something else than classes by a network of this package.
        InputError: if the weights cannot be written, or are there already.
    """
    check_argument("flow", flow, isinstance(flow, FlowSet), "samples: glfnet.read_flow_set(PATH) reads them")
    folder, file = given_path("run", run, _EXPECTED_RUN), given_path("out", out, "a file, such as 'mine.safetensors'")
    settings = settings_of(folder)
    if file.suffix != ".safetensors":
        raise InputError(
            file=file, found="another ending", expected="NAME.safetensors", remedy="The card is NAME.json beside it."
        )
    for output in (file, file.with_suffix(".json")):
        check_replaceable(output, "other weights (--force)", lambda _: False, force=force)
    data = label_samples(flow, settings.protocol)
    ids = [sample.sample_id for sample in data.flow.samples]
    held_out = read_held_out(folder, settings, flow, ids)
    card = _card(data, flow, settings, held_out, features, name=file.stem, source=source, licence=licence)
    return write_trained(file, card, train_networks(data, settings, held_out.seeds, folder / PRETRAINED, progress))


def features_of_store(data: Path, settings: Settings) -> Features:
    """Return how the maps of a store were made.

    Args:
        data: the store.
        settings: of the run that read it.

    Raises:
        SettingsError: if `glfnet predict` cannot make maps in this way.
    """
    made = [clip for clip in how_made(data) if not clip.excluded]
    if any(clip.scaling != FlowSettings().scaling for clip in made):
        raise SettingsError(
            f"{data}: its maps imitate published ones (--like); `glfnet predict` cannot make such maps."
        )
    first = made[0]  # maps of one store are all made in one way
    return Features(
        crop=first.crop, crop_px=first.crop_px, method=first.method, size_px=first.size_px,
        rigid_correction=first.rigid_correction, normalisation=settings.input.normalisation,
    )  # fmt: skip


def train_networks(
    data: LabelledSet, settings: Settings, seeds: Sequence[int], pretrained: Path, progress: bool | None = None
) -> list[Any]:
    """Return the networks of each seed, trained on all subjects as the evaluation trains on all but one."""
    trainer = with_made_up(make_trainer(settings), data, pretrained)
    if not isinstance(trainer, NetworkTrainer):
        raise SettingsError(f"{settings.model.kind} is no network; expected a run of one: weights are a network's.")
    pretrain(trainer, seeds, 1, progress)
    networks: list[Any] = []
    with progress_of("networks", progress) as show:
        for number, seed in enumerate(seeds):
            show(number, len(seeds))
            part = data.training_part(range(len(data.flow)), fold_seed(seed, "all subjects"), seed)
            fitted = trainer(part, lambda epoch, classifier: None)
            members = fitted.members if isinstance(fitted, Ensemble) else (fitted,)
            networks += [member.network for member in members if isinstance(member, NetworkClassifier)]
        show(len(seeds), len(seeds))
    return networks


def settings_of(run: Path) -> Settings:
    """Return the settings of a run whose networks can become weights.

    Raises:
        InputError: if there is no run.
        SettingsError: if it evaluated something else than classes by a network of this package.
    """
    check_kind(run, (RUN,), _EXPECTED_RUN)
    identity = json.loads((run / "identity.json").read_text(encoding="utf-8"))
    settings = Settings.model_validate(identity["settings"])
    if identity["model"] != settings.model.kind:
        raise SettingsError(f"{run}: a run of a model of your own; expected one of this package's networks.")
    if settings.protocol.task != "classes":
        raise SettingsError(f"{run}: a run of action units; expected one of classes.")
    if settings.loss.units:
        raise SettingsError(f"{run}: its networks also answer with action units (loss.units); expected classes alone.")
    return settings


def _card(
    data: LabelledSet,
    flow: FlowSet,
    settings: Settings,
    held_out: HeldOut,
    features: Features,
    *,
    name: str,
    source: str,
    licence: str,
) -> Card:
    people = {sample.subject for sample in data.flow.samples}
    databases = tuple(sorted({subject.database for subject in people}))
    clips, subjects = counted(len(data.flow), "clip"), counted(len(people), "subject")
    protocol = PROTOCOL_NAMES[settings.protocol.name]
    return Card(
        name=name,
        about=_ABOUT.format(kind=settings.model.kind, clips=clips, subjects=subjects, databases=", ".join(databases)),
        classes=data.classes,
        features=features,
        settings=settings,
        temperature=rounded(held_out.temperature),
        unsure_below=UNSURE_BELOW,
        score=honest_score(held_out, f"{protocol}, {subjects}, on the maps that the networks are trained on"),
        calibration=calibration_score(held_out, f"{clips} of {subjects} whom the networks had not seen"),
        training=TrainingData(
            source=source,
            digest=flow.digest(),
            samples=len(data.flow),
            subjects=len(people),
            databases=databases,
            classes=dict(zip(data.classes, np.bincount(data.truth, minlength=len(data.classes)).tolist(), strict=True)),
        ),
        licence=licence or f"Not stated; the licences of the recordings bind you: {', '.join(databases)}.",
        date=date.today().isoformat(),
        versions={package: version(package) for package in ("glfnet", "torch", "numpy")},
    )
