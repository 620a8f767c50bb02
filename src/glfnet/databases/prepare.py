"""From indexed clips to a store of flow maps, on many processes, stopped and taken up again at any time.

`flow.clip_flow` says how one clip's map is made. A clip without a face, or with missing or unreadable frames, becomes
a row of the store's index that says so. A worker handles one clip at a time, keeps it itself and sends one word back,
so memory does not grow with the number of clips.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glfnet.databases.clip import Clip
from glfnet.databases.index_table import read_index
from glfnet.errors import InputError, ShapeError
from glfnet.faces.alignment import crop_settings
from glfnet.faces.default_detector import DETECTOR_NAME, default_detector
from glfnet.files import is_there, take_parts_away
from glfnet.flow.apex import MIDDLE_RULE, middle_frames
from glfnet.flow.clip_flow import ALGORITHM, ClipExcludedError, make_clip_flow
from glfnet.flow.flow_map import shows_movement
from glfnet.flow.settings import FlowSettings
from glfnet.samples.flow_set import Sample
from glfnet.samples.problems import check_problems, duplicate_ids
from glfnet.samples.store.earlier import check_same_way, earlier_clips
from glfnet.samples.store.folder import Condition, FlowStore, StoreEntry, open_store
from glfnet.samples.store.index import IndexRow, read_store_index, write_store_index
from glfnet.samples.store.keys import entry_key, frames_digest, frames_stamp, settings_text
from glfnet.threads import processor_threads
from glfnet.video.frames import FrameFiles, find_frames
from glfnet.workers import worked

if TYPE_CHECKING:  # faces brings torch, for which a second run that has nothing to do must not wait
    from glfnet.faces.detector import FaceDetector


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run has done.

    Attributes:
        rows: the store's index, one row a clip.
        made: how many clips were made or excluded now; the others were there already.
        damaged: how many of them were there before, but damaged.
        kept: sample ids of rows that the store had before and that are not among the clips of this run.
        removed: sample ids of clips that were taken out of the store.
        still: sample ids of clips of this run whose map shows no movement at all.
        without_row: sample ids of clips that are made but have no row: a run with their index was
            stopped, or an earlier version took it out.
    """

    rows: tuple[IndexRow, ...]
    made: int
    damaged: int
    kept: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    without_row: tuple[str, ...] = ()

    def __repr__(self) -> str:
        excluded = sum(bool(row.entry.excluded) for row in self.rows)
        return f"Prepared(clips={len(self.rows)}, made={self.made}, damaged={self.damaged}, excluded={excluded})"


@dataclass(frozen=True, slots=True)
class _Job:
    """A clip with the frames it needs, or the reason why it can have no map."""

    clip: Clip
    frames: FrameFiles | None
    reason: str
    stamp: str


def read_clips(indexes: Sequence[Path]) -> list[Clip]:
    """Return the clips of several indexes, as `databases.index_table.write_index` wrote them.

    Raises:
        InputError: if an index is faulty or empty, a clip occurs twice, or the recordings of a whole index are not
            there, as on a disk that is not mounted: made maps must not be lost to that.
    """
    clips: list[Clip] = []
    places: list[str] = []
    for file in indexes:
        found = read_index(file)
        counted = [clip for clip in found if not clip.excluded]
        if not counted:
            raise InputError(
                file=file,
                found=f"no clip that counts; all {len(found)} are excluded",
                expected="one or more that are not",
                remedy="Look at the reasons in its column excluded, or make the index again.",
            )
        if not any(is_there(clip.frames) for clip in counted):
            raise InputError(
                file=file,
                found=f"no recording of any clip that counts ({len(counted)})",
                expected=f"recordings such as {counted[0].frames}",
                remedy="Check that the disk is there, or make the index again.",
            )
        clips += found
        places += [str(file)] * len(found)
    check_problems(Path(places[0]), duplicate_ids(Path(places[0]), (clip.sample_id for clip in clips), places))
    return clips


