"""An ablation: the recipe as it is, then the same with each part of the paper switched off, one run folder each.

::

    DIR/ablation.json            what the folder belongs to
    DIR/whole/                   the run of the recipe as it is
    DIR/no-global-attention/ ... a run for each part
    DIR/ablation.csv, .tex, .svg, .png, .html
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from glfnet.arguments import check_argument, given_path
from glfnet.config.models import CLASSICAL
from glfnet.config.settings import Settings
from glfnet.errors import SettingsError
from glfnet.evaluation.carry_out import checked_arguments, score_so_far
from glfnet.evaluation.evaluate import Run, evaluate
from glfnet.evaluation.evaluate_units import UnitRun, evaluate_units
from glfnet.evaluation.folds import Progress
from glfnet.evaluation.labelled_set import label_samples
from glfnet.evaluation.run_folder import claim_folder
from glfnet.evaluation.tuning.page_changes import check_comparable, check_fits, given_texts
from glfnet.progress import Show, progress_of
from glfnet.report.ablation import AblatedRun, AblationRow, ablation_rows, verdict, write_ablation
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.compare import compare_runs
from glfnet.scores.comparison import Comparison
from glfnet.settings_page import changed_settings, identifying_settings, parsed_change

WHOLE = "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of the recipes of an ablation.

    Attributes:
        name: what was changed, in words.
        change: the setting that makes it; empty for the whole recipe.
        part: the part of the paper that is gone or replaced; empty for the whole recipe and a change of one's own.
        folder: the name of its run folder.
        settings: its page.
    """

    name: str
    change: str
    part: str
    folder: str
    settings: Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """A finished ablation.

    Attributes:
        folder: where everything is.
        runs: the runs by name, the whole recipe (`whole`) first.
        comparisons: of the others with it, paired over subjects, as `compare_runs` makes them; of action units, the
            means over units.
        rows: the short table.
        verdict: a few sentences that say whether any part is a gain beyond doubt.
        page: the HTML page.
    """

    folder: Path
    runs: dict[str, Run | UnitRun]
    comparisons: tuple[Comparison, ...]
    rows: tuple[AblationRow, ...]
    verdict: str
    page: Path

    def __repr__(self) -> str:
        return f"Ablation(folder={str(self.folder)!r}, runs={list(self.runs)}, verdict={self.verdict!r})"


@dataclass(frozen=True, slots=True)
class _Part:
    part: str
    name: str
    folder: str
    option: str
    on: tuple[str, ...]  # the part is in a recipe that has one of these values
    off: str


_FUSION = ("model.fusion", ("aff",))
_PARTS = (
    _Part(
        "Global Attention", "without Global Attention", "no-global-attention",
        "model.global_attention", ("cbam", "gam", "self_attention"), "none",
    ),
    _Part(
        "Local Block", "without Local Block", "no-local-block", "model.local_block", ("unshared", "shared"), "none",
    ),
    _Part("Adaptive Feature Fusion over sum", "fused by sum", "fusion-sum", *_FUSION, "sum"),
    _Part("Adaptive Feature Fusion over concatenation", "fused by concatenation", "fusion-concat", *_FUSION, "concat"),
    _Part(
        "class-balanced loss", "without class-balanced loss", "no-class-balanced-loss",
        "loss.weighting", ("class_balanced",), "none",
    ),
)  # fmt: skip


