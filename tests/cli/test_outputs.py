"""An output never replaces an input, nor a file that is not an earlier output of the same command and source."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import Command
from glfnet.databases.index_table import write_index
from glfnet.errors import InputError
from glfnet.recognition.answer.folder import check_folder
from made_up_clips import sound_clips


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of clips of one's own with two frames each."""
    lines = ["subject,clip,emotion,frames,onset_frame,apex_frame,offset_frame,fps"]
    for number in range(2):
        folder = tmp_path / f"c{number}"
        folder.mkdir()
        for frame in range(1, 4):
            Image.fromarray(np.full((32, 32), 40 * frame, dtype=np.uint8)).save(folder / f"img{frame}.png")
        lines.append(f"p{number},c{number},positive,c{number},1,2,3,100")
    path = tmp_path / "clips.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_an_index_replaces_neither_what_it_is_made_from_nor_anything_foreign(
    command: Command, table: Path, tmp_path: Path
) -> None:
    thesis = tmp_path / "thesis.docx"
    thesis.write_bytes(b"years of work")
    other = tmp_path / "other.csv"
    write_index(other, sound_clips(tmp_path / "frames", 2, database="another"))
    for out, found in (
        (table, "a file that is also read"),
        (thesis, "a file that is not an index of own"),
        (other, "a file that is not an index of own"),
        (tmp_path / "c1" / "img1.png", "a file that is not an index of own"),
        (tmp_path / "c1", "a folder"),
    ):
        before = out.read_bytes() if out.is_file() else None
        said = command("index", "own", table, "--out", out)
        assert said.status == 1
        assert f"{out}: found {found}; expected a new file, or an index of own to replace." in said.err
        assert before is None or out.read_bytes() == before


def test_an_earlier_index_of_the_same_database_is_replaced(command: Command, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "index.csv"
    assert command("index", "own", table, "--out", out).status == 0
    first = out.read_bytes()
    assert command("index", "own", table, "--out", out).status == 0
    assert out.read_bytes() == first


def test_a_page_replaces_neither_the_index_nor_a_frame_nor_the_page_of_another_index(
    command: Command, table: Path, tmp_path: Path
) -> None:
    index, page = tmp_path / "i.csv", tmp_path / "check.html"
    assert command("index", "own", table, "--out", index).status == 0
    command("check", index, "--no-faces", "--html", page)
    again = page.read_bytes()
    assert again
    command("check", index, "--no-faces", "--html", page)
    assert page.read_bytes() == again, "one's own earlier page is replaced"
    shutil.copy(index, tmp_path / "j.csv")
    for of, html in (("i.csv", index), ("i.csv", tmp_path / "c1" / "img2.png"), ("j.csv", page)):
        before = html.read_bytes()
        said = command("check", tmp_path / of, "--no-faces", "--html", html)
        assert (said.status, said.out) == (1, "")
        assert f"{html}: found a file that is " in said.err
        assert html.read_bytes() == before


@pytest.mark.slow
def test_made_up_maps_replace_made_up_maps_only(command: Command, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "maps.npz"
    for subjects in ("3", "4"):
        assert command("synth-flow", out, "--subjects", subjects).status == 0
    np.savez(tmp_path / "mine.npz", flow=np.zeros(3))
    for path in (table, tmp_path / "mine.npz"):
        before = path.read_bytes()
        said = command("synth-flow", path, "--subjects", "3")
        assert said.status == 1
        assert f"{path}: found a file that is not made-up flow maps; expected a new file, or made-up" in said.err
        assert path.read_bytes() == before


def test_an_answer_replaces_no_answer_about_something_else(tmp_path: Path) -> None:
    folder = tmp_path / "face.glfnet"
    folder.mkdir()
    (folder / "result.json").write_text('{"recording": {"source": "videos/face.mp4"}}')
    check_folder(folder, tmp_path / "face.mp4")
    with pytest.raises(InputError) as caught:
        check_folder(folder, tmp_path / "face.jpg")
    assert str(caught.value) == (
        f"{folder}: found the answer about face.mp4; expected a new folder, or an earlier answer about face.jpg. "
        "Name another folder, move this one away, or force it to be replaced."
    )
    check_folder(folder, tmp_path / "face.jpg", force=True)


def test_force_replaces_an_answer_but_no_other_files_and_never_the_video_itself(tmp_path: Path) -> None:
    folder = tmp_path / "face.glfnet"
    folder.mkdir()
    (folder / "result.json").write_text('{"recording": {"source": "videos/face.mp4"}}')
    (folder / "overlay.mp4").write_bytes(b"a video")
    with pytest.raises(InputError) as caught:
        check_folder(folder, folder / "overlay.mp4", force=True)
    assert str(caught.value) == (
        f"{folder}: found a folder with the video that is read; expected a new folder, or an earlier answer about "
        "overlay.mp4. Name another folder."
    )
    (folder / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match="found a folder with other files"):
        check_folder(folder, tmp_path / "face.jpg", force=True)


def test_force_replaces_anything_but_what_is_read(command: Command, table: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a table of another program\n")
    refused = command("index", "own", table, "--out", other)
    assert "move this one away, or force it to be replaced. (On the command line: --force.)" in refused.err
    assert command("index", "own", table, "--out", other, "--force").status == 0
    assert other.read_text().startswith("database,")
    before = table.read_bytes()
    said = command("index", "own", table, "--out", table, "--force")
    assert (said.status, table.read_bytes()) == (1, before)
    assert "found a file that is also read" in said.err
    folder = command("check", other, "--no-faces", "--html", tmp_path / "c1", "--force")
    assert (folder.status, "found a folder" in folder.err) == (1, True)
    frame = tmp_path / "page.png"
    frame.write_bytes(b"somebody's picture")
    assert command("check", other, "--no-faces", "--html", frame).status == 1
    assert frame.read_bytes() == b"somebody's picture"
    command("check", other, "--no-faces", "--html", frame, "--force")
    assert frame.read_bytes().startswith(b"<!")
