"""The flow folder layout, sound and broken."""

import csv
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from glfnet.errors import InputError
from glfnet.samples.flow_folder import read_flow_folder
from glfnet.samples.flow_npz import read_flow_npz

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not (DATA / "flows").is_dir(), reason="real flow maps are not beside this repository")

# subject, label folder, file
CLIPS = [
    ("sub01", "1", "sub01_EP02_01f .png"),
    ("sub01", "0", "sub01_EP19_05f .png"),
    ("s1", "2", "s1_sur_01 .png"),
    ("006", "0", "006_006_1_2 .png"),
]


def write_map(path: Path, number: int, size: tuple[int, int] = (8, 8)) -> NDArray[np.uint8]:
    pixels = np.random.default_rng(number).integers(0, 256, (*size, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "flows"
    for number, (subject, label, name) in enumerate(CLIPS):
        write_map(root / subject / "u_test" / label / name, number)
    return root


def add_train_copies(root: Path) -> None:
    for held_out in {subject for subject, _, _ in CLIPS}:
        for subject, label, name in CLIPS:
            if subject != held_out:
                target = root / held_out / "u_train" / label / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / subject / "u_test" / label / name, target)


def error_of(root: Path, database: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_flow_folder(root, database=database)
    return str(caught.value)


def test_clips_get_their_names_classes_and_pixels(folder: Path) -> None:
    data = read_flow_folder(folder)
    assert [(s.sample_id, s.emotion) for s in data.samples] == [
        ("casme2/sub01/EP02_01f", "positive"),
        ("casme2/sub01/EP19_05f", "negative"),
        ("samm/006/006_1_2", "negative"),
        ("smic/s01/s01_sur_01", "surprise"),
    ]
    assert data.samples[0].source == "sub01/u_test/1/sub01_EP02_01f .png"
    expected = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(np.round(data.maps[0] * 255), expected.transpose(2, 0, 1))


def test_a_label_folder_may_be_named_by_its_class(folder: Path) -> None:
    (folder / "sub01" / "u_test" / "1").rename(folder / "sub01" / "u_test" / "surprise")
    assert read_flow_folder(folder).samples[0].emotion == "surprise"


def test_label_numbers_follow_the_label_names_given(folder: Path) -> None:
    data = read_flow_folder(folder, label_names=("a", "b", "c"))
    assert [s.emotion for s in data.samples] == ["b", "a", "a", "c"]


def test_leftovers_of_operating_systems_change_nothing(folder: Path) -> None:
    whole = read_flow_folder(folder).digest()
    for place in (folder, folder / "sub01", folder / "sub01" / "u_test", folder / "sub01" / "u_test" / "0"):
        for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
            (place / name).write_text("x")
    (folder / ".hidden").mkdir()
    assert read_flow_folder(folder).digest() == whole


def test_a_given_database_holds_for_all_subjects(tmp_path: Path) -> None:
    write_map(tmp_path / "anna" / "u_test" / "0" / "c1.png", 0)
    write_map(tmp_path / "boris" / "u_test" / "1" / "c1.png", 1)
    data = read_flow_folder(tmp_path, database="own")
    assert [s.sample_id for s in data.samples] == ["own/anna/c1", "own/boris/c1"]


def test_a_subject_that_tells_no_database_is_an_error(tmp_path: Path) -> None:
    write_map(tmp_path / "anna" / "u_test" / "0" / "c1.png", 0)
    assert error_of(tmp_path) == (
        f"{tmp_path / 'anna'}: found a subject folder from whose name no database can be inferred; "
        "expected sub12 (CASME II), s12 (SMIC) or 012 (SAMM). Give the database's name."
    )


LAYOUT_ERROR = (
    "expected <folder>/<subject>/u_test/<label>/<clip>.png. "
    "Name the folder that holds the subject folders, and take out what is no flow map."
)


def test_an_empty_folder_is_told_the_layout(tmp_path: Path) -> None:
    assert error_of(tmp_path) == f"{tmp_path}: found no subject folders; {LAYOUT_ERROR}"


def test_a_missing_folder_is_told_the_layout(tmp_path: Path) -> None:
    assert error_of(tmp_path / "no") == f"{tmp_path / 'no'}: found no such folder; {LAYOUT_ERROR}"


def test_a_subject_without_clips_is_an_error(folder: Path) -> None:
    (folder / "sub02" / "u_test" / "0").mkdir(parents=True)
    assert error_of(folder) == f"{folder / 'sub02' / 'u_test'}: found no clips; {LAYOUT_ERROR}"


@pytest.mark.slow
def test_all_bad_files_are_listed_at_once(folder: Path) -> None:
    label = folder / "sub01" / "u_test" / "0"
    (label / "broken.png").write_text("x")
    Image.new("L", (8, 8)).save(label / "grey.png")
    write_map(label / "large.png", 9, (9, 8))
    (label / "notes.txt").write_text("x")
    write_map(folder / "sub01" / "u_test" / "7" / "odd.png", 9)
    write_map(folder / "sub01" / "u_test" / "anger" / "odd.png", 9)
    (folder / "README.md").write_text("x")
    (folder / "sub09").mkdir()
    (folder / "sub01" / "extra").mkdir()
    lines = error_of(folder).splitlines()
    assert lines[0] == f"{folder}: found 9 problems; expected none. Nothing was read; correct these first:"
    rgb = "expected an RGB picture (u, v, strain)."
    names = "expected 0 to 2, or one of negative, positive, surprise."
    rename = "Rename the folder, or give the label names that it belongs to."
    assert sorted(lines[1:]) == sorted(
        f"  {folder}/{line}"
        for line in [
            f"sub01/u_test/0/broken.png: found an unreadable picture; {rgb} Copy the file again from its source.",
            f"sub01/u_test/0/grey.png: found a picture of mode L; {rgb} Write u, v and strain as the three channels of "
            "one picture; a single channel is not enough.",
            "sub01/u_test/0/large.png: found 9 x 8 pixels; expected 8 x 8, as 4 of 5 pictures have. "
            "Make all flow maps with one size.",
            f"sub01/u_test/0/notes.txt: found an entry that is no picture; {LAYOUT_ERROR}",
            f"sub01/u_test/7: found '7' where a label folder belongs; {names} {rename}",
            f"sub01/u_test/anger: found 'anger' where a label folder belongs; {names} {rename}",
            f"README.md: found a file among the subjects; {LAYOUT_ERROR}",
            f"sub09: found no folder u_test; {LAYOUT_ERROR}",
            f"sub01/extra: found an entry that does not belong; {LAYOUT_ERROR}",
        ]
    )


def test_one_clip_under_two_labels_is_an_error(folder: Path) -> None:
    write_map(folder / "sub01" / "u_test" / "2" / "EP02_01f.png", 9)
    assert error_of(folder) == (
        f"{folder}: found clip casme2/sub01/EP02_01f 2 times (sub01/u_test/1/sub01_EP02_01f .png, "
        "sub01/u_test/2/EP02_01f.png); expected each clip once. Keep one of them, or name the clips apart."
    )


def test_two_folders_of_one_person_are_an_error(folder: Path) -> None:
    write_map(folder / "6" / "u_test" / "0" / "006_1_3.png", 9)
    for name in ("6", "006"):
        assert (
            f"{folder / name}: found one of 2 folders of the person samm/006; expected one folder a person. "
            "Merge the folders; if they are two people, rename one."
        ) in error_of(folder)


def test_training_copies_that_agree_change_nothing(folder: Path) -> None:
    whole = read_flow_folder(folder)
    add_train_copies(folder)
    again = read_flow_folder(folder)
    assert again.samples == whole.samples
    assert again.digest() == whole.digest()


def test_a_damaged_training_copy_is_named(folder: Path) -> None:
    add_train_copies(folder)
    damaged = folder / "sub01" / "u_train" / "0" / "006_006_1_2 .png"
    damaged.write_text("x")
    assert error_of(folder).startswith(f"{damaged}: found an unreadable picture; ")


def test_the_held_out_subjects_own_clip_among_its_training_copies_is_an_error(folder: Path) -> None:
    add_train_copies(folder)
    own = "sub01_EP02_01f .png"
    shutil.copy(folder / "sub01" / "u_test" / "1" / own, folder / "sub01" / "u_train" / "0" / own)
    assert error_of(folder) == (
        f"{folder / 'sub01' / 'u_train'}: found 1 picture of the held-out subject's own clips: whatever is trained "
        "here has seen its test (sub01_EP02_01f); expected the clips of all other subjects' u_test and nothing else. "
        "Delete u_train, which repeats the other folders and is not needed, or correct this copy of the data."
    )


@needs_data
@pytest.mark.parametrize(
    ("folder_name", "file_name"),
    [("norm_u_v_os", "megc2019_dev_flow.npz"), ("norm_u_v_os_b", "megc2019_dev_flow_b.npz")],
)
def test_the_real_folder_and_the_real_file_hold_the_same_clips(folder_name: str, file_name: str) -> None:
    folder = read_flow_folder(DATA / "flows" / folder_name)
    file = read_flow_npz(DATA / "flows" / file_name, phase=0)
    assert [(s.sample_id, s.emotion) for s in folder.samples] == [(s.sample_id, s.emotion) for s in file.samples]
    np.testing.assert_array_equal(folder.maps, file.maps)
    assert len(folder) == 294
    assert len({s.subject for s in folder.samples}) == 46


@needs_data
def test_every_real_clip_is_in_the_ground_truth_of_megc2019_under_its_id_and_class() -> None:
    with (DATA / "labels" / "megc2019_combined_3class.csv").open(newline="") as file:
        truth = {f"{r['dataset']}/{r['sub']}/{r['filename_o']}": int(r["label"]) for r in csv.DictReader(file)}
    classes = ("negative", "positive", "surprise")
    for sample in read_flow_folder(DATA / "flows" / "norm_u_v_os").samples:
        assert classes[truth[sample.sample_id]] == sample.emotion


@needs_data
def test_real_training_copies_are_checked(tmp_path: Path) -> None:
    root = tmp_path / "flows"
    for subject in ("s01", "sub02", "006"):
        shutil.copytree(DATA / "flows" / "norm_u_v_os" / subject, root / subject, copy_function=shutil.copyfile)
    for place in [root, *root.rglob("*")]:
        place.chmod(0o755)
    for held_out in ("s01", "sub02", "006"):
        for other in {"s01", "sub02", "006"} - {held_out}:
            shutil.copytree(root / other / "u_test", root / held_out / "u_train", dirs_exist_ok=True)
    assert len({s.subject for s in read_flow_folder(root).samples}) == 3
    swapped = next((root / "006" / "u_train" / "0").iterdir())
    swapped.rename(root / "006" / "u_train" / "1" / swapped.name)
    assert re.search(r"006/u_train: found 1 picture under another label than in u_test", error_of(root))
