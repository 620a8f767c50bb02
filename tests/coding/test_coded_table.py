"""Coders' tables: ours and others', and what is wrong with one."""

import json
from pathlib import Path

import pytest

from glfnet.coding.annotation import Annotation, Marked, Said, Unit, own_table, said_by
from glfnet.coding.coded import Coded
from glfnet.coding.read import of_video, read_coding, read_coding_file
from glfnet.errors import InputError
from glfnet.facs.notation import Mark
from glfnet.labels import MACRO, MICRO

MACHINE = Said(onset=10, apex=14, offset=20, emotion="negative", units=(Unit(unit=4),))
PERSON = Said(onset=11, apex=15, offset=21, emotion="positive", units=(Unit(unit=12, side="right"),), kind=MACRO)
OPEN = Said(onset=50, apex=52, offset=60)
ANNOTATION = Annotation(
    subject="p7",
    intervals=(
        Marked(machine=MACHINE, person=PERSON, note="=1+1"), Marked(machine=OPEN), Marked(person=OPEN, removed=True),
    ),
)  # fmt: skip


def test_our_own_table_comes_back() -> None:
    text = own_table(ANNOTATION, "face.mp4", 50.0, [n / 50 for n in range(100)])
    (found,) = read_coding(text.encode(), "face.csv")
    assert (found.video, found.fps) == ("face.mp4", 50.0)
    assert found.intervals == said_by(ANNOTATION)[0]  # `others` is an emotion that was left open
    assert found.machine == said_by(ANNOTATION)[1]
    assert found.intervals[0].note == "=1+1"


def test_the_json_of_the_page_comes_back_whole() -> None:
    document = {"machine": {"recording": {"source": "face.mp4", "fps": 25}}, "annotation": ANNOTATION.model_dump()}
    (found,) = read_coding(json.dumps(document).encode(), "face.json")
    assert (found.video, found.fps, found.annotation) == ("face.mp4", 25.0, ANNOTATION)


def test_a_table_of_long_videos_is_read_and_what_is_no_expression_left_out() -> None:
    rows = ("a,Macro,5,,9,", "a,blink,1,2,3,", "b,micro,4,5,,", "c,,,,,", "c,,1,2,3,dark")
    text = "\n".join(["video,kind,onset_frame,apex_frame,offset_frame,excluded", *rows])
    a, b, c = read_coding(text.encode(), "x/table.csv")
    assert a.intervals == (Coded(onset=5, apex=None, offset=9, kind=MACRO),)
    assert b.intervals == (Coded(onset=4, apex=5, offset=5, kind=MICRO),)  # its apex, as the challenges count it
    assert c.intervals == ()  # nothing happens in it
    assert a.notes == ("table.csv: 2 rows left out: 1 blink, 1 excluded (dark).",)


def test_units_are_not_known_only_where_nobody_has_coded_any() -> None:
    (coded,) = read_coding(b"onset,offset,action_units\n1,2,4+L12B\n3,4,\n5,6,?\n", "a.csv")
    assert [one.units for one in coded.intervals] == [(Mark(4), Mark(12, "left", "B")), (), None]
    (none,) = read_coding(b"onset,offset,action_units\n1,2,\n", "a.csv")
    assert none.intervals[0].units is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"a\.csv: found an empty file; expected a table of intervals with the columns onset and offset"),
        (b"\xff\xfe\x00", "found no readable table"),
        (b"onset,apex\n1,2\n", "row 1: found no column offset"),
        (b"onset,offset\n", "found no row below the names of the columns"),
        (b"onset,offset\n9,5\n", "row 2: found onset 9, apex none, offset 5; expected onset <= apex <= offset"),
        (b"onset,offset\n1.5,5\n", "row 2: found '1.5' as onset; expected the number of a frame"),
        (b"onset,offset\n1,\n", "row 2: found onset 1, offset empty; expected both"),
        (b"onset,offset,fps\n1,2,fast\n", "found 'fast' as fps; expected frames per second"),
        (b"onset,offset,units\n1,2,smile\n", "found smile as action units; expected such as 4"),
        (b"onset,offset\n1,x\ny,2\n", "found 2 problems"),
        (b'{"a": 1}', "found JSON of another kind; expected the JSON that the page"),
        (b"[" * 100_000, "found"),
        (
            b'{"annotation": {"intervals": [{"person": {"onset": 3}}]}}',
            "found JSON with faults: intervals.0.person.apex",
        ),
        (
            b'{"annotation": {"intervals": [{"person": {"onset": 3, "apex": 2, "offset": 4}}]}}',
            "expected them in order",
        ),
    ],
)
def test_what_is_wrong_is_named(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_coding(content, "a.csv")


def test_a_file_that_is_not_there_is_named_and_similar_ones_offered(tmp_path: Path) -> None:
    (tmp_path / "anna.csv").write_text("onset,offset\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"Did you mean anna\.csv\?"):
        read_coding_file(tmp_path / "ana.csv")
    assert len(read_coding_file(tmp_path / "anna.csv")) == 1


def test_the_video_is_chosen_by_its_name() -> None:
    several = read_coding(b"video,onset,offset\nx/a.mp4,1,2\nb.mp4,3,4\n", "t.csv")
    assert of_video(several, "a.webm", "t.csv")[0].intervals[0].onset == 1
    with pytest.raises(InputError, match=r"t\.csv: found 2 videos \(a\.mp4, b\.mp4\); expected one called c\.mp4"):
        of_video(several, "c.mp4", "t.csv")
    assert of_video(several[:1], "c.mp4", "t.csv")[1] == (
        "t.csv is about a.mp4, not about c.mp4; its frames are taken as they are.",
    )
