"""What is asked of each sample, and which samples count: its emotion class, or its action units."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from glfnet.config.settings import ProtocolSettings
from glfnet.errors import ProtocolError
from glfnet.evaluation.unit_labels import label_units
from glfnet.facs.notation import read_units
from glfnet.labels import THREE, LabelSet, databases_with, five_classes, seven_classes
from glfnet.model.training_part import TrainingPart
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.megc2019 import LEFT_OUT, NOT_A_MEMBER
from glfnet.samples.subjects import find_name_fault

# Name of the class set -> the label set of a database that has one.
_OWN_CLASSES = {"five": five_classes, "seven": seven_classes}

# Until 0.1.0 an index excluded what only the composite protocol goes without.
_OLD_INDEX = (
    f"{NOT_A_MEMBER}, and so excluded by an earlier version; make index and store again to have its map, which this "
    "protocol uses"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledSet:
    """Samples of one protocol with what is asked of them: their class, their action units, or in training both.

    Attributes:
        flow: the samples that count.
        truth: (N,) int class index of each; 0 where no classes are asked for.
        classes: names by index; none where action units are the task.
        exclusions: (sample id, reason) of every clip that does not count, also of those without a map, sorted; none is
            dropped silently.
        units: the U action units that are learnt, by number.
        presence: (N, U) int: 1 where a clip shows the unit, 0 where not, -1 where that is not known.
        rare: unit -> (clips, people) that show it, for units that are too rare to be learnt.
    """

    flow: FlowSet
    truth: NDArray[np.int64]
    classes: tuple[str, ...]
    exclusions: tuple[tuple[str, str], ...]
    units: tuple[int, ...] = ()
    presence: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    rare: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def training_part(self, rows: Sequence[int], seed: int, run_seed: int) -> TrainingPart:
        """Return all that training may know of these samples, with the seeds of their fold and of the run."""
        return TrainingPart(
            flow=self.flow.select(rows),
            truth=self.truth[list(rows)],
            n_classes=len(self.classes),
            seed=seed,
            run_seed=run_seed,
            units=self.presence[list(rows)] if self.units else self.presence,
        )


def label_samples(flow: FlowSet, settings: ProtocolSettings, *, units_too: bool = False) -> LabelledSet:
    """Give each sample what the task asks for, and list the clips that do not count, each with the reason.

    These are clips of other databases and without a map. Where classes are the task: of emotions outside the label set,
    and, in the composite protocol with three classes, those that MEGC2019 goes without. Where action units are: those
    of which no unit is known.

    Args:
        flow: all samples.
        settings: task, label set, units, database.
        units_too: where classes are the task, also read the action units, for training on both.

    Raises:
        ProtocolError: if a sample id is not unique, the label set does not fit the data, too little is known of action
            units, or fewer than two classes or subjects remain.
    """
    _check_ids(flow.samples)
    if settings.task == "action_units":
        return _labelled_units(flow, settings)
    label_set = _label_set(flow, settings)
    kept, exclusions = _parted(flow, partial(_class_reason, label_set=label_set, settings=settings))
    truth = [label_set.find_class(flow.samples[i].subject.database, flow.samples[i].emotion) for i in kept]
    _check_enough([flow.samples[i] for i in kept], [index for index in truth if index is not None], label_set)
    part = flow.select(kept)
    labelled = LabelledSet(
        flow=part, truth=np.array(truth, dtype=np.int64), classes=label_set.classes, exclusions=exclusions
    )
    if not units_too:
        return labelled
    found = label_units(part.samples, settings)
    return replace(labelled, units=found.units, presence=found.presence, rare=found.rare)


def _labelled_units(flow: FlowSet, settings: ProtocolSettings) -> LabelledSet:
    _check_database(flow, settings)
    kept, exclusions = _parted(flow, partial(_unit_reason, settings=settings))
    if not kept:
        raise ProtocolError(
            f"found no clip with action units among {len(flow)}; expected some. Name the annotation sheets (--units "
            "SHEET), or make index and store again: an index keeps what the sheets say."
        )
    part = flow.select(kept)
    found = label_units(part.samples, settings)
    _check_two_subjects(part.samples)
    return LabelledSet(
        flow=part, truth=np.zeros(len(part), dtype=np.int64), classes=(), exclusions=exclusions,
        units=found.units, presence=found.presence, rare=found.rare,
    )  # fmt: skip


def _parted(flow: FlowSet, reason: Callable[[Sample], str]) -> tuple[list[int], tuple[tuple[str, str], ...]]:
    """Return the positions of the samples that count, and (sample id, reason) of all others, sorted."""
    reasons = [reason(sample) for sample in flow.samples]
    kept = [i for i, why in enumerate(reasons) if not why]
    exclusions = [(sample.sample_id, why) for sample, why in zip(flow.samples, reasons, strict=True) if why]
    for sample, why in flow.without_map:
        exclusions.append((sample.sample_id, reason(sample) or (_OLD_INDEX if why == NOT_A_MEMBER else why)))
    return kept, tuple(sorted(exclusions))


def _check_database(flow: FlowSet, settings: ProtocolSettings) -> list[str]:
    databases = sorted({s.subject.database for s in flow.samples})
    if settings.database is not None and settings.database not in databases:
        raise ProtocolError(f"protocol.database: found {settings.database!r}; expected one of {', '.join(databases)}.")
    return databases


def _label_set(flow: FlowSet, settings: ProtocolSettings) -> LabelSet:
    databases = _check_database(flow, settings)
    if settings.classes == "three":
        return THREE
    chosen = settings.database or (databases[0] if len(databases) == 1 else None)
    having = databases_with(settings.classes)
    label_set = _OWN_CLASSES[settings.classes](chosen) if chosen else None
    if label_set is None:
        raise ProtocolError(
            f"protocol.classes {settings.classes}: databases have {settings.classes} classes of their own; found "
            f"{chosen or ', '.join(databases)}, expected protocol.database {' or '.join(having)}."
        )
    return label_set


def _class_reason(sample: Sample, label_set: LabelSet, settings: ProtocolSettings) -> str:
    """Return why a clip has no class that counts; empty if it has."""
    if settings.database not in (None, sample.subject.database):
        return f"not of database {settings.database}"
    if label_set.find_class(sample.subject.database, sample.emotion) is None:
        return f"emotion {sample.emotion!r} is none of {', '.join(label_set.classes)}"
    if settings.name == "cde" and label_set == THREE and sample.sample_id in LEFT_OUT:
        return NOT_A_MEMBER
    return ""


def _unit_reason(sample: Sample, settings: ProtocolSettings) -> str:
    """Return why nothing can be asked about the action units of a clip; empty if something can."""
    if settings.database not in (None, sample.subject.database):
        return f"not of database {settings.database}"
    if not sample.action_units:
        return "no action units are listed for it"
    if read_units(sample.action_units).marks is None:
        return f"its action units are {sample.action_units!r}: nobody knows them"
    return ""


def _check_ids(samples: Sequence[Sample]) -> None:
    for sample_id, count in Counter(sample.sample_id for sample in samples).items():
        if count > 1:
            raise ProtocolError(f"sample {sample_id}: found {count} times; expected once. Rename one clip.")
    for subject in {sample.subject for sample in samples}:
        fault = find_name_fault(subject)
        if fault is not None:
            raise ProtocolError(f"subject {subject}: found {fault[0]}; expected {fault[1]}. Give it another name.")


def _check_enough(samples: Sequence[Sample], truth: Sequence[int], label_set: LabelSet) -> None:
    names = [label_set.classes[k] for k in sorted(set(truth))]
    if len(names) < 2:
        raise ProtocolError(
            f"found samples of {len(names)} class ({', '.join(names) or 'none'}); expected at least two of "
            f"{', '.join(label_set.classes)}. Check the label folders or the emotion column, and protocol.classes."
        )
    _check_two_subjects(samples)


def _check_two_subjects(samples: Sequence[Sample]) -> None:
    subjects = {s.subject for s in samples}
    if len(subjects) < 2:
        found = f"one subject only ({next(iter(subjects))})" if subjects else "no subject"
        raise ProtocolError(f"found {found}; expected at least two: one to hold out, one to train on.")
