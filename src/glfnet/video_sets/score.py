"""Score what was spotted in long videos, ours or anybody's: `glfnet score`."""

from pathlib import Path

from glfnet.arguments import check_argument, given_path
from glfnet.errors import InputError, SettingsError
from glfnet.labels import MICRO, THREE_CLASSES
from glfnet.path_kind import ANSWER, FILE, FOLDER, SPOT_RUN, TABLE, check_kind
from glfnet.scores.spotting.answered_videos import SpottingScores, score_answers
from glfnet.scores.spotting.expressions import MIN_IOU
from glfnet.video_sets.elan_table import is_elan_file, read_elan_table
from glfnet.video_sets.expression_table import ExpressionTable, read_expression_table
from glfnet.video_sets.joined import joined
from glfnet.video_sets.megc_log import is_megc_log, read_megc_log
from glfnet.video_sets.spotted import ANSWERS_TABLE, SCORED_KINDS

_LOG = "the log of a challenge, which holds both truth and answers"
_TRUTH = "a CSV table of true expressions, or a file of ELAN (.eaf)"
_ANSWERS = (
    "a CSV table of spotted expressions, a file of ELAN (.eaf), or a folder of answers of `glfnet predict` or "
    "`glfnet spot`"
)
_OF_LOG: tuple[str, ...] = (
    "`as marked` counts what the log itself has marked. Below it is our matching: each answer is right for at most one "
    "truth. A log does not say which intervals are micro-expressions, which its makers knew, so the two differ.",
)


def score(
    truth: Path | str, answers: Path | str | None = None, *, min_iou: float = MIN_IOU, fps: float | None = None
) -> SpottingScores:
    """Score what was spotted in long videos: precision, recall, F1, apex error and STRS, with intervals.

    An answer is right for at most one truth, whose frames it shares to `min_iou`; as many are made right as can be.

    Args:
        truth: a log of MEGC, which holds the answers, too; or a CSV table with the columns video, onset, offset and,
            where known, database, subject, apex, kind and emotion, such as `truth.csv` of `glfnet synth-video`; or an
            ELAN file with the tiers of `docs/web.md`.
        answers: such a table or file, a folder of `glfnet predict`'s answers, or the run of `spot`; None for a log.
        min_iou: frames in both over frames in either from which on an answer is right.
        fps: frames per second of the videos of ELAN files, where these do not have them.

    Returns:
        a row for each database and kind of expression, and notes that should be read.

    Raises:
        InputError: if a file cannot be read or holds a line that is none, or they have no video in common.
        SettingsError: if an argument is of another type or out of range.
    """
    first = given_path("truth", truth, f"the path of {_LOG}, or of {_TRUTH}")
    second = None if answers is None else given_path("answers", answers, f"the path of {_ANSWERS}")
    expected = "a share of frames, over 0 and at most 1"
    check_argument("min_iou", min_iou, isinstance(min_iou, int | float) and 0 < min_iou <= 1, expected)
    check_argument("fps", fps, fps is None or (isinstance(fps, int | float) and fps > 0), "a number above 0, or None")
    if second is None:
        check_kind(first, (FILE, TABLE), _LOG)
        if not is_megc_log(first):
            remedy = "If these are the truths alone, name the answers, too."
            raise InputError(file=first, found="something else", expected=_LOG, remedy=remedy)
        videos, notes = read_megc_log(first), _OF_LOG
    else:
        videos, notes = joined(_table(first, _TRUTH, fps), _answers(second, fps))
    scores = score_answers(videos, SCORED_KINDS, THREE_CLASSES, named=(MICRO,), min_iou=min_iou)
    return SpottingScores(rows=scores.rows, min_iou=min_iou, notes=(*notes, *scores.notes))


def _table(path: Path, expected: str, fps: float | None) -> ExpressionTable:
    if is_elan_file(path):
        return read_elan_table(path, fps)
    if not path.is_file():  # of a file, whatever its columns are called, the reader says what is wrong
        check_kind(path, (ANSWER,), expected)
    elif is_megc_log(path):
        raise SettingsError(f"{path}: found a log beside another file; expected a log alone, or two other files.")
    return read_expression_table(path)


def _answers(path: Path, fps: float | None) -> list[ExpressionTable]:
    """Return the tables of answers: one file, all answers in a folder, or those of a run of `glfnet spot`."""
    if path.is_file():
        return [_table(path, _ANSWERS, fps)]
    kind = check_kind(path, (ANSWER, FOLDER, SPOT_RUN), _ANSWERS)
    if kind is not FOLDER:
        return [read_expression_table(path / ANSWERS_TABLE if kind is SPOT_RUN else path)]
    folders = sorted(file.parent for file in path.glob("*/intervals.csv") if (file.parent / "result.json").is_file())
    if not folders:
        raise InputError(file=path, found="a folder without answers", expected=_ANSWERS, remedy="Check the path.")
    return [read_expression_table(folder) for folder in folders]
