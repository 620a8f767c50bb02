"""Train the weights that never saw a licensed face, measure them on real clips, and write them with their card.

    python scripts/train_free_weights.py FLOWS_A.npz FLOWS_B.npz src/glfnet/weights --date 2026-11-25

Each network is trained on made-up flow fields alone, in crops of any kind. Only then are the clips of the development
subjects shown to it, in both published renditions: nobody is trained on, so every clip is held out. One number on the
card comes from these clips besides the scores: the temperature, which changes no answer, only how sure it says to be.
Prints the table of docs/fields.md.

Repeated on one machine with the pinned packages it writes the same bytes.
"""

import argparse
import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from torch import nn
from torch.nn import functional as F

from glfnet.config.settings import Settings
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.flow.settings import FlowSettings
from glfnet.model.classifiers import NetworkClassifier
from glfnet.model.streamed import Chunk, train_on_stream
from glfnet.own_weights.held_out import HeldOut, calibration_score, honest_score, rounded
from glfnet.own_weights.train import UNSURE_BELOW
from glfnet.recognition.card import Card, Features, TrainingData
from glfnet.recognition.weights import PACKAGED, write_trained
from glfnet.samples.read import read_flow_set
from glfnet.scores.metrics import uar, uf1
from glfnet.scores.predictions import Predictions
from glfnet.scores.reliability import cross_fitted, fit_temperature
from glfnet.scores.resampling import interval, subject_confusions
from glfnet.settings_page import read_settings
from glfnet.synthetic.fields.draw import CLASSES, field_chunks

SEEDS = range(5)
FIELDS = 60_000  # for each network
CROP = "any"
CLIP = 3.0  # deviations, as in the recipe logistic_regression: real maps have outliers that fields have not
RESAMPLES = 10_000

NAME = "glfnet-free"
SOURCE = "made-up flow fields, drawn from this package's atlas of action units (scripts/train_free_weights.py)"
ABOUT = (
    "GLFNet, the mean of {members} networks, trained on {fields:,} made-up flow fields each and on no recording of a "
    "person. It tells which of three groups a brief movement of the face resembles. It does not read emotion and is no "
    "lie detector; do not use it to decide about a person."
)
PROTOCOL = (
    "no clip was trained on, so all {clips} clips of {subjects} people are held out, on the flow maps published with "
    "CausalNet; the generator's settings were compared on these people"
)
HOW = "{clips} clips of {subjects} people, none of whom was trained on"
LICENCE = "MIT, as the code of glfnet: no recording, picture, flow map or annotation of a person was trained on."


def page() -> Settings:
    """Return the settings that networks are trained by: the recipe's, but for what fields need otherwise."""
    settings = read_settings("glfnet")
    return settings.model_copy(update={"input": settings.input.model_copy(update={"clip": CLIP})})


def chunks(seed: int) -> Iterator[Chunk]:
    """Yield made-up maps with their classes, without end."""
    return ((fields.maps, fields.truth) for fields in field_chunks(seed=seed, crop=CROP))


def trained(settings: Settings) -> list[nn.Module]:
    """Return one network for each seed; each sees fields of its own."""
    networks = []
    with Progress(console=Console(stderr=True)) as bar:
        for seed in SEEDS:
            task = bar.add_task(f"network {seed + 1} of {len(SEEDS)}", total=FIELDS)
            networks.append(
                train_on_stream(
                    settings, chunks(seed), F.cross_entropy, outputs=len(CLASSES), maps=FIELDS, seed=seed,
                    on_maps=lambda done, _of, task=task: bar.update(task, completed=done),
                )
            )  # fmt: skip
    return networks


def zero_shot(networks: list[nn.Module], settings: Settings, data: LabelledSet) -> NDArray[np.float64]:
    """Return what each network says of clips: (R, N, K)."""
    mirror = settings.training.mirror_test
    return np.stack(
        [NetworkClassifier(one, settings.input, mirror).predict_probabilities(data.flow) for one in networks]
    )


def predictions(data: LabelledSet, probabilities: NDArray[np.float64]) -> Predictions:
    """Return answers (R, N, K) as the table that scores are computed from."""
    ids = np.array([sample.sample_id for sample in data.flow.samples])
    seeds, n = len(probabilities), len(ids)
    rows = probabilities.reshape(seeds * n, -1)
    return Predictions(
        classes=data.classes,
        sample_id=np.tile(ids, seeds),
        fold=np.full(seeds * n, "zero-shot"),
        seed=np.repeat(np.arange(seeds), n),
        truth=np.tile(data.truth, seeds),
        probabilities=rows,
        prediction=rows.argmax(axis=1),
        test_selected_prediction=rows.argmax(axis=1),  # nothing is selected
    )