def ablate(
    flow: FlowSet,
    out: Path | str,
    settings: Settings | None = None,
    *,
    also: Sequence[str] = (),
    seeds: Sequence[int] = (0, 1, 2),
    jobs: int = 1,
    source: str = "in memory",
    show: Show | None = None,
    progress: bool | None = None,
) -> Ablation:
    """Evaluate a recipe as it is and with each part of the paper switched off, and compare them subject by subject.

    If it was stopped, the same call resumes it.

    Args:
        flow: the samples.
        out: the folder: new, empty, or of the same ablation.
        settings: the page; the default is the recipe of GLFNet. Its `protocol.task` may be action units: then means
            over units are compared.
        also: changes of your own, each compared with the recipe as a part is: `["model.width=16"]`.
        seeds: run seeds of every run.
        jobs: processes, 1 or more. The result does not depend on it.
        source: where the samples came from, for the reports.
        show: is told how many folds of all runs are done.
        progress: whether a bar on stderr shows it; None: in a terminal or notebook, unless there is a `show`.

    Raises:
        GlfnetError: one of its kinds, if an argument, data, settings, protocol or folder do not fit; finished folds are
            kept.
    """
    out = given_path("out", out, "the folder of the ablation, such as 'runs/ablation'")
    settings = Settings() if settings is None else settings
    seeds = checked_arguments(flow, settings, seeds, jobs)
    check_argument("show", show, show is None or callable(show), "a function `show(done, total, words)`")
    variants = find_variants(settings, also)
    data = label_samples(flow, settings.protocol)
    for variant in variants:
        check_fits(variant.settings, data, variant.change)
    claim_folder(out, "ablation.json", {"recipe": identifying_settings(settings), "data": flow.digest()}, "ablation")
    units = settings.protocol.task == "action_units"
    runs: dict[str, Any] = {}
    with progress_of("folds", progress, told=show is not None) as bar:
        for number, variant in enumerate(variants):
            told = partial(_show, show or bar, variant.name, number, len(variants))
            runs[variant.name] = (evaluate_units if units else evaluate)(
                flow, out / variant.folder, variant.settings, seeds=seeds, jobs=jobs, source=source, report=told
            )
    return _compared(out, variants, runs)


def find_variants(settings: Settings, also: Sequence[str] = ()) -> list[Variant]:
    """Return the recipes of an ablation: the whole one, then those that lack a part which it has, then one's own.

    Raises:
        SettingsError: if nothing can be switched off, or one's own change does not exist or fit, or changes nothing
            that another recipe of the list has not changed.
    """
    page = settings.model_dump()
    variants = [Variant(name=WHOLE, change="", part="", folder=WHOLE, settings=settings)]
    for part in _PARTS if settings.model.kind not in CLASSICAL else ():
        section, option = part.option.split(".")
        if page[section].get(option) in part.on:
            without = changed_settings(settings, {part.option: part.off})
            change = f"{part.option}={part.off}"
            variants.append(
                Variant(name=part.name, change=change, part=part.part, folder=part.folder, settings=without)
            )
    for text in given_texts("also", also, '["model.width=16"]'):
        variants.append(_own(settings, text, variants))
    if len(variants) == 1:
        raise SettingsError(
            f"model.kind {settings.model.kind}: found no part that can be switched off; expected a recipe with Global "
            "Attention, Local Block, Adaptive Feature Fusion or class-balanced loss, such as glfnet. Take one, or name "
            "changes of your own.",
            settings=("also",),
        )
    return variants


def _own(settings: Settings, text: str, variants: Sequence[Variant]) -> Variant:
    name, value = parsed_change(text)
    check_comparable(name, text)
    change = text.strip()
    changed = changed_settings(settings, {name: value})
    for other in variants:
        if identifying_settings(other.settings) == identifying_settings(changed):
            raise SettingsError(f"{change}: found the settings of {other.name!r} again; expected others. Leave it out.")
    safe = re.sub(r"[^\w.=-]+", "-", change)[:60]
    if safe != change:
        safe += "." + hashlib.sha256(change.encode()).hexdigest()[:6]  # two changes may become equal in `safe`
    return Variant(name=change, change=change, part="", folder=safe, settings=changed)


def _show(show: Show, name: str, number: int, runs: int, progress: Progress) -> None:
    done, total = number * progress.total + progress.done, runs * progress.total
    show(done, total, ", ".join(filter(None, (name, score_so_far(progress)))))


def _compared(out: Path, variants: Sequence[Variant], runs: dict[str, Any]) -> Ablation:
    compared = compare_runs({name: run.predictions for name, run in runs.items()})
    comparisons = [row for row in compared if row.unit is None]
    ablated = [
        AblatedRun(
            name=variant.name,
            change=variant.change,
            folder=variant.folder,
            part=variant.part,
            parameters=runs[variant.name].about.model.parameters,
            scores=runs[variant.name].scores,
        )
        for variant in variants
    ]
    about = runs[WHOLE].about
    facts = {
        "Recipe": about.model.name,
        "Data": about.data.source,
        "Protocol": about.protocol.name,
        "Seeds": ", ".join(map(str, runs[WHOLE].scores.seeds)),
        "Command": about.command,
    }
    return Ablation(
        folder=out,
        runs=runs,
        comparisons=tuple(comparisons),
        rows=tuple(ablation_rows(ablated, comparisons)),
        verdict=verdict(ablated, comparisons),
        page=write_ablation(out, ablated, comparisons, facts),
    )
