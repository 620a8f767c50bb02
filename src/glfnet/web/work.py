"""What is done in the process of a job: a video is decoded and answered, within limits, and never in the server."""

import json
import resource
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from traceback import format_exc
from typing import Any

import glfnet
from glfnet.errors import GlfnetError
from glfnet.files import write_whole
from glfnet.recognition.predict import predict
from glfnet.synthetic.long_video import long_video_frames
from glfnet.synthetic.long_video_files import write_video
from glfnet.synthetic.long_video_plan import long_video_plan
from glfnet.web.document import page_document
from glfnet.web.limits import Limits, Task
from glfnet.web.preview import read_times, write_preview

READING, LOOKING, DRAWING, CLASSIFYING, EXPLAINING = "reading", "looking", "drawing", "classifying", "explaining"
"""Stages of a job."""

_TELL_EVERY_S = 0.1
_EXAMPLE_S, _EXAMPLE_FPS, _EXAMPLE_PX = 10.0, 50.0, (480, 360)
_OUT_OF_MEMORY = ("allocate memory", "failed to map segment")  # what torch, FFmpeg and the loader of libraries say
_TOO_MUCH_MEMORY = "{}: needs more than the {} MiB of memory that one video may have here. Cut it, or make it smaller."


def work(connection: Connection, task: Task) -> None:
    """Do what a job asks, and tell the server how far it is; the last message is `done` or `failed`.

    Messages are JSON, not pickles: a process that a hostile video has taken over can send no more than text.

    Args:
        connection: to the server.
        task: what to do. What is made lies in its folder afterwards.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process
    _limit(task.limits)
    tell = _Telling(connection)
    try:
        made = _KINDS[task.kind](task, tell)
        tell.last({"done": made})
    except MemoryError:
        tell.last({"failed": _TOO_MUCH_MEMORY.format(task.name, task.limits.memory_mb)})
    except GlfnetError as error:
        tell.last({"failed": str(error).replace(str(task.video), task.name)})
    except BrokenPipeError:  # the server has gone
        sys.exit(1)
    except Exception as error:
        if any(words in str(error) for words in _OUT_OF_MEMORY):
            tell.last({"failed": _TOO_MUCH_MEMORY.format(task.name, task.limits.memory_mb)})
            return
        sys.stderr.write(format_exc())
        tell.last(
            {"failed": f"{task.name}: glfnet itself has failed here; the terminal shows where. Please report it."}
        )


class _Telling:
    """Tells the server how far a job is, but not at every frame."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._told_s = 0.0

    def stage(self, name: str) -> Callable[[int, int | None], None]:
        """Return a function that is told how much of a stage is done."""

        def told(done: int, expected: int | None) -> None:
            now = time.monotonic()
            if now - self._told_s >= _TELL_EVERY_S:
                self._told_s = now
                self.last({"stage": name, "done": done, "expected": expected})

        self.last({"stage": name, "done": 0, "expected": None})
        return told

    def last(self, message: dict[str, Any]) -> None:
        """Send a message at once."""
        self._connection.send_bytes(json.dumps(message, allow_nan=False).encode())


def _look(task: Task, tell: _Telling) -> None:
    write_preview(task.video, task.folder, task.name, task.limits, tell.stage(READING))
    result = predict(task.video, weights=task.weights, on_frame=tell.stage(LOOKING))
    document = page_document(result, glfnet.__version__, task.name, read_times(task.folder))
    write_whole(task.result, json.dumps(document, allow_nan=False, default=str))


def _example(task: Task, tell: _Telling) -> None:
    plan = long_video_plan(0, 0, duration_s=_EXAMPLE_S, fps=_EXAMPLE_FPS)
    told = tell.stage(DRAWING)

    def drawn() -> Any:
        for done, frame in enumerate(long_video_frames(plan, _EXAMPLE_PX), start=1):
            told(done, plan.frames)
            yield frame

    write_video(task.video, drawn(), plan.fps)
    _look(task, tell)


def _given(task: Task, tell: _Telling) -> dict[str, Any]:
    result = predict(
        task.video, onset=task.onset, apex=task.apex, weights=task.weights, on_frame=tell.stage(CLASSIFYING)
    )
    document = page_document(result, glfnet.__version__, task.name, read_times(task.folder))
    return {"interval": next(iter(document["intervals"]), None), "notes": document["notes"]}


def _explain(task: Task, tell: _Telling) -> dict[str, Any]:
    from glfnet.web.closer import explained  # with it come matplotlib and all that draws

    return explained(task, tell.stage(EXPLAINING))


def _magnify(task: Task, tell: _Telling) -> dict[str, Any]:
    from glfnet.web.closer import magnified_apex

    return magnified_apex(task)


_KINDS = {"look": _look, "example": _example, "given": _given, "explain": _explain, "magnify": _magnify}


def _limit(limits: Limits) -> None:
    """Let this process ask for no more memory than allowed, and leave no image of its memory, which has faces in it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit does not hold
        size = limits.memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
