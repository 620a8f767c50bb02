"""What the rows of an index show by themselves: order, emotions, lengths, keys, frame rates, counts."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from glfnet.databases.by_name import BY_NAME
from glfnet.databases.check.finding import Finding
from glfnet.databases.clip import Clip
from glfnet.databases.composite import composite_differences, ground_truth_differences
from glfnet.databases.prepare import annotated_apex
from glfnet.databases.published_counts import count_differences
from glfnet.facs.notation import read_units
from glfnet.labels import SMIC, THREE, five_classes, left_out_words, seven_classes
from glfnet.samples.sentences import counted, first_few, quoted
from glfnet.samples.subjects import SubjectId, alike_subjects, database_of, find_name_fault

SLOW_FPS = 50.0  # an expression of 0.2 s has ten frames at this rate; with fewer, its apex falls between two of them
FAST_FPS = 1000.0  # ours: the fastest of the databases has 500
LONG_S = 0.5  # the usual bound of a micro-expression: Yan et al., Journal of Nonverbal Behavior 37, 2013

# What a misspelt emotion may have meant.
_WORDS = (
    "negative", "positive", "surprise", "happiness", "happy", "anger", "contempt", "disgust", "fear", "repression",
    "sadness", "sad", "others", "other",
)  # fmt: skip


def row_findings(clip: Clip, index: Path) -> Iterator[Finding]:
    """Yield what is wrong with one row: order of frame numbers, emotion, action units."""
    yield from _order(clip, index)
    yield from _emotion(clip, index)
    yield from unit_findings(clip, index)


def long_clips(clips: Iterable[Clip], index: Path) -> Iterator[Finding]:
    """Yield one finding for each database with clips that last longer than a micro-expression usually does."""
    groups: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if _length_s(clip) > LONG_S:
            groups[clip.subject.database].append(clip)
    for database, alike in groups.items():
        longest = max(alike, key=_length_s)
        one = len(alike) == 1
        found = f"{_length_s(longest):.2f} s from onset to offset ({_numbers(longest)}, {longest.fps:g} fps)"
        if not one:
            ids = first_few([f"{clip.subject.name}/{clip.clip}" for clip in alike])
            found = f"{len(alike)} long clips of {database} ({ids}); {longest.sample_id} is the longest: {found}"
        yield Finding(
            kind="long clip",
            sample_id=longest.sample_id if one else "",
            row=longest.row if one else None,
            file=index,
            found=found,
            expected=f"at most {LONG_S:g} s, the usual bound of a micro-expression",
            remedy="Check frame numbers and frame rate; some databases do keep longer clips.",
        )


def subject_findings(clips: Iterable[Clip], index: Path) -> Iterator[Finding]:
    """Yield one finding for each name that `evaluate` would refuse, and for each person under several spellings."""
    first: dict[SubjectId, Clip] = {}
    for clip in clips:
        first.setdefault(clip.subject, clip)
    for subject, clip in first.items():
        fault = find_name_fault(subject)
        if fault is not None:
            found, expected = fault
            yield _finding("unusable name", clip, index, found, expected, "Give it another name.")
    for group in alike_subjects(first):
        found = f"subjects {' and '.join(map(str, group))}, who differ only in capitals or blanks"
        remedy = "Write the name alike in all rows: a person under two names would be trained on and tested."
        yield _finding("alike subjects", first[group[0]], index, found, "one spelling a person", remedy)


def duplicate_keys(clips: Iterable[Clip], index: Path) -> Iterator[Finding]:
    """Yield one finding for each sample id that several rows have."""
    places: dict[str, list[str]] = defaultdict(list)
    for clip in clips:
        places[clip.sample_id].append(str(clip.frames))
    for sample_id, folders in places.items():
        if len(folders) > 1:
            yield Finding(
                kind="duplicate key",
                sample_id=sample_id,
                file=index,
                found=f"{len(folders)} rows with this key, frames in {first_few(folders)}",
                expected="each clip once",
                remedy="Keep one row, or name the clips apart.",
            )


def frame_rate_findings(clips: Iterable[Clip], index: Path) -> Iterator[Finding]:
    """Yield one finding for each frame rate of a database that is missing, slow or implausibly high."""
    groups: dict[tuple[str, float], list[Clip]] = defaultdict(list)
    for clip in clips:
        if not SLOW_FPS <= clip.fps <= FAST_FPS:
            groups[clip.subject.database, clip.fps].append(clip)
    for (database, fps), alike in groups.items():
        if not fps:
            found, remedy = "no frame rate", "Fill the column fps: durations cannot be checked without it."
        elif fps < SLOW_FPS:
            found = f"{fps:g} fps, so that an expression of 0.2 s has {0.2 * fps:.0f} frames"
            remedy = "Nothing to correct if the camera was that slow; the strongest moment may fall between two frames."
        else:
            found, remedy = f"{fps:g} fps", "Correct the column fps: no database here is that fast."
        first, one = alike[0], len(alike) == 1
        yield Finding(
            kind="frame rate",
            sample_id=first.sample_id if one else "",
            row=first.row if one else None,
            file=index,
            found=found if one else f"{len(alike)} clips of {database} with {found}; the first is {first.sample_id}",
            expected=f"{SLOW_FPS:g} to {FAST_FPS:g} fps",
            remedy=remedy,
        )


def count_findings(
    clips: Sequence[Clip], index: Path, ground_truth: Mapping[str, int] | None = None
) -> Iterator[Finding]:
    """Yield one finding for each difference from published counts, and for each clip on which MEGC2019's list differs.

    An index in which no clip counts at all is a finding too.

    Args:
        clips: all rows of the index, also the excluded ones.
        index: the file they come from.
        ground_truth: sample id -> class index of MEGC2019, as `read_ground_truth` gives it, to compare clip by clip.
    """
    releases: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        releases[_release(clip)].append(clip)
    composite = _of_composite(clips)
    if all(clip.excluded for clip in clips):
        yield Finding(
            kind="no clips",
            sample_id="",
            file=index,
            found=f"{counted(len(clips), 'row')}, none of which counts",
            expected="at least one clip that is not excluded",
            remedy="Make the index again; the notes that come with it say why clips are left out.",
        )
    published = {release: counts for database in BY_NAME.values() for release, counts in database.published.items()}
    sentences = [
        line
        for release in sorted(releases.keys() & published)
        for line in count_differences(release, published[release], releases[release])
    ]
    sentences += composite_differences(composite)
    sentences += _beside_ground_truth(composite, ground_truth) if ground_truth is not None else []
    for sentence in sentences:
        yield Finding(
            kind="count",
            sample_id="",
            file=index,
            found=sentence.rstrip("."),
            expected="what is published",
            remedy="Nothing to correct if you know why, but scores on other clips are not those of the benchmark.",
        )


def agreement(clips: Sequence[Clip], ground_truth: Mapping[str, int]) -> str:
    """Return a sentence if clips of an index and the ground truth agree in all that both have; else nothing."""
    composite = _of_composite(clips)
    if _beside_ground_truth(composite, ground_truth):
        return ""
    here = {clip.subject.database for clip in composite}
    compared = [sample_id for sample_id in ground_truth if database_of(sample_id) in here]
    databases = ", ".join(sorted({database_of(sample_id) for sample_id in compared}))
    return f"Compared with the ground truth: {counted(len(compared), 'clip')} of {databases}, all agree."


def _of_composite(clips: Sequence[Clip]) -> list[Clip]:
    """Return clips that MEGC2019 may have: of SMIC's cameras, those of the fast one."""
    return [clip for clip in clips if _release(clip) not in (f"{SMIC} VIS", f"{SMIC} NIR")]


