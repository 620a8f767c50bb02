"""Nothing that is computed depends on how many processor threads anything has, and nobody's number is changed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread

import cv2
import joblib
import numpy as np
import pytest
import torch
from threadpoolctl import ThreadpoolController, threadpool_info

import glfnet
from glfnet.config.settings import Settings
from glfnet.recognition.answer.document import curve_csv, result_json
from glfnet.samples.flow_set import FlowSet
from glfnet.threads import one_opencv_thread, processor_threads
from made_up_recordings import a_clip

MakeSettings = Callable[..., Settings]


def blas() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def openmp() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "openmp"}


def torch_in_a_new_thread() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


@pytest.fixture(autouse=True)
def several_threads() -> Iterator[None]:
    """Give everything more than one thread, as on a machine with many cores."""
    before = torch.get_num_threads(), torch_in_a_new_thread(), cv2.getNumThreads()
    torch.set_num_threads(2)
    cv2.setNumThreads(3)
    with ThreadpoolController().select(user_api="blas").limit(limits=2):
        yield
    Thread(target=torch.set_num_threads, args=[before[1]]).start()
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[2])


def test_a_block_has_one_thread_and_leaves_everything_as_it_was() -> None:
    before = threadpool_info()
    with processor_threads():
        assert (torch.get_num_threads(), cv2.getNumThreads(), blas(), openmp()) == (1, 1, {1}, {1})
        assert torch_in_a_new_thread() == 2, "strangers' threads"
    assert (torch.get_num_threads(), cv2.getNumThreads(), torch_in_a_new_thread()) == (2, 3, 2)
    assert threadpool_info() == before


def test_a_block_within_a_block_may_have_another_number_for_torch() -> None:
    with processor_threads():
        with processor_threads(3):
            assert (torch.get_num_threads(), cv2.getNumThreads(), blas()) == (3, 1, {1})
        assert torch.get_num_threads() == 1
        with processor_threads():
            assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_an_error_in_a_block_leaves_everything_as_it_was() -> None:
    before = threadpool_info()
    with pytest.raises(ZeroDivisionError), processor_threads():
        print(1 / 0)  # noqa: T201
    assert (torch.get_num_threads(), cv2.getNumThreads(), threadpool_info()) == (2, 3, before)


def test_whoever_leaves_first_takes_nothing_from_those_who_stay() -> None:
    left = Barrier(2, timeout=30)

    def leave_at_once() -> int:
        with processor_threads(), one_opencv_thread():
            pass
        return torch.get_num_threads()

    def stay() -> tuple[int, int, set[int]]:
        with processor_threads():
            left.wait()  # both are in
            left.wait()  # the other one has left
            return torch.get_num_threads(), cv2.getNumThreads(), blas()

    with ThreadPoolExecutor(1) as pool:
        staying = pool.submit(stay)
        left.wait()
        assert leave_at_once() == 2
        left.wait()
        assert staying.result() == (1, 1, {1})
    assert (torch.get_num_threads(), cv2.getNumThreads(), blas()) == (2, 3, {2})


@pytest.mark.slow
def test_a_thread_that_comes_while_others_work_leaves_with_its_own_number() -> None:
    def come_and_go() -> int:
        with processor_threads():
            pass
        return torch.get_num_threads()

    with processor_threads(), ThreadPoolExecutor(4) as pool:
        assert {call.result() for call in [pool.submit(come_and_go) for _ in range(4)]} == {2}


# What follows compares whole answers, to the byte, with those of a process that has done nothing before.


def answer(video: Path) -> tuple[bytes, bytes]:
    """Return `result.json` and `curve.csv`."""
    result = glfnet.predict(video)
    return result_json(result, glfnet.__version__), curve_csv(result)


@pytest.fixture(scope="module")
def fresh(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    out = tmp_path_factory.mktemp("fresh") / "answer"
    program = "import sys; from glfnet.cli.main import main; sys.argv[0] = 'glfnet'; main()"
    words = [sys.executable, "-c", program, "predict", str(recording), "--out", str(out)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (out / "result.json").read_bytes(), (out / "curve.csv").read_bytes()


@pytest.mark.slow
def test_predict_answers_the_same_with_any_number_of_torch_threads(recording: Path, fresh: tuple[bytes, bytes]) -> None:
    for count in (1, 2, 4):
        torch.set_num_threads(count)
        assert answer(recording) == fresh
        assert torch.get_num_threads() == count


@pytest.mark.slow
def test_predict_answers_the_same_after_evaluate(
    recording: Path, fresh: tuple[bytes, bytes], tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = tiny_settings(training={"epochs": 1, "threads": 2})
    glfnet.evaluate(tiny_flow, tmp_path / "run", settings, seeds=(0,), jobs=1)
    assert answer(recording) == fresh


@pytest.mark.slow
def test_four_predictions_at_once_answer_the_same_and_leave_all_numbers(
    recording: Path, fresh: tuple[bytes, bytes]
) -> None:
    before = threadpool_info()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(answer, [recording] * 4)) == [fresh] * 4
        assert set(pool.map(lambda _: torch.get_num_threads(), range(4))) == {2}
    assert (torch.get_num_threads(), cv2.getNumThreads(), torch_in_a_new_thread()) == (2, 3, 2)
    assert threadpool_info() == before


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 3])
def test_a_worker_answers_the_same(recording: Path, fresh: tuple[bytes, bytes], threads: int) -> None:
    with joblib.parallel_config(backend="loky", inner_max_num_threads=threads):
        assert joblib.Parallel(2)(joblib.delayed(answer)(recording) for _ in range(2)) == [fresh] * 2


@pytest.mark.slow
def test_a_detector_finds_the_same_points_with_any_number_of_torch_threads() -> None:
    from glfnet.faces.detector import MtcnnDetector

    frame, detector = np.asarray(a_clip().frames[0]), MtcnnDetector()
    found = []
    for count in (1, 2, 4):
        torch.set_num_threads(count)
        found.append(detector.detect(frame)[0].points.tobytes())
    assert len(set(found)) == 1
