"""CASME: 193 clips at 60 fps, in the sections A and B (Yan et al., FG 2013).

Frames `CASME_A/Section A/sub01/EP01_12/EP01_12-73.jpg` or `img73.jpg`. The peak has a first and a last frame, ApexF1
and ApexF2; the first one is the apex here (ours), since every row has it. The columns Onset and Total are milliseconds.
"""

from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import assemble, named_annotation, without_row
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import choose_frames, find_trees
from glfnet.databases.published_counts import PublishedCounts, count_differences
from glfnet.databases.sheets import Columns, read_sheet
from glfnet.labels import CASME
from glfnet.samples.subjects import subject_id

FPS = 60.0

_COLUMNS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "onset_frame": ("OnsetF",),
    "apex_frame": ("ApexF1",),
    "offset_frame": ("OffsetF",),
    "emotion": ("Emotion", "Estimated Emotion"),
}
_OPTIONAL: Columns = {"action_units": ("AU", "AUs", "Action Units")}
_LEVELS = [(r"sub\d+", r"EP\d+\S*")]
_PUBLISHED = PublishedCounts(
    clips=193,  # the sheet names other emotions than the paper, so there are no counts of them to compare with
    source="sheet of 2019-07-21; Yan et al., CASME database, FG 2013, prints 195",
)


def index_casme(folder: Path, labels: Path, **options: Unpack[Options]) -> Index:
    """Index CASME.

    Args:
        folder: of the unpacked database, with both sections, or of one of them.
        labels: `CASME-coded-20190721.xls`; or the sheet of one section, of which the index then is.
        **options: see `Options`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL)
    annotations = [named_annotation(CASME, row, _key) for row in sheet.rows]
    trees = find_trees(folder, _LEVELS, lambda names: _key(*names))
    frames = choose_frames(CASME, folder, trees, options.get("layout"), "sub01/EP01_12/EP01_12-73.jpg")
    notes = [*sheet.skipped, *without_row(CASME, annotations, frames)]
    index = assemble(CASME, labels, annotations, frames, fps=FPS, notes=notes, **options)
    return Index(index.clips, (*count_differences(CASME, _PUBLISHED, index.clips), *index.notes), index.corrections)


def _key(subject: str, clip: str) -> str:
    return f"{subject_id(CASME, subject).name}/{clip.strip()}".lower()


DATABASE = Database(
    name=CASME,
    index=index_casme,
    published={CASME: _PUBLISHED},
)
