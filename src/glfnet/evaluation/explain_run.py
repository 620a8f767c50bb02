"""A finished run explained: mean maps, the held-out clips on a plane, and those that every seed gets wrong.

A run folder keeps predictions and no weights, so everything here is about the input maps and the answers, not about the
inside of networks.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from pydantic import ValidationError

from glfnet.config.settings import InputSettings
from glfnet.errors import RunFolderError, faults
from glfnet.explanation.clip_figures import mean_maps_figure, plane_figure
from glfnet.explanation.clips import MeanMap, Missed, Plane, mean_maps, missed_classes, missed_units, plane
from glfnet.explanation.folder import DOCUMENT, PAGE, check_explanation_folder, write_explanation
from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.notation import read_units
from glfnet.model.inputs import input_maps
from glfnet.pages import template
from glfnet.path_kind import FOLDER, RUN, check_kind
from glfnet.report.figure_files import inline_svg, png, svg
from glfnet.report.run_files import INFO_FILE, TABLE_FILE, read_info, read_table
from glfnet.report.run_info import RunInfo
from glfnet.samples.csv_lines import csv_text
from glfnet.samples.flow_set import CHANNELS, FlowSet
from glfnet.scores.predictions import Predictions
from glfnet.scores.unit_predictions import UnitPredictions

_REMEDY = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."

SCHEMA = 1
"""Version of the fields of explanation.json."""

NO_WEIGHTS = (
    "A run folder keeps predictions and no weights. So these pictures are of the input maps, as the networks were "
    "shown them, and not of what goes on inside the networks; `glfnet explain VIDEO` shows that for weights that are "
    "kept."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunExplanation:
    """A run explained.

    Attributes:
        about: what the run was.
        seeds: how many seeds answered.
        clips: sample ids of the held-out clips, sorted.
        groupings: class (of a run on classes), database and subject of each clip.
        means: mean maps by class and unit; none without the maps.
        channels: of these maps.
        where: the clips on a plane; None without the maps.
        missed: the clips that every seed gets wrong.
        without_maps: why there are no maps; empty if there are.
    """

    about: RunInfo
    seeds: int
    clips: tuple[str, ...]
    groupings: Mapping[str, tuple[str, ...]]
    means: tuple[MeanMap, ...]
    channels: tuple[str, ...]
    where: Plane | None
    missed: tuple[Missed, ...]
    without_maps: str


def explain_run(folder: Path, flow: FlowSet | None = None) -> RunExplanation:
    """Return an explanation of a finished run.

    Args:
        folder: the run folder.
        flow: the flow maps that it was given; None leaves out what needs them, and says so.

    Raises:
        RunFolderError: if the folder has no finished run, its files are not of one run, or `flow` is other data.
        InputError: if it is something else than a run, or the prediction table cannot be read.
    """
    check_kind(folder, (RUN, FOLDER), "the folder of a finished run")
    about, table = read_info(folder), read_table(folder)
    clips = tuple(np.unique(table.sample_id).tolist())
    groupings = _groupings(table, clips)
    means: tuple[MeanMap, ...] = ()
    channels: tuple[str, ...] = CHANNELS
    where = None
    if flow is not None:
        _check_data(folder, about, flow)
        settings, held = _input_settings(folder, about), _held(folder, flow, clips)
        maps = np.asarray(input_maps(held.maps, held.channels, settings).numpy(), dtype=np.float32)
        means, channels = mean_maps(maps, _groups(groupings, held)), settings.channels
        where = plane(maps, groupings)
    return RunExplanation(
        about=about, seeds=len(table.seeds), clips=clips, groupings=groupings, means=means, channels=channels,
        where=where, missed=missed_units(table) if isinstance(table, UnitPredictions) else missed_classes(table),
        without_maps="" if flow is not None else _without_maps(about),
    )  # fmt: skip


def write_run_explanation(folder: Path, found: RunExplanation, version: str) -> Path:
    """Write page, pictures, tables and document of a run's explanation; return the page's path.

    Raises:
        InputError: if the folder holds anything but an earlier explanation, or cannot be written.
    """
    check_explanation_folder(folder)
    return write_explanation(folder, _files(found, version))


def _check_data(folder: Path, about: RunInfo, flow: FlowSet) -> None:
    digest = flow.digest()
    if digest != about.data.digest:
        raise RunFolderError(
            f"{folder}: found maps with the digest {digest[:12]}…; expected {about.data.digest[:12]}…, those of "
            f"{about.data.source} that the run was given. Name these, with the same options as for `glfnet evaluate`."
        )


def _input_settings(folder: Path, about: RunInfo) -> InputSettings:
    try:
        return InputSettings.model_validate(about.settings.get("input"))
    except ValidationError as error:
        raise RunFolderError(f"{folder / INFO_FILE}: input: {'; '.join(faults(error))}. {_REMEDY}") from error


def _held(folder: Path, flow: FlowSet, clips: Sequence[str]) -> FlowSet:
    rows = {sample.sample_id: row for row, sample in enumerate(flow.samples)}
    unknown = [clip for clip in clips if clip not in rows]
    if unknown:
        raise RunFolderError(
            f"{folder / TABLE_FILE}: found {unknown[0]}; expected clips of the data that the run was given. {_REMEDY}"
        )
    return flow.select([rows[clip] for clip in clips])


def _without_maps(about: RunInfo) -> str:
    return (
        f"The flow maps of this run, {about.data.source}, were not found, so there are no mean maps and no plane. Name "
        "them: --data DATA."
    )


def _groupings(table: Predictions | UnitPredictions, clips: Sequence[str]) -> dict[str, tuple[str, ...]]:
    parts = [clip.split("/") for clip in clips]
    databases, subjects = tuple(part[0] for part in parts), tuple("/".join(part[:2]) for part in parts)
    groupings = {"database": databases, "subject": subjects}
    if isinstance(table, UnitPredictions):
        return groupings
    truth = dict(zip(table.sample_id.tolist(), table.truth.tolist(), strict=True))
    return {"class": tuple(table.classes[truth[clip]] for clip in clips), **groupings}


def _groups(groupings: Mapping[str, tuple[str, ...]], held: FlowSet) -> dict[str, NDArray[np.bool_]]:
    """Return which clips show each class, and each unit that annotations say is there."""
    classes = np.array(groupings.get("class", ()))
    groups = {name: classes == name for name in sorted(set(classes.tolist()))}
    readings = [read_units(sample.action_units) for sample in held.samples]
    for unit in ACTION_UNITS:
        groups[f"AU{unit}"] = np.array([reading.presence(unit) is True for reading in readings])
    return groups


def _files(found: RunExplanation, version: str) -> Iterator[tuple[str, bytes | str]]:
    figures = {}
    if found.means:
        figures["mean_maps"] = mean_maps_figure(found.means, found.channels)
    if found.where is not None:
        figures["embedding"] = plane_figure(found.where, found.groupings)
        yield "embedding.csv", _embedding_csv(found)
    inline = {}
    for name, figure in figures.items():
        drawing = svg(figure)
        inline[name] = Markup(inline_svg(drawing, name, f"{name.replace('_', ' ')}; the text below describes it."))
        yield f"{name}.svg", drawing
        yield f"{name}.png", png(figure)
    header = ("sample_id", "asked", "truth", "said", "probability")
    rows = [(m.sample_id, m.asked, m.truth, m.said, f"{m.probability:.4f}") for m in found.missed]
    yield "missed.csv", csv_text([header, *rows])
    page = template("explanation_run.html.j2")
    yield PAGE, page.render(found=found, run=found.about, figures=inline, no_weights=NO_WEIGHTS, version=version)
    yield DOCUMENT, json.dumps(_document(found, version), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _document(found: RunExplanation, version: str) -> dict[str, Any]:
    where = found.where
    return {
        "schema": SCHEMA,
        "glfnet": version,
        "run": found.about.title,
        "data": {"source": found.about.data.source, "digest": found.about.data.digest},
        "clips": len(found.clips),
        "seeds": found.seeds,
        "mean_maps": [{"group": mean.name, "clips": mean.clips} for mean in found.means],
        "pca_explained": None if where is None else [round(share, 4) for share in where.explained],
        "silhouettes": None if where is None else _rounded(where.silhouettes),
        "missed": [
            {"sample_id": m.sample_id, "asked": m.asked, "truth": m.truth, "said": m.said,
             "probability": round(m.probability, 4)}
            for m in found.missed
        ],
        "without_maps": found.without_maps,
        "about": NO_WEIGHTS,
    }  # fmt: skip


def _rounded(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in values.items()}


def _embedding_csv(found: RunExplanation) -> str:
    assert found.where is not None, "there is a plane"
    spread = [found.where.pca, *([] if found.where.tsne is None else [found.where.tsne])]
    columns = ["pca_1", "pca_2", "tsne_1", "tsne_2"][: 2 * len(spread)]
    numbers = [[f"{value:.4f}" for value in row] for row in np.concatenate(spread, axis=1).tolist()]
    groups = zip(*found.groupings.values(), strict=True)
    rows = [(clip, *of, *values) for clip, of, values in zip(found.clips, groups, numbers, strict=True)]
    return csv_text([("sample_id", *found.groupings, *columns), *rows])
