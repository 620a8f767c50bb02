"""Explanations of a video as files: one page, a picture of each movement as SVG and PNG, and a document."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from glfnet.explanation.face import Face
from glfnet.explanation.figures import DrawnUnit, explanation_figure
from glfnet.explanation.folder import DOCUMENT, PAGE
from glfnet.explanation.why import MapExplanation
from glfnet.explanation.words import (
    NO_FEELING,
    effect_words,
    inside_captions,
    quarter_sentence,
    region_sentences,
    unused_sentence,
)
from glfnet.faces.alignment import CropSettings
from glfnet.pages import template
from glfnet.recognition.answer.document import in_utf8
from glfnet.recognition.explain import Explained
from glfnet.recognition.result import Interval, Result
from glfnet.report.figure_files import inline_svg, png, svg

SCHEMA = 1
"""Version of the fields of explanation.json."""

_DRAWN = 20  # movements with a picture: a page of more would be too large to open
_MAPS = ("decision", "global_attention", "local_gates", "share_global")
_DECIMALS = 4


def explanation_files(
    result: Result, explained: Sequence[Explained], crop: CropSettings, version: str
) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file of an explanation.

    Args:
        result: the answer.
        explained: its explanations.
        crop: the crop that flow maps show.
        version: of glfnet.
    """
    cards = []
    for number, found in enumerate(explained, start=1):
        drawing = None
        if number <= _DRAWN:
            figure = explanation_figure(found.why, _map_of(found.interval), _face(found.interval, crop), _units(found))
            drawing = svg(figure)
            yield f"movement-{number}.svg", drawing.encode()
            yield f"movement-{number}.png", png(figure)
        cards.append(_card(found, number, drawing))
    page = template("explanation.html.j2").render(
        result=result, cards=cards, version=version, no_feeling=NO_FEELING, without_faces=_without_faces(explained)
    )
    yield PAGE, in_utf8(page)
    text = json.dumps(explanation_document(result, explained, version), indent=2, ensure_ascii=False, allow_nan=False)
    yield DOCUMENT, in_utf8(text + "\n")


def explanation_document(result: Result, explained: Sequence[Explained], version: str) -> dict[str, Any]:
    """Return what explanation.json holds: plain values, in a fixed order."""
    return {
        "schema": SCHEMA,
        "glfnet": version,
        "source": result.recording.source,
        "weights": {"name": result.model.name, "sha256": result.model.sha256},
        "movements": [_movement(found) for found in explained],
        "about": NO_FEELING,
    }


def _movement(found: Explained) -> dict[str, Any]:
    interval, why = found.interval, found.why
    inside = why.inside
    return {
        "face": interval.face,
        "onset_index": interval.onset_index,
        "apex_index": interval.apex_index,
        "answer": why.answer,
        "probabilities": dict(zip(why.classes, _rounded(why.probabilities), strict=True)),
        "sentences": [*region_sentences(why), *filter(None, [unused_sentence(why), quarter_sentence(why)])],
        "regions": [
            {
                "region": effect.region,
                "movement": round(effect.movement, _DECIMALS),
                "answer_without": effect.answer,
                "probabilities_without": dict(zip(why.classes, _rounded(effect.probabilities), strict=True)),
                "probabilities_alone": dict(zip(why.classes, _rounded(effect.alone), strict=True)),
                "change": round(effect.change, _DECIMALS),
                "used": effect.used,
            }
            for effect in why.regions
        ],
        "quarters": None if why.quadrants is None else _rounded(why.quadrants),
        "maps": None if inside is None else {name: _rows(getattr(inside, name)) for name in _MAPS},
        "action_units": [
            {
                "unit": unit.unit,
                "probability": round(unit.probability, _DECIMALS),
                "side": unit.side,
                "there": unit.there,
            }
            for unit in interval.units
        ],
    }


def _card(found: Explained, number: int, drawing: str | None) -> dict[str, Any]:
    interval, why = found.interval, found.why
    captions = {} if why.inside is None else inside_captions(why.inside, why.answer)
    units = sorted(interval.units, key=lambda unit: -unit.probability)
    described = f"Movement {number} drawn eight times; the sentences and tables below say what is on it."
    return {
        "interval": interval,
        "why": why,
        "label": why.classes.index(why.answer),
        "figure": None if drawing is None else Markup(inline_svg(drawing, f"m{number}", described)),
        "sentences": [*region_sentences(why), *filter(None, [unused_sentence(why), quarter_sentence(why)])],
        "captions": list(captions.values()),
        "rows": [(effect, effect_words(effect, why.answer)) for effect in why.regions],
        "quarters": _quarters(why),
        "units": [unit for unit in units if unit.there],
        "absent": [unit for unit in units if not unit.there],
        "other_path": why.inside is not None and why.inside.other_path,
    }


def _quarters(why: MapExplanation) -> list[tuple[str, float, float | None]]:
    """Return name, share of what speaks for the answer, and mean gate of each region of a two by two Local Block."""
    if why.quadrants is None or why.inside is None:
        return []
    gates: list[float | None] = [None] * 4
    if why.inside.local_gates is not None and why.inside.grid == (2, 2):
        bands = np.array_split(why.inside.local_gates, 2, axis=0)
        gates = [float(part.mean()) for band in bands for part in np.array_split(band, 2, axis=1)]
    names = ("upper left", "upper right", "lower left", "lower right")
    return list(zip(names, why.quadrants, gates, strict=True))


def _map_of(interval: Interval) -> NDArray[np.float32]:
    assert interval.maps is not None, "only what has a map is explained"
    return interval.maps.pixels


def _face(interval: Interval, crop: CropSettings) -> Face:
    return Face(crop=crop, picture=None if interval.pictures is None else interval.pictures.onset)


def _units(found: Explained) -> list[DrawnUnit]:
    return [
        DrawnUnit(unit=unit.unit, probability=unit.probability, side=unit.side, there=unit.there)
        for unit in found.interval.units
    ]


def _without_faces(explained: Sequence[Explained]) -> bool:
    return any(found.interval.pictures is None for found in explained[:_DRAWN])


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(float(value), _DECIMALS) for value in values]


def _rows(values: NDArray[np.float64] | None) -> list[list[float]] | None:
    return None if values is None else [_rounded(row) for row in values.tolist()]
