"""An answer folder read back: what was written is what is read, and damage is named."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from test_answer import a_movement, a_result, an_answer

from glfnet.errors import InputError
from glfnet.labels import BLINK
from glfnet.recognition.answer.folder import write_answer
from glfnet.recognition.answer.read import read_answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_answer(tmp_path / "answer", a_result(an_answer(), a_movement(BLINK, 25)), "1.2.3")
    return tmp_path / "answer"


def test_what_was_written_is_read(folder: Path) -> None:
    written, read = an_answer(), read_answer(folder)
    (found,) = read.intervals
    assert found.maps is not None
    assert written.maps is not None
    np.testing.assert_array_equal(found.maps.pixels, written.maps.pixels)
    assert (found.onset_index, found.emotion, found.regions) == (10, "positive", ("mouth", "nose"))
    assert dict(found.probabilities) == dict(written.probabilities)
    assert found.units == written.units
    assert found.pictures is None
    assert read.recording.source == "talk <1>.mp4"
    assert read.model == a_result().model
    assert [note.code for note in read.notes] == ["low_frame_rate"]


def test_an_answer_without_movements_is_read(tmp_path: Path) -> None:
    write_answer(tmp_path / "answer", a_result(), "1.2.3")
    assert read_answer(tmp_path / "answer").intervals == ()


def no_json(folder: Path) -> None:
    (folder / "result.json").write_text("{")


def later(folder: Path) -> None:
    (folder / "result.json").write_text('{"schema": 99}')


def without_model(folder: Path) -> None:
    document = json.loads((folder / "result.json").read_text())
    del document["model"]
    (folder / "result.json").write_text(json.dumps(document))


def wrong_number(folder: Path) -> None:
    text = (folder / "result.json").read_text()
    (folder / "result.json").write_text(text.replace('"onset_s": 0.2', '"onset_s": "soon"'))


def not_finite(folder: Path) -> None:
    with np.load(folder / "maps.npz") as arrays:
        changed = {**arrays, "maps": np.full((1, 3, 28, 28), np.nan, dtype=np.float32)}
    np.savez(folder / "maps.npz", **changed)


def without_maps(folder: Path) -> None:
    (folder / "maps.npz").unlink()


def cut_maps(folder: Path) -> None:
    (folder / "maps.npz").write_bytes((folder / "maps.npz").read_bytes()[:200])


def of_other_frames(folder: Path) -> None:
    with np.load(folder / "maps.npz") as arrays:
        changed = {**arrays, "onset_index": np.array([3])}
    np.savez(folder / "maps.npz", **changed)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (no_json, "result.json: found no readable answer (not JSON from line 1, column 2 on); expected an answer of"),
        (later, "result.json: found schema 99; expected schema 1."),
        (without_model, "result.json: found no answer (no key model); expected an answer."),
        (wrong_number, "result.json: found no answer (onset_s: "),
        (not_finite, "maps.npz: found no readable flow maps (float32 (1, 3, 28, 28), or not finite)"),
        (
            without_maps,
            "maps.npz: found no readable flow maps (No such file or directory); expected the flow maps that",
        ),
        (cut_maps, "maps.npz: found no readable flow maps (a damaged file); expected the flow maps that belong to"),
        (of_other_frames, "maps.npz: found no map of the movement at frame 10; expected the flow maps that belong to"),
    ],
)
def test_damage_is_named(folder: Path, damage: Callable[[Path], None], sentence: str) -> None:
    damage(folder)
    with pytest.raises(InputError) as caught:
        read_answer(folder)
    assert sentence in str(caught.value)
    assert "Answer the video again: `glfnet predict`." in str(caught.value)
