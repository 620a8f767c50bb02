"""What a person says about a video beside what the machine said, and a table of it that `glfnet index own` reads."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from glfnet.samples.csv_lines import csv_text

FrameNumber = Annotated[int, Field(ge=0, le=10_000_000)]
Word = Annotated[str, Field(max_length=120)]
_SIDES = {"both": "", "left": "L", "right": "R"}
COLUMNS = (
    *("subject", "clip", "frames", "onset", "apex", "offset", "emotion", "action_units", "fps"),
    *("onset_s", "apex_s", "offset_s", "note"),
    *("machine_onset", "machine_apex", "machine_offset", "machine_emotion", "machine_units"),
)
"""Of the table. Those up to `fps` are what `glfnet index own` reads; the others are for people."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Unit(_Part):
    """An action unit that a person sees; sides are the other person's own."""

    unit: Annotated[int, Field(ge=1, le=99)]
    side: Literal["both", "left", "right"] = "both"


class Said(_Part):
    """One interval as one of the two says it; the empty emotion means that it was left open."""

    onset: FrameNumber
    apex: FrameNumber
    offset: FrameNumber
    emotion: Word = ""
    units: Annotated[tuple[Unit, ...], Field(max_length=60)] = ()

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
    intervals: Annotated[tuple[Marked, ...], Field(max_length=5000)] = ()


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
    rows = [_row(number, one, annotation.subject, video, fps, times_s) for number, one in _kept(annotation)]
    return csv_text([COLUMNS, *rows])


def _kept(annotation: Annotation) -> Iterable[tuple[int, Marked]]:
    kept = [one for one in annotation.intervals if not one.removed and (one.person or one.machine)]
    kept.sort(key=lambda one: (one.person or one.machine or Said(onset=0, apex=0, offset=0)).onset)
    return enumerate(kept, start=1)


def _row(
    number: int, one: Marked, subject: str, video: str, fps: float | None, times_s: Sequence[float]
) -> tuple[object, ...]:
    said = one.person or one.machine
    assert said is not None
    frames = said.onset, said.apex, said.offset
    last = len(times_s) - 1
    seconds = [round(times_s[min(frame, last)], 4) if times_s else "" for frame in frames]
    stem = video.rpartition(".")[0] or video
    machine: tuple[Any, ...] = ("",) * 5
    if one.machine is not None:
        by = one.machine
        machine = by.onset, by.apex, by.offset, by.emotion, sheet_units(by.units)
    return (
        *(subject, f"{stem}_{number:02d}", video, *frames, said.emotion or "others", sheet_units(said.units)),
        *("" if fps is None else round(fps, 3), *seconds, one.note.replace("\n", " "), *machine),
    )


def sheet_units(units: Iterable[Unit]) -> str:
    """Return units as sheets have them: `4+L12`."""
    return "+".join(f"{_SIDES[one.side]}{one.unit}" for one in units)
