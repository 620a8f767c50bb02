"""How well single action units are recognised by networks that were trained on made-up flow fields alone.

    python scripts/field_units.py LABELS FLOWS.npz --crop b

As scripts/unit_scores.py, but nobody is trained on: GLFNet learns from fields which units show, with one output for
each, and is asked about every clip of CASME II and SAMM among the development subjects. The threshold of F1 is 0.5.
Prints the table of docs/fields.md, with 95 % intervals from resampling subjects; the answers of the seeds are averaged.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from count_units import read_cells
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch.nn import functional as F
from train_free_weights import page
from unit_scores import RESAMPLES, UNITS, UnitAnswers, table

from glfnet.facs.notation import read_units
from glfnet.model.inputs import input_maps, mirrored
from glfnet.model.streamed import Chunk, train_on_stream
from glfnet.samples.read import read_flow_set
from glfnet.synthetic.fields import expression
from glfnet.synthetic.fields.draw import field_chunks

SEEDS = range(3)
FIELDS = 24_000  # for each network

_COLUMNS = [expression.UNITS.index(unit) for unit in UNITS]


def chunks(seed: int, crop: str, size_px: int) -> Iterator[Chunk]:
    """Yield made-up maps with the presence of each unit, without end."""
    drawn = field_chunks(seed=seed, crop=crop, size_px=size_px)
    return ((fields.maps, fields.units[:, _COLUMNS].astype(np.float32)) for fields in drawn)


def probabilities(maps: NDArray[np.float32], crop: str, seed: int, fields: int) -> NDArray[np.float64]:
    """Train one network and return how probable each unit is on each map: (N, U)."""
    settings = page()
    network = train_on_stream(
        settings, chunks(seed, crop, maps.shape[-1]), F.binary_cross_entropy_with_logits,
        outputs=len(UNITS), maps=fields, seed=seed,
    )  # fmt: skip
    shown = input_maps(maps, ("u", "v", "strain"), settings.input)
    with torch.inference_mode():
        views = [torch.sigmoid(network(view)) for view in (shown, mirrored(shown, settings.input))]
    return np.asarray(torch.stack(views).mean(dim=0).double().numpy())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("flows", type=Path)
    parser.add_argument("--crop", default="b", help="which crop to draw fields for")
    parser.add_argument("--networks", type=int, default=len(SEEDS))
    parser.add_argument("--fields", type=int, default=FIELDS, help="for each network")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="of subjects; they take most of the time")
    given = parser.parse_args()
    cells = read_cells(given.labels)
    flow = read_flow_set(given.flows)
    flow = flow.select([index for index, sample in enumerate(flow.samples) if sample.sample_id in cells])
    readings = [read_units(cells[sample.sample_id]) for sample in flow.samples]
    subjects = np.array([str(sample.subject) for sample in flow.samples])
    seeds = track(range(given.networks), "networks", console=Console(stderr=True))
    said = np.mean([probabilities(flow.maps, given.crop, seed, given.fields) for seed in seeds], axis=0)
    answers = []
    for column, unit in enumerate(UNITS):
        presence = [reading.presence(unit) for reading in readings]
        known = np.array([index for index, there in enumerate(presence) if there is not None])
        truth = np.array([float(bool(presence[index])) for index in known])
        answers.append(UnitAnswers(unit, truth, said[known, column], subjects[known]))
    print(table(answers, given.resamples))


if __name__ == "__main__":
    main()
