"""An expression in a video, true or spotted, and which answer belongs to which truth.

Source:
    Li et al., "Spotting Micro-Expressions on Long Videos Sequences", FG 2019: an interval is found at an overlap of one
    half or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from glfnet.errors import SettingsError

MIN_IOU = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression in a video, true or spotted.

    Attributes:
        onset_index, offset_index: frames, counted from any number; both belong to it.
        apex_index: its strongest frame; None where it is not known.
        emotion: its class; None where a spotter finds but does not name, and where an annotation has no class for it.
        kind: micro- or macro-expression, as `labels` names them; empty where nobody tells them apart.
    """

    onset_index: int
    apex_index: int | None
    offset_index: int
    emotion: str | None = None
    kind: str = ""

    def __post_init__(self) -> None:
        """Refuse frames out of order."""
        apex = self.onset_index if self.apex_index is None else self.apex_index
        if not self.onset_index <= apex <= self.offset_index:
            found = f"{self.onset_index}, {'none' if self.apex_index is None else apex}, {self.offset_index}"
            raise SettingsError(f"onset, apex, offset {found}: expected them in order.")


def interval_iou(a: Expression, b: Expression) -> float:
    """Return frames in both over frames in either, 0..1."""
    first, last = max(a.onset_index, b.onset_index), min(a.offset_index, b.offset_index)
    both = max(0, last - first + 1)
    either = sum(one.offset_index - one.onset_index + 1 for one in (a, b)) - both
    return both / either


def matched_pairs(
    spotted: Sequence[Expression], true: Sequence[Expression], min_iou: float = MIN_IOU
) -> list[tuple[int, int]]:
    """Pair spotted with true intervals of one video: as many pairs as possible, each interval in at most one.

    Of several matchings of this size, the one with the largest sum of overlaps is taken.

    Args:
        spotted: S intervals of one video, in any order.
        true: T intervals of the same video.
        min_iou: frames in both over frames in either that a pair must have, over 0, at most 1.

    Returns:
        positions in `spotted` and `true`, in the order of `spotted`.

    Raises:
        SettingsError: if `min_iou` is out of range.
    """
    if not 0 < min_iou <= 1:
        raise SettingsError(f"min_iou: found {min_iou}; expected more than 0, at most 1.")
    iou = np.array([[interval_iou(s, t) for t in true] for s in spotted]).reshape(len(spotted), len(true))
    close = iou >= min_iou
    # All overlaps together stay below 1, the worth of one more pair.
    worth = close * (1 + iou / (min(iou.shape) + 1))
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if close[row, column]]