def frame_numbers(clip: Clip, settings: FlowSettings | None = None) -> Sequence[int]:
    """Return the numbers of the frames that a clip's map is made from, ascending.

    Onset and apex; where the apex is to be estimated, all from onset to offset, or, with the rule `middle`, onset and
    what lies in the middle.

    Raises:
        ClipExcludedError: if the index excludes the clip, its numbers are out of order, or neither is there an apex nor
            what it could be estimated from.
    """
    if clip.excluded:
        raise ClipExcludedError(clip.excluded)
    onset, apex, offset = clip.onset_frame, annotated_apex(clip), clip.offset_frame
    annotated = [number for number in (onset, clip.apex_frame, offset) if number is not None]
    if annotated != sorted(annotated):
        raise ClipExcludedError(f"frames out of order: onset {onset}, apex {clip.apex_frame}, offset {offset}")
    if apex is not None:
        return onset, apex
    if offset is None or offset - onset < 2:
        there = "no offset" if offset is None else f"onset {onset} and offset {offset} without a frame between them"
        raise ClipExcludedError(f"no apex annotated, and none can be estimated: {there}")
    if settings is not None and settings.apex == MIDDLE_RULE:
        return onset, *middle_frames(onset, offset, average=settings.average_apexes)
    return range(onset, offset + 1)


def annotated_apex(clip: Clip) -> int | None:
    """Return the apex frame, None where an annotation only repeats the onset: nothing has moved there yet."""
    return None if clip.apex_frame == clip.onset_frame else clip.apex_frame


def prepare(
    clips: Sequence[Clip],
    out: Path,
    settings: FlowSettings | None = None,
    *,
    jobs: int = 1,
    detector: "FaceDetector | None" = None,
    on_clip: Callable[[int, int], None] = lambda done, total: None,
    remove_missing: bool = False,
) -> Prepared:
    """Make the flow map of every clip that has none yet, and add the clips to the store's index.

    A clip that the index has already gets its new row; the others stay.

    The maps do not depend on `jobs`, on the order, or on how often the run was stopped and taken up again.

    Args:
        clips: every clip once; the excluded ones become rows with their reason.
        out: a new folder, or a store to resume or to add to.
        settings: how maps are made; the defaults if None.
        jobs: processes, each on one thread.
        detector: finds the faces, must be picklable if there are several processes; `faces.MtcnnDetector()` if None.
        on_clip: is called at the start and after each clip with the number of clips done and of all clips.
        remove_missing: whether clips of the same databases that are not among `clips` are taken out of the store.

    Raises:
        InputError: if `out` holds other things or cannot be written, maps that stay in it were made in another way, or
            the detector's weights are damaged.
    """
    settings = settings or FlowSettings()
    way = _way(settings, detector.name if detector else DETECTOR_NAME)
    store = open_store(out)
    take_parts_away(out)
    earlier = earlier_clips(store, {clip.sample_id for clip in clips}, remove_missing=remove_missing)
    check_same_way(store, earlier.kept, settings_text(way))
    tasks = [_job(clip, settings) for clip in clips]
    conditions = [_condition(store, job, way) for job in tasks]
    todo = [job for job, condition in zip(tasks, conditions, strict=True) if condition != "whole"]
    done, made = len(tasks) - len(todo), 0
    on_clip(done, len(tasks))
    arguments = ((job, store, settings, way, detector) for job in todo)
    for new in worked(_make, arguments, min(jobs, max(len(todo), 1))):
        done, made = done + 1, made + new
        on_clip(done, len(tasks))
    write_store_index(store, [_sample(clip) for clip in clips], earlier.kept)
    for sample_id in earlier.removed:
        store.remove(sample_id)
    rows = read_store_index(out)
    return Prepared(
        rows, made, Counter(conditions)["damaged"],
        kept=tuple(row.sample.sample_id for row in earlier.kept), removed=earlier.removed,
        still=tuple(_still(store, {clip.sample_id for clip in clips}, rows)),
        without_row=tuple(store.other_entries([row.sample.sample_id for row in rows])),
    )  # fmt: skip


