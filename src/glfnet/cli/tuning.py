"""The commands that compare recipes: ablate switches parts off, sweep tries other settings. `main` registers them."""

import shlex
from pathlib import Path
from typing import Annotated

import joblib
import typer

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
from glfnet.cli.score_tables import print_ablation, print_sweep
from glfnet.cli.terminal import early_end, progress_bar, resumable
from glfnet.dask_cluster import LOCAL, cluster

Space = Annotated[
    list[str],
    typer.Option(
        "--try",
        help="What to try: model.width=16,32,64 or training.learning_rate=1e-4..1e-2:log. May be repeated.",
    ),
]
HoldOut = Annotated[
    float | None,
    typer.Option(
        help="Share of the subjects to set aside, drawn by --seed; no trial sees them, so the best trial can be "
        "scored on them. 0 sets nobody aside: for data whose test subjects are kept elsewhere.  [default: 0.25, "
        "or those whom protocol subjects lists]",
        show_default=False,
    ),
]


def ablate_command(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder of all runs; name the same one again to resume.")],
    recipe: Recipe = "glfnet",
    overrides: Overrides = None,
    also: Annotated[
        list[str] | None, typer.Option(help="Compare a change of your own, too: model.width=16. May be repeated.")
    ] = None,
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
    """Evaluate a recipe as it is and with each part of the paper switched off; compare them by paired tests.

    The parts are Global Attention, Local Block, Adaptive Feature Fusion (replaced by sum, and by concatenation) and the
    class-balanced loss, as far as the recipe has them. Writes a run folder for each, a table (CSV, LaTeX), a figure and
    a page.
    """
    from glfnet.evaluation.tuning.ablation import ablate, find_variants

    settings = read_given_settings(
        recipe, overrides, task=task, protocol=protocol, classes=classes, database=database
    )  # fmt: skip
    find_variants(settings, also or [])  # what is misspelt is said before maps are read
    flow = read_given_maps(data, settings, data_database=data_database, label_names=label_names, units=units)
    with cluster(executor), early_end(resumable("folds")), progress_bar("folds") as show:
        ablation = ablate(
            flow, out, settings,
            also=also or [], seeds=range(seeds), jobs=jobs or joblib.cpu_count(), source=data.name, show=show,
        )  # fmt: skip
    print_ablation(ablation)


def sweep_command(
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder of all trials; name the same one again to resume, or add trials.")],
    space: Space,
    trials: Annotated[int, typer.Option(help="How many trials, with those of earlier calls.", min=1, max=10_000)] = 30,
    hold_out: HoldOut = None,
    inner_folds: Annotated[
        int, typer.Option(help="Subject-disjoint parts of the other subjects, each held out once.", min=2, max=100_000)
    ] = 5,
    seed: Annotated[int, typer.Option(help="Draws who is set aside, and what is tried.", min=0)] = 0,
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
    """Try many settings with Optuna on inner folds; subjects who are set aside are never seen by a trial.

    When one subject is left out at a time, every subject is a test subject of some fold, so no setting may be chosen on
    any of them. Setting some aside for one last, honest score is the way out that does not cost a sweep for each fold.
    """
    from glfnet.evaluation.tuning.search_space import read_space
    from glfnet.evaluation.tuning.sweep import check_optuna, sweep

    check_optuna()
    settings = read_given_settings(
        recipe, overrides, task=task, protocol=protocol, classes=classes, database=database
    )  # fmt: skip
    read_space(space, settings)  # what is misspelt is said before maps are read
    flow = read_given_maps(data, settings, data_database=data_database, label_names=label_names, units=units)
    with cluster(executor), early_end(resumable("trials and folds")), progress_bar("folds") as show:
        found = sweep(
            flow, out, settings,
            space=space, trials=trials, hold_out=hold_out, inner_folds=inner_folds, seeds=range(seeds), seed=seed,
            jobs=jobs or joblib.cpu_count(), source=data.name, show=show,
        )  # fmt: skip
    command = ["glfnet", "evaluate", str(data) if found.held_out else "OTHER_DATA", "--recipe", str(out / "best.toml")]
    command += ["--data-database", data_database] if data_database is not None else []
    command += ["--label-names", label_names] if label_names != LABEL_NAMES else []
    command += [word for sheet in units or [] for word in ("--units", str(sheet))] if found.held_out else []
    command += ["--seeds", "5", "--out", f"{out}-score"]
    print_sweep(found, shlex.join(command))
