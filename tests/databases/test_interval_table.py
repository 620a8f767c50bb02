from dataclasses import replace
from pathlib import Path

import pytest

from glfnet.databases.index_table import read_index
from glfnet.databases.long_videos.interval_row import IntervalRow
from glfnet.databases.long_videos.interval_table import COLUMNS, is_long_index_of, read_intervals, write_intervals
from glfnet.databases.prepare import read_clips
from glfnet.errors import InputError
from glfnet.labels import MACRO, MICRO
from glfnet.samples.read import read_flow_set
from glfnet.samples.subjects import SubjectId

FULL = IntervalRow(
    subject=SubjectId("samm_long", "006"), video="006_1", interval="006_1_2", kind=MICRO, emotion='Anger, "very"',
    frames=Path("/data/006_1"), first_frame=1, onset_frame=5, apex_frame=8, offset_frame=None, fps=200.0,
    action_units="=4+7", layout="cropped", row=15, excluded="no frames",
)  # fmt: skip
BARE = IntervalRow(subject=SubjectId("casme_sq", "s15"), video="15_0101", frames=Path("/data/15_0101"), fps=30.0)
HEADER = ",".join(COLUMNS)
CELLS = ("samm_long", "006", "006_1", "006_1_2", MACRO, "", "f", "", "1", "", "9", "200", "4+7", "raw", "15", "")


def row(**changed: str) -> str:
    cells = dict(zip(COLUMNS, CELLS, strict=True)) | changed
    return f"{HEADER}\n{','.join(cells.values())}\n"


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_intervals(tmp_path / "new" / "index.csv", [FULL, BARE])
    assert read_intervals(tmp_path / "new" / "index.csv") == [FULL, BARE]


def test_frames_below_the_index_move_with_it(tmp_path: Path) -> None:
    write_intervals(tmp_path / "here/a.csv", [replace(FULL, frames=tmp_path / "here/SAMM/006_1")])
    assert ",SAMM/006_1," in (tmp_path / "here/a.csv").read_text(encoding="utf-8")
    (tmp_path / "here").rename(tmp_path / "there")
    assert read_intervals(tmp_path / "there/a.csv")[0].frames == tmp_path / "there/SAMM/006_1"


def test_an_index_that_a_spreadsheet_program_saved_again_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(row(subject="6", onset_frame="1.0").replace(",", ";"), encoding="utf-8-sig")
    (read,) = read_intervals(path)
    assert (read.video_id, read.onset_frame, read.offset_frame) == ("samm_long/006/006_1", 1, 9)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"subject": ""}, "row 2: found nothing in column subject"),
        ({"onset_frame": ""}, "row 2: found nothing in column onset_frame"),
        ({"kind": "micro"}, "found 'micro' in column kind; expected micro_expression or macro_expression, or nothing"),
        ({"fps": "0"}, "found '0' in column fps"),
        ({"offset_frame": "1.5"}, "found '1.5' in column offset_frame; expected an index as"),
    ],
)
def test_a_row_that_no_interval_can_be_is_refused_by_name(
    tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(row(**changed))
    with pytest.raises(InputError, match=sentence):
        read_intervals(path)


def test_a_column_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("database,subject,video\n")
    with pytest.raises(InputError, match="row 1: found no column kind, frames, onset_frame, offset_frame, fps"):
        read_intervals(tmp_path / "a.csv")


def test_nobody_who_wants_clips_takes_an_index_of_long_videos_and_the_other_way_round(tmp_path: Path) -> None:
    write_intervals(tmp_path / "long.csv", [FULL])
    for read, expected in (
        (read_index, "expected an index of clips, as `glfnet index` writes it"),
        (lambda path: read_clips([path]), "expected an index of clips"),
        (read_flow_set, "expected"),
    ):
        with pytest.raises(InputError, match=f"long.csv: found an index of long videos; {expected}") as caught:
            read(tmp_path / "long.csv")
        assert "flow maps are made from the index of a database of clips" in str(caught.value)
    (tmp_path / "clips.csv").write_text("database,subject,clip,emotion,frames,onset_frame\n")
    with pytest.raises(InputError, match="found an index of clips; expected an index of long videos"):
        read_intervals(tmp_path / "clips.csv")


def test_an_index_is_known_again_by_its_databases(tmp_path: Path) -> None:
    write_intervals(tmp_path / "a.csv", [FULL])
    assert is_long_index_of(tmp_path / "a.csv", ["samm_long"])
    assert not is_long_index_of(tmp_path / "a.csv", ["casme_sq"])
    (tmp_path / "b.csv").write_text('"')
    assert not is_long_index_of(tmp_path / "b.csv", ["samm_long"])
