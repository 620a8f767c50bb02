"""Print finished runs as the Markdown tables of docs/results.md: one row a run.

python scripts/results_table.py runs/dev/b-*
"""

import argparse
import json
from pathlib import Path
from typing import Any

SCOPES = ("full", "smic", "casme2", "samm")


def main() -> None:
    """Read metrics.json of each run folder and print two tables, honest first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    runs = {run.name: json.loads((run / "metrics.json").read_text()) for run in parser.parse_args().runs}
    print("Honest: the epoch was fixed before the run.\n")
    print_table(runs, "fixed")
    print("\nTest-selected: the epoch was chosen on the held-out subjects; not an estimate of performance.\n")
    print_table({name: m for name, m in runs.items() if m["chance_of_selection"]["looks"] > 1}, "test_selected")


def print_table(runs: dict[str, dict[str, Any]], kind: str) -> None:
    """Print UF1 and UAR with interval, UF1 per database, and for the honest table the time."""
    last = ("seeds", "fold time, min") if kind == "fixed" else ("looks", "random answers reach")
    print("| run | UF1 | 95 % | UAR | 95 % | UF1 SMIC | UF1 CASME II | UF1 SAMM |", " | ".join(last), "|")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, metrics in runs.items():
        scores = metrics[kind]
        uf1, uar = scores["full"]["uf1"], scores["full"]["uar"]
        databases = " | ".join(
            mean(scores[scope]["uf1"], spread=False) if scope in scores else "-" for scope in SCOPES[1:]
        )
        print(
            f"| {name} | {mean(uf1)} | {ends(uf1)} | {mean(uar)} | {ends(uar)} | {databases} | {tail(metrics, kind)} |"
        )


def mean(score: dict[str, float | None], *, spread: bool = True) -> str:
    """Return mean and spread over seeds."""
    return number(score["mean"]) + (f" ± {score['sd']:.3f}" if spread and score["sd"] is not None else "")


def ends(score: dict[str, float | None]) -> str:
    """Return the interval over subjects."""
    return f"{number(score['low'])} to {number(score['high'])}"


def number(value: float | None) -> str:
    """Return a score to three digits; a word where it is undefined."""
    return "undefined" if value is None else f"{value:.3f}"


def tail(metrics: dict[str, Any], kind: str) -> str:
    """Return the last two cells of a row."""
    chance = metrics["chance_of_selection"]
    if kind == "fixed":
        return f"{len(metrics['seeds'])} | {metrics['fold_time_s'] / 60:.1f}"
    return f"{chance['looks']} | {number(chance['full']['uf1'])}"


if __name__ == "__main__":
    main()
