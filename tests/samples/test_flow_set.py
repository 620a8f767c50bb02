"""The table of samples: order and digest."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glfnet.errors import ShapeError
from glfnet.samples.flow_set import FlowSet, Sample, flow_set
from glfnet.samples.subjects import SubjectId


def a_sample(database: str, subject: str, clip: str, emotion: str = "negative") -> Sample:
    return Sample(subject=SubjectId(database, subject), clip=clip, emotion=emotion)


def a_set(count: int = 3, seed: int = 0) -> FlowSet:
    maps = np.random.default_rng(seed).random((count, 3, 8, 8), dtype=np.float32)
    return flow_set([a_sample("casme2", "sub01", f"EP{i:02d}") for i in range(count)], list(maps), ("u", "v", "strain"))


def test_a_sample_id_is_database_subject_and_clip() -> None:
    assert a_sample("smic", "s01", "s01_ne_01").sample_id == "smic/s01/s01_ne_01"


@given(st.permutations(range(5)))
def test_the_order_in_which_clips_are_listed_changes_nothing(order: list[int]) -> None:
    whole = a_set(5)
    shuffled = whole.select(order)
    again = flow_set(shuffled.samples, list(shuffled.maps), whole.channels)
    assert again.samples == whole.samples
    assert again.digest() == whole.digest()


def test_selecting_keeps_maps_beside_their_samples() -> None:
    whole = a_set(4)
    part = whole.select([2, 0])
    assert [s.clip for s in part.samples] == ["EP02", "EP00"]
    np.testing.assert_array_equal(part.maps, whole.maps[[2, 0]])


def test_the_digest_tells_another_map_emotion_or_id() -> None:
    whole = a_set()
    changed = whole.maps.copy()
    changed[1, 0, 3, 3] += 1
    first = whole.samples[0]
    relabelled = (dataclasses.replace(first, emotion="positive"), *whole.samples[1:])
    renamed = (dataclasses.replace(first, clip="other"), *whole.samples[1:])
    others = [
        FlowSet(samples=whole.samples, maps=changed),
        FlowSet(samples=relabelled, maps=whole.maps),
        FlowSet(samples=renamed, maps=whole.maps),
        FlowSet(samples=whole.samples, maps=whole.maps, channels=("strain", "v", "u")),
    ]
    assert len({whole.digest(), *(other.digest() for other in others)}) == 5


def test_the_digest_does_not_depend_on_where_the_maps_were_read() -> None:
    whole = a_set()
    moved = tuple(dataclasses.replace(s, source="elsewhere.npz") for s in whole.samples)
    assert FlowSet(samples=moved, maps=whole.maps).digest() == whole.digest()


def test_what_is_selected_or_sorted_keeps_channels_and_normalisation() -> None:
    whole = a_set()
    physical = flow_set(whole.samples, list(whole.maps), ("v", "u", "strain"), "physical")
    for found in (physical, physical.select([0])):
        assert (found.channels, found.normalisation) == (("v", "u", "strain"), "physical")
    assert whole.select([0]).normalisation == "min_max"


def test_maps_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"^maps must be \(samples, channels, height, width\) = \(1, 3, H, W\); got"):
        FlowSet(samples=a_set().samples[:1], maps=np.zeros((1, 8, 8, 3), dtype=np.float32))
