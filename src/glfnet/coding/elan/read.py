"""Reads an annotation from a file of ELAN, whoever has made it: its tiers have the names of `glfnet.coding.elan`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from glfnet.coding.coded import Coded, CodedVideo, FrameTimes, coded_units
from glfnet.coding.elan import APEX, FPS, KIND, MACHINE, NOTES, PARTS, PERSON, UNITS
from glfnet.errors import InputError
from glfnet.labels import kind_of
from glfnet.samples.problems import check_problems

_TIER = re.compile(rf"({PERSON}|{MACHINE})(?: (\d+))?(?: ({'|'.join(PARTS)}))?")
_LONGEST_MS = 10**10
_EXPECTED = f"an ELAN file (.eaf) with a tier `{PERSON}` or `{MACHINE}`"
_REMEDY = "Correct it in ELAN and save it again; docs/web.md names the tiers."
_ENDS = "begin and end of each"

Lane = dict[str, list["_Span"]]
"""What is on a tier of intervals (the empty name), and on each tier below it."""


@dataclass(frozen=True, slots=True)
class _Span:
    """An annotation: its id and that of its parent, first and last millisecond (None where a parent has them), text."""

    number: str
    parent: str
    begin_ms: int | None
    end_ms: int | None
    text: str


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds no tree of a text that declares entities: ELAN writes none, and they can grow without end."""

    def doctype(self, *_: object) -> None:
        raise ElementTree.ParseError("a document type, which ELAN does not write")


def read_elan(content: bytes, file: Path | str, times: FrameTimes | None) -> CodedVideo:
    """Read an ELAN file.

    Args:
        content: of the file.
        file: its name, for sentences.
        times: of the video's frames; None: evenly, at the rate that the file has if `elan_text` wrote it.

    Raises:
        InputError: if it is none, has no tier of the documented names, or the frame rate is not known; naming every
            annotation that cannot be used.
    """
    root = _parsed(content, file)
    fps = _rate(root, file)
    if times is None and fps is None:
        raise InputError(
            file=file, found="no frame rate, which ELAN does not keep", expected="frames per second", settings=("fps",),
            remedy="Say how many frames a second the video has.",
        )  # fmt: skip
    problems: list[InputError] = []
    lanes = _lanes(root, file, problems)
    if not any("" in lane for lane in lanes.values()):
        raise _bad(file, "no such tier")
    problems += [
        _bad(file, f"tiers below `{side}{number and ' '}{number}`, but not that tier", "it, too")
        for (side, number), lane in lanes.items()
        if "" not in lane
    ]
    sides: dict[str, tuple[Coded, ...]] = {}
    for side in (PERSON, MACHINE):
        of_it = [lane for (name, _), lane in lanes.items() if name == side and "" in lane]
        if of_it:
            found = (
                one for lane in of_it for one in _intervals(file, lane, times or FrameTimes(fps=fps or 1), problems)
            )
            units_coded = any(lane.get(UNITS) for lane in of_it)
            read = (one if units_coded else replace(one, units=None) for one in found)
            sides[side] = tuple(sorted(read, key=lambda one: (one.onset, one.offset)))
    check_problems(Path(file), problems)
    return CodedVideo(
        video=_media(root), fps=fps, intervals=sides.get(PERSON, sides.get(MACHINE, ())),
        machine=sides.get(MACHINE) if PERSON in sides else None,
    )  # fmt: skip


def _parsed(content: bytes, file: Path | str) -> Element:
    try:
        root = ElementTree.fromstring(content, ElementTree.XMLParser(target=_NoDoctype()))
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last two: an encoding that nobody knows
        raise _bad(file, f"no readable XML ({error})") from error
    if root.tag != "ANNOTATION_DOCUMENT":
        raise _bad(file, f"XML of another kind ({root.tag[:60]})")
    return root


def _rate(root: Element, file: Path | str) -> float | None:
    for one in root.findall("HEADER/PROPERTY"):
        if one.get("NAME") == FPS:
            try:
                fps = float(one.text or "")
            except ValueError:
                fps = 0.0
            if not 0 < fps <= 100_000:
                raise _bad(file, f"{one.text!r} as {FPS}", "frames per second")
            return fps
    return None


def _media(root: Element) -> str:
    one = root.find("HEADER/MEDIA_DESCRIPTOR")
    return "" if one is None else Path(unquote(one.get("MEDIA_URL", ""))).name


