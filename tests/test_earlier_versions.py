"""What an earlier version wrote is read by today's code; see `made_by_earlier_versions/README.md`."""

import hashlib
import importlib.metadata
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from command_line import Command
from glfnet.databases.check.diagnosis import diagnose
from glfnet.databases.index_table import read_index
from glfnet.databases.prepare import prepare, read_clips
from glfnet.evaluation.evaluate import evaluate
from glfnet.flow.settings import FlowSettings
from glfnet.recognition.weights import read_trained
from glfnet.samples.read import read_flow_set
from glfnet.samples.store.index import read_store_index
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set

KEPT = Path(__file__).parent / "made_by_earlier_versions"
VERSIONS = sorted(folder.name for folder in KEPT.iterdir() if folder.is_dir())
FOLDS = 4
CHANGING = {"folds_kept_from_earlier", "wall_time_s", "fold_time_s"}


@pytest.fixture(params=VERSIONS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy of what one version wrote."""
    return Path(shutil.copytree(KEPT / request.param, tmp_path / request.param))


def content(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


def digest(identity: dict[str, Any]) -> str:
    """Return what the fold files of a run carry."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def as_if_made_with_todays_libraries(run: Path) -> None:
    """Change the versions in a run's identity: another version of torch is a reason to refuse a run, its age is not."""
    identity = content(run / "identity.json")
    for file in run.glob("folds/*/*.json"):
        assert content(file)["identity"] == digest(identity)
    today = identity | {"versions": {name: importlib.metadata.version(name) for name in identity["versions"]}}
    (run / "identity.json").write_text(json.dumps(today), encoding="utf-8")
    for file in run.glob("folds/*/*.json"):
        file.write_text(json.dumps(content(file) | {"identity": digest(today)}), encoding="utf-8")


def assert_kept(then: Any, today: Any) -> None:
    """Check that every value is there that was there then; there may be more keys."""
    if isinstance(then, dict):
        for key, value in then.items():
            assert_kept(value, today[key])
    else:
        assert today == then


@pytest.mark.slow
def test_the_report_of_a_run_is_made_again(old: Path, command: Command) -> None:
    then = content(old / "run" / "metrics.json")
    said = command("report", old / "run")
    assert (said.status, said.out.strip()) == (0, str(old / "run" / "report.html")), said.err
    assert_kept(then, content(old / "run" / "metrics.json"))
    assert "plain_cnn on flow.npz" in (old / "run" / "report.html").read_text(encoding="utf-8")
    assert {file.name for file in (old / "run" / "tables").iterdir()} >= {"scores.csv", "scores.tex", "subjects.csv"}


@pytest.mark.usefixtures("without_report")
@pytest.mark.parametrize(
    ("run", "recipe", "seeds"), [("run", "settings.toml", 2), ("run_of_logistic_regression", "logistic_regression", 1)]
)
@pytest.mark.slow
def test_a_run_is_taken_up_without_training_a_fold_again(old: Path, run: str, recipe: str, seeds: int) -> None:
    folder = old / run
    table, scores = (folder / "predictions.csv").read_bytes(), content(folder / "metrics.json")
    as_if_made_with_todays_libraries(folder)
    settings = read_settings(str(old / recipe) if recipe.endswith(".toml") else recipe)
    again = evaluate(read_flow_set(old / "flow.npz"), folder, settings, seeds=range(seeds), source="flow.npz")
    assert again.folder == folder
    assert (folder / "predictions.csv").read_bytes() == table
    today = content(folder / "metrics.json")
    assert today.pop("folds_kept_from_earlier") == FOLDS * seeds
    assert_kept({k: v for k, v in scores.items() if k not in CHANGING}, today)


@pytest.mark.usefixtures("without_report")
@pytest.mark.slow
def test_what_a_stopped_run_lacks_is_trained_and_no_more(old: Path) -> None:
    folder = old / "run"
    as_if_made_with_todays_libraries(folder)
    min((folder / "folds" / "seed-1").iterdir()).unlink()
    for file in ("predictions.csv", "metrics.json", "run.json"):
        (folder / file).unlink()
    settings = read_settings(str(old / "settings.toml"))
    evaluate(read_flow_set(old / "flow.npz"), folder, settings, seeds=range(2), source="flow.npz")
    assert content(folder / "metrics.json")["folds_kept_from_earlier"] == 2 * FOLDS - 1


@pytest.mark.slow
def test_runs_are_compared(old: Path, command: Command) -> None:
    said = command("compare", old / "run", old / "run_of_logistic_regression")
    assert said.status == 0, said.err
    full = content(old / "run_of_logistic_regression" / "metrics.json")["fixed"]["full"]["uar"]["mean"]
    assert f"{full:.3f}" in said.out


def test_the_flow_maps_of_a_file_are_the_ones_that_were_written(old: Path) -> None:
    flow, made = read_flow_set(old / "flow.npz"), synthetic_flow_set(subjects=4, seed=3, size_px=12)
    assert flow.samples == tuple(replace(sample, action_units="") for sample in made.samples)  # they came later
    np.testing.assert_allclose(flow.maps, made.maps, atol=1e-6)
    assert flow.digest() == content(old / "run" / "identity.json")["data"]


def test_a_store_is_read(old: Path) -> None:
    rows, flow = read_store_index(old / "store"), read_flow_set(old / "store")
    assert [row.sample.sample_id for row in rows] == [sample.sample_id for sample in flow.samples]
    clips = read_index(old / "faces.csv")
    assert [(clip.sample_id, clip.emotion) for clip in clips] == [(s.sample_id, s.emotion) for s in flow.samples]
    pixels = read_flow_set(old / "store", normalisation="pixels")
    written = [np.load(old / "store" / row.entry.file) for row in rows]
    np.testing.assert_array_equal(pixels.maps, written)
    assert (flow.maps.min(), flow.maps.max()) == (0, 1)


def test_a_store_is_prepared_again_with_nothing_to_do(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    libraries, today = content(old / "versions.json"), importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: libraries.get(name) or today(name))
    monkeypatch.setattr(cv2, "__version__", libraries["opencv"])
    before = {row.sample.sample_id: row.entry.key for row in read_store_index(old / "store")}
    for _ in range(2):  # first every frame is read, since the files are at another place than then; then none is
        done = prepare(read_clips([old / "faces.csv"]), old / "store", FlowSettings(method="dis"))
        assert (done.made, done.damaged) == (0, 0)
        assert {row.sample.sample_id: row.entry.key for row in done.rows} == before


def test_an_index_is_checked(old: Path) -> None:
    clips = read_index(old / "faces.csv")
    assert len(clips) == 6
    found = {finding.kind for finding in diagnose(clips, old / "faces.csv").findings}
    assert found == {"missing frames", "gap", "frame rate"}  # of 25 a second, only onset and apex are kept here


def test_weights_give_the_probabilities_that_they_gave(old: Path) -> None:
    trained = read_trained(old / "weights.safetensors")
    assert (trained.card.name, trained.card.members, len(trained.networks)) == ("made_up", 2, 2)
    maps = np.random.default_rng(0).normal(size=(3, 3, 28, 28)).astype(np.float32)
    maps[:, 2] = abs(maps[:, 2]) / 10
    then = json.loads((old / "probabilities.json").read_text())
    np.testing.assert_allclose(trained.probabilities(maps), then, atol=1e-6)
