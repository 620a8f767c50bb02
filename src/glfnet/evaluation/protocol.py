"""Which subjects are held out together: samples in, folds out."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from glfnet.config.settings import ProtocolSettings
from glfnet.errors import ProtocolError
from glfnet.samples.flow_set import Sample


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
