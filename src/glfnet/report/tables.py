"""The tables of a report as text: CSV for programs, LaTeX for papers.

In every table a row says which kind of score it holds, in words; a test-selected value in LaTeX also carries a
dagger, so that a line copied out of the table still tells what it is. An undefined value is written `undefined`.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glfnet.report.published import CHANCE_NAME, KIND_NAMES, ScoreKind, scope_name
from glfnet.scores.metrics import per_class
from glfnet.scores.predictions import Predictions
from glfnet.scores.run_scores import confusion_of, per_subject

METRICS = ("uf1", "uar", "accuracy")
METRIC_NAMES: Mapping[str, str] = {"uf1": "UF1", "uar": "UAR", "accuracy": "Accuracy"}
UNDEFINED = "undefined"
_KINDS: tuple[ScoreKind, ...] = ("fixed", "test_selected")
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "\n": " ",
    }
)


def number(value: float | None, digits: int = 3) -> str:
    """Return a score as text with `digits` decimals, or `undefined` for None and NaN."""
    return UNDEFINED if value is None or math.isnan(value) else f"{value:.{digits}f}"


def scores_csv(metrics: Mapping[str, Any]) -> str:
    """Return every score of metrics.json, one row per kind of score, scope (`full` or a database) and metric.

    Columns: kind (`fixed`, `test_selected` or `chance_of_selection`), scope, metric, mean, sd, low, high. A chance
    level has a mean only; its other columns are empty, which is not the same as `undefined`.
    """
    rows: list[Sequence[str]] = []
    for kind in _KINDS:
        for scope, scores in metrics[kind].items():
            for metric in METRICS:
                parts = [number(scores[metric][part], 6) for part in ("mean", "sd", "low", "high")]
                rows.append([kind, scope, metric, *parts])
    for scope in metrics["fixed"]:
        chance = metrics["chance_of_selection"][scope]
        rows += [["chance_of_selection", scope, m, number(chance[m], 6), "", "", ""] for m in METRICS]
    return _csv(["kind", "scope", "metric", "mean", "sd", "low", "high"], rows)


def scores_latex(metrics: Mapping[str, Any]) -> str:
    r"""Return a `tabular` for the booktabs package: mean ± sd [low, high], each kind of score under its own heading.

    Test-selected and chance values carry a dagger, explained in the last line. Names are escaped. With one seed there
    is no standard deviation and none is printed.
    """
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{tabular}{lccc}",
        r"\toprule",
        "Databases & " + " & ".join(METRIC_NAMES[m] for m in METRICS) + r" \\",
    ]
    for kind in _KINDS:
        dagger = "" if kind == "fixed" else r"$^{\dagger}$"
        lines += [r"\midrule", _heading(KIND_NAMES[kind].split(";")[0])]
        for scope, scores in metrics[kind].items():
            cells = [_latex_score(scores[m]) + dagger for m in METRICS]
            lines.append(f"{latex(scope_name(scope))} & " + " & ".join(cells) + r" \\")
    lines += [r"\midrule", _heading(f"{CHANCE_NAME} (looks: {metrics['chance_of_selection']['looks']})")]
    for scope in metrics["fixed"]:
        cells = [number(metrics["chance_of_selection"][scope][m]) + r"$^{\dagger}$" for m in METRICS]
        lines.append(f"{latex(scope_name(scope))} & " + " & ".join(cells) + r" \\")
    dagger_note = "$^{\\dagger}$ Epoch chosen on the held-out subject itself: not an estimate of performance."
    lines += [r"\bottomrule", rf"\multicolumn{{4}}{{p{{0.9\linewidth}}}}{{\footnotesize {dagger_note}}} \\"]
    return "\n".join([*lines, r"\end{tabular}", ""])


def classes_csv(predictions: Predictions) -> str:
    """Return precision, recall, F1 and clips of each class, per kind of score and scope, all seeds pooled.

    Columns: kind, scope, class, precision, recall, f1, clips. Clips are counted once, not once a seed.
    """
    rows: list[Sequence[str]] = []
    scopes = [None, *sorted(set(predictions.database.tolist()))]
    for kind in _KINDS:
        for database in scopes:
            rows += [[kind, database or "full", *cells] for cells in class_rows(predictions, database, kind)]
    return _csv(["kind", "scope", "class", "precision", "recall", "f1", "clips"], rows)


def class_rows(
    predictions: Predictions, database: str | None = None, kind: ScoreKind = "fixed", digits: int = 6
) -> list[list[str]]:
    """Return one row a class as text: name, precision, recall, F1, clips; see `classes_csv`."""
    scores = per_class(confusion_of(predictions, database, kind == "test_selected"))
    columns = zip(predictions.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True)
    seeds = max(len(predictions.seeds), 1)
    return [
        [name, *(number(float(v), digits) for v in (precision, recall, f1)), f"{float(clips) / seeds:g}"]
        for name, precision, recall, f1, clips in columns
    ]


def subjects_csv(predictions: Predictions) -> str:
    """Return each subject's clips and accuracy, honest and test-selected in columns that name them; mean over seeds."""
    rows = [
        [row.subject, str(row.samples), number(row.accuracy, 6), number(row.test_selected_accuracy, 6)]
        for row in per_subject(predictions)
    ]
    return _csv(["subject", "clips", "honest_accuracy", "test_selected_accuracy"], rows)


def latex(text: str) -> str:
    """Return text with LaTeX's own characters escaped."""
    return text.translate(_LATEX)


def _heading(text: str) -> str:
    return rf"\multicolumn{{4}}{{p{{0.9\linewidth}}}}{{\emph{{{latex(text[0].upper() + text[1:])}}}}} \\"


def _latex_score(score: Mapping[str, float | None]) -> str:
    if score["mean"] is None:
        return UNDEFINED
    spread = "" if score["sd"] is None else rf" $\pm$ {number(score['sd'])}"
    return f"{number(score['mean'])}{spread} [{number(score['low'])}, {number(score['high'])}]"


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return target.getvalue()
