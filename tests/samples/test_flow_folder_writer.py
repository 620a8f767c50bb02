"""A flow set as a flow folder: what is read back is what was written, and nothing of anybody else is touched."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glfnet.errors import InputError, SettingsError
from glfnet.samples.flow_folder import read_flow_folder
from glfnet.samples.flow_folder_writer import write_flow_folder
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId

CLASSES = ("negative", "positive", "surprise")
CLIPS = (
    ("casme2", "sub01", "EP02_01f"),
    ("casme2", "sub02", "EP01"),
    ("samm", "006", "006_1_2"),
    ("smic", "s01", "s01_ne_01"),
)


def a_set(*clips: tuple[str, str, str]) -> FlowSet:
    samples = tuple(
        Sample(subject=SubjectId(database, subject), clip=clip, emotion=CLASSES[n % 3])
        for n, (database, subject, clip) in enumerate(clips)
    )
    maps = np.random.default_rng(0).random((len(clips), 3, 6, 6)).astype(np.float32)
    return FlowSet(samples=samples, maps=maps)


def labels(flow: FlowSet) -> list[int]:
    return [CLASSES.index(sample.emotion) for sample in flow.samples]


def test_what_is_read_back_has_the_same_clips_classes_and_maps(tmp_path: Path) -> None:
    flow = a_set(*CLIPS)
    write_flow_folder(tmp_path / "out", flow, labels(flow))
    back = read_flow_folder(tmp_path / "out")  # which also compares u_train with u_test
    assert [(s.sample_id, s.emotion) for s in back.samples] == [(s.sample_id, s.emotion) for s in flow.samples]
    np.testing.assert_allclose(back.maps, flow.maps, atol=1 / 510 + 1e-6)
    write_flow_folder(tmp_path / "again", back, labels(back))
    assert read_flow_folder(tmp_path / "again").digest() == back.digest(), "pictures lose nothing twice"


def test_names_are_those_of_the_copies_in_circulation(tmp_path: Path) -> None:
    flow = a_set(*CLIPS[:3])
    write_flow_folder(tmp_path, flow, labels(flow))  # an empty folder will do
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    assert [file for file in files if "u_test" in file] == [
        "006/u_test/2/006_006_1_2 .png",
        "sub01/u_test/0/sub01_EP02_01f .png",
        "sub02/u_test/1/sub02_EP01 .png",
    ]
    assert [file for file in files if file.startswith("sub01/u_train")] == [
        "sub01/u_train/1/sub02_EP01 .png",
        "sub01/u_train/2/006_006_1_2 .png",
    ]
    write_flow_folder(tmp_path / "without", flow, labels(flow), train_copies=False)
    assert not list((tmp_path / "without").glob("*/u_train"))


def test_an_earlier_folder_is_never_written_into(tmp_path: Path) -> None:
    flow = a_set(*CLIPS)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(
        InputError, match=r"mine: found a folder with other files; expected a new or empty folder\. Name"
    ):
        write_flow_folder(tmp_path / "mine", flow, labels(flow))
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "notes.txt"]


def test_a_folder_that_cannot_be_finished_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    flow = a_set(*CLIPS)
    with pytest.raises(InputError, match="out: found a place that cannot be written \\(No space left on device\\)"):
        write_flow_folder(tmp_path / "out", flow, labels(flow))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("clips", "sentence"),
    [
        (
            [("own", "anna", "a"), ("casme2", "sub01", "b")],
            "subjects or clips whose names do not tell their databases: own/anna; expected one database, or names that",
        ),
        (
            [("one", "p1", "a"), ("two", "P1", "b")],
            "subjects or clips that share a name: one/p1, two/P1; expected one da",
        ),
        ([("own", "a/b", "a")], "whose names cannot be those of a folder or file and be read back: own/a/b; expected"),
        (
            [("own", "anna", "../b")],
            "of a folder or file and be read back: own/anna/../b; expected other names. Export",
        ),
        ([("own", "anna", "b ")], "be read back: own/anna/b ; expected"),
        ([("smic", "s01", "ne_01")], "be read back: smic/s01/ne_01; expected"),
    ],
)
def test_names_that_would_be_read_as_others_are_refused(
    tmp_path: Path, clips: list[tuple[str, str, str]], sentence: str
) -> None:
    flow = a_set(*clips)
    with pytest.raises(InputError) as caught:
        write_flow_folder(tmp_path / "out", flow, labels(flow))
    assert sentence in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_subjects_of_one_database_may_have_any_name(tmp_path: Path) -> None:
    flow = a_set(("own", "anna", "smile 1"), ("own", "ben", "ben_frown"))
    write_flow_folder(tmp_path / "out", flow, labels(flow))
    back = read_flow_folder(tmp_path / "out", database="own")
    assert [s.sample_id for s in back.samples] == ["own/anna/smile 1", "own/ben/ben_frown"]


def test_maps_in_pixels_do_not_become_pictures(tmp_path: Path) -> None:
    flow = replace(a_set(*CLIPS), normalisation="pixels")
    with pytest.raises(
        SettingsError, match="export: found pixels maps of u, v, strain; expected min_max maps of u, v, st"
    ):
        write_flow_folder(tmp_path / "out", flow, labels(flow))