def _beside_ground_truth(clips: Sequence[Clip], ground_truth: Mapping[str, int]) -> list[str]:
    databases = {database_of(sample_id) for sample_id in ground_truth}
    if databases.isdisjoint(clip.subject.database for clip in clips):
        return [f"no clip of {', '.join(sorted(databases))}, so there is nothing to compare with the ground truth"]
    return ground_truth_differences(clips, ground_truth)


def _order(clip: Clip, index: Path) -> Iterator[Finding]:
    """Yield what is wrong with the frame numbers: an error exactly where `prepare` would exclude the clip."""
    onset, apex, offset = clip.onset_frame, clip.apex_frame, clip.offset_frame
    estimated = annotated_apex(clip) is None
    remedy = "Look at the clip and correct the row, or say in its column excluded why it is left out."
    if offset is not None and onset >= offset:
        kind, expected = "wrong order", "the onset before the offset"
    elif apex is not None and (apex < onset or (offset is not None and apex > offset)):
        kind, expected = "apex outside", "onset < apex <= offset"
    elif estimated and offset is None:
        kind, expected = "no apex, no offset", "one of them: flow needs a second frame"
    elif estimated and offset is not None and offset - onset < 2:
        kind, expected = "too short for an apex", "an apex, or frames between onset and offset to estimate it from"
    elif apex == onset:
        kind, expected = "onset = apex", "the onset before the apex: a frame and itself show no movement"
        remedy = "`glfnet prepare` takes the apex as not annotated and estimates it; write the apex if you know it."
    else:
        return
    yield _finding(kind, clip, index, _numbers(clip), expected, remedy)


