"""Addresses about runs: listed, their pages, compared. They are there only where `--runs` has named a folder."""

from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field

from glfnet.errors import GlfnetError
from glfnet.web.guard import READ_ONLY_POLICY
from glfnet.web.runs import MOST_COMPARED, NoSuchRun, Runs

_GONE = "There is no such run, or no more; load the list again."

RunId = Annotated[str, Field(max_length=60)]


class Compared(BaseModel):
    """Runs to be compared; the first one is the baseline."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    runs: Annotated[tuple[RunId, ...], Field(min_length=2, max_length=MOST_COMPARED)]


def add_runs(app: FastAPI, runs: Runs) -> None:
    """Add the addresses to an application."""

    @app.get("/api/runs")
    def listed() -> dict[str, Any]:
        """List the finished runs with their honest scores."""
        return {"runs": runs.listed()}

    @app.get("/api/runs/{run}/report")
    def report(run: str) -> Response:
        """Give the page of a run; it may run no script and load nothing."""
        try:
            content = runs.report(run)
        except NoSuchRun as error:
            raise HTTPException(404, _GONE) from error
        return Response(content, media_type="text/html", headers={"content-security-policy": READ_ONLY_POLICY})

    @app.post("/api/runs/compare")
    def compare(asked: Compared) -> dict[str, Any]:
        """Compare runs with the first of them, paired over people, as `glfnet compare` does."""
        if len(set(asked.runs)) < len(asked.runs):
            raise HTTPException(422, "The same run twice; expected different ones.")
        try:
            return {"rows": runs.compared(asked.runs)}
        except NoSuchRun as error:
            raise HTTPException(404, _GONE) from error
        except GlfnetError as error:
            raise HTTPException(422, str(error)) from error
