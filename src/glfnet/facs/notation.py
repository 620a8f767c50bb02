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
from itertools import accumulate
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
    # Columns with empty cells come out of many programs as numbers with a fraction: 12.0.
    r"^(?:AU|AD|M)?\s*(A/L|A/R|[LRATB])?\s*(?:AU|AD|M)?\s*(\d{1,2})(?:\.0)?\s*([A-E](?:/[A-E])?)?$",
    re.IGNORECASE,
)
# Of signs that stand for others, only those of Chinese and Japanese keyboards are read: 4² has a footnote and is no 42.
_WIDE = ("<wide>", "<narrow>", "<small>", "<vertical>")


def read_units(cell: str) -> UnitReading:
    """Read a cell of action units.

    >>> [(mark.number, mark.side, mark.certain) for mark in read_units("(R6 or R12)+R15").marks]
    [(6, 'right', False), (12, 'right', False), (15, 'right', True)]
    >>> read_units("4+soft focus")
    UnitReading(marks=(Mark(number=4, side='both', intensity='', certain=True),), unread=('soft focus',))
    """
    text = " ".join("".join(map(_plain, cell)).split())  # a Chinese comma becomes a comma
    if not text or text.lower() in UNKNOWN:
        return UnitReading(None)
    marks: list[Mark] = []
    unread: list[str] = []
    parts = list(_split(text, _SEPARATORS))
    if not parts[-1]:  # a cell that ends in a plus was cut
        unread.append(text)
    for part in filter(None, parts):
        choices = list(_split(_without_brackets(part), _OR))
        if not all(choices):  # nothing before or after an `or`
            unread.append(part)
        for choice in filter(None, choices):
            reference = _REFERENCE.match(choice)
            inner = reference.group(1) if reference else _without_brackets(choice)
            for word in filter(None, _split(inner, _SEPARATORS)):
                mark = _mark(word, certain=len(choices) == 1 and reference is None)
                if mark is None:
                    unread.append(word)
                else:
                    marks.append(mark)
    # Where a cell holds brackets and no more, no unit may be taken for absent.
    return UnitReading(tuple(_settled(marks)), tuple(unread if marks or unread else [text]))


def _plain(sign: str) -> str:
    return unicodedata.normalize("NFKC", sign) if unicodedata.decomposition(sign).startswith(_WIDE) else sign


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
    """Yield the parts between separators that stand in no brackets, without blanks around them; some may be empty."""
    depth, begin, at = 0, 0, 0
    while at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        found = separators.match(text, at) if depth <= 0 else None
        if found is None:
            at += 1
            continue
        yield text[begin:at].strip()
        begin = at = found.end()
    yield text[begin:].strip()


def _without_brackets(part: str) -> str:
    """Return what stands in a pair of brackets around all of a part; the part itself if there is none."""
    depth = list(accumulate({"(": 1, ")": -1}.get(sign, 0) for sign in part))
    around = part.startswith("(") and part.endswith(")") and depth[-1] == 0 and min(depth[:-1]) > 0
    return part[1:-1].strip() if around else part
