"""A run of `glfnet spot` read back: what is true of its videos, and what was spotted in them."""

import shlex
from pathlib import Path

from glfnet.arguments import given_path
from glfnet.errors import InputError
from glfnet.labels import MACRO, MICRO, THREE_CLASSES
from glfnet.path_kind import SPOT_RUN, check_kind
from glfnet.scores.spotting.answered_videos import AnsweredVideo, SpottedVideos
from glfnet.video_sets.expression_table import ExpressionTable, read_expression_table
from glfnet.video_sets.joined import joined

ANSWERS_TABLE, TRUTH_TABLE = "answers.csv", "truth.csv"
SCORED_KINDS = (MICRO, MACRO)
_RUN = "the folder of a run of `glfnet spot`"


def read_spotted(run: Path | str) -> SpottedVideos:
    """Read what a run of `spot` has found, and what is true of its videos: what `compare_runs` takes.

    Args:
        run: its folder.

    Raises:
        InputError: if it is no such run, or one that has not ended, or was made before a run kept its truth.
        SettingsError: if the argument is of another type.
    """
    folder = given_path("run", run, f"the path of {_RUN}")
    check_kind(folder, (SPOT_RUN,), _RUN)
    truth, answers = (_table(folder, name) for name in (TRUTH_TABLE, ANSWERS_TABLE))
    return spotted_videos(joined(truth, [answers])[0])


def _table(folder: Path, name: str) -> ExpressionTable:
    command = f"glfnet spot TABLE --out {shlex.quote(str(folder))}"
    again = "videos that have an answer are not searched again."
    if not (folder / name).is_file():
        raise InputError(
            file=folder, found=f"a run of `glfnet spot` without {name}", expected="a run that has ended",
            remedy=f"`{command}` goes on with it, and writes the file; {again}",
        )  # fmt: skip
    try:
        return read_expression_table(folder / name)
    except InputError as error:
        raise InputError(
            file=folder / name, found="a table that was damaged or changed", expected="it as `glfnet spot` wrote it",
            remedy=f"`{command}` writes it again; {again}",
        ) from error  # fmt: skip


def spotted_videos(videos: list[AnsweredVideo]) -> SpottedVideos:
    """Return videos with what all of this room's scores are made by."""
    return SpottedVideos(videos=tuple(videos), kinds=SCORED_KINDS, classes=THREE_CLASSES, named=(MICRO,))
