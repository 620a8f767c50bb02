"""Runs below a folder: what is told of them, and that nothing outside of it is."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from glfnet.errors import InputError
from glfnet.report.run_files import read_table
from glfnet.scores.compare import compare_runs
from glfnet.web.app import create_app
from glfnet.web.guard import Guard
from glfnet.web.jobs import Jobs
from glfnet.web.runs import Runs

KEPT = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browsed") / "secret place"
    shutil.copytree(KEPT / "run", folder / "one")
    shutil.copytree(KEPT / "run_of_logistic_regression", folder / "deep" / "er" / "two")
    (folder / "one" / "report.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    shutil.copytree(KEPT / "run", folder / "spoilt")
    (folder / "spoilt" / "metrics.json").write_text("{}", encoding="utf-8")
    outside = folder.parent / "outside"
    shutil.copytree(KEPT / "run", outside)
    (folder / "link").symlink_to(outside)
    (folder / "deep" / "er" / "two" / "report.html").symlink_to(outside / "run.json")
    return folder


@pytest.fixture(scope="module")
def runs_client(root: Path, jobs: Jobs) -> TestClient:
    return TestClient(Guard(create_app(jobs, Runs(root)), "127.0.0.1"), base_url="http://127.0.0.1")


def listed(client: TestClient) -> dict[str, dict[str, Any]]:
    return {run["name"]: run for run in client.get("/api/runs").json()["runs"]}


def test_runs_are_listed_with_their_own_numbers_and_no_path(runs_client: TestClient, root: Path) -> None:
    answer = runs_client.get("/api/runs")
    assert str(root) not in answer.text
    assert "secret place" not in answer.text
    runs = listed(runs_client)
    assert sorted(runs) == ["one", "spoilt", "two"]  # the link leads outside
    assert runs["spoilt"]["problem"].startswith("spoilt: metrics.json is not as a run")
    kept = json.loads((KEPT / "run" / "metrics.json").read_text(encoding="utf-8"))["fixed"]["full"]["uf1"]
    (told,) = [one for one in runs["one"]["scores"] if (one["scope"], one["measure"]) == ("full", "UF1")]
    assert [told[name] for name in ("mean", "low", "high")] == [kept[name] for name in ("mean", "low", "high")]
    assert listed(runs_client)["one"]["id"] == runs["one"]["id"]  # as long as the server runs


def test_a_report_may_run_nothing_and_load_nothing(runs_client: TestClient) -> None:
    runs = listed(runs_client)
    page = runs_client.get(f"/api/runs/{runs['one']['id']}/report")
    assert page.status_code == 200
    policies = page.headers.get_list("content-security-policy")
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"]
    assert page.headers["x-content-type-options"] == "nosniff"
    for run in (runs["two"]["id"], runs["spoilt"]["id"], "../outside", "%2e%2e%2foutside", "0" * 24):
        answer = runs_client.get(f"/api/runs/{run}/report")
        assert answer.status_code == 404, run


@pytest.mark.slow
def test_two_runs_are_compared_as_the_command_does(runs_client: TestClient) -> None:
    runs = listed(runs_client)
    answer = runs_client.post("/api/runs/compare", json={"runs": [runs["one"]["id"], runs["two"]["id"]]})
    expected = compare_runs({"one": read_table(KEPT / "run"), "two": read_table(KEPT / "run_of_logistic_regression")})
    rows = answer.json()["rows"]
    told = [(row["measure"], row["scope"], str(row["difference"]), str(row["p_value"])) for row in rows]
    of_command = [(row.measure, row.scope, str(row.difference), str(row.p_value)) for row in expected]
    assert told == [tuple(word.replace("nan", "None") for word in row) for row in of_command]
    assert {(row["run"], row["baseline"]) for row in rows} == {("two", "one")}


def test_what_cannot_be_compared_is_said_without_a_path(runs_client: TestClient, root: Path) -> None:
    runs = listed(runs_client)
    one, spoilt = runs["one"]["id"], runs["spoilt"]["id"]
    refused = {
        (one,): 422, (one, one): 422, (one, "0" * 24): 404, (one, "x" * 100): 422, (one, spoilt): 422
    }  # fmt: skip
    for asked, status in refused.items():
        answer = runs_client.post("/api/runs/compare", json={"runs": list(asked)})
        assert answer.status_code == status, asked
        assert str(root.parent) not in answer.text
    assert "spoilt/metrics.json" in answer.json()["detail"]


def test_without_a_folder_there_is_nothing_to_browse(client: TestClient) -> None:
    assert client.get("/api/runs").status_code == 404
    assert client.get("/api/limits").json()["runs"] is False


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: found no folder; expected a folder with run folders below it"):
        Runs(tmp_path / "nowhere")


def test_runs_of_one_name_are_told_apart(tmp_path: Path, jobs: Jobs) -> None:
    for place in ("a", "b"):
        shutil.copytree(KEPT / "run", tmp_path / place / "run")
    runs = Runs(tmp_path)
    ids = [run["id"] for run in runs.listed()]
    assert len(set(ids)) == 2
    assert {row["run"] for row in runs.compared(ids)} == {"run (2)"}
