"""A coder's file opened again beside what the machine says of the same video: work goes on where it was left."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from glfnet.coding.annotation import Annotation, Marked, Said, Unit, held
from glfnet.coding.coded import Coded, CodedVideo
from glfnet.errors import InputError, faults
from glfnet.labels import MACRO, MICRO
from glfnet.samples.sentences import counted
from glfnet.scores.spotting.expressions import Expression, matched_pairs

_ANY_OVERLAP = 1e-9
_UNTOLD: Mapping[str, Any] = {
    "asymmetrical": "both",
    "top": "both",
    "bottom": "both",
}  # sides that the page does not tell apart


def merged(
    said: CodedVideo, machine: Sequence[Said], frames: int, file: Path | str
) -> tuple[Annotation, tuple[str, ...]]:
    """Return an annotation with both answers, and notes.

    Where the file has them interval by interval, they stay as they are. Elsewhere each interval of the person goes with
    one of the machine's that it overlaps, as many as can; what the machine said and the file does not have was removed.

    Args:
        said: what the file says of the video.
        machine: what the machine says now.
        frames: how many the video has.
        file: for sentences.

    Raises:
        InputError: if frames lie behind the end of the video, or something is longer or more than the page takes.
    """
    known = [one.machine for one in said.annotation.intervals if one.machine] if said.annotation else []
    if said.annotation is None and said.machine:
        known = [_said(one, None, file) for one in said.machine]
    news = [one for one in machine if not any(_frames(one) == _frames(other) for other in known)]
    if said.annotation is not None:
        fresh = tuple(Marked(machine=one) for one in news)
        found = _checked(said.annotation.model_copy(update={"intervals": (*said.annotation.intervals, *fresh)}), file)
        notes: tuple[str, ...] = ()
    else:
        found, notes = _joined(said.intervals, [*known, *news], file)
    last = max((held(one).offset for one in found.intervals if one.person or one.machine), default=0)
    if last >= frames:
        raise InputError(
            file=file, found=f"frame {last}", expected=f"none behind {frames - 1}, the last one of this video",
            remedy="Check that the file belongs to this video; frames count from 0.",
        )  # fmt: skip
    return found, notes


def _joined(
    intervals: Sequence[Coded], machine: Sequence[Said], file: Path | str
) -> tuple[Annotation, tuple[str, ...]]:
    pairs = dict(matched_pairs([_span(one) for one in intervals], [_span(one) for one in machine], _ANY_OVERLAP))
    marks = [
        _marked(one, machine[pairs[place]] if place in pairs else None, file) for place, one in enumerate(intervals)
    ]
    gone = [one for place, one in enumerate(machine) if place not in pairs.values()]
    marks += [Marked(machine=one, removed=True) for one in gone]
    marks.sort(key=lambda one: held(one).onset)
    without = sum(one.apex is None for one in intervals)
    notes = [
        *([f"{counted(without, 'interval')} of the file without an apex: one is set; look at it."] if without else []),
        *([f"{counted(len(gone), 'interval')} of the machine not in the file: taken as removed."] if gone else []),
    ]
    return _checked(Annotation.model_construct(subject="person1", intervals=tuple(marks)), file), tuple(notes)


def _marked(one: Coded, machine: Said | None, file: Path | str) -> Marked:
    person = _said(one, machine, file)
    if machine is not None and not one.note and _frames(person) == _frames(machine):
        same_units = one.units is None or set(person.units) == set(machine.units)
        if same_units and person.emotion == machine.emotion and person.kind in ("", machine.kind):
            return Marked(machine=machine)
    return Marked(machine=machine, person=person, note=one.note[:2000])


def _said(one: Coded, machine: Said | None, file: Path | str) -> Said:
    apex = one.apex
    if apex is None and machine is not None and one.onset <= machine.apex <= one.offset:
        apex = machine.apex
    certain = {mark.number: mark for mark in one.units or () if mark.certain}
    try:
        return Said.model_validate(
            {
                "onset": one.onset, "apex": (one.onset + one.offset) // 2 if apex is None else apex,
                "offset": one.offset, "emotion": one.emotion, "kind": one.kind if one.kind in (MICRO, MACRO) else "",
                "units": tuple(Unit(unit=n, side=_UNTOLD.get(m.side, m.side)) for n, m in sorted(certain.items())),
            }
        )  # fmt: skip
    except ValidationError as error:
        raise _refused(file, error) from error


def _checked(annotation: Annotation, file: Path | str) -> Annotation:
    """Return it, with the page's limits of number and length checked."""
    try:
        return Annotation.model_validate(annotation.model_dump())
    except ValidationError as error:
        raise _refused(file, error) from error


def _refused(file: Path | str, error: ValidationError) -> InputError:
    return InputError(
        file=file, found="; ".join(faults(error)[:5]), expected="what the page can show", remedy="Correct the file."
    )


def _span(one: Coded | Said) -> Expression:
    return Expression(onset_index=one.onset, apex_index=None, offset_index=one.offset)


def _frames(one: Said) -> tuple[int, int, int]:
    return one.onset, one.apex, one.offset
