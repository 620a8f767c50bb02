"""One annotated clip of a recording: what every database module gives, and what flow is made from.

It lives on disk as one CSV row (`index_table.py`), so that a researcher can read, filter and correct it with any tool.
"""

from dataclasses import dataclass
from pathlib import Path

from glfnet.samples.subjects import SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One labelled clip. Frame numbers are the database's own, not indices.

    Attributes:
        subject: the person.
        clip: the clip's name as MEGC2019 or the database's ground truth has it.
        emotion: as written in the annotation; `labels.py` maps it.
        frames: folder of frame pictures, or a video file; absolute or relative to the index file.
        onset_frame: first frame of the movement.
        apex_frame: strongest frame; None where the database annotates none.
        offset_frame: last frame of the movement; None where the annotation has none (written 0 in some sheets).
        apex_estimated: whether `apex_frame` is our estimate and not the database's.
        fps: frames per second of the recording; 0.0 where it is not known.
        action_units: as written in the annotation, such as `4+R10`; empty if none.
        layout: which frames these are, such as `raw` or `cropped`.
        row: row of the annotation sheet, for messages; None where there is no sheet.
        excluded: why this clip is left out; empty if it counts. Nothing is dropped silently.
    """

    subject: SubjectId
    clip: str
    emotion: str
    frames: Path
    onset_frame: int
    apex_frame: int | None
    offset_frame: int | None
    apex_estimated: bool = False
    fps: float
    action_units: str = ""
    layout: str = "raw"
    row: int | None = None
    excluded: str = ""

    @property
    def sample_id(self) -> str:
        """The stable key of this clip: database/subject/clip."""
        return f"{self.subject}/{self.clip}"
