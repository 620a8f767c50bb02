"""A run explained: from its own files and its data alone, and with a sentence where these are gone."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from command_line import Command
from glfnet.errors import InputError, RunFolderError
from glfnet.evaluation.evaluate import evaluate
from glfnet.evaluation.evaluate_units import evaluate_units
from glfnet.evaluation.explain_run import explain_run, write_run_explanation
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.flow_set import FlowSet
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set
from whole_pages import faults_of

EARLIER = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def flow() -> FlowSet:
    return synthetic_flow_set(subjects=8, seed=3, size_px=12)


@pytest.fixture(scope="module")
def run(flow: FlowSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    write_flow_npz(folder / "flow.npz", flow)
    evaluate(flow, folder / "run", read_settings("majority"), seeds=[0, 1], source="flow.npz")
    return folder / "run"


def test_what_every_seed_gets_wrong_is_counted_from_the_table(run: Path, flow: FlowSet) -> None:
    found = explain_run(run, flow)
    with (run / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    wrong = {row["sample_id"] for row in rows} - {r["sample_id"] for r in rows if r["truth"] == r["prediction"]}
    assert {missed.sample_id for missed in found.missed} == wrong
    assert wrong
    assert found.seeds == 2


def test_there_is_a_mean_map_of_each_class_and_unit_and_a_plane(run: Path, flow: FlowSet) -> None:
    found = explain_run(run, flow)
    names = [mean.name for mean in found.means]
    assert names[:3] == ["negative", "positive", "surprise"]
    assert "AU12" in names
    assert found.where is not None
    assert found.where.pca.shape == (len(found.clips), 2)
    assert set(found.where.silhouettes) == {"class", "database", "subject"}
    assert found.without_maps == ""


def test_page_tables_and_document_say_the_same(run: Path, flow: FlowSet, tmp_path: Path) -> None:
    found = explain_run(run, flow)
    page = write_run_explanation(tmp_path / "why", found, "1.2.3").read_text()
    assert sorted(file.name for file in (tmp_path / "why").iterdir()) == [
        "embedding.csv", "embedding.png", "embedding.svg", "explanation.html", "explanation.json", "mean_maps.png",
        "mean_maps.svg", "missed.csv",
    ]  # fmt: skip
    document = json.loads((tmp_path / "why" / "explanation.json").read_text())
    assert faults_of(page) == []
    assert len(document["missed"]) == len(found.missed)
    assert all(missed.sample_id in page for missed in found.missed)
    assert all(f"{value:.3f}" in page for value in document["silhouettes"].values() if value is not None)
    with (tmp_path / "why" / "embedding.csv").open() as file:
        assert [row["sample_id"] for row in csv.DictReader(file)] == list(found.clips)
    assert "A run folder keeps predictions and no weights." in page
    assert "<script" not in page


def test_without_its_data_a_run_has_only_what_its_folder_says(run: Path, tmp_path: Path) -> None:
    found = explain_run(run)
    assert found.means == ()
    assert found.where is None
    assert found.missed
    page = write_run_explanation(tmp_path, found, "1.2.3").read_text()
    said = "The flow maps of this run, flow.npz, were not found, so there are no mean maps and no plane."
    assert said in page
    assert sorted(file.name for file in tmp_path.iterdir()) == ["explanation.html", "explanation.json", "missed.csv"]


def test_other_maps_than_those_of_the_run_are_refused(run: Path) -> None:
    other = synthetic_flow_set(subjects=8, seed=4, size_px=12)
    with pytest.raises(RunFolderError) as caught:
        explain_run(run, other)
    assert re.search(
        r"found maps with the digest \w{12}…; expected \w{12}…, those of flow\.npz that", str(caught.value)
    )


def test_a_run_whose_files_were_changed_is_named(run: Path, flow: FlowSet, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    document = json.loads((run / "run.json").read_text())
    document["settings"]["input"] = {"centre": "perhaps"}
    (tmp_path / "run" / "run.json").write_text(json.dumps(document))
    with pytest.raises(RunFolderError, match=r"run\.json: input: centre: "):
        explain_run(tmp_path / "run", flow)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the folder of a finished run"):
        explain_run(tmp_path / "nothing")


def test_a_run_on_action_units_is_explained_unit_by_unit(flow: FlowSet, tmp_path: Path) -> None:
    settings = read_settings("logistic_regression", ['protocol.task="action_units"', "protocol.units=[1,12]"])
    evaluate_units(flow, tmp_path / "run", settings, seeds=[0], source="flow.npz")
    found = explain_run(tmp_path / "run", flow)
    assert {missed.asked for missed in found.missed} <= {"AU1", "AU12"}
    assert list(found.groupings) == ["database", "subject"]
    assert "AU12" in [mean.name for mean in found.means]
    write_run_explanation(tmp_path / "why", found, "1.2.3")


def test_a_run_of_an_earlier_version_is_explained(command: Command, tmp_path: Path) -> None:
    said = command("explain", EARLIER / "run", "--data", EARLIER / "flow.npz", "--out", tmp_path / "why")
    assert said.status == 0, said.err
    assert (tmp_path / "why" / "embedding.svg").exists()


def test_the_command_finds_the_data_that_the_run_was_given(run: Path, command: Command, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    document = json.loads((run / "run.json").read_text())
    document["command"] = f"glfnet evaluate '{run.parent / 'flow.npz'}' --out run"
    (tmp_path / "run" / "run.json").write_text(json.dumps(document))
    said = command("explain", tmp_path / "run")
    assert said.status == 0, said.err
    assert "Silhouettes: by class" in said.out
    assert said.out.splitlines()[-1] == str(tmp_path / "run.explanation")

    document["command"] = "from Python"
    (tmp_path / "run" / "run.json").write_text(json.dumps(document))
    said = command("explain", tmp_path / "run")
    assert said.status == 0, said.err
    assert "The flow maps of this run, flow.npz, were not found" in said.err + said.out
    assert "Silhouettes" not in said.out
    assert not (tmp_path / "run.explanation" / "embedding.svg").exists()

    refused = command("explain", tmp_path / "run", "--weights", "free")
    assert refused.status == 1
    assert "found a run folder and --weights; expected no option of something else." in refused.err
