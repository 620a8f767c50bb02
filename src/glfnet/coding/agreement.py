"""How far two coders of the same videos agree: which intervals both have, and what they say of those.

Intervals go together as in spotting: as many pairs as can be made whose frames overlap to `min_iou`, each interval in
one pair at most. Kappa is over these pairs; what only one of them has marked is counted, and never enters it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan, nan
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from glfnet.coding.coded import Coded, CodedVideo
from glfnet.errors import InputError
from glfnet.facs.notation import UnitReading
from glfnet.samples.sentences import counted, first_few
from glfnet.scores.kappa import FEWEST, FEWEST_OTHERS, Kappa, cohen_kappa
from glfnet.scores.spotting.expressions import MIN_IOU, Expression, interval_iou, matched_pairs

TOO_FEW = (
    f"too few for a number: kappa needs {FEWEST} intervals that both have judged, and {FEWEST_OTHERS} answers, of both "
    "together, other than the most frequent one"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """An interval that both have marked, or only one of them.

    Attributes:
        video: its name.
        one, other: as each coder marks it; None where one does not.
        iou: frames in both over frames in either; 0 for one alone.
        apex_frames: by how much the other's apex comes later; None where one of them has none.
        apex_ms: the same in milliseconds; None, too, where the frame rate is not known.
    """

    video: str
    one: Coded | None
    other: Coded | None
    iou: float = 0.0
    apex_frames: int | None = None
    apex_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What two coders say of the intervals that both have, for one question.

    Attributes:
        answers: what can be said, in the order of rows and columns.
        counts: rows are the first coder's answers, columns the other's.
        kappa: over them.
    """

    answers: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    kappa: Kappa


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two coders agree.

    Attributes:
        rows: every interval of either, by video and onset.
        min_iou: the overlap from which on two are the same.
        units: unit -> whether it is there; only units that one of them has marked.
        kinds, emotions: likewise; None where no pair has a word of both.
        notes: what must be known, a sentence each.
    """

    rows: tuple[Both, ...]
    min_iou: float
    units: Mapping[int, Judged]
    kinds: Judged | None
    emotions: Judged | None
    notes: tuple[str, ...]

    @property
    def pairs(self) -> list[Both]:
        """Return what both have."""
        return [row for row in self.rows if row.one is not None and row.other is not None]

    @property
    def only_one(self) -> int:
        """Return how many only the first has."""
        return sum(row.other is None for row in self.rows)

    @property
    def only_other(self) -> int:
        """Return how many only the other has."""
        return sum(row.one is None for row in self.rows)

    @property
    def shared(self) -> float:
        """Return twice the pairs over all intervals of both, the F1 of either against the other; NaN for none."""
        pairs = len(self.pairs)
        return 2 * pairs / (len(self.rows) + pairs) if self.rows else nan

    def mean_iou(self) -> float:
        """Return the mean overlap of the pairs; NaN for none."""
        return float(np.mean([row.iou for row in self.pairs])) if self.pairs else nan

    def apex_difference(self) -> tuple[float, float, int]:
        """Return the median distance of apexes in frames and in ms, and of how many pairs; NaN for none."""
        frames = [abs(row.apex_frames) for row in self.pairs if row.apex_frames is not None]
        times = [abs(row.apex_ms) for row in self.pairs if row.apex_ms is not None]
        return (median(frames) if frames else nan), (median(times) if times else nan), len(frames)


def agreement(
    one: Sequence[CodedVideo],
    other: Sequence[CodedVideo],
    *,
    min_iou: float = MIN_IOU,
    fps: float | None = None,
    file: Path | str = "the other file",
) -> Agreement:
    """Return how far two coders agree on the videos that both have coded.

    Args:
        one: what the first says. Two single videos are compared whatever they are called.
        other: what the second says.
        min_iou: frames in both over frames in either from which on two intervals are the same.
        fps: frames per second where the files do not say.
        file: the other's, for sentences.

    Raises:
        InputError: if they have no video in common.
        SettingsError: if `min_iou` is out of range.
    """  # fmt: skip
    videos, notes = _same_videos(one, other, file)
    rows: list[Both] = []
    for name, first, second in videos:
        rows += _rows(name, first.intervals, second.intervals, min_iou, first.fps or second.fps or fps)
    pairs = [(row.one, row.other) for row in rows if row.one and row.other]
    units = {mark.number for pair in pairs for side in pair for mark in side.units or ()}
    of_units = {unit: _judged(pairs, _presence(unit), ("there", "not there")) for unit in sorted(units)}
    return Agreement(
        rows=tuple(rows), min_iou=min_iou, notes=notes, kinds=_judged(pairs, lambda coded: coded.kind),
        units={unit: judged for unit, judged in of_units.items() if judged is not None},
        emotions=_judged(pairs, lambda coded: coded.emotion.lower()),
    )  # fmt: skip


def agreement_document(found: Agreement) -> dict[str, Any]:
    """Return an agreement as plain values; what is no number is None."""
    frames, times, apexes = found.apex_difference()
    return {
        "min_iou": found.min_iou,
        "pairs": len(found.pairs),
        "only_one": found.only_one,
        "only_other": found.only_other,
        "shared": _number(found.shared),
        "mean_iou": _number(found.mean_iou()),
        "apex": {"compared": apexes, "median_frames": _number(frames), "median_ms": _number(times)},
        "units": {str(unit): _document(judged) for unit, judged in found.units.items()},
        "kinds": _document(found.kinds),
        "emotions": _document(found.emotions),
        "intervals": [_row(row) for row in found.rows],
        "notes": list(found.notes),
        "too_few": TOO_FEW,
    }


def _same_videos(
    one: Sequence[CodedVideo], other: Sequence[CodedVideo], file: Path | str
) -> tuple[list[tuple[str, CodedVideo, CodedVideo]], tuple[str, ...]]:
    notes = [note for video in (*one, *other) for note in video.notes]
    if len(one) == len(other) == 1:
        names = [Path(video.video).stem for video in (*one, *other)]
        if all(names) and names[0] != names[1]:
            notes.append(f"one file is about {names[0]}, the other about {names[1]}; they are compared as they stand.")
        return [(names[0] or names[1], one[0], other[0])], tuple(dict.fromkeys(notes))
    first, second = ({Path(video.video).stem: video for video in side} for side in (one, other))
    both = sorted(first.keys() & second.keys())
    if not both:
        raise InputError(
            file=file, found=f"no video that the first file has ({first_few(sorted(second))} here)",
            expected=f"the same videos ({first_few(sorted(first))})", remedy="Call them the same in both files.",
        )  # fmt: skip
    alone = sorted(first.keys() ^ second.keys())
    if alone:
        notes.append(f"{counted(len(alone), 'video')} in only one of the files, left out: {first_few(alone)}.")
    return [(name, first[name], second[name]) for name in both], tuple(dict.fromkeys(notes))


def _rows(video: str, one: Sequence[Coded], other: Sequence[Coded], min_iou: float, fps: float | None) -> list[Both]:
    spans = [[Expression(onset_index=c.onset, apex_index=None, offset_index=c.offset) for c in s] for s in (one, other)]
    pairs = matched_pairs(spans[0], spans[1], min_iou)
    rows = []
    for a, b in pairs:
        apexes = one[a].apex, other[b].apex
        frames = None if apexes[0] is None or apexes[1] is None else apexes[1] - apexes[0]
        rows.append(
            Both(
                video=video, one=one[a], other=other[b], iou=interval_iou(spans[0][a], spans[1][b]), apex_frames=frames,
                apex_ms=None if frames is None or fps is None else 1000 * frames / fps,
            )
        )  # fmt: skip
    first, second = ({pair[side] for pair in pairs} for side in (0, 1))
    rows += [Both(video=video, one=coded, other=None) for place, coded in enumerate(one) if place not in first]
    rows += [Both(video=video, one=None, other=coded) for place, coded in enumerate(other) if place not in second]
    return sorted(rows, key=lambda row: min(side.onset for side in (row.one, row.other) if side is not None))


def _presence(unit: int) -> Callable[[Coded], str]:
    def answer(coded: Coded) -> str:
        there = None if coded.units is None else UnitReading(coded.units).presence(unit)
        return "" if there is None else "there" if there else "not there"

    return answer


def _judged(
    pairs: Iterable[tuple[Coded, Coded]], answer: Callable[[Coded], str], answers: Sequence[str] = ()
) -> Judged | None:
    """Return what both say; pairs of which one says nothing are left out. None if that leaves none."""
    said = [(answer(one), answer(other)) for one, other in pairs]
    said = [both for both in said if all(both)]
    if not said:
        return None
    words = list(answers) or sorted({word for both in said for word in both})
    counts = np.zeros((len(words), len(words)), dtype=np.int64)
    for one, other in said:
        counts[words.index(one), words.index(other)] += 1
    return Judged(answers=tuple(words), counts=tuple(map(tuple, counts.tolist())), kappa=cohen_kappa(counts))


def _document(judged: Judged | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    numbers = {name: _number(value) for name, value in asdict(judged.kappa).items()}
    return {"answers": list(judged.answers), "counts": [list(row) for row in judged.counts], **numbers}


def _row(row: Both) -> dict[str, Any]:
    sides = {name: _frames(side) for name, side in (("one", row.one), ("other", row.other))}
    more = {"iou": _number(row.iou), "apex_frames": row.apex_frames}
    return {"video": row.video, **sides, **more, "apex_ms": None if row.apex_ms is None else round(row.apex_ms, 2)}


def _frames(coded: Coded | None) -> dict[str, Any] | None:
    if coded is None:
        return None
    units = None if coded.units is None else [[one.number, one.side] for one in coded.units if one.certain]
    named = {"emotion": coded.emotion, "kind": coded.kind, "units": units, "note": coded.note}
    return {"onset": coded.onset, "apex": coded.apex, "offset": coded.offset, **named}


def _number(value: float) -> float | None:
    return None if isnan(value) else round(value, 4)
