"""MMEW, the micro-expressions: 300 clips at 90 fps (Ben et al., IEEE TPAMI 2022).

Frames `Micro_Expression/<emotion>/<clip>/1.jpg`, in some copies with a folder per subject around or inside the emotion.
"""

import re
from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import Annotation, assemble, without_row
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import choose_frames, find_trees
from glfnet.databases.published_counts import PublishedCounts, count_differences
from glfnet.databases.sheets import Columns, SheetRow, read_sheet
from glfnet.labels import MMEW
from glfnet.samples.subjects import SubjectId

FPS = 90.0

_COLUMNS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "onset_frame": ("OnsetFrame", "Onset"),
    "apex_frame": ("ApexFrame", "Apex"),
    "offset_frame": ("OffsetFrame", "Offset"),
    "emotion": ("Estimated Emotion", "Emotion"),
}
_OPTIONAL: Columns = {"action_units": ("Action Units", "AU", "AUs")}
_EMOTION = "anger|contempt|disgust|fear|happiness|sadness|surprise|others?|repression"
_LEVELS = [(_EMOTION, r"S?\d+", r".*[-_].*"), (_EMOTION, ".+")]
_PUBLISHED = PublishedCounts(
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
)


def index_mmew(folder: Path, labels: Path, **options: Unpack[Options]) -> Index:
    """Index the micro-expressions of MMEW.

    Args:
        folder: of the unpacked database, or its `Micro_Expression`.
        labels: `MMEW_Micro_Exp.xlsx`.
        **options: see `Options`. MEB fixes apex and offset of 16 rows of its copy of the sheet, by row numbers that fit
            no other; rows out of order stop this function unless `exclude_faulty` is set.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL)
    annotations = [_annotation(row) for row in sheet.rows]
    # The macro-expressions beside them have folders of the same names.
    trees = find_trees(folder, _LEVELS, lambda names: names[-1].strip().lower(), skip="macro")
    frames = choose_frames(MMEW, folder, trees, options.get("layout"), "disgust/S01-02-001/1.jpg")
    notes = [*sheet.skipped, *without_row(MMEW, annotations, frames)]
    index = assemble(MMEW, labels, annotations, frames, fps=FPS, notes=notes, **options)
    return Index(index.clips, (*count_differences(MMEW, _PUBLISHED, index.clips), *index.notes), index.corrections)


def _annotation(row: SheetRow) -> Annotation:
    number = re.search(r"\d+$", row.cells["subject"])
    subject = SubjectId(MMEW, f"S{int(number.group()):02d}" if number else row.cells["subject"])
    clip = row.cells["clip"]
    return Annotation(subject=subject, clip=clip, key=clip.lower(), row=row.row, fields=row.cells)


DATABASE = Database(
    name=MMEW,
    index=index_mmew,
    published={MMEW: _PUBLISHED},
)
