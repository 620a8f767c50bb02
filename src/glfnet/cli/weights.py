"""Commands about weights: train your own, and see what weights are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from glfnet.cli.data import Force
from glfnet.cli.options import LABEL_NAMES, Data, DataDatabase, LabelNames, read_given_maps
from glfnet.cli.terminal import OUT
from glfnet.errors import SettingsError
from glfnet.path_kind import STORE, find_kind

if TYPE_CHECKING:
    from glfnet.config.settings import Settings
    from glfnet.recognition.card import Card, Features, TrainingData
    from glfnet.recognition.weights import Trained


def train_command(
    data: Data,
    run: Annotated[Path, typer.Option(help="A finished run of `glfnet evaluate` on these maps.")],
    out: Annotated[Path, typer.Option(help="The weights, NAME.safetensors; their card is NAME.json.")],
    crop: Annotated[str | None, typer.Option(help="For maps that are no store: the crop they were made in.")] = None,
    method: Annotated[str | None, typer.Option(help="Likewise: the flow method.")] = None,
    licence: Annotated[str, typer.Option(help="What binds those who use the weights, for the card.")] = "",
    data_database: DataDatabase = None,
    label_names: LabelNames = LABEL_NAMES,
    force: Force = False,
) -> None:
    """Train on all subjects of a finished run, and write weights for `glfnet predict --weights`.

    Settings and seeds are the run's. The card says what the run found: the score on people whom the networks had not
    seen, and how far its probabilities can be trusted.
    """
    from glfnet.own_weights.train import settings_of, train_weights

    settings = settings_of(run)
    flow = read_given_maps(data, settings, data_database=data_database, label_names=label_names, units=None)
    features = _features(data, settings, flow.maps.shape[-1], crop, method)
    card = train_weights(flow, run, out, features, source=data.name, licence=licence, force=force)
    _print_card(card, None)
    OUT.print("Next: glfnet predict VIDEO --weights", escape(str(out)))


def weights_command(
    which: Annotated[
        Path | None, typer.Argument(help="research, free, or weights of your own; none lists those of the package.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card as JSON.")] = False,
) -> None:
    """Show weights: what they tell, how well on people they had not seen, and what binds you; checks their digests."""
    from glfnet.recognition.weights import PACKAGED, read_trained

    if which is not None:
        trained = read_trained(which)
        if as_json:
            OUT.print_json(data=trained.card.document(), ensure_ascii=False)
        else:
            _print_card(trained.card, trained)
        return
    cards = {name: read_trained(path).card for name, path in PACKAGED.items()}
    if as_json:
        OUT.print_json(data={name: card.document() for name, card in cards.items()}, ensure_ascii=False)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "UF1 on people not trained on", "trained on", "licence"):
        table.add_column(heading, overflow="fold")
    for name, card in cards.items():
        material = _trained_on(card.training) if card.training else "not stated"
        table.add_row(name, str(card.score.uf1) if card.score else "not measured", material, escape(card.licence))
    OUT.print(table)
    OUT.print("One of them in full: glfnet weights NAME")


def _features(data: Path, settings: "Settings", size_px: int, crop: str | None, method: str | None) -> "Features":
    from glfnet.flow.settings import FlowSettings
    from glfnet.own_weights.train import features_of_store
    from glfnet.recognition.card import Features

    if find_kind(data) is STORE:
        if crop is not None or method is not None:
            raise SettingsError("--crop, --method: a store says itself how its maps were made; leave them out.")
        return features_of_store(data, settings)
    if crop is None or method is None:
        raise SettingsError(
            f"{data}: found maps that do not say how they were made; expected --crop and --method, or a store: `glfnet "
            "predict` makes its maps in the same way."
        )
    made = FlowSettings(crop=crop, method=method, size_px=size_px)
    return Features(**made.as_kept(), normalisation=settings.input.normalisation)


def _print_card(card: "Card", trained: "Trained | None") -> None:
    features = card.features
    rows = [
        ("name", card.name),
        ("about", card.about),
        ("classes", ", ".join(card.classes)),
        ("networks", f"{card.members} of {card.settings.model.kind}"),
        (
            "maps",
            f"{features.method}, crop {features.crop} of {features.crop_px} pixels, {features.size_px} pixels a side, "
            f"{features.normalisation}" + (", head taken out" if features.rigid_correction else ""),
        ),
    ]
    if card.score is not None:
        rows += [("UF1", str(card.score.uf1)), ("UAR", str(card.score.uar)), ("measured by", card.score.protocol)]
    if card.calibration is not None:
        rows.append(("probabilities off by", f"{card.calibration.error}: {card.calibration.how}"))
    if card.training is not None:
        rows.append(("trained on", _trained_on(card.training)))
    if trained is not None and trained.units is not None:
        rows.append(("action units", ", ".join(f"AU{unit}" for unit in trained.units.card.units)))
    rows += [("licence", card.licence or "not stated"), ("date", card.date), ("SHA-256", card.sha256)]
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, escape(value))
    OUT.print(table)


def _trained_on(training: "TrainingData") -> str:
    if not training.subjects:
        return f"{training.samples:,} made-up flow maps"
    counts = ", ".join(f"{name} {count}" for name, count in training.classes.items())
    return f"{training.samples:,} clips of {training.subjects} people: {counts}"
