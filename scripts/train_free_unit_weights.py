"""Train the weights that see action units and never saw a licensed face, measure them on real clips, and write them.

    python scripts/train_free_unit_weights.py LABELS FLOWS_A.npz FLOWS_B.npz src/glfnet/weights --date 2026-11-25

Each network is trained on made-up flow fields alone, in crops of any kind. So is the point from which a yes is given:
the odds of each unit are shifted so that one half lies where F1 is best on other made-up fields. Only then are the
clips of CASME II and SAMM of the development subjects shown to them, in both published renditions: nobody is trained
on, so every clip is held out. Prints the tables of docs/fields.md and docs/predict.md.

Repeated on one machine with the pinned packages it writes the same bytes.
"""

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from count_units import SHEETS
from field_units import UNITS as COMMON_UNITS
from field_units import chunks
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from scipy.special import expit, logit
from torch import nn
from torch.nn import functional as F
from train_free_weights import LICENCE, SOURCE, page
from train_unit_weights import error_of, table, unit_scores

from glfnet.config.settings import ProtocolSettings, Settings
from glfnet.databases.unit_sheets import with_action_units
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.unit_labels import label_units
from glfnet.flow.settings import FlowSettings
from glfnet.model.classifiers import NetworkClassifier
from glfnet.model.streamed import Chunk, train_on_stream
from glfnet.own_weights.held_out import rounded
from glfnet.recognition.card import Features, TrainingData, UnitCard
from glfnet.recognition.weights import PACKAGED, write_trained
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.scores.calibration import shifted
from glfnet.scores.unit_predictions import UnitPredictions, unit_name
from glfnet.scores.unit_scores import RESAMPLES, score_units
from glfnet.synthetic.fields.draw import field_flow_set

UNITS = (*COMMON_UNITS, 25, 26)
SEEDS = range(2)
FIELDS = 60_000  # for each network
CHECK_FIELDS, CHECK_SEED = 20_000, 1_000  # made-up fields that no network was trained on
CROP, SIZE_PX = "any", 28
AT_ONCE = 2_000  # maps; more take much memory

NAME = f"{PACKAGED['free'].stem}-units"
ABOUT = (
    "GLFNet, the mean of {members} networks, trained to see action units in {fields:,} made-up flow fields each and in "
    "no recording of a person; rounded to bfloat16. A probability of one half lies where F1 is best on other made-up "
    "fields."
)
PROTOCOL = (
    "no clip was trained on, so all {clips} clips of {subjects} people of CASME II and SAMM are held out, on the flow "
    "maps published with CausalNet; the generator's settings were compared on these people"
)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Networks of one kind, with what the fields that they learnt from and that they were checked on have told.

    Attributes:
        networks: the members.
        counts: (U,) how many of the fields that they were trained on show each unit.
        shift: of each unit's log odds.
    """

    networks: list[nn.Module]
    counts: NDArray[np.int64]
    shift: tuple[float, ...]


def trained(settings: Settings) -> tuple[list[nn.Module], NDArray[np.int64]]:
    """Return one network for each seed, each of which saw fields of its own, and how many of all show each unit."""
    counts = np.zeros(len(UNITS), dtype=np.int64)

    def counted(seed: int) -> Iterator[Chunk]:
        for maps, there in chunks(seed, CROP, SIZE_PX, UNITS):
            counts[:] += there.sum(axis=0, dtype=np.int64)
            yield maps, there

    networks = []
    with Progress(console=Console(stderr=True)) as bar:
        for seed in SEEDS:
            task = bar.add_task(f"network {seed + 1} of {len(SEEDS)}", total=FIELDS)
            network = train_on_stream(
                settings, counted(seed), F.binary_cross_entropy_with_logits, outputs=len(UNITS), maps=FIELDS, seed=seed,
                on_maps=lambda done, _of, task=task: bar.update(task, completed=done),
            )  # fmt: skip
            networks.append(network.bfloat16().float())  # packed, it takes half the room
    return networks, counts


def answers(networks: list[nn.Module], settings: Settings, flow: FlowSet) -> NDArray[np.float64]:
    """Return what each network says of each unit in maps, as it was trained: (R, N, U)."""
    mirror = settings.training.mirror_test
    asked = (NetworkClassifier(one, settings.input, mirror, n_units=len(UNITS)) for one in networks)
    parts = [flow.select(range(begin, min(begin + AT_ONCE, len(flow)))) for begin in range(0, len(flow), AT_ONCE)]
    return np.stack([np.concatenate([one.predict_units(part) for part in parts]) for one in asked])


def best_shift(probabilities: NDArray[np.float64], there: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return what to add to the log odds of each unit so that F1 is best if a yes is given from one half on.

    Args:
        probabilities: (N, U).
        there: (N, U).
    """
    shift = []
    for p, truth in zip(probabilities.T, there.T, strict=True):
        order = np.argsort(-p, kind="stable")
        f1 = 2 * np.cumsum(truth[order]) / (np.arange(1, len(p) + 1) + truth.sum())
        last = min(int(f1.argmax()), len(p) - 2)
        shift.append(rounded(-float(logit(p[order][last : last + 2].mean()))))  # between the last yes and the first no
    return tuple(shift)


