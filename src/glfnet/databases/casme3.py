"""CAS(ME)3, part A: 860 clips, 30 fps (Li et al., IEEE TPAMI 2023).

One video holds several clips, so a clip's name is the video's letter and the onset as the sheet has it: `a_355`. Frames
`spNO.1/a/color/355.jpg`, whole videos; about a tenth of the clips lack frames.
"""

import re
from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import Annotation, assemble
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import choose_frames, find_trees
from glfnet.databases.published_counts import PublishedCounts, count_differences
from glfnet.databases.sheets import Columns, SheetRow, read_sheet
from glfnet.labels import CASME3
from glfnet.samples.subjects import SubjectId

FPS = 30.0

_COLUMNS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "onset_frame": ("Onset", "OnsetFrame"),
    "apex_frame": ("Apex", "ApexFrame"),
    "offset_frame": ("Offset", "OffsetFrame"),
    "emotion": ("emotion", "Estimated Emotion"),
}
_OPTIONAL: Columns = {"action_units": ("AU", "AUs", "Action Units")}
_SUBJECT = r"(?:sp)?(?:NO\.?)?\d+"
LEVELS = [(_SUBJECT, r"[a-z]\d*", "colou?r"), (_SUBJECT, r"[a-z]\d*")]
_PUBLISHED = PublishedCounts(clips=860, source="part A, sheet JpgIndex v2 (Li et al., CAS(ME)3, IEEE TPAMI 2023)")


def index_casme3(folder: Path, labels: Path, **options: Unpack[Options]) -> Index:
    """Index part A of CAS(ME)3.

    Args:
        folder: of the unpacked part A, or of its frames.
        labels: `cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx`.
        **options: see `Options`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL, prefer="label")
    annotations = [_annotation(row) for row in sheet.rows]
    trees = find_trees(folder, LEVELS, lambda names: video_key(names[0], names[1]))
    frames = choose_frames(CASME3, folder, trees, options.get("layout"), "spNO.1/a/color/355.jpg")
    index = assemble(CASME3, labels, annotations, frames, fps=FPS, notes=sheet.skipped, **options)
    return Index(index.clips, (*count_differences(CASME3, _PUBLISHED, index.clips), *index.notes), index.corrections)


def _annotation(row: SheetRow) -> Annotation:
    subject = SubjectId(CASME3, subject_name(row.cells["subject"]))
    video = row.cells["clip"].strip()
    return Annotation(
        subject=subject,
        clip=f"{video.lower()}_{row.cells['onset_frame']}",  # a video's letter is a capital in some rows
        key=video_key(subject.name, video),
        row=row.row,
        fields=row.cells,
    )


def subject_name(written: str) -> str:
    """Return `spNO.1` for all ways in which sheets and folders write it: spNO.1, NO.1, 1."""
    number = re.search(r"\d+$", written.strip())
    return f"spNO.{int(number.group())}" if number else written.strip()


def video_key(subject: str, video: str) -> str:
    """Return the key of a video, spNO.1/a, for all ways in which sheets and folders write it."""
    return f"{subject_name(subject)}/{video.strip().lower()}"


DATABASE = Database(
    name=CASME3,
    index=index_casme3,
    published={CASME3: _PUBLISHED},
)