def _lanes(root: Element, file: Path | str, problems: list[InputError]) -> dict[tuple[str, str], Lane]:
    """Return what is on the tiers that are ours, by the side and the number of their tier of intervals."""
    slots = {one.get("TIME_SLOT_ID", ""): one.get("TIME_VALUE") for one in root.findall("TIME_ORDER/TIME_SLOT")}
    lanes: dict[tuple[str, str], Lane] = defaultdict(dict)
    for tier in root.findall("TIER"):
        name = tier.get("TIER_ID", "")
        found = _TIER.fullmatch(re.sub(r"[\s_-]+", " ", name.strip().lower()))
        if found is None:
            continue
        spans = lanes[found[1], found[2] or ""].setdefault(found[3] or "", [])
        for inner in tier.findall("ANNOTATION/*"):
            try:
                spans.append(_span(inner, slots, file, name))
            except InputError as problem:
                problems.append(problem)
    return lanes


def _span(inner: Element, slots: Mapping[str, str | None], file: Path | str, tier: str) -> _Span:
    number, text = inner.get("ANNOTATION_ID", ""), (inner.findtext("ANNOTATION_VALUE") or "").strip()
    if inner.tag == "REF_ANNOTATION":
        return _Span(number, inner.get("ANNOTATION_REF", ""), None, None, text)
    ends: list[int] = []
    for name in ("TIME_SLOT_REF1", "TIME_SLOT_REF2"):
        value = slots.get(inner.get(name, "")) or ""
        if not value.isascii() or not value.isdecimal() or int(value[:20]) > _LONGEST_MS:
            raise _bad(file, f"annotation {number or text!r} of tier `{tier}` without a time", _ENDS)
        ends.append(int(value))
    if ends[0] > ends[1]:
        raise _bad(file, f"annotation {number} of tier `{tier}` from {ends[0]} to {ends[1]} ms", "its end behind it")
    return _Span(number, "", ends[0], ends[1], text)


def _intervals(file: Path | str, lane: Lane, times: FrameTimes, problems: list[InputError]) -> Iterator[Coded]:
    taken: set[str] = set()
    for span in lane[""]:
        if span.begin_ms is None or span.end_ms is None:
            problems.append(_bad(file, f"annotation {span.number} without times of its own", _ENDS))
            continue
        inside = {part: _inside(span, lane.get(part, ()), taken) for part in PARTS}
        texts = {part: " ".join(one.text for one in found if one.text) for part, found in inside.items()}
        units, unread = coded_units(texts[UNITS])
        kind = kind_of(texts[KIND])
        if unread:
            problems.append(_bad(file, f"{', '.join(unread)} as action units of {span.number}", "such as 4+L12"))
        if kind is None:
            problems.append(_bad(file, f"{texts[KIND]} as kind of {span.number}", "micro or macro"))
            continue
        onset = times.frame_at(span.begin_ms)
        offset = max(onset, times.frame_at(span.end_ms) - 1)
        begins = [one.begin_ms for one in inside[APEX] if one.begin_ms is not None]
        apex = min(max(times.frame_at(begins[0]), onset), offset) if begins else None
        yield Coded(onset=onset, apex=apex, offset=offset, emotion=span.text, kind=kind, units=units, note=texts[NOTES])
    problems += [
        _bad(file, f"annotation {one.number} ({one.text[:40] or 'empty'}) outside of every interval", "it within one")
        for part in PARTS
        for one in lane.get(part, ())
        if one.number not in taken
    ]


def _inside(interval: _Span, spans: Iterable[_Span], taken: set[str]) -> list[_Span]:
    """Return what belongs to an interval: what refers to it, or has its middle within it; each only once."""
    found = []
    for one in spans:
        if one.begin_ms is None or one.end_ms is None or interval.begin_ms is None or interval.end_ms is None:
            belongs = one.parent == interval.number
        else:
            belongs = interval.begin_ms <= (one.begin_ms + one.end_ms) / 2 <= interval.end_ms
        if belongs and one.number not in taken:
            found.append(one)
            taken.add(one.number)
    return found


def _bad(file: Path | str, found: str, expected: str = _EXPECTED) -> InputError:
    return InputError(file=file, found=found, expected=expected, remedy=_REMEDY)
