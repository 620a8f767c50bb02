"""The command that compares runs with a baseline: of `evaluate`, or of `spot`. `main` registers it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from glfnet.cli.data import Force
from glfnet.cli.score_tables import print_comparisons
from glfnet.cli.terminal import OUT
from glfnet.errors import SettingsError
from glfnet.files import check_replaceable, write_whole
from glfnet.path_kind import FOLDER, RUN, SPOT_RUN, check_kind

if TYPE_CHECKING:
    from glfnet.scores.comparison import Comparison


def compare_command(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Run folders of evaluate over the same samples, or of spot; the first is the baseline."),
    ],
    csv: Annotated[Path | None, typer.Option(help="Also write the comparison to this file, as CSV.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write it to this file, as JSON.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Also write it to this file, as a LaTeX table.")] = None,
    force: Force = False,
) -> None:
    """Compare runs by paired tests over subjects, corrected for their number (Holm)."""
    from glfnet.report import comparison

    if len(runs) < 2:
        raise SettingsError("compare: found one run folder; expected at least two, the baseline first.")
    outputs = (
        ("--csv", csv, comparison.is_comparison_csv, comparison.comparison_csv),
        ("--json", json, comparison.is_comparison_json, comparison.comparison_json),
        ("--latex", latex, comparison.is_comparison_latex, comparison.comparison_latex),
    )
    _check_apart([(option, path) for option, path, *_ in outputs if path is not None])
    kinds = [check_kind(run, (RUN, FOLDER, SPOT_RUN), "the folder of a finished run") for run in runs]
    on_videos = [run for run, kind in zip(runs, kinds, strict=True) if kind is SPOT_RUN]
    if on_videos and len(on_videos) < len(runs):
        other = next(run for run in runs if run not in on_videos)
        raise SettingsError(
            f"compare: found {on_videos[0]}, a run of `glfnet spot`, beside {other}, which is none; expected runs of "
            "`glfnet spot` alone, or of `glfnet evaluate` alone."
        )
    read = [file for run in runs for file in run.glob("*")]
    for _, path, is_ours, _ in outputs:
        if path is not None:
            check_replaceable(path, "an earlier comparison", is_ours, read, force=force)
    rows = _spotting_rows(runs) if on_videos else _rows(runs)
    print_comparisons(rows)
    for _, path, _, text in outputs:
        if path is not None:
            write_whole(path, text(rows))
            OUT.print(escape(str(path)))


def _check_apart(outputs: Sequence[tuple[str, Path]]) -> None:
    """Raise an error unless each output has a file of its own."""
    places = Counter(path.resolve() for _, path in outputs)
    same = [(option, path) for option, path in outputs if places[path.resolve()] > 1]
    if same:
        options = " and ".join(option for option, _ in same)
        word = "both " if len(same) == 2 else ""
        raise SettingsError(f"compare: found {same[0][1]} for {word}{options}; expected a file for each.")


def _rows(runs: Sequence[Path]) -> "Sequence[Comparison]":
    from glfnet.report.run_files import read_table
    from glfnet.scores.compare import compare_runs

    return compare_runs({str(run): read_table(run) for run in runs})


def _spotting_rows(runs: Sequence[Path]) -> "Sequence[Comparison]":
    from glfnet.scores.compare import compare_runs
    from glfnet.video_sets.spotted import read_spotted

    return compare_runs({str(run): read_spotted(run) for run in runs})
