"""Long videos on the command line: index, check, and what refuses their index."""

from pathlib import Path

import pytest

from command_line import Command
from glfnet.databases.long_videos.long_video import read_long_videos
from made_up_databases import make_frames, write_casme_sq

pytestmark = pytest.mark.slow

ROWS = [
    [1, "disgust1_1", 10, 15, 40, "4+9", "negative", "macro-expression", "disgust"],
    [1, "disgust1_2", 60, 65, 0, "4", "negative", "micro-expression", "disgust"],
]


def test_long_videos_go_from_their_sheet_to_true_intervals_and_into_no_command_of_clips(
    tmp_path: Path, command: Command
) -> None:
    for name in ("s15/15_0101disgustingteeth", "s16/16_0401girlcrashing"):
        make_frames(tmp_path / "rawpic" / name, [f"img{number}.jpg" for number in range(1, 81)])
    sheet = write_casme_sq(tmp_path / "code_final.xlsx", ROWS)
    out = tmp_path / "casme_sq.csv"
    indexed = command("index", "casme_sq", tmp_path, "--labels", sheet, "--out", out)
    assert indexed.status == 0, indexed.err
    assert "2 intervals in 2 videos of 2 subjects, 0 of them excluded: micro-expression 1, macro-expr" in indexed.out
    checked = command("check", out, "--no-faces", "--html", tmp_path / "page.html")
    assert checked.status == 0, checked.out
    assert "2 intervals of 1 subject, 0 of them excluded; 37 frames looked at." in checked.out
    assert (tmp_path / "page.html").exists()
    first, second = read_long_videos(out)
    assert [(i.onset_index, i.offset_index) for i in first.intervals] == [(9, 39), (59, 64)]
    assert second.intervals == ()
    for words in (["prepare", out, "--out", tmp_path / "s"], ["evaluate", out, "--out", tmp_path / "r"]):
        refused = command(*words)
        assert refused.status == 1
        assert "found an index of long videos; expected" in " ".join(refused.err.split())
    assert command("index", "casme_sq", tmp_path, "--labels", sheet, "--out", out).status == 0  # it may replace its own
    again = command("index", "casme_sq", tmp_path, "--labels", sheet, "--out", sheet)
    assert again.status == 1