def _emotion(clip: Clip, index: Path) -> Iterator[Finding]:
    database = clip.subject.database
    written = [word.strip() for word in re.split(r"[+,/;&|]", clip.emotion.lower())]  # as `LabelSet` takes it apart
    unknown = [word for word in written if word and not _is_known(database, word)]
    if not unknown and any(written):
        return
    known = [word for word in _WORDS if _is_known(database, word)]
    near = get_close_matches(unknown[0], known, n=1) if unknown else []
    remedy = f"Did you mean {near[0]}?" if near else "Correct the word: a clip without a class is in no evaluation."
    expected = f"for {database}: {', '.join(known)}"
    yield _finding("unknown emotion", clip, index, f"emotion {quoted(clip.emotion)}", expected, remedy)


def unit_findings(clip: Clip, index: Path) -> Iterator[Finding]:
    """Yield what nobody could read among the action units of one row."""
    unread = read_units(clip.action_units).unread
    if unread:
        found = f"{first_few([quoted(word) for word in unread])} among the action units {quoted(clip.action_units)}"
        expected = "numbers of FACS such as 4+L12A or (R6 or R12)+15"
        remedy = "Correct the cell, or leave it: units that it does not name count as left open for this clip."
        yield _finding("unread action units", clip, index, found, expected, remedy)


def _is_known(database: str, word: str) -> bool:
    sets = (THREE, five_classes(database), seven_classes(database))
    published = BY_NAME[database].published.values() if database in BY_NAME else ()
    return (
        any(labels is not None and labels.find_class(database, word) is not None for labels in sets)
        or any(word in counts.emotions for counts in published)
        or word in left_out_words(database)
    )


def _release(clip: Clip) -> str:
    database = BY_NAME.get(clip.subject.database)
    return database.release(clip) if database else clip.subject.database


def _finding(kind: str, clip: Clip, index: Path, found: str, expected: str, remedy: str) -> Finding:
    return Finding(
        kind=kind, sample_id=clip.sample_id, row=clip.row, file=index, found=found, expected=expected, remedy=remedy
    )


def _length_s(clip: Clip) -> float:
    return (clip.offset_frame - clip.onset_frame) / clip.fps if clip.offset_frame is not None and clip.fps else 0.0


def _numbers(clip: Clip) -> str:
    apex, offset = (("none" if n is None else str(n)) for n in (clip.apex_frame, clip.offset_frame))
    return f"onset {clip.onset_frame}, apex {apex}, offset {offset}"
