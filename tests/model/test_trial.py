"""A network of one's own is refused before any training where it goes through all folds or does not answer."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.evaluation.evaluate import evaluate
from glfnet.samples.flow_set import FlowSet

MakeSettings = Callable[..., Settings]
Build = Callable[[int, int, tuple[int, int]], object]


def flat(channels: int, classes: int, size: tuple[int, int]) -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size[0] * size[1], classes))


KEPT = flat(3, 3, (12, 12))
TRUNK = nn.Conv2d(3, 4, 3)


class Pair(nn.Module):
    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        return maps, maps


class Infinite(nn.Module):
    def forward(self, maps: Tensor) -> Tensor:
        return torch.full((len(maps), 3), torch.inf)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda channels, classes, size: KEPT, "returned the same network twice; expected a new one each time"),
        (
            lambda channels, classes, size: nn.Sequential(TRUNK, flat(4, classes, (10, 10))),
            "two networks that the function returned share 0.weight; expected nothing in common",
        ),
        (lambda channels, classes, size: "net", "the function returned str; expected a torch nn.Module"),
        (lambda channels, classes, size: Pair(), "the network returned tuple; expected logits of shape (2, 3)"),
        (lambda channels, classes, size: flat(channels, 5, size), "the network returned shape (2, 5); expected logits"),
        (lambda channels, classes, size: flat(channels, classes, (9, 9)), "the network failed on a trial batch ("),
        (lambda channels, classes, size: Infinite(), "the untrained network returned numbers that are not finite"),
    ],
)
def test_a_network_that_cannot_be_evaluated_is_refused_before_anything_is_written(
    build: Build, sentence: str, tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        evaluate(tiny_flow, tmp_path / "run", tiny_settings(), model=build)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_the_trial_leaves_random_numbers_and_the_network_as_they_were(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    built: list[nn.Module] = []

    def build(channels: int, classes: int, size: tuple[int, int]) -> nn.Module:
        built.append(nn.Sequential(nn.BatchNorm2d(channels), flat(channels, classes, size)))
        return built[-1]

    before = torch.get_rng_state()
    evaluate(tiny_flow, tmp_path / "run", tiny_settings(training={"epochs": 1}), model=build)
    assert torch.equal(torch.get_rng_state(), before)
    assert built[0].training
    assert built[0][0].num_batches_tracked == 0  # type: ignore[index]
