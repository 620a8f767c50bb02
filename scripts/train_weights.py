"""Train the weights that come with glfnet, and write them with their card.

    scripts/develop.sh FLOWS runs/dev
    python scripts/train_weights.py FLOWS/norm_u_v_os_b runs/dev/b-glfnet src/glfnet/weights \
        --date 2026-11-23 --figure docs/reliability.svg

Every network is trained as in the evaluation, by the same code, but on all subjects. What cannot be measured on people
that a network has seen comes from the evaluation: the honest score, the temperature, and how far probabilities can be
trusted. A run of other settings or data is refused. Prints the tables of docs/measurements.md.

Repeated on one machine with the pinned packages it writes the same bytes.
"""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from held_out_tables import print_tables, reliability_figure

from glfnet.config.settings import Settings
from glfnet.errors import GlfnetError
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.files import written_whole
from glfnet.flow.settings import FlowSettings
from glfnet.own_weights.held_out import HeldOut, calibration_score, honest_score, read_held_out, rounded
from glfnet.own_weights.train import UNSURE_BELOW, train_networks
from glfnet.recognition.card import Card, Features, TrainingData
from glfnet.recognition.weights import write_trained
from glfnet.report.figure_files import svg
from glfnet.samples.read import read_flow_set
from glfnet.settings_page import read_settings

SEEDS = range(5)
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


def make_card(data: LabelledSet, settings: Settings, held_out: HeldOut, date: str) -> Card:
    """Return the card; files' digests and members are set when it is written."""
    subjects = len({sample.subject for sample in data.flow.samples})
    counts = {"samples": len(data.flow), "subjects": subjects, "members": len(SEEDS)}
    return Card(
        name=NAME,
        about=ABOUT.format(**counts),
        classes=data.classes,
        features=Features(**FlowSettings().as_kept(), normalisation="min_max"),
        settings=settings,
        members=len(SEEDS),
        temperature=rounded(held_out.temperature),
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
    data = label_samples(flow, settings.protocol)
    held_out = read_held_out(given.run, settings, flow, [s.sample_id for s in data.flow.samples], RESAMPLES)
    card = make_card(data, settings, held_out, given.date)
    card = write_trained(given.out / f"{NAME}.safetensors", card, train_networks(data, settings, SEEDS, given.out))
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
