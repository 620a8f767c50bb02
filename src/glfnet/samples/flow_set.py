"""The one table of samples that every reader fills and every later room reads."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.samples.subjects import SubjectId

CHANNELS = ("u", "v", "strain")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sample:
    """One labelled clip.

    Attributes:
        subject: the person.
        clip: the clip's name, without the subject in front of it.
        emotion: as the source writes it; `labels.LabelSet` maps it to a class.
        source: the file the flow map was read from, relative to what the user named; for messages only.
        action_units: as the annotation writes them, such as `4+R10`; empty if none are known.
    """

    subject: SubjectId
    clip: str
    emotion: str
    source: str = ""
    action_units: str = ""

    @property
    def sample_id(self) -> str:
        """The stable key of this clip: database/subject/clip."""
        return f"{self.subject}/{self.clip}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowSet:
    """Samples with their flow maps, in the same order, sorted by sample id.

    Attributes:
        samples: one entry per clip.
        maps: (N, C, H, W) float32. Maps read from 8-bit pictures are divided by 255, so they lie in 0..1 and no
            movement is somewhere in the middle, at a value that differs from map to map.
        channels: the C channel names; `u` points right, `v` down, in image coordinates.
        normalisation: the scale of the maps: `min_max` (each stretched to 0..1), `physical` or `pixels`; in the last
            two 0 is no movement, see `flow_map.normalised`.
        without_map: clips of the same source that have no map, each with the reason; sorted by sample id.
    """

    samples: tuple[Sample, ...]
    maps: NDArray[np.float32]
    channels: tuple[str, ...] = CHANNELS
    normalisation: str = "min_max"
    without_map: tuple[tuple[Sample, str], ...] = ()

    def __post_init__(self) -> None:
        if self.maps.ndim != 4 or self.maps.shape[:2] != (len(self.samples), len(self.channels)):
            raise ShapeError(
                f"maps must be (samples, channels, height, width) = ({len(self.samples)}, {len(self.channels)}, H, W); "
                f"got {self.maps.shape}."
            )

    def __repr__(self) -> str:
        people = {sample.subject for sample in self.samples}
        databases, channels = ", ".join(sorted({subject.database for subject in people})), ", ".join(self.channels)
        return (
            f"FlowSet(clips={len(self)}, subjects={len(people)}, databases={databases!r}, "
            f"channels={channels!r}, size_px={self.maps.shape[2:]}, normalisation={self.normalisation!r})"
        )

    def __len__(self) -> int:
        return len(self.samples)

    def select(self, indices: Sequence[int] | NDArray[np.intp]) -> "FlowSet":
        """Return the samples at these positions, in the order given."""
        kept = tuple(self.samples[i] for i in indices)
        return replace(self, samples=kept, maps=self.maps[list(indices)])

    def digest(self) -> str:
        """Return the SHA-256 of ids, emotions, channel names and map values: the name of this data in a run folder."""
        sha = hashlib.sha256(repr((self.channels, self.maps.shape)).encode())
        for sample, flow_map in zip(self.samples, self.maps, strict=True):
            sha.update(f"{sample.sample_id}\0{sample.emotion}\0".encode())
            sha.update(np.ascontiguousarray(flow_map).tobytes())
        return sha.hexdigest()


def flow_set(
    samples: Iterable[Sample],
    maps: Sequence[NDArray[np.float32]],
    channels: Sequence[str],
    normalisation: str = "min_max",
    without_map: Iterable[tuple[Sample, str]] = (),
) -> FlowSet:
    """Return a `FlowSet` sorted by sample id, so that no result depends on the order in which files were listed."""
    listed = list(samples)
    order = sorted(range(len(listed)), key=lambda i: listed[i].sample_id)
    return FlowSet(
        samples=tuple(listed[i] for i in order),
        maps=np.stack([maps[i] for i in order]).astype(np.float32),
        channels=tuple(channels),
        normalisation=normalisation,
        without_map=tuple(sorted(without_map, key=lambda clip: clip[0].sample_id)),
    )
