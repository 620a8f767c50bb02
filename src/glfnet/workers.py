"""Worker processes: how work is handed to several of them, and how they end.

A worker imports nothing from the folder it is started in: a user's `dis.py` there is not Python's. It ends when its
work is broken off, by an error or Ctrl-C, and within seconds of the process that waits for it, however that was ended:
what takes longer than that is then lost, and what was finished is kept, since every file is written whole.
"""

import multiprocessing.resource_tracker
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any, TypeVar

import joblib
from joblib.externals.loky.backend import resource_tracker as loky_tracker
from joblib.externals.loky.process_executor import TerminatedWorkerError

from glfnet.dask_cluster import on_cluster, worked_on_cluster
from glfnet.errors import WorkerError

T = TypeVar("T")

_SAFE_PATH = "PYTHONSAFEPATH"  # Python's own name: nothing is imported from the current folder
_LOOK_EVERY_S, _FINISH_S = 0.5, 3.0
_WORKING = threading.Lock()


def worked(
    call: Callable[..., T], arguments: Iterable[tuple[Any, ...]], jobs: int, *, in_order: bool = False
) -> Iterator[T]:
    """Yield what `call` returns for each tuple of arguments, worked on by several processes, or by a cluster.

    Args:
        call: must be picklable, as its arguments and what it returns.
        arguments: of each call.
        jobs: processes; with one, all is done in this process. Each has one thread for what it computes. A cluster has
            as many as it has workers.
        in_order: yield in the order of the arguments, not of completion.

    Raises:
        WorkerError: if a worker process was killed.
    """
    if on_cluster():
        yield from worked_on_cluster(call, arguments, in_order=in_order)
        return
    return_as = "generator" if in_order else "generator_unordered"
    with _started_safely(), joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        # max_nbytes: joblib would put arrays into a temporary file, and a run that is killed would leave it behind.
        parallel = joblib.Parallel(jobs, return_as=return_as, max_nbytes=None)
        try:
            with _ctrl_c_kept_from_workers() if jobs > 1 else nullcontext():  # this starts them
                results = parallel(joblib.delayed(_work)(os.getpid(), call, given) for given in arguments)
            yield from results
        except TerminatedWorkerError as error:
            raise WorkerError("a worker process was killed, perhaps because memory ran out.") from error


def _work(waiting: int, call: Callable[..., T], given: tuple[Any, ...]) -> T:
    if os.getpid() == waiting:
        return call(*given)
    _end_after(waiting)
    with _WORKING:
        return call(*given)


@cache
def _end_after(waiting: int) -> None:
    """Let this worker end once the process `waiting` is gone; joblib would leave it idle, its memory taken."""
    threading.Thread(target=_end_when_orphaned, args=(waiting,), daemon=True).start()


def _end_when_orphaned(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    _WORKING.acquire(timeout=_FINISH_S)  # what is nearly done is kept
    os._exit(1)


@contextmanager
def _ctrl_c_kept_from_workers() -> Iterator[None]:
    """Start workers that Ctrl-C does not reach: it is for the process that waits, which ends them without a traceback.

    A new process inherits which signals are kept back. This one gets what was kept back at the end of the block.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # Each tracks what workers share. Starting one lets Ctrl-C through again, so they are started before.
    multiprocessing.resource_tracker.ensure_running()
    loky_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _started_safely() -> Iterator[None]:
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before
