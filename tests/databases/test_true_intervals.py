from dataclasses import replace
from pathlib import Path

import pytest

from glfnet.databases.long_videos.interval_row import IntervalRow
from glfnet.databases.long_videos.interval_table import write_intervals
from glfnet.databases.long_videos.long_video import TrueInterval, read_long_videos
from glfnet.errors import InputError
from glfnet.labels import MACRO, MICRO
from glfnet.samples.subjects import SubjectId
from glfnet.video.stream import open_video
from made_up_databases import make_frames

ROW = IntervalRow(
    subject=SubjectId("samm_long", "006"), video="006_1", interval="006_1_2", kind=MICRO, emotion="Anger",
    frames=Path("006_1"), onset_frame=3, apex_frame=5, offset_frame=7, fps=200.0, action_units="4",
)  # fmt: skip


def index_of(tmp_path: Path, *rows: IntervalRow) -> Path:
    write_intervals(tmp_path / "index.csv", [replace(row, frames=tmp_path / row.frames) for row in rows])
    return tmp_path / "index.csv"


def pictures(tmp_path: Path, *numbers: int) -> None:
    make_frames(tmp_path / "006_1", [f"006_1_{number:04d}.jpg" for number in numbers])


def test_numbers_become_positions_among_the_pictures_that_are_there(tmp_path: Path) -> None:
    pictures(tmp_path, 1, 2, 3, 5, 6, 7, 8)  # no frame 4, and so one position less from there on
    (video,) = read_long_videos(index_of(tmp_path, ROW))
    assert (video.video_id, video.path, video.fps) == ("samm_long/006/006_1", tmp_path / "006_1", 200.0)
    assert video.intervals == (
        TrueInterval(
            name="006_1_2", kind=MICRO, onset_index=2, apex_index=3, offset_index=5, emotion="Anger", action_units="4"
        ),
    )
    with open_video(video.path, fps=video.fps) as stream:
        names = sorted(path.name for path in video.path.iterdir())
        assert [frame.index for frame in stream] == list(range(7))
    assert [names[i] for i in (2, 3, 5)] == ["006_1_0003.jpg", "006_1_0005.jpg", "006_1_0007.jpg"]


def test_the_intervals_of_a_video_come_together_in_the_order_of_their_onsets(tmp_path: Path) -> None:
    pictures(tmp_path, *range(1, 9))
    macro = replace(ROW, interval="006_1_1", kind=MACRO, onset_frame=1, apex_frame=None, offset_frame=8)
    other = IntervalRow(subject=ROW.subject, video="006_0", frames=ROW.frames, fps=200.0)
    first, second = read_long_videos(index_of(tmp_path, ROW, other, macro))
    assert (first.video, first.intervals) == ("006_0", ())
    assert [(i.name, i.onset_index, i.apex_index, i.offset_index) for i in second.intervals] == [
        ("006_1_1", 0, None, 7),
        ("006_1_2", 2, 4, 6),
    ]


def test_a_movement_without_an_offset_ends_with_its_apex_and_one_from_frame_zero_begins_with_the_video(
    tmp_path: Path,
) -> None:
    pictures(tmp_path, *range(1, 9))
    (video,) = read_long_videos(index_of(tmp_path, replace(ROW, onset_frame=0, offset_frame=None)))
    assert [(i.onset_index, i.apex_index, i.offset_index) for i in video.intervals] == [(0, 4, 4)]


def test_frame_zero_is_itself_where_pictures_begin_with_it(tmp_path: Path) -> None:
    pictures(tmp_path, *range(9))
    (video,) = read_long_videos(index_of(tmp_path, replace(ROW, onset_frame=1)))
    assert video.intervals[0].onset_index == 1


def test_in_a_file_positions_count_from_the_number_of_its_first_frame(tmp_path: Path) -> None:
    (tmp_path / "a.avi").write_bytes(b"")
    for first, expected in ((1, (2, 4, 6)), (0, (3, 5, 7)), (None, (3, 5, 7))):
        (video,) = read_long_videos(index_of(tmp_path, replace(ROW, frames=Path("a.avi"), first_frame=first)))
        (interval,) = video.intervals
        assert (interval.onset_index, interval.apex_index, interval.offset_index) == expected


def test_what_the_index_excludes_is_told_and_not_among_the_intervals(tmp_path: Path) -> None:
    pictures(tmp_path, *range(1, 9))
    gone = replace(ROW, video="006_2", interval="006_2_1", frames=Path("nowhere"), excluded="no frames: none")
    faulty = replace(ROW, interval="006_1_3", excluded="not a movement")
    first, second = read_long_videos(index_of(tmp_path, ROW, faulty, gone))
    assert [interval.name for interval in first.intervals] == ["006_1_2"]
    assert first.left_out == ("samm_long/006/006_1_3 is excluded: not a movement.",)
    assert (first.excluded, second.excluded, second.intervals) == ("", "no frames: none", ())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"offset_frame": 9}, r"samm_long/006/006_1_2 with frame 9, which is not in .*006_1; expected frames from 1 "
         r"to 8, as they are there\. Say in the column excluded"),
        ({"apex_frame": 4}, "006_1_2 with frame 4, which is not in"),
        ({"apex_frame": 2}, "with onset 3, apex 2, offset 7; expected onset <= apex <= offset, and one of the"),
        ({"apex_frame": None, "offset_frame": None}, "with onset 3, apex None, offset None; expected onset <= apex"),
    ],
)  # fmt: skip
def test_frames_that_are_not_in_the_video_are_an_error(
    tmp_path: Path, changed: dict[str, int | None], sentence: str
) -> None:
    pictures(tmp_path, 1, 2, 3, 5, 6, 7, 8)
    with pytest.raises(InputError, match=sentence):
        read_long_videos(index_of(tmp_path, replace(ROW, **changed)))  # type: ignore[arg-type]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    pictures(tmp_path, *range(1, 9))
    late = replace(ROW, interval="006_1_3", offset_frame=20)
    gone = replace(ROW, video="006_2", frames=Path("nowhere"))
    slow = replace(ROW, video="006_3"), replace(ROW, video="006_3", fps=30.0)
    with pytest.raises(InputError, match="found 3 problems") as caught:
        read_long_videos(index_of(tmp_path, late, gone, *slow))
    assert "006_3 with different frames, fps or first_frame in its 2 rows" in str(caught.value)
    assert "nowhere: found no readable folder" in str(caught.value)


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "006_1").mkdir()
    with pytest.raises(InputError, match="006_1: found a folder without numbered pictures; expected one picture a fra"):
        read_long_videos(index_of(tmp_path, ROW))
