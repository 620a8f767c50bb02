"""The one sample table that every reader fills and every later room reads.

Names are those of the MEGC2019 ground truth, whatever a folder or a spreadsheet writes, so that one clip has one id:
`casme2/sub01/EP02_01f`, `samm/006/006_1_2`, `smic/s01/s01_ne_01`.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import ShapeError
from glfnet.labels import CASME2, SAMM, SMIC

CHANNELS = ("u", "v", "strain")

# How each database writes a subject: prefix and number of digits.
_SUBJECT_FORM = {CASME2: ("sub", 2), SAMM: ("", 3), SMIC: ("s", 2)}


@dataclass(frozen=True, slots=True, order=True)
class SubjectId:
    """One person. CASME II 01 and SMIC 01 are two people, so the database belongs to the name."""

    database: str
    name: str

    def __str__(self) -> str:
        return f"{self.database}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sample:
    """One labelled clip.

    Attributes:
        subject: the person.
        clip: the clip's name, without the subject in front of it.
        emotion: as the source writes it; `labels.LabelSet` maps it to a class.
        source: the file the flow map was read from, relative to what the user named; for messages only.
    """

    subject: SubjectId
    clip: str
    emotion: str
    source: str = ""

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
    """

    samples: tuple[Sample, ...]
    maps: NDArray[np.float32]
    channels: tuple[str, ...] = CHANNELS
    normalisation: str = "min_max"

    def __post_init__(self) -> None:
        if self.maps.ndim != 4 or self.maps.shape[:2] != (len(self.samples), len(self.channels)):
            raise ShapeError(
                f"maps must be (samples, channels, height, width) = ({len(self.samples)}, {len(self.channels)}, H, W); "
                f"got {self.maps.shape}."
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
) -> FlowSet:
    """Return a `FlowSet` sorted by sample id, so that no result depends on the order in which files were listed."""
    listed = list(samples)
    order = sorted(range(len(listed)), key=lambda i: listed[i].sample_id)
    return FlowSet(
        samples=tuple(listed[i] for i in order),
        maps=np.stack([maps[i] for i in order]).astype(np.float32),
        channels=tuple(channels),
        normalisation=normalisation,
    )


def subject_id(database: str, name: str) -> SubjectId:
    """Return the subject under the name that MEGC2019 uses: `6` and `006` are one person of SAMM.

    Names of databases that we do not know are kept as they are.
    """
    database = database.strip().lower() if database.strip().lower() in _SUBJECT_FORM else database.strip()
    form = _SUBJECT_FORM.get(database)
    number = re.search(r"(\d+)$", name.strip())
    if form is None or number is None:
        return SubjectId(database, name.strip())
    prefix, digits = form
    return SubjectId(database, f"{prefix}{int(number.group(1)):0{digits}d}")


def find_database(subject_name: str) -> str | None:
    """Return the database that a subject's folder name tells, or None: `sub12` CASME II, `s12` SMIC, digits SAMM."""
    for pattern, database in ((r"sub\d+", CASME2), (r"s\d+", SMIC), (r"\d+", SAMM)):
        if re.fullmatch(pattern, subject_name.strip(), flags=re.IGNORECASE):
            return database
    return None


def clip_name(subject: SubjectId, written: str) -> str:
    """Return a clip's name as MEGC2019 has it: `sub12_EP08_03 ` is clip `EP08_03` of subject sub12.

    SMIC writes `s1_ne_01` on disk and `s01_ne_01` in the ground truth; the latter is kept. SAMM's own names begin with
    the subject (`006_1_2`), so there only a doubled one is taken off (`006_006_1_2`).
    """
    name = written.strip()
    if subject.database == SMIC:
        return f"{subject.name}_" + re.sub(r"^(s\d+_)+", "", name)
    own = "" if subject.database != SAMM else f"{subject.name}_"
    return own + name.removeprefix(f"{subject.name}_{own}").removeprefix(own)
