"""Use two cores: one thread reads the video and follows faces while others spot and classify.

What takes time runs in FFmpeg, OpenCV and torch, which let other threads of Python go on meanwhile. Everything is
worked on in the order it comes, by one thread at a time, so that an answer does not depend on how fast they are.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

from glfnet.threads import processor_threads

T = TypeVar("T")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


@contextmanager
def taken_ahead(items: Iterable[T], most: int) -> Iterator[Iterator[T]]:
    """Take items on a separate thread and give them in order; an error that ends them is raised after the last one.

    At the end of the `with` block, also after an error or Ctrl-C in it, no more is taken and the thread has ended.

    Args:
        items: where they come from; asked by one thread only, which is not the caller's.
        most: how many may wait.
    """
    waiting: Queue[T | _End] = Queue(most)
    leaving = Event()

    def take() -> None:
        error = None
        try:
            with processor_threads():  # how many torch may use is set for each thread of Python
                for item in items:
                    waiting.put(item)
                    if leaving.is_set():
                        break
        except BaseException as raised:
            error = raised
        waiting.put(_End(error))

    thread = Thread(target=take, name="reads ahead", daemon=True)
    thread.start()
    try:
        yield _given(waiting)
    finally:
        leaving.set()
        while thread.is_alive():
            _empty(waiting)  # or it would wait for room for ever
            thread.join(0.01)


def _given(waiting: "Queue[T | _End]") -> Iterator[T]:
    while not isinstance(item := waiting.get(), _End):
        yield item
    if item.error is not None:
        raise item.error


def _empty(waiting: "Queue[T | _End]") -> None:
    try:
        while True:
            waiting.get_nowait()
    except Empty:
        return


class MadeAside(Generic[T, Made]):
    """Makes something of each item, one after the other, on a separate thread; a context manager.

    Args:
        make: what to make of an item.
        on_made: is given each thing made, in the order of the items, by the thread that asks.
        most: how many items may wait; `add` waits where there are more.
    """

    def __init__(self, make: Callable[[T], Made], on_made: Callable[[Made], None], most: int) -> None:
        self._make, self._on_made, self._most = make, on_made, most
        self._waiting: deque[Future[Made]] = deque()
        self._pool = ThreadPoolExecutor(1, "makes aside")

    def __enter__(self) -> "MadeAside[T, Made]":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, items: Iterable[T]) -> None:
        """Take items, and hand out what has been made by now."""
        self._waiting += [self._pool.submit(self._make, item) for item in items]
        while self._waiting and (self._waiting[0].done() or len(self._waiting) > self._most):
            self._on_made(self._waiting.popleft().result())

    def finish(self) -> None:
        """Wait for the rest, and hand it out."""
        while self._waiting:
            self._on_made(self._waiting.popleft().result())
