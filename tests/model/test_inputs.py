import itertools
import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from glfnet.config.settings import AugmentationSettings, InputSettings
from glfnet.errors import SettingsError
from glfnet.model.inputs import augmented, input_maps, input_size, mirrored, mixed, network_input, view_probabilities
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId

CHANNELS = ("u", "v", "strain")
AS_STORED = InputSettings(channels=CHANNELS, centre=False, scale="none", clip=0)
CENTRED = AS_STORED.model_copy(update={"centre": True})
PHYSICAL = InputSettings(normalisation="physical", centre=False)
ALL_INPUTS = [
    InputSettings.model_validate(
        {"normalisation": how, "centre": centre, "scale": scale, "clip": clip, "channels": channels}
    )
    for (how, scale), centre, clip, channels in itertools.product(
        (("min_max", "none"), ("min_max", "deviation"), ("physical", "none"), ("pixels", "none")),
        (True, False),
        (0, 0.3),
        (CHANNELS, ("strain", "u"), ("v",)),
    )
]


def test_channels_are_chosen_and_ordered_as_the_settings_say() -> None:
    flow = a_flow_set(some_maps(4))
    settings = AS_STORED.model_copy(update={"channels": ("strain", "u")})
    assert torch.equal(network_input(flow, settings), torch.from_numpy(flow.maps[:, [2, 0]]))


def test_channels_are_found_by_name_in_data_of_another_order() -> None:
    maps = some_maps(3)
    other = FlowSet(samples=a_flow_set(maps).samples, maps=maps[:, ::-1], channels=("strain", "v", "u"))
    assert torch.equal(network_input(other, CENTRED), network_input(a_flow_set(maps), CENTRED))


def test_maps_without_samples_become_the_same_input() -> None:
    flow = a_flow_set(some_maps(2))
    for inputs in ALL_INPUTS:
        assert torch.equal(input_maps(flow.maps, flow.channels, inputs), network_input(flow, inputs))


def test_the_mirrored_view_is_averaged_when_asked_for() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.LazyLinear(3)).eval()
    maps = network_input(a_flow_set(some_maps(4)), CENTRED)
    with torch.inference_mode():
        one, other = (network(view).softmax(dim=1) for view in (maps, mirrored(maps, CENTRED)))
        assert torch.equal(view_probabilities(network, maps, CENTRED, mirror=False), one)
        both = view_probabilities(network, maps, CENTRED, mirror=True)
    assert not torch.allclose(one, other)
    torch.testing.assert_close(both, (one + other) / 2)


@pytest.mark.parametrize(
    ("channels", "text"),
    [
        (("u", "depth"), "input.channels: 'depth' is not in this data; it has u, v, strain."),
        ((), "input.channels: expected one or more of u, v, strain, each once; got none."),
        (("u", "u"), "input.channels: expected one or more of u, v, strain, each once; got u, u."),
    ],
)
def test_channels_that_make_no_map_are_refused(channels: tuple[str, ...], text: str) -> None:
    with pytest.raises(SettingsError, match=f"^{re.escape(text)}$"):
        network_input(a_flow_set(some_maps(1)), InputSettings(channels=channels))


def test_centring_makes_an_even_movement_zero_and_keeps_the_strain() -> None:
    maps = np.empty((2, 3, 8, 9), dtype=np.float32)
    maps[:] = np.array([0.7, 0.4, 0.25], dtype=np.float32)[:, None, None]
    centred = network_input(a_flow_set(maps), CENTRED)
    assert (centred[:, :2] == 0).all()
    assert (centred[:, 2] == 0.25).all()


@pytest.mark.parametrize("size", [(8, 8), (9, 9)])
def test_centred_movement_is_as_often_to_the_right_as_to_the_left(size: tuple[int, int]) -> None:
    centred = network_input(a_flow_set(some_maps(5, *size)), CENTRED)[:, :2]
    torch.testing.assert_close((centred > 0).sum(dim=(2, 3)), (centred < 0).sum(dim=(2, 3)))


