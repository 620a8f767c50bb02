"""Which processor networks run on here."""

import torch


def gpu_name() -> str | None:
    """Return the name of the GPU that training takes by itself, None where there is none."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else None
