"""Files of ELAN: what is written comes back, what a coder makes in ELAN is read, and hostile XML is refused."""

from datetime import UTC, datetime
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from glfnet.coding.coded import Coded, FrameTimes
from glfnet.coding.elan import MACHINE, PERSON
from glfnet.coding.elan.read import read_elan
from glfnet.coding.elan.write import elan_text
from glfnet.errors import InputError
from glfnet.facs.notation import Mark

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
TIMES = FrameTimes(fps=200)
FIRST = Coded(onset=10, apex=14, offset=20, emotion="negative", units=(Mark(4), Mark(12, "left")), note="<b> & ümlaut")
OVERLAPPING = Coded(onset=18, apex=18, offset=25, kind="macro_expression", units=())
LATER = Coded(onset=21, apex=None, offset=21, emotion="surprise", units=())


def text(person: list[Coded], machine: list[Coded] | None = None, times: FrameTimes = TIMES) -> bytes:
    sides = {PERSON: person, **({} if machine is None else {MACHINE: machine})}
    return elan_text(sides, "inter view.mp4", "video/mp4", times, NOW).encode()


def test_what_is_written_comes_back_frame_by_frame() -> None:
    found = read_elan(text([FIRST, OVERLAPPING, LATER], [LATER]), "a.eaf", None)
    assert (found.video, found.fps) == ("inter view.mp4", 200)
    assert found.intervals == (FIRST, OVERLAPPING, LATER)
    assert found.machine == (Coded(onset=21, apex=None, offset=21, emotion="surprise", units=None),)


@pytest.mark.parametrize("fps", [12.5, 29.97, 50, 200, 333.3, 999])
def test_every_frame_comes_back_at_every_rate(fps: float) -> None:
    marked = [Coded(onset=4 * n, apex=4 * n + 1, offset=4 * n + 2, units=(Mark(1),)) for n in range(200)]
    times = FrameTimes(fps=fps)
    assert read_elan(text(marked, times=times), "a.eaf", None).intervals == tuple(marked)
    if fps > 500:  # of two frames in one millisecond nobody can tell which is meant
        return
    uneven = FrameTimes(fps=fps, times_s=[0.2 + n / fps + (0.4 / fps) * (n % 2) for n in range(800)])
    assert read_elan(text(marked, times=uneven), "a.eaf", uneven).intervals == tuple(marked)


def test_intervals_that_overlap_lie_on_tiers_of_their_own_and_within_their_parents() -> None:
    root = ElementTree.fromstring(text([FIRST, OVERLAPPING, LATER]))
    slots = {one.get("TIME_SLOT_ID"): int(one.get("TIME_VALUE", "")) for one in root.iter("TIME_SLOT")}
    tiers = {tier.get("TIER_ID"): tier for tier in root.iter("TIER")}
    assert {"person", "person apex", "person units", "person notes", "person 2"} <= set(tiers)
    assert "person 3" not in tiers
    for name, tier in tiers.items():
        ends = [
            (slots[one.get("TIME_SLOT_REF1")], slots[one.get("TIME_SLOT_REF2")])
            for one in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        assert all(begin < end for begin, end in ends), name
        assert all(one[1] <= other[0] for one, other in pairwise(ends)), name
    assert [one.get("ANNOTATION_REF") for one in tiers["person units"].iter("REF_ANNOTATION")] == ["a1"]


def test_the_same_annotation_is_the_same_file() -> None:
    assert text([FIRST]) == text([FIRST])


def by_hand(tiers: str, header: str = "") -> bytes:
    times = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{ms}" TIME_VALUE="{ms}"/>' for ms in range(0, 2000, 20))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-05-04T12:30:00+01:00" '
        f'FORMAT="3.0" VERSION="3.0"><HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">{header}</HEADER>'
        f"<TIME_ORDER>{times}<TIME_SLOT TIME_SLOT_ID='open'/></TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>"
    ).encode()


