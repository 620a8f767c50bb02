"""The five classes of CASME II and SAMM as published: how many clips each has.

Source: Yan et al., PLoS ONE 2014, and Davison et al., IEEE TAC 2018, with the sheets that the databases ship.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from glfnet.labels import CASME2, SAMM
from glfnet.samples.flow_set import Sample
from glfnet.samples.sentences import counted

CLIP_COUNTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        CASME2: {"others": 99, "disgust": 63, "happiness": 32, "repression": 27, "surprise": 25},
        SAMM: {"anger": 57, "happiness": 26, "other": 26, "surprise": 15, "contempt": 12},
    }
)


def five_class_differences(samples: Sequence[Sample]) -> list[str]:
    """Return, in plain sentences, how many clips of a class there are where papers have another number.

    Only CASME II and SAMM are looked at, and of them only what occurs. An empty list means that all counts are the
    published ones; a difference is nothing forbidden, but such a set's score is not that of the papers.
    """
    lines = []
    for database, published in CLIP_COUNTS.items():
        found = Counter(s.emotion.lower() for s in samples if s.subject.database == database)
        lines += [
            f"{database}: {counted(found[name], f'{name} clip')}, published are {expected}."
            for name, expected in published.items()
            if found and found[name] != expected
        ]
    return lines
