"""How many clips a database has, as its authors or the literature say, and how an index differs from that."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from glfnet.databases.clip import Clip
from glfnet.samples.sentences import counted


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


def count_differences(release: str, published: PublishedCounts, clips: Sequence[Clip]) -> list[str]:
    """Return, in plain sentences, how an index differs from the published counts; excluded clips count here.

    A difference is nothing forbidden: newer sheets have more rows. An empty list means that all counts agree.

    Args:
        release: its name, for the sentence.
        published: what its authors or the literature say.
        clips: all clips of the index.
    """
    counts = [("clip", "", len(clips), published.clips)]
    if published.subjects is not None:
        counts.append(("subject", "", len({clip.subject for clip in clips}), published.subjects))
    emotions = Counter(clip.emotion.lower() for clip in clips)
    if published.emotions:
        words = sorted({*emotions, *published.emotions})
        counts += [("clip", f" of {word}", emotions[word], published.emotions.get(word, 0)) for word in words]
    differing = [
        f"{counted(count, noun)}{which} instead of {expected}"
        for noun, which, count, expected in counts
        if count != expected
    ]
    return [f"{release}: {', '.join(differing)} ({published.source})."] if differing else []
