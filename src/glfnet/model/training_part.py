"""What a model is trained on: the one value that passes from a protocol to a trainer. Needs no torch."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.samples.flow_set import FlowSet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingPart:
    """All that training may know.

    Attributes:
        flow: the training subjects' samples.
        truth: (N,) int class indices.
        n_classes: K, also where a class has no sample here; 0 where no classes are asked for.
        seed: of this fold alone, derived from the run's seed and the fold's name.
        run_seed: of the whole run: what all its folds share, such as pretrained weights, follows from it.
        units: (N, U) int: 1 where the clip shows this action unit, 0 where it does not, -1 where that is not known.
    """

    flow: FlowSet
    truth: NDArray[np.int64]
    n_classes: int
    seed: int
    run_seed: int = 0
    units: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))

    def __post_init__(self) -> None:
        if self.units.size == 0:  # of no unit
            object.__setattr__(self, "units", np.zeros((len(self.flow), 0), dtype=np.int64))
        if self.truth.shape != (len(self.flow),) or len(self.units) != len(self.flow):
            raise ShapeError(
                f"truth must be ({len(self.flow)},) and units ({len(self.flow)}, U); got {self.truth.shape} and "
                f"{self.units.shape}."
            )

    @property
    def n_outputs(self) -> int:
        """K + U: of the classes and of the action units."""
        return self.n_classes + int(self.units.shape[1])

    def select(self, rows: NDArray[np.intp]) -> "TrainingPart":
        """Return the samples in these rows, with the same seed."""
        return replace(self, flow=self.flow.select(rows), truth=self.truth[rows], units=self.units[rows])
