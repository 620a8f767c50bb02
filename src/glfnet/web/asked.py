"""The job that a request is about: one that is there, or one that has its answer."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request

from glfnet.web.jobs import DONE, Job

GONE = (
    "There is no such video here, or no more: everything is deleted when its page is left, at the latest after an hour."
)


def _job(request: Request, job: str) -> Job:
    found: Job | None = request.app.state.jobs.find(job)
    if found is None:
        raise HTTPException(404, GONE)
    return found


def _finished(job: Annotated[Job, Depends(_job)]) -> Job:
    if job.state != DONE:
        raise HTTPException(409, "This video has no answer yet. Ask for its state first.")
    return job


AnyJob = Annotated[Job, Depends(_job)]
FinishedJob = Annotated[Job, Depends(_finished)]
