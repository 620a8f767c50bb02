"""What a run is: its data, model and settings in the words of the report, and what another run differs in."""

import hashlib
import platform
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from pickle import PicklingError
from typing import Any

import joblib

from glfnet.config.settings import Settings
from glfnet.evaluation.labelled_set import LabelledSet
from glfnet.evaluation.protocol import Fold
from glfnet.evaluation.unit_labels import rare_notes
from glfnet.model.cost import network_cost
from glfnet.model.inputs import input_size
from glfnet.model.training import NetworkTrainer
from glfnet.report.run_info import DataInfo, Exclusion, ModelInfo, ProtocolInfo, RunInfo
from glfnet.samples.five_classes import five_class_differences
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.leaks import find_leaks, still_clips
from glfnet.samples.megc2019 import NOT_A_MEMBER, count_differences
from glfnet.samples.subjects import alike_subjects
from glfnet.settings_page import identifying_settings, option_sources

# Another version of one of these may give different numbers, so it cannot resume a run.
DECISIVE = ("glfnet", "torch", "numpy", "scikit-learn")
_NAMED = (*DECISIVE, "scipy", "pandas", "joblib")


def describe(
    flow: FlowSet,
    data: LabelledSet,
    folds: Sequence[Fold],
    settings: Settings,
    trainer: object,
    model: object | None,
    source: str,
) -> RunInfo:
    """Return what a reader of the report needs to know.

    Args:
        flow: all samples.
        data: those that take part.
        folds: of the protocol.
        settings: the page.
        trainer: what `make_trainer` gave; only of a network is the size known.
        model: the caller's own, or None.
        source: where the samples came from.
    """
    name = settings.model.kind if model is None else _own_name(model)
    return RunInfo(
        glfnet=version("glfnet"),
        title=f"{name} on {source}",
        settings=settings.model_dump(mode="json"),
        sources={f"{section}.{key}": origin for section, key, _, origin, _ in option_sources(settings)},
        data=DataInfo(
            source=source,
            digest=flow.digest(),
            samples=len(data.flow),
            exclusions=tuple(Exclusion(sample_id=sample_id, reason=reason) for sample_id, reason in data.exclusions),
            notes=(
                *_alike_notes(data),
                *_still_notes(data),
                *_count_notes(flow, data, settings),
                *rare_notes(data.rare),
            ),
            leaks=tuple(leak.sentence for leak in find_leaks(data.flow)),
        ),
        versions={"python": platform.python_version(), **{package: version(package) for package in _NAMED}},
        command=shlex.join(["glfnet", *sys.argv[1:]]) if Path(sys.argv[0]).stem == "glfnet" else "from Python",
        model=_model_info(name, trainer, settings, data),
        protocol=ProtocolInfo(name=settings.protocol.name, folds=len(folds)),
    )


def _count_notes(flow: FlowSet, data: LabelledSet, settings: Settings) -> list[str]:
    if not data.classes:
        return []
    match settings.protocol.classes:
        case "three":
            others = {sample_id for sample_id, reason in data.exclusions if reason == NOT_A_MEMBER}
            return count_differences(flow.select([i for i, s in enumerate(flow.samples) if s.sample_id not in others]))
        case "five":
            return five_class_differences(data.flow.samples)
    return []


def _alike_notes(data: LabelledSet) -> list[str]:
    return [
        f"subjects {' and '.join(map(str, group))} differ only in capitals or blanks: if they are one person, give "
        "them one name, or folds train on the person whom they test."
        for group in alike_subjects(sample.subject for sample in data.flow.samples)
    ]


def _still_notes(data: LabelledSet) -> list[str]:
    still = still_clips(data.flow)
    count = f"{len(still)} {'clip shows' if len(still) == 1 else 'clips show'}"
    return [f"{count} no movement at all, the map is the same everywhere: {', '.join(still)}."] if still else []


def identity(about: RunInfo, data: LabelledSet, settings: Settings, model: object | None) -> dict[str, Any]:
    """Return what must be the same for a run to be resumed."""
    versions = {package: about.versions[package] for package in DECISIVE}
    own = {} if model is None else {"model options": _options_digest(model)}
    units = {"action units": units_digest(data)} if data.units else {}
    page = identifying_settings(settings)
    return {
        "settings": page,
        "data": about.data.digest,
        **units,
        "model": about.model.name,
        **own,
        "versions": versions,
    }


def units_digest(data: LabelledSet) -> str:
    """Return a digest of which units are learnt and who shows them: maps and emotions, the data's own, say neither."""
    return hashlib.sha256(repr((data.units, data.presence.tolist())).encode()).hexdigest()


def _options_digest(model: object) -> str | None:
    """Return a digest of your own model with its options; None for what only a name identifies, such as a lambda."""
    try:
        digest: str = joblib.hash(model)
    except (PicklingError, AttributeError, TypeError):
        return None
    return digest


def _own_name(model: object) -> str:
    return str(getattr(model, "__qualname__", None) or type(model).__qualname__)


def _model_info(name: str, trainer: object, settings: Settings, data: LabelledSet) -> ModelInfo:
    if not isinstance(trainer, NetworkTrainer):
        return ModelInfo(name=name)
    channels = len(settings.input.channels)
    height, width = data.flow.maps.shape[2:]
    shown = input_size((height, width), settings.input)
    network = trainer.untrained(channels, len(data.classes) + len(data.units), shown)
    cost = network_cost(network, channels, shown)
    return ModelInfo(name=name, parameters=cost.parameters, flops=cost.flops)
