"""A file opened again: nothing that was said is lost, and what the machine says stays apart."""

from datetime import UTC, datetime

import pytest

from glfnet.coding.annotation import Annotation, Marked, Said, Unit, own_table, said_by
from glfnet.coding.coded import Coded, CodedVideo, FrameTimes
from glfnet.coding.elan import MACHINE, PERSON
from glfnet.coding.elan.write import elan_text
from glfnet.coding.merged import merged
from glfnet.coding.read import read_coding
from glfnet.errors import InputError
from glfnet.facs.notation import Mark

FOUND = [
    Said(onset=10, apex=14, offset=20, emotion="negative", units=(Unit(unit=4),)),
    Said(onset=40, apex=44, offset=50),
    Said(onset=70, apex=72, offset=80, emotion="surprise"),
]
MOVED = Said(onset=42, apex=45, offset=51, emotion="positive", units=(Unit(unit=12, side="left"),))
ADDED = Said(onset=85, apex=86, offset=90)
WORK = Annotation(
    intervals=(
        Marked(machine=FOUND[0]), Marked(machine=FOUND[1], person=MOVED, note="sure"),
        Marked(machine=FOUND[2], removed=True), Marked(person=ADDED),
    )
)  # fmt: skip
TIMES = [n / 50 for n in range(100)]


def as_table(work: Annotation) -> bytes:
    return own_table(work, "a.mp4", 50.0, TIMES).encode()


def as_elan(work: Annotation) -> bytes:
    person, machine = said_by(work)
    times = FrameTimes(fps=50, times_s=TIMES)
    return elan_text(
        {PERSON: person, MACHINE: machine}, "a.mp4", "video/mp4", times, datetime(2026, 1, 1, tzinfo=UTC)
    ).encode()


@pytest.mark.parametrize("saved", [as_table, as_elan], ids=["table", "elan"])
def test_work_goes_on_where_it_was_left(saved: object) -> None:
    (said,) = read_coding(saved(WORK), "a")  # type: ignore[operator]
    found, _ = merged(said, FOUND, 100, "a")
    assert found.intervals == WORK.intervals


def test_json_keeps_all_and_what_the_machine_has_found_since_is_added() -> None:
    removed = WORK.model_copy(update={"subject": "p3"})
    said = CodedVideo(video="a", fps=50, intervals=(), annotation=removed)
    news = Said(onset=60, apex=61, offset=62)
    found, notes = merged(said, [*FOUND, news], 100, "a")
    assert found.intervals == (*WORK.intervals, Marked(machine=news))
    assert (found.subject, notes) == ("p3", ())


def test_a_coders_own_file_is_laid_beside_the_machine() -> None:
    intervals = (Coded(onset=9, apex=None, offset=21), Coded(onset=90, apex=None, offset=94, units=(Mark(1, "top"),)))
    found, notes = merged(CodedVideo(video="", fps=None, intervals=intervals), FOUND, 100, "coder.eaf")
    paired, *gone, own = found.intervals
    assert (paired.machine, paired.person) == (FOUND[0], Said(onset=9, apex=14, offset=21))  # the machine's apex
    assert [one.removed for one in gone] == [True, True]
    assert own.person == Said(onset=90, apex=92, offset=94, units=(Unit(unit=1),))
    assert notes == (
        "2 intervals of the file without an apex: one is set; look at it.",
        "2 intervals of the machine not in the file: taken as removed.",
    )


@pytest.mark.parametrize("annotated", [True, False])
def test_a_file_of_another_video_is_refused(annotated: bool) -> None:
    far = Said(onset=100, apex=110, offset=120)
    said = CodedVideo(
        video="", fps=None, intervals=said_by(Annotation(intervals=(Marked(person=far),)))[0],
        annotation=Annotation(intervals=(Marked(person=far),)) if annotated else None,
    )  # fmt: skip
    with pytest.raises(
        InputError, match=r"a\.csv: found frame 120; expected none behind 99, the last one of this video"
    ):
        merged(said, FOUND, 100, "a.csv")


def test_what_is_longer_than_the_page_takes_is_refused() -> None:
    said = CodedVideo(video="", fps=None, intervals=(Coded(onset=1, apex=2, offset=3, emotion="x" * 200),))
    with pytest.raises(InputError, match=r"a\.csv: found emotion: .*expected what the page can show"):
        merged(said, [], 100, "a.csv")
