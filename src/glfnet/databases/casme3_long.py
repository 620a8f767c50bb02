"""CAS(ME)3, part A, as long videos: 943 micro- and 3,143 macro-expressions, 30 fps (Li et al., IEEE TPAMI 2023).

Frames as for the clips of part A: `spNO.1/a/color/355.jpg`. The sheet names video, frames, action units and type of
each interval, and no emotions. An interval is called after its video and its onset: `a_355`.
"""

from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import Annotation
from glfnet.databases.casme3 import FPS, LEVELS, subject_name, video_key
from glfnet.databases.database import Database
from glfnet.databases.index import Options
from glfnet.databases.long_videos.assemble_intervals import PublishedIntervals, Sheet, assemble_intervals
from glfnet.databases.long_videos.find_videos import find_videos
from glfnet.databases.long_videos.interval_row import LongVideoIndex
from glfnet.databases.sheets import Columns, SheetRow, read_sheet
from glfnet.labels import CASME3_LONG
from glfnet.samples.subjects import SubjectId

_COLUMNS: Columns = {
    "subject": ("Subject",),
    "clip": ("Filename", "File name"),
    "onset_frame": ("Onset", "OnsetFrame"),
    "apex_frame": ("Apex", "ApexFrame"),
    "offset_frame": ("Offset", "OffsetFrame"),
    "kind": ("Expression type", "Type"),
}
_OPTIONAL: Columns = {"action_units": ("AU", "AUs", "Action Units"), "emotion": ("emotion", "Estimated Emotion")}
_PUBLISHED = PublishedIntervals(
    micro=943, macro=3143, videos=1300, subjects=100, source="part A (Li et al., CAS(ME)3, IEEE TPAMI 2023)"
)


def index_casme3_long(folder: Path, labels: Path, **options: Unpack[Options]) -> LongVideoIndex:
    """Index the long videos of CAS(ME)3's part A.

    Args:
        folder: of the unpacked part A, or of its frames.
        labels: `CAS(ME)3_part_A_v2.xls`, of micro- and macro-expressions.
        **options: see `Options`; `layout` may also be `video`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
    """
    read = read_sheet(labels, _COLUMNS, _OPTIONAL)
    frames = find_videos(
        CASME3_LONG, folder, LEVELS, lambda names: video_key(names[0], names[1]), "spNO.1/a/color/355.jpg",
        options.get("layout"),
    )  # fmt: skip
    sheet = Sheet(
        database=CASME3_LONG, file=labels, annotations=[_annotation(row) for row in read.rows], fps=FPS,
        published=_PUBLISHED, subject_of=lambda key: SubjectId(CASME3_LONG, key.partition("/")[0]), notes=read.skipped,
    )  # fmt: skip
    return assemble_intervals(sheet, frames, **options)


def _annotation(row: SheetRow) -> Annotation:
    subject = SubjectId(CASME3_LONG, subject_name(row.cells["subject"]))
    video = row.cells["clip"].strip().lower()  # a video's letter is a capital in some rows
    return Annotation(
        subject=subject,
        clip=f"{video}_{row.cells['onset_frame']}",
        key=video_key(subject.name, video),
        row=row.row,
        fields=row.cells,
    )


DATABASE = Database(name=CASME3_LONG, index=index_casme3_long)
