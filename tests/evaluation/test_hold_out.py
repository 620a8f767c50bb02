"""Who is set aside before a sweep: by share and seed, or by name; never anybody's clips in part."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glfnet.config.settings import Settings
from glfnet.errors import GlfnetError
from glfnet.evaluation.tuning.hold_out import set_aside
from glfnet.facs.notation import read_units
from glfnet.samples.flow_set import FlowSet, flow_set
from glfnet.synthetic.flow_maps import synthetic_flow_set

MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="module")
def flow() -> FlowSet:
    return synthetic_flow_set(subjects=12, seed=3, size_px=12)


def subjects(flow: FlowSet) -> set[str]:
    return {str(sample.subject) for sample in flow.samples}


@pytest.mark.parametrize("seed", range(5))
def test_subjects_are_set_aside_whole_from_every_database(
    flow: FlowSet, tiny_settings: MakeSettings, seed: int
) -> None:
    known = set_aside(flow, tiny_settings(), 0.25, seed)
    assert subjects(known.flow).isdisjoint(known.held_out)
    assert subjects(known.flow) | set(known.held_out) == subjects(flow)
    assert {name.split("/")[0] for name in known.held_out} == {s.subject.database for s in flow.samples}
    assert len(known.flow) + known.held_out_clips == len(flow)
    assert len(known.held_out) == 3


@pytest.mark.parametrize("seed", range(3))
def test_both_sides_show_every_action_unit_where_units_are_the_task(
    flow: FlowSet, tiny_settings: MakeSettings, seed: int
) -> None:
    two = sorted(subjects(flow))[::7]  # people, who alone show AU9
    samples = tuple(replace(s, action_units="4+9" if str(s.subject) in two else "4+12") for s in flow.samples)
    flow = replace(flow, samples=samples)
    known = set_aside(flow, tiny_settings(protocol={"task": "action_units", "units": [9, 12]}), 0.25, seed)
    held = [sample for sample in flow.samples if str(sample.subject) in known.held_out]
    for side in (held, known.flow.samples):
        readings = [read_units(sample.action_units) for sample in side]
        assert all(any(reading.presence(unit) for reading in readings) for unit in (9, 12))


def test_the_seed_alone_draws_who_is_set_aside(flow: FlowSet, tiny_settings: MakeSettings) -> None:
    drawn = [set_aside(flow, tiny_settings(), None, seed).held_out for seed in (0, 0, 1, 2, 3, 4, 5)]
    assert drawn[0] == drawn[1] == set_aside(flow, tiny_settings(), 0.25, 0).held_out
    assert len(set(drawn)) > 1


def test_nobody_is_set_aside_if_the_share_is_nothing(flow: FlowSet, tiny_settings: MakeSettings) -> None:
    nobody = set_aside(flow, tiny_settings(), 0, 0)
    assert (nobody.held_out, nobody.held_out_clips, len(nobody.flow)) == ((), 0, len(flow))


def test_the_protocol_subjects_says_who_is_set_aside(flow: FlowSet, tiny_settings: MakeSettings) -> None:
    listed = sorted(subjects(flow))[:2]
    known = set_aside(flow, tiny_settings(protocol={"name": "subjects", "subjects": listed}), None, 0)
    assert list(known.held_out) == listed


def test_nothing_of_those_who_are_set_aside_is_left(flow: FlowSet, tiny_settings: MakeSettings) -> None:
    mapless = replace(flow, without_map=((replace(flow.samples[0], clip="lost"), "no face"),))
    assert set_aside(mapless, tiny_settings(), 0.25, 0).flow.without_map == ()


def test_only_clips_that_the_protocol_counts_are_left(flow: FlowSet, tiny_settings: MakeSettings) -> None:
    known = set_aside(flow, tiny_settings(protocol={"database": "synth-c"}), 0, 0)
    assert {s.subject.database for s in known.flow.samples} == {"synth-c"}


@pytest.mark.parametrize(
    ("protocol", "share", "sentence"),
    [
        ({}, 1.0, "found 1.0 as the share of subjects to set aside; expected a number from 0 (nobody is set aside) to "
         "less than 1, such as 0.25."),
        ({}, float("nan"), "found nan as the share of subjects to set aside; expected a number from 0 (nobody is set "
         "aside) to less than 1, such as 0.25."),
        ({"name": "subjects", "subjects": ["synth-a/a01"]}, 0.5, "found a share of subjects to set aside, and the "
         "protocol subjects, which lists them; expected one of the two. Leave one out."),
        ({"name": "subjects", "subjects": ["nobody/x"]}, None, "protocol.subjects: found nobody/x; expected subjects "
         "of this data, such as synth-a/a01."),
        ({"name": "sde"}, 0.2, "sde: found the databases synth-a, synth-b, synth-c; expected one, since sde trains on "
         "each by itself. Name protocol.database, and sweep once for each."),
    ],
)  # fmt: skip
def test_what_cannot_be_set_aside_is_refused(
    flow: FlowSet, tiny_settings: MakeSettings, protocol: dict[str, Any], share: float | None, sentence: str
) -> None:
    with pytest.raises(GlfnetError) as caught:
        set_aside(flow, tiny_settings(protocol=protocol), share, 0)
    assert str(caught.value) == sentence


def test_a_class_that_only_one_side_has_is_refused(flow: FlowSet, tiny_settings: MakeSettings) -> None:
    only = str(flow.samples[0].subject)
    kept = [i for i, s in enumerate(flow.samples) if s.emotion != "surprise" or str(s.subject) == only]
    rare = flow.select(np.array(kept))
    listed = tiny_settings(protocol={"name": "subjects", "subjects": [only]})
    with pytest.raises(GlfnetError) as left:
        set_aside(rare, listed, None, 0)
    assert str(left.value) == (
        "the subjects who are left for the trials: found no clip of surprise; expected some of each class, since UF1 "
        "is undefined without. Set fewer subjects aside."
    )
    with pytest.raises(GlfnetError) as drawn:
        set_aside(rare, tiny_settings(), 0.01, 0)
    assert re.fullmatch(
        r"the subjects (set aside|who are left for the trials): found no clip of surprise; expected some of each "
        r"class, since UF1 is undefined without\. Set (more|fewer) subjects aside\.",
        str(drawn.value),
    )


@pytest.mark.parametrize("seed", range(20))
def test_both_sides_have_every_class_wherever_that_is_possible(
    flow: FlowSet, tiny_settings: MakeSettings, seed: int
) -> None:
    known = set_aside(flow, tiny_settings(), 0.25, seed)
    held = [s.emotion for s in flow.samples if str(s.subject) in known.held_out]
    assert set(held) == {s.emotion for s in known.flow.samples} == {s.emotion for s in flow.samples}


def test_those_who_are_set_aside_have_about_their_share_of_the_clips(tiny_settings: MakeSettings) -> None:
    flow = synthetic_flow_set(subjects=24, seed=0, size_px=12)
    busy = str(flow.samples[0].subject)
    mine = [i for i, sample in enumerate(flow.samples) if str(sample.subject) == busy]
    more = [replace(flow.samples[i], clip=f"more{k}-{i}") for k in range(20) for i in mine]
    both = flow_set([*flow.samples, *more], [*flow.maps, *flow.maps[mine * 20]], flow.channels)
    assert len(more) > len(flow) / 2, "one person has a large part of all clips"
    for seed in range(10):
        known = set_aside(both, tiny_settings(), 0.25, seed)
        assert 0.125 <= known.held_out_clips / len(both) <= 0.375
