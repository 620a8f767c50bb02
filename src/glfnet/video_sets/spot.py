"""Spot expressions in all long videos of a table, and score what was found: `glfnet spot`.

::

    OUT/spot.json        what the answers depend on; a second run must agree with it
    OUT/answers/VIDEO/   the answer about each video, as `glfnet predict` writes it, whole or not at all
    OUT/answers.csv      all expressions that were spotted, in the truth's frame numbers
    OUT/truth.csv        what the table says of the videos that have an answer
    OUT/spotting.csv, spotting.json   the scores
    OUT/megc_log.txt     the log that the challenges ask for
    OUT/report.html      all of it as a page
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glfnet import __version__
from glfnet.arguments import check_argument, given_number, given_path
from glfnet.errors import InputError
from glfnet.evaluation.run_folder import claim_folder
from glfnet.files import take_parts_away, write_whole
from glfnet.labels import MACRO, MICRO, THREE_CLASSES
from glfnet.path_kind import NOTHING, find_kind, missing
from glfnet.progress import Show, progress_of
from glfnet.report.spotting_files import spotting_csv, spotting_json
from glfnet.report.spotting_page import VideoLine, spotting_page
from glfnet.samples.sentences import counted
from glfnet.scores.spotting.answered_videos import AnsweredVideo, SpottingScores, score_answers
from glfnet.scores.spotting.expressions import matched_pairs
from glfnet.video_sets.answers import Failure, answer_folders, answer_video, answers_csv, is_answered, truth_csv
from glfnet.video_sets.expression_table import ExpressionTable, read_expression_table
from glfnet.video_sets.joined import joined
from glfnet.video_sets.megc_log import megc_log_text
from glfnet.video_sets.spotted import ANSWERS_TABLE, TRUTH_TABLE
from glfnet.workers import worked

if TYPE_CHECKING:
    from glfnet.recognition.settings import PredictionSettings

MARKER, LOG, PAGE = "spot.json", "megc_log.txt", "report.html"
_INDEX = "the path of a table of long videos, a .csv file, such as an index or truth.csv of `glfnet synth-video`"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotRun:
    """What `spot` has done.

    Attributes:
        folder: the run folder.
        scores: of the videos that have an answer.
        failed: videos that have none, and why.
        made, kept: how many answers were made now, and how many are from earlier.
        report: the page.
    """

    folder: Path
    scores: SpottingScores
    failed: tuple[Failure, ...]
    made: int
    kept: int
    report: Path


def spot(
    index: Path | str,
    out: Path | str,
    *,
    weights: Path | str | None = None,
    settings: "PredictionSettings | None" = None,
    jobs: int = 1,
    progress: bool | None = None,
    on_video: Show | None = None,
) -> SpotRun:
    """Spot expressions in all videos of a table, score them by database and kind, and write a report.

    A run that was stopped goes on where it was: a video that has an answer is not searched again. A truth that was
    corrected is only scored again.

    Args:
        index: a table of the videos and what is true of them: columns video, onset, offset and, where known, frames
            (file or folder of a video, from the table's folder on), database, subject, apex, kind, emotion, fps.
        out: the run folder: a new one, or one to resume.
        weights: see `predict`.
        settings: see `predict`.
        jobs: processes. The result does not depend on it.
        progress: whether a bar on stderr shows how many videos are done; None: in a terminal or notebook.
        on_video: is told how many videos are done, of how many.

    Returns:
        the scores, and what could not be answered.

    Raises:
        InputError: if the table cannot be read, no video can be answered, or `out` holds other things.
        RunFolderError: if `out` was made with other weights or settings.
        SettingsError: if an argument is of another type.
    """
    from glfnet.recognition.settings import PredictionSettings

    table, folder = given_path("index", index, _INDEX), given_path("out", out, "the path of the run folder")
    given_number("jobs", jobs, "how many of them at a time, 1 or more, such as os.cpu_count()", least=1)
    settings = PredictionSettings() if settings is None else settings
    expected = "settings, such as glfnet.PredictionSettings(faces='all')"
    check_argument("settings", settings, isinstance(settings, PredictionSettings), expected)
    if find_kind(table) is NOTHING:
        raise missing(table, "a table of long videos")
    truth = read_expression_table(table)
    _check_videos(truth)
    claim_folder(folder, MARKER, _identity(weights, settings), "spot run")
    take_parts_away(folder)
    folders = answer_folders(folder, truth.videos)
    waiting = [place for place, video in enumerate(truth.videos) if not is_answered(folders[place], video)]
    kept = len(truth.videos) - len(waiting)
    tasks = ((place, truth.videos[place], folders[place], weights, settings) for place in waiting)
    failures: dict[int, Failure] = {}
    with progress_of("videos", progress, told=on_video is not None) as show:
        show = on_video or show
        show(kept, len(truth.videos))
        for done, (place, failure) in enumerate(worked(answer_video, tasks, min(jobs, len(waiting) or 1)), start=1):
            if failure is not None:
                failures[place] = failure
            show(kept + done, len(truth.videos))
    answered = [place for place in range(len(truth.videos)) if place not in failures]
    failed = tuple(failures[place] for place in sorted(failures))
    if not answered:
        raise InputError(
            file=table, found=f"no video that can be read, such as: {failed[0].sentence}",
            expected="videos where the column frames, or video, says", remedy="Check the paths in the table.",
        )  # fmt: skip
    scores = _write(folder, truth, answered, folders, failed)
    return SpotRun(
        folder=folder, scores=scores, failed=failed, made=len(waiting) - len(failed), kept=kept, report=folder / PAGE
    )


def _check_videos(truth: ExpressionTable) -> None:
    if not any(video.frames.exists() for video in truth.videos):
        first = truth.videos[0].frames
        raise InputError(
            file=truth.file, found=f"no video at any place that it names, such as {first}",
            expected="a file or a folder of pictures for each video, in the column frames or video",
            remedy="Check the paths; they start from the table's folder.",
        )  # fmt: skip


def _identity(weights: Path | str | None, settings: "PredictionSettings") -> dict[str, Any]:
    """Return what decides an answer; the truth does not."""
    from glfnet.recognition.summary import model_summary
    from glfnet.recognition.weights import read_trained

    model = model_summary(read_trained(None if weights is None else Path(weights)))
    return {"glfnet": __version__, "weights": model.sha256, "settings": settings.sections()}


def _write(
    folder: Path, truth: ExpressionTable, answered: Sequence[int], folders: Sequence[Path], failed: Sequence[Failure]
) -> SpottingScores:
    """Write what follows from the answers: everything but them can be made again."""
    videos = tuple(truth.videos[place] for place in answered)
    of_them = [folders[place] for place in answered]
    from_0 = truth.counted_from_0 is True
    write_whole(folder / ANSWERS_TABLE, answers_csv(videos, of_them, from_0=from_0))
    write_whole(folder / TRUTH_TABLE, truth_csv(videos, from_0=from_0))
    given = ExpressionTable(file=truth.file, videos=videos, counted_from_0=truth.counted_from_0, notes=truth.notes)
    compared, notes = joined(given, [read_expression_table(folder / ANSWERS_TABLE)])
    if failed:
        names = ", ".join(failure.video for failure in failed)
        notes = (f"{counted(len(failed), 'video')} without an answer, in no score: {names}.", *notes)
    found = score_answers(compared, (MICRO, MACRO), THREE_CLASSES, named=(MICRO,))
    scores = SpottingScores(rows=found.rows, min_iou=found.min_iou, notes=notes)
    write_whole(folder / "spotting.csv", spotting_csv(scores))
    write_whole(folder / "spotting.json", spotting_json(scores))
    write_whole(folder / LOG, megc_log_text(compared, (MICRO, MACRO)))
    pages = {(one.database, one.subject, one.video): place / PAGE for one, place in zip(videos, of_them, strict=True)}
    lines = [_line(one, pages[one.database, one.subject, one.video].relative_to(folder).as_posix()) for one in compared]
    write_whole(folder / PAGE, spotting_page(scores, truth.file.name, lines))
    return scores


def _line(video: AnsweredVideo, link: str) -> VideoLine:
    counts = []
    for kind in (MICRO, MACRO):
        true, spotted = ([one for one in side if one.kind == kind] for side in (video.true, video.spotted))
        counts.append((len(true), len(matched_pairs(spotted, true)), len(spotted)))
    name = "/".join(part for part in (video.database, video.subject, video.video) if part)
    return VideoLine(name=name, link=link, micro=counts[0], macro=counts[1])
