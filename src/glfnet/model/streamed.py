"""Train a network on maps that are made while it trains, each seen once."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.model.build import BuildNetwork, network_builder
from glfnet.model.inputs import input_maps
from glfnet.samples.flow_set import CHANNELS
from glfnet.threads import processor_threads

Chunk = tuple[NDArray[np.float32], NDArray[np.generic]]
"""Maps (N, 3, H, W) with channels u, v, strain, and their targets (N, ...) as the loss takes them."""
Loss = Callable[[Tensor, Tensor], Tensor]
"""From logits (B, K) and targets (B, ...) to a number."""


def train_on_stream(
    settings: Settings,
    chunks: Iterator[Chunk],
    loss: Loss,
    *,
    outputs: int,
    maps: int,
    seed: int,
    build: BuildNetwork | None = None,
    on_maps: Callable[[int, int], None] = lambda done, of: None,
) -> nn.Module:
    """Return a network trained on the CPU, in test mode.

    No map comes twice, so there are no epochs, nothing is augmented and nothing needs to be held out; the learning rate
    falls to 0 over all maps, by a cosine. Network, input, batch size, learning rate and weight decay are the page's.

    Args:
        settings: the page.
        chunks: maps with targets, at least as many as `maps`.
        loss: what is minimised.
        outputs: K, number of logits.
        maps: how many to train on.
        seed: of the first weights and of dropout; equal chunks and seeds give equal networks on one machine.
        build: makes a fresh network; None takes the page's.
        on_maps: called after each chunk with how many maps are done, and of how many.

    Raises:
        SettingsError: if `maps` is less than 2, or there are fewer.
    """
    if maps < 2:
        raise SettingsError(f"maps to train on: found {maps}; expected at least two.")
    with processor_threads(settings.training.threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        build = build or network_builder(settings.model)
        return _trained(settings, build, chunks, loss, outputs, maps, on_maps).eval()


def _trained(
    settings: Settings,
    build: BuildNetwork,
    chunks: Iterator[Chunk],
    loss: Loss,
    outputs: int,
    maps: int,
    on_maps: Callable[[int, int], None],
) -> nn.Module:
    network, done = None, 0
    while done < maps:
        chunk = next(chunks, None)
        if chunk is None or len(chunk[0]) < 2:
            raise SettingsError(f"maps to train on: found {done}; expected {maps}, in chunks of two or more.")
        shown = input_maps(chunk[0], CHANNELS, settings.input)
        if network is None:
            network = build(shown.shape[1], outputs, (shown.shape[2], shown.shape[3]))
            optimiser = torch.optim.AdamW(
                network.parameters(),
                lr=settings.training.learning_rate,
                weight_decay=settings.training.weight_decay,
                fused=True,
            )
            network.train()
        targets = torch.from_numpy(chunk[1])
        for rows in _batches(len(shown), settings.training.batch_size):
            share = (done + rows.start) / maps
            for group in optimiser.param_groups:
                group["lr"] = settings.training.learning_rate * (1 + float(np.cos(np.pi * min(share, 1.0)))) / 2
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss(network(shown[rows]), targets[rows]))
            optimiser.step()
        done += len(shown)
        on_maps(min(done, maps), maps)
    assert network is not None
    return network


def _batches(n: int, size: int) -> Iterator[slice]:
    """Yield slices of nearly equal length, none of a single map: batch norm needs two."""
    count = max(1, min(-(-n // size), n // 2))
    edges = np.linspace(0, n, count + 1).round().astype(int)
    return (slice(int(begin), int(end)) for begin, end in pairwise(edges))
