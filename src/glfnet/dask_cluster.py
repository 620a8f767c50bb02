"""Work on a cluster: what `workers.worked` hands to processes of this machine goes to a dask cluster instead.

    with glfnet.cluster("dask:tcp://10.0.0.5:8786"):
        glfnet.evaluate(flow, "runs/cde", settings, seeds=range(10))

The results are those of this machine's processes: a worker does one piece of work at a time, in the folder that this
program was started in, and keeps what it made there. So all of them must see one file system, and have the same glfnet.
A piece of work whose worker dies is done again by another.
"""

import contextlib
import logging
import os
import pickle
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import metadata
from typing import TYPE_CHECKING, Any, TypeVar

from glfnet.errors import SettingsError, WorkerError

if TYPE_CHECKING:
    from distributed import Client, Future

T = TypeVar("T")

LOCAL, DASK = "local", "dask:"
_EXPECTED = "local, dask:ADDRESS, such as dask:tcp://10.0.0.5:8786, or dask:FILE.json of `dask scheduler`"
_CONNECT_S, _FIRST_WORKER_S = 10, 60
_SAME = ("glfnet", "torch", "numpy", "scikit-learn", "opencv-contrib-python-headless")
_AT_WORK = threading.Lock()
_CLIENT: ContextVar["Client | None"] = ContextVar("client", default=None)


@contextmanager
def cluster(executor: str = LOCAL) -> Iterator[None]:
    """Hand the work of `evaluate`, `ablate`, `sweep`, `prepare` and `spot` in the block to a cluster.

    Args:
        executor: `dask:` and the address of a scheduler, or the .json file that it wrote; `local` changes nothing.

    Raises:
        SettingsError: if `executor` is neither, or dask is not installed.
        WorkerError: if nobody answers there, there is no worker, or a worker has another version of what results depend
            on, or does not see the folder that this program was started in.
    """
    if checked_executor(executor) == LOCAL:
        yield
        return
    with _connected(executor.removeprefix(DASK)) as client:
        _check_workers(client)
        before = _CLIENT.set(client)
        try:
            yield
        finally:
            _CLIENT.reset(before)


def checked_executor(executor: str) -> str:
    """Return it, or raise SettingsError if it can be neither `local` nor a cluster; nobody is asked yet."""
    if executor == LOCAL or (isinstance(executor, str) and executor.startswith(DASK) and executor != DASK):
        return executor
    raise SettingsError(f"executor: found {executor!r}; expected {_EXPECTED}.")


def on_cluster() -> bool:
    """Return whether work is handed to a cluster here."""
    return _CLIENT.get() is not None


def worked_on_cluster(
    call: Callable[..., T], arguments: Iterable[tuple[Any, ...]], *, in_order: bool = False
) -> Iterator[T]:
    """Yield what `call` returns for each tuple of arguments; see `workers.worked`.

    Raises:
        WorkerError: if several workers died of the same piece of work, or all were taken away.
    """
    from distributed import CancelledError, KilledWorker, as_completed

    client = _CLIENT.get()
    assert client is not None
    given = _Shared(client)
    folder = os.getcwd()
    futures = [client.submit(_work, folder, call, *given.of(each), pure=False) for each in arguments]
    try:
        for future in futures if in_order else as_completed(futures, loop=client.loop):
            yield future.result()
            future.release()
    except KilledWorker as error:
        raise WorkerError(
            "several workers of the cluster died of the same work, perhaps for want of memory."
        ) from error
    except CancelledError as error:
        raise WorkerError("the cluster gave up the work; its scheduler may have been stopped.") from error
    finally:
        with contextlib.suppress(Exception):  # what is no longer wanted; the connection may be gone
            client.cancel([future for future in futures if not future.done()])


class _Shared:
    """Sends what many pieces of work share once, and not with each of them.

    It is sent as work that gives it, not as data: a worker that dies takes data with it, and work can be done again.
    """

    def __init__(self, client: "Client") -> None:
        import cloudpickle  # comes with distributed; takes functions that somebody wrote in a notebook

        self._client, self._pickled = client, cloudpickle.dumps
        self._sent: dict[int, tuple[object, Future[Any]]] = {}

    def of(self, given: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(self._one(value) for value in given)

    def _one(self, value: Any) -> Any:
        if value is None or isinstance(value, (str, int, float)):
            return value
        if id(value) not in self._sent:
            # The value itself is kept too, so that no other object can have its id meanwhile.
            self._sent[id(value)] = value, self._client.submit(pickle.loads, self._pickled(value), pure=False)
        return self._sent[id(value)][1]


def _work(folder: str, call: Callable[..., T], *given: Any) -> T:
    # One at a time: a fold has the random numbers of its whole process, and the folder is the process's too.
    with _AT_WORK, contextlib.chdir(folder):
        return call(*given)


@contextmanager
def _connected(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client
    except ImportError as error:
        raise SettingsError(
            'executor dask: the library distributed is not installed; expected it. pip install "glfnet[cluster]"'
        ) from error
    where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        client = Client(**where, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"executor {DASK}{address}: found no scheduler that answers; expected one. Start it with `dask scheduler`, "
            "and its workers with `dask worker ADDRESS --nthreads 1`."
        ) from error
    log = logging.getLogger("distributed.client")
    level = log.level
    log.setLevel(logging.CRITICAL)  # of a lost connection it prints a traceback; we say it in a sentence
    try:
        with client:
            yield client
    finally:
        log.setLevel(level)


def _check_workers(client: "Client") -> None:
    try:
        client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
    except TimeoutError as error:
        raise WorkerError(
            f"the cluster has no worker; expected at least one within {_FIRST_WORKER_S} s. Start some with "
            "`dask worker ADDRESS --nthreads 1`."
        ) from error
    ours, folder = _versions(), os.getcwd()
    try:
        theirs = client.run(_versions)
        sees = client.run(os.path.isdir, folder)
    except ImportError as error:
        raise WorkerError(
            f"a worker of the cluster has no glfnet ({error}); expected glfnet {ours['glfnet']}."
        ) from error
    for worker, versions in theirs.items():
        other = next((name for name in ours if versions[name] != ours[name]), None)
        if other is not None:
            raise WorkerError(
                f"worker {worker} has {other} {versions[other]}; expected {ours[other]}, as here: other versions give "
                "other last digits."
            )
    blind = next((worker for worker, there in sees.items() if not there), None)
    if blind is not None:
        raise WorkerError(
            f"worker {blind} does not see the folder {folder}; expected a file system that all workers share, since "
            "they read and keep files in it."
        )


def _versions() -> dict[str, str]:
    return {name: metadata.version(name) for name in _SAME}
