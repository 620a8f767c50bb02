"""How many processor threads a computation has; nothing else in this package sets it.

A result must not depend on it: DIS flow, a product of matrices and a convolution all give other last digits with
another number of threads, and from those other points of a face and another flow. So everything is computed on one
thread, whatever the process did before, and cores are for other clips, videos or folds.

OpenCV and BLAS have one number for the whole process: the first block that needs it sets it, and the last that ends
gives back what was there, however many threads of Python are in such blocks at once. torch and OpenMP have one for
each thread of Python.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock, Thread, local
from typing import TypeVar

import cv2
from threadpoolctl import LibController, ThreadpoolController

T = TypeVar("T")


class _SharedLimit:
    """A limit of the whole process, in force as long as at least one block needs it.

    Args:
        limit: called at the start of each block; is to add what undoes it, if there is anything to limit.
    """

    def __init__(self, limit: Callable[[ExitStack], None]) -> None:
        self._limit = limit
        self._lock = Lock()
        self._blocks = 0
        self._undo = ExitStack()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            self._limit(self._undo)  # each time: a library may have been loaded, or set by someone else, since
            self._blocks += 1
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                if not self._blocks:
                    self._undo.close()


def _limit_opencv(undo: ExitStack) -> None:
    if cv2.getNumThreads() != 1:
        undo.callback(cv2.setNumThreads, cv2.getNumThreads())
        cv2.setNumThreads(1)


def _limit_blas(undo: ExitStack) -> None:
    for library in ThreadpoolController().select(user_api="blas").lib_controllers:
        # A BLAS on OpenMP has a number for each thread of Python, which is OpenMP's.
        if library.num_threads != 1 and getattr(library, "threading_layer", "") != "openmp":
            undo.callback(_set_blas_threads, library, library.num_threads)
            _set_blas_threads(library, 1)


def _set_blas_threads(library: LibController, count: int) -> None:
    # From 3.8 on, threadpoolctl ignores all threads of Python but the first that ever set OpenBLAS, unless told to.
    release = getattr(library, "clear_controlling_thread", None)
    if release is not None:
        release(force=True)
    library.set_num_threads(count)
    if release is not None:
        release(force=True)


_OPENCV = _SharedLimit(_limit_opencv)
_BLAS = _SharedLimit(_limit_blas)
_TORCH = Lock()
_THIS_THREAD = local()


def one_opencv_thread() -> AbstractContextManager[None]:
    """Keep OpenCV on one thread in the block; for what needs neither torch nor a product of matrices."""
    return _OPENCV.held()


@contextmanager
def processor_threads(count: int = 1) -> Iterator[None]:
    """Compute what this thread of Python computes in the block on `count` processor threads.

    Whatever is set when the block begins, and whatever other threads of Python do meanwhile, the block computes the
    same; at its end everything is set as before. A thread of Python that the block starts needs a block of its own.

    Args:
        count: for torch and OpenMP; OpenCV and BLAS, whose number is the process's, always have one.
    """
    if getattr(_THIS_THREAD, "count", None) == count:
        yield
        return
    outer = getattr(_THIS_THREAD, "count", None)
    with _OPENCV.held(), _torch_threads(count), _openmp_threads(count), _BLAS.held():
        _THIS_THREAD.count = count
        try:
            yield
        finally:
            _THIS_THREAD.count = outer


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    import torch  # here, so that a command that computes nothing need not wait for it

    with _TORCH:
        before = torch.get_num_threads()
        _set_torch_threads(count)
    try:
        yield
    finally:
        with _TORCH:
            _set_torch_threads(before)


def _set_torch_threads(count: int) -> None:
    """Set torch's number for this thread alone.

    What `torch.set_num_threads` sets holds for the thread that calls it, and for every thread that uses torch for the
    first time later. The second must stay as it was: a stranger's thread would be left with our number.
    """
    import torch

    later = _in_new_thread(torch.get_num_threads)
    torch.set_num_threads(count)
    if later != count:
        _in_new_thread(lambda: torch.set_num_threads(later))


def _in_new_thread(call: Callable[[], T]) -> T:
    returned: list[T] = []
    thread = Thread(target=lambda: returned.append(call()))
    thread.start()
    thread.join()
    return returned[0]


def _openmp_threads(count: int) -> AbstractContextManager[object]:
    limit: AbstractContextManager[object] = ThreadpoolController().select(user_api="openmp").limit(limits=count)
    return limit
