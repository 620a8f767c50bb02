"""A sweep: many settings of a recipe, each scored on subject-disjoint folds within the subjects who are not set aside.

::

    DIR/sweep.json       what the folder belongs to
    DIR/trials.journal   every trial that has ended, as Optuna's journal
    DIR/trials/0000/ ... the run folder of each trial
    DIR/best.toml        the settings page of the best trial
    DIR/trials.csv, .svg, .png, sweep.html
"""

import importlib.util
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glfnet.arguments import check_argument, given_number, given_path
from glfnet.config.settings import Settings
from glfnet.errors import ProtocolError, SettingsError, ShapeError
from glfnet.evaluation.carry_out import checked_arguments
from glfnet.evaluation.description import DECISIVE, units_digest
from glfnet.evaluation.evaluate import evaluate
from glfnet.evaluation.evaluate_units import UnitRun, evaluate_units
from glfnet.evaluation.folds import Progress
from glfnet.evaluation.labelled_set import label_samples
from glfnet.evaluation.protocol import make_folds
from glfnet.evaluation.run_folder import claim_folder
from glfnet.evaluation.tuning.hold_out import TuningSet, set_aside
from glfnet.evaluation.tuning.page_changes import check_fits, given_texts
from glfnet.evaluation.tuning.search_space import Choices, Parameter, present_values, read_space
from glfnet.files import write_whole
from glfnet.progress import Show, progress_of
from glfnet.report.trials import (
    BEST_FILE,
    CSV_FILE,
    Trial,
    TriedOption,
    best_first,
    shown_value,
    trials_csv,
    write_sweep,
)
from glfnet.report.trials import verdict as verdict_of
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.comparison import MEASURE_NAMES, measure_in_words
from glfnet.scores.metrics import Metric
from glfnet.scores.resampling import UNDEFINED, ConfidenceInterval
from glfnet.scores.run_scores import FULL
from glfnet.scores.unit_measures import UnitMetric
from glfnet.settings_page import changed_settings, identifying_settings, toml_page

if TYPE_CHECKING:
    from glfnet.evaluation.tuning.study import NextTrial, Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A finished sweep.

    Attributes:
        folder: where everything is.
        trials: all of them, in order; also those that failed.
        best: the best trial: by UF1, or, if action units are the task, by the mean AUC over units.
        settings: its page, as in best.toml; under the protocol `subjects`, it holds out those who were set aside.
        held_out: the subjects set aside, as `database/name`; no trial has seen them.
        verdict: what came of it, and why the best score is no result.
        page: the HTML page.
        metric: what trials were scored by: `uf1`, or `auc`, the mean over units.
    """

    folder: Path
    trials: tuple[Trial, ...]
    best: Trial
    settings: Settings
    held_out: tuple[str, ...]
    verdict: str
    page: Path
    metric: Metric | UnitMetric = "uf1"

    def __repr__(self) -> str:
        return f"Sweep(folder={str(self.folder)!r}, trials={len(self.trials)}, best={dict(self.best.values)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What all trials share; of the samples only those that no outer fold holds out."""

    known: TuningSet
    settings: Settings
    space: tuple[Parameter, ...]
    folder: Path
    seeds: tuple[int, ...]
    jobs: int
    source: str

    @property
    def metric(self) -> Metric | UnitMetric:
        """What trials are scored by: by F1, a recipe on units would be chosen for how often it says yes."""
        return "auc" if self.settings.protocol.task == "action_units" else "uf1"


