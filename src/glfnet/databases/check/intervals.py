"""Everything that is wrong with an index of long videos: its rows, the frames of each interval, gaps in the videos."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from glfnet.databases.assemble import in_order
from glfnet.databases.check.diagnosis import Diagnosis, diagnose
from glfnet.databases.check.finding import Finding, ordered
from glfnet.databases.check.frames import FindFace, absent_runs, duplicate_images, look_at_clips
from glfnet.databases.check.rows import frame_rate_findings, long_clips, subject_findings, unit_findings
from glfnet.databases.clip import Clip
from glfnet.databases.index_table import read_index
from glfnet.databases.long_videos.interval_row import IntervalRow
from glfnet.databases.long_videos.interval_table import read_intervals
from glfnet.databases.long_videos.long_video import frame_numbers
from glfnet.errors import InputError, SettingsError
from glfnet.labels import MICRO
from glfnet.path_kind import LONG_INDEX, find_kind
from glfnet.samples.sentences import counted, first_few


def diagnosis_of(index: Path) -> Callable[..., Diagnosis]:
    """Read an index of either kind, and return what looks at it: `diagnose` or `diagnose_intervals`, without the rows.

    Raises:
        InputError: if the index cannot be read.
    """
    try:
        is_long = find_kind(index) is LONG_INDEX
    except OSError:
        is_long = False  # `read_index` says what is wrong
    if is_long:
        return partial(diagnose_intervals, read_intervals(index), index)
    return partial(diagnose, read_index(index), index)


def diagnose_intervals(
    rows: Sequence[IntervalRow],
    index: Path,
    *,
    find_face: FindFace | None = None,
    ground_truth: Mapping[str, int] | None = None,
    jobs: int = 1,
    on_clip: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Look at every interval of an index of long videos that counts, and at its frames from onset to offset.

    Args:
        rows: as `read_intervals` gives them.
        index: the file they come from.
        find_face: as for `diagnose`; it is given the onset frame of each interval.
        ground_truth: None; MEGC2019's list is of clips.
        jobs: threads that read frames. The result does not depend on it.
        on_clip: is called after each interval with the number of intervals done and of all that are looked at.

    Raises:
        SettingsError: if there is a ground truth.
    """
    if ground_truth is not None:
        message = "ground truth: found MEGC2019's list, which is of clips; expected none for an index of long videos."
        raise SettingsError(message, settings=("ground_truth",))
    counting = [row for row in rows if not row.excluded]
    findings, numbers = _videos(counting)
    ready = [row for row in counting if row.kind and row.video_id in numbers]
    clips = [_clip(row, numbers[row.video_id]) for row in ready]
    sound = [clip for clip, row in zip(clips, ready, strict=True) if _is_in_order(row)]
    looks = look_at_clips(sound, find_face, jobs, on_clip)
    findings += [finding for look in looks for finding in look.findings]
    findings += [finding for row in counting if row.kind for finding in _order(row, index)]
    findings += [finding for clip in clips for finding in unit_findings(clip, index)]
    findings += long_clips([clip for clip, row in zip(clips, ready, strict=True) if row.kind == MICRO], index)
    findings += [*duplicate_images(looks), *frame_rate_findings(clips, index), *subject_findings(clips, index)]
    findings += [*_twice(counting, index), *_nothing_counts(rows, index)]
    return Diagnosis(
        index=index,
        clips=tuple(_clip(row, None) for row in rows if row.kind),
        findings=ordered(findings),
        looks=tuple(looks),
        looked_for_faces=find_face is not None,
        noun="interval",
    )


def _videos(rows: Sequence[IntervalRow]) -> tuple[list[Finding], dict[str, list[int] | None]]:
    """Return what is wrong with whole videos, and the frame numbers of those that can be listed."""
    findings: list[Finding] = []
    numbers: dict[str, list[int] | None] = {}
    for row in {row.video_id: row for row in reversed(rows)}.values():
        try:
            numbers[row.video_id] = frame_numbers(row)
        except InputError as error:
            found = (error.found, error.expected, error.remedy)
            findings.append(_finding("missing frames", row.video_id, error.file, None, *found))
            continue
        there = numbers[row.video_id]
        gaps = absent_runs(there[0], there[-1], there) if there else []
        if gaps:
            missing = first_few([str(low) if low == high else f"{low} to {high}" for low, high in gaps])
            span = f"every frame from {there[0]} to {there[-1]}" if there else ""
            remedy = "Copy them from their source; where there are none, time runs unevenly."
            findings.append(_finding("gap", row.video_id, row.frames, None, f"no frame {missing}", span, remedy))
    return findings, numbers


def _clip(row: IntervalRow, numbers: Sequence[int] | None) -> Clip:
    """Return an interval as the clip from its onset to its offset: of a file, frames count from 0."""
    first = row.first_frame or 0
    earliest = numbers[0] if numbers else first  # onset 0: the movement had begun before the video did
    onset = row.onset_frame or earliest
    apex, offset = (None if n is None else n - first for n in (row.apex_frame, row.offset_frame))
    return Clip(
        subject=row.subject, clip=row.interval, emotion=row.emotion or row.kind, frames=row.frames,
        onset_frame=onset - first, apex_frame=apex, offset_frame=offset, fps=row.fps, action_units=row.action_units,
        layout=row.layout, row=row.row, excluded=row.excluded,
    )  # fmt: skip


def _is_in_order(row: IntervalRow) -> bool:
    ends = row.apex_frame is not None or row.offset_frame is not None
    return ends and in_order(row.onset_frame, row.apex_frame, row.offset_frame)


def _order(row: IntervalRow, index: Path) -> Iterator[Finding]:
    if not _is_in_order(row):
        ends = row.apex_frame is not None or row.offset_frame is not None
        kind = "wrong order" if ends else "no apex, no offset"
        expected = "onset <= apex <= offset" if ends else "one of them: nobody knows where the movement ends"
        found = f"onset {row.onset_frame}, apex {row.apex_frame}, offset {row.offset_frame}"
        remedy = "Look at the video and correct the row, or say in its column excluded why it is left out."
        yield _finding(kind, row.sample_id, index, row.row, found, expected, remedy)


def _twice(rows: Sequence[IntervalRow], index: Path) -> Iterator[Finding]:
    count = Counter((row.video_id, row.kind, row.onset_frame, row.apex_frame, row.offset_frame) for row in rows)
    for (video, kind, onset, apex, offset), many in count.items():
        if many > 1:
            what = f"{kind} with onset {onset}, apex {apex}, offset {offset}" if kind else "row without a movement"
            found = f"{many} rows for the {what}"
            yield _finding("duplicate key", video, index, None, found, "each interval once", "Keep one row.")


def _nothing_counts(rows: Sequence[IntervalRow], index: Path) -> Iterator[Finding]:
    if all(row.excluded for row in rows):
        found = f"{counted(len(rows), 'row')}, none of which counts"
        remedy = "Make the index again; the notes that come with it say why intervals are left out."
        yield _finding("no clips", "", index, None, found, "at least one that is not excluded", remedy)


def _finding(kind: str, sample_id: str, file: Path, row: int | None, found: str, expected: str, remedy: str) -> Finding:
    return Finding(kind=kind, sample_id=sample_id, file=file, row=row, found=found, expected=expected, remedy=remedy)
