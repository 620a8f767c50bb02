"""Which subjects are held out together, and which classes count: samples in, folds out."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.config import ProtocolSettings
from glfnet.errors import ProtocolError
from glfnet.labels import THREE, LabelSet, databases_with, five_classes, seven_classes
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


@dataclass(frozen=True, slots=True)
class Fold:
    """One training: positions of the samples to train on and of those to hold out. No subject is in both.

    Attributes:
        name: unique in a run; a seed belongs to (run seed, name).
        train: positions, ascending.
        test: positions, ascending.
    """

    name: str
    train: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledSet:
    """Samples of one protocol with their class indices.

    Attributes:
        flow: the samples that count.
        truth: (N,) int class index of each.
        classes: names by index.
        exclusions: (sample id, reason) of every clip that does not count, also of those without a map, sorted; none is
            dropped silently.
    """

    flow: FlowSet
    truth: NDArray[np.int64]
    classes: tuple[str, ...]
    exclusions: tuple[tuple[str, str], ...]


def label_samples(flow: FlowSet, settings: ProtocolSettings) -> LabelledSet:
    """Give each sample its class, and list the clips that do not count, each with the reason.

    These are clips of other databases, of emotions outside the label set, and without a map; and, in the composite
    protocol with three classes, those that MEGC2019 goes without.

    Raises:
        ProtocolError: if a sample id is not unique, the label set does not fit the data, or fewer than two classes or
            subjects remain.
    """
    _check_ids(flow.samples)
    label_set = _label_set(flow, settings)
    kept: list[int] = []
    truth: list[int] = []
    exclusions: list[tuple[str, str]] = []
    for i, sample in enumerate(flow.samples):
        index, reason = _class_or_reason(sample, label_set, settings)
        if index is None:
            exclusions.append((sample.sample_id, reason))
        else:
            kept.append(i)
            truth.append(index)
    for sample, why in flow.without_map:
        reason = _class_or_reason(sample, label_set, settings)[1]
        exclusions.append((sample.sample_id, reason or (_OLD_INDEX if why == NOT_A_MEMBER else why)))
    _check_enough([flow.samples[i] for i in kept], truth, label_set)
    return LabelledSet(
        flow=flow.select(kept),
        truth=np.array(truth, dtype=np.int64),
        classes=label_set.classes,
        exclusions=tuple(sorted(exclusions)),
    )


def make_folds(samples: Sequence[Sample], settings: ProtocolSettings) -> list[Fold]:
    """Return the folds of a protocol.

    Raises:
        ProtocolError: if the samples do not allow it; the message says what is missing.
    """
    match settings.name:
        case "cde":
            folds = loso_folds(samples)
        case "sde":
            folds = sde_folds(samples)
        case "lodo":
            folds = database_folds(samples)
        case "kfold":
            folds = subject_part_folds(samples, settings.folds)
        case "subjects":
            folds = [listed_fold(samples, settings.subjects)]
    check_folds(samples, folds)
    return folds


def loso_folds(samples: Sequence[Sample]) -> list[Fold]:
    """Return a fold for each (database, subject): leave one subject out, train on all others."""
    return _grouped(samples, lambda sample: str(sample.subject))


def sde_folds(samples: Sequence[Sample]) -> list[Fold]:
    """Return folds that leave one subject out within each database: no training uses another database."""
    folds = []
    for database in sorted({s.subject.database for s in samples}):
        inside = [i for i, s in enumerate(samples) if s.subject.database == database]
        if len({samples[i].subject for i in inside}) < 2:
            raise ProtocolError(
                f"sde: database {database} has one subject only; expected at least two. Name another protocol.database."
            )
        folds += [
            Fold(fold.name, tuple(inside[i] for i in fold.train), tuple(inside[i] for i in fold.test))
            for fold in loso_folds([samples[i] for i in inside])
        ]
    return folds


def database_folds(samples: Sequence[Sample]) -> list[Fold]:
    """Return folds that leave one database out."""
    if len({s.subject.database for s in samples}) < 2:
        raise ProtocolError("lodo: the data has one database only; expected at least two. Use cde or sde.")
    return _grouped(samples, lambda sample: sample.subject.database)


def subject_part_folds(samples: Sequence[Sample], k: int) -> list[Fold]:
    """Return k folds with no subject in two of them: largest subjects first, each put into the smallest part so far."""
    clips = Counter(sample.subject for sample in samples)
    if len(clips) < k:
        raise ProtocolError(f"kfold: {k} parts of {len(clips)} subjects; expected at most as many parts as subjects.")
    sizes = [0] * k
    part = {}
    for subject in sorted(clips, key=lambda s: (-clips[s], s)):
        smallest = sizes.index(min(sizes))
        part[subject] = smallest
        sizes[smallest] += clips[subject]
    return _grouped(samples, lambda sample: f"part-{part[sample.subject] + 1:0{len(str(k))}d}")


def listed_fold(samples: Sequence[Sample], subjects: Iterable[str]) -> Fold:
    """Return one fold that holds out the listed subjects, written `database/name`.

    Raises:
        ProtocolError: if the list is empty, or names a subject that the data lacks.
    """
    wanted = set(subjects)
    missing = sorted(wanted - {str(s.subject) for s in samples})
    if missing or not wanted:
        raise ProtocolError(
            f"protocol.subjects: found {', '.join(missing) or 'an empty list'}; expected subjects of this data, "
            f"such as {samples[0].subject}."
        )
    test = tuple(i for i, s in enumerate(samples) if str(s.subject) in wanted)
    held = set(test)
    return Fold("held-out", tuple(i for i in range(len(samples)) if i not in held), test)


def check_folds(samples: Sequence[Sample], folds: Sequence[Fold]) -> None:
    """Raise unless every fold trains on something, tests something, and has no subject in both parts.

    Raises:
        ProtocolError: naming the fold and, if there is one, the subject in both parts.
    """
    names = Counter(fold.name for fold in folds)
    for fold in folds:
        both = {samples[i].subject for i in fold.train} & {samples[i].subject for i in fold.test}
        if both:
            raise ProtocolError(f"fold {fold.name}: subject {min(both)} is in training and held out at the same time.")
        if not fold.train or not fold.test or names[fold.name] > 1:
            raise ProtocolError(
                f"fold {fold.name}: {len(fold.train)} training and {len(fold.test)} held-out samples; expected some of "
                "each, and a unique name. Are there at least two subjects?"
            )


def _grouped(samples: Sequence[Sample], key: Callable[[Sample], str]) -> list[Fold]:
    groups = [key(sample) for sample in samples]
    return [
        Fold(
            name,
            tuple(i for i, group in enumerate(groups) if group != name),
            tuple(i for i, group in enumerate(groups) if group == name),
        )
        for name in sorted(set(groups))
    ]


def _label_set(flow: FlowSet, settings: ProtocolSettings) -> LabelSet:
    databases = sorted({s.subject.database for s in flow.samples})
    if settings.database is not None and settings.database not in databases:
        raise ProtocolError(f"protocol.database: found {settings.database!r}; expected one of {', '.join(databases)}.")
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


def _class_or_reason(sample: Sample, label_set: LabelSet, settings: ProtocolSettings) -> tuple[int | None, str]:
    index = label_set.find_class(sample.subject.database, sample.emotion)
    if settings.database not in (None, sample.subject.database):
        return None, f"not of database {settings.database}"
    if index is None:
        return None, f"emotion {sample.emotion!r} is none of {', '.join(label_set.classes)}"
    if settings.name == "cde" and label_set == THREE and sample.sample_id in LEFT_OUT:
        return None, NOT_A_MEMBER
    return index, ""


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
    subjects = {s.subject for s in samples}
    if len(subjects) < 2:
        raise ProtocolError(
            f"found one subject only ({next(iter(subjects))}); expected at least two: one to hold out, one to train on."
        )
