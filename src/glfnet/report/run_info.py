"""What a run was: settings, data, model, protocol, versions, and how long it took."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A sample that did not count, and why."""

    sample_id: str
    reason: str


def by_reason(exclusions: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return pairs of sample id and reason as reason -> sample ids, the most frequent reason first."""
    clips: dict[str, list[str]] = defaultdict(list)
    for sample_id, reason in exclusions:
        clips[reason].append(sample_id)
    return {reason: tuple(ids) for reason, ids in sorted(clips.items(), key=lambda e: (-len(e[1]), e[0]))}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataInfo:
    """The samples of a run.

    Attributes:
        source: where they came from.
        digest: SHA-256 of all that was read, from `FlowSet.digest`.
        samples: how many counted; None where it is unknown.
        exclusions: the clips that did not count.
        notes: sentences on differences from published counts.
        leaks: sentences on possible leaks between training and held-out samples.
    """

    source: str
    digest: str
    samples: int | None = None
    exclusions: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()

    def excluded_by_reason(self) -> dict[str, tuple[str, ...]]:
        """Return reason -> sample ids of the clips that did not count, the most frequent reason first."""
        return by_reason((exclusion.sample_id, exclusion.reason) for exclusion in self.exclusions)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """The model's name and its cost; None for a model that is no network."""

    name: str
    parameters: int | None = None
    flops: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolInfo:
    """The protocol's name, and how many folds it had; None where it is unknown."""

    name: str
    folds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """What a run was.

    Attributes:
        glfnet: version of this package.
        title: model and data in a few words.
        settings: the whole settings page: section -> option -> value, as in JSON.
        sources: `section.option` -> where its default comes from.
        data: the samples.
        versions: package -> version.
        command: what to type to repeat the run.
        model: what was trained.
        protocol: what was held out.
    """

    glfnet: str
    title: str
    settings: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, str]
    data: DataInfo
    versions: Mapping[str, str]
    command: str
    model: ModelInfo
    protocol: ProtocolInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTime:
    """How long a run took; None where it is unknown.

    Attributes:
        wall_time_s: from the call to the last fold.
        fold_time_s: spent in folds, summed over folds and seeds, including earlier calls.
        folds_kept_from_earlier: folds that an earlier call had finished.
    """

    wall_time_s: float | None = None
    fold_time_s: float | None = None
    folds_kept_from_earlier: int | None = None