def test_a_shift_of_the_stored_zero_does_not_matter_once_centred() -> None:
    maps = some_maps(4)
    moved = maps + np.array([0.3, -0.2, 0], dtype=np.float32)[:, None, None]
    found, expected = (network_input(a_flow_set(m), CENTRED) for m in (moved, maps))
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("centre", [True, False])
def test_scaling_by_deviation_gives_each_map_unit_deviation(centre: bool) -> None:
    maps = some_maps(4) * np.array([0.01, 1, 5], dtype=np.float32)[:, None, None]
    scaled = network_input(a_flow_set(maps), InputSettings(centre=centre, scale="deviation", clip=0))
    torch.testing.assert_close(scaled.std(dim=(2, 3)), torch.ones(4, 3))


@pytest.mark.parametrize(("centre", "zero"), [(True, 0), (False, 0.5)])
def test_clipping_limits_outliers_about_the_zero_of_movement_and_nothing_else(centre: bool, zero: float) -> None:
    flow = a_flow_set(some_maps(4))
    whole = network_input(flow, InputSettings(centre=centre, scale="deviation", clip=0))
    clipped = network_input(flow, InputSettings(centre=centre, scale="deviation", clip=1.2))
    still = torch.tensor([zero, zero, 0])[:, None, None]
    within = (whole - still).abs() < 1.2
    assert torch.equal(clipped[within], whole[within])
    torch.testing.assert_close((clipped - still)[~within], 1.2 * (whole - still)[~within].sign())
    assert 0 < within.sum() < within.numel()


@pytest.mark.parametrize("inputs", ALL_INPUTS)
def test_a_constant_map_stays_finite(inputs: InputSettings) -> None:
    maps = np.full((2, 3, 8, 8), 0.5, dtype=np.float32)
    assert network_input(a_flow_set(maps), inputs).isfinite().all()


@pytest.mark.parametrize("inputs", ALL_INPUTS)
def test_each_sample_is_prepared_alone_and_the_data_is_left_as_it_was(inputs: InputSettings) -> None:
    maps = some_maps(4)
    flow = a_flow_set(maps.copy())
    whole = network_input(flow, inputs)
    assert whole.dtype == torch.float32
    assert torch.equal(whole, torch.cat([network_input(flow.select([i]), inputs) for i in range(4)]))
    mirrored(whole, inputs)
    np.testing.assert_array_equal(flow.maps, maps)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), inputs=st.sampled_from(ALL_INPUTS), size=st.tuples(*[st.integers(8, 13)] * 2))
def test_mirroring_twice_changes_nothing(seed: int, inputs: InputSettings, size: tuple[int, int]) -> None:
    maps = network_input(a_flow_set(some_maps(2, *size, seed=seed)), inputs)
    torch.testing.assert_close(mirrored(mirrored(maps, inputs), inputs), maps)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), inputs=st.sampled_from(ALL_INPUTS), size=st.tuples(*[st.integers(8, 13)] * 2))
def test_the_mirror_image_is_what_the_mirrored_face_would_have_given(
    seed: int, inputs: InputSettings, size: tuple[int, int]
) -> None:
    maps = some_maps(2, *size, seed=seed)
    other_way = maps[..., ::-1].copy()
    # Of a min-max scaled map, the negated one has 1 - u.
    other_way[:, 0] = (1 if inputs.normalisation == "min_max" else 0) - other_way[:, 0]
    expected = network_input(a_flow_set(other_way), inputs)
    found = mirrored(network_input(a_flow_set(maps), inputs), inputs)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_a_point_moving_right_at_the_left_moves_left_at_the_right_in_the_mirror() -> None:
    maps = torch.zeros(1, 3, 8, 10)
    maps[0, :, 5, 2] = torch.tensor([1.5, -0.5, 0.8])  # right, up, stretched
    expected = torch.zeros(1, 3, 8, 10)
    expected[0, :, 5, 7] = torch.tensor([-1.5, -0.5, 0.8])  # left, up, stretched
    assert torch.equal(mirrored(maps, CENTRED), expected)