def _still(store: FlowStore, sample_ids: Collection[str], rows: Iterable[IndexRow]) -> Iterator[str]:
    for row in rows:
        if row.entry.sample_id in sample_ids and not row.entry.excluded and not shows_movement(store.read(row.entry)):
            yield row.entry.sample_id


def _sample(clip: Clip) -> Sample:
    return Sample(subject=clip.subject, clip=clip.clip, emotion=clip.emotion, action_units=clip.action_units)


def _way(settings: FlowSettings, detector_name: str) -> dict[str, Any]:
    """Return all that a map depends on, besides its frames and what `store.keys` adds."""
    versions = {library: metadata.version(library) for library in ("pillow", "torch")}
    return {**settings.as_kept(), "detector": detector_name, "algorithm": ALGORITHM, **versions}


def _job(clip: Clip, settings: FlowSettings) -> _Job:
    try:
        frames = find_frames(clip.frames, frame_numbers(clip, settings))
    except (ClipExcludedError, InputError) as error:
        return _Job(clip, None, _reason(error), "")
    return _Job(clip, frames, "", frames_stamp(frames.files, frames.video_numbers))


def _condition(store: FlowStore, job: _Job, way: Mapping[str, Any]) -> Condition:
    digest = "" if job.frames is None else store.find_digest(job.clip.sample_id, job.stamp)
    # Without a digest no key fits, but a damaged entry can still be recognised.
    return store.condition(job.clip.sample_id, "" if digest is None else _key(job, digest, way))


def _key(job: _Job, digest: str, way: Mapping[str, Any]) -> str:
    clip = job.clip
    annotated = [clip.onset_frame, clip.apex_frame, clip.apex_estimated, clip.offset_frame]
    return entry_key(digest, {**way, "annotated": annotated, "excluded": job.reason})


def _make(
    job: _Job,
    store: FlowStore,
    settings: FlowSettings,
    way: Mapping[str, Any],
    detector: "FaceDetector | None",
) -> bool:
    """Put a clip into the store; return whether it was made, and not only found again under another path."""
    clip = job.clip
    crop = crop_settings(settings.crop, settings.crop_px)
    entry = StoreEntry(
        sample_id=clip.sample_id, key=_key(job, "", way), frames_digest="", frames_stamp=job.stamp,
        settings=settings_text(way), onset_frame=clip.onset_frame, apex_frame=annotated_apex(clip),
        apex_estimated=clip.apex_estimated, eye_distance_px=crop.eye_distance_px, excluded=job.reason,
    )  # fmt: skip
    if job.frames is None:
        store.put(entry, None)
        return True
    try:
        digest = frames_digest(job.frames.files, job.frames.video_numbers)
    except InputError as error:
        store.put(replace(entry, frames_stamp="", excluded=_reason(error)), None)
        return True
    entry = replace(entry, key=_key(job, digest, way), frames_digest=digest)
    found = store.find(clip.sample_id, entry.key)
    if found is not None:
        store.put(replace(found, frames_stamp=job.stamp), None if found.excluded else store.read(found))
        return False
    detector = detector or default_detector()
    try:
        with processor_threads():
            made = make_clip_flow(job.frames, settings, crop, detector)
    except (ClipExcludedError, InputError, ShapeError) as error:
        store.put(replace(entry, excluded=_reason(error)), None)
    else:
        estimated = clip.apex_estimated or made.apex_frame != annotated_apex(clip)
        entry = replace(entry, apex_frame=made.apex_frame, apex_estimated=estimated, averaged=made.averaged)
        store.put(entry, made.flow)
    return True


def _reason(error: Exception) -> str:
    """Return an error as the reason of an exclusion: one line, without the remedy or the folders of this machine."""
    text = f"{error.file.name}: {error.found}" if isinstance(error, InputError) else str(error)
    return " ".join(text.split())
