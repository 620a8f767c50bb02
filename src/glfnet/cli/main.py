"""The command line: all commands in one application, and how it ends."""

import shlex
import sys
from collections.abc import Mapping
from functools import partial
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import joblib
import typer
from rich.markup import escape
from rich.table import Table

import glfnet
from glfnet.cli.data import check_command, index_command, prepare_command, synth_command, synth_video_command
from glfnet.cli.demo import demo_steps
from glfnet.cli.predict import predict_command
from glfnet.cli.terminal import (
    OUT,
    Ended,
    early_end,
    end_at_once_when_told_twice,
    end_when_told,
    error_sentence,
    print_error,
    print_in_any_encoding,
    progress_bar,
    resumable,
)
from glfnet.config import CLASSICAL, option_sources
from glfnet.errors import GlfnetError, SettingsError
from glfnet.files import check_replaceable
from glfnet.labels import THREE_CLASSES
from glfnet.path_kind import FOLDER, RUN, check_kind
from glfnet.samples.flow_npz import read_flow_npz, write_flow_npz
from glfnet.samples.read import read_flow_set
from glfnet.settings_page import read_settings, recipe_names
from glfnet.synthetic.flow_maps import is_made_up, synthetic_flow_set

# What needs torch, scikit-learn or matplotlib is imported by the command that uses it: --help must not wait for them.
if TYPE_CHECKING:
    from glfnet.evaluation.evaluate import Run
    from glfnet.scores.compare import Comparison
    from glfnet.scores.resampling import ConfidenceInterval
    from glfnet.scores.run_scores import ScopeScores

app = typer.Typer(
    help="Recognise facial micro-expressions, and measure honestly how well.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("index")(index_command)
app.command("check")(check_command)
app.command("prepare")(prepare_command)
app.command("synth")(synth_command)
app.command("predict")(predict_command)
app.command("synth-video")(synth_video_command)

_DATABASE_NAMES = {"full": "Full", "casme2": "CASME II", "samm": "SAMM", "smic": "SMIC"}

Recipe = Annotated[
    str, typer.Option("--recipe", "-r", help="A recipe of this package (see `glfnet recipes`) or a .toml page.")
]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Change one setting: model.fusion=concat. May be repeated.")
]
Jobs = Annotated[int, typer.Option(help="Processes; 0 takes all cores. The result does not depend on it.", min=0)]


@app.command("evaluate")
def evaluate_command(
    data: Annotated[Path, typer.Argument(help="Store, folder of flow maps, .csv list, or .npz file.")],
    out: Annotated[Path, typer.Option(help="Run folder; name the same one again to resume.")],
    recipe: Recipe = "glfnet",
    overrides: Overrides = None,
    protocol: Annotated[
        str | None, typer.Option(help="cde or sde (one subject left out), lodo, kfold or subjects.")
    ] = None,
    classes: Annotated[str | None, typer.Option(help="three, or five or seven (one database).")] = None,
    database: Annotated[str | None, typer.Option(help="Use this database only.")] = None,
    data_database: Annotated[
        str | None, typer.Option(help="The database of all samples, where it cannot be inferred from subjects' names.")
    ] = None,
    label_names: Annotated[str, typer.Option(help="What label folders 0, 1, 2, ... mean, in order.")] = ",".join(
        THREE_CLASSES
    ),
    seeds: Annotated[int, typer.Option(help="How many seeds, from 0 up.", min=1, max=10_000)] = 3,
    jobs: Jobs = 0,
) -> None:
    """Train and test a model under a subject-disjoint protocol; write scores, tables and a report."""
    from glfnet.evaluation.evaluate import evaluate, show_folds

    named = {"protocol.name": protocol, "protocol.classes": classes, "protocol.database": database}
    given = [f'{key}="{value}"' for key, value in named.items() if value is not None]
    settings = read_settings(recipe, [*(overrides or []), *given])
    flow = read_flow_set(
        data, database=data_database, label_names=tuple(label_names.split(",")),
        normalisation=settings.input.normalisation,
    )  # fmt: skip
    with early_end(resumable("folds")), progress_bar("folds") as show:
        run = evaluate(
            flow, out, settings,
            seeds=range(seeds), jobs=jobs or joblib.cpu_count(), source=data.name,
            report=partial(show_folds, show),
        )  # fmt: skip
    _print_run(run)


@app.command("compare")
def compare_command(
    runs: Annotated[list[Path], typer.Argument(help="Run folders over the same samples; the first is the baseline.")],
) -> None:
    """Compare runs by paired tests over subjects, corrected for their number (Holm)."""
    from glfnet.scores.compare import compare_runs
    from glfnet.scores.predictions import read_predictions

    if len(runs) < 2:
        raise SettingsError("compare: found one run folder; expected at least two, the baseline first.")
    for run in runs:
        check_kind(run, (RUN, FOLDER), "the folder of a finished run")
    tables = {str(run): read_predictions(run / "predictions.csv") for run in runs}
    _print_comparisons(compare_runs(tables), str(runs[0]))


@app.command("describe")
def describe_command(
    recipe: Recipe = "glfnet",
    overrides: Overrides = None,
    size: Annotated[int, typer.Option(help="Side of the flow maps in pixels.", min=8, max=1024)] = 28,
) -> None:
    """Show every setting of a recipe with its source, and the network's size."""
    from glfnet.model.build import network_builder
    from glfnet.model.cost import network_cost

    settings = read_settings(recipe, overrides or [])
    table = Table("setting", "value", "source", "what it does", title=f"{recipe}: {settings.model.kind}")
    for section, name, value, source, about in option_sources(settings):
        table.add_row(f"{section}.{name}", escape(str(value)), escape(source), escape(about))
    OUT.print(table)
    if settings.model.kind not in CLASSICAL:
        channels = len(settings.input.channels)
        cost = network_cost(network_builder(settings.model)(channels, 3, (size, size)), channels, (size, size))
        OUT.print(f"{cost.parameters:,} parameters, {cost.flops / 1e6:.2f} MFLOP for one {size}x{size} map.")


