"""The command that compares runs with a baseline: of `evaluate`, or of `spot`. `main` registers it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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

# What needs torch, scikit-learn or matplotlib is imported by the command that uses it: --help must not wait for them.
if TYPE_CHECKING:
    from glfnet.scores.comparison import Comparison

_Form = tuple[Callable[[Path], bool], Callable[[Sequence["Comparison"]], str | bytes]]


def compare_command(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Run folders of evaluate over the same samples, or of spot; the first is the baseline."),
    ],
    csv: Annotated[Path | None, typer.Option(help="Also write the comparison to this file, as CSV.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write it to this file, as JSON.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Also write it to this file, as a LaTeX table.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write it to this file, as a page with a figure.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Also draw the differences into this SVG file.")] = None,
    png: Annotated[Path | None, typer.Option(help="Also draw them into this PNG file.")] = None,
    force: Force = False,
) -> None:
    """Compare runs by paired tests over subjects, corrected for their number (Holm)."""
    if len(runs) < 2:
        raise SettingsError("compare: found one run folder; expected at least two, the baseline first.")
    given = {"csv": csv, "json": json, "latex": latex, "html": html, "svg": svg, "png": png}
    outputs = {name: path for name, path in given.items() if path is not None}
    _check_apart(outputs)
    on_videos = _are_of_videos(runs)
    forms = _forms()
    read = [file for run in runs for file in run.glob("*")]
    for name, path in outputs.items():
        check_replaceable(path, "an earlier comparison", forms[name][0], read, force=force)
    rows = _spotting_rows(runs) if on_videos else _rows(runs)
    print_comparisons(rows)
    for name, path in outputs.items():
        write_whole(path, forms[name][1](rows))
        OUT.print(escape(str(path)))


def _check_apart(outputs: Mapping[str, Path]) -> None:
    """Raise an error unless each output has a file of its own."""
    places = Counter(path.resolve() for path in outputs.values())
    same = [(name, path) for name, path in outputs.items() if places[path.resolve()] > 1]
    if same:
        options = " and ".join(f"--{name}" for name, _ in same)
        word = "both " if len(same) == 2 else ""
        raise SettingsError(f"compare: found {same[0][1]} for {word}{options}; expected a file for each.")


def _are_of_videos(runs: Sequence[Path]) -> bool:
    """Return whether the runs are of `glfnet spot`; those of both kinds cannot be compared."""
    kinds = [check_kind(run, (RUN, FOLDER, SPOT_RUN), "the folder of a finished run") for run in runs]
    on_videos = [run for run, kind in zip(runs, kinds, strict=True) if kind is SPOT_RUN]
    if on_videos and len(on_videos) < len(runs):
        other = next(run for run in runs if run not in on_videos)
        raise SettingsError(
            f"compare: found {on_videos[0]}, a run of `glfnet spot`, beside {other}, which is none; expected runs of "
            "`glfnet spot` alone, or of `glfnet evaluate` alone."
        )
    return bool(on_videos)


def _rows(runs: Sequence[Path]) -> "Sequence[Comparison]":
    from glfnet.report.run_files import read_table
    from glfnet.scores.compare import compare_runs

    return compare_runs({str(run): read_table(run) for run in runs})


def _spotting_rows(runs: Sequence[Path]) -> "Sequence[Comparison]":
    from glfnet.scores.compare import compare_runs
    from glfnet.video_sets.spotted import read_spotted

    return compare_runs({str(run): read_spotted(run) for run in runs})


def _forms() -> dict[str, _Form]:
    """Return for each option how an earlier file is known, and what is written."""
    from glfnet.report import comparison, comparison_page, figure_files

    title, draw = comparison_page.TITLE, comparison_page.comparison_figure
    return {
        "csv": (comparison.is_comparison_csv, comparison.comparison_csv),
        "json": (comparison.is_comparison_json, comparison.comparison_json),
        "latex": (comparison.is_comparison_latex, comparison.comparison_latex),
        "html": (comparison_page.is_comparison_page, comparison_page.comparison_page),
        "svg": (comparison_page.is_comparison_figure, lambda rows: figure_files.svg(draw(rows), title)),
        "png": (comparison_page.is_comparison_figure, lambda rows: figure_files.png(draw(rows), title)),
    }
