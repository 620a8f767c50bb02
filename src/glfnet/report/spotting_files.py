"""Scores of spotting as files: CSV for tables, JSON for programs."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from glfnet.report.tables import number
from glfnet.samples.csv_lines import csv_text
from glfnet.scores.spotting.answered_videos import SpottingRow, SpottingScores

_COUNTS = ("database", "kind", "rule", "videos", "true", "spotted", "matched", "false", "missed", "drawn", "draws")
_MARK = ",".join(_COUNTS)
_SCHEMA = "glfnet spotting scores 1"


def spotting_csv(scores: SpottingScores) -> str:
    """Return one line for each database, kind and rule: counts, then each score with its interval, six decimals."""
    columns = [*_COUNTS, *_values(scores.rows[0])] if scores.rows else _COUNTS
    lines = [
        [*(getattr(row, name) for name in _COUNTS), *(number(value, 6) for value in _values(row).values())]
        for row in scores.rows
    ]
    return csv_text([columns, *lines])


def spotting_json(scores: SpottingScores) -> str:
    """Return the same and the notes as JSON; null where a score is undefined."""
    document: dict[str, Any] = {"schema": _SCHEMA, "min_iou": scores.min_iou, "notes": list(scores.notes), "rows": []}
    for row in scores.rows:
        values = {name: None if math.isnan(value) else round(value, 6) for name, value in _values(row).items()}
        document["rows"].append({**{name: getattr(row, name) for name in _COUNTS}, **values})
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def is_spotting_file(path: Path) -> bool:
    """Return whether a file is what one of these functions gives."""
    text = path.read_text(encoding="utf-8")
    if text.startswith(_MARK):
        return True
    document = json.loads(text)
    return isinstance(document, dict) and document.get("schema") == _SCHEMA


def _values(row: SpottingRow) -> dict[str, float]:
    values: dict[str, float] = {}
    for name, value in asdict(row.score).items():
        bounds = row.bounds[name]
        values |= {name: value, f"{name}_low": bounds.low, f"{name}_high": bounds.high}
    return values
