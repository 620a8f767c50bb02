"""Says on which machine, and with which versions, something was measured."""

import platform
from pathlib import Path

import joblib
import numpy as np
import torch

import glfnet


def machine() -> str:
    """Return one sentence about the machine and the versions that decide about speed."""
    gpu = f", {torch.cuda.get_device_name()} (which LOSO then uses)" if torch.cuda.is_available() else ""
    return (
        f"{_processor()}, {joblib.cpu_count()} cores{gpu}, {platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}, "
        f"glfnet {glfnet.__version__}."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"
