"""Videos as streams of frames: what is in them, when, which way up, and what is said of broken ones."""

import socket
import weakref
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from glfnet.errors import SettingsError
from glfnet.video.stream import open_video
from made_up_videos import (
    all_frames,
    cut,
    error_text,
    flat_images,
    levels,
    noisy_images,
    turn,
    wipe_frames,
    write_sound,
    write_video,
)

MOTION_JPEG = {"codec": "mjpeg", "pixels": "yuvj420p"}


def test_frames_come_one_after_the_other_with_their_times(tmp_path: Path) -> None:
    images = noisy_images(6)
    file = write_video(tmp_path / "clip.mkv", images, pixels="bgr0")
    stream, frames = all_frames(file)
    assert (stream.source, stream.width_px, stream.height_px) == (str(file), 64, 48)
    assert (stream.nominal_fps, stream.expected_frames) == (25.0, 6)
    assert (stream.cut_short, stream.assumed_fps, stream.guessed_times) == (None, None, 0)
    assert [frame.index for frame in frames] == list(range(6))
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.2])
    for frame, image in zip(frames, images, strict=True):
        assert frame.image.dtype == np.uint8
        np.testing.assert_array_equal(frame.image, image)


@pytest.mark.parametrize(
    ("codec", "name"),
    [("mpeg4", "a.mp4"), ("mpeg4", "a.avi"), ("libx264", "a.mov"), ("libx265", "a.mkv"), ("libvpx-vp9", "a.webm")],
)
def test_every_usual_kind_of_video_is_read(tmp_path: Path, codec: str, name: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this build of FFmpeg cannot write {codec}")
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    file = write_video(tmp_path / name, flat_images(12), codec=codec, pixels="yuv420p", options=quiet)
    stream, frames = all_frames(file)
    assert (stream.nominal_fps, stream.expected_frames, stream.cut_short) == (25.0, 12, None)
    assert levels(frames) == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(12) / 25, abs=2e-3)


@pytest.mark.parametrize("threads", [1, 3])
def test_however_many_threads_decode_frames_are_the_same(tmp_path: Path, threads: int) -> None:
    file = write_video(tmp_path / "clip.mp4", noisy_images(12), codec="mpeg4", pixels="yuv420p", options={"bf": "2"})
    _, expected = all_frames(file)
    _, frames = all_frames(file, threads=threads)
    for frame, other in zip(frames, expected, strict=True):
        assert (frame.index, frame.time_s) == (other.index, other.time_s)
        np.testing.assert_array_equal(frame.image, other.image)


@pytest.mark.parametrize(
    ("size", "pixels"), [((33, 17), "yuv420p"), ((16, 16), "yuv420p"), ((64, 48), "gray"), ((64, 48), "yuv420p10le")]
)
def test_odd_sizes_grey_and_ten_bits_are_read(tmp_path: Path, size: tuple[int, int], pixels: str) -> None:
    stream, frames = all_frames(write_video(tmp_path / "clip.mkv", flat_images(3, size), pixels=pixels))
    assert (stream.width_px, stream.height_px) == size
    assert [frame.image.shape for frame in frames] == [(size[1], size[0], 3)] * 3
    assert levels(frames) == [0, 1, 2]


def test_frames_of_a_variable_rate_have_their_own_times_counted_from_the_first(tmp_path: Path) -> None:
    times_ms = [500, 533, 540, 700, 1700]
    file = write_video(tmp_path / "clip.mkv", flat_images(5), times_ms=times_ms)
    stream, frames = all_frames(file)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.033, 0.04, 0.2, 1.2])
    assert stream.guessed_times == 0


def test_given_frames_per_second_replace_the_files_times(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mkv", flat_images(3))
    stream, frames = all_frames(file, fps=200)
    assert stream.nominal_fps == 200
    assert [frame.time_s for frame in frames] == [0, 0.005, 0.01]


@pytest.mark.parametrize("options", [{}, {"bf": "2"}])
def test_frames_of_an_avi_are_evenly_spaced_in_whatever_order_they_are_stored(
    tmp_path: Path, options: dict[str, str]
) -> None:
    images = noisy_images(24)
    file = write_video(tmp_path / "clip.avi", images, codec="mpeg4", pixels="yuv420p", options=options)
    stream, frames = all_frames(file)
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(len(frames)) / 25)
    assert len(frames) == 24
    assert (stream.guessed_times > 0) == bool(options)
    assert (stream.assumed_fps, stream.cut_short) == (None, None)