def test_the_mirror_image_of_stored_movement_is_one_minus_u() -> None:
    maps = torch.rand(2, 3, 8, 8)
    image = mirrored(maps, AS_STORED)
    assert torch.equal(image[:, 0], 1 - maps[:, 0].flip(2))
    assert torch.equal(image[:, 1:], maps[:, 1:].flip(3))


@pytest.mark.parametrize("how", ["physical", "pixels"])
def test_the_mirror_image_of_movement_with_a_true_zero_is_minus_u(how: str) -> None:
    maps = torch.randn(2, 3, 8, 8)
    image = mirrored(maps, InputSettings.model_validate({"normalisation": how, "centre": False}))
    assert torch.equal(image[:, 0], -maps[:, 0].flip(2))
    assert torch.equal(image[:, 1:], maps[:, 1:].flip(3))


@pytest.mark.parametrize("centre", [True, False])
def test_a_movement_twice_as_strong_is_twice_the_input_unless_scaled_map_by_map(centre: bool) -> None:
    maps = some_maps(3) - 0.5
    once, twice = a_flow_set(maps), a_flow_set(2 * maps)
    inputs = PHYSICAL.model_copy(update={"centre": centre})
    torch.testing.assert_close(network_input(twice, inputs), 2 * network_input(once, inputs))
    erased = InputSettings(centre=True)
    torch.testing.assert_close(network_input(twice, erased)[:, :2], network_input(once, erased)[:, :2])


def test_uncentred_maps_with_a_true_zero_stay_as_they_are_and_are_clipped_about_it() -> None:
    flow = a_flow_set(some_maps(3) - 0.5)
    assert torch.equal(network_input(flow, PHYSICAL), torch.from_numpy(flow.maps))
    clipped = network_input(flow, PHYSICAL.model_copy(update={"clip": 0.2}))
    assert torch.equal(clipped, torch.from_numpy(flow.maps).clamp(-0.2, 0.2))


def test_the_mirror_finds_u_wherever_it_stands() -> None:
    maps = torch.randn(2, 2, 8, 8)
    image = mirrored(maps, CENTRED.model_copy(update={"channels": ("strain", "u")}))
    assert torch.equal(image, torch.stack([maps[:, 0], -maps[:, 1]], dim=1).flip(3))
    assert torch.equal(mirrored(maps, CENTRED.model_copy(update={"channels": ("v", "strain")})), maps.flip(3))


