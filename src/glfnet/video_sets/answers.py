"""What was spotted in each video of a table: one answer folder a video, and all of them in one table.

The table counts frames as the truth does, so that `glfnet score INDEX answers.csv` can compare the two.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exc

from glfnet import __version__
from glfnet.errors import GlfnetError, InputError
from glfnet.labels import MACRO, MICRO
from glfnet.recognition.settings import PredictionSettings
from glfnet.samples.csv_lines import csv_text
from glfnet.video.frame_files import frame_files
from glfnet.video_sets.expression_table import TableVideo

ANSWERS = "answers"
_COPIED = ("onset_s", "apex_s", "offset_s", "strength_percent", "emotion")
_ENDS = ("onset", "apex", "offset")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a video has no answer."""

    video: str
    sentence: str


def answer_folders(out: Path, videos: Sequence[TableVideo]) -> list[Path]:
    """Return a folder for the answer about each video; names that would become equal are told apart by numbers."""
    names = ["_".join(part for part in (one.database, one.subject, one.video) if part) for one in videos]
    safe = [re.sub(r"[^\w.\-]+", "_", name) for name in names]
    seen: Counter[str] = Counter()
    folders = []
    for name in safe:
        seen[name.lower()] += 1
        folders.append(out / ANSWERS / (name if seen[name.lower()] == 1 else f"{name}~{seen[name.lower()]}"))
    return folders


def is_answered(folder: Path, video: TableVideo) -> bool:
    """Return whether there is a whole answer about a video."""
    try:
        return Path(json.loads((folder / "result.json").read_bytes())["recording"]["source"]).name == video.frames.name
    except (OSError, ValueError, KeyError, TypeError):
        return False


def answer_video(
    place: int, video: TableVideo, folder: Path, weights: Path | str | None, settings: PredictionSettings
) -> tuple[int, Failure | None]:
    """Search a video and write its answer, whole or not at all; whatever is wrong with it, the others go on.

    Args:
        place: of the video among all, given back.
        video: the video.
        folder: of its answer.
        weights: see `recognition.predict`.
        settings: likewise.
    """
    from glfnet.recognition.answer.folder import write_answer
    from glfnet.recognition.predict import predict

    try:
        fps = video.fps if video.frames.is_dir() and video.fps else None  # a file has its own times
        result = predict(video.frames, fps=fps, weights=weights, settings=settings, progress=False)
        write_answer(folder, result, __version__)
    except GlfnetError as error:
        return place, Failure(video.video, str(error))
    except Exception:
        said = f"{video.frames}: glfnet itself has failed here; please report it with these lines.\n{format_exc()}"
        return place, Failure(video.video, said)
    return place, None


def answers_csv(videos: Sequence[TableVideo], folders: Sequence[Path], *, from_0: bool) -> str:
    """Return all micro- and macro-expressions that were spotted, a row each; a video without any has a row of its own.

    Args:
        videos: those that have an answer.
        folders: of their answers.
        from_0: count frames from 0, as the truth does; else use the numbers of the pictures, and of a video file
            those that begin with its `first_frame`.

    Raises:
        InputError: if an answer cannot be read.
    """
    ends = [f"{end}_{'index' if from_0 else 'frame'}" for end in _ENDS]
    rows: list[Sequence[object]] = [("database", "subject", "video", "kind", *ends, *_COPIED)]
    for video, folder in zip(videos, folders, strict=True):
        about = (video.database, video.subject, video.video)
        spotted = list(_spotted(folder))
        numbers = _numbers(video, from_0) if spotted else None
        for row in spotted:
            frames = [int(row[f"{end}_index"]) for end in _ENDS]
            counted = frames if numbers is None else [numbers[frame] for frame in frames]
            rows.append((*about, row["kind"], *counted, *(row[name] for name in _COPIED)))
        if not spotted:
            rows.append((*about, *[""] * (1 + len(ends) + len(_COPIED))))
    return csv_text(rows)


def truth_csv(videos: Sequence[TableVideo], *, from_0: bool) -> str:
    """Return what is true of videos, a row for each expression; a video in which nothing is has a row of its own.

    It has the names and frame numbers of `answers_csv`, so that a run can be compared without the table it was made of.

    Args:
        videos: those that have an answer.
        from_0: as for `answers_csv`.
    """
    ends = [f"{end}_{'index' if from_0 else 'frame'}" for end in _ENDS]
    rows: list[Sequence[object]] = [("database", "subject", "video", "kind", *ends, "emotion")]
    for video in videos:
        about = (video.database, video.subject, video.video)
        for one in video.expressions:
            apex = "" if one.apex_index is None else one.apex_index
            rows.append((*about, one.kind, one.onset_index, apex, one.offset_index, one.emotion or ""))
        if not video.expressions:
            rows.append((*about, *[""] * (2 + len(ends))))
    return csv_text(rows)


def _spotted(folder: Path) -> Iterator[Mapping[str, str]]:
    file = folder / "intervals.csv"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            file=file, found="no answer that can be read", expected="an answer of this run",
            remedy="Take the folder away and run the same command again.",
        ) from error  # fmt: skip
    yield from (row for row in csv.DictReader(io.StringIO(text)) if row["kind"] in (MICRO, MACRO))


def _numbers(video: TableVideo, from_0: bool) -> Sequence[int] | None:
    """Return the number of each frame; None where frames are counted from 0."""
    if from_0:
        return None
    if video.frames.is_dir():
        return list(frame_files(video.frames))
    return range(video.first_frame, 2**62)
