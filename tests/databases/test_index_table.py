from dataclasses import replace
from pathlib import Path

import pytest

from glfnet.databases.clip import Clip
from glfnet.databases.index_table import COLUMNS, is_index_of, read_index, write_index
from glfnet.errors import InputError
from glfnet.samples.subjects import SubjectId

FULL = Clip(
    subject=SubjectId("samm", "006"), clip="006_1_2", emotion='Anger, "very"', frames=Path("/data/SAMM/006/006_1_2"),
    onset_frame=5562, apex_frame=5588, offset_frame=5632, apex_estimated=True, fps=200.0,
    action_units="(R6 or R12)+R15", layout="cropped", row=15, excluded="no face",
)  # fmt: skip
BARE = Clip(
    subject=SubjectId("own", "Zoë"), clip="c,1", emotion="joy", frames=Path("/data/own"), onset_frame=0,
    apex_frame=None, offset_frame=None, fps=0.0,
)  # fmt: skip

SAMM_CELLS = ("samm", "006", "006_1_2", "Anger", "f", "1", "2", "3", "false", "200", "4+7", "raw", "15", "")


def row(**changed: str) -> str:
    cells = (
        dict(
            zip(
                COLUMNS,
                SAMM_CELLS,
                strict=True,
            )
        )
        | changed
    )
    return ",".join(COLUMNS) + "\n" + ",".join(cells.values()) + "\n"


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    write_index(tmp_path / "new" / "index.csv", [FULL, BARE])
    assert read_index(tmp_path / "new" / "index.csv") == [FULL, BARE]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["index.csv"]


def test_frames_below_the_index_move_with_it(tmp_path: Path) -> None:
    frames = tmp_path / "here" / "SAMM" / "006"
    clip = Clip(subject=FULL.subject, clip="a", emotion="Anger", frames=frames, onset_frame=1, apex_frame=2, offset_frame=3, fps=200)  # fmt: skip  # noqa: E501
    write_index(tmp_path / "here" / "samm.csv", [clip])
    assert ",SAMM/006,1,2,3," in (tmp_path / "here" / "samm.csv").read_text(encoding="utf-8")
    (tmp_path / "here").rename(tmp_path / "there")
    assert read_index(tmp_path / "there" / "samm.csv")[0].frames == tmp_path / "there" / "SAMM" / "006"


def test_an_index_that_a_spreadsheet_program_saved_again_is_read(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text(row(subject="6", onset_frame="1.0", apex_frame="", apex_estimated="FALSE"), encoding="utf-8-sig")
    (clip,) = read_index(path)
    assert (clip.sample_id, clip.onset_frame, clip.apex_frame) == ("samm/006/006_1_2", 1, None)


def test_an_index_that_a_european_spreadsheet_program_saved_again_is_read_and_may_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text(row().replace(",", ";"), encoding="utf-8-sig")
    assert [clip.sample_id for clip in read_index(path)] == ["samm/006/006_1_2"]
    assert is_index_of(path, ["samm"])
    assert not is_index_of(path, ["casme2"])


def test_columns_and_cells_that_would_be_lost_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text(row().replace("action_units", "subject"), encoding="utf-8")
    with pytest.raises(InputError, match=r"row 1: found column subject twice;"):
        read_index(path)
    path.write_text(row(action_units="4,7"), encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2: found 15 cells under 14 headings;"):
        read_index(path)


def test_names_that_look_like_formulas_are_none_in_a_spreadsheet_and_come_back_as_they_were(tmp_path: Path) -> None:
    clip = replace(BARE, subject=SubjectId("own", "=HYPERLINK(1)"), clip="@c", emotion="+joy", action_units="-4+7")
    path = tmp_path / "index.csv"
    write_index(path, [clip])
    assert "own,'=HYPERLINK(1),'@c,'+joy," in path.read_text(encoding="utf-8")
    assert read_index(path) == [clip]


def test_a_failed_write_leaves_the_old_index_whole(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    write_index(path, [FULL])
    before = path.read_bytes()

    def broken() -> "object":
        yield BARE
        raise RuntimeError("pulled the plug")

    with pytest.raises(RuntimeError, match="pulled the plug"):
        write_index(path, broken())  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["index.csv"]


def test_faulty_order_and_repeated_clips_are_left_to_the_data_doctor(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text(row(apex_frame="99") + row(apex_frame="99").splitlines()[1] + "\n", encoding="utf-8")
    assert [clip.apex_frame for clip in read_index(path)] == [99, 99]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"subject": ""}, "row 2: found nothing in column subject;"),
        ({"onset_frame": ""}, "row 2: found nothing in column onset_frame;"),
        ({"onset_frame": "soon"}, "row 2: found 'soon' in column onset_frame;"),
        ({"offset_frame": "3.5"}, "row 2: found '3.5' in column offset_frame;"),
        ({"apex_frame": "-4"}, "row 2: found '-4' in column apex_frame;"),
        ({"fps": "nan"}, "row 2: found 'nan' in column fps;"),
        ({"apex_estimated": "perhaps"}, "row 2: found 'perhaps' in column apex_estimated;"),
    ],
)
def test_a_cell_that_no_clip_can_hold_is_refused_by_file_and_row(
    tmp_path: Path, changed: dict[str, str], found: str
) -> None:
    path = tmp_path / "index.csv"
    path.write_text(row(**changed), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_index(path)
    assert f"index.csv, {found}" in str(caught.value)
    assert "Correct the row, or make the index again." in str(caught.value)


def test_a_missing_column_and_a_missing_file_are_named(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    with pytest.raises(InputError, match=r"index\.csv: found nothing there; expected an index of clips, as"):
        read_index(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"index.csv: found no readable table \(text that is not UTF-8, or no text\);"):
        read_index(path)
    path.write_text("database,subject,clip\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 1: found no column emotion, frames, onset_frame"):
        read_index(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="found a place that cannot be written"):
        write_index(tmp_path / "file" / "index.csv", [FULL])
