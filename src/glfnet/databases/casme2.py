"""CASME II: 255 clips of 26 people, 200 fps (Yan et al., PLoS ONE 2014).

Frames `CASME2_RAW_selected/sub01/EP02_01f/img46.jpg`, cropped `Cropped/sub01/EP02_01f/reg_img46.jpg`.
"""

from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import assemble, named_annotation, without_row
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import choose_frames, find_trees
from glfnet.databases.published_counts import PublishedCounts, count_differences
from glfnet.databases.sheets import Columns, read_sheet
from glfnet.labels import CASME2
from glfnet.samples.five_classes import CLIP_COUNTS
from glfnet.samples.subjects import subject_id

FPS = 200.0

_COLUMNS: Columns = {
    "subject": ("Subject", "sub"),
    "clip": ("Filename", "File name"),
    "onset_frame": ("OnsetFrame", "Onset"),
    "apex_frame": ("ApexFrame", "Apex"),
    "offset_frame": ("OffsetFrame", "Offset"),
    "emotion": ("Estimated Emotion", "Emotion"),
}
_OPTIONAL: Columns = {"action_units": ("Action Units", "AU", "AUs")}
_LEVELS = [(r"sub\d+", r"EP\d+\S*")]
_KEPT = "keep_left_out is no longer needed: an index keeps every clip; what MEGC2019 leaves out, the protocol cde does."
_PUBLISHED = PublishedCounts(
    clips=255,
    subjects=26,
    emotions={**CLIP_COUNTS[CASME2], "sadness": 7, "fear": 2},
    source="sheet of 2014-05-08 (Yan et al., CASME II, PLoS ONE 2014, prints 247 clips of five classes)",
)


def index_casme2(folder: Path, labels: Path, *, keep_left_out: bool = False, **options: Unpack[Options]) -> Index:
    """Index CASME II.

    Args:
        folder: of the unpacked database, or of its raw or cropped frames.
        labels: `CASME2-coding-20140508.xlsx` or a newer version.
        keep_left_out: of no effect: every clip is kept. What MEGC2019 leaves out, its protocol leaves out.
        **options: see `Options`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL)
    annotations = [named_annotation(CASME2, row, _key) for row in sheet.rows]
    trees = find_trees(folder, _LEVELS, lambda names: _key(*names))
    frames = choose_frames(CASME2, folder, trees, options.get("layout"), "sub01/EP02_01f/img46.jpg")
    notes = [_KEPT] if keep_left_out else []
    notes += [*sheet.skipped, *without_row(CASME2, annotations, frames)]
    index = assemble(CASME2, labels, annotations, frames, fps=FPS, notes=notes, **options)
    return Index(index.clips, (*count_differences(CASME2, _PUBLISHED, index.clips), *index.notes), index.corrections)


def _key(subject: str, clip: str) -> str:
    return f"{subject_id(CASME2, subject).name}/{clip.strip()}".lower()


DATABASE = Database(
    name=CASME2,
    index=index_casme2,
    published={CASME2: _PUBLISHED},
    own_settings=("keep_left_out",),
)
