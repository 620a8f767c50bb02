"""Everything that is wrong with one index and its frames.

Excluded clips are listed and not looked at. Frames before the onset and after the offset are not looked at either: no
flow is made from them.
"""

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glfnet.databases.check.finding import SEVERITY, Finding, ordered
from glfnet.databases.check.frames import FindFace, FrameLook, duplicate_images, look_at_clips
from glfnet.databases.check.rows import (
    agreement,
    count_findings,
    duplicate_keys,
    frame_rate_findings,
    long_clips,
    row_findings,
    subject_findings,
)
from glfnet.databases.clip import Clip
from glfnet.samples.sentences import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All that was found in one index.

    Attributes:
        index: the file.
        clips: every row of it, also the excluded ones.
        findings: errors first, in the order of `SEVERITY` and then of sample ids.
        looks: what was seen in the frames of each clip that counts, in the order of `clips`.
        looked_for_faces: whether there was a face finder.
        agreement: a sentence if clips were compared with the ground truth and all agree; else empty.
        noun: what a row is: a clip, or an interval of a long video.
    """

    index: Path
    clips: tuple[Clip, ...]
    findings: tuple[Finding, ...]
    looks: tuple[FrameLook, ...]
    looked_for_faces: bool
    agreement: str = ""
    noun: str = "clip"

    def __repr__(self) -> str:
        return f"Diagnosis(index={str(self.index)!r}, clips={len(self.clips)}, verdict={self.verdict()!r})"

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that must be corrected, or their clips excluded."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def excluded(self) -> tuple[Clip, ...]:
        """Clips that the index leaves out, each with its reason."""
        return tuple(clip for clip in self.clips if clip.excluded)

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each kind that occurs, in the order of `SEVERITY`."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in SEVERITY if found[kind]}

    def verdict(self) -> str:
        """Return one sentence: how much is wrong."""
        errors = len(self.errors)
        warnings = len(self.findings) - errors
        return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}." if self.findings else "Nothing is wrong."

    def about(self) -> list[str]:
        """Return what was looked at and, where somebody looked for faces, what was found of them."""
        subjects = counted(len({clip.subject for clip in self.clips}), "subject")
        frames = counted(sum(look.frames for look in self.looks), "frame")
        clips = counted(len(self.clips), self.noun)
        lines = [f"{clips} of {subjects}, {len(self.excluded)} of them excluded; {frames} looked at."]
        widths = [look.face_width_px for look in self.looks if look.face_width_px is not None]
        if self.looked_for_faces:
            lines.append(f"Faces found in {len(widths)} of {counted(len(self.looks), self.noun)}.")
        if widths:
            span = f"{min(widths):.0f} to {max(widths):.0f} pixels"
            lines.append(f"Widths of faces: {span}, median {statistics.median(widths):.0f}.")
        if self.agreement:
            lines.append(self.agreement)
        return lines

    def lines(self, listed: int = 10, rest: str = "") -> list[str]:
        """Return the whole diagnosis as lines for a terminal; the verdict comes last.

        Args:
            listed: how many findings of one kind, and how many excluded clips, are written out; the page has them all.
            rest: words on where the others are, put behind their number.
        """
        text = self.about()
        for kind, count in self.counts().items():
            text.append(f"{SEVERITY[kind]}: {kind}, {count}")
            text += _shortened([str(finding) for finding in self.findings if finding.kind == kind], listed, rest)
        if self.excluded:
            text.append(f"excluded, {len(self.excluded)}")
            text += _shortened([f"{clip.sample_id}: {clip.excluded}." for clip in self.excluded], listed, rest)
        return [*text, self.verdict()]


def diagnose(
    clips: Sequence[Clip],
    index: Path,
    *,
    find_face: FindFace | None = None,
    ground_truth: Mapping[str, int] | None = None,
    jobs: int = 1,
    on_clip: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Look at every clip of an index that counts, and at its frames from onset to offset.

    Args:
        clips: as `read_index` gives them.
        index: the file they come from.
        find_face: is given the onset frame, (H, W, 3) uint8 RGB, and returns the face's box in pixels, (x0, y0, x1,
            y1), or None. It is called from several threads. None: nobody looks for faces.
        ground_truth: sample id -> class index of MEGC2019, as `read_ground_truth` gives it, to compare clip by clip.
        jobs: threads that read frames. The result does not depend on it.
        on_clip: is called after each clip with the number of clips done and of all that are looked at.
    """
    that_count = [clip for clip in clips if not clip.excluded]
    looks = look_at_clips(that_count, find_face, jobs, on_clip)
    findings = [finding for clip in that_count for finding in row_findings(clip, index)]
    findings += [finding for look in looks for finding in look.findings]
    findings += [*long_clips(that_count, index)]
    findings += [*duplicate_images(looks), *duplicate_keys(that_count, index), *frame_rate_findings(that_count, index)]
    findings += subject_findings(that_count, index)
    findings += count_findings(clips, index, ground_truth)
    return Diagnosis(
        index=index,
        clips=tuple(clips),
        findings=ordered(findings),
        looks=tuple(looks),
        looked_for_faces=find_face is not None,
        agreement=agreement(clips, ground_truth) if ground_truth is not None else "",
    )


def _shortened(lines: Sequence[str], listed: int, rest: str) -> list[str]:
    more = len(lines) - listed
    return [f"  {line}" for line in lines[:listed]] + ([f"  and {more} more{rest}"] * (more > 0))