@app.command("recipes")
def recipes_command() -> None:
    """List the settings pages that come with the package."""
    for name in recipe_names():
        OUT.print(name)


@app.command("report")
def report_command(run: Annotated[Path, typer.Argument(help="A finished run folder.")]) -> None:
    """Make the tables, figures and page of a finished run again from its predictions.csv."""
    from glfnet.evaluation.evaluate import rewrite_report

    OUT.print(str(rewrite_report(run)))


@app.command("synth-flow")
def synth_flow_command(
    out: Annotated[Path, typer.Argument(help="The .npz file to write.")],
    subjects: Annotated[int, typer.Option(help="Number of made-up people.", min=3, max=10_000)] = 24,
    seed: Annotated[int, typer.Option(help="The same seed gives the same maps.")] = 0,
) -> None:
    """Write made-up flow maps of three made-up databases, for trying things out without licensed data."""
    flow = synthetic_flow_set(subjects=subjects, seed=seed)
    check_replaceable(out, "made-up flow maps", lambda path: is_made_up(read_flow_npz(path)))
    write_flow_npz(out, flow)
    OUT.print(f"{len(flow)} made-up clips of {subjects} made-up subjects: {out}")


@app.command("demo")
def demo_command(
    out: Annotated[Path, typer.Option(help="Where to put all of it; name the same one again to resume.")] = Path(
        "runs/demo"
    ),
    jobs: Jobs = 0,
) -> None:
    """Go through all stages with made-up faces: record, index, check, make flow maps, evaluate GLFNet, report."""
    steps = demo_steps(out, jobs)
    for number, step in enumerate(steps, start=1):
        command = shlex.join(["glfnet", *step.arguments])
        OUT.print(f"\n[bold]{number} of {len(steps)}, {escape(step.purpose)}:[/]\n$ {escape(command)}")
        status = app(step.arguments, standalone_mode=False)  # what is printed is what is run
        if status:
            raise typer.Exit(status)


@app.callback(invoke_without_command=True)
def version_option(
    show: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Recognise facial micro-expressions, and measure honestly how well."""
    if show:
        OUT.print(f"glfnet {glfnet.__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; every error that a user can correct is one sentence and exit status 1."""
    end_when_told()
    end_at_once_when_told_twice()
    print_in_any_encoding()
    try:
        app()
    except Ended as error:  # of a command that keeps nothing
        sys.exit(error.status)
    except GlfnetError as error:
        print_error(error_sentence(error))
        sys.exit(1)
    except MemoryError as error:
        print_error(
            f"found too little memory ({error or 'the system gives no more'}); expected what was asked to fit into it. "
            "Ask for smaller sizes or fewer processes (--jobs), or close other programs."
        )
        sys.exit(1)


def _print_run(run: "Run") -> None:
    data, scores, seeds = run.about.data, run.scores, len(run.scores.seeds)
    for sentence in [*data.leaks, *data.notes, *scores.undefined]:
        OUT.print(f"[yellow]note:[/] {escape(sentence)}")
    if data.exclusions:
        OUT.print(f"[yellow]note:[/] {len(data.exclusions)} samples excluded; the report lists them with the reason.")
    title = f"Honest: epoch fixed before the run, {seeds} seed(s), 95 % over subjects"
    OUT.print(_score_table(scores.fixed, title))
    if scores.looks > 1:
        title = "Test-selected: epoch chosen on the held-out subjects. NOT an estimate of performance"
        OUT.print(_score_table(scores.test_selected, title))
        level = _number(scores.chance["full"].uf1)
        OUT.print(f"Random answers, best of {scores.looks} looks per held-out fold, would reach UF1 {level}.")
    OUT.print(f"{run.time.wall_time_s:.0f} s, {run.time.folds_kept_from_earlier} folds kept from earlier. Report:")
    OUT.print(str(run.report))


def _score_table(scores: "Mapping[str, ScopeScores]", title: str) -> Table:
    table = Table("", "UF1", "UAR", title=title, title_justify="left")
    for scope, scored in scores.items():
        table.add_row(_DATABASE_NAMES.get(scope, escape(scope)), _interval(scored.uf1), _interval(scored.uar))
    return table


def _interval(score: "ConfidenceInterval") -> str:
    if not score.is_defined:
        return "undefined"
    spread = "" if isnan(score.sd) else f" ± {score.sd:.3f}"
    return f"{score.mean:.3f}{spread} [{_number(score.low)}, {_number(score.high)}]".replace("[", "\\[")


def _number(value: float) -> str:
    return "undefined" if isnan(value) else f"{value:.3f}"


def _print_comparisons(rows: "list[Comparison]", baseline: str) -> None:
    table = Table("run", "scope", "metric", "baseline", "run's", "difference", "95 %", "p", "p (Holm)")
    table.title = f"Against {baseline}; honest predictions, paired over subjects"
    for row in rows:
        scope = _DATABASE_NAMES.get(row.scope, row.scope)
        table.add_row(
            escape(row.run), escape(scope), row.metric.upper(), _number(row.baseline_value), _number(row.value),
            f"{row.difference:+.3f}", f"\\[{row.low:+.3f}, {row.high:+.3f}]",
            f"{row.p_value:.4f}", f"{row.adjusted_p_value:.4f}",
        )  # fmt: skip
    OUT.print(table)
