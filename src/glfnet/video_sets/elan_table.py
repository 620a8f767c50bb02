"""An ELAN file as a table of expressions: what its tier `person` says, or `machine` where there is none."""

from pathlib import Path

from glfnet.coding.read import ELAN_SUFFIX, read_coding_file
from glfnet.labels import MICRO, THREE
from glfnet.scores.spotting.expressions import Expression
from glfnet.video_sets.expression_table import ExpressionTable, TableVideo


def is_elan_file(path: Path) -> bool:
    """Return whether a file is one of ELAN, by its name."""
    return path.suffix.lower() == ELAN_SUFFIX and path.is_file()


def read_elan_table(path: Path, fps: float | None) -> ExpressionTable:
    """Read an ELAN file; what it does not call a macro-expression is a micro-expression.

    Args:
        path: the file. Its video has the name of the medium that it is linked to, or else its own.
        fps: frames per second, where the file does not have them.

    Raises:
        InputError: as `glfnet.coding.elan.read.read_elan`.
    """
    (found,) = read_coding_file(path, fps)
    expressions = []
    for one in found.intervals:
        place = THREE.find_class("", one.emotion)
        expressions.append(
            Expression(
                onset_index=one.onset, apex_index=one.apex, offset_index=one.offset, kind=one.kind or MICRO,
                emotion=None if place is None else THREE.classes[place],
            )
        )  # fmt: skip
    name = Path(found.video).stem or path.stem
    video = TableVideo(
        database="", subject="", video=name, frames=path.absolute().parent / (found.video or name),
        fps=found.fps or fps or 0.0, first_frame=0, expressions=expressions,
    )  # fmt: skip
    return ExpressionTable(file=path, videos=(video,), counted_from_0=True, notes=())
