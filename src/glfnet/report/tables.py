"""The tables of a report as text: CSV for programs, LaTeX for papers.

In every table a row says in words which kind of score it holds. A test-selected value in LaTeX also carries a dagger,
so that a number copied out of the table is still recognised. An undefined value is written `undefined`.
"""

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence

import pandas as pd

from glfnet.report.published import CHANCE_NAME, KIND_NAMES, scope_name
from glfnet.scores.chance import ChanceLevel
from glfnet.scores.comparison import Comparison
from glfnet.scores.metrics import MEASURES, Metric, per_class
from glfnet.scores.predictions import KINDS, Predictions, ScoreKind
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import FULL, RunScores
from glfnet.scores.score_run import confusion_of, per_subject

METRIC_NAMES: Mapping[Metric, str] = {metric: measure.name for metric, measure in MEASURES.items()}
UNDEFINED = "undefined"
_PARTS = ("mean", "sd", "low", "high")
_DAGGER = r"$^{\dagger}$"


def number(value: float | None, digits: int = 3) -> str:
    """Return a score as text with `digits` decimals, or `undefined` for None and NaN."""
    return UNDEFINED if value is None or math.isnan(value) else f"{value:.{digits}f}"


def difference_text(row: Comparison) -> str:
    """Return a difference with its interval, such as `+0.012 [-0.010, +0.031]`."""
    if math.isnan(row.difference):
        return UNDEFINED
    interval = UNDEFINED if math.isnan(row.low) else f"{row.low:+.3f}, {row.high:+.3f}"
    return f"{row.difference:+.3f} [{interval}]"


def score_text(score: ConfidenceInterval) -> str:
    """Return a score with its spread over seeds, such as `0.746 ± 0.009`."""
    return number(score.mean) + ("" if math.isnan(score.sd) else f" ± {score.sd:.3f}")


def scores_csv(scores: RunScores) -> str:
    """Return every score of a run, one row for each kind of score, scope (`full` or a database) and metric.

    Columns: kind (`fixed`, `test_selected` or `chance_of_selection`), scope, metric, mean, sd, low, high. A chance
    level has a mean only; its other columns are empty, which is not the same as `undefined`. A run without epochs has
    honest rows only.
    """
    rows = [
        (kind, scope, metric, *(number(getattr(scored.of(metric), part), 6) for part in _PARTS))
        for kind in scores.kinds
        for scope, scored in scores.of(kind).items()
        for metric in METRIC_NAMES
    ]
    rows += [
        ("chance_of_selection", scope, metric, number(level.of(metric), 6), "", "", "")
        for scope, level in _chance(scores).items()
        for metric in METRIC_NAMES
    ]
    return _csv(["kind", "scope", "metric", *_PARTS], rows)


def scores_latex(scores: RunScores) -> str:
    r"""Return a `tabular` for the booktabs package: a row for each kind of score and scope, mean ± sd [low, high].

    The first column names the kind. Test-selected and chance values carry a dagger, which the note after the table
    explains. Names are escaped. With one seed there is no standard deviation and none is printed. A run without epochs
    has honest rows only.
    """
    rows = [
        (KIND_NAMES[kind].split(":")[0], scope_name(scope), *(_latex_score(scored.of(m), kind) for m in METRIC_NAMES))
        for kind in scores.kinds
        for scope, scored in scores.of(kind).items()
    ]
    rows += [
        (CHANCE_NAME.split(":")[0], scope_name(scope), *(number(level.of(m)) + _DAGGER for m in METRIC_NAMES))
        for scope, level in _chance(scores).items()
    ]
    names: list[Hashable] = ["Kind of score", "Databases"]
    table = pd.DataFrame(rows, columns=[*names, *METRIC_NAMES.values()]).style
    text = (
        table.format(escape="latex", subset=names)
        .hide(axis="index")
        .to_latex(hrules=True, column_format="ll" + "c" * len(METRIC_NAMES))
    )
    explained = [KIND_NAMES[kind] for kind in scores.kinds]
    if scores.looks > 1:
        explained.append(f"{CHANCE_NAME} (looks: {scores.looks})")
    note = f". {_DAGGER} ".join(f"{sentence[0].upper()}{sentence[1:]}" for sentence in explained)
    return f"% needs \\usepackage{{booktabs}}\n{text}{{\\par\\footnotesize {note}.\\par}}\n"


def _chance(scores: RunScores) -> Mapping[str, ChanceLevel]:
    return scores.chance if scores.looks > 1 else {}


