"""An ablation: which parts are switched off, that each run is the one evaluate makes, and that it resumes."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glfnet.config.settings import Settings
from glfnet.errors import GlfnetError, InputError, RunFolderError, SettingsError
from glfnet.evaluation.evaluate import evaluate
from glfnet.evaluation.evaluate_units import UnitRun
from glfnet.evaluation.tuning import ablation as ablation_module
from glfnet.evaluation.tuning.ablation import WHOLE, Ablation, ablate, find_variants
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.compare import compare_runs
from glfnet.settings_page import read_settings

MakeSettings = Callable[..., Settings]
SMALL = {"kind": "glfnet", "width": 4, "stem_stride": 2, "head_grid": 2}


@pytest.fixture(scope="module")
def small(tiny_settings: MakeSettings) -> Settings:
    return tiny_settings(model=SMALL, training={"epochs": 1}, protocol={"name": "kfold", "folds": 2})


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory, tiny_flow: FlowSet, small: Settings) -> Ablation:
    """A finished ablation of two seeds. Read it only."""
    out: Path = tmp_path_factory.mktemp("ablated") / "ablation"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("glfnet.evaluation.evaluate.write_report", lambda folder, *_: folder / "report.html")
        return ablate(tiny_flow, out, small, also=["model.width=2"], seeds=(0, 1), source="made-up maps")


def test_every_part_of_the_recipe_is_switched_off_by_itself() -> None:
    variants = find_variants(read_settings("glfnet"), ["model.width=16"])
    assert [(variant.change, variant.folder) for variant in variants] == [
        ("", "whole"),
        ("model.global_attention=none", "no-global-attention"),
        ("model.local_block=none", "no-local-block"),
        ("model.fusion=sum", "fusion-sum"),
        ("model.fusion=concat", "fusion-concat"),
        ("loss.weighting=none", "no-class-balanced-loss"),
        ("model.width=16", "model.width=16"),
    ]
    for variant in variants:
        assert variant.settings == read_settings("glfnet", [variant.change] if variant.change else [])
    assert [variant.part for variant in variants if not variant.part] == ["", ""], "the whole, and one's own change"


def test_a_part_that_the_recipe_lacks_is_not_switched_off() -> None:
    changes = ["model.fusion=sum", "model.local_block=none", "model.global_attention=gam"]
    found = [variant.change for variant in find_variants(read_settings("glfnet", changes))]
    assert found == ["", "model.global_attention=none", "loss.weighting=none"]
    assert [v.change for v in find_variants(read_settings("plain_cnn"))] == ["", "loss.weighting=none"]


@pytest.mark.parametrize("recipe", ["logistic_regression", "rbf_svm", "prior", "majority"])
def test_a_recipe_without_parts_is_refused_unless_one_names_changes(recipe: str) -> None:
    with pytest.raises(SettingsError) as caught:
        find_variants(read_settings(recipe))
    assert str(caught.value) == (
        f"model.kind {recipe}: found no part that can be switched off; expected a recipe with Global Attention, Local "
        "Block, Adaptive Feature Fusion or class-balanced loss, such as glfnet. Take one, or name changes of your own."
    )
    assert caught.value.settings == ("also",)
    assert len(find_variants(read_settings(recipe), ["input.scale=none"])) == 2


@pytest.mark.parametrize(
    ("also", "sentence"),
    [
        (["model.widht=16"], "model.widht=16: unknown setting model.widht; did you mean width?"),
        (["width=16"], "'width=16': expected section.option=value, such as model.fusion=concat."),
        (["model.fusion=sum"], "model.fusion=sum: found the settings of 'fused by sum' again; expected others. Leave "
         "it out."),
        (["model.width=32"], "model.width=32: found the settings of 'whole' again; expected others. Leave it out."),
        (["model.width=8", "model.width = 8"], "model.width = 8: found the settings of 'model.width=8' again; expected "
         "others. Leave it out."),
        (["protocol.classes=five"], "protocol.classes=five: runs on other samples, folds or classes cannot be compared "
         "with each other. Give protocol.classes to all of them, as a setting of the recipe, or change another "
         "option."),
        ("model.width=8", "also: found 'model.width=8', a str; expected a list of texts, such as "
         '["model.width=16"].'),
        ([5], 'also: found 5, an int; expected a list of texts, such as ["model.width=16"].'),
    ],
)  # fmt: skip
def test_a_change_of_ones_own_that_makes_no_sense_is_refused(also: Any, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        find_variants(read_settings("glfnet"), also)
    assert str(caught.value) == sentence


def test_changes_that_no_file_name_can_hold_have_folders_of_their_own() -> None:
    variants = find_variants(read_settings("glfnet"), ["model.grid=[3,3]", "model.grid=[3, 4]", 'input.channels=["u"]'])
    folders = [variant.folder for variant in variants]
    assert len(set(folders)) == len(folders)
    assert all(set(folder) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.=-") for folder in folders)


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_each_run_is_the_one_that_evaluate_makes(
    ablated: Ablation, tiny_flow: FlowSet, small: Settings, tmp_path: Path
) -> None:
    variants = find_variants(small, ["model.width=2"])
    assert list(ablated.runs) == [variant.name for variant in variants]
    assert next(iter(ablated.runs)) == WHOLE
    variant = variants[2]
    alone = evaluate(tiny_flow, tmp_path / "alone", variant.settings, seeds=(0, 1))
    run = ablated.folder / variant.folder
    assert (run / "predictions.csv").read_bytes() == (alone.folder / "predictions.csv").read_bytes()
    again = evaluate(tiny_flow, run, variant.settings, seeds=(0, 1))
    assert again.time.folds_kept_from_earlier == 4, "its run folder is one like any other"


@pytest.mark.slow
def test_comparisons_are_those_of_compare_runs(ablated: Ablation) -> None:
    rows = compare_runs({name: run.predictions for name, run in ablated.runs.items()})
    assert repr(rows) == repr(list(ablated.comparisons))  # NaN is not equal to itself
    assert {row.baseline for row in rows} == {WHOLE}
    assert [row.run.name for row in ablated.rows] == [name for name in ablated.runs for _ in ("uf1", "uar")]
    assert all((row.against is None) == (row.run.name == WHOLE) for row in ablated.rows)
    assert ablated.verdict.startswith(("No part is a gain beyond doubt.", "Beyond doubt a gain: "))


@pytest.mark.slow
def test_the_table_holds_every_run_with_its_parameters(ablated: Ablation) -> None:
    with (ablated.folder / "ablation.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    scopes = len(ablated.runs[WHOLE].scores.fixed)
    assert len(rows) == len(ablated.runs) * scopes * 3
    for name, run in ablated.runs.items():
        found = [row for row in rows if row["run"] == name]
        assert {int(row["parameters"]) for row in found} == {run.about.model.parameters}
        (full,) = (row for row in found if (row["scope"], row["metric"]) == ("full", "uf1"))
        assert float(full["mean"]) == pytest.approx(run.scores.fixed["full"].uf1.mean, abs=1e-6)
        assert (full["difference"] == "") == (name == WHOLE)
    sizes = {name: run.about.model.parameters or 0 for name, run in ablated.runs.items()}
    assert sizes["without Local Block"] < sizes[WHOLE]
    assert sizes["without class-balanced loss"] == sizes[WHOLE]
    for name in ("ablation.tex", "ablation.svg", "ablation.html", "ablation.json"):
        assert (ablated.folder / name).is_file()


@pytest.mark.slow
def test_on_action_units_the_means_over_units_are_compared(
    tiny_flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path
) -> None:
    protocol = {"name": "kfold", "folds": 2, "task": "action_units", "units": [4, 12]}
    page = tiny_settings(training={"epochs": 1}, protocol=protocol)
    found = ablate(tiny_flow, tmp_path / "a", page, also=["model.width=2"], seeds=(0,))
    assert list(found.runs) == [WHOLE, "without class-balanced loss", "model.width=2"]
    whole = found.runs[WHOLE]
    assert isinstance(whole, UnitRun)
    assert [(row.run.name, row.metric) for row in found.rows[:4]] == [
        (WHOLE, "auc"), (WHOLE, "f1"), ("without class-balanced loss", "auc"), ("without class-balanced loss", "f1"),
    ]  # fmt: skip
    assert found.rows[0].score == whole.scores.scopes["full"].mean["auc"]
    assert {row.unit for row in found.comparisons} == {None}
    assert "without it, mean AUC " in found.verdict
    with (found.folder / "ablation.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["metric"] for row in rows} == {"f1", "f1_both", "auc", "average_precision"}
    (full,) = (r for r in rows if (r["run"], r["scope"], r["metric"]) == ("model.width=2", "full", "f1"))
    other = found.runs["model.width=2"]
    assert isinstance(other, UnitRun)
    assert float(full["mean"]) == pytest.approx(other.scores.scopes["full"].mean["f1"].mean, abs=1e-6)
    text = (found.folder / "ablation.html").read_text()
    assert "Mean AUC" in text
    assert "UF1" not in text


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_an_ablation_that_was_stopped_ends_as_an_undisturbed_one(
    ablated: Ablation, tiny_flow: FlowSet, small: Settings, tmp_path: Path
) -> None:
    def stop(done: int, total: int | None, words: str = "") -> None:
        assert total == 7 * 4
        if done == 11:
            raise KeyboardInterrupt

    given: dict[str, Any] = {"also": ["model.width=2"], "seeds": (0, 1), "source": "made-up maps"}
    with pytest.raises(KeyboardInterrupt):
        ablate(tiny_flow, tmp_path / "a", small, show=stop, **given)
    assert not (tmp_path / "a" / "ablation.csv").exists()
    again = ablate(tiny_flow, tmp_path / "a", small, **given)
    assert [run.time.folds_kept_from_earlier for run in again.runs.values()] == [4, 4, 3, 0, 0, 0, 0]
    for name in ("ablation.csv", "ablation.tex", "ablation.svg"):
        assert (again.folder / name).read_bytes() == (ablated.folder / name).read_bytes()
    assert again.verdict == ablated.verdict


@pytest.mark.slow
def test_progress_is_told_over_all_runs(
    tiny_flow: FlowSet, small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished_run: Any
) -> None:
    from glfnet.evaluation.folds import Progress

    def made_up(flow: FlowSet, out: Path, settings: Settings, **options: Any) -> Any:
        options["report"](Progress(0, 4, float("nan")))
        options["report"](Progress(4, 4, 0.5))
        return finished_run

    monkeypatch.setattr(ablation_module, "evaluate", made_up)
    told: list[tuple[int, int | None, str]] = []
    page = small.model_copy(update={"model": read_settings("plain_cnn").model})
    ablate(tiny_flow, tmp_path / "a", page, show=lambda *words: told.append(words))  # type: ignore[arg-type]
    assert told == [
        (0, 8, "whole"), (4, 8, "whole, UF1 so far 0.500"),
        (4, 8, "without class-balanced loss"), (8, 8, "without class-balanced loss, UF1 so far 0.500"),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("also", "sentence"),
    [
        ("model.grid=[40,40]", "model.grid=[40,40]: "),
        ('input.channels=["u","w"]', 'input.channels=["u","w"]: '),
    ],
)
def test_a_network_that_cannot_be_built_is_refused_before_any_training(
    tiny_flow: FlowSet, small: Settings, tmp_path: Path, also: str, sentence: str
) -> None:
    with pytest.raises(GlfnetError) as caught:
        ablate(tiny_flow, tmp_path / "a", small, also=[also])
    assert str(caught.value).startswith(sentence)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_folder_of_another_ablation_or_of_anything_else_is_refused(
    ablated: Ablation, tiny_flow: FlowSet, small: Settings, tmp_path: Path
) -> None:
    with pytest.raises(RunFolderError) as other:
        ablate(tiny_flow, ablated.folder, small.model_copy(update={"model": read_settings("glfnet").model}))
    assert str(other.value) == (
        f"{ablated.folder}: belongs to a different ablation: recipe.model.head_grid was 2, now 7 (and 2 more: "
        "recipe.model.stem_stride, recipe.model.width). Name another folder, or repeat the earlier command."
    )
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError) as foreign:
        ablate(tiny_flow, tmp_path, small)
    assert str(foreign.value) == (
        f"{tmp_path}: found a folder with other files; expected a new or empty folder, or an ablation to resume. Name "
        "another folder."
    )
    with pytest.raises(InputError, match="found a folder with other files; expected a new or empty folder, or a run"):
        evaluate(tiny_flow, ablated.folder, small)


def test_what_is_no_list_of_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^flow: found 'maps\.npz', a str; expected samples: glfnet\.read_flow_set"
    ):
        ablate("maps.npz", tmp_path / "a")  # type: ignore[arg-type]