def sweep(
    flow: FlowSet,
    out: Path | str,
    settings: Settings | None = None,
    *,
    space: Sequence[str],
    trials: int = 30,
    hold_out: float | None = None,
    inner_folds: int = 5,
    seeds: Sequence[int] = (0, 1, 2),
    seed: int = 0,
    jobs: int = 1,
    source: str = "in memory",
    show: Show | None = None,
    progress: bool | None = None,
) -> Sweep:
    """Try many settings on subject-disjoint folds of the subjects who are not set aside; write the best as a page.

    Optuna's TPE sampler proposes what to try; the recipe as it is comes first, if the space covers it. Needs Optuna. If
    it was stopped, the same call resumes it, and ends with the same trials.

    Args:
        flow: all samples. Those of the subjects set aside are taken out before anything else is made of them.
        out: the folder: new, empty, or of the same sweep, also one with fewer trials.
        settings: the page; the default is the recipe of GLFNet. Under the protocol `subjects`, those whom it lists are
            set aside. Its `protocol.task` may be action units.
        space: what to try: `["training.learning_rate=1e-4..1e-2:log", "model.width=16,32,64"]`.
        trials: how many there will be, with those of earlier calls.
        hold_out: share of the subjects of each database to set aside under any other protocol; None is a quarter, 0
            sets nobody aside: then score the best page on other data.
        inner_folds: parts into which the other subjects are divided; each is held out once.
        seeds: run seeds of every trial.
        seed: draws the subjects who are set aside, and what is tried.
        jobs: processes, 1 or more. The result does not depend on it.
        source: where the samples came from, for the reports.
        show: is told how many folds of all trials are done.
        progress: whether a bar on stderr shows it; None: in a terminal or notebook, unless there is a `show`.

    Raises:
        GlfnetError: one of its kinds, if Optuna is missing, an argument, data, settings or folder do not fit, or every
            trial fails; trials that have ended are kept.
    """
    check_optuna()
    out = given_path("out", out, "the folder of the sweep, such as 'runs/sweep'")
    settings = Settings() if settings is None else settings
    seeds = checked_arguments(flow, settings, seeds, jobs)
    given_number("trials", trials, "how many trials, 1 or more", least=1)
    given_number("inner_folds", inner_folds, "how many parts, 2 or more", least=2)
    given_number("seed", seed, "a whole number, 0 or more", least=0)
    check_argument("show", show, show is None or callable(show), "a function `show(done, total, words)`")
    tried = read_space(given_texts("space", space, '["model.width=16,32"]'), settings)
    known = set_aside(flow, settings, hold_out, seed)
    inner = _inner_settings(settings, known, inner_folds)
    plan = _Plan(known=known, settings=inner, space=tried, folder=out, seeds=seeds, jobs=jobs, source=source)
    claim_folder(out, "sweep.json", _identity(plan, settings, seed), "sweep")
    from glfnet.evaluation.tuning.study import Study  # here, so that glfnet works without Optuna

    study = Study(out / "trials.journal", tried, seed)
    with progress_of("folds", progress, told=show is not None) as bar:
        _run_trials(plan, study, trials, show or bar)
    return _finished(plan, settings, tuple(study.trials))


def check_optuna() -> None:
    """Raise an error unless Optuna is installed.

    Raises:
        SettingsError: that says how to install it.
    """
    if importlib.util.find_spec("optuna") is None:
        raise SettingsError(
            "sweep: found no Optuna; expected it to be installed. Install it: `pip install optuna`, or with glfnet "
            '`pip install -c constraints.txt ".[tune]"`.'
        )


def _inner_settings(settings: Settings, known: TuningSet, inner_folds: int) -> Settings:
    """Return the page of the trials: the same classes, in subject-disjoint folds; and check that it can be trained."""
    subjects = len({sample.subject for sample in known.flow.samples})
    if subjects < inner_folds:
        raise ProtocolError(
            f"found {subjects} subjects for {inner_folds} inner folds; expected a subject for each at least. Take "
            "fewer folds, or set fewer subjects aside.",
            settings=("inner_folds", "hold_out"),
        )
    changes = {"protocol.name": "kfold", "protocol.folds": inner_folds, "protocol.subjects": ()}
    inner = changed_settings(settings, changes)
    data = label_samples(known.flow, inner.protocol)
    make_folds(data.flow.samples, inner.protocol)
    check_fits(inner, data, "")
    return inner


def _identity(plan: _Plan, settings: Settings, seed: int) -> dict[str, Any]:
    data = label_samples(plan.known.flow, plan.settings.protocol)
    units = {"action units": units_digest(data)} if data.units else {}
    return {
        "recipe": identifying_settings(settings),
        "space": {parameter.name: repr(parameter) for parameter in plan.space},
        "data": plan.known.flow.digest(),
        **units,
        "subjects set aside": plan.known.held_out,
        "inner folds": plan.settings.protocol.folds,
        "seeds": plan.seeds,
        "seed": seed,
        "versions": {package: version(package) for package in (*DECISIVE, "optuna")},
    }