def classes_csv(predictions: Predictions, kinds: Sequence[ScoreKind] = KINDS) -> str:
    """Return precision, recall, F1 and clips of each class, for each kind of score and scope, all seeds pooled.

    Columns: kind, scope, class, precision, recall, f1, clips. Clips are counted once, not once for each seed.
    """
    scopes = [None, *sorted(set(predictions.database.tolist()))]
    rows = [
        (kind, database or FULL, *cells)
        for kind in kinds
        for database in scopes
        for cells in class_rows(predictions.of(kind), database)
    ]
    return _csv(["kind", "scope", "class", "precision", "recall", "f1", "clips"], rows)


def class_rows(predictions: Predictions, database: str | None = None, digits: int = 6) -> list[list[str]]:
    """Return one row for each class as text: name, precision, recall, F1, clips; see `classes_csv`."""
    scores = per_class(confusion_of(predictions, database))
    columns = zip(predictions.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True)
    seeds = max(len(predictions.seeds), 1)
    return [
        [name, *(number(float(v), digits) for v in (precision, recall, f1)), f"{float(clips) / seeds:g}"]
        for name, precision, recall, f1, clips in columns
    ]


def subjects_csv(predictions: Predictions, kinds: Sequence[ScoreKind] = KINDS) -> str:
    """Return each subject's clips and, of each kind, the accuracy in a column that names the kind; mean over seeds."""
    names = {"fixed": "honest_accuracy", "test_selected": "test_selected_accuracy"}
    rows = [
        (row.subject, row.samples, *(number(row.of(kind), 6) for kind in kinds)) for row in per_subject(predictions)
    ]
    return _csv(["subject", "clips", *(names[kind] for kind in kinds)], rows)


def seeds_csv(values: Mapping[str, Mapping[ScoreKind, Sequence[float]]], seeds: Sequence[int]) -> str:
    """Return UF1 of each seed: columns kind, scope, seed, uf1.

    Args:
        values: scope to kind to one UF1 for each seed, as `figures.seed_scores` gives it.
        seeds: the run seeds, in the same order.
    """
    rows = [
        (kind, scope, seed, number(value, 6))
        for scope, of_kinds in values.items()
        for kind, found in of_kinds.items()
        for seed, value in zip(seeds, found, strict=True)
    ]
    return _csv(["kind", "scope", "seed", "uf1"], rows)


def confusion_csv(predictions: Predictions, kinds: Sequence[ScoreKind] = KINDS) -> str:
    """Return how often each class was taken for each, all seeds pooled: kind, scope, true, predicted, count."""
    rows = [
        (kind, database or FULL, true, predicted, int(count))
        for kind in kinds
        for database in (None, *sorted(set(predictions.database.tolist())))
        for true, counts in zip(predictions.classes, confusion_of(predictions.of(kind), database).tolist(), strict=True)
        for predicted, count in zip(predictions.classes, counts, strict=True)
    ]
    return _csv(["kind", "scope", "true", "predicted", "count"], rows)


def classes_latex(predictions: Predictions) -> str:
    """Return a `tabular` for the booktabs package: precision, recall and F1 of each class and scope, honest."""
    scopes = [None, *sorted(set(predictions.database.tolist()))]
    rows = [
        (scope_name(database or FULL), *cells) for database in scopes for cells in class_rows(predictions, database, 3)
    ]
    return _latex_table(["Databases", "Class", "Precision", "Recall", "F1", "Clips"], rows, names=2)


def subjects_latex(predictions: Predictions) -> str:
    """Return a `tabular` for the booktabs package: clips and honest accuracy of each subject, mean over seeds."""
    rows = [(row.subject, row.samples, number(row.accuracy)) for row in per_subject(predictions)]
    return _latex_table(["Subject", "Clips", "Accuracy"], rows, names=1)


def _latex_table(header: Sequence[str], rows: Sequence[Sequence[object]], *, names: int) -> str:
    """Return honest numbers as a `tabular`, of which the first columns are names to be escaped."""
    named: list[Hashable] = list(header[:names])
    style = pd.DataFrame(rows, columns=list(header)).style.format(escape="latex", subset=named).hide(axis="index")
    text = style.to_latex(hrules=True, column_format="l" * names + "c" * (len(header) - names))
    return f"% needs \\usepackage{{booktabs}}\n{text}{{\\par\\footnotesize Honest predictions.\\par}}\n"


def _latex_score(score: ConfidenceInterval, kind: ScoreKind) -> str:
    dagger = "" if kind == "fixed" else _DAGGER
    if not score.is_defined:
        return UNDEFINED + dagger
    spread = "" if math.isnan(score.sd) else rf" $\pm$ {number(score.sd)}"
    return f"{number(score.mean)}{spread} [{number(score.low)}, {number(score.high)}]{dagger}"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return str(pd.DataFrame(list(rows), columns=list(header)).to_csv(index=False, lineterminator="\n"))
