"""Subjects who are set aside before a sweep begins: no trial is given their clips, so none can be chosen on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glfnet.config.settings import Settings
from glfnet.errors import ProtocolError, SettingsError
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.protocol import listed_fold
from glfnet.samples.flow_set import FlowSet

SHARE = 0.25
"""The share of each database's subjects that is set aside unless something else is asked for."""

_DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TuningSet:
    """What a sweep may know.

    Attributes:
        flow: the clips that count, without those of the subjects set aside.
        held_out: the subjects set aside, as `database/name`, sorted.
        held_out_clips: how many clips they have.
    """

    flow: FlowSet
    held_out: tuple[str, ...]
    held_out_clips: int


def set_aside(flow: FlowSet, settings: Settings, share: float | None, seed: int) -> TuningSet:
    """Return the clips that a sweep may see.

    Args:
        flow: all samples.
        settings: the page; the protocol `subjects` names who is set aside, under any other one they are drawn.
        share: of the subjects of each database to be drawn; 0 sets nobody aside; None is a quarter.
        seed: of the draw.

    Raises:
        GlfnetError: if the protocol does not fit the samples, or what is left cannot be scored.
    """
    listed = settings.protocol.name == "subjects"
    if listed and share is not None:
        raise SettingsError(
            "found a share of subjects to set aside, and the protocol subjects, which lists them; expected one of the "
            "two. Leave one out.",
            settings=("hold_out",),
        )
    if share is not None and not 0 <= share < 1:
        expected = "from 0 (nobody is set aside) to less than 1, such as 0.25"
        raise SettingsError(f"found {share} as the share of subjects to set aside; expected a number {expected}.")
    data = label_samples(flow, settings.protocol)
    _check_one_database(data, settings)
    if listed:
        held = set(listed_fold(data.flow.samples, settings.protocol.subjects).test)
    else:
        held = _drawn(data, SHARE if share is None else share, seed)
    kept = [i for i in range(len(data.flow)) if i not in held]
    _check_classes(data, kept, "the subjects who are left for the trials", "Set fewer subjects aside.")
    if held and not listed:
        remedy = "Set more subjects aside."
        _check_classes(data, sorted(held), "the subjects set aside", remedy)
    names = sorted({str(data.flow.samples[i].subject) for i in held})
    # Clips without a map are of no use to a trial, and some are of subjects set aside.
    inner = replace(data.flow.select(kept), without_map=())
    return TuningSet(flow=inner, held_out=tuple(names), held_out_clips=len(held))


def _drawn(data: LabelledSet, share: float, seed: int) -> set[int]:
    """Return the positions of the clips of `share` of each database's subjects, at least one subject in all.

    It is the first of many draws after which both sides have clips of every class, or of every action unit, and about
    their share of the clips: some people have twenty times as many as others. Where no draw has all of that, classes
    come first.
    """
    if not share:
        return set()
    by_database: dict[str, list[str]] = {}
    for subject in sorted({sample.subject for sample in data.flow.samples}):
        by_database.setdefault(subject.database, []).append(str(subject))
    owner = np.array([str(sample.subject) for sample in data.flow.samples])
    rng = np.random.default_rng(seed)
    draws = [np.isin(owner, _some(by_database, share, rng)) for _ in range(_DRAWS)]
    shown = _shown(data, np.ones(len(owner), dtype=np.bool_))
    fair = [held for held in draws if _shown(data, held) == _shown(data, ~held) == shown] or draws
    held = next((held for held in fair if share / 2 <= held.mean() <= 1.5 * share), fair[0])
    return set(np.flatnonzero(held).tolist())


def _some(by_database: Mapping[str, Sequence[str]], share: float, rng: np.random.Generator) -> list[str]:
    orders = [rng.permutation(names) for names in by_database.values()]
    drawn = [name for order in orders for name in order[: round(share * len(order))]]
    return drawn or list(max(orders, key=len)[:1])


def _shown(data: LabelledSet, part: NDArray[np.bool_]) -> set[int]:
    """Return the classes of some clips, by index, or the positions of the action units that they show."""
    if data.classes:
        return set(data.truth[part].tolist())
    return set(np.flatnonzero((data.presence[part] == 1).any(axis=0)).tolist())


def _check_one_database(data: LabelledSet, settings: Settings) -> None:
    databases = sorted({sample.subject.database for sample in data.flow.samples})
    if settings.protocol.name == "sde" and len(databases) > 1:
        raise ProtocolError(
            f"sde: found the databases {', '.join(databases)}; expected one, since sde trains on each by itself. Name "
            "protocol.database, and sweep once for each.",
            settings=("database",),
        )


def _check_classes(data: LabelledSet, positions: Sequence[int], whose: str, remedy: str) -> None:
    found = {int(data.truth[i]) for i in positions}
    missing = [name for k, name in enumerate(data.classes) if k not in found]
    if missing:
        raise ProtocolError(
            f"{whose}: found no clip of {' or '.join(missing)}; expected some of each class, since UF1 is undefined "
            f"without. {remedy}"
        )
