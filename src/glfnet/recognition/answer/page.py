"""The answer as one page that works offline: time line, intervals with their pictures, doubts."""

from typing import Any

from glfnet.labels import BLINK, GIVEN, HEAD_MOVEMENT, MACRO, MICRO, OCCLUSION, TALKING
from glfnet.pages import template
from glfnet.recognition.answer.drawings import clock, interval_pictures, time_lines
from glfnet.recognition.result import Interval, Result

OTHER_KINDS = {
    MACRO: "macro-expression",
    BLINK: "blink",
    TALKING: "talking or other movement of the mouth",
    HEAD_MOVEMENT: "movement of the head",
    OCCLUSION: "something before the face",
}
"""Kinds of interval that are not classified, and what they are called."""
_KIND_NAMES = {MICRO: "micro-expression", GIVEN: "given frames", **OTHER_KINDS}


def report_page(result: Result, version: str) -> str:
    """Return report.html.

    Args:
        result: the answer.
        version: of glfnet.
    """
    shown = result.micro_expressions
    others = [interval for interval in result.intervals if interval not in shown]
    return template("answer.html.j2").render(
        result=result,
        recording=result.recording,
        version=version,
        verdict=verdict(result),
        cards=[_card(interval) for interval in shown],
        others=others,
        keys={kind: name for kind, name in _KIND_NAMES.items() if any(i.kind == kind for i in result.intervals)},
        kind_names=_KIND_NAMES,
        lines=time_lines(result),
        clock=clock,
    )


def verdict(result: Result) -> str:
    """Return the answer in one sentence."""
    found = result.micro_expressions
    if any(interval.kind == GIVEN for interval in found):
        answer = found[0].emotion
        return f"Between the given frames: {answer}." if answer else "Between the given frames: no answer."
    if not result.faces:
        return "I see no face here."
    if not found:
        return "I see no micro-expression here."
    noun = "movement that may be a micro-expression" if len(found) == 1 else "movements that may be micro-expressions"
    return f"{len(found)} {noun}."


def _card(interval: Interval) -> dict[str, Any]:
    order = sorted(interval.probabilities.items(), key=lambda item: -item[1])
    shown = interval_pictures(interval.pictures) if interval.pictures else []
    units = sorted(interval.units, key=lambda answer: -answer.probability)
    return {
        "interval": interval,
        "probabilities": order,
        "pictures": shown,
        "units": [answer for answer in units if answer.there],
        "absent": [answer for answer in units if not answer.there],
    }
