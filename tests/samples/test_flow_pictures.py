"""Flow maps kept as pictures."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from glfnet.errors import InputError
from glfnet.samples.flow_pictures import FlowPicture, odd_sizes, read_flow_picture, unit_map


def test_channels_are_red_green_blue_and_rows_come_first(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "map.png")
    picture = read_flow_picture(tmp_path / "map.png")
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.size == (5, 7)


def test_a_missing_file_is_named_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_flow_picture(tmp_path / "no.png", 4)
    assert str(caught.value) == (
        f"{tmp_path / 'no.png'}, row 4: found no readable file (No such file or directory); "
        "expected an RGB picture (u, v, strain). Check the name and the permissions."
    )


@pytest.mark.parametrize(("name", "why"), [("x" * 300, "File name too long"), ("a\x00b.png", "embedded null byte")])
def test_a_name_that_no_file_can_have_is_named_like_a_missing_file(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(InputError, match=rf"row 4: found no readable file \({why}\); expected an RGB picture"):
        read_flow_picture(tmp_path / name, 4)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1", "I;16"])
def test_a_picture_without_three_channels_is_refused(tmp_path: Path, mode: str) -> None:
    Image.new(mode, (8, 8)).save(tmp_path / "map.png")
    with pytest.raises(InputError, match=rf"map\.png: found a picture of mode {mode}; expected an RGB picture"):
        read_flow_picture(tmp_path / "map.png")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.slow
def test_a_damaged_png_is_refused_and_never_read_as_another_map(tmp_path: Path, data: st.DataObject) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "map.png")
    whole = bytearray((tmp_path / "map.png").read_bytes())
    place = data.draw(st.integers(0, len(whole) - 13))  # the last 12 bytes, the end mark, hold nothing
    if data.draw(st.booleans(), label="cut off, not flipped"):
        del whole[place:]
    else:
        whole[place] ^= data.draw(st.integers(1, 255))
    (tmp_path / "bad.png").write_bytes(whole)
    with pytest.raises(InputError, match="found an unreadable picture"):
        read_flow_picture(tmp_path / "bad.png")


def test_text_under_the_name_of_a_picture_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "map.png").write_text("not a picture")
    remedy = r"Copy the file again from its source\."
    with pytest.raises(InputError, match=rf"map\.png: found an unreadable picture; expected an RGB picture.*{remedy}$"):
        read_flow_picture(tmp_path / "map.png")


def test_the_size_of_most_pictures_is_the_expected_one() -> None:
    shapes = [(8, 8), (8, 9), (8, 8)]
    pictures = [
        FlowPicture(path=Path(f"{i}.png"), row=None, pixels=np.zeros((*s, 3), dtype=np.uint8))
        for i, s in enumerate(shapes)
    ]
    assert [str(p) for p in odd_sizes(pictures)] == [
        "1.png: found 8 x 9 pixels; expected 8 x 8, as 2 of 3 pictures have. Make all flow maps with one size."
    ]
    assert odd_sizes(pictures[:1]) == []


def test_eight_bits_become_zero_to_one_with_channels_first() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    unit = unit_map(pixels)
    assert unit.shape == (3, 2, 3)
    assert unit[2, 1, 0] == np.float32(pixels[1, 0, 2]) / np.float32(255)
    assert unit_map(np.full((1, 1, 3), 255, dtype=np.uint8)).max() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
def test_a_pipe_under_the_name_of_a_picture_is_refused_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png: found a pipe or a device; expected an RGB picture"):
        read_flow_picture(tmp_path / "a.png")
