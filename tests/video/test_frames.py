"""Frames by their numbers, out of folders and videos."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from glfnet.errors import InputError
from glfnet.video.frames import find_frames
from made_up_videos import flat_images, noisy_images, turn, wipe_frames, write_grey_frames, write_video


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_grey_frames(tmp_path / "clip")


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Return a video of frames 0 to 11, as above but every frame red."""
    file = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 50, (32, 16))
    for number in range(12):
        frame = np.zeros((16, 32, 3), dtype=np.uint8)
        frame[..., 2] = 20 * number  # OpenCV has blue first
        writer.write(frame)
    writer.release()
    return file


def test_frames_of_a_folder_are_those_of_their_numbers_and_not_of_their_order_by_name(folder: Path) -> None:
    frames = list(find_frames(folder, (11, 9)).read())
    assert [frame.shape for frame in frames] == [(4, 6, 3)] * 2
    assert [int(frame[0, 0, 0]) for frame in frames] == [90, 110]


def test_frames_of_a_video_count_from_zero_and_are_red_green_blue(video: Path) -> None:
    found = find_frames(video, (0, 5, 11))
    assert (found.is_video, found.files, found.video_numbers) == (True, (video,), (0, 5, 11))
    for number, frame in zip((0, 5, 11), found.read(), strict=True):
        assert frame.shape == (16, 32, 3)
        np.testing.assert_allclose(frame.mean(axis=(0, 1)), (20 * number, 0, 0), atol=4)


def test_frames_of_a_video_are_those_that_opencv_reads(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mp4", noisy_images(12, (65, 49)), codec="mpeg4", pixels="yuv420p")
    turn(file, (0, 1, -1, 0))
    other = cv2.VideoCapture(str(file))
    for frame in find_frames(file, range(12)).read():
        np.testing.assert_allclose(frame[..., ::-1].astype(int), other.read()[1], atol=2)


def test_frames_after_a_damaged_one_are_not_given_the_numbers_of_others(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mov", flat_images(10), codec="mjpeg", pixels="yuvj420p")
    wipe_frames(file, [5])
    assert len(list(find_frames(file, (0, 4)).read())) == 2
    with pytest.raises(InputError, match="found a video that cannot be read, or not beyond its first 5 frames"):
        list(find_frames(file, (8,)).read())


def test_missing_frames_are_named(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_frames(folder, range(8, 18))
    wanted = f"{folder}: found no frame 12, 13, 14, 15, 16 and 1 more; expected 10 frames from 8 to 17. "
    assert str(caught.value) == wanted + "Copy the missing frames from their source, or correct the index."


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: found no readable folder"):
        find_frames(tmp_path / "nowhere", (1, 2))


@pytest.mark.parametrize(("name", "why"), [("x" * 300, "File name too long"), ("a\x00b", "embedded null byte")])
def test_a_name_that_no_folder_can_have_is_an_error(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(InputError, match=rf"found no readable folder \({why}\); expected a folder with one picture"):
        find_frames(tmp_path / name, [1])


def test_a_cut_picture_is_unreadable(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "img20.jpg")
    (folder / "img20.jpg").write_bytes((folder / "img20.jpg").read_bytes()[:2000])
    (folder / "img21.png").write_bytes(b"")
    for number in (20, 21):
        with pytest.raises(InputError) as caught:
            list(find_frames(folder, (number,)).read())
        assert caught.value.file.name.startswith(f"img{number}.")
        assert caught.value.found.startswith("an unreadable picture (")
        assert str(folder) not in caught.value.found


def test_sixteen_bits_are_refused_rather_than_cut_off(folder: Path) -> None:
    Image.fromarray(np.full((4, 6), 4000, dtype=np.uint16)).save(folder / "img30.png")
    with pytest.raises(InputError, match="found a picture of mode I;16; expected a frame of 8 bits a channel"):
        list(find_frames(folder, (30,)).read())


def test_a_video_that_is_too_short_is_an_error(video: Path) -> None:
    frames = find_frames(video, (11, 12)).read()
    next(frames)
    with pytest.raises(InputError) as caught:
        next(frames)
    assert caught.value.found == "a video that cannot be read, or not beyond its first 12 frames"
    assert caught.value.expected == "frame 12, from 0"


def test_what_is_no_video_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "clip.avi"
    file.write_bytes(b"no video")
    with pytest.raises(InputError, match="found a video that cannot be read, or not beyond its first 0 frames"):
        list(find_frames(file, (3,)).read())