def test_a_smaller_input_is_the_average_of_what_a_larger_one_would_be() -> None:
    flow = a_flow_set(some_maps(3))
    whole = CENTRED.model_copy(update={"scale": "deviation", "clip": 2.0})
    shown, (height, width) = network_input(flow, whole), flow.maps.shape[2:]
    small = network_input(flow, whole.model_copy(update={"size": 2}))
    quarter = shown[:, :, : -(-height // 2), : -(-width // 2)]
    assert small.shape == (*shown.shape[:2], *input_size((height, width), whole.model_copy(update={"size": 2})))
    torch.testing.assert_close(small[:, :, 0, 0], quarter.mean(dim=(2, 3)))


def test_augmentation_of_no_strength_is_the_identity() -> None:
    maps = torch.randn(5, 3, 9, 8)
    assert torch.equal(augmented(maps, only(), CENTRED, a_generator()), maps)


def test_augmentation_is_a_function_of_its_generator_alone() -> None:
    maps = torch.randn(5, 3, 9, 8)
    kept = maps.clone()
    settings = only(flip=0.5, shift=0.1, rotation_degrees=20, scale=0.2, strength=0.4)
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = augmented(maps, settings, CENTRED, a_generator(3))
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(augmented(maps, settings, CENTRED, a_generator(3)), first)
    assert not torch.equal(augmented(maps, settings, CENTRED, a_generator(4)), first)
    assert torch.equal(maps, kept)


@pytest.mark.parametrize("inputs", [CENTRED, AS_STORED])
def test_flipping_gives_the_map_or_its_mirror_image(inputs: InputSettings) -> None:
    maps = torch.rand(40, 3, 8, 8)
    image = mirrored(maps, inputs)
    assert torch.equal(augmented(maps, only(flip=1), inputs, a_generator()), image)
    some = augmented(maps, only(flip=0.5), inputs, a_generator())
    flipped = [torch.equal(some[i], image[i]) for i in range(40)]
    assert 8 < sum(flipped) < 32
    assert all(f or torch.equal(some[i], maps[i]) for i, f in enumerate(flipped))


def test_a_shift_moves_content_by_up_to_that_share_of_each_side_both_ways() -> None:
    height, width, share = 40, 60, 0.1
    y, x = centre_of_mass(augmented(a_blob(400, height, width), only(shift=share), CENTRED, a_generator()))
    for moved, side in ((y - 19.5, height), (x - 29.5, width)):
        most = share * side
        assert -most - 0.05 < moved.min() < -0.95 * most
        assert 0.95 * most < moved.max() < most + 0.05
        assert abs(moved.mean()) < 0.1 * most  # neither way is preferred
    assert abs(torch.corrcoef(torch.stack([y, x]))[0, 1]) < 0.2  # nor are sideways and downwards tied together


def test_a_shift_leaves_the_content_as_it_is() -> None:
    moved = augmented(a_blob(20, 40, 60), only(shift=0.1), CENTRED, a_generator())
    torch.testing.assert_close(moved.sum(dim=(2, 3)), a_blob(20, 40, 60).sum(dim=(2, 3)), rtol=1e-3, atol=0)


def test_what_a_shift_uncovers_repeats_the_edge() -> None:
    even = torch.full((30, 1, 8, 9), 0.7)
    shifted = augmented(even, only(shift=0.3), CENTRED, a_generator())
    torch.testing.assert_close(shifted, even)


@pytest.mark.parametrize(("height", "width"), [(40, 40), (40, 64)])
def test_a_turn_moves_content_on_a_circle_and_by_no_more_than_the_angle(height: int, width: int) -> None:
    maps = a_blob(300, height, width, right=12)
    y, x = centre_of_mass(augmented(maps, only(rotation_degrees=30), CENTRED, a_generator()))
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    torch.testing.assert_close(torch.hypot(y, x), torch.full((300,), 12.0), atol=0.1, rtol=0)
    angle = torch.rad2deg(torch.atan2(y, x))
    assert -30.5 < angle.min() < -28
    assert 28 < angle.max() < 30.5


def test_a_scale_moves_content_towards_the_centre_or_away_by_no_more_than_that_share() -> None:
    maps = a_blob(300, 40, 64, right=12, down=5)
    y, x = centre_of_mass(augmented(maps, only(scale=0.2), CENTRED, a_generator()))
    ratio = (x - 31.5) / 12
    torch.testing.assert_close((y - 19.5) / 5, ratio, atol=0.02, rtol=0)
    assert 0.79 < ratio.min() < 0.82
    assert 1.18 < ratio.max() < 1.21


def test_strength_multiplies_each_channel_of_each_map_by_one_number() -> None:
    maps = torch.rand(200, 3, 8, 8) + 0.5
    gain = augmented(maps, only(strength=0.3), CENTRED, a_generator()) / maps
    torch.testing.assert_close(gain, gain[:, :, :1, :1].expand_as(gain))
    gain = gain[:, :, 0, 0]
    assert 0.7 <= gain.min() < 0.72
    assert 1.28 < gain.max() <= 1.3 + 1e-6
    assert (gain[:, 0] != gain[:, 1]).all()


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), alpha=st.floats(0.05, 5), n=st.integers(1, 8))
def test_mixup_mixes_maps_as_it_mixes_targets(seed: int, alpha: float, n: int) -> None:
    targets = torch.eye(4)[torch.arange(n) % 4]
    maps = targets[:, :, None, None].expand(n, 4, 8, 8)  # maps that show their target
    mixed_maps, mixed_targets = mixed(maps, targets, alpha, a_generator(seed))
    torch.testing.assert_close(mixed_targets.sum(dim=1), torch.ones(n))
    assert mixed_targets.min() >= 0
    torch.testing.assert_close(mixed_maps, mixed_targets[:, :, None, None].expand_as(mixed_maps))


