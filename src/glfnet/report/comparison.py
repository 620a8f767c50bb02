"""A comparison of runs as a file: CSV for programs, LaTeX for papers."""

from collections.abc import Hashable, Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from glfnet.report.published import scope_name
from glfnet.report.tables import UNDEFINED, number
from glfnet.scores.comparison import Comparison
from glfnet.scores.unit_predictions import unit_name

_TEXTS = ("run", "baseline", "scope", "metric")
_COLUMNS = [field.name for field in fields(Comparison) if field.name != "unit"]
_UNIT_COLUMNS = [*_COLUMNS[: len(_TEXTS)], "unit", *_COLUMNS[len(_TEXTS) :]]  # where single action units are compared
_LATEX_MARK = "% written by glfnet compare; needs \\usepackage{booktabs}"


def comparison_csv(rows: Sequence[Comparison]) -> str:
    """Return one line for each comparison; the columns are the fields of `Comparison`, numbers have six decimals.

    `unit` is there only where single action units are compared: `AU4`, or `mean` over the units.
    """
    columns = _COLUMNS if all(row.unit is None for row in rows) else _UNIT_COLUMNS
    lines = [[_csv_cell(row, name) for name in columns] for row in rows]
    return str(pd.DataFrame(lines, columns=columns).to_csv(index=False, lineterminator="\n"))


def comparison_latex(rows: Sequence[Comparison]) -> str:
    """Return a `tabular` for the booktabs package, a line for each comparison; names are escaped."""
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
    return f"{_LATEX_MARK}\n{text}{{\\par\\footnotesize Honest predictions, paired over subjects.\\par}}\n"


def is_comparison_csv(path: Path) -> bool:
    """Return whether a file is what `comparison_csv` gives."""
    return _first_line(path) in (",".join(_COLUMNS), ",".join(_UNIT_COLUMNS))


def is_comparison_latex(path: Path) -> bool:
    """Return whether a file is what `comparison_latex` gives."""
    return _first_line(path) == _LATEX_MARK


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
