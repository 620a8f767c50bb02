"""
Your own network, and a scikit-learn classifier
===============================================

Any function that builds a torch network, and any classifier with ``fit`` and ``predict``, is evaluated on the folds
that GLFNet has, and compared with it by paired tests over people.
"""

import tempfile
from pathlib import Path

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import nn

import glfnet

folder = Path(tempfile.mkdtemp())
flow = glfnet.synthetic_flow_set(subjects=8, seed=2)
settings = glfnet.read_settings("glfnet", training={"epochs": 4, "watch_epochs": False})

# %%
# A network is a function of the number of channels, the number of classes and the size of a map. It must build a
# new one at each call: each fold begins from nothing.


def small(in_channels: int, n_classes: int, size_px: tuple[int, int]) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 5, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(4),
        nn.Flatten(),
        nn.Linear(8 * 16, n_classes),
    )


runs = {
    "glfnet": glfnet.evaluate(flow, folder / "glfnet", settings, seeds=(0, 1)),
    "small": glfnet.evaluate(flow, folder / "small", settings, model=small, seeds=(0, 1)),
    "lda": glfnet.evaluate(
        flow, folder / "lda", settings, model=LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"), seeds=(0,)
    ),
}
for name, run in runs.items():
    print(f"{name:8s} UF1 {run.scores.fixed['full'].uf1.mean:.3f}")

# %%
# Made-up maps say nothing about people. What matters is the comparison: the same clips, the same people, resampled
# together.

tables = {name: glfnet.read_predictions(run.folder / "predictions.csv") for name, run in runs.items()}
for one in glfnet.compare_runs(tables):
    if one.scope == "full":
        difference = f"{one.difference:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
        print(f"{one.metric} of {one.run} - glfnet: {difference}, corrected p {one.adjusted_p_value:.3f}")
