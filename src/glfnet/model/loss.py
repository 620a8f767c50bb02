"""The class-balanced loss (Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", CVPR 2019).

A class with n clips counts as E_n = (1 - beta^n) / (1 - beta) of them, since more clips of one kind overlap more; its
weight is 1 / E_n, scaled so that the weights sum to the number of classes. n comes from the training fold.

The popular PyTorch port of this loss feeds softmax outputs to a binary cross-entropy under the name "softmax". Here
softmax is cross-entropy on logits, as in the paper.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glfnet.config.settings import LossSettings


def class_weights(counts: Sequence[int], beta: float) -> Tensor:
    """Return one weight per class, summing to the number of classes that have a sample.

    Args:
        counts: samples per class in the training fold. A class without samples gets weight 0: it never occurs.
        beta: in [0, 1); 0 gives equal weights.
    """
    n = torch.tensor(counts, dtype=torch.float64)
    # expm1 and log1p keep (1 - beta^n) exact where beta is close to 1.
    effective = -torch.expm1(n * torch.log1p(torch.tensor(-(1 - beta), dtype=torch.float64))) / (1 - beta)
    inverse = torch.where(n > 0, 1 / effective.clamp(min=1e-12), 0.0)
    return (inverse * (n > 0).sum() / inverse.sum()).float()


class ClassBalancedLoss(nn.Module):
    """Mean over a batch of w_c times the loss of each sample, c its class.

    A mixed target is no class of its own: its loss is the mix of what its classes would cost, each with its weight.

    Args:
        counts: samples per class in the training fold, counted once, never per batch.
        settings: form and beta. `softmax` is cross-entropy; `sigmoid` is binary cross-entropy summed over the classes;
            `focal` is the latter times (1 - p_t)^gamma (Lin et al., ICCV 2017). Smoothing and logit adjustment go with
            each of them.
    """

    weights: Tensor
    adjustment: Tensor

    def __init__(self, counts: Sequence[int], settings: LossSettings) -> None:
        super().__init__()
        balanced = settings.weighting == "class_balanced"
        self.register_buffer("weights", class_weights(counts, settings.beta) if balanced else torch.ones(len(counts)))
        self.form = settings.form
        self.gamma = settings.gamma
        self.smoothing = settings.smoothing
        self.adjusted = settings.logit_adjustment > 0
        self.register_buffer("adjustment", _log_shares(counts) * settings.logit_adjustment, persistent=False)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Logits (N, K) and target shares (N, K), each row summing to 1 (one-hot, or mixed) -> a scalar."""
        if self.adjusted:
            logits = logits + self.adjustment
        if self.smoothing:
            targets = (1 - self.smoothing) * targets + self.smoothing / targets.shape[1]
        if self.form == "softmax":
            loss_if = -F.log_softmax(logits, dim=1)  # (N, K): the loss if class k is the true one
        else:
            gamma = self.gamma if self.form == "focal" else 0.0
            here, elsewhere = _focal(logits, gamma), _focal(-logits, gamma)
            loss_if = here - elsewhere + elsewhere.sum(dim=1, keepdim=True)  # class k is there, all others are not
        return (targets * self.weights * loss_if).sum(dim=1).mean()


def _log_shares(counts: Sequence[int]) -> Tensor:
    """Return (K,) logs of the classes' shares of the fold; 0 for a class without samples, which is nobody's rival."""
    n = torch.tensor(counts, dtype=torch.float64)
    return torch.where(n > 0, (n.clamp(min=1) / n.sum()).log(), 0.0).float()


def _focal(logits: Tensor, gamma: float) -> Tensor:
    """Return (1 - p)^gamma * -log p of p = sigma(logits), finite with its slope however large a logit is."""
    return torch.exp(gamma * F.logsigmoid(-logits)) * -F.logsigmoid(logits)
