"""How well single action units are recognised by networks that were trained on made-up flow fields alone.

    python scripts/field_units.py LABELS FLOWS.npz --crop b

Nobody is trained on: GLFNet learns from fields which units show, with one output for each, and is asked about every
clip of CASME II and SAMM among the development subjects. The measures are those of `glfnet evaluate --task
action-units`. Prints the table of docs/fields.md, with 95 % intervals from resampling subjects; the answers of the
seeds are averaged.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from count_units import SHEETS
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch.nn import functional as F
from train_free_weights import page

from glfnet.config.settings import ProtocolSettings
from glfnet.databases.unit_sheets import with_action_units
from glfnet.evaluation.labelled_set import label_samples
from glfnet.model.inputs import input_maps, mirrored
from glfnet.model.streamed import Chunk, train_on_stream
from glfnet.samples.read import read_flow_set
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.unit_measures import UNIT_MEASURES
from glfnet.scores.unit_predictions import UnitPredictions, unit_name
from glfnet.scores.unit_scores import RESAMPLES, UnitScopeScores, score_units
from glfnet.synthetic.fields import expression
from glfnet.synthetic.fields.draw import field_chunks

UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17)
SEEDS = range(3)
FIELDS = 24_000  # for each network


def chunks(seed: int, crop: str, size_px: int, units: Sequence[int] = UNITS) -> Iterator[Chunk]:
    """Yield made-up maps with the presence of each unit, without end."""
    columns = [expression.UNITS.index(unit) for unit in units]
    drawn = field_chunks(seed=seed, crop=crop, size_px=size_px)
    return ((fields.maps, fields.units[:, columns].astype(np.float32)) for fields in drawn)


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


def table(full: UnitScopeScores) -> str:
    """Return the scores of each unit, and their means over units, as a table for the docs."""
    names = [measure.name for measure in UNIT_MEASURES.values()]
    lines = [f"| unit | clips with it | {' | '.join(names)} |", "|---|---:|" + "---:|" * len(names)]
    for unit, score in full.units.items():
        cells = [_cell(score.of(metric)) for metric in UNIT_MEASURES]
        lines.append(f"| {unit_name(unit)} | {score.there} of {score.clips} | {' | '.join(cells)} |")
    return "\n".join([*lines, f"| **mean** | | {' | '.join(_cell(full.mean[metric]) for metric in UNIT_MEASURES)} |"])


def _cell(score: ConfidenceInterval) -> str:
    return f"{score.mean:.2f} [{score.low:.2f}, {score.high:.2f}]" if score.is_defined else "too rare"


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
    flow = with_action_units(read_flow_set(given.flows), [given.labels / name for name in SHEETS.values()])
    data = label_samples(flow, ProtocolSettings(task="action_units", units=UNITS))
    seeds = track(range(given.networks), "networks", console=Console(stderr=True))
    said = np.mean([probabilities(data.flow.maps, given.crop, seed, given.fields) for seed in seeds], axis=0)
    answers = UnitPredictions(
        units=data.units,
        sample_id=np.array([sample.sample_id for sample in data.flow.samples]),
        fold=np.array(["nobody trained on"] * len(data.flow)),
        seed=np.zeros(len(data.flow), dtype=np.int64),
        truth=data.presence,
        probabilities=said,
    )
    print(table(score_units(answers, resamples=given.resamples).scopes["full"]))


if __name__ == "__main__":
    main()
