"""The run folder: another run is refused, a damaged fold is as good as none, and no file is ever half written."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glfnet.errors import InputError, RunFolderError
from glfnet.evaluation.run_folder import FoldResult, RunFolder, check_description, gather, open_run
from glfnet.report.run_info import DataInfo, ModelInfo, ProtocolInfo, RunInfo

IDENTITY: dict[str, Any] = {
    "settings": {"model": {"kind": "glfnet", "width": 8}, "protocol": {"subjects": ["a/1", "a/2"]}},
    "data": "aa11",
    "versions": {"torch": "2.13.0"},
}
IDS = ("casme2/sub01/c1", "casme2/sub01/c2")


def a_result(fold: str = "casme2/sub01", seed: int = 0, **changes: Any) -> FoldResult:
    result = FoldResult(
        fold=fold,
        seed=seed,
        sample_ids=IDS,
        truth=(0, 2),
        probabilities=((0.1, 0.2, 0.7), (1 / 3, 1 / 3, 1 / 3)),
        test_selected=(0, 1),
        looks=4,
        duration_s=1.5,
    )
    return replace(result, **changes)


def leftovers(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*.part"))


def test_a_fold_is_found_again_as_it_was_written(tmp_path: Path) -> None:
    folder = open_run(tmp_path / "new" / "run", IDENTITY)
    folder.write_fold(a_result())
    assert open_run(tmp_path / "new" / "run", IDENTITY).find_fold("casme2/sub01", 0, IDS) == a_result()


@given(st.floats(0, 1).map(lambda p: [p, 1 - p]))
@pytest.mark.slow
def test_probabilities_are_kept_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, row: list[float]) -> None:
    folder = RunFolder(tmp_path_factory.mktemp("run"), "id")
    written = a_result(probabilities=(tuple(row), tuple(row)))
    folder.write_fold(written)
    assert folder.find_fold("casme2/sub01", 0, IDS) == written


def test_a_fold_that_was_never_written_is_not_found(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "id")
    folder.write_fold(a_result())
    assert folder.find_fold("casme2/sub02", 0, IDS) is None
    assert folder.find_fold("casme2/sub01", 1, IDS) is None


def test_names_that_would_become_one_file_name_are_kept_apart(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "id")
    names = ("a/b", "a-b", "a b", "../b", "..", "ä/b")
    for name in names:
        folder.write_fold(a_result(fold=name))
    assert [folder.find_fold(name, 0, IDS) for name in names] == [a_result(fold=name) for name in names]
    assert {p.parent for p in tmp_path.rglob("*.json")} == {tmp_path / "folds" / "seed-0"}


def with_content(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def damage(text: str) -> str:
        content = json.loads(text)
        change(content)
        return json.dumps(content)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: text[: len(text) // 2], id="truncated"),
        pytest.param(lambda text: "\0" * len(text), id="zeros, as after a power cut"),
        pytest.param(lambda text: "[1, 2]", id="a list"),
        pytest.param(lambda text: "null", id="null"),
        pytest.param(with_content(lambda c: c.update(identity="other")), id="of another run"),
        pytest.param(with_content(lambda c: c.pop("identity")), id="of no run"),
        pytest.param(with_content(lambda c: c.pop("truth")), id="without truth"),
        pytest.param(with_content(lambda c: c.update(extra=1)), id="with more than is known"),
        pytest.param(with_content(lambda c: c["sample_ids"].reverse()), id="of other samples"),
        pytest.param(with_content(lambda c: c["probabilities"].pop()), id="one row short"),
        pytest.param(with_content(lambda c: c["test_selected"].pop()), id="one selection short"),
        pytest.param(with_content(lambda c: c["truth"].append(1)), id="one truth too many"),
        pytest.param(with_content(lambda c: c.update(probabilities=3)), id="with a number for a table"),
        pytest.param(with_content(lambda c: c.update(probabilities=[3, 3])), id="with a number for a row"),
        pytest.param(with_content(lambda c: c["probabilities"][0].pop()), id="one probability short"),
        pytest.param(with_content(lambda c: c["probabilities"][0].insert(0, float("nan"))), id="not a number"),
    ],
)
def test_a_damaged_fold_is_as_good_as_none(tmp_path: Path, damage: Callable[[str], str]) -> None:
    folder = RunFolder(tmp_path, "id")
    folder.write_fold(a_result())
    file = folder.fold_file("casme2/sub01", 0)
    file.write_text(damage(file.read_text()))
    assert folder.find_fold("casme2/sub01", 0, IDS) is None


def test_a_fold_file_that_is_no_text_is_as_good_as_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "id")
    folder.write_fold(a_result())
    folder.fold_file("casme2/sub01", 0).write_bytes(b"\xff\xfe\x00")
    assert folder.find_fold("casme2/sub01", 0, IDS) is None


def described(**changes: Any) -> RunInfo:
    about = RunInfo(
        glfnet="0.1.0",
        title="glfnet on maps",
        settings=IDENTITY["settings"] | {"input": {"normalisation": "min_max"}},
        sources={},
        data=DataInfo(source="maps", digest="aa11"),
        versions={},
        command="glfnet evaluate maps --out run",
        model=ModelInfo(name="glfnet"),
        protocol=ProtocolInfo(name="subjects"),
    )
    return replace(about, **changes)


@pytest.mark.parametrize(
    ("changes", "found", "expected"),
    [
        ({"data": DataInfo(source="maps", digest="bb22")}, 'data "bb22"', '"aa11"'),
        ({"model": ModelInfo(name="htnet")}, 'model "htnet"', '"glfnet"'),
        ({"settings": {"model": {"kind": "glfnet", "width": 9}}}, "settings.model.width 9", "8"),
    ],
)
def test_a_description_of_another_run_is_refused(
    tmp_path: Path, changes: dict[str, Any], found: str, expected: str
) -> None:
    identity = IDENTITY | {"model": "glfnet"}
    open_run(tmp_path, identity)
    check_description(tmp_path, described())
    check_description(tmp_path / "copy of the results", described(**changes))
    with pytest.raises(RunFolderError) as caught:
        check_description(tmp_path, described(**changes))
    assert str(caught.value) == (
        f"{tmp_path / 'run.json'}: found {found}; expected {expected}, as in identity.json. One of them was changed, "
        "or is from another run. Run `glfnet evaluate` again with the same output folder; finished folds are kept."
    )


def test_an_identity_that_json_writes_alike_is_the_same_run(tmp_path: Path) -> None:
    first = open_run(tmp_path, IDENTITY)
    again = open_run(tmp_path, json.loads(json.dumps(dict(reversed(IDENTITY.items())))))
    assert first == again


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"data": "bb22"}, 'data was "aa11", now "bb22"'),
        (
            {"settings": {"model": {"kind": "glfnet", "width": 16}, "protocol": {"subjects": ["a/1", "a/2"]}}},
            "settings.model.width was 8, now 16",
        ),
        (
            {"settings": {"model": {"kind": "glfnet", "width": 8}, "protocol": {"subjects": ["a/1"]}}},
            'settings.protocol.subjects was ["a/1", "a/2"], now ["a/1"]',
        ),
        ({"versions": {"torch": "2.14.0"}}, 'versions.torch was "2.13.0", now "2.14.0"'),
        (
            {"settings": {"model": {"kind": "prior"}, "protocol": {"subjects": ["a/1", "a/2"]}}},
            'settings.model.kind was "glfnet", now "prior" (and 1 more: settings.model.width)',
        ),
    ],
)
def test_the_folder_of_another_run_is_refused_and_the_difference_named(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    open_run(tmp_path, IDENTITY)
    with pytest.raises(RunFolderError) as caught:
        open_run(tmp_path, IDENTITY | change)
    assert str(caught.value) == (
        f"{tmp_path}: belongs to a different run: {sentence}. Name another folder, or repeat the earlier command."
    )
    assert open_run(tmp_path, IDENTITY), "the earlier run is still whole"


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError) as caught:
        open_run(tmp_path, IDENTITY)
    assert str(caught.value) == (
        f"{tmp_path}: found a folder with other files; expected a new or empty folder, or a run to resume. "
        "Name another folder."
    )
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "run"
    file.write_text("mine")
    with pytest.raises(InputError, match=r"run: found a file; expected a new or empty folder"):
        open_run(file, IDENTITY)
    assert file.read_text() == "mine"


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError) as caught:
        open_run(tmp_path / "file" / "run", IDENTITY)
    marker = tmp_path / "file" / "run" / "identity.json"
    assert str(caught.value).startswith(f"{marker}: found a place that cannot be written (")
    assert "name another folder" in str(caught.value)


def test_an_empty_folder_and_what_a_killed_run_left_in_it_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".identity.json.123.part").write_text('{"sett')
    folder = open_run(tmp_path, IDENTITY)
    folder.write_fold(a_result())
    (tmp_path / "folds" / "seed-0" / ".casme2-sub02.json.123.part").write_text("{")
    assert open_run(tmp_path, IDENTITY).find_fold("casme2/sub01", 0, IDS) == a_result()


@pytest.mark.parametrize("content", ["", "{", "[1]", "7"])
def test_a_damaged_marker_is_an_error_and_not_a_new_run(tmp_path: Path, content: str) -> None:
    (tmp_path / "identity.json").write_text(content)
    with pytest.raises(RunFolderError, match=r"identity\.json: cannot be read \(.+\)\. Name another folder"):
        open_run(tmp_path, IDENTITY)


def test_a_disk_that_fills_up_keeps_the_folds_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = open_run(tmp_path, IDENTITY)
    folder.write_fold(a_result())
    opened = Path.open

    def full(self: Path, *arguments: Any, **named: Any) -> Any:
        if arguments and "w" in arguments[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opened(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(InputError, match=r"No space left on device.*finished folds are kept"):
            folder.write_fold(a_result(fold="casme2/sub02"))
    assert folder.find_fold("casme2/sub01", 0, IDS) == a_result()
    assert folder.find_fold("casme2/sub02", 0, IDS) is None
    assert leftovers(tmp_path) == []


def test_rows_are_gathered_by_seed_and_sample_whatever_order_they_came_in() -> None:
    results = [
        a_result(seed=seed, fold=f"casme2/{name}", sample_ids=tuple(f"casme2/{name}/c{i}" for i in (1, 2)))
        for seed in (1, 0)
        for name in ("sub02", "sub01")
    ]
    table, reversed_table = gather(results, ("a", "b", "c")), gather(results[::-1], ("a", "b", "c"))
    assert table.seed.tolist() == [0] * 4 + [1] * 4
    assert table.sample_id[:4].tolist() == [f"casme2/{name}/c{i}" for name in ("sub01", "sub02") for i in (1, 2)]
    assert table.fold[:4].tolist() == ["casme2/sub01"] * 2 + ["casme2/sub02"] * 2
    assert table.truth[:2].tolist() == [0, 2]
    assert table.prediction[:2].tolist() == [2, 0]
    assert table.test_selected_prediction[:2].tolist() == [0, 1]
    assert all(np.array_equal(getattr(table, c), getattr(reversed_table, c)) for c in asdict(table) if c != "classes")
