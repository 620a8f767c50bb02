"""Lines of a CSV file keep their numbers."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glfnet.samples.csv_lines import csv_text, is_formula, read_csv_lines


def test_lines_keep_their_number_in_the_file_past_blank_lines_and_cells_of_several_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes('\ufeffname, word\r\n\r\n , \r\n a ,"b\r\nc"\r\nd,é\r\n'.encode())
    assert read_csv_lines(file) == [(1, ["name", "word"]), (5, ["a", "b\r\nc"]), (6, ["d", "é"])]


@pytest.mark.parametrize(
    ("content", "error"), [(b"a,\xff\n", UnicodeDecodeError), (b'a,"b"c\n', csv.Error), (None, FileNotFoundError)]
)
def test_what_is_no_csv_is_an_error(tmp_path: Path, content: bytes | None, error: type[Exception]) -> None:
    if content is not None:
        (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(error):
        read_csv_lines(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "text", ["=1+1", "+a", "-a", "@a", "-1+2", "=", "-", "'-a", "\t=a", "+4+R10", "-5", "+.5", "a=1", ""]
)
def test_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe_that_reading_takes_away(
    tmp_path: Path, text: str
) -> None:
    written = csv_text([["name", "n"], [text, -1]])
    (tmp_path / "a.csv").write_text(written, encoding="utf-8", newline="")
    assert read_csv_lines(tmp_path / "a.csv")[1][1] == [text, "-1"]
    (_, (cell, number)) = csv.reader(io.StringIO(written, newline=""))
    harmless = ("=", "-", "-5", "+.5", "a=1", "")
    assert (cell, number) == (text if text in harmless else f"'{text}", "-1")


@pytest.mark.slow
@given(st.text(st.sampled_from("'=+-@1a. \t,;\""), max_size=6))
def test_every_text_comes_back_as_it_was_and_none_is_a_formula(text: str) -> None:
    text = text.strip()
    written = csv_text([["name", "n"], [text, 1]])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.csv"
        file.write_text(written, encoding="utf-8", newline="")
        assert read_csv_lines(file) == [(1, ["name", "n"]), (2, [text, "1"])]
    (_, (cell, _)) = csv.reader(io.StringIO(written, newline=""))
    assert cell.startswith("'") or not is_formula(cell)


def test_a_table_with_ordinary_names_is_written_as_csv_writes_it() -> None:
    rows = [["name", "fps"], ['sub01, "a"', 200.5], ["EP02_01f", None], ["4+R10", "R4-7"]]
    plain = io.StringIO()
    csv.writer(plain, lineterminator="\n").writerows(rows)
    assert csv_text(rows) == plain.getvalue()


@pytest.mark.parametrize(
    "text", ["a;b\n1;2,5\n", "title\na;b\n1;2,5\n", '"a,,,";b\n1;"2,5"\n'], ids=["plain", "below a title", "quoted"]
)
def test_semicolons_are_told_by_the_first_line_that_has_either_sign(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert read_csv_lines(tmp_path / "a.csv")[-1][1] == ["1", "2,5"]
