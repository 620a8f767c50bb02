"""Emotion classes: their names, their order, and how each database's own words map to them.

The order of a label set is the order of class indices everywhere: in flow folders named `0`, `1`, `2`, in probability
columns and in confusion matrices.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CASME2 = "casme2"
SAMM = "samm"
SMIC = "smic"
CASME3 = "casme3"
DFME = "dfme"
MMEW = "mmew"
FOURDME = "fourdme"

THREE_CLASSES = ("negative", "positive", "surprise")

# MEGC2019 leaves "others" out, and fear and sadness of CASME II (two and seven clips there); SMIC is annotated in the
# three classes themselves. Source: See et al., "MEGC 2019", FG 2019, and its ground-truth file.
# CAS(ME)3: as HTNet (Wang et al., Neurocomputing 2024) has it. DFME and MMEW: ours, the rule for SAMM carried over.
# 4DME is annotated in the three classes, repression and others (Li et al., IEEE TAC 2023); that the last two are left
# out is ours. Data of any other name is taken by the basic rule, with contempt as in SAMM and repression as in CASME II
# (ours).
_BASIC_NEGATIVE = dict.fromkeys(("anger", "disgust", "fear", "sadness"), "negative")
_BASIC = {**_BASIC_NEGATIVE, "happiness": "positive", "surprise": "surprise"}
_ANY_OTHER = {**_BASIC, "contempt": "negative", "repression": "negative"}
_TO_THREE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        CASME2: {"disgust": "negative", "repression": "negative", "happiness": "positive", "surprise": "surprise"},
        SAMM: {
            **dict.fromkeys(("anger", "contempt", "disgust", "fear", "sadness"), "negative"),
            "happiness": "positive",
            "surprise": "surprise",
        },
        CASME3: _BASIC,
        DFME: {**_BASIC, "contempt": "negative"},
        MMEW: _BASIC,
        SMIC: {},
        FOURDME: {},
    }
)

_FIVE_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        CASME2: ("happiness", "disgust", "repression", "surprise", "others"),
        SAMM: ("happiness", "anger", "contempt", "surprise", "other"),
    }
)

_SEVEN_CLASSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        CASME3: ("happiness", "disgust", "fear", "anger", "sadness", "surprise", "others"),
        DFME: ("happiness", "anger", "contempt", "disgust", "fear", "sadness", "surprise"),
    }
)

# Words that a sheet has for the class of another name.
_SYNONYMS: Mapping[str, Mapping[str, str]] = MappingProxyType({CASME3: {"happy": "happiness", "sad": "sadness"}})


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
        """Return the class index of an annotated emotion, or None where this label set leaves the emotion out.

        An annotation of several emotions, such as 4DME's `Negative+Surprise`, has a class only if each of them has that
        same one (ours).
        """
        words = [word for word in re.split(r"[+,/;&|]", emotion.lower()) if word.strip()]
        found = {self._find_word(database, word.strip()) for word in words}
        return found.pop() if len(found) == 1 else None

    def _find_word(self, database: str, written: str) -> int | None:
        word = _SYNONYMS.get(database, {}).get(written, written)
        if word not in self.classes and self.name == "three":
            word = _TO_THREE.get(database, _ANY_OTHER).get(word, word)
        return self.classes.index(word) if word in self.classes else None


THREE = LabelSet("three", THREE_CLASSES)


def five_classes(database: str) -> LabelSet | None:
    """Return the five-class label set of single-database papers, or None where a database has none.

    Source: CASME II and SAMM five-class lists as used since Yan et al. 2014 and Davison et al. 2018.
    """
    classes = _FIVE_CLASSES.get(database)
    return LabelSet("five", classes) if classes else None


def seven_classes(database: str) -> LabelSet | None:
    """Return the seven-class label set of single-database papers, or None where a database has none.

    Source: the emotions annotated in CAS(ME)3 (Li et al., IEEE TPAMI 2023) and DFME (Zhao et al., arXiv 2301.00985).
    """
    classes = _SEVEN_CLASSES.get(database)
    return LabelSet("seven", classes) if classes else None


MICRO, MACRO = "micro_expression", "macro_expression"
BLINK, TALKING, HEAD_MOVEMENT, GIVEN = "blink", "talking", "head_movement", "given"
KINDS = (MICRO, MACRO, BLINK, TALKING, HEAD_MOVEMENT, GIVEN)
"""Kinds of interval. Only micro-expressions, and intervals whose frames the user gave, are classified."""
