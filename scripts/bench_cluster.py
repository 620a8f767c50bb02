"""Time one leave-one-subject-out run on clusters of this machine's processes, and say what larger ones should take.

    python scripts/bench_cluster.py                              # 68 made-up people, 1, 2 and 4 workers
    python scripts/bench_cluster.py --subjects 6 --epochs 2      # to see that it works

All tables of predictions are compared. What larger clusters take is not measured: the folds' measured times are laid
onto so many workers one after the other, as the scheduler does, after the time in which a worker starts.
"""

import argparse
import heapq
import json
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

from distributed import LocalCluster
from this_machine import machine

from glfnet.dask_cluster import LOCAL, cluster
from glfnet.evaluation.evaluate import evaluate
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set

CLIPS = 442
JOBS = (
    ("10 seeds x 12 settings x 68 folds", 10 * 12 * 68, 1.0),
    ("10 seeds x 10 folds of 7,526 clips (DFME's number)", 10 * 10, 0.9 * 7526 / CLIPS),
)  # name, folds, times as many clips to train on
MACHINES, CORES = 32, 32


def main() -> None:
    """Run, compare, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=68)
    parser.add_argument("--epochs", type=int, default=None, help="as in the recipe unless given")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    flow = synthetic_flow_set(subjects=given.subjects, seed=0)
    changes = {} if given.epochs is None else {"training": {"epochs": given.epochs}}
    settings = read_settings("glfnet", **changes)
    taken: list[tuple[str, float]] = []
    tables: set[bytes] = set()
    with tempfile.TemporaryDirectory() as folder:

        def run(name: str, executor: str, jobs: int) -> Path:
            started = time.perf_counter()
            with cluster(executor):
                out = evaluate(flow, Path(folder) / name, settings, seeds=(0,), jobs=jobs, progress=True).folder
            taken.append((name, time.perf_counter() - started))
            tables.add((out / "predictions.csv").read_bytes())
            return out

        out = run("this process alone", LOCAL, 1)
        run("two processes", LOCAL, 2)
        for workers in given.workers:
            with LocalCluster(workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as running:
                run(f"cluster, workers: {workers}", f"dask:{running.scheduler_address}", 1)
        folds = fold_seconds(out)
    print(machine())
    print(f"\nPredictions are {'the same in all' if len(tables) == 1 else 'NOT the same'}.\n")
    print("| where | from start to report |\n|---|---:|")
    for name, seconds in taken:
        print(f"| {name} | {seconds:.0f} s |")
    start = max(0.0, dict(taken)[f"cluster, workers: {given.workers[0]}"] - sum(folds))
    print(f"\nA fold takes {sum(folds) / len(folds):.2f} s; start of a worker and report take {start:.0f} s.\n")
    print(f"| simulated | one machine of {CORES} cores | {MACHINES} such machines |\n|---|---:|---:|")
    for name, count, factor in JOBS:
        tasks = [seconds * factor for seconds in islice(cycle(folds), count)]
        ends = [start + finished(tasks, workers) for workers in (CORES, MACHINES * CORES)]
        print(f"| {name} | {ends[0]:.0f} s | {ends[1]:.0f} s |")


def fold_seconds(run: Path) -> list[float]:
    """Return how long each fold of a run took by itself, in seconds."""
    return [json.loads(file.read_text())["duration_s"] for file in sorted(run.glob("folds/**/*.json"))]


def finished(tasks: Sequence[float], workers: int) -> float:
    """Return when the last task ends if each idle worker takes the next one.

    >>> finished([3.0, 1.0, 1.0, 1.0], 2)
    3.0
    """
    free = [0.0] * min(workers, len(tasks))
    heapq.heapify(free)
    for seconds in tasks:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


if __name__ == "__main__":
    main()
