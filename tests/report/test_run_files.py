"""metrics.json and run.json: what stands in them, that they are read again, and what is refused."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glfnet.errors import RunFolderError
from glfnet.report.run_files import check_same_run, info_document, metrics_document, read_info, read_metrics
from glfnet.report.run_info import DataInfo, Exclusion, ModelInfo, ProtocolInfo, RunInfo, RunTime
from glfnet.scores.predictions import Predictions
from glfnet.scores.run_scores import RunScores, ScopeScores
from glfnet.scores.score_run import score_run

TIME = RunTime(wall_time_s=12.5, fold_time_s=20.1, folds_kept_from_earlier=0)
AGAIN = "Run `glfnet evaluate` again with the same output folder; finished folds are kept."
INFO = RunInfo(
    glfnet="0.1.0",
    title="glfnet on maps",
    settings={"model": {"kind": "glfnet", "grid": [2, 2]}},
    sources={"model.grid": "paper"},
    data=DataInfo(
        source="maps", digest="ab", samples=4, exclusions=(Exclusion(sample_id="smic/1/a", reason="no class"),)
    ),
    versions={"torch": "2.13.0"},
    command="glfnet evaluate maps --out run",
    model=ModelInfo(name="glfnet", parameters=3),
    protocol=ProtocolInfo(name="cde", folds=2),
)


def some_scores() -> RunScores:
    """Of one seed, and of two databases of which the second lacks a class."""
    truth = np.array([0, 1, 0, 1, 0, 0])
    table = Predictions(
        classes=("calm", "lively"),
        sample_id=np.array(["casme2/1/a", "casme2/1/b", "casme2/2/c", "casme2/2/d", "smic/1/e", "smic/2/f"]),
        fold=np.array(["casme2/1", "casme2/1", "casme2/2", "casme2/2", "smic/1", "smic/2"]),
        seed=np.zeros(6, dtype=np.int64),
        truth=truth,
        probabilities=np.full((6, 2), 0.5),
        prediction=np.array([0, 0, 0, 1, 0, 1]),
        test_selected_prediction=truth,
    )
    return score_run(table, looks=3, resamples=50)


def written(folder: Path, name: str, document: dict[str, Any]) -> Path:
    (folder / name).write_text(json.dumps(document, allow_nan=False))
    return folder


def test_the_scores_are_plain_json_under_the_promised_keys() -> None:
    document = metrics_document(some_scores(), TIME)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document) == [
        "fixed", "test_selected", "chance_of_selection", "counts", "undefined", "seeds", "predictions_sha256",
        "wall_time_s", "fold_time_s", "folds_kept_from_earlier",
    ]  # fmt: skip
    for kind in ("fixed", "test_selected"):
        assert list(document[kind]) == ["full", "casme2", "smic"]
        for scored in document[kind].values():
            assert list(scored) == ["uf1", "uar", "accuracy", "weighted_f1"]
            assert all(list(score) == ["mean", "sd", "low", "high"] for score in scored.values())
    assert list(document["chance_of_selection"]) == ["looks", "full", "casme2", "smic"]
    assert list(document["counts"]) == ["samples", "subjects", "classes", "folds", "databases"]
    assert document["counts"]["databases"]["smic"] == {
        "samples": 2, "subjects": 2, "classes": {"calm": 2, "lively": 0},
    }  # fmt: skip


def test_an_undefined_number_is_null() -> None:
    scores = some_scores()
    document = metrics_document(scores)
    assert set(document["fixed"]["smic"]["uf1"].values()) == {None}
    assert document["fixed"]["full"]["uf1"]["sd"] is None  # one seed
    assert document["fixed"]["full"]["uf1"]["mean"] == scores.fixed["full"].uf1.mean
    assert document["chance_of_selection"]["smic"]["uf1"] is None


def test_scores_read_again_give_the_same_file(tmp_path: Path) -> None:
    scores = some_scores()
    again, time = read_metrics(written(tmp_path, "metrics.json", metrics_document(scores, TIME)))
    assert metrics_document(again, time) == metrics_document(scores, TIME)
    assert time == TIME
    assert again.counts == scores.counts
    assert math.isnan(again.fixed["smic"].uf1.mean)


def test_scores_whose_time_was_not_kept_are_read(tmp_path: Path) -> None:
    _, time = read_metrics(written(tmp_path, "metrics.json", metrics_document(some_scores())))
    assert time == RunTime()


@pytest.mark.parametrize(
    ("key", "value"),
    [("seeds", None), ("fixed", {"full": {"uf1": 0.5}}), ("counts", {"samples": "many"}), ("chance_of_selection", {})],
)
def test_a_file_of_other_content_is_refused(tmp_path: Path, key: str, value: object) -> None:
    document = metrics_document(some_scores()) | {key: value}
    with pytest.raises(RunFolderError) as raised:
        read_metrics(written(tmp_path, "metrics.json", document))
    assert str(raised.value) == (
        f"{tmp_path / 'metrics.json'}: found something else than `glfnet evaluate` has written; expected its file "
        f"as it was. {AGAIN}"
    )


@pytest.mark.parametrize("text", ["[1]", "null", "not JSON"])
def test_a_file_without_any_keys_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(RunFolderError, match=r"metrics\.json: found something else than `glfnet evaluate` has written"):
        read_metrics(tmp_path)


def test_scores_that_lack_a_key_are_refused_with_the_key_named(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError) as raised:
        read_metrics(written(tmp_path, "metrics.json", {}))
    keys = "fixed, test_selected, chance_of_selection, counts, undefined, seeds"
    assert str(raised.value) == f"{tmp_path / 'metrics.json'}: found no {keys}; expected the keys {keys}. {AGAIN}"


def changed(scores: RunScores, mean: float) -> RunScores:
    """Return the scores with another honest UF1 of all databases."""
    uf1 = replace(scores.fixed["full"].uf1, mean=mean)
    full = ScopeScores({**scores.fixed["full"].by_metric, "uf1": uf1})
    return replace(scores, fixed={**scores.fixed, "full": full})


@pytest.mark.parametrize(
    ("kept", "info", "said"),
    [
        (
            lambda s: changed(s, 0.9),
            {},
            "metrics.json: found UF1 (honest, All databases) 0.900000; expected 0.625000, as in predictions.csv.",
        ),
        (
            lambda s: replace(s, seeds=(0, 1)),
            {},
            "metrics.json: found 6 clips and the seeds 0, 1; expected 6 clips and the seeds 0, as in predictions.csv.",
        ),
        (
            lambda s: replace(s, counts=replace(s.counts, folds=3)),
            {},
            "metrics.json: found 6 clips and the seeds 0; expected other numbers of clips of each database, subject, "
            "class or fold, as in predictions.csv.",
        ),
        (
            lambda s: replace(s, table="of another table"),
            {},
            "predictions.csv: found another table than the one that metrics.json was made from; expected no change "
            "since then.",
        ),
        (
            lambda s: s,
            {"protocol": ProtocolInfo(name="cde", folds=2)},
            "run.json: found 6 clips in 2 folds; expected 6 clips in 4 folds, as in predictions.csv.",
        ),
    ],
)
def test_files_that_are_not_of_one_run_are_refused(
    tmp_path: Path, kept: Callable[[RunScores], RunScores], info: dict[str, Any], said: str
) -> None:
    made = some_scores()
    about = replace(INFO, data=replace(INFO.data, samples=6), protocol=ProtocolInfo(name="cde", folds=4))
    check_same_run(tmp_path, made, made, about)
    with pytest.raises(RunFolderError) as raised:
        check_same_run(tmp_path, kept(made), made, replace(about, **info))
    assert str(raised.value) == (
        f"{tmp_path}/{said} One of them was changed, or is from another run. {AGAIN}".replace("//", "/")
    )


def test_scores_made_before_the_table_was_named_in_them_are_of_one_run_if_they_are_equal(tmp_path: Path) -> None:
    document = metrics_document(some_scores())
    assert document.pop("predictions_sha256") == some_scores().table
    kept, _ = read_metrics(written(tmp_path, "metrics.json", document))
    assert kept.table is None
    unknown = replace(INFO, data=replace(INFO.data, samples=None), protocol=ProtocolInfo(name="cde"))
    check_same_run(tmp_path, kept, some_scores(), unknown)


def test_what_a_run_was_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    document = info_document(INFO)
    assert json.loads(json.dumps(document)) == document
    assert list(document) == [
        "glfnet", "title", "settings", "sources", "data", "versions", "command", "model", "protocol",
    ]  # fmt: skip
    assert document["data"]["exclusions"] == [{"sample_id": "smic/1/a", "reason": "no class"}]
    assert read_info(written(tmp_path, "run.json", document)) == INFO


def test_an_older_run_folder_without_later_keys_is_read(tmp_path: Path) -> None:
    document = info_document(INFO)
    del document["sources"], document["versions"], document["model"]["parameters"], document["model"]["flops"]
    for key in ("samples", "exclusions", "notes", "leaks"):
        del document["data"][key]
    found = read_info(written(tmp_path, "run.json", document))
    assert (found.sources, found.versions) == ({}, {})
    assert found.model == ModelInfo(name="glfnet")
    assert found.data == DataInfo(source="maps", digest="ab")


def test_a_run_description_without_its_keys_is_refused(tmp_path: Path) -> None:
    document = info_document(INFO)
    del document["command"], document["model"]
    with pytest.raises(RunFolderError) as raised:
        read_info(written(tmp_path, "run.json", document))
    assert str(raised.value) == (
        f"{tmp_path / 'run.json'}: found no command, model; expected the keys glfnet, title, settings, data, command, "
        f"model, protocol. {AGAIN}"
    )


def test_a_run_description_with_a_value_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    document = info_document(INFO) | {"data": {"source": "maps"}}
    with pytest.raises(RunFolderError) as raised:
        read_info(written(tmp_path, "run.json", document))
    assert str(raised.value) == f"{tmp_path / 'run.json'}: data.digest: nothing there, expected a value. {AGAIN}"
