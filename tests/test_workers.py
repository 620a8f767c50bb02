"""Worker processes: what they give back, what they never import, and that none is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glfnet.errors import WorkerError
from glfnet.workers import worked

SCRIPT = """
import sys
from glfnet.workers import worked

if __name__ == "__main__":
    print(sorted(worked({call}, {arguments}, 2)), flush=True)
"""


def power(base: int, exponent: int) -> int:
    return base**exponent


def fail(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def array_kind(array: object) -> str:
    return type(array).__name__


def end(number: int) -> None:
    os._exit(number)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.slow
def test_each_call_gives_its_result(jobs: int) -> None:
    given = [(2, exponent) for exponent in range(6)]
    assert list(worked(power, given, jobs, in_order=True)) == [1, 2, 4, 8, 16, 32]
    assert sorted(worked(power, given, jobs)) == [1, 2, 4, 8, 16, 32]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_in_a_call_reaches_the_caller(jobs: int) -> None:
    with pytest.raises(ValueError, match="three"):
        list(worked(fail, [(number,) for number in range(6)], jobs))


@pytest.mark.slow
def test_a_worker_that_is_killed_is_one_clear_error() -> None:
    with pytest.raises(WorkerError, match="a worker process was killed, perhaps because memory ran out"):
        list(worked(end, [(9,)] * 4, 2))
    assert list(worked(power, [(2, 3)], 2)) == [8], "new workers take over"


@pytest.mark.slow
def test_the_environment_is_left_as_it_was() -> None:
    before = dict(os.environ)
    list(worked(power, [(2, 3)] * 3, 2))
    assert dict(os.environ) == before


def kept_back() -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows keeps no signal back")
def test_ctrl_c_is_for_the_process_that_waits_and_not_for_its_workers(tmp_path: Path) -> None:
    assert list(worked(kept_back, [()], 1)) == [False]
    script = tmp_path / "script.py"  # a process that has started no other yet
    look = "import signal\n\n\ndef look():\n    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
    script.write_text(look + SCRIPT.format(call="look", arguments="[()] * 4") + "    print(look())\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["[True, True, True, True]", "False"], done.stderr


@pytest.mark.slow
def test_large_arrays_do_not_go_through_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    seen = worked(array_kind, [(np.ones(2_000_000),)] * 2, 2)
    assert list(seen) == ["ndarray", "ndarray"], "a memmap would be a file"


@pytest.mark.slow
def test_no_worker_imports_what_lies_in_the_current_folder(tmp_path: Path) -> None:
    folder, script = tmp_path / "here", tmp_path / "elsewhere" / "script.py"
    folder.mkdir()
    script.parent.mkdir()
    for name in ("dis", "ast", "tempfile", "numpy", "joblib", "random"):
        (folder / f"{name}.py").write_text("open('imported', 'a').write(__name__ + '\\n')\nraise SystemExit(7)\n")
    script.write_text(SCRIPT.format(call="pow", arguments="[(2, 3), (2, 4)]"))
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("[8, 16]\n", 0), done.stderr
    assert not (folder / "imported").exists()


@pytest.fixture
def busy(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process group whose two workers sleep for long."""
    script = tmp_path / "script.py"
    script.write_text(
        "import time\n" + SCRIPT.format(call="time.sleep", arguments="[(0.01,), (0.01,), (300,), (300,)]")
    )
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while len(group(process.pid)) < 3:
            time.sleep(0.05)
        time.sleep(1.5)  # until both sleep
        yield process
        if group(process.pid):
            os.killpg(process.pid, signal.SIGKILL)


def group(leader: int) -> list[int]:
    """Return the processes of a group that have not ended."""
    found = subprocess.run(["ps", "-e", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in found.splitlines()]
    return [int(pid) for pid, of, state in rows if int(of) == leader and not state.startswith("Z")]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.slow
def test_workers_end_within_seconds_however_their_caller_ends(
    busy: "subprocess.Popen[str]", how: signal.Signals
) -> None:
    busy.send_signal(how)
    busy.wait(10)
    deadline = time.monotonic() + 10
    while group(busy.pid):
        assert time.monotonic() < deadline, "a worker lives on"
        time.sleep(0.05)
