"""What a model is trained on: the one value that passes from a protocol to a trainer. Needs no torch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.samples.flow_set import FlowSet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingPart:
    """All that training may know.

    Attributes:
        flow: the training subjects' samples.
        truth: (N,) int class indices.
        n_classes: K, also where a class has no sample here.
        seed: of this fold alone, derived from the run's seed and the fold's name.
    """

    flow: FlowSet
    truth: NDArray[np.int64]
    n_classes: int
    seed: int
