"""Addresses about what a person says of a video: taken along, opened again, compared with what another says."""

import json
import mimetypes
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from glfnet.coding.agreement import agreement, agreement_document
from glfnet.coding.annotation import MOST_INTERVALS, Annotation, Said, Unit, own_table, said_by
from glfnet.coding.coded import Coded, CodedVideo, FrameTimes
from glfnet.coding.elan import MACHINE, PERSON
from glfnet.coding.elan.write import elan_text
from glfnet.coding.merged import merged
from glfnet.coding.read import of_video, read_coding
from glfnet.errors import GlfnetError
from glfnet.labels import MACRO, MICRO
from glfnet.scores.spotting.answered_videos import AnsweredVideo
from glfnet.scores.spotting.expressions import Expression
from glfnet.video_sets.megc_log import megc_log_text
from glfnet.web.asked import FinishedJob
from glfnet.web.jobs import Job
from glfnet.web.uploads import shown_name

_ANY_RATE = 30.0  # where a video does not say how fast it is, and has one frame only
_MOST_ROWS = 10 * MOST_INTERVALS  # of a table about several videos, or of the parts of intervals in ELAN
_SIDES = ("left", "right")


class CoderFile(BaseModel):
    """A file of a coder: its name, for sentences only, and its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=1000)]
    text: Annotated[str, Field(max_length=3_000_000)]


class TwoCoders(BaseModel):
    """What two people say; the first is who works here where there is no file of theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    here: Annotation
    one: CoderFile | None = None
    other: CoderFile
    min_iou: Annotated[float, Field(gt=0, le=1)] = 0.5


class _Video(NamedTuple):
    """What is asked of a video: its name, the whole answer, when its frames are shown."""

    name: str
    answer: dict[str, Any]
    times: FrameTimes

    @property
    def frames(self) -> int:
        return len(self.times.times_s)


def add_annotations(app: FastAPI) -> None:
    """Add the addresses to an application."""
    _add_taken_along(app)

    @app.post("/api/jobs/{job}/open")
    def open_again(job: FinishedJob, file: CoderFile) -> dict[str, Any]:
        """Read a coder's file about this video, beside what the machine says of it, so that work goes on."""
        video = _video(job)
        with_name = shown_name(file.name)

        def read() -> dict[str, Any]:
            said, notes = _read(file, video)
            annotation, more = merged(said, _machine(video.answer), video.frames, with_name)
            return {"annotation": annotation.model_dump(mode="json"), "notes": [*notes, *more]}

        return _or_sentence(read)

    @app.post("/api/jobs/{job}/agreement")
    def agree(job: FinishedJob, two: TwoCoders) -> dict[str, Any]:
        """Say how far two coders agree about this video."""
        video = _video(job)

        def compared() -> dict[str, Any]:
            here = CodedVideo(video=video.name, fps=video.times.fps, intervals=said_by(two.here)[0])
            notes: list[str] = []
            sides = []
            for file in (two.one, two.other):
                said, more = (here, ()) if file is None else _read(file, video)
                sides.append(said)
                notes += more
            found = agreement(sides[:1], sides[1:], min_iou=two.min_iou, fps=video.times.fps)
            return {**agreement_document(found), "notes": [*dict.fromkeys(notes)]}

        return _or_sentence(compared)


def _add_taken_along(app: FastAPI) -> None:
    @app.post("/api/jobs/{job}/table")
    def table(job: FinishedJob, annotation: Annotation) -> Response:
        """Give what was said as CSV, a table that `glfnet index own` reads beside the video."""
        video = _video(job)
        text = own_table(annotation, video.name, video.answer["recording"]["fps"], video.times.times_s)
        return Response(text, media_type="text/csv; charset=utf-8")

    @app.post("/api/jobs/{job}/document")
    def document(job: FinishedJob, annotation: Annotation) -> dict[str, Any]:
        """Give all of it: what the machine said of the whole video, and both answers about each interval."""
        return {"machine": _video(job).answer, "annotation": annotation.model_dump(mode="json")}

    @app.post("/api/jobs/{job}/elan")
    def elan(job: FinishedJob, annotation: Annotation) -> Response:
        """Give what both said as a file of ELAN."""
        video = _video(job)
        person, machine = said_by(annotation)
        kind = mimetypes.guess_type(video.name)[0] or ""
        text = elan_text(
            {PERSON: person, MACHINE: machine}, video.name, kind if kind.startswith("video/") else "video/mp4",
            video.times, datetime.now(UTC),
        )  # fmt: skip
        return Response(text, media_type="application/xml; charset=utf-8")

    @app.post("/api/jobs/{job}/log")
    def log(job: FinishedJob, annotation: Annotation) -> Response:
        """Give a log as the Micro-Expression Grand Challenges ask for it: the person's intervals are the truth."""
        person, machine = said_by(annotation)
        name = Path(_video(job).name).stem.replace(" ", "_") or "video"
        of_it = AnsweredVideo(database="", subject="", video=name, true=_spans(person), spotted=_spans(machine))
        return Response(megc_log_text([of_it], (MICRO, MACRO)), media_type="text/plain; charset=utf-8")


def _video(job: Job) -> _Video:
    answer = dict(json.loads(job.task.result.read_bytes()))
    times_s = answer["times_s"]
    length_s = times_s[-1] - times_s[0]
    fps = answer["recording"]["fps"] or ((len(times_s) - 1) / length_s if length_s > 0 else _ANY_RATE)
    return _Video(job.task.name, answer, FrameTimes(fps=fps, times_s=times_s))


def _read(file: CoderFile, video: _Video) -> tuple[CodedVideo, tuple[str, ...]]:
    name = shown_name(file.name)
    rows = file.text.count("ANNOTATION_ID=") or (
        0 if file.text.lstrip().startswith(("{", "<")) else file.text.count("\n")
    )
    if rows > _MOST_ROWS:  # before it is read, which would take minutes
        raise HTTPException(
            422, f"{name}: found more than {_MOST_ROWS} rows or annotations, the most that are read here."
        )
    said, notes = of_video(read_coding(file.text.encode("utf-8", "replace"), name, video.times), video.name, name)
    if len(said.intervals) > MOST_INTERVALS or len(said.machine or ()) > MOST_INTERVALS:
        raise HTTPException(422, f"{name}: found more than {MOST_INTERVALS} intervals, the most that this page takes.")
    return said, notes


def _machine(answer: dict[str, Any]) -> list[Said]:
    """Return the machine's micro-expressions as the page has them."""
    return [
        Said(
            onset=one["onset_index"], apex=one["apex_index"], offset=one["offset_index"], emotion=one["emotion"] or "",
            units=tuple(
                Unit(unit=unit["unit"], side=unit["side"] if unit["side"] in _SIDES else "both")
                for unit in one["action_units"]
                if unit["there"]
            ),
        )
        for one in answer["intervals"]
        if one["kind"] == MICRO
    ]  # fmt: skip


def _spans(intervals: tuple[Coded, ...]) -> tuple[Expression, ...]:
    return tuple(
        Expression(onset_index=one.onset, apex_index=one.apex, offset_index=one.offset, kind=one.kind or MICRO)
        for one in intervals
    )


def _or_sentence(made: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what a function makes; what is wrong with a file is an answer with a sentence."""
    try:
        return made()
    except GlfnetError as error:
        raise HTTPException(422, str(error)) from error
