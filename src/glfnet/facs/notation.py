"""How annotation sheets write action units, and what that says of each unit: there, not there, or left open.

The databases' coders write `4+7`, `L12A`, `A/L12`, `10A/B`, `(R6 or R12)+R15`, `ref(7B)+43`, `AD38`, `M58`, `T18`, `?`.
`read_units` reads all of these. What it cannot read it returns, so that nothing is dropped in silence.

Sides are the person's own, as in FACS: L is the left half of the person's face, which an upright camera shows on the
right side of the image.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from glfnet.facs.codes import CODES

Side = Literal["both", "left", "right", "asymmetrical", "top", "bottom"]
SIDES: dict[str, Side] = {
    "": "both", "L": "left", "R": "right", "A": "asymmetrical", "A/L": "left", "A/R": "right", "T": "top",
    "B": "bottom",
}  # fmt: skip
"""Prefix of a unit -> where it shows; top and bottom are lips. `A/L` is left or stronger on the left."""

UNKNOWN = frozenset({"?", "-", "--", "n/a", "na", "nan", "none", "unknown"})
"""Cells that say that nobody knows; an empty cell says the same."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One action unit as a coder has marked it.

    Attributes:
        number: of FACS, a key of `CODES`.
        side: where it shows, from the person's point of view.
        intensity: A, the weakest, to E; two such as `A/B` if the coder left it between them; empty if not marked.
        certain: False for one of several between which the coder left it open, and for one in `ref(...)`, which belongs
            to the face that the clip starts from and may not move in it.
    """

    number: int
    side: Side = "both"
    intensity: str = ""
    certain: bool = True


@dataclass(frozen=True, slots=True)
class UnitReading:
    """What a cell says.

    Attributes:
        marks: in the order of the cell; None if the cell says that nobody knows.
        unread: what could not be read, word for word.
    """

    marks: tuple[Mark, ...] | None
    unread: tuple[str, ...] = ()

    def presence(self, number: int) -> bool | None:
        """Return whether a unit is there; None if that is not known.

        Anything unread leaves open whether a unit that is not marked was meant.
        """
        certain = [mark.certain for mark in self.marks or () if mark.number == number]
        if any(certain):
            return True
        return None if certain or self.marks is None or self.unread else False


_SEPARATORS = re.compile(r"[+,;&\u3001]|\band\b", re.IGNORECASE)
_OR = re.compile(r"\bor\b|\|", re.IGNORECASE)
_REFERENCE = re.compile(r"^ref\s*\((.*)\)$", re.IGNORECASE)
_UNIT = re.compile(
    r"^(?:AU|AD|M)?\s*(A/L|A/R|[LRATB])?\s*(?:AU|AD|M)?\s*(\d{1,2})\s*([A-E](?:/[A-E])?)?$", re.IGNORECASE
)


def read_units(cell: str) -> UnitReading:
    """Read a cell of action units.

    >>> [(mark.number, mark.side, mark.certain) for mark in read_units("(R6 or R12)+R15").marks]
    [(6, 'right', False), (12, 'right', False), (15, 'right', True)]
    >>> read_units("4+soft focus")
    UnitReading(marks=(Mark(number=4, side='both', intensity='', certain=True),), unread=('soft focus',))
    """
    text = " ".join(unicodedata.normalize("NFKC", cell).split())  # a Chinese comma becomes a comma
    if not text or text.lower() in UNKNOWN:
        return UnitReading(None)
    marks: list[Mark] = []
    unread: list[str] = []
    for part in _split(text, _SEPARATORS):
        choices = list(_split(_without_brackets(part), _OR))
        for choice in choices:
            reference = _REFERENCE.match(choice)
            inner = reference.group(1) if reference else choice
            for word in _split(inner, _SEPARATORS):
                mark = _mark(word, certain=len(choices) == 1 and reference is None)
                if mark is None:
                    unread.append(word)
                else:
                    marks.append(mark)
    return UnitReading(tuple(_settled(marks)), tuple(unread))


def _mark(word: str, *, certain: bool) -> Mark | None:
    found = _UNIT.match(word)
    if found is None or int(found[2]) not in CODES:
        return None
    side = SIDES[(found[1] or "").upper()]
    return Mark(int(found[2]), side, (found[3] or "").upper(), certain)


def _settled(marks: list[Mark]) -> Iterator[Mark]:
    """Yield the marks; a unit of which one side or the other is certain is there, whatever was left open of it."""
    certain = {mark.number for mark in marks if mark.certain}
    return (mark for mark in marks if mark.certain or mark.number not in certain)


def _split(text: str, separators: re.Pattern[str]) -> Iterator[str]:
    """Yield the parts between separators that stand in no brackets, without blanks around them or empty ones."""
    depth, begin, at = 0, 0, 0
    while at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        found = separators.match(text, at) if depth <= 0 else None
        if found is None:
            at += 1
            continue
        if part := text[begin:at].strip():
            yield part
        begin = at = found.end()
    if part := text[begin:].strip():
        yield part


def _without_brackets(part: str) -> str:
    return part[1:-1].strip() if part.startswith("(") and part.endswith(")") else part
