"""SAMM: 159 clips of 29 people, grey, 200 fps (Davison et al., IEEE TAC 2018).

Frames `006/006_1_2/006_05562.jpg`, numbers of four or five digits; cropped in a folder with "crop" in its name.
"""

from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import assemble, named_annotation, without_row
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import choose_frames, find_trees
from glfnet.databases.published_counts import PublishedCounts, count_differences
from glfnet.databases.sheets import Columns, read_sheet
from glfnet.labels import SAMM
from glfnet.samples.five_classes import CLIP_COUNTS
from glfnet.samples.subjects import subject_id

FPS = 200.0

_COLUMNS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "onset_frame": ("Onset Frame", "Onset"),
    "apex_frame": ("Apex Frame", "Apex"),
    "offset_frame": ("Offset Frame", "Offset"),
    "emotion": ("Estimated Emotion", "Emotion"),
}
_OPTIONAL: Columns = {"action_units": ("Action Units", "AU", "AUs")}
_LEVELS = [(r"\d{1,3}", r"\d{1,3}_\d+_\d+")]
_PUBLISHED = PublishedCounts(
    clips=159,
    subjects=29,
    emotions={**CLIP_COUNTS[SAMM], "disgust": 9, "fear": 8, "sadness": 6},
    source="Davison et al., SAMM, IEEE TAC 2018, and its sheet",
)


def index_samm(folder: Path, labels: Path, **options: Unpack[Options]) -> Index:
    """Index SAMM (the short clips, not the long videos).

    Args:
        folder: of the unpacked database, or of its raw or cropped frames.
        labels: `SAMM_Micro_FACS_Codes_v2.xlsx`, with its preamble, or a copy without.
        **options: see `Options`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL, prefer="MICRO_ONLY")
    annotations = [named_annotation(SAMM, row, _key) for row in sheet.rows]
    trees = find_trees(folder, _LEVELS, lambda names: _key(*names))
    frames = choose_frames(SAMM, folder, trees, options.get("layout"), "006/006_1_2/006_05562.jpg")
    notes = [*sheet.skipped, *without_row(SAMM, annotations, frames)]
    index = assemble(SAMM, labels, annotations, frames, fps=FPS, notes=notes, **options)
    return Index(index.clips, (*count_differences(SAMM, _PUBLISHED, index.clips), *index.notes), index.corrections)


def _key(subject: str, clip: str) -> str:
    return f"{subject_id(SAMM, subject).name}/{clip.strip()}"


DATABASE = Database(
    name=SAMM,
    index=index_samm,
    published={SAMM: _PUBLISHED},
)
