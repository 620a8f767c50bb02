"""Print finished runs as the Markdown tables of docs/measurements.md: one row a run.

python scripts/results_table.py runs/dev/b-*
"""

import argparse
from collections.abc import Mapping
from math import isnan
from pathlib import Path

from glfnet.report.run_files import read_metrics
from glfnet.report.run_info import RunTime
from glfnet.scores.predictions import ScoreKind
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import RunScores

SCOPES = ("smic", "casme2", "samm")


def main() -> None:
    """Read metrics.json of each run folder and print two tables, honest first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    runs = {run.name: read_metrics(run) for run in parser.parse_args().runs}
    print("Honest: the epoch was fixed before the run.\n")
    print_table(runs, "fixed")
    print("\nTest-selected: the epoch was chosen on the held-out subjects; not an estimate of performance.\n")
    print_table({name: run for name, run in runs.items() if run[0].looks > 1}, "test_selected")


def print_table(runs: Mapping[str, tuple[RunScores, RunTime]], kind: ScoreKind) -> None:
    """Print UF1 and UAR with interval, UF1 per database, and for the honest table the time."""
    last = ("seeds", "fold time, min") if kind == "fixed" else ("looks", "random answers reach")
    print("| run | UF1 | 95 % | UAR | 95 % | UF1 SMIC | UF1 CASME II | UF1 SAMM |", " | ".join(last), "|")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, (scores, time) in runs.items():
        scored = scores.of(kind)
        uf1, uar = scored["full"].uf1, scored["full"].uar
        databases = " | ".join(number(scored[scope].uf1.mean) if scope in scored else "-" for scope in SCOPES)
        last_cells = tail(scores, time) if kind == "fixed" else f"{scores.looks} | {number(scores.chance['full'].uf1)}"
        print(f"| {name} | {mean(uf1)} | {ends(uf1)} | {mean(uar)} | {ends(uar)} | {databases} | {last_cells} |")


def mean(score: ConfidenceInterval) -> str:
    """Return mean and spread over seeds."""
    return number(score.mean) + ("" if isnan(score.sd) else f" ± {score.sd:.3f}")


def ends(score: ConfidenceInterval) -> str:
    """Return the interval over subjects."""
    return f"{number(score.low)} to {number(score.high)}"


def number(value: float) -> str:
    """Return a score to three digits; a word where it is undefined."""
    return "undefined" if isnan(value) else f"{value:.3f}"


def tail(scores: RunScores, time: RunTime) -> str:
    """Return the number of seeds and the time spent in folds."""
    minutes = "unknown" if time.fold_time_s is None else f"{time.fold_time_s / 60:.1f}"
    return f"{len(scores.seeds)} | {minutes}"


if __name__ == "__main__":
    main()
