"""`Result.explain` and what it writes: every number of the page is that of the document, and nothing is half there."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import test_answer
from test_answer import a_movement, an_answer
from test_weights import CARD, tiny_networks

from glfnet.errors import InputError, SettingsError
from glfnet.explanation.face import outline_path
from glfnet.explanation.folder import check_explanation_folder, write_explanation
from glfnet.labels import BLINK
from glfnet.recognition.explain import explain_result, weights_of
from glfnet.recognition.result import Interval, Result
from glfnet.recognition.summary import model_summary
from glfnet.recognition.weights import Trained, read_trained, write_trained
from whole_pages import faults_of

FILES = ["explanation.html", "explanation.json", "movement-1.png", "movement-1.svg"]


@pytest.fixture(scope="module")
def free() -> Trained:
    return read_trained(Path("free"))


def a_result(trained: Trained, *intervals: Interval) -> Result:
    return replace(test_answer.a_result(*intervals), model=model_summary(trained))


def answered(trained: Trained) -> Interval:
    interval = an_answer()
    assert interval.maps is not None
    probabilities = trained.probabilities(interval.maps.pixels[None])[0]
    by_class = dict(zip(trained.card.classes, probabilities.tolist(), strict=True))
    return replace(interval, probabilities=by_class, emotion=max(by_class, key=by_class.__getitem__))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_what_was_classified_is_explained_and_has_the_same_answer(free: Trained) -> None:
    result = a_result(free, answered(free), a_movement(BLINK, 25))
    (found,) = result.explain()
    assert found.interval is result.intervals[0]
    assert found.why.answer == found.interval.emotion
    assert found.why.probabilities == pytest.approx(tuple(found.interval.probabilities.values()))
    assert repr(found).startswith(f"Explained(onset_s=0.200, answer={found.why.answer!r}")


@pytest.mark.slow
def test_page_pictures_and_document_say_the_same(free: Trained, tmp_path: Path) -> None:
    (found,) = a_result(free, answered(free)).explain(tmp_path / "why")
    assert names(tmp_path / "why") == FILES
    page = (tmp_path / "why" / "explanation.html").read_text()
    document = json.loads((tmp_path / "why" / "explanation.json").read_text())
    assert "talk &lt;1&gt;.mp4" in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert faults_of(page) == []
    (movement,) = document["movements"]
    assert movement["answer"] == found.why.answer
    assert [row["region"] for row in movement["regions"]] == [effect.region for effect in found.why.regions]
    for sentence in movement["sentences"]:
        assert sentence in page
    for effect in found.why.regions:
        assert f"{100 * effect.movement:.0f} %" in page
        assert all(f"{p:.2f}" in page for p in (*effect.probabilities, *effect.alone))
    assert np.shape(movement["maps"]["decision"]) == (7, 7)
    assert "AU7" in page
    assert "does not say what the person felt" in page
    assert document["about"] in page


@pytest.mark.slow
def test_an_explanation_replaces_an_earlier_one_and_is_the_same_to_the_byte(free: Trained, tmp_path: Path) -> None:
    both = a_result(free, answered(free), replace(answered(free), onset_index=30, apex_index=33))
    both.explain(tmp_path)
    assert "movement-2.svg" in names(tmp_path)
    one = a_result(free, answered(free))
    one.explain(tmp_path)
    assert names(tmp_path) == FILES
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    one.explain(str(tmp_path))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == kept


@pytest.mark.slow
def test_weights_that_are_no_glfnet_have_an_explanation_without_maps(tmp_path: Path) -> None:
    write_trained(tmp_path / "tiny.safetensors", CARD, tiny_networks())
    tiny = read_trained(tmp_path / "tiny.safetensors")
    result = a_result(tiny, answered(tiny))
    (found,) = result.explain(tmp_path / "why", weights=tmp_path / "tiny.json")
    assert found.why.inside is None
    assert "These weights are no GLFNet" in (tmp_path / "why" / "explanation.html").read_text()


def test_an_answer_without_movements_has_an_explanation_that_says_so(free: Trained, tmp_path: Path) -> None:
    assert a_result(free).explain(tmp_path) == ()
    assert "nothing to explain" in (tmp_path / "explanation.html").read_text()


def test_other_weights_than_those_that_answered_are_refused(free: Trained, tmp_path: Path) -> None:
    result = a_result(free, answered(free))
    with pytest.raises(InputError) as caught:
        result.explain(weights="research")
    assert str(caught.value) == (
        f"talk <1>.mp4: found the weights research, which did not give it; expected {free.card.name} "
        f"({free.card.sha256[:12]}…), whose answer is to be explained. Name the weights that gave it."
    )
    with pytest.raises(InputError, match="found weights of the package, none of which gave this answer; expected tiny"):
        weights_of(test_answer.a_result(an_answer()))
    with pytest.raises(SettingsError, match="weights"):
        result.explain(weights=3)  # type: ignore[arg-type]


def test_a_folder_with_other_files_is_left_alone(free: Trained, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(InputError) as caught:
        a_result(free).explain(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: found a folder with other files (thesis.txt); expected a new or empty folder, or an earlier "
        "explanation. Name another folder."
    )
    assert names(tmp_path) == ["thesis.txt"]
    with pytest.raises(InputError, match="found a file; expected a folder"):
        check_explanation_folder(tmp_path / "thesis.txt")


def test_the_document_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"explanation.html": "page", "explanation.json": "{}"}
    write_explanation(tmp_path, files.items())

    def full(path: Path, content: bytes | str) -> None:
        raise InputError(file=path, found="a full disk", expected="room", remedy="Make room.")

    monkeypatch.setattr("glfnet.explanation.folder.write_whole", full)
    with pytest.raises(InputError, match="full disk"):
        write_explanation(tmp_path, files.items())
    assert "explanation.json" not in names(tmp_path)


def test_only_movements_with_maps_are_explained(free: Trained) -> None:
    assert explain_result(a_result(free, a_movement()), free) == ()


def test_the_outline_is_a_path_from_forehead_to_chin() -> None:
    points = outline_path().vertices
    assert points.min(axis=0).tolist() == [-1.05, -1.2]
    assert points.max(axis=0).tolist() == [1.05, 1.95]
