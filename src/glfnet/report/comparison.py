"""A comparison of runs as a file: CSV for tables, JSON for programs, LaTeX for papers."""

import json
import math
from collections.abc import Hashable, Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from glfnet.report.published import scope_name
from glfnet.report.tables import UNDEFINED, number
from glfnet.samples.csv_lines import csv_text
from glfnet.scores.comparison import Comparison, SpottingComparison
from glfnet.scores.unit_predictions import unit_name

_TEXTS = ("run", "baseline", "scope", "metric", "kind", "drawn")
_COLUMNS = [field.name for field in fields(Comparison) if field.name != "unit"]
_UNIT_COLUMNS = [*_COLUMNS[:4], "unit", *_COLUMNS[4:]]  # where single action units are compared
_SPOTTING_COLUMNS = [*_COLUMNS[:4], "kind", *_COLUMNS[4:], "drawn"]  # where runs over long videos are
_LATEX_MARK = "% written by glfnet compare; needs \\usepackage{booktabs}"
_SCHEMA = "glfnet comparison 1"


def comparison_csv(rows: Sequence[Comparison]) -> str:
    """Return one line for each comparison; the columns are the fields of `Comparison`, numbers have six decimals.

    `unit` is there only where single action units are compared: `AU4`, or `mean` over the units. Of runs over long
    videos, the columns are the fields of `SpottingComparison`.
    """
    columns = _columns(rows)
    return csv_text([columns, *([_csv_cell(row, name) for name in columns] for row in rows)])


def comparison_json(rows: Sequence[Comparison]) -> str:
    """Return the same as JSON; null where a number is undefined."""
    columns = _columns(rows)
    lines = [{name: _json_value(row, name) for name in columns} for row in rows]
    document = {"schema": _SCHEMA, "rows": lines}
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def comparison_latex(rows: Sequence[Comparison]) -> str:
    """Return a `tabular` for the booktabs package, a line for each comparison; names are escaped."""
    drawn = dict.fromkeys(row.drawn for row in rows if isinstance(row, SpottingComparison))
    of, over = ("Long videos", " or ".join(drawn)) if drawn else ("Honest predictions", "subjects")
    names: list[Hashable] = ["Baseline", "Run", "Databases", "Measure"]
    header = [*names, "Baseline's", "Run's", "Difference [95 \\%]", "$p$", "$p$ (Holm)"]
    lines = [
        (
            row.baseline,
            row.run,
            scope_name(row.scope),
            row.measure,
            number(row.baseline_value),
            number(row.value),
            _difference(row),
            number(row.p_value, 4),
            number(row.adjusted_p_value, 4),
        )
        for row in rows
    ]
    table = pd.DataFrame(lines, columns=header).style.format(escape="latex", subset=names).hide(axis="index")
    text = table.to_latex(hrules=True, column_format="l" * 4 + "c" * 5)
    return f"{_LATEX_MARK}\n{text}{{\\par\\footnotesize {of}, paired over {over}.\\par}}\n"


def is_comparison_csv(path: Path) -> bool:
    """Return whether a file is what `comparison_csv` gives."""
    return _first_line(path) in map(",".join, (_COLUMNS, _UNIT_COLUMNS, _SPOTTING_COLUMNS))


def is_comparison_json(path: Path) -> bool:
    """Return whether a file is what `comparison_json` gives."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return isinstance(document, dict) and document.get("schema") == _SCHEMA


def is_comparison_latex(path: Path) -> bool:
    """Return whether a file is what `comparison_latex` gives."""
    return _first_line(path) == _LATEX_MARK


def _columns(rows: Sequence[Comparison]) -> list[str]:
    if any(isinstance(row, SpottingComparison) for row in rows):
        return _SPOTTING_COLUMNS
    return _COLUMNS if all(row.unit is None for row in rows) else _UNIT_COLUMNS


def _json_value(row: Comparison, column: str) -> str | float | None:
    if column == "unit" or column in _TEXTS:
        return _csv_cell(row, column)
    value = float(getattr(row, column))
    return None if math.isnan(value) else round(value, 6)


def _csv_cell(row: Comparison, column: str) -> str:
    if column == "unit":
        return "mean" if row.unit is None else unit_name(row.unit)
    value = getattr(row, column)
    return str(value) if column in _TEXTS else number(value, 6)


def _difference(row: Comparison) -> str:
    if pd.isna(row.difference):
        return UNDEFINED
    interval = UNDEFINED if pd.isna(row.low) else f"${row.low:+.3f}$, ${row.high:+.3f}$"
    return f"${row.difference:+.3f}$ [{interval}]"


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().rstrip("\n")
