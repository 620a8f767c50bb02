"""GLFNet for micro-expression recognition, and leave-one-subject-out evaluation that keeps its numbers honest.

Example::

    import glfnet

    flow = glfnet.read_flow_set("norm_u_v_os")
    settings = glfnet.read_settings("glfnet", training={"epochs": 25})
    run = glfnet.evaluate(flow, "runs/cde", settings, seeds=range(5), jobs=2)
    print(run.metrics["fixed"]["full"]["uf1"])

    result = glfnet.predict("interview.mp4")
    print(result.micro_expressions)
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glfnet.config.models import GLFNetSettings
    from glfnet.config.settings import Settings
    from glfnet.dask_cluster import cluster
    from glfnet.databases.recordings import check, index, prepare
    from glfnet.databases.unit_sheets import with_action_units
    from glfnet.errors import GlfnetError
    from glfnet.evaluation.evaluate import Run, evaluate
    from glfnet.evaluation.evaluate_units import UnitRun, evaluate_units
    from glfnet.evaluation.export import export_flow_folder
    from glfnet.evaluation.tuning.ablation import Ablation, ablate
    from glfnet.evaluation.tuning.sweep import Sweep, sweep
    from glfnet.flow.settings import FlowSettings
    from glfnet.model.glfnet import GLFNet
    from glfnet.model.loss import ClassBalancedLoss
    from glfnet.own_weights.train import train_weights
    from glfnet.recognition.predict import predict
    from glfnet.recognition.result import Interval, Result
    from glfnet.recognition.settings import PredictionSettings
    from glfnet.samples.flow_set import FlowSet, Sample
    from glfnet.samples.read import read_flow_set
    from glfnet.samples.subjects import SubjectId
    from glfnet.scores.compare import compare_runs
    from glfnet.scores.predictions import Predictions, read_predictions
    from glfnet.scores.unit_predictions import UnitPredictions, read_unit_predictions
    from glfnet.settings_page import read_settings
    from glfnet.synthetic.flow_maps import synthetic_flow_set
    from glfnet.video_sets.score import score
    from glfnet.video_sets.spot import SpotRun, spot
    from glfnet.video_sets.spotted import read_spotted

__version__ = "0.1.0"

_HOMES = {
    "dask_cluster": ("cluster",),
    "config.models": ("GLFNetSettings",),
    "config.settings": ("Settings",),
    "settings_page": ("read_settings",),
    "databases.recordings": ("check", "index", "prepare"),
    "databases.unit_sheets": ("with_action_units",),
    "errors": ("GlfnetError",),
    "evaluation.evaluate": ("Run", "evaluate"),
    "evaluation.evaluate_units": ("UnitRun", "evaluate_units"),
    "evaluation.export": ("export_flow_folder",),
    "evaluation.tuning.ablation": ("Ablation", "ablate"),
    "evaluation.tuning.sweep": ("Sweep", "sweep"),
    "flow.settings": ("FlowSettings",),
    "model.glfnet": ("GLFNet",),
    "model.loss": ("ClassBalancedLoss",),
    "own_weights.train": ("train_weights",),
    "recognition.predict": ("predict",),
    "recognition.result": ("Interval", "Result"),
    "recognition.settings": ("PredictionSettings",),
    "samples.flow_set": ("FlowSet", "Sample"),
    "samples.read": ("read_flow_set",),
    "samples.subjects": ("SubjectId",),
    "scores.compare": ("compare_runs",),
    "scores.predictions": ("Predictions", "read_predictions"),
    "scores.unit_predictions": ("UnitPredictions", "read_unit_predictions"),
    "synthetic.flow_maps": ("synthetic_flow_set",),
    "video_sets.score": ("score",),
    "video_sets.spot": ("SpotRun", "spot"),
    "video_sets.spotted": ("read_spotted",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Ablation",
    "ClassBalancedLoss",
    "FlowSet",
    "FlowSettings",
    "GLFNet",
    "GLFNetSettings",
    "GlfnetError",
    "Interval",
    "PredictionSettings",
    "Predictions",
    "Result",
    "Run",
    "Sample",
    "Settings",
    "SpotRun",
    "SubjectId",
    "Sweep",
    "UnitPredictions",
    "UnitRun",
    "__version__",
    "ablate",
    "check",
    "cluster",
    "compare_runs",
    "evaluate",
    "evaluate_units",
    "export_flow_folder",
    "index",
    "predict",
    "prepare",
    "read_flow_set",
    "read_predictions",
    "read_settings",
    "read_spotted",
    "read_unit_predictions",
    "score",
    "spot",
    "sweep",
    "synthetic_flow_set",
    "train_weights",
    "with_action_units",
]


def __getattr__(name: str) -> object:
    # Looked up on first use, so that reading labels or scores does not wait for torch.
    if name not in _HOME_OF:
        raise AttributeError(f"module 'glfnet' has no attribute {name!r}")
    return getattr(importlib.import_module(f"glfnet.{_HOME_OF[name]}"), name)
