"""A table of clips beside pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glfnet.errors import InputError
from glfnet.samples.flow_csv import read_flow_csv

HEADER = "subject,clip,emotion,image"
TABLE = (
    "expected a CSV table with columns subject, clip, emotion, image and, if need be, database. "
    "Correct the table: one line a clip, cells separated by commas or semicolons."
)


def write_images(folder: Path, *names: str, size: tuple[int, int] = (8, 8)) -> None:
    folder.mkdir(exist_ok=True, parents=True)
    for number, name in enumerate(names):
        pixels = np.random.default_rng(number).integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)


def write_table(folder: Path, *lines: str) -> Path:
    path = folder / "clips.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_flow_csv(path)
    return str(caught.value)


def test_clips_get_their_names_emotions_and_pixels(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png")
    path = write_table(tmp_path, HEADER, "sub1,EP01,disgust,b.png", "s3,s3_ne_01,negative,a.png")
    data = read_flow_csv(path)
    assert [(s.sample_id, s.emotion, s.source) for s in data.samples] == [
        ("casme2/sub01/EP01", "disgust", "clips.csv, row 2"),
        ("smic/s03/s03_ne_01", "negative", "clips.csv, row 3"),
    ]
    expected = np.asarray(Image.open(tmp_path / "b.png")).transpose(2, 0, 1)
    np.testing.assert_array_equal(np.round(data.maps[0] * 255), expected)


def test_images_may_lie_in_another_folder(tmp_path: Path) -> None:
    write_images(tmp_path / "maps", "a.png")
    path = write_table(tmp_path, HEADER, "sub01,EP01,disgust,a.png")
    assert len(read_flow_csv(path, images=tmp_path / "maps")) == 1


def test_the_database_comes_from_the_table_then_the_argument_then_the_name(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png")
    lines = (f"{HEADER},database", "sub01,c1,x,a.png,own", "sub02,c1,x,b.png,")
    path = write_table(tmp_path, *lines)
    assert [str(s.subject) for s in read_flow_csv(path).samples] == ["casme2/sub02", "own/sub01"]
    assert [str(s.subject) for s in read_flow_csv(path, database="lab").samples] == ["lab/sub02", "own/sub01"]


def test_a_spreadsheets_mark_blank_lines_other_columns_and_order_change_nothing(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png")
    plain = read_flow_csv(write_table(tmp_path, HEADER, "sub01,EP01,disgust,a.png")).digest()
    other = write_table(tmp_path, "\ufeffimage, emotion,note,clip,subject", "", "a.png,disgust,hm,EP01 , sub01", ",,,,")
    assert read_flow_csv(other).digest() == plain


def test_words_that_other_readers_take_for_nothing_stay_words(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png")
    path = write_table(tmp_path, f"{HEADER},database", "NA,null,None,a.png,nan")
    (sample,) = read_flow_csv(path).samples
    assert (sample.sample_id, sample.emotion) == ("nan/NA/null", "None")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write_table(tmp_path, "subject|clip|emotion|image", "a|b|c|d")
    assert error_of(path) == f"{path}, row 1: found no column subject, clip, emotion, image; {TABLE}"


def test_a_column_that_occurs_twice_is_named(tmp_path: Path) -> None:
    path = write_table(tmp_path, f"{HEADER},clip", "a,b,c,d,e")
    assert error_of(path) == f"{path}, row 1: found column clip twice; {TABLE}"


def test_a_table_without_clips_is_an_error(tmp_path: Path) -> None:
    path = write_table(tmp_path, HEADER)
    assert error_of(path) == f"{path}: found no clips; {TABLE}"


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    path = write_table(tmp_path)
    assert error_of(path) == f"{path}, row 1: found no column subject, clip, emotion, image; {TABLE}"


def test_a_missing_table_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "no.csv"
    assert error_of(path) == f"{path}: found no readable table (No such file or directory); {TABLE}"


def test_text_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "clips.csv"
    path.write_bytes(HEADER.encode() + b"\nM\xfcller,c1,x,a.png\n")
    assert error_of(path) == f"{path}: found no readable table (text that is not UTF-8, or no text); {TABLE}"


def test_an_open_quote_is_an_error(tmp_path: Path) -> None:
    path = write_table(tmp_path, HEADER, 'sub01,"EP01,x,a.png')
    assert error_of(path) == (
        f"{path}: found no readable table (text that is not CSV: quotation marks that do not close, or a cell without "
        f"end); {TABLE}"
    )


def test_every_bad_row_is_listed_at_once(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png")
    write_images(tmp_path, "large.png", size=(9, 9))
    path = write_table(
        tmp_path,
        HEADER,
        "sub01,EP01,disgust,a.png",
        "sub01,EP02,,b.png",
        "",
        "sub01,EP03,disgust",
        "anna,EP04,disgust,b.png",
        "sub01,EP05,disgust,no.png",
        "sub01,EP06,disgust,large.png",
        "sub01,EP07,disgust,b.png",
        "sub01,EP01,disgust,c.png",
    )
    lines = error_of(path).splitlines()
    assert lines[0] == f"{path}: found 6 problems; expected none. Nothing was read; correct these first:"
    assert sorted(lines[1:]) == sorted(
        [
            f"  {path}, row 3: found nothing in column emotion; {TABLE}",
            f"  {path}, row 5: found 3 cells under 4 columns; {TABLE}",
            f"  {path}, row 6: found subject 'anna', from which no database can be inferred; expected sub12 "
            "(CASME II), s12 (SMIC), 012 (SAMM), or a column `database`. Add the column and name the database in it.",
            f"  {tmp_path / 'no.png'}, row 7: found no readable file (No such file or directory); "
            "expected an RGB picture (u, v, strain). Check the name and the permissions.",
            f"  {tmp_path / 'large.png'}, row 8: found 9 x 9 pixels; expected 8 x 8, as 3 of 4 pictures have. "
            "Make all flow maps with one size.",
            f"  {path}: found clip casme2/sub01/EP01 2 times (clips.csv, row 2, clips.csv, row 10); "
            "expected each clip once. Keep one of them, or name the clips apart.",
        ]
    )
