"""GLFNet for micro-expression recognition, and leave-one-subject-out evaluation that keeps its numbers honest.

Example::

    import glfnet

    flow = glfnet.read_flow_set("norm_u_v_os")
    run = glfnet.evaluate(flow, "runs/cde", glfnet.read_settings("glfnet"), seeds=range(5), jobs=2)
    print(run.metrics["fixed"]["full"]["uf1"])

    result = glfnet.predict("interview.mp4")
    print(result.micro_expressions)
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glfnet.compare import compare_runs
    from glfnet.config import GLFNetSettings, Settings, read_settings
    from glfnet.errors import GlfnetError
    from glfnet.experiment import Run, evaluate
    from glfnet.loss import ClassBalancedLoss
    from glfnet.manifest.synthetic import synthetic_flow_set
    from glfnet.manifest.table import FlowSet, Sample, SubjectId
    from glfnet.model.glfnet import GLFNet
    from glfnet.prediction.run import predict
    from glfnet.prediction.settings import PredictionSettings
    from glfnet.predictions import Predictions, read_predictions
    from glfnet.reader import read_flow_set
    from glfnet.result import Interval, Result

__version__ = "0.1.0"

_HOMES = {
    "compare": ("compare_runs",),
    "config": ("GLFNetSettings", "Settings", "read_settings"),
    "errors": ("GlfnetError",),
    "experiment": ("Run", "evaluate"),
    "loss": ("ClassBalancedLoss",),
    "manifest.synthetic": ("synthetic_flow_set",),
    "manifest.table": ("FlowSet", "Sample", "SubjectId"),
    "model.glfnet": ("GLFNet",),
    "prediction.run": ("predict",),
    "prediction.settings": ("PredictionSettings",),
    "predictions": ("Predictions", "read_predictions"),
    "reader": ("read_flow_set",),
    "result": ("Interval", "Result"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ClassBalancedLoss",
    "FlowSet",
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
    "SubjectId",
    "__version__",
    "compare_runs",
    "evaluate",
    "predict",
    "read_flow_set",
    "read_predictions",
    "read_settings",
    "synthetic_flow_set",
]


def __getattr__(name: str) -> object:
    # Looked up on first use, so that reading labels or scores does not wait for torch.
    if name not in _HOME_OF:
        raise AttributeError(f"module 'glfnet' has no attribute {name!r}")
    return getattr(importlib.import_module(f"glfnet.{_HOME_OF[name]}"), name)
