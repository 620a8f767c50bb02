"""Lines of a CSV file keep their numbers."""

import csv
from pathlib import Path

import pytest

from glfnet.samples.csv_lines import read_csv_lines


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
