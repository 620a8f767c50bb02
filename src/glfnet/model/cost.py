"""How large a network is and how much arithmetic one sample takes."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True, slots=True)
class Cost:
    """Size of a network.

    Attributes:
        parameters: trainable numbers.
        flops: floating-point operations of one forward pass of one sample, a multiply-add counted as two;
            convolutions and matrix products only.
    """

    parameters: int
    flops: int


def network_cost(network: nn.Module, in_channels: int, size_px: tuple[int, int]) -> Cost:
    """Count parameters and operations for one (in_channels, height, width) map."""
    was_training = network.training
    network.eval()
    try:
        # PyTorch's fused attention is not counted on the processor. Input that asks for gradients and the plain kernel
        # take it apart into matrix products, which are.
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, in_channels, *size_px, requires_grad=True))
    finally:
        network.train(was_training)
    return Cost(sum(p.numel() for p in network.parameters() if p.requires_grad), counter.get_total_flops())
