"""The answer as one page that works without network: time line, intervals with their pictures, doubts."""

from typing import Any

import jinja2

from glfnet.answer.drawings import interval_pictures, time_lines
from glfnet.result import GIVEN, Interval, Result

_WITH_PICTURES = 60  # intervals; a page of more would be too large to open
KIND_NAMES = {
    "micro_expression": "micro-expression",
    "macro_expression": "macro-expression",
    "blink": "blink",
    "talking": "talking or other movement of the mouth",
    "head_movement": "movement of the head",
    "given": "given frames",
}


def report_page(result: Result, version: str) -> str:
    """Return report.html.

    Args:
        result: the answer.
        version: of glfnet.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("glfnet"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = result.micro_expressions
    others = [interval for interval in result.intervals if interval not in shown]
    return environment.get_template("answer.html.j2").render(
        result=result,
        recording=result.recording,
        version=version,
        verdict=verdict(result),
        cards=[_card(interval, pictures=n < _WITH_PICTURES) for n, interval in enumerate(shown)],
        others=others,
        kinds={interval.kind for interval in result.intervals},
        kind_names=KIND_NAMES,
        lines=time_lines(result),
    )


def verdict(result: Result) -> str:
    """Return the answer in one sentence."""
    found = result.micro_expressions
    if any(interval.kind == GIVEN for interval in found):
        answer = found[0].emotion
        return f"Between the given frames: {answer}." if answer else "Between the given frames: no answer."
    if not result.tracks:
        return "I see no face here."
    if not found:
        return "I see no micro-expression here."
    noun = "movement that may be a micro-expression" if len(found) == 1 else "movements that may be micro-expressions"
    return f"{len(found)} {noun}."


def _card(interval: Interval, *, pictures: bool) -> dict[str, Any]:
    order = sorted(interval.probabilities.items(), key=lambda item: -item[1])
    shown = interval_pictures(interval.pictures) if pictures and interval.pictures else []
    return {"interval": interval, "probabilities": order, "pictures": shown}
