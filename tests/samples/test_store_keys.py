import os
from pathlib import Path

import pytest

from glfnet.errors import InputError
from glfnet.samples.store import keys
from glfnet.samples.store.keys import entry_key, frames_digest, frames_stamp, settings_text


@pytest.fixture
def frames(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"img{number}.bmp" for number in (1, 2)]
    for number, file in enumerate(files):
        file.write_bytes(bytes([number]) * 10)
    return files


def test_frames_keep_their_digest_when_the_database_moves(frames: list[Path], tmp_path: Path) -> None:
    before = frames_digest(frames)
    moved = [file.rename(tmp_path / f"elsewhere-{file.name}") for file in frames]
    assert frames_digest(moved) == before


def test_other_content_another_order_or_another_frame_of_a_video_is_another_digest(frames: list[Path]) -> None:
    digests = [
        frames_digest(frames),
        frames_digest(frames[::-1]),
        frames_digest(frames, [4, 9]),
        frames_digest(frames[:1]),
    ]
    frames[1].write_bytes(b"changed")
    assert len({*digests, frames_digest(frames)}) == 5


def test_a_stamp_changes_with_the_files_and_is_empty_where_one_is_missing(frames: list[Path]) -> None:
    before = frames_stamp(frames)
    assert before == frames_stamp(frames)
    assert before != frames_stamp(frames, [4, 9])
    os.utime(frames[0], ns=(1, 1))
    assert frames_stamp(frames) not in ("", before)
    frames[0].unlink()
    assert frames_stamp(frames) == ""


def test_a_key_depends_on_frames_settings_and_versions_and_not_on_the_order_of_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {"crop": "wide", "method": "tvl1"}
    key = entry_key("digest", settings)
    assert key == entry_key("digest", dict(reversed(settings.items())))
    other = [entry_key("another", settings), entry_key("digest", settings | {"method": "dis"})]
    monkeypatch.setattr(keys, "library_versions", lambda: {"opencv": "0.0"})
    assert len({key, *other, entry_key("digest", settings)}) == 4


def test_equal_settings_are_one_text() -> None:
    assert settings_text({"b": 1, "a": "x"}) == settings_text({"a": "x", "b": 1}) == '{"a": "x", "b": 1}'


def test_a_missing_frame_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"img7\.bmp: found no readable file \(No such file.*\); expected a frame\."):
        frames_digest([tmp_path / "img7.bmp"])
