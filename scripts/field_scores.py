"""How well a linear model that was trained on made-up flow fields alone tells the classes of real clips.

    python scripts/field_scores.py FLOWS.npz --crop b

The quick check of the generator, a few seconds a seed: logistic regression on maps of 14 x 14 pixels, all channels
centred, divided by their deviation and cut at three deviations; trained on fields drawn for the crop of these maps,
with classes as frequent as fields have them, and tested on all clips and their mirror images. Prints the rows of
docs/fields.md, with 95 % intervals over subjects.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional as F
from train_free_weights import CLIP, rows

from glfnet.config.settings import InputSettings
from glfnet.evaluation.labelled_set import label_samples
from glfnet.model.inputs import input_maps, mirrored
from glfnet.samples.flow_set import CHANNELS
from glfnet.samples.read import read_flow_set
from glfnet.settings_page import read_settings
from glfnet.synthetic.fields.draw import draw_fields

FIELDS = 6_000
_INPUTS = InputSettings(clip=CLIP)
_SMALL_PX = 14


def shown(maps: NDArray[np.float32]) -> Tensor:
    """Return maps as the model sees them: (N, 3, 14, 14)."""
    rest = maps - np.median(maps, axis=(2, 3), keepdims=True)  # of strain, too, as `classical` has it
    return F.adaptive_avg_pool2d(input_maps(rest, CHANNELS, _INPUTS), _SMALL_PX)


def answers(maps: NDArray[np.float32], crop: str, seed: int) -> NDArray[np.float64]:
    """Return what a model trained on fields of this seed says of real maps: (N, K)."""
    fields = draw_fields(FIELDS, seed=seed, crop=crop, size_px=maps.shape[-1])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=300)).fit(
        shown(fields.maps).flatten(1).numpy(), fields.truth
    )
    real = shown(maps)
    views = [model.predict_proba(view.flatten(1).numpy()) for view in (real, mirrored(real, _INPUTS))]
    return np.asarray(np.mean(views, axis=0))


def main() -> None:
    """Print the row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("flows", type=Path)
    parser.add_argument("--crop", default="b", help="which crop to draw fields for")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = label_samples(read_flow_set(given.flows), read_settings("glfnet").protocol)
    seeds = track(range(given.seeds), "seeds", console=Console(stderr=True))
    said = np.stack([answers(data.flow.maps, given.crop, seed) for seed in seeds])
    print("\n".join(rows(given.crop, data, said)))


if __name__ == "__main__":
    main()
