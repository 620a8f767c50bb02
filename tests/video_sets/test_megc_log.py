"""The log of the challenges: read, refused line by line, and written."""

from pathlib import Path

import pytest

from glfnet.errors import InputError
from glfnet.labels import MACRO, MICRO
from glfnet.scores.spotting.answered_videos import BOTH, MARKED, MATCHED, AnsweredVideo
from glfnet.scores.spotting.expressions import Expression
from glfnet.video_sets.megc_log import is_megc_log, megc_log_text, read_megc_log
from glfnet.video_sets.score import score

REAL = Path(__file__).parents[3] / "shared" / "data" / "spotting" / "megc2020_baseline_log.txt"
LOG = """1
019_7\t-\t-\t277\t347\tFP
019_7\t398\t532\t-\t-\tFN
019_7 600 650 605 651 TP
2
15_0101,10,20,10,22,TP
15_0101,24,30,10,22,TP
15_0102 - - 5 9 FP
15_0102 - - 5 9 FP
"""


def a_log(folder: Path, text: str = LOG) -> Path:
    file = folder / "log.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_log_gives_each_video_with_its_truth_and_its_answers(tmp_path: Path) -> None:
    samm, first, second = read_megc_log(a_log(tmp_path))
    assert (samm.database, samm.subject, samm.video) == ("SAMM Long Videos", "019", "019_7")
    assert [(one.onset_index, one.offset_index) for one in samm.true] == [(398, 532), (600, 650)]
    assert [(one.onset_index, one.offset_index) for one in samm.spotted] == [(277, 347), (605, 651)]
    assert (first.database, first.subject) == ("CAS(ME)²", "15")
    assert second.true == ()


@pytest.mark.slow
def test_a_line_that_repeats_an_answer_adds_none(tmp_path: Path) -> None:
    _, first, second = read_megc_log(a_log(tmp_path))
    assert len(first.spotted) == len(second.spotted) == 1
    assert first.marked is not None
    assert (first.marked.matched, first.marked.spotted, first.marked.true) == (2, 1, 2), "as marked: found twice"
    rows = {(row.database, row.rule): row for row in score(tmp_path / "log.txt").rows}
    assert (rows["CAS(ME)²", MARKED].matched, rows["CAS(ME)²", MATCHED].matched) == (2, 1), "one answer, one truth"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("019_7 1 2 3 FP", "row 2: found 5 columns; expected lines `video onset offset onset offset TP|FP|FN`"),
        ("019_7 - - 1 x FP", "row 2: found 1 x as frames of the answer; expected two whole numbers, or - and -."),
        ("019_7 - - 9 3 FP", "row 2: found answer from frame 9 to 3; expected an onset before the offset."),
        ("019_7 - - 1 3 XX", "row 2: found 'XX' at the end; expected TP, FP or FN."),
        ("019_7 1 3 1 3 FP", "row 2: found 1 3 1 3 marked FP; expected no truth and an answer with it."),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        read_megc_log(a_log(tmp_path, f"1\n{line}\n"))
    assert str(caught.value).startswith(f"{tmp_path / 'log.txt'}, {found}")


def test_all_bad_lines_are_named_at_once_and_a_truth_is_not_found_and_missed(tmp_path: Path) -> None:
    text = "1\n019_7 1 9 1 9 TP\n019_7 1 9 - - FN\n019_7 5\n"
    with pytest.raises(InputError) as caught:
        read_megc_log(a_log(tmp_path, text))
    said = str(caught.value)
    assert "found 2 problems" in said
    assert "row 4: found 2 columns" in said
    assert (
        "row 3: found the truth 1 to 9 of 019_7 as missed; expected it once, since another line has found it." in said
    )


def test_what_is_no_log_is_told_from_one(tmp_path: Path) -> None:
    assert is_megc_log(a_log(tmp_path))
    assert not is_megc_log(a_log(tmp_path, "video,onset,offset\nv,1,2\n"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert not is_megc_log(tmp_path / "binary")
    with pytest.raises(InputError, match="found no line; expected lines `video"):
        read_megc_log(a_log(tmp_path, "1\n\n"))
    with pytest.raises(InputError, match=r"found no readable text \(No such file or directory\)"):
        read_megc_log(tmp_path / "none")


def test_a_log_that_is_written_reads_as_it_was_with_micro_and_macro_expressions_matched_apart(tmp_path: Path) -> None:
    def one(onset: int, offset: int, kind: str) -> Expression:
        return Expression(onset_index=onset, apex_index=None, offset_index=offset, kind=kind)

    video = AnsweredVideo(
        database="SAMM Long Videos", subject="019", video="019_7",
        true=(one(0, 9, MICRO), one(100, 199, MACRO), one(300, 310, MICRO)),
        spotted=(one(1, 9, MICRO), one(100, 199, MICRO), one(400, 420, MACRO)),
    )  # fmt: skip
    text = megc_log_text([video], (MICRO, MACRO))
    assert text.splitlines() == [
        "1", "019_7\t0\t9\t1\t9\tTP", "019_7\t100\t199\t-\t-\tFN", "019_7\t-\t-\t100\t199\tFP",
        "019_7\t300\t310\t-\t-\tFN", "019_7\t-\t-\t400\t420\tFP",
    ]  # fmt: skip
    again = read_megc_log(a_log(tmp_path, text))[0]
    assert again.marked is not None
    assert (again.marked.matched, again.marked.spotted, again.marked.true) == (1, 3, 3)


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_file(), reason=f"the log of MEGC 2020's baseline is not there: {REAL}")
def test_the_log_of_the_baseline_has_the_published_counts() -> None:
    rows = {(row.database, row.rule): row for row in score(REAL).rows}
    samm, casme = rows["SAMM Long Videos", MARKED], rows["CAS(ME)²", MARKED]
    assert (samm.videos, samm.true, samm.matched, samm.false, samm.missed) == (147, 502, 51, 1741, 451)
    assert (casme.videos, casme.true, casme.matched, casme.false, casme.missed) == (98, 357, 130, 6428, 227)
    assert (round(samm.score.f1, 4), round(casme.score.f1, 4)) == (0.0445, 0.0376)
    assert all(
        row.kind == BOTH and row.bounds["f1"].low < row.score.f1 < row.bounds["f1"].high for row in rows.values()
    )
    assert (rows["SAMM Long Videos", MATCHED].matched, rows["CAS(ME)²", MATCHED].matched) == (71, 146)
