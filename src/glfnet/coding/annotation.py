"""What a person says about a video beside what the machine said, and a table of it that `glfnet index own` reads."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from glfnet.coding.coded import Coded, units_text
from glfnet.facs.codes import CODES
from glfnet.facs.notation import Mark
from glfnet.samples.csv_lines import csv_text

FrameNumber = Annotated[int, Field(ge=0, le=10_000_000)]
Word = Annotated[str, Field(max_length=120)]
MOST_INTERVALS = 1000
"""Of one video; more are refused, since each is compared with each."""

COLUMNS = (
    *("subject", "clip", "frames", "onset", "apex", "offset", "emotion", "action_units", "fps"),
    *("onset_s", "apex_s", "offset_s", "note"),
    *("machine_onset", "machine_apex", "machine_offset", "machine_emotion", "machine_units"),
)
"""Of the table. Those up to `fps` are what `glfnet index own` reads; the others are for people. A column `kind` comes
last where a person tells micro- from macro-expressions."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Unit(_Part):
    """An action unit that a person sees; sides are the other person's own."""

    unit: Annotated[int, Field(ge=1, le=99)]
    side: Literal["both", "left", "right"] = "both"

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.unit not in CODES:
            raise ValueError(f"found action unit {self.unit}; expected one of FACS.")
        return self


class Said(_Part):
    """One interval as one of the two says it; the empty emotion, or kind, means that it was left open."""

    onset: FrameNumber
    apex: FrameNumber
    offset: FrameNumber
    emotion: Word = ""
    units: Annotated[tuple[Unit, ...], Field(max_length=60)] = ()
    kind: Literal["", "micro_expression", "macro_expression"] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.onset <= self.apex <= self.offset:
            raise ValueError(
                f"found onset {self.onset}, apex {self.apex}, offset {self.offset}; expected them in order."
            )
        return self


class Marked(_Part):
    """One interval with both answers: `machine` is missing where a person has added it, `person` where one has not
    touched it; `removed` says that the person sees none there.
    """

    machine: Said | None = None
    person: Said | None = None
    removed: bool = False
    note: Annotated[str, Field(max_length=2000)] = ""


class Annotation(_Part):
    """All that is taken along of a video."""

    subject: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w.-]+$")] = "person1"
    intervals: Annotated[tuple[Marked, ...], Field(max_length=MOST_INTERVALS)] = ()


def own_table(annotation: Annotation, video: str, fps: float | None, times_s: Sequence[float]) -> str:
    """Return the table of a corrected video as CSV.

    Intervals that the person has removed are left out; they stay in the JSON. An interval that the person has not
    touched is as the machine has it. One without an emotion gets `others`, the word that label sets leave out.

    Args:
        annotation: what was said.
        video: the name of the video's file; put the table beside it.
        fps: frames per second; None if not known.
        times_s: of each frame.
    """
    kept = kept_intervals(annotation)
    rows = [_row(number, one, annotation.subject, video, fps, times_s) for number, one in enumerate(kept, start=1)]
    kinds = [held(one).kind for one in kept]
    if not any(kinds):
        return csv_text([COLUMNS, *rows])
    return csv_text([(*COLUMNS, "kind"), *((*row, kind) for row, kind in zip(rows, kinds, strict=True))])


def held(one: Marked) -> Said:
    """Return what holds of an interval: the person's answer where there is one.

    Raises:
        ValueError: if neither has said anything.
    """
    said = one.person or one.machine
    if said is None:
        raise ValueError("an interval that nobody has marked")
    return said


def kept_intervals(annotation: Annotation) -> list[Marked]:
    """Return the intervals that the person has not removed, by their onset."""
    kept = [one for one in annotation.intervals if not one.removed and (one.person or one.machine)]
    return sorted(kept, key=lambda one: held(one).onset)


def said_by(annotation: Annotation) -> tuple[tuple[Coded, ...], tuple[Coded, ...]]:
    """Return the intervals that hold, with the person's notes, and those of the machine; each by onset."""
    person = [coded(held(one), one.note) for one in kept_intervals(annotation)]
    machine = [coded(one.machine) for one in annotation.intervals if one.machine is not None]
    return tuple(person), tuple(sorted(machine, key=lambda one: (one.onset, one.offset)))


def coded(said: Said, note: str = "") -> Coded:
    """Return an interval of the page as one of a coder's."""
    units = tuple(Mark(one.unit, one.side) for one in said.units)
    return Coded(
        onset=said.onset,
        apex=said.apex,
        offset=said.offset,
        emotion=said.emotion,
        kind=said.kind,
        units=units,
        note=note,
    )


def _row(
    number: int, one: Marked, subject: str, video: str, fps: float | None, times_s: Sequence[float]
) -> tuple[object, ...]:
    said = held(one)
    frames = said.onset, said.apex, said.offset
    last = len(times_s) - 1
    seconds = [round(times_s[min(frame, last)], 4) if times_s else "" for frame in frames]
    stem = video.rpartition(".")[0] or video
    machine: tuple[Any, ...] = ("",) * 5
    if one.machine is not None:
        by = one.machine
        machine = by.onset, by.apex, by.offset, by.emotion, _units(by)
    return (
        *(subject, f"{stem}_{number:02d}", video, *frames, said.emotion or "others", _units(said)),
        *("" if fps is None else round(fps, 3), *seconds, one.note.replace("\n", " "), *machine),
    )


def _units(said: Said) -> str:
    return units_text(coded(said).units or ())
