"""What is counted in a video: the scores need nothing else of it, and counts of several videos can be added."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.scores.metrics import confusion
from glfnet.scores.spotting.expressions import MIN_IOU, Expression, matched_pairs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoCounts:
    """All that the scores need of one video.

    Attributes:
        spotted: how many intervals were spotted.
        true: how many there are.
        matched: how many pairs of a spotted and a true one were made.
        apex_errors: frames between the apexes of each matched pair that has both, 0 or more.
        confusion: (K + 1, K + 1) counts of matched pairs whose truth has a class, rows = truth; the last column holds
            those without an answer.
    """

    spotted: int
    true: int
    matched: int
    apex_errors: tuple[int, ...]
    confusion: NDArray[np.int64]


def count_video(
    spotted: Sequence[Expression], true: Sequence[Expression], classes: Sequence[str], min_iou: float = MIN_IOU
) -> VideoCounts:
    """Match one video and count; see `matched_pairs`.

    Args:
        spotted: intervals of one video; an emotion of None is no answer, which is never correct.
        true: intervals of the same video; one without an emotion is to be found, but not to be named.
        classes: K names, the same ones for all videos; none where only spotting is scored.
        min_iou: see `matched_pairs`.

    Raises:
        SettingsError: if there are classes and an emotion is none of them, or `min_iou` is out of range.
    """
    pairs = matched_pairs(spotted, true, min_iou)
    truth, answers = ([_class_index(one, classes) for one in side] for side in (true, spotted))
    named = [(truth[t], answers[s]) for s, t in pairs if truth[t] < len(classes)]
    apexes = [(spotted[s].apex_index, true[t].apex_index) for s, t in pairs]
    return VideoCounts(
        spotted=len(spotted),
        true=len(true),
        matched=len(pairs),
        apex_errors=tuple(abs(a - b) for a, b in apexes if a is not None and b is not None),
        confusion=confusion(
            np.array([truth for truth, _ in named], dtype=np.int64),
            np.array([answer for _, answer in named], dtype=np.int64),
            len(classes) + 1,
        ),
    )


def summed(videos: Sequence[VideoCounts]) -> VideoCounts:
    """Return the counts of several videos together, such as those of one person.

    Raises:
        SettingsError: if there is no video.
    """
    if not videos:
        raise SettingsError("videos: found none; expected one or more.")
    return VideoCounts(
        spotted=sum(video.spotted for video in videos),
        true=sum(video.true for video in videos),
        matched=sum(video.matched for video in videos),
        apex_errors=tuple(error for video in videos for error in video.apex_errors),
        confusion=np.sum([video.confusion for video in videos], axis=0),
    )


def _class_index(one: Expression, classes: Sequence[str]) -> int:
    """Return the position of its class; behind the last one for none."""
    if one.emotion is None or not classes:
        return len(classes)
    if one.emotion not in classes:
        raise SettingsError(f"emotion: found {one.emotion!r}; expected one of {', '.join(classes)}.")
    return list(classes).index(one.emotion)
