"""The addresses of the page and its API. Answers are values and sentences; no path of this machine is in any."""

import base64
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

import glfnet
from glfnet.web.annotations import add_annotations
from glfnet.web.asked import GONE, AnyJob, FinishedJob
from glfnet.web.jobs import Job, Jobs
from glfnet.web.limits import VIDEO_FILE
from glfnet.web.preview import MOST_AT_ONCE, read_frames
from glfnet.web.run_addresses import add_runs
from glfnet.web.runs import Runs
from glfnet.web.uploads import Bounded, UploadRefused, receive, shown_name, too_large

PAGE = Path(str(resources.files("glfnet") / "web" / "page"))
_FULL = "Too many videos are here already, or the disk is full. Try again in some minutes."


class Frames(BaseModel):
    """Two frames between which something moves, from 0."""

    onset: Annotated[int, Field(ge=0, le=10_000_000)]
    apex: Annotated[int, Field(ge=0, le=10_000_000)]


class Magnified(Frames):
    """Two frames, and how many times as far everything is to move."""

    factor: Annotated[float, Field(ge=1, le=20)] = 4.0


def create_app(jobs: Jobs, runs: Runs | None = None) -> FastAPI:
    """Return the application, without its guard.

    Args:
        jobs: what is being done.
        runs: those that may be browsed.
    """
    app = FastAPI(
        title="glfnet", version=glfnet.__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )  # the pages that show a schema load their code from another host
    app.state.jobs = jobs
    _add_videos(app, jobs, with_runs=runs is not None)
    _add_answers(app, jobs)
    add_annotations(app)
    if runs is not None:
        add_runs(app, runs)
    app.add_middleware(Bounded)

    @app.exception_handler(UploadRefused)
    async def refused(_: Request, error: UploadRefused) -> Response:
        return JSONResponse({"detail": str(error)}, error.status)

    @app.exception_handler(FileNotFoundError)
    async def deleted(_: Request, __: FileNotFoundError) -> Response:
        return JSONResponse({"detail": GONE}, 404)  # while it was being read

    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return FileResponse(PAGE / "index.html")

    app.mount("/page", StaticFiles(directory=PAGE))
    return app


def _add_videos(app: FastAPI, jobs: Jobs, *, with_runs: bool) -> None:
    """Add what is about jobs: sent, asked for, ended."""

    @app.get("/api/limits")
    def limits() -> dict[str, Any]:
        """Say what this page takes."""
        of = jobs.limits
        most = {"upload_mb": of.upload_mb, "length_s": of.length_s, "keep_s": of.keep_s}
        return {"version": glfnet.__version__, **most, "runs": with_runs}

    @app.post("/api/jobs", status_code=201)
    async def upload(request: Request, name: Annotated[str, Query(max_length=1000)] = "video") -> dict[str, Any]:
        """Take a video, the body of the request, and put it into the queue."""
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared[:18]) > jobs.limits.upload_bytes:
            raise too_large(jobs.limits)
        folder = _room(jobs)
        try:
            await receive(request.stream(), folder / VIDEO_FILE, jobs.limits)
        except (UploadRefused, ClientDisconnect, OSError) as error:
            jobs.discard(folder)
            if isinstance(error, UploadRefused):
                raise
            raise HTTPException(507, _FULL) from error
        return jobs.state(jobs.add("look", folder, shown_name(name)))

    @app.post("/api/jobs/example", status_code=201)
    def example() -> dict[str, Any]:
        """Make a made-up clip and look at it."""
        return jobs.state(jobs.add("example", _room(jobs), "made-up clip.mp4"))

    @app.get("/api/jobs/{job}")
    def state(job: AnyJob) -> dict[str, Any]:
        """Say how far a video is: queued, running, done or failed."""
        return jobs.state(job)

    @app.delete("/api/jobs/{job}", status_code=204)
    @app.post("/api/jobs/{job}/leave", status_code=204)  # a page that is left can send nothing but a POST
    def remove(job: AnyJob) -> None:
        """End what is being done about a video, and delete everything of it."""
        jobs.remove(job)


def _room(jobs: Jobs) -> Path:
    folder = jobs.new_folder()
    if folder is None:
        raise HTTPException(503, _FULL, {"Retry-After": "60"})
    return folder


def _add_answers(app: FastAPI, jobs: Jobs) -> None:
    """Add what is about the answer to a video."""

    @app.get("/api/jobs/{job}/result")
    def result(job: FinishedJob) -> Response:
        """Give the answer as JSON."""
        return Response(job.task.result.read_bytes(), media_type="application/json")

    @app.get("/api/jobs/{job}/frames")
    def frames(
        job: FinishedJob,
        first: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        count: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 1,
    ) -> Response:
        """Give frames as JPEG, before each its length as four bytes, the lowest first."""
        return Response(read_frames(job.task.folder, first, count), media_type="application/octet-stream")

    @app.post("/api/jobs/{job}/classify")
    def classify(job: FinishedJob, given: Frames) -> dict[str, Any]:
        """Say what moves between two frames."""
        return _answered(jobs, job, "given", given)

    @app.post("/api/jobs/{job}/explain")
    def explain(job: FinishedJob, given: Frames) -> dict[str, Any]:
        """Say why what moves between two frames gets its class, with a picture, a JPEG in base64."""
        return _answered(jobs, job, "explain", given)

    @app.post("/api/jobs/{job}/magnify")
    def magnify(job: FinishedJob, given: Magnified) -> Response:
        """Give the onset frame as JPEG, as if everything had moved several times as far as at the apex."""
        made = _answered(jobs, job, "magnify", given, given.factor)
        return Response(base64.b64decode(made["picture"]), media_type="image/jpeg")


def _answered(
    jobs: Jobs, job: Job, kind: Literal["given", "explain", "magnify"], given: Frames, factor: float = 1.0
) -> dict[str, Any]:
    if given.onset >= given.apex:
        raise HTTPException(422, f"onset {given.onset}, apex {given.apex}: expected an apex after the onset.")
    outcome = jobs.answer(job, kind, given.onset, given.apex, factor)
    if "failed" in outcome:
        raise HTTPException(422, outcome["failed"])
    return dict(outcome["done"])
