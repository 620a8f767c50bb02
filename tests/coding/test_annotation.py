"""What a person said, as a table."""

import csv

import pytest
from pydantic import ValidationError

from glfnet.coding.annotation import COLUMNS, Annotation, Marked, Said, Unit, own_table
from glfnet.web.uploads import shown_name


def rows(annotation: Annotation, video: str = "a.b.mp4") -> list[dict[str, str]]:
    text = own_table(annotation, video, 50.0, [number / 50 for number in range(100)])
    return list(csv.DictReader(text.splitlines()))


def test_both_answers_stand_in_a_row_and_the_persons_counts() -> None:
    machine = Said(onset=10, apex=14, offset=20, emotion="negative", units=(Unit(unit=4),))
    person = Said(onset=11, apex=15, offset=21, emotion="positive", units=(Unit(unit=12, side="right"),))
    (row,) = rows(Annotation(subject="p7", intervals=(Marked(machine=machine, person=person, note="two\nlines"),)))
    assert list(row) == list(COLUMNS)
    assert (row["subject"], row["clip"], row["frames"]) == ("p7", "a.b_01", "a.b.mp4")
    assert (row["onset"], row["apex"], row["offset"], row["emotion"]) == ("11", "15", "21", "positive")
    assert (row["apex_s"], row["fps"], row["action_units"], row["note"]) == ("0.3", "50.0", "R12", "two lines")
    assert (row["machine_onset"], row["machine_emotion"], row["machine_units"]) == ("10", "negative", "4")


def test_untouched_intervals_are_the_machines_and_removed_ones_are_left_out() -> None:
    one, other = Said(onset=50, apex=52, offset=60), Said(onset=5, apex=7, offset=9, emotion="surprise")
    found = rows(Annotation(intervals=(Marked(machine=one), Marked(machine=other), Marked(machine=one, removed=True))))
    assert [(row["onset"], row["emotion"], row["clip"]) for row in found] == [
        *(("5", "surprise", "a.b_01"), ("50", "others", "a.b_02")),
    ]


def test_frames_out_of_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="found onset 9, apex 8, offset 10; expected them in order"):
        Said(onset=9, apex=8, offset=10)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("C:\\films\\x.avi", "x.avi"), ("a\u202eb\x07.mp4", "ab.mp4"), ("/", "video"), ("é" * 300, "é" * 120)],
)
def test_a_name_is_shown_without_its_path_and_without_what_cannot_be_seen(name: str, shown: str) -> None:
    assert shown_name(name) == shown
