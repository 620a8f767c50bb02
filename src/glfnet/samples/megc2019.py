"""The composite database of MEGC2019 as published: how many clips and subjects it has, and which it goes without.

Source: See et al., "MEGC 2019: The second facial micro-expressions grand challenge", FG 2019, and its ground truth.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from glfnet.labels import CASME2, SAMM, SMIC, THREE, THREE_CLASSES
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.sentences import counted

# Clips of each database, in the order of THREE_CLASSES.
CLIP_COUNTS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {CASME2: (88, 32, 25), SAMM: (92, 26, 15), SMIC: (70, 51, 43)}
)
SUBJECT_COUNTS: Mapping[str, int] = MappingProxyType({CASME2: 24, SAMM: 28, SMIC: 16})
# Both are of the emotion disgust, which MEGC2019 has; its list goes without them. Other protocols have them.
LEFT_OUT = frozenset({f"{CASME2}/sub04/EP12_01f", f"{CASME2}/sub05/EP09_05f"})
NOT_A_MEMBER = f"not among the {sum(map(sum, CLIP_COUNTS.values()))} clips of MEGC2019"


def count_differences(data: FlowSet) -> list[str]:
    """Return, in plain sentences, how a set differs from MEGC2019 in subjects and clips of each class.

    Only those of the three databases that occur in the set are looked at. An empty list means that all counts are the
    published ones; a difference is nothing forbidden, but such a set's score is not the benchmark's.
    """
    by_database = {name: [s for s in data.samples if s.subject.database == name] for name in CLIP_COUNTS}
    return [line for name, samples in by_database.items() if samples for line in _differences(name, samples)]


def _differences(database: str, samples: Sequence[Sample]) -> list[str]:
    classes = Counter(THREE.find_class(database, s.emotion) for s in samples)
    # People whose clips all have emotions that MEGC2019 leaves out are not among its subjects.
    subjects = len({s.subject for s in samples if THREE.find_class(database, s.emotion) is not None})
    lines = [_line(database, subjects, "subject", SUBJECT_COUNTS[database])]
    for index, published in enumerate(CLIP_COUNTS[database]):
        lines.append(_line(database, classes[index], f"{THREE_CLASSES[index]} clip", published))
    if classes[None]:
        lines.append(_outside(database, samples, classes[None]))
    return [line for line in lines if line]


def _line(database: str, count: int, noun: str, published: int) -> str:
    return "" if count == published else f"{database}: {counted(count, noun)}, MEGC2019 has {published}."


def _outside(database: str, samples: Sequence[Sample], count: int) -> str:
    words = sorted({s.emotion for s in samples if THREE.find_class(database, s.emotion) is None})
    return f"{database}: {counted(count, 'clip')} with an emotion that MEGC2019 leaves out ({', '.join(words)})."
