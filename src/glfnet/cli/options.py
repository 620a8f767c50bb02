"""Options that several commands have, and the samples and settings that they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glfnet.config.settings import Settings
from glfnet.dask_cluster import checked_executor
from glfnet.databases.unit_sheets import with_action_units
from glfnet.errors import SettingsError
from glfnet.labels import THREE_CLASSES
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.settings_page import read_settings

if TYPE_CHECKING:
    from glfnet.recognition.settings import PredictionSettings

Data = Annotated[Path, typer.Argument(help="Store, folder of flow maps, .csv list, or .npz file.")]
Recipe = Annotated[
    str, typer.Option("--recipe", "-r", help="A recipe of this package (see `glfnet recipes`) or a .toml page.")
]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Change one setting: model.fusion=concat. May be repeated.")
]
Task = Annotated[
    str | None, typer.Option(help="classes (one emotion class a clip), or action-units (which of them are there).")
]
Units = Annotated[
    list[Path] | None,
    typer.Option(help="Annotation sheet or index with the clips' action units; a store has them. May be repeated."),
]
Protocol = Annotated[str | None, typer.Option(help="cde or sde (one subject left out), lodo, kfold or subjects.")]
Classes = Annotated[str | None, typer.Option(help="three, or five or seven (one database).")]
Database = Annotated[str | None, typer.Option(help="Use this database only.")]
DataDatabase = Annotated[
    str | None, typer.Option(help="The database of all samples, where it cannot be inferred from subjects' names.")
]
Faces = Annotated[str, typer.Option(help="largest (the largest central face) or all.")]
Sensitivity = Annotated[
    str,
    typer.Option(
        help="low, normal or high: how weak a movement may be. In harder made-up videos low finds 62 % and invents 0.2 "
        "a minute, normal 72 % and 0.2, high 75 % and 1.9; of movements of 0.5 % of the eye distance 1, 5 and 8 of 8."
    ),
]
LabelNames = Annotated[str, typer.Option(help="What label folders 0, 1, 2, ... mean, in order.")]
LABEL_NAMES = ",".join(THREE_CLASSES)
Seeds = Annotated[int, typer.Option(help="How many seeds, from 0 up.", min=1, max=10_000)]
Executor = Annotated[
    str,
    typer.Option(
        callback=checked_executor,
        help="Where the work is done: local, or dask:ADDRESS, a running cluster whose workers see the same files.",
    ),
]
Jobs = Annotated[int, typer.Option(help="Processes; 0 takes all cores. The result does not depend on it.", min=0)]


def read_given_settings(
    recipe: str,
    overrides: list[str] | None,
    *,
    protocol: str | None,
    classes: str | None,
    database: str | None,
    task: str | None = None,
) -> Settings:
    """Return a recipe with the changes that options make."""
    named = {
        "protocol.task": None if task is None else task.replace("-", "_"),
        "protocol.name": protocol, "protocol.classes": classes, "protocol.database": database,
    }  # fmt: skip
    given = [f'{key}="{value}"' for key, value in named.items() if value is not None]
    return read_settings(recipe, [*(overrides or []), *given])


def read_given_maps(
    data: Path, settings: Settings, *, data_database: str | None, label_names: str, units: list[Path] | None
) -> FlowSet:
    """Return the samples that options name, on the scale of the settings, with the action units of sheets."""
    flow = read_flow_set(
        data, database=data_database, label_names=tuple(name.strip() for name in label_names.split(",")),
        normalisation=settings.input.normalisation,
    )  # fmt: skip
    return with_action_units(flow, units) if units else flow


def prediction_settings(faces: str, sensitivity: str) -> "PredictionSettings":
    """Return how a video is looked at, as options say it."""
    from glfnet.recognition.settings import PredictionSettings

    if faces not in ("largest", "all"):
        raise SettingsError(f"--faces: found {faces!r}; expected largest or all.")
    try:
        return PredictionSettings(faces="all" if faces == "all" else "largest").at(sensitivity)
    except SettingsError as error:
        raise SettingsError(f"--{error}") from None
