"""Clips with identical maps."""

import numpy as np
from numpy.typing import NDArray

from glfnet.samples.flow_set import FlowSet, Sample, flow_set
from glfnet.samples.leaks import find_leaks, still_clips
from glfnet.samples.subjects import SubjectId
from glfnet.synthetic.flow_maps import synthetic_flow_set

Map = NDArray[np.float32]


def noise(seed: int) -> Map:
    return np.random.default_rng(seed).random((3, 8, 8), dtype=np.float32)


def flat(value: float) -> Map:
    return np.full((3, 8, 8), value, dtype=np.float32)


def a_set(*clips: tuple[str, Map]) -> FlowSet:
    samples = [Sample(subject=SubjectId("db", name), clip=f"c{i}", emotion="x") for i, (name, _) in enumerate(clips)]
    return flow_set(samples, [flow_map for _, flow_map in clips], ("u", "v", "strain"))


def test_clips_of_their_own_are_no_leak() -> None:
    assert find_leaks(a_set(("p", noise(0)), ("p", noise(1)), ("q", noise(2)))) == []
    assert find_leaks(synthetic_flow_set(subjects=6)) == []


def test_one_clip_under_two_people_is_found() -> None:
    (leak,) = find_leaks(a_set(("p", noise(0)), ("q", noise(0)), ("q", noise(2))))
    assert (leak.kind, leak.sample_ids) == ("different subjects", ("db/p/c0", "db/q/c1"))
    assert leak.sentence == (
        "2 clips of 2 subjects have identical maps: db/p/c0, db/q/c1; "
        "a fold that tests one has trained on the other, unless they are one person."
    )


def test_one_clip_twice_under_one_person_is_the_weaker_kind() -> None:
    (leak,) = find_leaks(a_set(("p", noise(0)), ("p", noise(0))))
    assert leak.kind == "same subject"
    assert leak.sentence == (
        "2 clips of one subject have identical maps: db/p/c0, db/p/c1; one clip is counted 2 times."
    )


def test_clips_without_movement_are_no_leak_but_named_as_such() -> None:
    data = a_set(("p", flat(0)), ("q", flat(0)), ("p", flat(1)), ("p", flat(1)))
    assert find_leaks(data) == []
    assert still_clips(data) == ["db/p/c0", "db/p/c2", "db/p/c3", "db/q/c1"]


def test_a_clip_without_movement_is_named_even_if_it_is_alone() -> None:
    data = a_set(("p", noise(0)), ("q", flat(0)), ("r", flat(0.5)))
    assert still_clips(data) == ["db/q/c1", "db/r/c2"]
    assert find_leaks(data) == []
    assert still_clips(a_set(("p", noise(0)))) == []


def test_a_constant_in_one_channel_only_is_movement() -> None:
    still_strain = noise(0)
    still_strain[2] = 0
    data = a_set(("p", still_strain), ("q", still_strain))
    assert len(find_leaks(data)) == 1
    assert still_clips(data) == []


def test_each_channel_may_have_a_constant_of_its_own() -> None:
    still = np.stack([flat(0.5)[0], flat(0.4)[0], flat(0)[0]])
    assert still_clips(a_set(("p", still))) == ["db/p/c0"]


def test_negative_zero_is_zero() -> None:
    zero, negative = noise(0), noise(0)
    zero[0, 0, 0], negative[0, 0, 0] = 0.0, -0.0
    assert len(find_leaks(a_set(("p", zero), ("q", negative)))) == 1


def test_the_worst_come_first() -> None:
    data = a_set(("a", noise(0)), ("a", noise(0)), ("d", noise(1)), ("e", noise(1)))
    assert [leak.kind for leak in find_leaks(data)] == ["different subjects", "same subject"]
