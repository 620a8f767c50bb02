"""How many clips each database has, as its authors or the literature say, and how an index differs from that."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from glfnet.databases.clip import Clip
from glfnet.labels import CASME2, CASME3, DFME, FOURDME, MMEW, SAMM, SMIC


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCounts:
    """Counts of one release of a database.

    Attributes:
        clips: number of clips.
        subjects: number of people, None where sources differ.
        emotions: number of clips by emotion, in small letters; empty where clips have several or sources differ.
        source: who says so.
    """

    clips: int
    subjects: int | None = None
    emotions: Mapping[str, int] = field(default_factory=dict)
    source: str


_SMIC_2D = PublishedCounts(
    clips=71, subjects=8, source="Li et al., A spontaneous micro-expression database, FG 2013 (VIS, NIR)"
)

# SMIC goes by camera: `smic HS`, `smic VIS`, `smic NIR`.
PUBLISHED: Mapping[str, PublishedCounts] = MappingProxyType(
    {
        CASME2: PublishedCounts(
            clips=255,
            subjects=26,
            emotions={
                "others": 99,
                "disgust": 63,
                "happiness": 32,
                "repression": 27,
                "surprise": 25,
                "sadness": 7,
                "fear": 2,
            },
            source="sheet of 2014-05-08 (Yan et al., CASME II, PLoS ONE 2014, prints 247 clips of five classes)",
        ),
        SAMM: PublishedCounts(
            clips=159,
            subjects=29,
            emotions={
                "anger": 57,
                "other": 26,
                "happiness": 26,
                "surprise": 15,
                "contempt": 12,
                "disgust": 9,
                "fear": 8,
                "sadness": 6,
            },
            source="Davison et al., SAMM, IEEE TAC 2018, and its sheet",
        ),
        f"{SMIC} HS": PublishedCounts(
            clips=164,
            subjects=16,
            emotions={"negative": 70, "positive": 51, "surprise": 43},
            source="Li et al., A spontaneous micro-expression database, FG 2013 (HS)",
        ),
        f"{SMIC} VIS": _SMIC_2D,
        f"{SMIC} NIR": _SMIC_2D,
        CASME3: PublishedCounts(clips=860, source="part A, sheet JpgIndex v2 (Li et al., CAS(ME)3, IEEE TPAMI 2023)"),
        DFME: PublishedCounts(clips=1856, source="training part (Zhao et al., DFME, arXiv 2301.00985)"),
        MMEW: PublishedCounts(
            clips=300,
            emotions={
                "surprise": 89,
                "disgust": 72,
                "others": 66,
                "happiness": 36,
                "fear": 16,
                "sadness": 13,
                "anger": 8,
            },
            source="Ben et al., Video-based facial micro-expression analysis, IEEE TPAMI 2022",
        ),
        FOURDME: PublishedCounts(clips=267, source="Li et al., 4DME, IEEE TAC 2023"),
    }
)


def count_differences(release: str, clips: Sequence[Clip]) -> list[str]:
    """Return, in plain sentences, how an index differs from the published counts; excluded clips count here.

    A difference is nothing forbidden: newer sheets have more rows. An empty list means that all counts agree.

    Args:
        release: a key of `PUBLISHED`.
        clips: all clips of the index.
    """
    published = PUBLISHED[release]
    counts = [("clips", len(clips), published.clips)]
    if published.subjects is not None:
        counts.append(("subjects", len({clip.subject for clip in clips}), published.subjects))
    emotions = Counter(clip.emotion.lower() for clip in clips)
    if published.emotions:
        words = sorted({*emotions, *published.emotions})
        counts += [(f"clips of {word}", emotions[word], published.emotions.get(word, 0)) for word in words]
    differing = [f"{count} {what} instead of {expected}" for what, count, expected in counts if count != expected]
    return [f"{release}: {', '.join(differing)} ({published.source})."] if differing else []
