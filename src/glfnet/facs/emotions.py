"""Which action units show together with which class of emotion, how often, and who says so.

Beside `atlas.CLASS_UNITS`, which the made-up recordings keep: that one has no AU7, which real negative clips show most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class UnitSet:
    """Action units that show together.

    Attributes:
        units: their numbers.
        weight: how often, relative to the other sets of the class.
        source: a key of `SOURCES`.
    """

    units: tuple[int, ...]
    weight: float
    source: str


SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "sheets": "the sheets of CASME II and SAMM, clips of the development subjects (docs/action_units.md)",
        "anger": "Ekman, Friesen & Hager, FACS Investigator's Guide, 2002, table 10-1: anger, and its variants",
        "disgust": "the same: disgust, and its variants; CASME II's criterion for disgust (AU9, AU10 or AU4+7)",
        "fear": "the same: fear, and its variants",
        "sadness": "the same: sadness, and its variants",
        "contempt": "Ekman & Friesen, A new pan-cultural facial expression of emotion, 1986: AU14",
        "happiness": "the Investigator's Guide: happiness; CASME II's criterion (AU6 or AU12)",
        "surprise": "the Investigator's Guide: surprise, and its variants; CASME II's criterion (AU1+2, AU2 or AU25)",
        "repression": "Yan et al., CASME II, PLoS ONE 9(1), 2014: AU15 or AU17, alone or together",
    }
)
"""Where a set comes from. CASME II's criteria are those of Yan et al., PLoS ONE 9(1), 2014, table 3."""

# fmt: off
EMOTION_UNITS: Mapping[str, tuple[UnitSet, ...]] = MappingProxyType(
    {
        "negative": (
            UnitSet((7,), 22, "sheets"), UnitSet((4, 7), 24, "disgust"), UnitSet((17,), 13, "repression"),
            UnitSet((4,), 14, "sheets"), UnitSet((14,), 6, "contempt"), UnitSet((4, 10), 4, "sheets"),
            UnitSet((4, 9), 5, "sheets"), UnitSet((9,), 4, "disgust"), UnitSet((10,), 4, "disgust"),
            UnitSet((4, 7, 9), 4, "disgust"), UnitSet((7, 9), 2, "disgust"), UnitSet((10, 17), 2, "disgust"),
            UnitSet((15,), 4, "repression"), UnitSet((15, 17), 5, "repression"), UnitSet((4, 17), 3, "sheets"),
            UnitSet((4, 15), 3, "sadness"), UnitSet((1, 4), 2, "sadness"), UnitSet((1, 4, 15), 2, "sadness"),
            UnitSet((20,), 2, "fear"), UnitSet((1, 2, 4, 5, 20), 1, "fear"), UnitSet((4, 5, 7, 23), 2, "anger"),
        ),
        "positive": (
            UnitSet((12,), 17, "happiness"), UnitSet((6, 12), 12, "happiness"), UnitSet((14,), 3, "sheets"),
            UnitSet((7, 12), 4, "sheets"), UnitSet((12, 25), 2, "happiness"), UnitSet((12, 14), 1, "sheets"),
            UnitSet((6, 7, 12), 1, "happiness"), UnitSet((15,), 1, "sheets"), UnitSet((12, 15), 1, "sheets"),
            UnitSet((1, 12), 0.5, "sheets"),
        ),
        "surprise": (
            UnitSet((1, 2), 9, "surprise"), UnitSet((5,), 6, "sheets"), UnitSet((1,), 3, "sheets"),
            UnitSet((2,), 3, "surprise"), UnitSet((1, 2, 5), 2, "surprise"), UnitSet((1, 2, 25), 1.5, "surprise"),
            UnitSet((1, 2, 26), 1.5, "surprise"), UnitSet((1, 2, 5, 26), 1, "surprise"),
            UnitSet((5, 25), 1, "surprise"), UnitSet((5, 26), 0.5, "surprise"),
        ),
    }
)
# fmt: on
"""Class of emotion -> sets of units that show together.

Weights follow the counts of docs/action_units.md, rounded; sets that the literature names and the sheets hardly list
have a small weight of ours. One clip in three shows more than one unit, as in the sheets."""
