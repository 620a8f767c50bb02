"""What is true of videos and what was spotted in them, brought together from two tables."""

from collections import Counter
from collections.abc import Sequence

from glfnet.errors import InputError, SettingsError
from glfnet.labels import MACRO, THREE_CLASSES
from glfnet.samples.sentences import counted, counted_few
from glfnet.scores.spotting.answered_videos import AnsweredVideo
from glfnet.video_sets.expression_table import ExpressionTable, TableVideo

_SHOWN = 5


def joined(truth: ExpressionTable, answers: Sequence[ExpressionTable]) -> tuple[list[AnsweredVideo], tuple[str, ...]]:
    """Return the videos of a truth with what was spotted in them, and notes.

    Two tables name the same video by its name alone, and also by its person and database where both say these.

    Raises:
        InputError: if they have no video in common.
        SettingsError: if a name stands for two videos of a table.
    """
    given = [video for table in answers for video in table.videos]
    used = [name for name in ("database", "subject") if all(getattr(one, name) for one in (*truth.videos, *given))]
    true, spotted = _by_name(truth.videos, used), _by_name(given, used)
    if not true.keys() & spotted.keys():
        raise InputError(
            file=truth.file, found=f"no video that has an answer: {min(true)} here, {min(spotted)} there",
            expected="the same videos in both", remedy="Give the videos the same names in both files.",
        )  # fmt: skip
    videos = []
    for name in sorted(true.keys() | spotted.keys()):
        one, other = true.get(name), spotted.get(name)
        about = one or spotted[name]
        videos.append(
            AnsweredVideo(
                database=about.database, subject=about.subject, video=about.video,
                true=tuple(one.expressions) if one else (), spotted=tuple(other.expressions) if other else (),
            )
        )  # fmt: skip
    of_tables = (note for table in (truth, *answers) for note in table.notes)
    of_videos = _of_videos(sorted(true.keys() - spotted.keys()), sorted(spotted.keys() - true.keys()))
    return videos, (*dict.fromkeys(of_tables), *of_videos, *_of_frames(truth, answers), *_of_expressions(videos))


def _by_name(videos: Sequence[TableVideo], used: Sequence[str]) -> dict[str, TableVideo]:
    names = ["/".join([*(getattr(video, name) for name in used), video.video]) for video in videos]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SettingsError(
            f"score: found two videos called {twice[0]}; expected a name that stands for one, with the columns subject "
            "and database in both tables if need be."
        )
    return dict(zip(names, videos, strict=True))


def _of_videos(silent: Sequence[str], unknown: Sequence[str]) -> list[str]:
    groups = (
        (silent, "without a row among the answers", "what is true in them counts as missed"),
        (unknown, "without a row of truth", "what was spotted in them counts as false"),
    )
    return [f"{counted_few(names, 'video', _SHOWN)} {which}: {what}." for names, which, what in groups if names]


def _of_frames(truth: ExpressionTable, answers: Sequence[ExpressionTable]) -> list[str]:
    if truth.counted_from_0 is None or not {table.counted_from_0 for table in answers} - {None, truth.counted_from_0}:
        return []
    ways = ("from 0 (onset_index)", "as the database numbers them (onset_frame)")
    here, there = ways if truth.counted_from_0 else ways[::-1]
    return [f"the truth counts frames {here}, the answers {there}; they are compared as they stand."]


def _of_expressions(videos: Sequence[AnsweredVideo]) -> list[str]:
    true = [one for video in videos for one in video.true]
    kinds = [bool(one.kind) for video in videos for one in (*video.true, *video.spotted)]
    notes = []
    if any(kinds) and not all(kinds):
        notes.append("some expressions have no kind: micro- and macro-expressions are not told apart.")
    without = sum(one.emotion is None and one.kind != MACRO for one in true)
    if without and any(one.emotion for one in true):
        classes = ", ".join(THREE_CLASSES)
        notes.append(
            f"{counted(without, 'true expression')} of none of the classes {classes}: to be found, but not to be named."
        )
    return notes
