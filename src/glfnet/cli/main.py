"""The command line: all commands in one application, and how it ends."""

import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import joblib
import typer
from rich.markup import escape
from rich.table import Table

import glfnet
from glfnet.cli.agreement import agree_command
from glfnet.cli.compare import compare_command
from glfnet.cli.data import (
    Force,
    check_command,
    export_command,
    index_command,
    prepare_command,
    synth_command,
    synth_video_command,
)
from glfnet.cli.demo import demo_steps
from glfnet.cli.doctor import doctor_command, versions
from glfnet.cli.explain import explain_command
from glfnet.cli.options import (
    LABEL_NAMES,
    Classes,
    Data,
    Database,
    DataDatabase,
    Executor,
    Jobs,
    LabelNames,
    Overrides,
    Protocol,
    Recipe,
    Seeds,
    Task,
    Units,
    read_given_maps,
    read_given_settings,
)
from glfnet.cli.predict import predict_command
from glfnet.cli.score_tables import print_run
from glfnet.cli.spotting import score_command, spot_command
from glfnet.cli.terminal import (
    OUT,
    Ended,
    Unprinted,
    early_end,
    end_at_once_when_told_twice,
    end_when_told,
    error_sentence,
    output_watched,
    print_error,
    print_in_any_encoding,
    progress_bar,
    resumable,
)
from glfnet.cli.tuning import ablate_command, sweep_command
from glfnet.cli.web import serve_command
from glfnet.cli.weights import train_command, weights_command
from glfnet.config.models import CLASSICAL
from glfnet.dask_cluster import LOCAL, cluster
from glfnet.errors import GlfnetError
from glfnet.files import check_replaceable
from glfnet.samples.flow_npz import read_flow_npz, write_flow_npz
from glfnet.settings_page import option_sources, read_settings, recipe_names
from glfnet.synthetic.flow_maps import is_made_up, synthetic_flow_set

# What needs torch, scikit-learn or matplotlib is imported by the command that uses it: --help must not wait for them.
app = typer.Typer(
    help="Recognise facial micro-expressions, and measure honestly how well.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("index")(index_command)
app.command("check")(check_command)
app.command("prepare")(prepare_command)
app.command("export")(export_command)
app.command("synth")(synth_command)
app.command("predict")(predict_command)
app.command("explain")(explain_command)
app.command("synth-video")(synth_video_command)
app.command("spot")(spot_command)
app.command("score")(score_command)
app.command("compare")(compare_command)
app.command("agree")(agree_command)
app.command("ablate")(ablate_command)
app.command("sweep")(sweep_command)
app.command("serve")(serve_command)
app.command("doctor")(doctor_command)
app.command("train")(train_command)
app.command("weights")(weights_command)


@app.command("evaluate")
def evaluate_command(
    data: Data,
    out: Annotated[Path, typer.Option(help="Run folder; name the same one again to resume.")],
    recipe: Recipe = "glfnet",
    overrides: Overrides = None,
    task: Task = None,
    units: Units = None,
    protocol: Protocol = None,
    classes: Classes = None,
    database: Database = None,
    data_database: DataDatabase = None,
    label_names: LabelNames = LABEL_NAMES,
    seeds: Seeds = 3,
    jobs: Jobs = 0,
    executor: Executor = LOCAL,
) -> None:
    """Train and test a model under a subject-disjoint protocol; write scores, tables and a report."""
    from glfnet.evaluation.carry_out import show_folds
    from glfnet.evaluation.evaluate import evaluate
    from glfnet.evaluation.evaluate_units import evaluate_units

    settings = read_given_settings(
        recipe, overrides, task=task, protocol=protocol, classes=classes, database=database
    )  # fmt: skip
    flow = read_given_maps(data, settings, data_database=data_database, label_names=label_names, units=units)
    evaluated = evaluate_units if settings.protocol.task == "action_units" else evaluate
    with cluster(executor), early_end(resumable("folds")), progress_bar("folds") as show:
        run = evaluated(
            flow, out, settings,
            seeds=range(seeds), jobs=jobs or joblib.cpu_count(), source=data.name,
            report=partial(show_folds, show),
        )  # fmt: skip
    print_run(run)


@app.command("describe")
def describe_command(
    recipe: Recipe = "glfnet",
    overrides: Overrides = None,
    size: Annotated[int, typer.Option(help="Side of the flow maps in pixels.", min=8, max=1024)] = 28,
) -> None:
    """Show every setting of a recipe with its source, and the network's size."""
    from glfnet.model.build import network_builder
    from glfnet.model.cost import network_cost
    from glfnet.model.inputs import input_size

    settings = read_settings(recipe, overrides or [])
    table = Table("setting", "value", "source", "what it does", title=f"{recipe}: {settings.model.kind}")
    for section, name, value, source, about in option_sources(settings):
        table.add_row(f"{section}.{name}", escape(str(value)), escape(source), escape(about))
    OUT.print(table)
    if settings.model.kind not in CLASSICAL:
        channels = len(settings.input.channels)
        shown = input_size((size, size), settings.input)
        cost = network_cost(network_builder(settings.model)(channels, 3, shown), channels, shown)
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

    OUT.print(escape(str(rewrite_report(run))))


@app.command("synth-flow")
def synth_flow_command(
    out: Annotated[Path, typer.Argument(help="The .npz file to write.")],
    subjects: Annotated[int, typer.Option(help="Number of made-up people.", min=3, max=10_000)] = 24,
    seed: Annotated[int, typer.Option(help="The same seed gives the same maps.")] = 0,
    force: Force = False,
) -> None:
    """Write made-up flow maps of three made-up databases, for trying things out without licensed data."""
    flow = synthetic_flow_set(subjects=subjects, seed=seed)
    check_replaceable(out, "made-up flow maps", lambda path: is_made_up(read_flow_npz(path)), force=force)
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
    show: Annotated[bool, typer.Option("--version", help="Print all versions.", is_eager=True)] = False,
) -> None:
    """Recognise facial micro-expressions, and measure honestly how well."""
    if show:
        libraries = ", ".join(f"{name} {number}" for name, number in versions().items())
        OUT.print(f"glfnet {glfnet.__version__} ({libraries})")
        raise typer.Exit


def main() -> None:
    """Run the command line; every error that a user can correct is one sentence and exit status 1."""
    end_when_told()
    end_at_once_when_told_twice()
    print_in_any_encoding()
    try:
        with output_watched():
            app()
    except Ended as error:  # of a command that keeps nothing
        sys.exit(error.status)
    except GlfnetError as error:
        print_error(error_sentence(error))
        sys.exit(1)
    except Unprinted as error:
        print_error(str(error))
        sys.exit(1)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "can't allocate memory" not in str(error):  # torch's MemoryError
            raise
        how = str(error) if isinstance(error, MemoryError) and str(error) else "the system gives no more"
        print_error(
            f"found too little memory ({how}); expected what was asked to fit into it. Ask for smaller sizes or fewer "
            "processes (--jobs), or close other programs."
        )
        sys.exit(1)
