"""A sweep: no trial is given the subjects who are set aside, and one that was stopped ends as an undisturbed one."""

import csv
import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

import glfnet
from glfnet.config.settings import Settings
from glfnet.errors import GlfnetError, InputError, ProtocolError, RunFolderError, SettingsError
from glfnet.evaluation.evaluate import evaluate
from glfnet.evaluation.evaluate_units import evaluate_units
from glfnet.evaluation.tuning import sweep as sweep_module
from glfnet.evaluation.tuning.sweep import Sweep, sweep
from glfnet.report.trials import best_first
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set

pytestmark = pytest.mark.slow

SPACE = ("model.c=1e-4..1:log", "input.scale=none,deviation")


@pytest.fixture(scope="module")
def flow() -> FlowSet:
    return synthetic_flow_set(subjects=12, seed=3, size_px=12)


@pytest.fixture
def page() -> Settings:
    return read_settings("logistic_regression")


class MadeUpScores:
    """Stands where trials are evaluated: the score is a function of the settings; keeps what each trial was given."""

    def __init__(self) -> None:
        self.given: list[tuple[FlowSet, Path, Settings, tuple[int, ...]]] = []
        self.before: Callable[[int], None] = lambda number: None

    def __call__(self, flow: FlowSet, out: Path, settings: Settings, **options: Any) -> SimpleNamespace:
        self.before(int(out.name))
        self.given.append((flow, out, settings, tuple(options["seeds"])))
        options["report"](SimpleNamespace(done=4, total=4))
        c = settings.model.model_dump()["c"]
        mean = 0.6 - 0.1 * abs(np.log10(c) + 2) + (0.01 if settings.input.scale == "none" else 0)
        uf1 = ConfidenceInterval(mean=float(mean), sd=0.01, low=mean - 0.1, high=mean + 0.1)
        return SimpleNamespace(scores=SimpleNamespace(fixed={"full": SimpleNamespace(uf1=uf1)}))


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> MadeUpScores:
    made_up = MadeUpScores()
    monkeypatch.setattr(sweep_module, "evaluate", made_up)
    monkeypatch.setattr(sweep_module, "write_sweep", lambda folder, *_, **__: folder / "sweep.html")  # takes a second
    return made_up


def outcome(folder: Path) -> list[str]:
    """Return what a sweep wrote about its trials."""
    return [(folder / name).read_text() for name in ("trials.csv", "best.toml")]


