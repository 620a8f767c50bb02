import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from glfnet.config.settings import Settings
from glfnet.dask_cluster import cluster, on_cluster
from glfnet.errors import SettingsError, WorkerError
from glfnet.evaluation.evaluate import evaluate
from glfnet.evaluation.folds import Progress
from glfnet.samples.flow_set import FlowSet
from glfnet.workers import worked

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")
MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Any]:
    """A real cluster on the loopback address: two worker processes, of which one may die."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running:
        yield running


def squared(number: int) -> int:
    return number * number


def where(_number: int) -> str:
    return os.getcwd()


@pytest.mark.slow
def test_work_is_done_by_the_clusters_processes_in_the_folder_of_this_one(
    scheduler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with cluster(f"dask:{scheduler.scheduler_address}"):
        assert on_cluster()
        assert list(worked(squared, ((n,) for n in range(6)), 1, in_order=True)) == [0, 1, 4, 9, 16, 25]
        assert set(worked(where, ((n,) for n in range(4)), 1)) == {str(tmp_path)}
        pids = set(worked(_pid, ((n,) for n in range(8)), 1))
    assert not on_cluster()
    assert os.getpid() not in pids


@pytest.mark.slow
def test_a_run_on_a_cluster_is_the_run_of_this_machine_also_if_a_worker_is_killed(
    scheduler: Any, tmp_path: Path, tiny_flow: FlowSet, tiny_settings: MakeSettings
) -> None:
    killed: list[int] = []

    def kill_one(progress: Progress) -> None:
        if progress.done == 1 and not killed:
            killed.extend(scheduler.workers[name].pid for name in list(scheduler.workers)[:1])
            os.kill(killed[0], signal.SIGKILL)

    with cluster(f"dask:{scheduler.scheduler_address}"):
        there = evaluate(tiny_flow, tmp_path / "there", tiny_settings(), seeds=(0, 1), report=kill_one)
    here = evaluate(tiny_flow, tmp_path / "here", tiny_settings(), seeds=(0, 1))
    assert killed
    table = "predictions.csv"
    assert (there.folder / table).read_bytes() == (here.folder / table).read_bytes()


@pytest.mark.slow
def test_an_error_in_a_piece_of_work_arrives(scheduler: Any) -> None:
    with cluster(f"dask:{scheduler.scheduler_address}"), pytest.raises(SettingsError, match=r"^number: found 3\.$"):
        list(worked(_refuse, ((n,) for n in range(5)), 1))


@pytest.mark.slow
def test_workers_with_another_version_are_refused(scheduler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glfnet.dask_cluster.metadata.version", lambda name: "9.9.9")
    with pytest.raises(WorkerError, match=r"^worker tcp://.* has glfnet .*; expected 9\.9\.9, as here"):
        _enter(f"dask:{scheduler.scheduler_address}")


@pytest.mark.slow
def test_where_nobody_answers_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glfnet.dask_cluster._CONNECT_S", 0.2)
    with pytest.raises(WorkerError, match=r"^executor dask:tcp://127\.0\.0\.1:9: found no scheduler that answers"):
        _enter("dask:tcp://127.0.0.1:9")


@pytest.mark.parametrize("executor", ["slurm", "dask", "dask:", ""])
def test_another_word_is_refused(executor: str) -> None:
    with pytest.raises(SettingsError, match=rf"^executor: found '{executor}'; expected local, dask:ADDRESS"):
        _enter(executor)


def test_local_changes_nothing() -> None:
    with cluster("local"):
        assert not on_cluster()


def test_without_the_library_the_command_that_installs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r'pip install "glfnet\[cluster\]"'):
        _enter("dask:tcp://127.0.0.1:9")


def _enter(executor: str) -> None:
    with cluster(executor):
        pass


def _pid(_number: int) -> int:
    return os.getpid()


def _refuse(number: int) -> int:
    if number == 3:
        raise SettingsError("number: found 3.")
    return number
