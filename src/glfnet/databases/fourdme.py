"""4DME, the grey videos: 267 clips at 60 fps (Li et al., IEEE TAC 2023).

Frames `gray_micro/<sub_ID>/<fold_name>/...`, cropped `gray_micro_crop/...`. A clip may have several emotions; the
index has them in the sheet's order, joined by `+`.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import Annotation, assemble, without_row
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import choose_frames, find_trees
from glfnet.databases.published_counts import PublishedCounts, count_differences
from glfnet.databases.sheets import Columns, SheetRow, read_sheet
from glfnet.labels import FOURDME
from glfnet.samples.subjects import SubjectId

FPS = 60.0

_COLUMNS: Columns = {
    "subject": ("sub_ID", "Subject"),
    "clip": ("fold_name", "Filename"),
    "onset_frame": ("Onset", "OnsetFrame"),
    "apex_frame": ("Apex", "ApexFrame"),
    "offset_frame": ("Offset", "OffsetFrame"),
    "emotion": ("Emotion", "Estimated Emotion"),
}
_OPTIONAL: Columns = {"action_units": ("AUs", "AU", "Action Units")}
_PUBLISHED = PublishedCounts(clips=267, source="Li et al., 4DME, IEEE TAC 2023")


def index_fourdme(folder: Path, labels: Path, *, fps: float = FPS, **options: Unpack[Options]) -> Index:
    """Index 4DME.

    Args:
        folder: of the unpacked database, or of one kind of video, such as `gray_micro`.
        labels: `4DME_Labelling_Micro_release v1.xlsx`.
        fps: frames per second of that kind of video: 60 for the grey ones, 30 for colour and depth.
        **options: see `Options`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL)
    annotations = [_annotation(row) for row in sheet.rows]
    # Subjects and clips have no pattern that we know for certain, so folders are looked for by the sheet's own names.
    subjects = _one_of(row.cells["subject"] for row in sheet.rows)
    clips = _one_of(row.cells["clip"] for row in sheet.rows)
    trees = find_trees(folder, [(subjects, clips), (clips,)], lambda names: names[-1].strip().lower(), skip="macro")
    frames = choose_frames(FOURDME, folder, trees, options.get("layout"), "<sub_ID>/<fold_name>/<number>.jpg")
    notes = [*sheet.skipped, *without_row(FOURDME, annotations, frames)]
    index = assemble(FOURDME, labels, annotations, frames, fps=fps, notes=notes, **options)
    return Index(index.clips, (*count_differences(FOURDME, _PUBLISHED, index.clips), *index.notes), index.corrections)


def _annotation(row: SheetRow) -> Annotation:
    clip = row.cells["clip"]
    fields = dict(row.cells) | {"emotion": "+".join(_emotions(row.cells["emotion"]))}
    subject = SubjectId(FOURDME, row.cells["subject"])
    return Annotation(subject=subject, clip=clip, key=clip.lower(), row=row.row, fields=fields)


def _emotions(written: str) -> list[str]:
    """Return the emotions of a cell such as `Positive, Surprise` or `Negative/Repression`."""
    return [word.strip() for word in re.split(r"[+,/;&|]|\band\b", written) if word.strip()]


def _one_of(names: Iterable[str]) -> str:
    return "|".join(sorted({re.escape(name) for name in names}))


DATABASE = Database(
    name=FOURDME,
    index=index_fourdme,
    published={FOURDME: _PUBLISHED},
    also_called=("4dme",),
)
