"""What indexing a database gives, and what a caller may ask of it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from glfnet.databases.clip import Clip
from glfnet.databases.corrections import Correction
from glfnet.samples.sentences import counted


class Options(TypedDict, total=False):
    """Keyword arguments that every `index_...` function of a licensed database takes.

    Attributes:
        layout: `raw` or `cropped`; None: raw where there is any.
        no_corrections: leave the sheet as it is.
        corrections: a further file of corrections, in the format of `corrections.toml`.
        exclude_faulty: make rows whose frame numbers are out of order excluded clips instead of stopping.
    """

    layout: str | None
    no_corrections: bool
    corrections: Path | None
    exclude_faulty: bool


@dataclass(frozen=True, slots=True)
class Index:
    """All clips of a database, sorted by sample id.

    Attributes:
        clips: every row of the annotation, also the excluded ones.
        notes: sentences that a user should read: differences from the published counts, clips without frames, choices.
        corrections: what was changed against the sheet.
    """

    clips: tuple[Clip, ...]
    notes: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()

    def __repr__(self) -> str:
        return f"Index(clips={len(self.clips)}, databases={', '.join(self.databases())!r}, notes={len(self.notes)})"

    def databases(self) -> list[str]:
        """Return the names of its databases, sorted."""
        return sorted({clip.subject.database for clip in self.clips})

    def names(self) -> set[tuple[str, str]]:
        """Return subject and name of every clip, as a correction writes them."""
        return {(clip.subject.name, clip.clip) for clip in self.clips}

    def summary(self) -> str:
        """Return one sentence: how many clips of how many people, how many excluded, and each emotion's count."""
        subjects = len({clip.subject for clip in self.clips})
        excluded = sum(bool(clip.excluded) for clip in self.clips)
        emotions = Counter(clip.emotion.lower() for clip in self.clips)
        counts = ", ".join(f"{word} {count}" for word, count in sorted(emotions.items(), key=lambda e: (-e[1], e[0])))
        clips, people = counted(len(self.clips), "clip"), counted(subjects, "subject")
        return f"{clips} of {people}, {excluded} of them excluded: {counts}."