def made(settings: Settings) -> Made:
    """Return networks and shifts; no real clip is looked at."""
    networks, counts = trained(settings)
    flow = field_flow_set(CHECK_FIELDS, seed=CHECK_SEED, crop=CROP, size_px=SIZE_PX)
    there = label_units(flow.samples, settings.protocol).presence == 1
    return Made(networks, counts, best_shift(answers(networks, settings, flow).mean(axis=0), there))


def predictions(data: LabelledSet, probabilities: NDArray[np.float64], shift: tuple[float, ...]) -> UnitPredictions:
    """Return answers (R, N, U), shifted, as the table that scores are computed from."""
    n, times = len(data.flow), len(probabilities)
    ids = np.array([sample.sample_id for sample in data.flow.samples])
    return UnitPredictions(
        units=data.units,
        sample_id=np.tile(ids, times),
        fold=np.full(n * times, "zero-shot"),
        seed=np.repeat(np.arange(times), n),
        truth=np.tile(data.presence, (times, 1)),
        probabilities=shifted(probabilities.reshape(n * times, -1), shift),
    )


def make_card(settings: Settings, data: LabelledSet, found: UnitPredictions, of: Made, date: str) -> UnitCard:
    """Return the card; files' digests and members are set when it is written."""
    people = {sample.subject for sample in data.flow.samples}
    first, _ = next(chunks(0, CROP, SIZE_PX, UNITS))
    return UnitCard(
        name=NAME,
        about=ABOUT.format(members=len(SEEDS), fields=FIELDS),
        units=UNITS,
        prior_shift=of.shift,
        features=Features(**FlowSettings().as_kept(), normalisation="min_max"),
        settings=settings,
        scores=unit_scores(score_units(found, resamples=RESAMPLES).scopes["full"]),
        error=error_of(found),
        protocol=PROTOCOL.format(clips=len(data.flow), subjects=len(people)),
        training=TrainingData(
            source=SOURCE.replace("train_free_weights", "train_free_unit_weights"),
            digest=hashlib.sha256(first.tobytes()).hexdigest(),
            samples=FIELDS * len(SEEDS),
            subjects=0,
            databases=(),
            classes={unit_name(unit): int(count) for unit, count in zip(UNITS, of.counts, strict=True)},
        ),
        licence=LICENCE,
        date=date,
        versions={package: version(package) for package in ("glfnet", "torch", "numpy")},
    )


def prior_table(card: UnitCard) -> str:
    """Return how often each unit is there in fields, and how often the shift assumes it to be, for the docs."""
    assert card.training is not None
    lines = ["| unit | there in fields | assumed |", "|---|---:|---:|"]
    for unit, shift in zip(card.units, card.prior_shift, strict=True):
        share = card.training.classes[unit_name(unit)] / card.training.samples
        lines.append(f"| {unit_name(unit)} | {share:.1%} | {expit(logit(share) + shift):.1%} |")
    return "\n".join(lines)


def ways_table(data: LabelledSet, single: NDArray[np.float64], of: Made, samples: int) -> str:
    """Return the means over units by what one half stands for, for single networks and for their mean, for the docs."""
    lines = ["| a yes is given | networks | mean F1 | mean AUC |", "|---|---|---:|---:|"]
    prior = tuple(-float(logit(count / samples)) for count in of.counts)
    ways = {"as trained": (0.0,) * len(UNITS), "as if as often there as not": prior, "where F1 is best": of.shift}
    for way, shift in ways.items():
        for what, said in ((f"one of {len(single)}", single), ("mean", single.mean(axis=0)[None])):
            mean = score_units(predictions(data, said, shift), resamples=RESAMPLES).scopes["full"].mean
            cells = [f"{one.mean:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in (mean["f1"], mean["auc"])]
            lines.append(f"| {way} | {what} | {' | '.join(cells)} |")
    return "\n".join(lines)


def parsed() -> Any:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, help="folder with the sheets of CASME II and SAMM")
    parser.add_argument("flows_a", type=Path, help="maps of the first rendition, to be scored on")
    parser.add_argument("flows_b", type=Path, help="maps of the second rendition, to be scored on")
    parser.add_argument("out", type=Path, help=f"folder for {NAME}.safetensors and its card")
    parser.add_argument("--date", required=True, help="for the card, YYYY-MM-DD")
    return parser.parse_args()


def main() -> None:
    """Train and shift, then measure, then write, then print."""
    given = parsed()
    settings, protocol = page(), ProtocolSettings(task="action_units", units=UNITS)
    unweighted = settings.loss.model_copy(update={"weighting": "none"})
    settings = settings.model_copy(update={"protocol": protocol, "loss": unweighted})
    of = made(settings)
    sheets = [given.labels / name for name in SHEETS.values()]
    for name, path in (("a", given.flows_a), ("b", given.flows_b)):
        data = label_samples(with_action_units(read_flow_set(path), sheets), protocol)
        single = answers(of.networks, settings, data.flow)
        found = predictions(data, single.mean(axis=0)[None], of.shift)
        card = make_card(settings, data, found, of, given.date)
        print(f"Rendition {name}; error of the probabilities {card.error}\n\n{table(card)}\n")
        print(f"{ways_table(data, single, of, FIELDS * len(SEEDS))}\n")
    card = write_trained(given.out / f"{NAME}.safetensors", card, of.networks)
    print(f"{prior_table(card)}\n\n{given.out / NAME}.safetensors: SHA-256 {card.sha256}")


if __name__ == "__main__":
    main()
