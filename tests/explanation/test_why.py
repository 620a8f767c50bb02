"""What an explanation says must be what the networks do: pointing at planted movement, changing with the weights."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from glfnet.explanation.regions import region_masks
from glfnet.explanation.why import Asked, explain_map, quarter_shares, without_movement
from glfnet.explanation.words import effect_words, region_sentences, unused_sentence
from glfnet.faces.alignment import WIDE
from glfnet.recognition.explain import asked_of
from glfnet.recognition.weights import read_trained
from glfnet.synthetic.fields.crop import FIELD_CROPS, exact_grid
from glfnet.synthetic.fields.expression import template

RNG = np.random.default_rng(0)


def planted(unit: int) -> NDArray[np.float32]:
    """Return a map in pixels of one action unit and a little noise."""
    right, down = (part[0] for part in template(unit, exact_grid(FIELD_CROPS["wide"], 1, 28)))
    noise = 0.02 * RNG.standard_normal((2, 28, 28)).astype(np.float32)
    u, v = right + noise[0], down + noise[1]
    strain = np.hypot(*np.gradient(u)) + np.hypot(*np.gradient(v))
    return np.stack([u, v, strain]).astype(np.float32)


def of_brows(seen: str = "negative") -> Asked:
    """Return a network that says `seen` if the brows move, else surprise if the mouth does."""
    masks = region_masks(WIDE, 28, 28)

    def probabilities(maps: NDArray[np.float32]) -> NDArray[np.float64]:
        moves = [abs(maps[:, 1][:, masks[name]]).mean(axis=1) for name in ("brows", "mouth")]
        logits = np.stack([8 * moves[0], np.full(len(maps), 0.1), 4 * moves[1]], axis=1)
        share = np.exp(logits)
        return np.asarray(share / share.sum(axis=1, keepdims=True))

    return Asked(
        classes=(seen, "positive", "surprise"), networks=(torch.nn.Identity(),), inputs=asked_of(read_trained()).inputs,
        mirror=False, crop=WIDE, probabilities=probabilities, normalised=lambda maps: maps,
    )  # fmt: skip


def test_without_the_region_that_decides_the_answer_is_another() -> None:
    flow_map = planted(4) + planted(12)
    found = explain_map(flow_map, of_brows())
    assert found.answer == "negative"
    assert found.inside is None
    first = found.regions[0]
    assert (first.region, first.answer) == ("brows", "surprise")
    said = region_sentences(found)
    probability = found.probabilities[0]
    assert said[0] == f"With all of the face it says negative ({probability:.2f})."
    assert said[1] == f"Without the brows it would say surprise ({max(first.probabilities):.2f})."
    assert effect_words(first, "negative") == "changes the answer to surprise"


def test_a_region_that_the_network_ignores_is_not_used_however_much_it_moves() -> None:
    found = explain_map(planted(4) + 3 * planted(17), of_brows())
    chin = next(effect for effect in found.regions if effect.region == "chin")
    assert not chin.used
    assert effect_words(chin, "negative") == "not used"
    assert chin.movement > 0.25
    assert "the chin" in unused_sentence(found)


def test_a_region_alone_says_what_its_movement_says() -> None:
    found = explain_map(planted(4) + planted(12), of_brows())
    alone = {effect.region: found.classes[int(np.argmax(effect.alone))] for effect in found.regions}
    assert (alone["brows"], alone["mouth"], alone["chin"]) == ("negative", "surprise", "positive")


def test_the_shares_of_movement_sum_to_one() -> None:
    found = explain_map(planted(12), of_brows())
    assert sum(effect.movement for effect in found.regions) == pytest.approx(1)


def test_taking_movement_out_leaves_the_rest_alone() -> None:
    flow_map, mask = planted(12), region_masks(WIDE, 28, 28)["mouth"]
    still = without_movement(flow_map, mask)
    np.testing.assert_array_equal(still[:, :8], flow_map[:, :8])
    for channel, before in zip(still, flow_map, strict=True):
        np.testing.assert_allclose(channel[mask], np.median(before), atol=1e-6)


def test_quarters_share_what_there_is() -> None:
    values = np.zeros((7, 7))
    values[5, 1], values[0, 0] = 3, 1
    assert quarter_shares(values) == (0.25, 0.0, 0.75, 0.0)
    assert quarter_shares(np.zeros((7, 7))) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "regions"), [(4, {"brows"}), (12, {"mouth", "cheeks"}), (1, {"brows"}), (17, {"chin"})]
)
def test_the_free_weights_depend_on_the_region_of_a_planted_unit(unit: int, regions: set[str]) -> None:
    found = explain_map(planted(unit), asked_of(read_trained(Path("free"))))
    assert found.regions[0].region in regions


@pytest.mark.slow
def test_grad_cam_of_the_free_weights_points_at_the_half_of_the_face_that_moves() -> None:
    asked = asked_of(read_trained(Path("free")))
    for unit, upper in ((4, True), (1, True), (2, True), (12, False), (15, False)):
        shares = explain_map(planted(unit), asked).quadrants
        assert shares is not None
        assert (shares[0] + shares[1] > 0.5) is upper, unit


@pytest.mark.slow
def test_with_randomised_weights_the_maps_change() -> None:
    asked = asked_of(read_trained(Path("free")))
    random = replace(asked, networks=tuple(randomised(network, seed) for seed, network in enumerate(asked.networks)))
    flow_map = planted(4)
    before, after = explain_map(flow_map, asked).inside, explain_map(flow_map, random).inside
    assert before is not None
    assert after is not None
    for name in ("decision", "global_attention", "local_gates", "share_global"):
        pair = [getattr(each, name).ravel() for each in (before, after)]
        assert abs(np.corrcoef(pair)[0, 1]) < 0.7, name


def randomised(network: torch.nn.Module, seed: int) -> torch.nn.Module:
    fresh = deepcopy(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in fresh.modules():
            if isinstance(module, torch.nn.Conv2d | torch.nn.Linear | torch.nn.BatchNorm2d):
                module.reset_parameters()
    return fresh
