"""A result as JSON and as tables. `docs/predict.md` documents the fields; `SCHEMA` is raised when one changes."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

import numpy as np

from glfnet.recognition.result import Interval, Note, Result, SeenFace, Span
from glfnet.samples.csv_lines import csv_text
from glfnet.spotting.curve import Curve

SCHEMA = 1
"""Version of the fields of result.json."""

_DECIMALS = 6
_SIDES = {"left": "L", "right": "R"}  # as in FACS
INTERVAL_COLUMNS = (
    "face", "kind", "onset_index", "apex_index", "offset_index", "onset_s", "apex_s", "offset_s", "duration_s",
    "strength_percent", "regions", "emotion", "notes",
)  # fmt: skip


def result_document(result: Result, version: str) -> dict[str, Any]:
    """Return what result.json holds: plain values, in a fixed order.

    Args:
        result: the answer.
        version: of glfnet.
    """
    return {
        "schema": SCHEMA,
        "glfnet": version,
        "recording": _rounded(asdict(result.recording)),
        "model": asdict(result.model),
        "settings": {section: dict(options) for section, options in result.settings.items()},
        "faces": [_face(seen) for seen in result.faces],
        "without_face": [_span(span) for span in result.without_face],
        "micro_expressions": [_interval(interval) for interval in result.micro_expressions],
        "other_movements": [_interval(i) for i in result.intervals if i not in result.micro_expressions],
        "notes": [asdict(note) for note in result.notes],
    }


def in_utf8(text: str) -> bytes:
    r"""Return a text as UTF-8; of a file's name that is no UTF-8, the odd bytes are written out, as JSON writes them.

    >>> in_utf8("clip\udcff.mp4")
    b'clip\\udcff.mp4'
    """
    return text.encode(errors="backslashreplace")


def result_json(result: Result, version: str) -> bytes:
    """Return result.json: UTF-8, indented, without NaN or infinity, which JSON does not know."""
    text = json.dumps(result_document(result, version), indent=2, ensure_ascii=False, allow_nan=False, default=str)
    return in_utf8(text + "\n")


def intervals_csv(result: Result) -> bytes:
    """Return one row for each interval of every kind.

    After `INTERVAL_COLUMNS` come the probabilities of the classes, then the action units that are there, as sheets have
    them (`4+L12`), and the probability of each; the latter only if the weights know any. The last column, `confidence`,
    is empty for what is no micro-expression.
    """
    classes = result.model.classes
    units = sorted({answer.unit for interval in result.intervals for answer in interval.units})
    of_units = ("action_units", *(f"probability_AU{unit}" for unit in units)) if units else ()
    header = (*INTERVAL_COLUMNS, *(f"probability_{name}" for name in classes), *of_units, "confidence")
    return _csv([header, *(_whole_row(interval, classes, units) for interval in result.intervals)])


def curve_csv(result: Result) -> bytes:
    """Return one row for each face and frame: how much each region moves, per cent of the distance between the eyes."""
    regions = list(result.curves[0].regions_percent) if result.curves else []
    header = ("face", "index", "time_s", "movement_percent", *(f"{region}_percent" for region in regions))
    return _csv(chain([header], *(_curve_rows(curve, regions) for curve in result.curves)))


def maps_npz(result: Result) -> bytes | None:
    """Return the flow maps from which classes were inferred, or None if there are none.

    Arrays: `maps` (N, 3, H, W) float32 in pixels of the crop, channels u, v, strain; `normalised`, the same as the
    network sees them; `onset_index`, `apex_index`, `face` (N,).
    """
    classified = [(interval, interval.maps) for interval in result.intervals if interval.maps]
    if not classified:
        return None
    numbers = np.array([(i.face, i.onset_index, i.apex_index) for i, _ in classified], dtype=np.int64)
    stream = io.BytesIO()
    np.savez_compressed(
        stream,
        maps=np.stack([maps.pixels for _, maps in classified]),
        normalised=np.stack([maps.normalised for _, maps in classified]),
        face=numbers[:, 0], onset_index=numbers[:, 1], apex_index=numbers[:, 2],
    )  # fmt: skip
    return stream.getvalue()


def _curve_rows(curve: Curve, regions: Iterable[str]) -> Iterator[tuple[object, ...]]:
    columns = [curve.movement_percent, *(curve.regions_percent[region] for region in regions)]
    rows = zip(curve.index.tolist(), curve.time_s.tolist(), zip(*columns, strict=True), strict=True)
    for index, time_s, values in rows:
        yield curve.face, index, round(time_s, _DECIMALS), *(round(float(value), 4) for value in values)


def _face(seen: SeenFace) -> dict[str, Any]:
    box = [round(value, 1) for value in seen.box]
    return {"face": seen.face, **_span(seen.span), "box_px": box, "eye_distance_px": round(seen.eye_distance_px, 1)}


def _span(span: Span) -> dict[str, Any]:
    return _rounded(asdict(span))


def _interval(interval: Interval) -> dict[str, Any]:
    document: dict[str, Any] = {
        "face": interval.face,
        "kind": interval.kind,
        "onset_index": interval.onset_index,
        "apex_index": interval.apex_index,
        "offset_index": interval.offset_index,
        "onset_s": interval.onset_s,
        "apex_s": interval.apex_s,
        "offset_s": interval.offset_s,
        "duration_s": interval.duration_s,
        "strength_percent": interval.strength_percent,
        "regions": list(interval.regions),
        "emotion": interval.emotion,
        "probabilities": _rounded(interval.probabilities) or None,
        "notes": [asdict(note) for note in interval.notes],
        "action_units": [{**_rounded(asdict(unit)), "there": unit.there} for unit in interval.units],
        "confidence": interval.confidence,
    }
    return _rounded(document)


def _whole_row(interval: Interval, classes: Iterable[str], units: Sequence[int]) -> tuple[object, ...]:
    sure = "" if interval.confidence is None else round(interval.confidence, _DECIMALS)
    return (*_row(interval, classes), *_units(interval, units), sure)


def _row(interval: Interval, classes: Iterable[str]) -> tuple[object, ...]:
    document = _interval(interval)
    words = {"regions": " ".join(interval.regions), "emotion": interval.emotion or "", "notes": _codes(interval.notes)}
    values = {**document, **words}
    probabilities = (round(interval.probabilities[c], _DECIMALS) if interval.probabilities else "" for c in classes)
    return (*(values[column] for column in INTERVAL_COLUMNS), *probabilities)


def _units(interval: Interval, units: Sequence[int]) -> tuple[object, ...]:
    if not units:
        return ()
    answers = {answer.unit: answer for answer in interval.units}
    there = "+".join(f"{_SIDES.get(a.side or '', '')}{a.unit}" for a in interval.units if a.there)
    return there, *(round(answers[unit].probability, _DECIMALS) if unit in answers else "" for unit in units)


def _codes(notes: Iterable[Note]) -> str:
    return " ".join(note.code for note in notes)


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, _DECIMALS) if isinstance(value, float) else value for name, value in values.items()}


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    return in_utf8(csv_text(rows))
