"""The command that compares runs, in the terminal and as files. `main` registers it."""

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from glfnet.cli.data import Force
from glfnet.cli.score_tables import print_comparisons
from glfnet.cli.terminal import OUT
from glfnet.errors import SettingsError
from glfnet.files import check_replaceable, write_whole
from glfnet.path_kind import FOLDER, RUN, check_kind

# What needs torch, scikit-learn or matplotlib is imported by the command that uses it: --help must not wait for them.
if TYPE_CHECKING:
    from glfnet.scores.comparison import Comparison

_Form = tuple[Callable[[Path], bool], Callable[[Sequence["Comparison"]], str | bytes]]


def compare_command(
    runs: Annotated[list[Path], typer.Argument(help="Run folders over the same samples; the first is the baseline.")],
    csv: Annotated[Path | None, typer.Option(help="Also write the comparison to this file, as CSV.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Also write it to this file, as a LaTeX table.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write it to this file, as a page with a figure.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Also draw the differences into this SVG file.")] = None,
    png: Annotated[Path | None, typer.Option(help="Also draw them into this PNG file.")] = None,
    force: Force = False,
) -> None:
    """Compare runs by paired tests over subjects, corrected for their number (Holm)."""
    from glfnet.report.run_files import read_table
    from glfnet.scores.compare import compare_runs

    if len(runs) < 2:
        raise SettingsError("compare: found one run folder; expected at least two, the baseline first.")
    given = {"csv": csv, "latex": latex, "html": html, "svg": svg, "png": png}
    outputs = {name: path for name, path in given.items() if path is not None}
    for (one, path), (other, same) in combinations(outputs.items(), 2):
        if path.resolve() == same.resolve():
            raise SettingsError(f"compare: found {path} for both --{one} and --{other}; expected two files.")
    for run in runs:
        check_kind(run, (RUN, FOLDER), "the folder of a finished run")
    forms = _forms()
    read = [file for run in runs for file in run.glob("*")]
    for name, path in outputs.items():
        check_replaceable(path, "an earlier comparison", forms[name][0], read, force=force)
    rows = compare_runs({str(run): read_table(run) for run in runs})
    print_comparisons(rows)
    for name, path in outputs.items():
        write_whole(path, forms[name][1](rows))
        OUT.print(escape(str(path)))


def _forms() -> dict[str, _Form]:
    """Return for each option how an earlier file is known, and what is written."""
    from glfnet.report import comparison, comparison_page, figure_files

    title, draw = comparison_page.TITLE, comparison_page.comparison_figure
    return {
        "csv": (comparison.is_comparison_csv, comparison.comparison_csv),
        "latex": (comparison.is_comparison_latex, comparison.comparison_latex),
        "html": (comparison_page.is_comparison_page, comparison_page.comparison_page),
        "svg": (comparison_page.is_comparison_figure, lambda rows: figure_files.svg(draw(rows), title)),
        "png": (comparison_page.is_comparison_figure, lambda rows: figure_files.png(draw(rows), title)),
    }
