"""Which action units a run asks for, and which of them each clip shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.config.settings import ProtocolSettings
from glfnet.errors import ProtocolError
from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.notation import UnitReading, read_units
from glfnet.samples.flow_set import Sample
from glfnet.scores.unit_predictions import UNKNOWN, unit_name
from glfnet.scores.unit_scores import LEAST_CLIPS, LEAST_PEOPLE, is_rare, rare_unit

_STATES: Mapping[bool | None, int] = {True: 1, False: 0, None: UNKNOWN}


@dataclass(frozen=True, slots=True, eq=False)
class UnitLabels:
    """What the annotation says of each clip's action units.

    Attributes:
        units: the U units that are asked for, ascending.
        presence: (N, U) int: 1 where a clip shows it, 0 where not, -1 where that is not known.
        rare: unit -> (clips, people) that show it, for units of the atlas that some clip shows and that are too rare.
    """

    units: tuple[int, ...]
    presence: NDArray[np.int64]
    rare: Mapping[int, tuple[int, int]]


def label_units(samples: Sequence[Sample], settings: ProtocolSettings) -> UnitLabels:
    """Read the action units of clips.

    Args:
        samples: N clips.
        settings: names the units, or none of them: then those of the atlas that enough clips of enough people show.

    Raises:
        ProtocolError: if a unit is named that the atlas lacks or twice, none is frequent enough, or one that is named
            is shown by no clip or by all of them.
    """
    readings = [read_units(sample.action_units) for sample in samples]
    if not settings.units:
        return _frequent(samples, readings)
    units = tuple(sorted(settings.units))
    unknown = [unit for unit in units if unit not in ACTION_UNITS]
    if unknown or len(set(units)) < len(units):
        found = unit_name(unknown[0]) if unknown else f"{', '.join(map(unit_name, units))}, one of them twice"
        listed = ", ".join(map(str, ACTION_UNITS))
        raise ProtocolError(f"protocol.units: found {found}; expected action units of the atlas, each once: {listed}.")
    presence = _presence(readings, units)
    for unit, column in zip(units, presence.T, strict=True):
        there, absent = int((column == 1).sum()), int((column == 0).sum())
        if not there or not absent:
            raise ProtocolError(
                f"protocol.units: {unit_name(unit)} is shown by {there} clips and not shown by {absent}; expected some "
                "of each. Leave it out."
            )
    return UnitLabels(units, presence, {})


def rare_notes(rare: Mapping[int, tuple[int, int]]) -> list[str]:
    """Return what to say of units that are too rare: nothing if there are none."""
    named = ", ".join(rare_unit(unit, clips, people) for unit, (clips, people) in rare.items())
    least = f"fewer than {LEAST_CLIPS} clips or {LEAST_PEOPLE} people show them"
    return [f"action units that are not learnt, since {least}: {named}."] if rare else []


def _frequent(samples: Sequence[Sample], readings: Sequence[UnitReading]) -> UnitLabels:
    listed = tuple(ACTION_UNITS)
    presence = _presence(readings, listed)
    shown = {unit: np.flatnonzero(column == 1).tolist() for unit, column in zip(listed, presence.T, strict=True)}
    counts = {unit: (len(rows), len({samples[row].subject for row in rows})) for unit, rows in shown.items()}
    frequent = [
        place
        for place, unit in enumerate(listed)
        if not is_rare(int((presence[:, place] != UNKNOWN).sum()), *counts[unit])
    ]
    if not frequent:
        raise ProtocolError(
            f"action units: found none in {LEAST_CLIPS} clips of {LEAST_PEOPLE} people or more; expected some in these "
            f"{len(samples)} clips. Name units to learn all the same: --set protocol.units=[4,12]."
        )
    rare = {unit: counts[unit] for unit in listed if counts[unit][0] and listed.index(unit) not in frequent}
    return UnitLabels(tuple(listed[place] for place in frequent), presence[:, frequent], rare)


def _presence(readings: Sequence[UnitReading], units: Sequence[int]) -> NDArray[np.int64]:
    states = [[_STATES[reading.presence(unit)] for unit in units] for reading in readings]
    return np.array(states, dtype=np.int64).reshape(len(readings), len(units))