# Where a file says that pixel (x, y) be shown at (a x + c y, b x + d y), and what numpy calls that.
TURNS: list[tuple[tuple[int, int, int, int], Callable[[NDArray[np.uint8]], NDArray[np.uint8]]]] = [
    ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),
    ((-1, 0, 0, -1), lambda image: np.rot90(image, 2)),
    ((0, -1, 1, 0), lambda image: np.rot90(image, 1)),
    ((-1, 0, 0, 1), lambda image: image[:, ::-1]),
    ((1, 0, 0, -1), lambda image: image[::-1]),
    ((0, 1, 1, 0), lambda image: image.transpose(1, 0, 2)),
    ((0, -1, -1, 0), lambda image: np.rot90(image, 2).transpose(1, 0, 2)),
]


@pytest.mark.parametrize(("matrix", "turned"), TURNS)
def test_frames_are_upright_and_not_mirrored(
    tmp_path: Path, matrix: tuple[int, int, int, int], turned: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    image = np.zeros((48, 64, 3), dtype=np.uint8)
    image[:24, :32], image[:24, 32:], image[24:, :32] = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    file = write_video(tmp_path / "clip.mp4", [image] * 2, codec="mpeg4", pixels="yuv420p")
    _, (stored, _) = all_frames(file)
    turn(file, matrix)
    stream, frames = all_frames(file)
    expected = turned(stored.image)
    assert (stream.height_px, stream.width_px) == expected.shape[:2]
    for frame in frames:
        assert frame.image.flags.c_contiguous
        np.testing.assert_array_equal(frame.image, expected)


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    file = write_video(
        tmp_path / "clip.mp4", flat_images(2), codec="mpeg4", pixels="yuv420p", pixel_width=Fraction(3, 2)
    )
    stream, frames = all_frames(file)
    assert (stream.width_px, stream.height_px) == (96, 48)
    assert [frame.image.shape for frame in frames] == [(48, 96, 3)] * 2


def joined(tmp_path: Path, *sizes: tuple[int, int]) -> Path:
    """Return a video of three frames of each size."""
    file = tmp_path / "joined.mjpeg"
    parts = [
        write_video(tmp_path / f"{number}.mjpeg", flat_images(3, size), container_format="mjpeg", **MOTION_JPEG)
        for number, size in enumerate(sizes)
    ]
    file.write_bytes(b"".join(part.read_bytes() for part in parts))
    return file


def test_frames_that_change_in_resolution_keep_the_size_of_the_first(tmp_path: Path) -> None:
    stream, frames = all_frames(joined(tmp_path, (64, 48), (32, 24)))
    assert [frame.image.shape for frame in frames] == [(48, 64, 3)] * 6
    assert stream.cut_short is None


def test_frames_that_change_in_shape_end_the_video(tmp_path: Path) -> None:
    stream, frames = all_frames(joined(tmp_path, (64, 48), (48, 64)))
    assert len(frames) == 3
    assert stream.cut_short == "the frames change from 64 x 48 to 48 x 64 pixels at 0.12 s"


def test_memory_keeps_no_frame_that_was_passed_on(tmp_path: Path) -> None:
    with open_video(write_video(tmp_path / "clip.mkv", flat_images(20))) as stream:
        seen = []
        for frame in stream:
            seen.append(weakref.ref(frame.image))
            del frame
            assert sum(image() is not None for image in seen) <= 1


def test_a_stream_goes_on_where_it_was_left_and_ends_when_closed(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mkv", flat_images(5))
    with open_video(file) as stream:
        assert next(iter(stream)).index == 0
        assert next(iter(stream)).index == 1
    assert list(stream) == []


def test_frames_that_cannot_be_decoded_are_left_out_and_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = write_video(tmp_path / "clip.mov", flat_images(10), **MOTION_JPEG)
    wipe_frames(file, [4, 5, 8])
    stream, frames = all_frames(file)
    assert [frame.index for frame in frames] == list(range(7))
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.12, 0.24, 0.28, 0.36])
    assert levels(frames) == [0, 1, 2, 3, 6, 7, 9]
    assert stream.cut_short == "3 frames could not be decoded, the first at about 0.16 s"
    assert capfd.readouterr() == ("", "")


