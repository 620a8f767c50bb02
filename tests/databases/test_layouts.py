import os
import sys
from pathlib import Path

import pytest

from glfnet.databases.layouts import choose_frames, find_trees, subfolders
from glfnet.errors import InputError
from glfnet.video.frame_files import find_frame_number, frame_files
from made_up_databases import make_frames

LEVELS = [(r"sub\d+", r"EP\S+")]


def key(names: tuple[str, ...]) -> str:
    return "/".join(names).lower()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("img46.jpg", 46),
        ("reg_img46.jpg", 46),
        ("006_05562.jpg", 5562),
        ("013_0841.JPG", 841),
        ("image302370.bmp", 302370),
        ("355.jpg", 355),
        ("00109.png", 109),
        ("0.png", 0),
        ("Thumbs.db", None),
        ("._img46.jpg", None),
        ("notes1.txt", None),
        ("face.jpg", None),
    ],
)
def test_the_frame_number_is_the_last_thing_in_a_picture_s_name(name: str, number: int | None) -> None:
    assert find_frame_number(name) == number


def test_frames_come_in_the_order_of_their_numbers_not_of_their_names(tmp_path: Path) -> None:
    make_frames(tmp_path, ["img10.jpg", "img9.jpg", "img100.png"])
    (tmp_path / ".DS_Store").write_bytes(b"")
    assert list(frame_files(tmp_path)) == [9, 10, 100]
    assert frame_files(tmp_path)[9] == tmp_path / "img9.jpg"


def test_one_frame_in_two_files_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    make_frames(tmp_path, ["img46.jpg", "reg_img46.jpg"])
    with pytest.raises(
        InputError, match=r"found frame 46 twice, img46\.jpg and reg_img46\.jpg; expected one picture a fr"
    ):
        frame_files(tmp_path)
    with pytest.raises(InputError, match="found no readable folder"):
        frame_files(tmp_path / "nowhere")


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_pipe_among_the_frames_is_refused_and_never_opened(tmp_path: Path, through_a_link: bool) -> None:
    make_frames(tmp_path / "clip", ["img1.jpg"])
    pipe = tmp_path / "clip" / "img2.jpg"
    if through_a_link:
        os.mkfifo(tmp_path / "pipe")
        pipe.symlink_to(tmp_path / "pipe")
    else:
        os.mkfifo(pipe)
    with pytest.raises(InputError) as caught:
        frame_files(tmp_path / "clip")
    assert str(caught.value) == (
        f"{pipe}: found a pipe or a device; expected a file with one picture. Take it out of the folder."
    )


def test_a_link_to_a_picture_that_is_not_there_hides_no_other(tmp_path: Path) -> None:
    make_frames(tmp_path, ["img1.jpg"])
    (tmp_path / "img2.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert list(frame_files(tmp_path)) == [1, 2]


@pytest.mark.parametrize("below", [".", "CASME2", "CASME2/v1/data/frames"])
def test_clip_folders_are_found_at_and_up_to_four_levels_below_the_named_folder(tmp_path: Path, below: str) -> None:
    make_frames(tmp_path / below / "sub01/EP02_01f", ["img1.jpg"])
    (tree,) = find_trees(tmp_path, LEVELS, key)
    assert tree.root == tmp_path / below
    assert dict(tree.folders) == {"sub01/ep02_01f": tmp_path / below / "sub01/EP02_01f"}


def test_two_sets_of_the_same_clips_are_refused_with_both_places(tmp_path: Path) -> None:
    for name in ("CASME2-RAW", "CASME2_RAW_selected"):
        make_frames(tmp_path / name / "sub01/EP02_01f", ["img1.jpg"])
    with pytest.raises(InputError) as caught:
        choose_frames("casme2", tmp_path, find_trees(tmp_path, LEVELS, key), None, "sub01/EP02_01f/img46.jpg")
    assert "1 clip in two places, such as" in caught.value.found
    assert "CASME2-RAW/sub01/EP02_01f and" in caught.value.found
    assert caught.value.remedy == "Name the folder of the set that you mean."


def test_parts_of_a_database_in_several_folders_are_joined(tmp_path: Path) -> None:
    make_frames(tmp_path / "part1/sub01/EP02_01f", ["img1.jpg"])
    make_frames(tmp_path / "part2/sub02/EP02_01f", ["img1.jpg"])
    frames = choose_frames("casme2", tmp_path, find_trees(tmp_path, LEVELS, key), None, "sub01/EP02_01f/img46.jpg")
    assert sorted(frames.folders) == ["sub01/ep02_01f", "sub02/ep02_01f"]
    assert frames.layout == "raw"


def test_hidden_and_skipped_folders_are_not_looked_into(tmp_path: Path) -> None:
    make_frames(tmp_path / ".trash/sub01/EP02_01f", ["img1.jpg"])
    make_frames(tmp_path / "Macro_Expression/sub01/EP02_01f", ["img1.jpg"])
    assert find_trees(tmp_path, LEVELS, key, skip="macro") == []


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone: found a folder that cannot be listed \(No such file"):
        subfolders(tmp_path / "gone")
