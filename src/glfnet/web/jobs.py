"""Jobs: a queue of videos, each looked at in a process of its own, and all of it deleted in time."""

import json
import multiprocessing
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from glfnet.web.limits import Limits, Task
from glfnet.web.work import work

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
"""States of a job."""

_POLL_S, _SWEEP_S = 0.1, 5.0
_LONGEST_MESSAGE = 4_000_000  # bytes
_KILLED = (
    "{}: the process that looked at it has ended unexpectedly, perhaps because memory ran out. Nothing else is lost."
)
_TOO_SLOW = "{}: took longer than the {:g} s that one video may take here. Cut it, or make it smaller."

_PROCESSES = multiprocessing.get_context("forkserver")  # imports once what takes seconds, and forks from there
_PROCESSES.set_forkserver_preload(["glfnet.web.work", "glfnet.recognition.weights", "glfnet.faces.mtcnn"])


@dataclass(slots=True, eq=False)
class Job:
    """One video and what is known of it so far; changed by the threads of `Jobs` only.

    Attributes:
        id: cannot be guessed; who knows it may see the video.
        task: what is done first.
        state: one of the four.
        progress: stage, done, expected.
        sentence: why it has failed.
        touched_s: when its page last asked for it.
        ended: whether it has been deleted, so that its process is ended.
    """

    id: str
    task: Task
    state: str = QUEUED
    progress: dict[str, Any] = field(default_factory=lambda: {"stage": None, "done": 0, "expected": None})
    sentence: str = ""
    touched_s: float = field(default_factory=time.monotonic)
    ended: threading.Event = field(default_factory=threading.Event)
    answering: threading.Lock = field(default_factory=threading.Lock)


class Jobs:
    """All jobs of a server. A context manager: at its end nothing of them is left.

    Args:
        root: a folder of ours.
        limits: how much is taken on.
        weights: as for `predict`.
    """

    def __init__(self, root: Path, limits: Limits, weights: Path | None = None) -> None:
        self.limits, self.weights = limits, weights
        self._root = root
        self._jobs: dict[str, Job] = {}
        self._queue: list[Job] = []
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._quick = threading.Semaphore(max(1, limits.at_once))
        self._threads = [threading.Thread(target=self._carry_on, daemon=True) for _ in range(limits.at_once)]
        self._threads.append(threading.Thread(target=self._sweep, daemon=True))
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "Jobs":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def new_folder(self) -> Path | None:
        """Return an empty folder for a new video; None if there are too many already, or no room on the disk."""
        with self._changed:
            free = shutil.disk_usage(self._root).free
            if sum(1 for _ in self._root.iterdir()) >= self.limits.jobs or free < 2 * self.limits.upload_bytes:
                return None
            folder = self._root / secrets.token_urlsafe(18)
            folder.mkdir(mode=0o700)
            return folder

    def discard(self, folder: Path) -> None:
        """Delete a folder of `new_folder` for which there is no job."""
        shutil.rmtree(folder, ignore_errors=True)

    def add(self, kind: str, folder: Path, name: str) -> Job:
        """Put what is in a folder of `new_folder` at the end of the queue."""
        task = Task(
            kind="example" if kind == "example" else "look", folder=folder, name=name, limits=self.limits,
            weights=self.weights,
        )  # fmt: skip
        job = Job(folder.name, task)
        with self._changed:
            self._jobs[job.id] = job
            self._queue.append(job)
            self._changed.notify_all()
        return job

    def find(self, number: str) -> Job | None:
        """Return a job by its id, and keep it longer; None if there is none, or none any more."""
        job = self._jobs.get(number)
        if job is not None:
            job.touched_s = time.monotonic()
        return job

    def state(self, job: Job) -> dict[str, Any]:
        """Return how far a job is: its state, its position in the queue (0: it is its turn), what is being done."""
        with self._changed:
            position = self._queue.index(job) + 1 if job in self._queue else 0
        return {"id": job.id, "state": job.state, "position": position, "sentence": job.sentence, **job.progress}

    def answer(
        self, job: Job, kind: Literal["given", "explain", "magnify"], onset: int, apex: int, factor: float = 1.0
    ) -> dict[str, Any]:
        """Answer a question about what moves between two frames, in a process of its own; wait for it.

        Returns:
            `done` with the answer, or `failed` with a sentence.
        """
        task = replace(job.task, kind=kind, onset=onset, apex=apex, factor=factor)
        with job.answering, self._quick:
            return _carried_out(task, lambda progress: None, job.ended)

    def remove(self, job: Job) -> None:
        """End a job, wherever it is, and delete all that there is of it."""
        job.ended.set()
        with self._changed:
            self._jobs.pop(job.id, None)
            if job in self._queue:
                self._queue.remove(job)
        if job.state != RUNNING:  # a running one is deleted by its thread, once its process has ended
            self._delete(job)

    def close(self) -> None:
        """End all jobs and delete everything."""
        self._closed.set()
        for job in list(self._jobs.values()):
            self.remove(job)
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _delete(self, job: Job) -> None:
        with job.answering:  # its process has ended, or is about to
            shutil.rmtree(job.task.folder, ignore_errors=True)

    def _carry_on(self) -> None:
        while not self._closed.is_set():
            with self._changed:
                self._changed.wait_for(lambda: bool(self._queue) or self._closed.is_set())
                if self._closed.is_set():
                    return
                job = self._queue.pop(0)
                job.state = RUNNING
            outcome = _carried_out(job.task, job.progress.update, job.ended)
            job.sentence = str(outcome.get("failed", ""))
            job.state = FAILED if "failed" in outcome else DONE
            if job.ended.is_set():
                self._delete(job)

    def _sweep(self) -> None:
        while not self._closed.wait(min(_SWEEP_S, self.limits.keep_s)):
            now = time.monotonic()
            for job in list(self._jobs.values()):
                if now - job.touched_s > self.limits.keep_s:
                    self.remove(job)


def _carried_out(task: Task, on_progress: Callable[[dict[str, Any]], None], ended: threading.Event) -> dict[str, Any]:
    """Do a task in a process of its own, ended when the time is up or `ended` is set; return its last message."""
    ours, theirs = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=work, args=(theirs, task), daemon=True)
    try:
        process.start()
    except (OSError, EOFError):  # too little memory, or too many processes
        ours.close()
        return {"failed": f"{task.name}: no process could be started for it. Try again later."}
    finally:
        theirs.close()
    end_s = time.monotonic() + task.limits.time_s
    try:
        while not ended.is_set():
            if time.monotonic() > end_s:
                return {"failed": _TOO_SLOW.format(task.name, task.limits.time_s)}
            if not ours.poll(_POLL_S):
                continue
            message = json.loads(ours.recv_bytes(_LONGEST_MESSAGE))
            if "stage" not in message:
                return dict(message)
            on_progress({name: message.get(name) for name in ("stage", "done", "expected")})
        return {"failed": f"{task.name}: was ended, since its page was left."}
    except (EOFError, OSError, ValueError):
        return {"failed": _KILLED.format(task.name)}
    finally:
        ours.close()
        process.kill()
        process.join()
