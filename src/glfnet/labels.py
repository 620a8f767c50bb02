"""Emotion classes: their names, their order, and how each database's own words map to them.

The order of a label set is the order of class indices everywhere: in flow folders named `0`, `1`, `2`, in probability
columns and in confusion matrices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CASME2 = "casme2"
SAMM = "samm"
SMIC = "smic"

THREE_CLASSES = ("negative", "positive", "surprise")

# MEGC2019 leaves "others" out, and fear and sadness of CASME II (two and seven clips there); SMIC is annotated in the
# three classes themselves. Source: See et al., "MEGC 2019", FG 2019, and its ground-truth file.
_TO_THREE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        CASME2: {"disgust": "negative", "repression": "negative", "happiness": "positive", "surprise": "surprise"},
        SAMM: {
            **dict.fromkeys(("anger", "contempt", "disgust", "fear", "sadness"), "negative"),
            "happiness": "positive",
            "surprise": "surprise",
        },
    }
)

_FIVE_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        CASME2: ("happiness", "disgust", "repression", "surprise", "others"),
        SAMM: ("happiness", "anger", "contempt", "surprise", "other"),
    }
)


@dataclass(frozen=True, slots=True)
class LabelSet:
    """An ordered list of classes and the words that mean them.

    Attributes:
        name: what a user writes, such as `three`.
        classes: class names; their position is the class index.
    """

    name: str
    classes: tuple[str, ...]

    def find_class(self, database: str, emotion: str) -> int | None:
        """Return the class index of an annotated emotion, or None where this label set leaves the emotion out."""
        word = emotion.strip().lower()
        if word not in self.classes and self.name == "three":
            word = _TO_THREE.get(database, {}).get(word, word)
        return self.classes.index(word) if word in self.classes else None


THREE = LabelSet("three", THREE_CLASSES)


def five_classes(database: str) -> LabelSet | None:
    """Return the five-class label set of single-database papers, or None where a database has none.

    Source: CASME II and SAMM five-class lists as used since Yan et al. 2014 and Davison et al. 2018.
    """
    classes = _FIVE_CLASSES.get(database)
    return LabelSet("five", classes) if classes else None
