"""Files are written whole or not at all, and nobody's files are written over."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glfnet.errors import InputError
from glfnet.files import check_free, take_parts_away, write_whole, writing_at, written_whole


def test_a_text_is_written_as_it_is_and_its_folder_made(tmp_path: Path) -> None:
    write_whole(tmp_path / "deep" / "er" / "text", "a\r\nb\nä")
    assert (tmp_path / "deep" / "er" / "text").read_bytes() == "a\r\nb\nä".encode()
    write_whole(tmp_path / "bytes", b"\x00\xff")
    assert (tmp_path / "bytes").read_bytes() == b"\x00\xff"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_place_that_cannot_be_written_is_said_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    file = tmp_path / "table.csv"
    write_whole(file, "before")

    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(InputError) as caught:
        write_whole(file, "after", "Buy a disk.")
    assert str(caught.value) == (
        f"{file}: found a place that cannot be written ({os.strerror(number)}); expected a writable one with room. "
        "Buy a disk."
    )
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_an_error_in_the_middle_of_writing_passes_and_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    write_whole(file, "before")
    with pytest.raises(TypeError), written_whole(file) as opened:
        opened.writelines([b"half", 7])  # type: ignore[list-item]
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_an_error_that_has_no_words_of_the_system_keeps_its_own() -> None:
    with pytest.raises(InputError, match=r"a place that cannot be written \(odd\)"), writing_at(Path("there")):
        raise OSError("odd")


def test_a_new_an_empty_and_a_folder_with_only_what_a_killed_run_left_are_free(tmp_path: Path) -> None:
    check_free(tmp_path / "new", "a run")
    check_free(tmp_path, "a run")
    (tmp_path / ".table.csv.7.part").touch()
    check_free(tmp_path, "a run")


def test_a_file_and_a_folder_with_other_files_are_not_free(tmp_path: Path) -> None:
    file = tmp_path / "thesis.tex"
    file.write_text("years of work")
    with pytest.raises(InputError) as caught:
        check_free(file, "a run to resume")
    assert str(caught.value) == (
        f"{file}: found a file; expected a new or empty folder, or a run to resume. Name another folder."
    )
    with pytest.raises(InputError, match="found a folder with other files; expected a new or empty folder, or a run"):
        check_free(tmp_path, "a run to resume")


def test_what_killed_processes_were_writing_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    working = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        (tmp_path / "in").mkdir()
        left = [tmp_path / f".video.mp4.{ended.pid}.part", tmp_path / "in" / f".map.npz.{os.getpid()}.part"]
        kept = [tmp_path / f".a.csv.{working.pid}.part", tmp_path / "my.1.part", tmp_path / ".notes.part"]
        for file in (*left, *kept):
            file.write_text("x")
        other = tmp_path / f".b[1].csv.{ended.pid}.part"
        other.write_text("x")
        write_whole(tmp_path / "b[1].csv", "new")  # of this file only
        assert not other.exists()
        (tmp_path / "b[1].csv").unlink()
        assert all(file.exists() for file in (*left, *kept))
        take_parts_away(tmp_path)
        assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)
    finally:
        working.communicate()
