"""Folders of pictures as streams."""

from pathlib import Path

import pytest
from PIL import Image

from glfnet.errors import InputError
from glfnet.video.stream import open_video
from made_up_videos import all_frames, error_text, levels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with frames 8 to 11; the grey level of a frame is ten times its number."""
    made = tmp_path / "clip"
    made.mkdir()
    for number in range(8, 12):
        Image.new("L", (6, 4), 10 * number).save(made / f"img{number}.png")
    return made


def test_a_folder_gives_its_pictures_in_the_order_of_their_numbers(folder: Path) -> None:
    stream, frames = all_frames(folder, fps=200)
    assert (stream.source, stream.width_px, stream.height_px) == (str(folder), 6, 4)
    assert (stream.nominal_fps, stream.expected_frames, stream.cut_short) == (200, 4, None)
    assert (stream.assumed_fps, stream.guessed_times) == (None, 0)
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert levels(frames) == [8, 9, 10, 11]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.005, 0.01, 0.015])


def test_without_frames_per_second_a_folder_assumes_thirty_and_tells(folder: Path) -> None:
    stream, frames = all_frames(folder)
    assert (stream.nominal_fps, stream.assumed_fps, stream.guessed_times) == (None, 30.0, 4)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 1 / 30, 2 / 30, 0.1])


def test_a_number_left_out_leaves_a_gap_in_time(folder: Path) -> None:
    (folder / "img10.png").unlink()
    _, frames = all_frames(folder, fps=10)
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.3])


def test_numbers_that_go_up_by_more_than_one_are_still_one_frame_apart(folder: Path) -> None:
    for number in (8, 9, 10, 11):
        (folder / f"img{number}.png").rename(folder / f"at{number * 5}.png")
    _, frames = all_frames(folder, fps=10)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3])


def test_one_picture_is_a_folder_of_frames_too(folder: Path) -> None:
    for number in (9, 10, 11):
        (folder / f"img{number}.png").unlink()
    _, frames = all_frames(folder, fps=10)
    assert [(frame.index, frame.time_s) for frame in frames] == [(0, 0.0)]


def test_pictures_are_turned_as_their_cameras_say(folder: Path) -> None:
    for number in range(8, 12):
        image = Image.new("L", (6, 4), 0)
        image.putpixel((0, 0), 255)
        exif = Image.Exif()
        exif[0x0112] = 6  # a quarter turn clockwise
        image.save(folder / f"img{number}.png", exif=exif)
    stream, frames = all_frames(folder, fps=10)
    assert (stream.width_px, stream.height_px) == (4, 6)
    assert frames[0].image[0, 3, 0] == 255


def test_pictures_of_mixed_sizes_are_an_error_that_names_the_first_odd_one(folder: Path) -> None:
    Image.new("L", (5, 4)).save(folder / "img10.png")
    assert error_text(folder / "img10.png", of=folder) == (
        "/img10.png: found a picture of 5 x 4 pixels; expected 6 x 4, as the first picture of the folder has. Keep the "
        "frames of one recording, all of one size, in a folder of their own."
    )


def test_an_unreadable_picture_in_the_middle_is_an_error_that_names_it(folder: Path) -> None:
    (folder / "img10.png").write_bytes(b"no picture")
    with open_video(folder, fps=25) as stream:
        assert [next(iter(stream)).index for _ in range(2)] == [0, 1]
        with pytest.raises(InputError, match=r"img10.png: found an unreadable picture"):
            next(iter(stream))


def test_a_folder_without_numbered_pictures_is_an_error(tmp_path: Path) -> None:
    made = tmp_path / "folder"
    made.mkdir()
    expected = (
        "expected pictures whose names end with their frame number, such as img1.jpg, img2.jpg. Name the folder with "
        "the pictures themselves, or a video."
    )
    assert error_text(made) == f"/folder: found an empty folder; {expected}"
    for name in ("a.jpg", "b.txt", "c", "d", ".hidden"):
        (made / name).touch()
    assert error_text(made) == f"/folder: found no frames, only a.jpg, b.txt, c and 1 more; {expected}"
