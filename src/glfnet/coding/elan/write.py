"""Writes an annotation as a file of ELAN."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from glfnet.coding.coded import Coded, FrameTimes, units_text
from glfnet.coding.elan import APEX, FPS, KIND, NOTES, PARTS, UNITS

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TYPES = {"interval": None, "apex": "Included_In", "said": "Symbolic_Association"}  # of tiers, with their constraints
_CONSTRAINTS = {
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
    "Symbolic_Association": "1-1 association with a parent annotation",
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def elan_text(
    sides: Mapping[str, Sequence[Coded]], video: str, media_type: str, times: FrameTimes, written: datetime
) -> str:
    """Return an ELAN file.

    Args:
        sides: `PERSON` and `MACHINE` of this folder, each with its intervals.
        video: the name of the video's file, beside which this file is to lie.
        media_type: of the video, such as `video/mp4`.
        times: of its frames.
        written: with its time zone; ELAN shows it.
    """
    root = Element(
        "ANNOTATION_DOCUMENT",
        {"AUTHOR": "", "DATE": written.isoformat(timespec="seconds"), "FORMAT": "3.0", "VERSION": "3.0",
         "xmlns:xsi": _XSI, "xsi:noNamespaceSchemaLocation": _SCHEMA},
    )  # fmt: skip
    header = SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    place = f"./{quote(video)}"
    SubElement(header, "MEDIA_DESCRIPTOR", {"MEDIA_URL": place, "MIME_TYPE": media_type, "RELATIVE_MEDIA_URL": place})
    SubElement(header, "PROPERTY", {"NAME": FPS}).text = repr(times.fps)
    order = SubElement(root, "TIME_ORDER")
    writing = _Writing(root, order, times)
    for side, intervals in sides.items():
        for number, lane in enumerate(_lanes(intervals) or [[]], start=1):
            writing.lane(side if number == 1 else f"{side} {number}", lane)
    order[:] = sorted(order, key=lambda slot: int(slot.attrib["TIME_VALUE"]))
    for name, constraint in _TYPES.items():
        more = {} if constraint is None else {"CONSTRAINTS": constraint}
        alignable = str(name != "said").lower()
        SubElement(
            root, "LINGUISTIC_TYPE",
            {"LINGUISTIC_TYPE_ID": name, "TIME_ALIGNABLE": alignable, "GRAPHIC_REFERENCES": "false", **more},
        )  # fmt: skip
    for name, words in _CONSTRAINTS.items():
        SubElement(root, "CONSTRAINT", {"STEREOTYPE": name, "DESCRIPTION": words})
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


class _Writing:
    """Writes tiers; ids count up over all of them."""

    def __init__(self, root: Element, order: Element, times: FrameTimes) -> None:
        self._root, self._order, self._times = root, order, times
        self._annotations = 0

    def lane(self, name: str, intervals: Sequence[Coded]) -> None:
        """Write intervals that do not overlap, with the tiers that hang below them."""
        intervals_on = self._tier(name, "interval")
        tiers = {part: self._tier(f"{name} {part}", "apex" if part == APEX else "said", name) for part in PARTS}
        for one in intervals:
            parent = self._aligned(intervals_on, one.onset, one.offset, one.emotion)
            if one.apex is not None:
                self._aligned(tiers[APEX], one.apex, one.apex, "")
            said = {UNITS: units_text(one.units or ()), NOTES: one.note, KIND: one.kind}
            for part, text in said.items():
                if text:
                    inner = SubElement(SubElement(tiers[part], "ANNOTATION"), "REF_ANNOTATION")
                    inner.attrib.update(ANNOTATION_ID=self._next(), ANNOTATION_REF=parent)
                    SubElement(inner, "ANNOTATION_VALUE").text = _plain(text)

    def _tier(self, name: str, kind: str, parent: str | None = None) -> Element:
        more = {} if parent is None else {"PARENT_REF": parent}
        return SubElement(self._root, "TIER", {"TIER_ID": name, "LINGUISTIC_TYPE_REF": kind, **more})

    def _aligned(self, tier: Element, first: int, last: int, text: str) -> str:
        slots = []
        for time_ms in (self._times.begin_ms(first), self._times.end_ms(last)):
            slots.append(f"ts{len(self._order) + 1}")
            SubElement(self._order, "TIME_SLOT", {"TIME_SLOT_ID": slots[-1], "TIME_VALUE": str(time_ms)})
        number = self._next()
        inner = SubElement(SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION")
        inner.attrib.update(ANNOTATION_ID=number, TIME_SLOT_REF1=slots[0], TIME_SLOT_REF2=slots[1])
        SubElement(inner, "ANNOTATION_VALUE").text = _plain(text)
        return number

    def _next(self) -> str:
        self._annotations += 1
        return f"a{self._annotations}"


def _lanes(intervals: Iterable[Coded]) -> list[list[Coded]]:
    """Return the intervals on as few tiers as need be, so that none overlap on one."""
    lanes: list[list[Coded]] = []
    for one in sorted(intervals, key=lambda one: (one.onset, one.offset)):
        free = next((lane for lane in lanes if lane[-1].offset < one.onset), None)
        if free is None:
            lanes.append(free := [])
        free.append(one)
    return lanes


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)