def tier(name: str, *annotations: tuple[object, object, str]) -> str:
    inside = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{n}" TIME_SLOT_REF1="t{begin}" '
        f'TIME_SLOT_REF2="t{end}"><ANNOTATION_VALUE>{said}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>'
        for n, (begin, end, said) in enumerate(annotations)
    )
    return f'<TIER TIER_ID="{name}" LINGUISTIC_TYPE_REF="default-lt">{inside}</TIER>'


def test_a_coder_needs_no_template_of_ours() -> None:
    tiers = (
        tier("Person", (1000, 1200, "happiness"), (400, 440, ""))
        + tier("PERSON_units", (1020, 1180, "L12+6"))
        + tier("person-apex", (1100, 1120, ""))
        + tier("talking", (0, 400, "yes"))
    )
    one, other = read_elan(by_hand(tiers), "coder.eaf", FrameTimes(fps=50)).intervals
    assert (one.onset, one.apex, one.offset, one.emotion, one.units) == (20, None, 21, "", ())
    assert (other.onset, other.apex, other.offset, other.emotion) == (50, 55, 59, "happiness")
    assert other.units == (Mark(12, "left"), Mark(6))
    (without,) = read_elan(by_hand(tier("person", (0, 40, ""))), "coder.eaf", FrameTimes(fps=50)).intervals
    assert without.units is None  # nobody has coded units


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html></html>", r"a\.eaf: found XML of another kind \(html\); expected an ELAN file \(\.eaf\) with a tier"),
        (b"<ANNOTATION_DOCUMENT>", "found no readable XML"),
        (by_hand(tier("emotions", (0, 40, "joy"))), "found no such tier; expected an ELAN file"),
        (by_hand(tier("person", (40, 0, ""))), r"tier `person` from 40 to 0 ms; expected its end behind it"),
        (by_hand(tier("person", ("9999999", 0, "x"))), "annotation 'person0' of tier `person` without a time"),
        (by_hand(tier("person") + tier("person units", (0, 40, "4"))), r"\(4\) outside of every interval; expected it"),
        (by_hand(tier("person apex", (0, 40, "")) + tier("machine", (0, 40, ""))), "tiers below `person`, but not"),
        (by_hand(tier("person", (0, 40, "")) + tier("person units", (0, 40, "smile"))), "found smile as action units"),
        (by_hand(tier("person", (0, 40, "")) + tier("person kind", (0, 40, "blink"))), "found blink as kind"),
        (by_hand("", f"<PROPERTY NAME='glfnet:fps'>{'9' * 400}</PROPERTY>"), "as glfnet:fps; expected frames per sec"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_elan(content, "a.eaf", TIMES)


def test_the_rate_must_be_known() -> None:
    with pytest.raises(InputError, match="found no frame rate, which ELAN does not keep; expected frames per second"):
        read_elan(by_hand(tier("person", (0, 40, ""))), "a.eaf", None)


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>',
        b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;&b;">]><ANNOTATION_DOCUMENT>&d;</ANNOTATION_DOCUMENT>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><ANNOTATION_DOCUMENT/>'.encode("utf-16"),
    ],
    ids=["outside", "growing", "utf-16"],
)
def test_entities_are_refused_before_they_are_read(content: bytes) -> None:
    with pytest.raises(InputError, match=r"found no readable XML \(a document type, which ELAN does not write\)"):
        read_elan(content, "a.eaf", TIMES)


def test_an_encoding_that_nobody_knows_is_no_readable_xml() -> None:
    with pytest.raises(InputError, match="found no readable XML"):
        read_elan(b'<?xml version="1.0" encoding="klingon"?><ANNOTATION_DOCUMENT/>', "a.eaf", TIMES)


def test_signs_that_xml_does_not_allow_are_left_out() -> None:
    (found,) = read_elan(text([Coded(onset=1, apex=2, offset=3, note="a\x00\x0bb\ud800c")]), "a.eaf", None).intervals
    assert found.note == "abc"
