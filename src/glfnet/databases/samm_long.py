"""SAMM Long Videos: 147 videos of 30 people, 343 macro- and 159 micro-movements, grey, 200 fps (Yap et al., FG 2020).

Frames `SAMM_longvideos/006_1/006_1_0001.jpg`, numbers of four or five digits; cropped in a folder with "crop" in its
name. The sheet has ten rows of preamble and no emotions; those of the micro-movements are in SAMM's own sheet, under
the same names.
"""

from dataclasses import replace
from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import Annotation
from glfnet.databases.database import Database
from glfnet.databases.index import Options
from glfnet.databases.long_videos.assemble_intervals import PublishedIntervals, Sheet, assemble_intervals, kind_of
from glfnet.databases.long_videos.find_videos import find_videos
from glfnet.databases.long_videos.interval_row import LongVideoIndex
from glfnet.databases.sheets import Columns, SheetRow, read_sheet
from glfnet.labels import MICRO, SAMM_LONG
from glfnet.samples.sentences import counted, counted_few
from glfnet.samples.subjects import SubjectId, subject_id

FPS = 200.0

_COLUMNS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "onset_frame": ("Onset", "Onset Frame"),
    "apex_frame": ("Apex", "Apex Frame"),
    "offset_frame": ("Offset", "Offset Frame"),
    "kind": ("Type",),
}
_OPTIONAL: Columns = {"action_units": ("Action Units", "AU", "AUs")}
_EMOTIONS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "emotion": ("Estimated Emotion", "Emotion"),
}
_LEVELS = [(r"\d{1,3}_\d+",)]
_SHOWN = 10
_PUBLISHED = PublishedIntervals(
    micro=159, macro=343, videos=147, subjects=30, source="Yap et al., SAMM Long Videos, FG 2020, and MEGC2020"
)


def index_samm_long(
    folder: Path, labels: Path, *, emotions: Path | None = None, **options: Unpack[Options]
) -> LongVideoIndex:
    """Index SAMM Long Videos.

    Args:
        folder: of the unpacked database, or of its pictures.
        labels: `SAMM_LongVideos_V2_Release.xlsx` or another version, with its preamble, or a copy without.
        emotions: SAMM's own sheet, `SAMM_Micro_FACS_Codes_v2.xlsx`, which has the emotions of the micro-movements.
        **options: see `Options`; `layout` may also be `video`.

    Raises:
        InputError: if a sheet or frames are not found or not as expected; all bad rows at once.
    """
    read = read_sheet(labels, _COLUMNS, _OPTIONAL, prefer="FACS_Movement_Only")
    annotations = [_annotation(row) for row in read.rows]
    notes = list(read.skipped)
    if emotions is not None:
        annotations, said = _with_emotions(annotations, emotions)
        notes += said
    frames = find_videos(SAMM_LONG, folder, _LEVELS, _folder_key, "006_1/006_1_0001.jpg", options.get("layout"))
    sheet = Sheet(
        database=SAMM_LONG, file=labels, annotations=annotations, fps=FPS, published=_PUBLISHED,
        subject_of=lambda key: _subject(key.partition("/")[0]), notes=notes,
    )  # fmt: skip
    return assemble_intervals(sheet, frames, **options)


def _annotation(row: SheetRow) -> Annotation:
    subject = _subject(row.cells["subject"])
    number = row.cells["clip"].split("_")[1:2]  # `006_1_2` is the second movement in video 1 of person 006
    return Annotation(
        subject=subject,
        clip=row.cells["clip"],
        key="/".join([subject.name, "_".join([subject.name, *number])]),
        row=row.row,
        fields=row.cells,
    )


def _with_emotions(annotations: list[Annotation], file: Path) -> tuple[list[Annotation], list[str]]:
    """Give the micro-movements the emotions that SAMM's own sheet has under their names."""
    rows = read_sheet(file, _EMOTIONS, prefer="MICRO_ONLY").rows
    found = {(_subject(row.cells["subject"]), row.cells["clip"]): row.cells["emotion"] for row in rows}
    micro = [a for a in annotations if kind_of(a.fields["kind"]) == MICRO]
    named = {(a.subject, a.clip): found.get((a.subject, a.clip), "") for a in micro}
    without = [f"{subject.name}/{clip}" for (subject, clip), emotion in named.items() if not emotion]
    notes = [f"{SAMM_LONG}: {counted(sum(map(bool, named.values())), 'emotion')} from {file.name}."]
    if without:
        notes.append(f"{SAMM_LONG}: {counted_few(without, 'micro-expression', _SHOWN)} without an emotion there.")
    with_emotions = [
        replace(a, fields={**a.fields, "emotion": named[a.subject, a.clip]}) if a in micro else a for a in annotations
    ]
    return with_emotions, notes


def _folder_key(names: tuple[str, ...]) -> str:
    """Return `006/006_1` of the folder `006_1`."""
    number, _, video = names[0].strip().partition("_")
    subject = _subject(number).name
    return f"{subject}/{subject}_{video}"


def _subject(written: str) -> SubjectId:
    return subject_id(SAMM_LONG, written)


DATABASE = Database(
    name=SAMM_LONG,
    index=index_samm_long,
    also_called=("sammlv", "samm-lv", "samm_lv"),
    own_settings=("emotions",),
)
