"""DFME, training part: 1,856 clips at 200, 300 or 500 fps (Zhao et al., arXiv 2301.00985).

Frames `sub0003_01/00109.png`; the frame rate stands in each row. Parts in several folders are read together.
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
from glfnet.labels import DFME
from glfnet.samples.subjects import SubjectId

_COLUMNS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "onset_frame": ("OnsetFrame", "Onset"),
    "apex_frame": ("ApexFrame", "Apex"),
    "offset_frame": ("OffsetFrame", "Offset"),
    "emotion": ("Emotion", "Estimated Emotion"),
    "fps": ("Fps", "Frame rate"),
}
_OPTIONAL: Columns = {"action_units": ("AU", "AUs", "Action Units")}
_CLIP = r"sub\d+_\d+"
_LEVELS = [(_CLIP,), (r"sub\d+", _CLIP)]
_PUBLISHED = PublishedCounts(clips=1856, source="training part (Zhao et al., DFME, arXiv 2301.00985)")


def index_dfme(folder: Path, labels: Path, **options: Unpack[Options]) -> Index:
    """Index DFME.

    Args:
        folder: of the unpacked database, or of its frames.
        labels: the sheet of the training part, with the column Fps.
        **options: see `Options`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL)
    annotations = [_annotation(row) for row in sheet.rows]
    trees = find_trees(folder, _LEVELS, lambda names: names[-1].strip().lower())
    frames = choose_frames(DFME, folder, trees, options.get("layout"), "sub0003_01/00109.png")
    notes = [*sheet.skipped, *without_row(DFME, annotations, frames)]
    index = assemble(DFME, labels, annotations, frames, fps=0.0, notes=notes, **options)
    return Index(index.clips, (*count_differences(DFME, _PUBLISHED, index.clips), *index.notes), index.corrections)


def _annotation(row: SheetRow) -> Annotation:
    number = re.search(r"\d+$", row.cells["subject"])
    subject = SubjectId(DFME, f"sub{int(number.group()):04d}" if number else row.cells["subject"])
    clip = row.cells["clip"]
    return Annotation(subject=subject, clip=clip, key=clip.lower(), row=row.row, fields=row.cells)


DATABASE = Database(
    name=DFME,
    index=index_dfme,
    published={DFME: _PUBLISHED},
)
