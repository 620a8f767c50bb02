"""The composite database of MEGC2019: which indexed clips belong to it, compared clip by clip with its ground truth.

Source: See et al., "MEGC 2019: The second facial micro-expressions grand challenge", FG 2019.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from glfnet.databases.clip import Clip
from glfnet.errors import InputError, reason
from glfnet.labels import THREE, THREE_CLASSES
from glfnet.path_kind import FILE, TABLE, check_kind
from glfnet.samples.csv_lines import read_csv_lines
from glfnet.samples.megc2019 import CLIP_COUNTS, LEFT_OUT, NOT_A_MEMBER, SUBJECT_COUNTS
from glfnet.samples.problems import check_problems
from glfnet.samples.subjects import clip_name, database_of, subject_id


def composite_clips(clips: Iterable[Clip]) -> list[Clip]:
    """Return the clips that make MEGC2019's composite database: of one of its three classes, not excluded in the
    index, and not among those that its list goes without.
    """
    return [clip for clip in clips if not clip.excluded and _label(clip) is not None]


def composite_differences(clips: Sequence[Clip]) -> list[str]:
    """Return, in plain sentences, how the composite part of some indexes differs from MEGC2019 in its counts.

    Only databases that occur are looked at; an empty list means that all counts are the published ones.
    """
    members = composite_clips(clips)
    lines: list[str] = []
    for database in CLIP_COUNTS.keys() & {clip.subject.database for clip in clips}:
        own = [clip for clip in members if clip.subject.database == database]
        classes = Counter(_label(clip) for clip in own)
        found = (len({clip.subject for clip in own}), *(classes[index] for index in range(len(THREE_CLASSES))))
        published = (SUBJECT_COUNTS[database], *CLIP_COUNTS[database])
        words = ("subjects", *(f"{name} clips" for name in THREE_CLASSES))
        lines += [
            f"{database}: {count} {word} in the composite database, MEGC2019 has {expected}."
            for count, word, expected in zip(found, words, published, strict=True)
            if count != expected
        ]
    return sorted(lines)


def ground_truth_differences(clips: Iterable[Clip], ground_truth: Mapping[str, int]) -> list[str]:
    """Return one sentence for each clip on which indexes and the ground truth do not agree.

    Args:
        clips: of one or more indexes. Databases that do not occur are not looked at.
        ground_truth: sample id -> class index, as `read_ground_truth` gives it.
    """
    clips = list(clips)
    here = {clip.subject.database for clip in clips}
    ours = {clip.sample_id: _label(clip) for clip in composite_clips(clips)}
    expected = {sample_id: label for sample_id, label in ground_truth.items() if database_of(sample_id) in here}
    excluded = {clip.sample_id: clip.excluded for clip in clips if clip.excluded}
    excluded |= {clip.sample_id: NOT_A_MEMBER for clip in clips if clip.sample_id in LEFT_OUT}
    lines = []
    for sample_id in sorted({*ours, *expected}):
        found, wanted = ours.get(sample_id), expected.get(sample_id)
        if found != wanted:
            why = f" ({excluded[sample_id]})" if sample_id in excluded else ""
            lines.append(f"{sample_id}: {_name(found)} in the index{why}, {_name(wanted)} in the ground truth.")
    return lines


def read_ground_truth(path: Path) -> dict[str, int]:
    """Read MEGC2019's ground truth: lines `database,subject,clip,label`, with or without a header.

    Further columns, which copies in circulation have, are not read.

    Raises:
        InputError: naming every row that is no such line, or if there is none that is; or what `path` is, if it is of
            another kind.
    """
    check_kind(path, (TABLE, FILE), "MEGC2019's ground truth, combined_3class_gt.csv")
    labels: dict[str, int] = {}
    problems: list[InputError] = []
    try:
        lines = read_csv_lines(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _bad_line(path, None, f"no readable table ({reason(error)})") from error
    for number, line in lines:
        cells = line[:4]
        known = len(cells) == 4 and cells[0].lower() in CLIP_COUNTS and cells[3] in ("0", "1", "2")
        if known:
            subject = subject_id(cells[0], cells[1])
            labels[f"{subject}/{clip_name(subject, cells[2])}"] = int(cells[3])
        elif number > 1:  # the first line may be a header
            problems.append(_bad_line(path, number, ",".join(line)))
    check_problems(path, problems)
    if not labels:
        raise _bad_line(path, None, "no clip")
    return labels


def _bad_line(path: Path, row: int | None, found: str) -> InputError:
    return InputError(
        file=path,
        row=row,
        found=found,
        expected="database (casme2, samm, smic), subject, clip, label (0, 1, 2)",
        remedy="Give MEGC2019's combined_3class_gt.csv.",
    )


def _label(clip: Clip) -> int | None:
    database = clip.subject.database
    is_member = database in CLIP_COUNTS and clip.sample_id not in LEFT_OUT
    return THREE.find_class(database, clip.emotion) if is_member else None


def _name(label: int | None) -> str:
    return "absent" if label is None else THREE_CLASSES[label]