def _run_trials(plan: _Plan, study: "Study", trials: int, show: Show) -> None:
    recipe = present_values(plan.settings, [parameter.name for parameter in plan.space])
    covered = all(parameter.covers(recipe[parameter.name]) for parameter in plan.space)
    while len(study.trials) < trials:
        trial = study.next_trial(trials, recipe if covered else None)
        if trial is None:
            break
        before = study.trials
        twin = next((other for other in before if other.values == trial.values and other.same_as is None), None)
        if twin is not None:
            study.keep(trial, twin.score, twin.reason, same_as=twin.number)
            continue
        best = max((other.score.mean for other in before if not other.reason), default=None)
        told = partial(_show, show, trial.number, trials, best, measure_in_words(plan.metric))
        score, failed = _tried(plan, trial, told)
        study.keep(trial, score, failed)


def _tried(plan: _Plan, trial: "NextTrial", told: Any) -> tuple[ConfidenceInterval, str]:
    """Return a trial's score; and why there is none, if its settings cannot be trained."""
    try:
        settings = changed_settings(plan.settings, trial.values)
        run = (evaluate_units if plan.metric == "auc" else evaluate)(
            plan.known.flow, plan.folder / "trials" / f"{trial.number:04d}", settings,
            seeds=plan.seeds, jobs=plan.jobs, source=plan.source, report=told,
        )  # fmt: skip
    except (SettingsError, ProtocolError, ShapeError) as error:
        return UNDEFINED, str(error)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error):  # torch's MemoryError
            raise
        return UNDEFINED, "too little memory"
    score = run.scores.scopes[FULL].mean["auc"] if isinstance(run, UnitRun) else run.scores.fixed[FULL].uf1
    return score, "" if score.is_defined else f"{MEASURE_NAMES[plan.metric]} is undefined"


def _show(show: Show, number: int, trials: int, best: float | None, measure: str, progress: Progress) -> None:
    so_far = "" if best is None else f", best {measure} so far {best:.3f}"
    show(number * progress.total + progress.done, trials * progress.total, f"trial {number}{so_far}")


def _finished(plan: _Plan, settings: Settings, trials: tuple[Trial, ...]) -> Sweep:
    known = plan.known
    write_whole(plan.folder / CSV_FILE, trials_csv(trials, plan.metric))
    ranked = best_first(trials)
    if not ranked:
        raise SettingsError(
            f"{plan.folder}: all {len(trials)} trials failed, the first one because of this: {trials[0].reason} "
            f"{CSV_FILE} has the reason of each. Name other settings to try, and another folder."
        )
    best = ranked[0]
    recipe = present_values(plan.settings, [parameter.name for parameter in plan.space])
    number = next((trial.number for trial in trials if trial.values == recipe), None)
    said = verdict_of(trials, number, known.held_out, plan.metric)
    page = changed_settings(settings, best.values)
    if known.held_out:
        page = changed_settings(page, {"protocol.name": "subjects", "protocol.subjects": known.held_out})
    write_whole(plan.folder / BEST_FILE, _best_page(page, best, said))
    subjects = len({sample.subject for sample in known.flow.samples})
    lead = f"{len(known.flow)} clips of {subjects} subjects, in {plan.settings.protocol.folds} subject-disjoint folds."
    facts = {
        "Data": plan.source,
        "Set aside": f"{known.held_out_clips} clips of {', '.join(known.held_out) or 'nobody'}",
        "Seeds": ", ".join(map(str, plan.seeds)),
        "Best page": BEST_FILE,
        **{f"Trial {trial.number} failed": trial.reason for trial in trials if trial.reason},
    }
    options = [_drawn(parameter) for parameter in plan.space]
    written = write_sweep(plan.folder, trials, options, lead=lead, said=said, facts=facts, metric=plan.metric)
    return Sweep(
        folder=plan.folder, trials=trials, best=best, settings=page, held_out=known.held_out, verdict=said,
        page=written, metric=plan.metric,
    )  # fmt: skip


def _best_page(settings: Settings, best: Trial, said: str) -> str:
    remark: Mapping[str, str] = dict.fromkeys(best.values, "tried by the sweep")
    comment = textwrap.fill(said, 110, initial_indent="# ", subsequent_indent="# ")
    return f"{comment}\n\n{toml_page(settings, remark)}"


def _drawn(parameter: Parameter) -> TriedOption:
    if isinstance(parameter, Choices):
        return TriedOption(name=parameter.name, choices=tuple(map(shown_value, parameter.values)))
    return TriedOption(name=parameter.name, log=parameter.log)