def test_no_trial_is_given_a_clip_of_a_subject_who_is_set_aside(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    found = sweep(flow, tmp_path / "a", page, space=SPACE, trials=4, inner_folds=3)
    assert len(found.held_out) == 3
    for given, _, settings, _ in scores.given:
        assert {str(s.subject) for s in given.samples}.isdisjoint(found.held_out)
        assert settings.protocol.name == "kfold"
        assert settings.protocol.folds == 3
        assert not set(settings.protocol.subjects)
    held = np.array([str(s.subject) in found.held_out for s in flow.samples])
    poisoned = replace(flow, maps=np.where(held[:, None, None, None], np.nan, flow.maps).astype(np.float32))
    again = sweep(poisoned, tmp_path / "a", page, space=SPACE, trials=6, inner_folds=3)
    assert again.held_out == found.held_out
    undisturbed = sweep(flow, tmp_path / "b", page, space=SPACE, trials=6, inner_folds=3)
    assert again.trials == undisturbed.trials, "maps that nobody may see change nothing"
    assert outcome(tmp_path / "a") == outcome(tmp_path / "b")


@pytest.mark.usefixtures("without_report")
def test_the_run_of_a_trial_is_what_evaluate_makes_of_the_same_clips_and_settings(
    flow: FlowSet, page: Settings, tmp_path: Path
) -> None:
    found = sweep(flow, tmp_path / "sweep", page, space=SPACE, trials=2, inner_folds=3, seeds=(0,))
    held = np.array([str(s.subject) in found.held_out for s in flow.samples])
    values = found.trials[1].values
    inner = read_settings(
        "logistic_regression", model={"c": values["model.c"]}, protocol={"name": "kfold", "folds": 3},
        input={"scale": values["input.scale"]},
    )  # fmt: skip
    alone = evaluate(flow.select(np.flatnonzero(~held)), tmp_path / "alone", inner, seeds=(0,))
    trial = tmp_path / "sweep" / "trials" / "0001"
    assert (trial / "predictions.csv").read_bytes() == (alone.folder / "predictions.csv").read_bytes()
    assert found.trials[1].uf1.mean == alone.scores.fixed["full"].uf1.mean
    scored = evaluate(flow, tmp_path / "score", read_settings(tmp_path / "sweep" / "best.toml"))
    assert {"/".join(i.split("/")[:2]) for i in scored.predictions.sample_id} == set(found.held_out)


def test_on_action_units_trials_are_scored_by_the_mean_auc(flow: FlowSet, tmp_path: Path) -> None:
    page = read_settings("logistic_regression", protocol={"task": "action_units", "units": [4, 12]})
    given: dict[str, Any] = {"space": ["model.c=1e-6,1e-2"], "trials": 2, "inner_folds": 2, "seeds": (0,)}
    found = sweep(flow, tmp_path / "a", page, **given)
    assert found.metric == "auc"
    held = np.array([str(s.subject) in found.held_out for s in flow.samples])
    inner = read_settings(
        "logistic_regression", model={"c": found.trials[1].values["model.c"]},
        protocol={"task": "action_units", "units": [4, 12], "name": "kfold", "folds": 2},
    )  # fmt: skip
    alone = evaluate_units(flow.select(np.flatnonzero(~held)), tmp_path / "alone", inner, seeds=(0,))
    assert found.trials[1].score.mean == alone.scores.scopes["full"].mean["auc"].mean
    assert ": mean AUC 0." in found.verdict
    assert (tmp_path / "a" / "trials.csv").read_text().startswith("number,state,auc,")
    assert "UF1" not in (tmp_path / "a" / "sweep.html").read_text()
    assert read_settings(tmp_path / "a" / "best.toml").protocol.task == "action_units"
    others = tuple(replace(sample, action_units="4") for sample in flow.samples[:5])
    relabelled = replace(flow, samples=(*others, *flow.samples[5:]))
    with pytest.raises(RunFolderError, match="belongs to a different sweep: action units was "):
        sweep(relabelled, tmp_path / "a", page, **given)


@pytest.mark.usefixtures("scores")
def test_the_recipe_as_it_is_comes_first_if_the_space_covers_it(flow: FlowSet, page: Settings, tmp_path: Path) -> None:
    covered = sweep(flow, tmp_path / "a", page, space=SPACE, trials=3, inner_folds=3)
    assert covered.trials[0].values == {"model.c": 1e-3, "input.scale": "deviation"}
    assert "; the recipe as it is, trial 0, has 0.500." in covered.verdict
    outside = sweep(flow, tmp_path / "b", page, space=["model.c=0.1..1"], trials=3, inner_folds=3)
    assert "recipe as it is" not in outside.verdict


@pytest.mark.usefixtures("scores")
def test_the_best_page_holds_out_those_who_were_set_aside(flow: FlowSet, page: Settings, tmp_path: Path) -> None:
    found = sweep(flow, tmp_path / "a", page, space=SPACE, trials=5, inner_folds=3)
    best = read_settings(tmp_path / "a" / "best.toml")
    assert best == found.settings
    assert best.protocol.name == "subjects"
    assert best.protocol.subjects == found.held_out
    assert best.model.model_dump()["c"] == found.best.values["model.c"]
    assert found.best.uf1.mean == max(trial.uf1.mean for trial in found.trials)
    nobody = sweep(flow, tmp_path / "b", page, space=SPACE, trials=5, inner_folds=3, hold_out=0)
    assert nobody.held_out == ()
    assert nobody.settings.protocol == page.protocol
    assert nobody.verdict.endswith("Score best.toml on other subjects: here nobody was set aside.")


def test_a_sweep_that_was_stopped_ends_with_the_same_trials(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    sweep(flow, tmp_path / "whole", page, space=SPACE, trials=15, inner_folds=3)
    stops = {0, 4, 11, 14}

    def stop(number: int) -> None:
        if number in stops:
            stops.remove(number)
            raise KeyboardInterrupt

    scores.before = stop
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            sweep(flow, tmp_path / "stopped", page, space=SPACE, trials=15, inner_folds=3)
    scores.before, scores.given = lambda number: None, []
    sweep(flow, tmp_path / "stopped", page, space=SPACE, trials=15, inner_folds=3)
    assert [out.name for _, out, _, _ in scores.given] == ["0014"], "what had ended is not done again"
    assert outcome(tmp_path / "stopped") == outcome(tmp_path / "whole")


def test_more_trials_go_on_where_fewer_ended(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    few = sweep(flow, tmp_path / "a", page, space=SPACE, trials=3, inner_folds=3)
    more = sweep(flow, tmp_path / "a", page, space=SPACE, trials=12, inner_folds=3)
    assert more.trials[:3] == few.trials
    assert len(scores.given) == len(more.trials) == 12
    assert more.trials == sweep(flow, tmp_path / "b", page, space=SPACE, trials=12, inner_folds=3).trials


@pytest.mark.usefixtures("scores")
def test_another_seed_tries_something_else(flow: FlowSet, page: Settings, tmp_path: Path) -> None:
    found = [
        sweep(flow, tmp_path / str(s), page, space=SPACE, trials=3, inner_folds=3, hold_out=0, seed=s) for s in (0, 1)
    ]
    assert found[0].trials[0] == found[1].trials[0]
    assert found[0].trials[1] != found[1].trials[1]


def test_each_setting_of_a_small_space_is_tried_once(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    space = ["model.c=1e-3,1e-2,1e-1", "input.scale=none,deviation"]
    found = sweep(flow, tmp_path / "a", page, space=space, trials=30, inner_folds=3)
    assert len(found.trials) == len(scores.given) == 6
    assert len({json.dumps(dict(trial.values)) for trial in found.trials}) == 6
    assert found.verdict.startswith("Trial 2 is the best of 6 trials (6 different settings): UF1 0.610 on the inner ")


def test_settings_that_come_again_are_not_trained_again_and_counted_once(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    space = [f"model.c={','.join(f'1e-{k}' for k in range(1, 6))}", "input.scale=none,deviation"]
    found = sweep(flow, tmp_path / "a", page, space=space, trials=9, inner_folds=3)
    again = [trial for trial in found.trials if trial.same_as is not None]
    different = {json.dumps(dict(trial.values)) for trial in found.trials}
    assert again, "this seed comes to the same settings twice"
    assert len(scores.given) == len(different) == 9 - len(again)
    assert f"best of 9 trials ({len(different)} different settings)" in found.verdict
    for trial in again:
        assert trial.values == found.trials[trial.same_as or 0].values
        assert trial.uf1 == found.trials[trial.same_as or 0].uf1
    assert {trial.number for trial in again}.isdisjoint(trial.number for trial in best_first(found.trials))


def test_a_trial_that_fails_is_kept_with_its_reason(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    def fail(number: int) -> None:
        if number == 1:
            raise SettingsError("training has diverged.")
        if number == 2:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    scores.before = fail
    found = sweep(flow, tmp_path / "a", page, space=SPACE, trials=4, inner_folds=3)
    assert [trial.reason for trial in found.trials] == ["", "training has diverged.", "too little memory", ""]
    assert "the best of 4 trials (4 different settings, 2 failed)" in found.verdict
    with (tmp_path / "a" / "trials.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["complete", "failed", "failed", "complete"]
    assert (rows[1]["uf1"], rows[1]["reason"]) == ("", "training has diverged.")
    again = sweep(flow, tmp_path / "a", page, space=SPACE, trials=4, inner_folds=3)
    assert again.trials == found.trials, "and not tried again"


def test_if_every_trial_fails_there_is_no_best(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    def fail(number: int) -> None:
        raise SettingsError(f"no luck {number}.")

    scores.before = fail
    with pytest.raises(SettingsError) as caught:
        sweep(flow, tmp_path / "a", page, space=SPACE, trials=2, inner_folds=3)
    assert str(caught.value) == (
        f"{tmp_path / 'a'}: all 2 trials failed, the first one because of this: no luck 0. trials.csv has the reason "
        "of each. Name other settings to try, and another folder."
    )
    assert not (tmp_path / "a" / "best.toml").exists()


def test_an_error_that_is_not_the_trials_own_ends_the_sweep(
    flow: FlowSet, page: Settings, scores: MadeUpScores, tmp_path: Path
) -> None:
    full = InputError(file="disk", found="no room", expected="room", remedy="Make room.")

    def fail(number: int) -> None:
        if number == 1:
            raise full

    scores.before = fail
    with pytest.raises(InputError, match="Make room"):
        sweep(flow, tmp_path / "a", page, space=SPACE, trials=3, inner_folds=3)
    scores.before = lambda number: None
    assert [t.reason for t in sweep(flow, tmp_path / "a", page, space=SPACE, trials=3, inner_folds=3).trials] == [
        ""
    ] * 3


@pytest.mark.usefixtures("scores")
def test_optuna_reads_the_journal_and_its_own_settings_stay(flow: FlowSet, page: Settings, tmp_path: Path) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    found = sweep(flow, tmp_path / "a", page, space=SPACE, trials=3, inner_folds=3)
    assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "a" / "trials.journal")))
    trials = optuna.load_study(study_name="glfnet", storage=storage).trials
    assert [trial.value for trial in trials] == [trial.uf1.mean for trial in found.trials]
    optuna.logging.set_verbosity(optuna.logging.INFO)


@pytest.mark.usefixtures("scores")
def test_a_folder_of_another_sweep_or_of_anything_else_is_refused(
    flow: FlowSet, page: Settings, tmp_path: Path
) -> None:
    first: dict[str, Any] = {"space": SPACE, "trials": 1, "inner_folds": 3}
    sweep(flow, tmp_path / "a", page, **first)
    others: list[tuple[dict[str, Any], str]] = [
        ({"inner_folds": 2}, "inner folds was 3, now 2. Name"),
        ({"seeds": (0, 1)}, "seeds was [0, 1, 2], now [0, 1]. Name"),
        ({"hold_out": 0}, "data was "),
        ({"space": [*SPACE, "training.mirror_test=true,false"]}, "space.training.mirror_test was null, now "),
    ]
    for changes, sentence in others:
        with pytest.raises(RunFolderError) as caught:
            sweep(flow, tmp_path / "a", page, **first | changes)
        assert str(caught.value).startswith(f"{tmp_path / 'a'}: belongs to a different sweep: {sentence}")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter.txt").write_text("dear")
    with pytest.raises(InputError) as foreign:
        sweep(flow, tmp_path / "b", page, **first)
    assert str(foreign.value) == (
        f"{tmp_path / 'b'}: found a folder with other files; expected a new or empty folder, or a sweep to resume. "
        "Name another folder."
    )
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["letter.txt"]


@pytest.mark.usefixtures("scores")
@pytest.mark.parametrize("damage", ["{", "[1]\n", "\x00\n"])
def test_a_damaged_journal_is_refused(flow: FlowSet, page: Settings, tmp_path: Path, damage: str) -> None:
    sweep(flow, tmp_path / "a", page, space=SPACE, trials=1, inner_folds=3)
    journal = tmp_path / "a" / "trials.journal"
    journal.write_text(journal.read_text() + damage)
    with pytest.raises(RunFolderError) as caught:
        sweep(flow, tmp_path / "a", page, space=SPACE, trials=2, inner_folds=3)
    assert str(caught.value).startswith(f"{journal}: found what is no journal of trials (")
    assert str(caught.value).endswith("expected it as `glfnet sweep` has written it. Name another folder.")


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"inner_folds": 50}, ProtocolError, "found 9 subjects for 50 inner folds; expected a subject for each at "
         "least. Take fewer folds, or set fewer subjects aside."),
        ({"trials": 0}, SettingsError, "trials: found 0, an int; expected how many trials, 1 or more."),
        ({"inner_folds": 1}, SettingsError, "inner_folds: found 1, an int; expected how many parts, 2 or more."),
        ({"seed": -1}, SettingsError, "seed: found -1, an int; expected a whole number, 0 or more."),
        ({"seeds": (0, 0)}, SettingsError, "seeds: found [0, 0]; expected at least one, and each of them once."),
        ({"seeds": 3}, SettingsError, "seeds: found 3, an int; expected whole numbers, such as range(3) or [0, 1, 2]."),
        ({"jobs": 0}, SettingsError, "jobs: found 0, an int; expected how many processes, 1 or more, such as "
         "os.cpu_count()."),
        ({"space": "model.c=1,2"}, SettingsError, "space: found 'model.c=1,2', a str; expected a list of "
         'texts, such as ["model.width=16,32"].'),
        ({"space": [5]}, SettingsError, "space: found 5, an int; expected a list of texts, such as "
         '["model.width=16,32"].'),
        ({"show": 5}, SettingsError, "show: found 5, an int; expected a function `show(done, total, words)`."),
        ({"out": 5}, SettingsError, "out: found 5, an int; expected the folder of the sweep, such as 'runs/sweep'."),
    ],
)  # fmt: skip
def test_an_argument_that_cannot_be_right_is_refused_before_anything_is_written(
    flow: FlowSet, page: Settings, tmp_path: Path, changes: dict[str, Any], error: type[GlfnetError], sentence: str
) -> None:
    arguments: dict[str, Any] = {"out": tmp_path / "a", "space": SPACE, "settings": page, **changes}
    with pytest.raises(error) as caught:
        sweep(flow, **arguments)
    assert str(caught.value) == sentence
    assert list(tmp_path.iterdir()) == []


def test_without_optuna_the_sentence_says_how_to_install_it(
    flow: FlowSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "optuna" else there(name, *more)
    )
    with pytest.raises(SettingsError) as caught:
        sweep(flow, tmp_path / "a", space=SPACE)
    assert str(caught.value) == (
        "sweep: found no Optuna; expected it to be installed. Install it: `pip install optuna`, or with glfnet "
        '`pip install -c constraints.txt ".[tune]"`.'
    )


@pytest.mark.usefixtures("scores")
def test_progress_is_told_over_all_trials(flow: FlowSet, page: Settings, tmp_path: Path) -> None:
    told: list[tuple[int, int | None, str]] = []
    found = sweep(
        flow, tmp_path / "a", page, space=SPACE, trials=2, inner_folds=3, show=lambda *words: told.append(words)  # type: ignore[arg-type]
    )  # fmt: skip
    assert isinstance(found, Sweep)
    assert told == [(4, 8, "trial 0"), (8, 8, "trial 1, best UF1 so far 0.500")]


def test_both_commands_are_functions_of_the_package() -> None:
    assert glfnet.sweep is sweep
    assert glfnet.Sweep is Sweep
    assert glfnet.ablate.__module__ == glfnet.Ablation.__module__ == "glfnet.evaluation.tuning.ablation"
    assert {"Ablation", "Sweep", "ablate", "sweep"} <= set(glfnet.__all__)
