"""Finds clips whose maps are identical: one clip under two names, and at worst under two people."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glfnet.flow.flow_map import shows_movement
from glfnet.samples.flow_set import FlowSet

LeakKind = Literal["different subjects", "same subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Clips that have the same map.

    Attributes:
        kind: "different subjects" if a leave-one-subject-out fold could train on a test clip; "same subject" if the
            clip is merely counted twice.
        sample_ids: the clips, sorted.
        sentence: what was found and what it means, for a user.
    """

    kind: LeakKind
    sample_ids: tuple[str, ...]
    sentence: str


def find_leaks(data: FlowSet) -> list[Leak]:
    """Return each group of clips with identical maps, those under different subjects first.

    Maps without movement are no leak: two people may keep equally still. `still_clips` names them.
    """
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index, flow_map in enumerate(data.maps):
        if shows_movement(flow_map):
            groups[_digest(flow_map)].append(index)
    leaks = [_leak(data, indices) for indices in groups.values() if len(indices) > 1]
    return sorted(leaks, key=lambda leak: (leak.kind == "same subject", leak.sample_ids))


def still_clips(data: FlowSet) -> list[str]:
    """Return the sample ids of clips whose map shows no movement at all, alike or not; sorted."""
    maps = zip(data.samples, data.maps, strict=True)
    return sorted(sample.sample_id for sample, flow_map in maps if not shows_movement(flow_map))


def _digest(flow_map: NDArray[np.float32]) -> bytes:
    # Adding zero makes -0.0 and 0.0, which are equal, equal in their bytes too.
    return hashlib.sha256(np.ascontiguousarray(flow_map + np.float32(0)).tobytes()).digest()


def _leak(data: FlowSet, indices: list[int]) -> Leak:
    subjects = {data.samples[i].subject for i in indices}
    kind: LeakKind = "different subjects" if len(subjects) > 1 else "same subject"
    ids = tuple(sorted(data.samples[i].sample_id for i in indices))
    return Leak(kind=kind, sample_ids=ids, sentence=_sentence(kind, ids, len(subjects)))


def _sentence(kind: LeakKind, ids: tuple[str, ...], subjects: int) -> str:
    listed = ", ".join(ids)
    if kind == "different subjects":
        meaning = "a fold that tests one has trained on the other, unless they are one person"
        return f"{len(ids)} clips of {subjects} subjects have identical maps: {listed}; {meaning}."
    return f"{len(ids)} clips of one subject have identical maps: {listed}; one clip is counted {len(ids)} times."