def test_frames_that_the_decoder_pieced_together_are_left_out(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mp4", noisy_images(6), codec="mpeg4", pixels="yuv420p", options={"g": "1"})
    _, whole = all_frames(file)
    wipe_frames(file, [2], after=0.5)
    stream, frames = all_frames(file)
    assert stream.cut_short == "1 frame could not be decoded, the first at about 0.08 s"
    for frame, expected in zip(frames, whole[:2] + whole[3:], strict=True):
        assert frame.time_s == expected.time_s
        np.testing.assert_array_equal(frame.image, expected.image)


@pytest.mark.parametrize("sound", range(3))
@pytest.mark.parametrize("threads", [1, 4])
def test_one_sound_frame_is_found_among_damaged_ones(tmp_path: Path, sound: int, threads: int) -> None:
    file = write_video(tmp_path / "clip.mp4", flat_images(3), codec="mpeg4", pixels="yuv420p", options={"g": "1"})
    wipe_frames(file, [number for number in range(3) if number != sound])
    stream, frames = all_frames(file, threads=threads)
    assert levels(frames) == [sound]
    assert stream.cut_short is not None
    assert stream.cut_short.startswith("2 frames could not be decoded, the first at about 0.0")


def test_a_container_that_breaks_off_gives_what_stands_before(tmp_path: Path) -> None:
    file = tmp_path / "clip.y4m"  # a heading, and each frame's bytes after a line of its own
    frames = [b"FRAME\n" + bytes([level]) * 64 * 48 for level in (20, 40, 60, 80)]
    frames[2] = frames[2].replace(b"FRAME", b"ERROR")
    file.write_bytes(b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 Cmono\n" + b"".join(frames))
    stream, read = all_frames(file)
    assert len(read) == 2
    assert stream.cut_short == ("the file cannot be read further (Invalid data found when processing input) at 0.08 s")


@pytest.mark.parametrize("name", ["clip.avi", "clip.mkv", "clip.mp4"])
def test_a_file_that_ends_early_gives_what_there_is_and_tells(tmp_path: Path, name: str) -> None:
    images, sound = noisy_images(50), name == "clip.mkv"  # whose length tells nothing of the video alone
    front = {"movflags": "faststart"} if name == "clip.mp4" else {}
    file = tmp_path / name
    write_video(file, images, codec="mpeg4", pixels="yuv420p", container_options=front, sound=sound)
    stream, frames = all_frames(file)
    assert (len(frames), stream.cut_short) == (50, None)
    cut(file, 0.5)
    stream, frames = all_frames(file)
    assert 5 < len(frames) < 40
    assert stream.cut_short is not None
    assert stream.cut_short.endswith(f"the file ends at {frames[-1].time_s + 0.04:.2f} s of 2.00 s")


def test_what_is_no_video_is_told_and_nothing_else_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text, empty, sound = tmp_path / "text.mp4", tmp_path / "empty.mp4", write_sound(tmp_path / "sound.mp4")
    text.write_text("It was a bright cold day in April.\n" * 30)
    empty.touch()
    expected, again = "a video that FFmpeg reads", "Copy the file again from its source, or export it anew as MP4."
    invalid = "data that cannot be read as a video (Invalid data found when processing input)"
    assert error_text(empty) == f"/empty.mp4: found an empty file; expected {expected}. {again}"
    assert error_text(text) == f"/text.mp4: found {invalid}; expected {expected}. {again}"
    assert error_text(sound) == f"/sound.mp4: found no video stream (audio only); expected {expected}. Name a video."
    assert capfd.readouterr() == ("", "")


def test_an_mp4_that_lost_its_end_is_told_what_is_missing(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mp4", noisy_images(10), codec="mpeg4", pixels="yuv420p")
    cut(file, 0.6)
    assert error_text(file) == (
        "/clip.mp4: found data that cannot be read as a video (Invalid data found when processing input); expected a "
        "video that FFmpeg reads. MP4 and MOV keep their index at the end; an interrupted recording or copy lacks it. "
        "Copy it again."
    )


def test_a_video_whose_frames_are_all_damaged_is_an_error(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mov", flat_images(4), **MOTION_JPEG)
    wipe_frames(file, range(4))
    assert error_text(file).startswith("/clip.mov: found a video without a frame that can be decoded; expected a video")


def test_the_picture_on_the_cover_of_music_is_no_video(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "music.mp4", cover=flat_images(1)[0])
    assert error_text(file).startswith("/music.mp4: found no video stream (audio only)")


def test_a_list_of_videos_elsewhere_is_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "list.m3u8"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        place = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        file.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{place}\n#EXT-X-ENDLIST\n")
        assert error_text(file).startswith("/list.m3u8: found a playlist, which names other files")
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nprivate.mp4\n#EXT-X-ENDLIST\n",
        "\ufeff\n  #EXTM3U\n#EXTINF:10,\nprivate.mp4\n",
        "ffconcat version 1.0\nfile 'private.mp4'\n",
        '<?xml version="1.0"?>\n<MPD><BaseURL>private.mp4</BaseURL></MPD>\n',
    ],
)
@pytest.mark.parametrize("name", ["list.m3u8", "list.txt", "holiday.mp4"])
def test_a_list_of_other_files_here_is_refused(tmp_path: Path, playlist: str, name: str) -> None:
    write_video(tmp_path / "private.mp4", flat_images(4))
    file = tmp_path / name
    file.write_text(playlist, encoding="utf-8")
    assert error_text(file).startswith(f"/{name}: found a playlist, which names other files; expected a video")


def test_titles_in_another_alphabet_do_no_harm(tmp_path: Path) -> None:
    file = write_video(tmp_path / "clip.mkv", flat_images(2), title="Gesprxch")
    file.write_bytes(file.read_bytes().replace(b"Gesprxch", "Gespräch".encode("latin-1")))
    assert len(all_frames(file)[1]) == 2


def test_what_is_not_there_is_an_error_with_what_may_have_been_meant(tmp_path: Path) -> None:
    (tmp_path / "interview.mp4").touch()
    text = ": found nothing there; expected a video or a folder of pictures. "
    assert error_text(tmp_path / "intervew.mp4") == f"/intervew.mp4{text}Did you mean interview.mp4?"
    assert error_text(tmp_path / "nowhere" / "a.mp4") == f"/a.mp4{text}Check the path."


@pytest.mark.parametrize("name", ["a:b.mp4", "c%d.mp4", "d é 顔.mp4", "-i.mp4"])
def test_names_of_files_have_no_other_meaning(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "clip.mp4", flat_images(2), codec="mpeg4", pixels="yuv420p").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    stream, frames = all_frames(Path(name))
    assert (stream.source, len(frames)) == (name, 2)


def test_settings_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"fps must be a number above 0; got 0\."):
        open_video(tmp_path, fps=0)
    with pytest.raises(SettingsError, match=r"fps must be a number above 0; got nan\."):
        open_video(tmp_path, fps=float("nan"))
    with pytest.raises(SettingsError, match=r"threads must be 1 or more; got 0\."):
        open_video(tmp_path, threads=0)


@pytest.mark.slow
def test_real_videos_are_read_to_their_ends() -> None:
    media = Path(__file__).parents[3] / "shared" / "data" / "media"
    if not media.is_dir():
        pytest.skip("shared/data/media is not beside the repository")
    stream, frames = all_frames(media / "single_face.mp4")
    assert (stream.width_px, stream.height_px, stream.nominal_fps, stream.cut_short) == (640, 360, 30, None)
    assert len(frames) == stream.expected_frames