def held_out(data: LabelledSet, single: NDArray[np.float64]) -> HeldOut:
    """Return the answers, averaged over the networks, as a card's scores are computed from."""
    mean = single.mean(axis=0)
    table = predictions(data, mean[None])
    return HeldOut(
        predictions=table,
        single=single,
        probabilities=mean,
        truth=table.truth,
        subjects=table.subject,
        temperature=fit_temperature(mean, table.truth),
        fitted=cross_fitted(mean, table.truth, table.subject),
        resamples=RESAMPLES,
    )


def rows(name: str, data: LabelledSet, single: NDArray[np.float64]) -> Iterator[str]:
    """Yield the rows of the table for one rendition: single networks, and their mean."""
    for what, answers in ((f"one of {len(single)}", single), (f"mean of {len(single)}", single.mean(axis=0)[None])):
        table = predictions(data, answers)
        confusions = subject_confusions(table)[1]
        cells = []
        for metric in (uf1, uar):
            found = interval(confusions, metric, resamples=RESAMPLES)
            spread = "" if np.isnan(found.sd) else f" ± {found.sd:.3f}"
            cells.append(f"{found.mean:.3f}{spread} [{found.low:.3f}, {found.high:.3f}]")
        databases = np.array([str(one).split("/")[0] for one in sorted(set(table.subject.tolist()))])
        for database in ("smic", "casme2", "samm"):
            of_database = confusions[databases == database].sum(axis=0).astype(np.float64)
            cells.append(f"{uf1(of_database).mean():.3f}" if len(of_database) else "")
        yield f"| {name} | {what} | {' | '.join(cells)} |"


def make_card(settings: Settings, data: LabelledSet, answers: HeldOut, date: str) -> Card:
    """Return the card; files' digests and members are set when it is written."""
    counts = {"clips": len(data.flow), "subjects": len({sample.subject for sample in data.flow.samples})}
    first = next(field_chunks(seed=0, crop=CROP))
    return Card(
        name=NAME,
        about=ABOUT.format(members=len(SEEDS), fields=FIELDS),
        classes=CLASSES,
        features=Features(**FlowSettings().as_kept(), normalisation="min_max"),
        settings=settings,
        temperature=rounded(answers.temperature),
        unsure_below=UNSURE_BELOW,
        score=honest_score(answers, PROTOCOL.format(**counts)),
        calibration=calibration_score(answers, HOW.format(**counts)),
        training=TrainingData(
            source=SOURCE,
            digest=hashlib.sha256(first.maps.tobytes()).hexdigest(),
            samples=FIELDS * len(SEEDS),
            subjects=0,
            databases=(),
            classes={},
        ),
        licence=LICENCE,
        date=date,
        versions={package: version(package) for package in ("glfnet", "torch", "numpy")},
    )


def parsed() -> Any:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows_a", type=Path, help="maps of the first rendition, to be scored on")
    parser.add_argument("flows_b", type=Path, help="maps of the second rendition, to be scored on")
    parser.add_argument("out", type=Path, help=f"folder for {PACKAGED['free'].name} and its card")
    parser.add_argument("--date", required=True, help="for the card, YYYY-MM-DD")
    return parser.parse_args()


def main() -> None:
    """Train, then measure, then write, then print."""
    given, settings = parsed(), page()
    real = {
        name: label_samples(read_flow_set(path), settings.protocol)
        for name, path in (("a", given.flows_a), ("b", given.flows_b))
    }
    networks = trained(settings)
    said = {name: zero_shot(networks, settings, data) for name, data in real.items()}
    card = make_card(settings, real["b"], held_out(real["b"], said["b"]), given.date)
    card = write_trained(given.out / PACKAGED["free"].name, card, networks)
    print(f"{given.out / PACKAGED['free'].name}: SHA-256 {card.sha256}, temperature {card.temperature}\n")
    print("| rendition | networks | UF1 | UAR | UF1 SMIC | UF1 CASME II | UF1 SAMM |\n|---|---|---|---|---:|---:|---:|")
    for name, data in real.items():
        print("\n".join(rows(name, data, said[name])))


if __name__ == "__main__":
    main()
