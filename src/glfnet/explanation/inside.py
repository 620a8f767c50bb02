"""What GLFNet does inside while it decides about one flow map: its gates, its weights, and which places decide.

The maps are read with forward hooks; the network itself stays as it is. All are the mean over the members of an
ensemble and over the test views of a map, the mirrored view turned back.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glfnet.config.settings import InputSettings
from glfnet.model.fusion import AdaptiveFeatureFusion
from glfnet.model.glfnet import GLFNet
from glfnet.model.global_attention import CBAM, GAM, SelfAttention, SpatialGate
from glfnet.model.inputs import mirrored
from glfnet.model.local_block import LocalBlock, join_regions
from glfnet.threads import processor_threads

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class InsideMaps:
    """Where a GLFNet looked; maps (h, w) of its feature map, which has fewer rows and columns than the flow map.

    Attributes:
        decision: how much each place speaks for the class, against the mean of the others: Grad-CAM on what enters the
            head. Positive is for, negative against; in units of a logit.
        global_attention: the gate of Global Attention, 0..1; for self-attention, how much each place is attended to, 1
            on average. None where the network has no Global Attention.
        local_gates: the gates of Local Block's regions, 0..1, tiled in place; None where it has no Local Block.
        grid: rows and columns of Local Block's regions.
        share_global: weight of the global map in Adaptive Feature Fusion, 0..1, mean over channels; the rest is that of
            the local one. None where maps are fused without weights.
        other_path: whether there is a linear path besides, of which `decision` knows nothing.
    """

    decision: Floats
    global_attention: Floats | None
    local_gates: Floats | None
    grid: tuple[int, int]
    share_global: Floats | None
    other_path: bool = False


def find_inside_maps(
    networks: Sequence[nn.Module], shown: Tensor, label: int, inputs: InputSettings, *, mirror: bool
) -> InsideMaps | None:
    """Return where the networks look while they decide; None if they are no GLFNets, of which nothing is known.

    Args:
        networks: members of one ensemble, in test mode.
        shown: (1, C, H, W), as `model.inputs.input_maps` gives it.
        label: index of the class that is to be explained.
        inputs: what the channels are.
        mirror: whether the mirror image was asked about, too.

    Source:
        Selvaraju et al., "Grad-CAM", ICCV 2017. There the gradient is averaged over all places, since the heads of that
        time average the map. Ours has weights for every place, so here the gradient of each place stays with it
        (HiResCAM, Draelos & Carin, arXiv 2011.08891): the map then sums to the logits, but for their biases.
    """
    if not all(isinstance(network, GLFNet) for network in networks):
        return None
    views = [(shown, False), *([(mirrored(shown, inputs), True)] if mirror else [])]
    with processor_threads():
        seen = [_looked(network, view, label, turned=turned) for network in networks for view, turned in views]
    first = networks[0]
    assert isinstance(first, GLFNet)
    return InsideMaps(
        decision=_mean(seen, "decision"),
        global_attention=_mean(seen, "global_attention") if "global_attention" in seen[0] else None,
        local_gates=_mean(seen, "local_gates") if "local_gates" in seen[0] else None,
        grid=first.local_block.grid if isinstance(first.local_block, LocalBlock) else (1, 1),
        share_global=_mean(seen, "share_global") if "share_global" in seen[0] else None,
        other_path=first.linear_path is not None,
    )


def _mean(seen: Sequence[dict[str, Tensor]], name: str) -> Floats:
    return np.asarray(torch.stack([maps[name] for maps in seen]).mean(dim=0).double().numpy())


def _looked(network: nn.Module, view: Tensor, label: int, *, turned: bool) -> dict[str, Tensor]:
    """Return maps (h, w) of one network about one view."""
    assert isinstance(network, GLFNet)
    kept: dict[str, list[Tensor]] = {}
    with torch.enable_grad(), _hooks(network, kept):
        logits = network(view)[0]
        against = (logits.sum() - logits[label]) / (len(logits) - 1)
        fused = kept["fused"][0]
        (gradient,) = torch.autograd.grad(logits[label] - against, fused)
    place = fused.shape[2:]
    maps = {"decision": (gradient * fused)[0].sum(dim=0)}
    if "global_attention" in kept:
        maps["global_attention"] = kept["global_attention"][0].mean(dim=0).reshape(place)
    if isinstance(network.local_block, LocalBlock):
        maps["local_gates"] = _tiled(kept["local_gates"], network.local_block.grid)
    if "share_global" in kept:
        maps["share_global"] = kept["share_global"][0].mean(dim=0).expand(place)
    return {name: (found.flip(1) if turned else found).detach() for name, found in maps.items()}


def _tiled(gates: Sequence[Tensor], grid: tuple[int, int]) -> Tensor:
    rows, columns = grid
    return join_regions([[gates[r * columns + c] for c in range(columns)] for r in range(rows)])[0, 0]


@contextmanager
def _hooks(network: GLFNet, kept: dict[str, list[Tensor]]) -> Iterator[None]:
    def keeper(name: str) -> Callable[..., None]:
        return lambda _module, _given, output: kept.setdefault(name, []).append(output.detach().clone())

    def cut(_module: nn.Module, _given: object, output: Tensor) -> Tensor:
        fused = output.detach().requires_grad_()  # so that the gradient is taken through the head alone
        kept["fused"] = [fused]
        return fused

    hooks = [network.fusion.register_forward_hook(cut)]
    attention = network.global_attention
    if isinstance(attention, CBAM | GAM):
        hooks.append(attention.spatial_gate.register_forward_hook(_first_of(kept)))
    if isinstance(attention, SelfAttention):
        hooks.append(attention.attention.register_forward_hook(_attended(kept)))
    if isinstance(network.local_block, LocalBlock):
        gates = [module for module in network.local_block.modules() if isinstance(module, SpatialGate)]
        hooks += [gate.register_forward_hook(keeper("local_gates")) for gate in gates]
    if isinstance(network.fusion, AdaptiveFeatureFusion):
        hooks.append(network.fusion.gate.register_forward_hook(_first_of(kept, "share_global")))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _first_of(kept: dict[str, list[Tensor]], name: str = "global_attention") -> Callable[..., None]:
    """Return a hook that keeps (C, h, w) of the one map of a batch."""

    def keep(_module: nn.Module, _given: object, output: Tensor) -> None:
        kept[name] = [output[0].detach().clone()]

    return keep


def _attended(kept: dict[str, list[Tensor]]) -> Callable[..., None]:
    """Return a hook that keeps how much each place is attended to, (1, h * w), 1 on average."""

    def keep(module: nn.Module, given: tuple[Tensor, ...], _output: object) -> None:
        assert isinstance(module, nn.MultiheadAttention)
        # The network itself does not ask for the weights.
        _, weights = module.forward(given[0], given[1], given[2], need_weights=True)
        assert weights is not None
        kept["global_attention"] = [weights.sum(dim=1).detach()]

    return keep
