"""What a network's outputs mean, and what training minimises: logits of K classes, then logits of U action units.

Either may be absent. A clip has one class; of its units any number may be there, and of some it may not be known, as
SMIC marks none: what is not known adds nothing to the loss.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glfnet.config.settings import LossSettings
from glfnet.model.loss import ClassBalancedLoss, class_weights
from glfnet.model.training_part import TrainingPart


def targets_of(part: TrainingPart) -> Tensor:
    """Return (N, K + 2U) shares: of each class, of each unit that it is there, and of each that it is not.

    They may be mixed linearly (mixup). A unit of which nothing is known has 0 in both of its columns.
    """
    truth, units = torch.from_numpy(part.truth), torch.from_numpy(part.units)
    classes = F.one_hot(truth, part.n_classes) if part.n_classes else torch.zeros((len(truth), 0))
    return torch.cat([classes, units == 1, units == 0], dim=1).float()


class Objective(nn.Module):
    """The class-balanced loss of the classes, plus a weight times that of the units.

    A unit is two classes, there and not there; its loss is that of its logit, class-balanced by the counts of the
    training fold, and the mean is taken over all clips and units that are known.

    Args:
        part: what is trained on; only its counts are read.
        settings: form, beta and the weight of the units, which is 1 where there are no classes.
    """

    unit_weights: Tensor

    def __init__(self, part: TrainingPart, settings: LossSettings) -> None:
        super().__init__()
        self.n_classes, self.n_units = part.n_classes, part.units.shape[1]
        self.classes = ClassBalancedLoss(class_counts(part), settings)
        self.factor = settings.units if part.n_classes else 1.0
        self.register_buffer("unit_weights", _unit_weights(part, settings))

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Logits (N, K + U) and target shares (N, K + 2U) as `targets_of` gives them, or mixed -> a scalar."""
        if not self.n_units:
            loss: Tensor = self.classes(logits, targets)
            return loss
        of_units = self._of_units(logits[:, self.n_classes :], targets[:, self.n_classes :])
        if not self.n_classes:
            return of_units
        of_classes: Tensor = self.classes(logits[:, : self.n_classes], targets[:, : self.n_classes])
        return of_classes + self.factor * of_units

    def _of_units(self, logits: Tensor, targets: Tensor) -> Tensor:
        there, absent = targets.tensor_split(2, dim=1)
        if_there, if_absent = self.unit_weights
        loss = if_there * there * F.softplus(-logits) + if_absent * absent * F.softplus(logits)
        of_units: Tensor = loss.sum() / (there + absent).sum().clamp(min=1e-6)
        return of_units


def class_counts(part: TrainingPart) -> list[int]:
    """Return how many samples each class has."""
    return [int(n) for n in np.bincount(part.truth, minlength=part.n_classes)] if part.n_classes else []


def _unit_weights(part: TrainingPart, settings: LossSettings) -> Tensor:
    """Return (2, U) weights of a unit that is there, and of one that is not."""
    if settings.weighting == "none":
        return torch.ones((2, part.units.shape[1]))
    counts = [[int((unit == there).sum()) for there in (1, 0)] for unit in part.units.T]
    return torch.stack([class_weights(pair, settings.beta) for pair in counts], dim=1) if counts else torch.ones((2, 0))
