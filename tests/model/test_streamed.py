"""Training on a stream: each map is seen once, equal seeds give equal networks, and what is shown is learnt."""

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from glfnet.config.models import PlainCNNSettings
from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.model.inputs import input_maps
from glfnet.model.streamed import Chunk, train_on_stream
from glfnet.samples.flow_set import CHANNELS


@pytest.fixture
def settings() -> Settings:
    return Settings().model_copy(update={"model": PlainCNNSettings(width=4, dropout=0.0)})


def halves(size: int = 60) -> Iterator[Chunk]:
    """Yield maps whose left or right half moves down, and which of them: chunks of their own, without end."""
    for number in count():
        rng = np.random.default_rng(number)
        truth = rng.integers(0, 2, size)
        maps = rng.random((size, 3, 8, 8), np.float32) / 4
        for one, label in zip(maps, truth, strict=True):
            one[1, :, 4 * label : 4 * label + 4] += 0.5
        yield maps, truth


@pytest.mark.slow
def test_a_network_learns_what_the_stream_shows(settings: Settings) -> None:
    network = train_on_stream(settings, halves(), F.cross_entropy, outputs=2, maps=1_200, seed=0)
    assert not network.training
    maps, truth = next(halves(200))
    with torch.inference_mode():
        said = network(input_maps(maps, CHANNELS, settings.input)).argmax(dim=1).numpy()
    assert (said == truth).mean() > 0.95


@pytest.mark.slow
def test_equal_seeds_give_equal_networks_and_the_callers_random_numbers_stay(settings: Settings) -> None:
    def weights(seed: int) -> torch.Tensor:
        network = train_on_stream(settings, halves(), F.cross_entropy, outputs=2, maps=120, seed=seed)
        return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])

    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first = weights(0)
    assert torch.rand(1) == expected
    assert torch.equal(weights(0), first)
    assert not torch.equal(weights(1), first)


@pytest.mark.slow
def test_several_answers_at_once_are_learnt_with_a_loss_of_that_kind(settings: Settings) -> None:
    several = ((maps, np.eye(2, dtype=np.float32)[truth]) for maps, truth in halves())
    network = train_on_stream(settings, several, F.binary_cross_entropy_with_logits, outputs=2, maps=1_200, seed=0)
    maps, truth = next(halves(200))
    with torch.inference_mode():
        logits = network(input_maps(maps, CHANNELS, settings.input)).numpy()
    assert ((logits > 0) == np.eye(2, dtype=bool)[truth]).mean() > 0.95


@pytest.mark.slow
def test_every_chunk_is_taken_once_and_progress_ends_at_the_number_of_maps(settings: Settings) -> None:
    taken: list[int] = []

    def watched() -> Iterator[Chunk]:
        for number, chunk in enumerate(halves()):
            taken.append(number)
            yield chunk

    seen: list[tuple[int, int]] = []
    train_on_stream(
        settings, watched(), F.cross_entropy, outputs=2, maps=100, seed=0,
        on_maps=lambda done, of: seen.append((done, of)),
    )  # fmt: skip
    assert taken == [0, 1]
    assert seen == [(60, 100), (100, 100)]


def test_a_stream_that_ends_early_and_too_few_maps_are_refused(settings: Settings) -> None:
    first = next(halves())
    with pytest.raises(SettingsError, match=r"^maps to train on: found 60; expected 100, in chunks of two or more\.$"):
        train_on_stream(settings, iter([first]), F.cross_entropy, outputs=2, maps=100, seed=0)
    with pytest.raises(SettingsError, match=r"^maps to train on: found 1; expected at least two\.$"):
        train_on_stream(settings, iter([first]), F.cross_entropy, outputs=2, maps=1, seed=0)
