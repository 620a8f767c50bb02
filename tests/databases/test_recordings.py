"""From recordings to flow maps in Python: what the commands do, as functions."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import glfnet
from glfnet.errors import InputError, SettingsError
from glfnet.faces.alignment import WIDE, canonical_points
from glfnet.faces.detector import Face
from made_up_clips import sound_clips


class Still:
    """Finds the same face on every picture."""

    name = "still"

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        return [Face(box=(4.0, 4.0, 28.0, 36.0), points=canonical_points(WIDE) / 8, score=1.0)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of two clips of one's own."""
    clips = sound_clips(tmp_path / "frames", 2)
    lines = [f"{c.subject.name},{c.clip},{c.emotion},{c.frames},{c.onset_frame},{c.apex_frame}" for c in clips]
    path = tmp_path / "clips.csv"
    path.write_text("\n".join(["subject,clip,emotion,frames,onset,apex", *lines]) + "\n")
    return path


def test_recordings_become_flow_maps(table: Path, tmp_path: Path) -> None:
    index = glfnet.index("own", str(table), out=tmp_path / "own.csv")
    assert repr(index) == "Index(clips=2, databases='own', notes=2)"
    diagnosis = glfnet.check(str(tmp_path / "own.csv"), faces=False)
    assert repr(diagnosis) == f"Diagnosis(index='{tmp_path / 'own.csv'}', clips=2, verdict={diagnosis.verdict()!r})"
    assert diagnosis.clips == index.clips
    settings = glfnet.FlowSettings(method="dis", size_px=8)
    prepared = glfnet.prepare(tmp_path / "own.csv", tmp_path / "store", settings, detector=Still())
    assert repr(prepared) == "Prepared(clips=2, made=2, damaged=0, excluded=0)"
    again = glfnet.prepare([str(tmp_path / "own.csv")], str(tmp_path / "store"), settings, detector=Still())
    assert again.made == 0
    assert len(glfnet.read_flow_set(tmp_path / "store")) == 2


def test_an_index_replaces_only_an_index(table: Path) -> None:
    with pytest.raises(InputError, match=r"found a file that is also read; expected a new file, or an index of own"):
        glfnet.index("own", table, out=table)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("index", {"name": Path("own"), "folder": "x"}, "the name of a database, such as 'casme2', or 'own'."),
        ("index", {"name": "own", "folder": ["x"]}, "folder: found ['x'], a list; expected the folder of the"),
        ("check", {"index": 3}, "index: found 3, an int; expected the path of an index, a .csv file that"),
        (
            "check",
            {"index": "x.csv", "jobs": 0},
            "jobs: found 0, an int; expected how many of them at a time, 1",
        ),
        ("prepare", {"indexes": [], "out": "x"}, "indexes: found [], a list; expected one index or more."),
        ("prepare", {"indexes": "x.csv", "out": None}, "out: found None; expected the folder of the store."),
        (
            "prepare",
            {"indexes": "x.csv", "out": "x", "settings": "dis"},
            "expected glfnet.FlowSettings(method='dis'), ",
        ),
    ],
)
def test_what_is_asked_wrongly_says_what_to_pass(name: str, arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        getattr(glfnet, name)(**arguments)
    assert sentence in str(caught.value)


def test_a_store_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "store.json").write_text("{}")
    for call in (glfnet.check, lambda path: glfnet.prepare(path, tmp_path / "out")):
        with pytest.raises(InputError, match="found a store of flow maps; expected an index of clips"):
            call(tmp_path / "store")