def test_mixup_of_no_strength_leaves_the_batch_alone() -> None:
    maps, targets = torch.rand(3, 3, 8, 8), torch.eye(3)
    generator = a_generator()
    before = generator.get_state()
    found = mixed(maps, targets, 0, generator)
    assert torch.equal(found[0], maps)
    assert torch.equal(found[1], targets)
    assert torch.equal(generator.get_state(), before)


def test_mixup_draws_a_share_from_its_generator_alone() -> None:
    maps, targets = torch.zeros(2, 1, 8, 8), torch.eye(2)

    def shares(seed: int) -> list[float]:
        generator = a_generator(seed)
        return [float(mixed(maps, targets, 1.0, generator)[1].max()) for _ in range(20)]

    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = shares(0)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    assert shares(0) == first
    assert len(set(first)) > 5


@pytest.mark.parametrize(("alpha", "expected"), [(0.2, 0.1786), (1.0, 1 / 12), (5.0, 1 / 44)])
@pytest.mark.slow
def test_the_share_follows_the_beta_law(alpha: float, expected: float) -> None:
    generator = a_generator()
    targets = torch.eye(2)
    drawn = torch.stack([mixed(targets, targets, alpha, generator)[1][0, 0] for _ in range(800)])
    # The order is the same or swapped, and 1 where it is the same; the rest are Beta(alpha, alpha).
    shares = drawn[drawn < 1]
    assert float(shares.mean()) == pytest.approx(0.5, abs=0.06)
    assert float(shares.var()) == pytest.approx(expected, rel=0.2)


def some_maps(n: int, height: int = 8, width: int = 9, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((n, 3, height, width), dtype=np.float32)


def a_flow_set(maps: NDArray[np.float32]) -> FlowSet:
    person = SubjectId("casme2", "sub01")
    samples = tuple(Sample(subject=person, clip=f"EP{i:02}", emotion="0") for i in range(len(maps)))
    return FlowSet(samples=samples, maps=maps)


def only(**strengths: Any) -> AugmentationSettings:
    """Augmentation of nothing but this."""
    return AugmentationSettings.model_validate(dict.fromkeys(AugmentationSettings.model_fields, 0) | strengths)


def a_generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def a_blob(n: int, height: int, width: int, *, right: float = 0, down: float = 0) -> Tensor:
    """(n, 1, H, W) maps of one round spot, this many pixels from the centre."""
    y = torch.arange(height)[:, None] - (height - 1) / 2 - down
    x = torch.arange(width)[None, :] - (width - 1) / 2 - right
    return torch.exp(-(x**2 + y**2) / (2 * 1.5**2)).repeat(n, 1, 1, 1)


def centre_of_mass(maps: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 1, H, W) -> row and column of each map's weight, in pixels."""
    weight = maps[:, 0] / maps[:, 0].sum(dim=(1, 2), keepdim=True)
    y, x = (torch.arange(side, dtype=torch.float32) for side in weight.shape[1:])
    return (weight.sum(dim=2) * y).sum(dim=1), (weight.sum(dim=1) * x).sum(dim=1)


def test_the_blob_of_these_tests_lies_where_it_says() -> None:
    y, x = centre_of_mass(a_blob(1, 40, 64, right=12, down=-3))
    assert math.isclose(float(y), 16.5, abs_tol=1e-3)
    assert math.isclose(float(x), 43.5, abs_tol=1e-3)
