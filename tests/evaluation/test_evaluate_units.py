"""The whole way of action units on made-up maps: learnt, resumed, compared, reported, and joint with the classes."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glfnet.config.settings import Settings
from glfnet.errors import ProtocolError, RunFolderError, SettingsError
from glfnet.evaluation.evaluate import Run, evaluate, rewrite_report
from glfnet.evaluation.evaluate_units import UnitRun, evaluate_units
from glfnet.evaluation.labelled_set import label_samples
from glfnet.report.run_files import read_table
from glfnet.samples.flow_set import FlowSet
from glfnet.scores.compare import compare_runs
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set

MakeSettings = Callable[..., Settings]
LINEAR = read_settings("logistic_regression")
ON_UNITS = read_settings("glfnet", protocol={"task": "action_units"})


@pytest.fixture(scope="module")
def flow() -> FlowSet:
    return synthetic_flow_set(subjects=12, seed=3, size_px=12)


@pytest.fixture(scope="module")
def linear(flow: FlowSet, tmp_path_factory: pytest.TempPathFactory) -> UnitRun:
    return evaluate_units(flow, tmp_path_factory.mktemp("units") / "run", LINEAR)


@pytest.mark.slow
def test_what_made_up_faces_show_is_seen_by_a_linear_model(linear: UnitRun) -> None:
    full = linear.scores.scopes["full"]
    assert {4, 12} <= set(full.counted)
    assert full.units[12].of("auc").mean > 0.7
    assert full.mean["auc"].low > 0.5


@pytest.mark.slow
def test_the_files_tell_of_one_run_and_the_report_is_made_again_from_the_table(linear: UnitRun) -> None:
    metrics = json.loads((linear.folder / "metrics.json").read_text())
    assert metrics["task"] == "action_units"
    shown = metrics["scopes"]["full"]["units"]["AU12"]["auc"]["mean"]
    assert shown == pytest.approx(linear.scores.scopes["full"].units[12].of("auc").mean)
    page = linear.report.read_text()
    assert f"{shown:.3f}" in page.partition('data-score="full.AU12.auc">')[2].partition("</td>")[0]
    linear.report.unlink()
    assert rewrite_report(linear.folder).read_text() == page
    assert json.loads((linear.folder / "metrics.json").read_text()) == metrics


@pytest.mark.slow
def test_a_second_call_keeps_all_folds_and_another_annotation_is_another_run(linear: UnitRun, flow: FlowSet) -> None:
    before = (linear.folder / "predictions.csv").read_bytes()
    again = evaluate_units(flow, linear.folder, LINEAR)
    assert again.time.folds_kept_from_earlier == 12
    assert (linear.folder / "predictions.csv").read_bytes() == before
    other = replace(flow, samples=(replace(flow.samples[0], action_units="9"), *flow.samples[1:]))
    with pytest.raises(RunFolderError, match="action units was"):
        evaluate_units(other, linear.folder, LINEAR)


@pytest.mark.slow
def test_an_edited_table_is_not_reported(linear: UnitRun, tmp_path: Path) -> None:
    for name in ("metrics.json", "run.json", "identity.json"):
        (tmp_path / name).write_bytes((linear.folder / name).read_bytes())
    table = (linear.folder / "predictions.csv").read_text()
    (tmp_path / "predictions.csv").write_text(table.replace(",1,0.", ",0,0.", 1))
    for read in (rewrite_report, read_table):
        with pytest.raises(RunFolderError, match=r"another table than the one that metrics.json was made from"):
            read(tmp_path)


@pytest.mark.slow
def test_a_network_learns_all_units_at_once_and_jobs_change_nothing(
    flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path, linear: UnitRun
) -> None:
    one = evaluate_units(flow, tmp_path / "one", tiny_settings(), seeds=(0, 1))
    two = evaluate_units(flow, tmp_path / "two", tiny_settings(), seeds=(0, 1), jobs=2)
    assert (one.folder / "predictions.csv").read_bytes() == (two.folder / "predictions.csv").read_bytes()
    assert one.predictions.units == linear.predictions.units
    rows = compare_runs({"linear": linear.predictions, "network": one.predictions}, permutations=20, resamples=20)
    assert {row.metric for row in rows} == {"f1", "f1_both", "auc", "average_precision"}


@pytest.mark.slow
def test_what_the_held_out_person_shows_changes_nothing_that_is_said_of_it(
    flow: FlowSet, tmp_path: Path, linear: UnitRun
) -> None:
    victim = flow.samples[0].subject
    samples = tuple(replace(s, action_units="26") if s.subject == victim else s for s in flow.samples)
    settings = read_settings("logistic_regression", protocol={"units": list(linear.predictions.units)})
    other = evaluate_units(replace(flow, samples=samples), tmp_path / "run", settings)
    held = linear.predictions.subject == str(victim)
    assert held.any()
    assert np.array_equal(linear.predictions.probabilities[held], other.predictions.probabilities[held])
    assert not np.array_equal(linear.predictions.probabilities[~held], other.predictions.probabilities[~held])


@pytest.mark.slow
def test_classes_may_be_learnt_together_with_units(flow: FlowSet, tiny_settings: MakeSettings, tmp_path: Path) -> None:
    alone = evaluate(flow, tmp_path / "alone", tiny_settings())
    joint = evaluate(flow, tmp_path / "joint", tiny_settings(loss={"units": 1.0}))
    assert joint.predictions.classes == alone.predictions.classes
    assert not np.array_equal(joint.predictions.probabilities, alone.predictions.probabilities)
    assert (joint.about.model.parameters or 0) > (alone.about.model.parameters or 0)


def test_clips_without_units_are_excluded_with_the_reason(flow: FlowSet) -> None:
    samples = (replace(flow.samples[0], action_units=""), replace(flow.samples[1], action_units="?"), *flow.samples[2:])
    data = label_samples(replace(flow, samples=samples), ON_UNITS.protocol)
    assert [reason for _, reason in data.exclusions] == [
        "no action units are listed for it",
        "its action units are '?': nobody knows them",
    ]
    assert len(data.flow) == len(flow) - 2


def test_the_two_tasks_have_a_function_each(flow: FlowSet, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"evaluate_units takes action units"):
        evaluate(flow, tmp_path / "run", ON_UNITS)
    bare = replace(flow, samples=tuple(replace(s, action_units="") for s in flow.samples))
    with pytest.raises(ProtocolError, match=r"found no clip with action units"):
        evaluate_units(bare, tmp_path / "run")


@pytest.mark.slow
def test_a_comparison_needs_one_task_and_the_same_units(linear: UnitRun, finished_run: Run) -> None:
    table = linear.predictions
    fewer = replace(
        table, units=table.units[:1], truth=table.truth[:, :1], probabilities=table.probabilities[:, :1]
    )  # fmt: skip
    with pytest.raises(ProtocolError, match="Compare runs of the same units"):
        compare_runs({"a": table, "b": fewer})
    with pytest.raises(ProtocolError, match="expected runs of one task"):
        compare_runs({"a": table, "b": finished_run.predictions})
