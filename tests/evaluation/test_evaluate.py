"""The main job: what a run folder holds, that it can be made again, and what it refuses before any work is lost."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from glfnet.config.settings import Settings
from glfnet.errors import InputError, ProtocolError, RunFolderError, SettingsError
from glfnet.evaluation.evaluate import Run, evaluate, rewrite_report, submission_log
from glfnet.evaluation.folds import Progress
from glfnet.labels import CASME2, DFME, SAMM
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId
from glfnet.scores.metrics import confusion, uf1
from glfnet.scores.predictions import Predictions, read_predictions, to_csv

pytestmark = pytest.mark.slow

MakeSettings = Callable[..., Settings]


def flat_network(in_channels: int, n_classes: int, size_px: tuple[int, int], width: int = 4) -> nn.Module:
    """A network as a user would write one."""
    pixels = in_channels * size_px[0] * size_px[1]
    return nn.Sequential(nn.Flatten(), nn.Linear(pixels, width), nn.ReLU(), nn.Linear(width, n_classes))


def prior(tiny_settings: MakeSettings, **sections: dict[str, Any]) -> Settings:
    """The page of the fastest model there is."""
    return tiny_settings(model={"kind": "prior"}, **sections)


def five_class_set() -> FlowSet:
    emotions = ("happiness", "disgust", "repression", "surprise", "others", "fear")
    samples = tuple(
        Sample(subject=SubjectId(CASME2, f"sub{n:02d}"), clip=f"c{c}", emotion=emotion)
        for n in (1, 2, 3)
        for c, emotion in enumerate(emotions)
    )
    maps = np.random.default_rng(0).random((18, 3, 12, 12)).astype(np.float32)
    return FlowSet(samples=samples, maps=maps)


def files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_run_folder_holds_everything(finished_run: Run, tiny_flow: FlowSet) -> None:
    found = files(finished_run.folder)
    assert found >= {
        "identity.json", "run.json", "predictions.csv", "metrics.json", "report.html", "megc2019/seed-0.log",
        "megc2019/seed-1.log", "tables/scores.csv", "tables/scores.tex", "tables/classes.csv", "tables/subjects.csv",
    }  # fmt: skip
    assert found >= {"figures/scores.svg", "figures/scores.png", "figures/confusion.svg"}
    subjects = len({s.subject for s in tiny_flow.samples})
    for seed in (0, 1):
        assert len([name for name in found if name.startswith(f"folds/seed-{seed}/")]) == subjects
    assert not [name for name in found if name.endswith(".part")]
    assert finished_run.report == finished_run.folder / "report.html"


def test_metrics_have_the_keys_that_are_promised(finished_run: Run, tiny_flow: FlowSet) -> None:
    metrics = json.loads((finished_run.folder / "metrics.json").read_text())
    assert metrics == finished_run.metrics
    assert metrics["fixed"]["full"]["uf1"]["mean"] == finished_run.scores.fixed["full"].uf1.mean
    databases = sorted({s.subject.database for s in tiny_flow.samples})
    for kind in ("fixed", "test_selected"):
        assert list(metrics[kind]) == ["full", *databases]
        for scope in metrics[kind].values():
            assert list(scope) == ["uf1", "uar", "accuracy", "weighted_f1"]
            assert all(list(score) == ["mean", "sd", "low", "high"] for score in scope.values())
    assert metrics["counts"]["samples"] == len(tiny_flow)
    assert metrics["seeds"] == [0, 1]
    assert metrics["chance_of_selection"]["looks"] == 2
    assert metrics["folds_kept_from_earlier"] == 0
    assert 0 < metrics["fold_time_s"] <= metrics["wall_time_s"] + 0.1


def test_the_two_kinds_of_score_come_from_their_own_columns(finished_run: Run) -> None:
    table = finished_run.predictions
    for kind, column in (("fixed", table.prediction), ("test_selected", table.test_selected_prediction)):
        each = [float(uf1(confusion(table.truth[s], column[s], 3))) for s in (table.seed == 0, table.seed == 1)]
        assert finished_run.metrics[kind]["full"]["uf1"]["mean"] == pytest.approx(np.mean(each))


def test_the_prediction_table_has_the_columns_that_are_promised(finished_run: Run) -> None:
    with (finished_run.folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "sample_id", "fold", "seed", "truth", "p_negative", "p_positive", "p_surprise", "prediction",
        "test_selected_prediction",
    ]  # fmt: skip
    assert len(rows) == len(finished_run.predictions)
    for row in rows:
        best = max(("negative", "positive", "surprise"), key=lambda name: float(row[f"p_{name}"]))
        assert row["prediction"] == best
        assert row["fold"] == row["sample_id"].rsplit("/", 1)[0]


def test_a_run_says_what_it_was(finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings) -> None:
    info = json.loads((finished_run.folder / "run.json").read_text())
    assert info == finished_run.info
    assert info["data"]["digest"] == finished_run.about.data.digest
    assert Settings.model_validate(info["settings"]) == tiny_settings()
    assert info["data"]["digest"] == tiny_flow.digest()
    assert info["data"]["source"] == "made-up maps"
    assert info["versions"].keys() >= {"python", "glfnet", "torch", "numpy", "scikit-learn"}
    assert info["versions"]["torch"] == torch.__version__
    assert info["model"]["name"] == "plain_cnn"
    assert info["model"]["parameters"] > 0
    assert info["protocol"] == {"name": "cde", "folds": len({s.subject for s in tiny_flow.samples})}


def test_the_submission_log_is_that_of_megc2019(finished_run: Run) -> None:
    table = finished_run.predictions
    for seed in (0, 1):
        lines = (finished_run.folder / "megc2019" / f"seed-{seed}.log").read_text().splitlines()
        read: list[tuple[str, int, int]] = []
        for words in (line.split(" ") for line in lines):
            if len(words) == 2:
                database, subject = words
            else:
                clip, truth, predicted = words
                read.append((f"{database}/{subject}/{clip}", int(truth), int(predicted)))
        rows = table.seed == seed
        assert read == list(
            zip(
                table.sample_id[rows].tolist(), table.truth[rows].tolist(), table.prediction[rows].tolist(), strict=True
            )
        )
        assert sum(len(line.split(" ")) == 2 for line in lines) == len(set(table.subject.tolist()))


def test_a_clip_whose_name_has_a_slash_can_be_logged() -> None:
    table = Predictions(
        classes=("negative", "positive", "surprise"),
        sample_id=np.array(["own/anna/day1/c1", "own/anna/day2/c1"]),
        fold=np.array(["own/anna", "own/anna"]),
        seed=np.array([0, 0]),
        truth=np.array([0, 1]),
        probabilities=np.full((2, 3), 1 / 3),
        prediction=np.array([0, 2]),
        test_selected_prediction=np.array([0, 1]),
    )
    assert submission_log(table, 0) == "own anna\nday1/c1 0 0\nday2/c1 1 2\n"


def test_the_report_is_made_again_from_the_table(finished_run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished_run.folder, copy)
    made = [name for name in files(copy) if name.startswith(("tables/", "figures/")) or name == "report.html"]
    before = {name: (copy / name).read_bytes() for name in made}
    for name in made:
        (copy / name).unlink()
    assert rewrite_report(copy) == copy / "report.html"
    assert {name: (copy / name).read_bytes() for name in made} == before


def test_a_report_of_an_edited_table_is_refused_and_the_earlier_one_stays(finished_run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished_run.folder, copy)
    table = read_predictions(copy / "predictions.csv")
    first = int(np.flatnonzero(table.prediction != table.truth)[0])
    better = table.probabilities.copy()
    better[first] = np.eye(3)[table.truth[first]]
    edited = replace(table, probabilities=better, prediction=better.argmax(axis=1))
    (copy / "predictions.csv").write_text(to_csv(edited))
    before = {name: (copy / name).read_bytes() for name in files(copy)}
    with pytest.raises(RunFolderError) as caught:
        rewrite_report(copy)
    was = finished_run.scores.fixed["full"].uf1.mean
    assert str(caught.value).startswith(f"{copy / 'metrics.json'}: found UF1 (honest, All databases) {was:.6f}")
    assert "as in predictions.csv. One of them was changed, or is from another run. Run `glfnet" in str(caught.value)
    assert {name: (copy / name).read_bytes() for name in files(copy)} == before


def test_the_scores_of_a_report_are_made_from_the_table_and_not_taken_from_a_file(
    finished_run: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished_run.folder, copy)
    metrics = json.loads((copy / "metrics.json").read_text())
    metrics["fixed"]["full"]["uf1"]["low"] = 0.99
    (copy / "metrics.json").write_text(json.dumps(metrics))
    rewrite_report(copy)
    assert (copy / "metrics.json").read_bytes() == (finished_run.folder / "metrics.json").read_bytes()


def test_a_report_of_no_finished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError) as caught:
        rewrite_report(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: no finished run (")
    assert "expected metrics.json and run.json. Let `glfnet evaluate` end first." in str(caught.value)
    with pytest.raises(InputError, match=r"nothing: found nothing there; expected the folder of a finished run\."):
        rewrite_report(tmp_path / "nothing")


@pytest.mark.usefixtures("without_report")
def test_the_same_call_again_fits_nothing_and_changes_no_prediction(
    finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished_run.folder, copy)
    # The samples in another order, too: it is the same data, so it is the same run.
    backwards = tiny_flow.select(range(len(tiny_flow))[::-1])
    again = evaluate(backwards, copy, tiny_settings(), seeds=(0, 1))
    assert again.metrics["folds_kept_from_earlier"] == len(list((copy / "folds").rglob("*.json")))
    assert (copy / "predictions.csv").read_bytes() == (finished_run.folder / "predictions.csv").read_bytes()


@pytest.mark.usefixtures("without_report")
def test_the_order_of_samples_changes_nothing(
    finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    shuffled = tiny_flow.select(np.random.default_rng(1).permutation(len(tiny_flow)))
    other = evaluate(shuffled, tmp_path / "run", tiny_settings(), seeds=(0, 1))
    assert other.metrics["folds_kept_from_earlier"] == 0
    for name in ("predictions.csv", "identity.json", "megc2019/seed-1.log"):
        assert (other.folder / name).read_bytes() == (finished_run.folder / name).read_bytes()


def test_seeds_can_be_added_to_a_finished_run(
    finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished_run.folder, copy)
    told: list[Progress] = []

    def stop_at_once(progress: Progress) -> None:
        told.append(progress)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(tiny_flow, copy, tiny_settings(), seeds=range(3), report=stop_at_once)
    subjects = finished_run.metrics["counts"]["subjects"]
    assert (told[0].done, told[0].total) == (2 * subjects, 3 * subjects)


@pytest.mark.usefixtures("without_report")
def test_a_call_with_fewer_seeds_leaves_no_log_of_the_others(
    finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    copy = tmp_path / "run"
    shutil.copytree(finished_run.folder, copy)
    (copy / "megc2019" / "notes.txt").write_text("mine")
    fewer = evaluate(tiny_flow, copy, tiny_settings(), seeds=(1,))
    assert fewer.metrics["seeds"] == [1]
    assert files(copy / "megc2019") == {"seed-1.log", "notes.txt"}
    assert (copy / "folds" / "seed-0").is_dir(), "finished folds are kept"
    again = evaluate(tiny_flow, copy, tiny_settings(), seeds=(0, 1))
    assert again.metrics["folds_kept_from_earlier"] == len(list((copy / "folds").rglob("*.json")))
    for seed in (0, 1):
        log = f"megc2019/seed-{seed}.log"
        assert (copy / log).read_bytes() == (finished_run.folder / log).read_bytes()


def test_the_folder_of_a_different_run_is_refused_with_the_setting_named(
    finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings
) -> None:
    before = {name: (finished_run.folder / name).read_bytes() for name in files(finished_run.folder)}
    with pytest.raises(RunFolderError) as caught:
        evaluate(tiny_flow, finished_run.folder, tiny_settings(training={"epochs": 3}))
    assert str(caught.value) == (
        f"{finished_run.folder}: belongs to a different run: settings.training.epochs was 2, now 3. "
        "Name another folder, or repeat the earlier command."
    )
    with pytest.raises(RunFolderError, match="belongs to a different run: data was"):
        evaluate(tiny_flow.select(range(len(tiny_flow) - 1)), finished_run.folder, tiny_settings())
    with pytest.raises(RunFolderError, match='belongs to a different run: model was "plain_cnn", now "flat_network"'):
        evaluate(tiny_flow, finished_run.folder, tiny_settings(), model=flat_network)
    assert {name: (finished_run.folder / name).read_bytes() for name in before} == before


def test_another_normalisation_is_another_run_and_maps_and_setting_must_agree(
    finished_run: Run, tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    page = tiny_settings(input={"normalisation": "physical", "scale": "none"})
    with pytest.raises(SettingsError) as caught:
        evaluate(tiny_flow, tmp_path / "run", page)
    assert str(caught.value) == (
        "input.normalisation is 'physical', but these samples are 'min_max'; set it to that, or read the store again: "
        "read_flow_set(store, normalisation='physical')."
    )
    assert not (tmp_path / "run").exists()
    physical = replace(tiny_flow, normalisation="physical")
    with pytest.raises(
        RunFolderError, match=r'settings\.input\.normalisation was null, now "physical" \(and 1 more: .*input\.scale\)'
    ):
        evaluate(physical, finished_run.folder, page)


def test_a_run_made_before_there_was_a_choice_of_normalisation_is_the_same_run(finished_run: Run) -> None:
    kept = json.loads((finished_run.folder / "identity.json").read_text())["settings"]
    assert "normalisation" not in kept["input"]
    assert finished_run.info["settings"]["input"]["normalisation"] == "min_max"
    assert finished_run.info["sources"]["input.normalisation"] == "ancestor: STSTNet, HTNet"


def test_seven_classes_of_one_database_are_a_run_with_its_report(tiny_settings: MakeSettings, tmp_path: Path) -> None:
    emotions = ("happiness", "anger", "contempt", "disgust", "fear", "sadness", "surprise")
    samples = tuple(
        Sample(subject=SubjectId(DFME, f"sub{n}"), clip=f"c{c}", emotion=emotion)
        for n in (1, 2)
        for c, emotion in enumerate(emotions)
    )
    maps = np.random.default_rng(0).random((14, 3, 12, 12)).astype(np.float32)
    settings = prior(tiny_settings, protocol={"name": "cde", "classes": "seven"})
    run = evaluate(FlowSet(samples=samples, maps=maps), tmp_path / "run", settings)
    assert run.predictions.classes == emotions
    assert run.metrics["fixed"]["full"]["uar"]["mean"] == pytest.approx(1 / 7)
    assert not (run.folder / "megc2019").exists()
    assert "contempt" in run.report.read_text()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (KNeighborsClassifier(1), KNeighborsClassifier(3)),
        (partial(flat_network, width=3), partial(flat_network, width=5)),
        (
            make_pipeline(StandardScaler(), KNeighborsClassifier(1)),
            make_pipeline(StandardScaler(), KNeighborsClassifier(3)),
        ),
    ],
)
def test_a_model_of_ones_own_with_other_options_is_another_run(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path, first: object, second: object
) -> None:
    stop = partial(_stop_after, 1)
    with pytest.raises(KeyboardInterrupt):
        evaluate(tiny_flow, tmp_path / "run", tiny_settings(), model=first, report=stop)
    with pytest.raises(KeyboardInterrupt):
        evaluate(tiny_flow, tmp_path / "run", tiny_settings(), model=first, report=stop)
    with pytest.raises(RunFolderError, match="belongs to a different run: model options was"):
        evaluate(tiny_flow, tmp_path / "run", tiny_settings(), model=second, report=stop)


def _stop_after(folds: int, progress: Progress) -> None:
    if progress.done >= folds:
        raise KeyboardInterrupt


def test_a_network_of_ones_own_goes_through_the_same_door(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    run = evaluate(tiny_flow, tmp_path / "run", tiny_settings(), model=flat_network)
    assert run.info["model"]["name"] == "flat_network"
    assert run.info["model"]["parameters"] == 3 * 12 * 12 * 4 + 4 + 4 * 3 + 3
    assert run.metrics["chance_of_selection"]["looks"] == 2
    assert run.report.exists()


def test_a_network_is_made_and_counted_for_the_size_that_it_is_shown(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    run = evaluate(tiny_flow, tmp_path / "run", tiny_settings(input={"size": 8}), model=flat_network)
    assert run.info["model"]["parameters"] == 3 * 8 * 8 * 4 + 4 + 4 * 3 + 3


@pytest.mark.usefixtures("without_report")
def test_a_classifier_of_ones_own_goes_through_the_same_door(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    run = evaluate(tiny_flow, str(tmp_path / "run"), tiny_settings(), model=KNeighborsClassifier(1), seeds=[7])
    assert run.info["model"] == {"name": "KNeighborsClassifier", "parameters": None, "flops": None}
    assert run.metrics["chance_of_selection"]["looks"] == 1
    assert run.metrics["seeds"] == [7]
    assert np.array_equal(run.predictions.prediction, run.predictions.test_selected_prediction)


def test_a_lambda_is_a_model_too(tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        evaluate(
            tiny_flow, tmp_path / "run", tiny_settings(), model=lambda c, k, size: flat_network(c, k, size),
            report=partial(_stop_after, 1),
        )  # fmt: skip
    assert len(list((tmp_path / "run" / "folds").rglob("*.json"))) == 1


def test_a_finished_network_is_refused_before_anything_is_written(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"that builds a fresh nn\.Module for each fold"):
        evaluate(tiny_flow, tmp_path / "run", tiny_settings(), model=nn.Linear(3, 3))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"flow": "maps.npz"},
            "flow: found 'maps.npz', a str; expected samples: glfnet.read_flow_set(PATH) reads them.",
        ),
        ({"out": None}, "out: found None; expected the run folder, such as 'runs/mine'."),
        (
            {"settings": {"training": {}}},
            "settings: found {'training': {}}, a dict; expected a page of settings: "
            'glfnet.read_settings("glfnet", training={"epochs": 5}) gives one.',
        ),
        ({"seeds": 3}, "seeds: found 3, an int; expected whole numbers, such as range(3) or [0, 1, 2]."),
        ({"seeds": [0.5]}, "seeds: found 0.5, a float; expected whole numbers, such as range(3) or [0, 1, 2]."),
        ({"seeds": "012"}, "seeds: found '012', a str; expected whole numbers, such as range(3) or [0, 1, 2]."),
        ({"jobs": 0}, "jobs: found 0, an int; expected how many processes, 1 or more, such as os.cpu_count()."),
        ({"jobs": True}, "jobs: found True, a bool; expected how many processes, 1 or more, such as os.cpu_count()."),
        ({"report": 3}, "report: found 3, an int; expected a function, which is called after every finished fold."),
    ],
)
def test_an_argument_that_cannot_be_right_says_what_to_pass(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        evaluate(**{"flow": tiny_flow, "out": tmp_path / "run", "settings": tiny_settings(), **arguments})
    assert str(caught.value) == sentence
    assert not (tmp_path / "run").exists()


def test_a_run_a_set_and_a_table_print_one_line(finished_run: Run, tiny_flow: FlowSet) -> None:
    full = finished_run.scores.fixed["full"]
    assert repr(finished_run) == (
        f"Run(folder='{finished_run.folder}', uf1={full.uf1.mean:.3f}, uar={full.uar.mean:.3f}, seeds=2, clips=40)"
    )
    assert repr(tiny_flow) == (
        "FlowSet(clips=40, subjects=5, databases='synth-a, synth-b, synth-c', channels='u, v, strain', "
        "size_px=(12, 12), normalisation='min_max')"
    )
    assert repr(finished_run.predictions) == "Predictions(clips=40, seeds=2, classes='negative, positive, surprise')"


@pytest.mark.parametrize(("seeds", "found"), [((), "[]"), ((1, 1), "[1, 1]")])
def test_seeds_must_be_some_and_each_once(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path, seeds: tuple[int, ...], found: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        evaluate(tiny_flow, tmp_path / "run", tiny_settings(), seeds=seeds)
    assert str(caught.value) == f"seeds: found {found}; expected at least one, and each of them once."
    assert not (tmp_path / "run").exists()


def test_a_run_leaves_the_callers_random_numbers_alone(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    with pytest.raises(KeyboardInterrupt):
        evaluate(tiny_flow, tmp_path / "run", tiny_settings(), report=partial(_stop_after, 2))
    assert torch.equal(torch.rand(3), expected)


def test_a_planted_leak_is_reported(tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path) -> None:
    first, last = tiny_flow.samples[0], tiny_flow.samples[-1]
    assert first.subject != last.subject
    maps = tiny_flow.maps.copy()
    maps[-1] = maps[0]
    run = evaluate(FlowSet(samples=tiny_flow.samples, maps=maps), tmp_path / "run", prior(tiny_settings))
    (sentence,) = json.loads((run.folder / "run.json").read_text())["data"]["leaks"]
    assert sentence == (
        f"2 clips of 2 subjects have identical maps: {first.sample_id}, {last.sample_id}; "
        "a fold that tests one has trained on the other, unless they are one person."
    )
    assert sentence in run.report.read_text()


@pytest.mark.usefixtures("without_report")
def test_five_classes_of_one_database_are_a_run_without_a_megc_log(tiny_settings: MakeSettings, tmp_path: Path) -> None:
    settings = prior(tiny_settings, protocol={"name": "sde", "classes": "five"})
    run = evaluate(five_class_set(), tmp_path / "run", settings)
    assert run.predictions.classes == ("happiness", "disgust", "repression", "surprise", "others")
    assert not (run.folder / "megc2019").exists()
    assert run.info["data"]["exclusions"] == [
        {
            "sample_id": f"casme2/sub{n:02d}/c5",
            "reason": "emotion 'fear' is none of happiness, disgust, repression, surprise, others",
        }
        for n in (1, 2, 3)
    ]
    assert run.info["data"]["notes"] == [
        "casme2: 3 others clips, published are 99.",
        "casme2: 3 disgust clips, published are 63.",
        "casme2: 3 happiness clips, published are 32.",
        "casme2: 3 repression clips, published are 27.",
        "casme2: 3 surprise clips, published are 25.",
    ]


@pytest.mark.usefixtures("without_report")
def test_what_a_store_excludes_and_what_megc2019_goes_without_stand_in_the_run(
    tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    base = five_class_set()
    names = (("sub04", "EP12_01f"), ("sub05", "EP09_05f"))
    more = [Sample(subject=SubjectId(CASME2, subject), clip=clip, emotion="disgust") for subject, clip in names]
    flow = FlowSet(
        samples=(*base.samples, *more),
        maps=np.concatenate([base.maps, base.maps[:2] / 2]),
        without_map=((Sample(subject=SubjectId(CASME2, "sub01"), clip="dark", emotion="disgust"), "no face found"),),
    )
    run = evaluate(flow, tmp_path / "run", prior(tiny_settings))
    reasons = {e["sample_id"]: e["reason"] for e in run.info["data"]["exclusions"]}
    assert reasons["casme2/sub01/dark"] == "no face found"
    assert reasons["casme2/sub04/EP12_01f"] == "not among the 442 clips of MEGC2019"
    disgust = [s for s in base.samples if s.emotion in ("disgust", "repression")]
    assert f"casme2: {len(disgust)} negative clips, MEGC2019 has 88." in run.info["data"]["notes"]
    five = prior(tiny_settings, protocol={"name": "sde", "classes": "five"})
    all_of_them = evaluate(flow, tmp_path / "five", five)
    assert "casme2/sub04/EP12_01f" in all_of_them.predictions.sample_id
    assert "casme2: 5 disgust clips, published are 63." in all_of_them.info["data"]["notes"]


@pytest.mark.usefixtures("without_report")
@pytest.mark.parametrize(
    ("still", "words"),
    [([2], "1 clip shows"), ([2, -1], "2 clips show")],  # the last one is of another subject: equal maps, but no leak
)
def test_clips_whose_maps_are_all_zero_are_named_once(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path, still: list[int], words: str
) -> None:
    maps = tiny_flow.maps.copy()
    maps[still] = 0
    data = evaluate(replace(tiny_flow, maps=maps), tmp_path / "run", prior(tiny_settings)).info["data"]
    names = ", ".join(sorted(tiny_flow.samples[i].sample_id for i in still))
    assert data["notes"][0] == f"{words} no movement at all, the map is the same everywhere: {names}."
    assert data["leaks"] == []


@pytest.mark.usefixtures("without_report")
def test_one_database_of_several_is_scored_alone(tiny_settings: MakeSettings, tmp_path: Path) -> None:
    base = five_class_set()
    others = [Sample(subject=SubjectId(SAMM, "006"), clip=s.clip, emotion=s.emotion) for s in base.samples[:6]]
    flow = FlowSet(samples=(*base.samples, *others), maps=np.concatenate([base.maps, base.maps[:6] / 2]))
    run = evaluate(flow, tmp_path / "run", prior(tiny_settings, protocol={"name": "cde", "database": CASME2}))
    assert list(run.metrics["fixed"]) == ["full", "casme2"]
    assert {e["reason"] for e in run.info["data"]["exclusions"] if "/006/" in e["sample_id"]} == {
        "not of database casme2"
    }
    # "positive" is there (happiness), so all is defined; MEGC2019's own counts are another matter and are told.
    assert "casme2: 3 subjects, MEGC2019 has 24." in run.info["data"]["notes"]


@pytest.mark.usefixtures("without_report")
def test_a_class_that_nobody_shows_makes_scores_undefined_and_it_is_said(
    tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    base = five_class_set()
    two = [i for i, s in enumerate(base.samples) if s.emotion in ("happiness", "disgust")]
    run = evaluate(base.select(two), tmp_path / "run", prior(tiny_settings))
    assert run.metrics["fixed"]["full"]["uf1"]["mean"] is None
    assert "full: no true sample of surprise, so UF1 and UAR are undefined." in run.metrics["undefined"]
    assert run.metrics["fixed"]["full"]["accuracy"]["mean"] is not None


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (lambda s: s.emotion == "disgust", r"found samples of 1 class \(negative\); expected at least two"),
        (lambda s: s.subject.name == "sub02", r"found one subject only \(casme2/sub02\); expected at least two"),
    ],
)
def test_samples_that_make_no_task_are_refused_before_anything_is_written(
    tiny_settings: MakeSettings, tmp_path: Path, wanted: Callable[[Sample], bool], sentence: str
) -> None:
    base = five_class_set()
    some = base.select([i for i, s in enumerate(base.samples) if wanted(s)])
    with pytest.raises(ProtocolError, match=sentence):
        evaluate(some, tmp_path / "run", tiny_settings())
    assert not (tmp_path / "run").exists()


def test_the_table_on_disk_is_the_table_returned(finished_run: Run) -> None:
    table = read_predictions(finished_run.folder / "predictions.csv")
    for column in ("sample_id", "fold", "seed", "truth", "prediction", "test_selected_prediction"):
        assert np.array_equal(getattr(table, column), getattr(finished_run.predictions, column))
    np.testing.assert_allclose(table.probabilities, finished_run.predictions.probabilities, atol=5e-7)


def test_one_person_under_two_spellings_is_said(
    tmp_path: Path, tiny_flow: FlowSet, tiny_settings: MakeSettings, without_report: None
) -> None:
    first, *others = tiny_flow.samples
    mine = next(sample for sample in others if sample.subject == first.subject)
    shouted = replace(mine, subject=SubjectId(mine.subject.database, mine.subject.name.upper()))
    changed = replace(tiny_flow, samples=tuple(shouted if sample == mine else sample for sample in tiny_flow.samples))
    run = evaluate(changed, tmp_path / "run", prior(tiny_settings), seeds=(0,))
    both = " and ".join(map(str, sorted([first.subject, shouted.subject])))
    assert run.info["data"]["notes"][0].startswith(
        f"subjects {both} differ only in capitals or blanks: if they are one"
    )
