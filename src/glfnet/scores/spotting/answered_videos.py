"""From videos with what is true of them and what was spotted to scores: by database and by kind, with intervals.

A micro-expression is found only by an answer that says so, and so is a macro-expression; both together are the sum of
the two, as in the challenges. Where one side does not tell the kinds apart, neither is asked for them.

Source:
    Li et al., "MEGC2020 - The Third Facial Micro-Expression Grand Challenge", FG 2020 (kinds matched apart and summed).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from glfnet.errors import SettingsError
from glfnet.scores.spotting.counts import VideoCounts, count_video, summed
from glfnet.scores.spotting.expressions import MIN_IOU, Expression
from glfnet.scores.spotting.measures import Bounds, SpottingScore, pooled_score, score_bounds

BOTH = "both"
"""All kinds of expression together."""

MATCHED, MARKED = "matched", "marked"
"""How it was decided what is found: by our matching, or as a log has marked it."""

SUBJECTS, VIDEOS = "subjects", "videos"
"""Who is drawn for an interval: people, or videos where nobody knows who is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredVideo:
    """A video, what is true of it, and what was spotted in it.

    Attributes:
        database: its name; empty if it is not known.
        subject: the person; empty if not known.
        video: the video's name.
        true, spotted: expressions, their frames counted alike.
        marked: counts as a log gives them, without looking at overlaps; None where there is no log.
    """

    database: str
    subject: str
    video: str
    true: tuple[Expression, ...]
    spotted: tuple[Expression, ...]
    marked: VideoCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottedVideos:
    """All videos of a run, and what they are scored by.

    Attributes:
        videos: at least one; also those in which nothing is true or spotted.
        kinds: those that are scored apart, where each expression has one; expressions of others are left out.
        classes: of what is named, such as negative, positive, surprise.
        named: kinds that are named with a class; for others there is neither UF1 nor STRS.
    """

    videos: tuple[AnsweredVideo, ...]
    kinds: tuple[str, ...]
    classes: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingRow:
    """How well one kind of expression was spotted in the videos of one database.

    Attributes:
        database: its name.
        kind: micro- or macro-expression, as `labels` names them, or `BOTH`.
        rule: `MATCHED` or `MARKED`.
        videos: how many there are.
        true, spotted, matched: how many intervals there are, were spotted, and were found.
        score: the scores.
        bounds: an interval for each of them.
        drawn: `SUBJECTS` or `VIDEOS`: who was drawn for the intervals.
        draws: how many of them there are.
    """

    database: str
    kind: str
    rule: str
    videos: int
    true: int
    spotted: int
    matched: int
    score: SpottingScore
    bounds: Mapping[str, Bounds]
    drawn: str
    draws: int

    @property
    def false(self) -> int:
        """How many were spotted where there is nothing."""
        return self.spotted - self.matched

    @property
    def missed(self) -> int:
        """How many were not found."""
        return self.true - self.matched


@dataclass(frozen=True, slots=True, kw_only=True)
class SpottingScores:
    """Scores of spotting.

    Attributes:
        rows: one for each database, kind and rule.
        min_iou: the overlap from which on an interval is found.
        notes: what must be known to read them, a sentence each.
    """

    rows: tuple[SpottingRow, ...]
    min_iou: float = MIN_IOU
    notes: tuple[str, ...] = ()


def score_answers(
    videos: Sequence[AnsweredVideo],
    kinds: Sequence[str],
    classes: Sequence[str] = (),
    *,
    named: Sequence[str] = (),
    min_iou: float = MIN_IOU,
    resamples: int = 2_000,
    seed: int = 0,
) -> SpottingScores:
    """Return how well expressions were spotted, by database and kind.

    Args:
        videos: at least one; all of a run, also those in which nothing is true or spotted.
        kinds: those that are scored apart, where each expression has one; expressions of others are left out.
        classes: of what is named, such as negative, positive, surprise.
        named: kinds that are named with a class; for others there is neither UF1 nor STRS.
        min_iou: see `expressions.matched_pairs`.
        resamples: for the intervals.
        seed: likewise.

    Raises:
        SettingsError: if there is no video, or `min_iou` is out of range.
    """
    if not videos:
        raise SettingsError("videos: found none; expected one or more.")
    given = SpottedVideos(videos=tuple(videos), kinds=tuple(kinds), classes=tuple(classes), named=tuple(named))
    apart = tells_kinds_apart(videos)
    rows: list[SpottingRow] = []
    for database in sorted({video.database for video in videos}):
        of_it = [video for video in videos if video.database == database]
        counts = counts_by_kind(replace(given, videos=tuple(of_it)), min_iou, apart=apart)
        marked = [video.marked for video in of_it if video.marked is not None]
        if len(marked) == len(of_it):
            rows.append(_row(of_it, marked, BOTH, MARKED, resamples, seed))
        rows += [_row(of_it, found, kind, MATCHED, resamples, seed) for kind, found in counts.items()]
    return SpottingScores(rows=tuple(rows), min_iou=min_iou)


def tells_kinds_apart(videos: Iterable[AnsweredVideo]) -> bool:
    """Return whether every expression, true or spotted, has a kind."""
    return all(one.kind for video in videos for one in (*video.true, *video.spotted))


def counts_by_kind(given: SpottedVideos, min_iou: float, *, apart: bool) -> dict[str, list[VideoCounts]]:
    """Return the counts of each video: of each kind, if they are told apart, then of `BOTH`."""
    if not apart:
        return {BOTH: [_counts(video, given.classes, min_iou, None) for video in given.videos]}
    counts = {
        kind: [_counts(video, given.classes if kind in given.named else (), min_iou, kind) for video in given.videos]
        for kind in given.kinds
    }
    return {**counts, BOTH: [_without_classes(parts) for parts in zip(*counts.values(), strict=True)]}


def drawn_counts(videos: Sequence[AnsweredVideo], counts: Sequence[VideoCounts]) -> tuple[str, list[VideoCounts]]:
    """Return who is drawn for an interval, `SUBJECTS` or `VIDEOS`, and the counts of each of them."""
    if not all(video.subject for video in videos):
        return VIDEOS, list(counts)
    by_person: dict[str, list[VideoCounts]] = defaultdict(list)
    for video, found in zip(videos, counts, strict=True):
        by_person[video.subject].append(found)
    return SUBJECTS, [summed(found) for found in by_person.values()]


def _counts(video: AnsweredVideo, classes: Sequence[str], min_iou: float, kind: str | None) -> VideoCounts:
    spotted, true = ([one for one in side if kind in (None, one.kind)] for side in (video.spotted, video.true))
    return count_video(spotted, true, classes, min_iou)


def _without_classes(parts: Iterable[VideoCounts]) -> VideoCounts:
    """Return the sum of several kinds; of classes only one of them may have some, so the sum has none."""
    nothing = count_video([], [], ()).confusion
    return summed([replace(part, confusion=nothing) for part in parts])


def _row(
    videos: Sequence[AnsweredVideo], counts: Sequence[VideoCounts], kind: str, rule: str, resamples: int, seed: int
) -> SpottingRow:
    who, drawn = drawn_counts(videos, counts)
    all_of_them = summed(counts)
    return SpottingRow(
        database=videos[0].database, kind=kind, rule=rule, videos=len(videos), true=all_of_them.true,
        spotted=all_of_them.spotted, matched=all_of_them.matched, score=pooled_score(counts),
        bounds=score_bounds(drawn, resamples=resamples, seed=seed), drawn=who,
        draws=len(drawn),
    )  # fmt: skip
