"""The report of a run: one page that works without network, its figures and its tables.

A page shows two kinds of score that must never be mixed: the honest one, and the test-selected one, whose epoch was
chosen on the held-out subject itself. They have separate boxes of different looks, and a test-selected number carries
a dagger wherever it appears.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from markupsafe import Markup
from matplotlib.figure import Figure

from glfnet.pages import template
from glfnet.report import figure_files, figures, tables
from glfnet.report.page_words import PROTOCOL_NAMES, duration, listed, many, settings_rows, write_part
from glfnet.report.published import (
    KIND_NAMES,
    PUBLISHED_CLIPS,
    PUBLISHED_SUBJECTS,
    Selected,
    are_published,
    comparable,
    published_rows,
    scope_name,
)
from glfnet.report.published_five import FiveClassRow, five_class_rows
from glfnet.report.run_info import RunInfo
from glfnet.scores.predictions import KINDS, Predictions
from glfnet.scores.run_scores import FULL, RunScores
from glfnet.scores.score_run import SubjectScore, confusion_of, per_subject

Row = TypeVar("Row", bound=Selected)

_PUBLISHED_SCOPES = (FULL, "smic", "casme2", "samm")
_FIVE, _ONE_SUBJECT_OUT = 5, ("sde", "cde")  # of one database, which makes the two protocols one


def write_report(
    folder: Path, predictions: Predictions, scores: RunScores, run: RunInfo, wall_time_s: float | None = None
) -> Path:
    """Write `report.html`, `figures/*.svg`, `figures/*.png`, `tables/*.csv` and `tables/*.tex`; return the page's path.

    Every file is written aside and renamed, so a reader never sees half of one; the page comes last.

    Args:
        folder: the run folder; made if it is missing.
        predictions: the run's prediction table.
        scores: made from these predictions by `score_run`; NaN is shown as `undefined`.
        run: what the run was.
        wall_time_s: how long it took; None where it is unknown.

    Raises:
        InputError: if a file cannot be written.
    """
    drawings = _drawings(predictions, scores)
    inline = {}
    for name, (figure, description) in drawings.items():
        drawing = figure_files.svg(figure)
        write_part(folder / "figures" / f"{name}.svg", drawing.encode())
        write_part(folder / "figures" / f"{name}.png", figure_files.png(figure))
        inline[name] = Markup(figure_files.inline_svg(drawing, name, description))  # our own SVG; its texts are escaped
    for file, text in _tables(predictions, scores).items():
        write_part(folder / "tables" / file, text.encode())
    return write_part(folder / "report.html", _page(predictions, scores, run, inline, wall_time_s).encode())


def _tables(predictions: Predictions, scores: RunScores) -> dict[str, str]:
    kinds = scores.kinds
    return {
        "scores.csv": tables.scores_csv(scores),
        "scores.tex": tables.scores_latex(scores),
        "seeds.csv": tables.seeds_csv(figures.seed_scores(predictions, kinds), predictions.seeds),
        "confusion.csv": tables.confusion_csv(predictions, kinds),
        "classes.csv": tables.classes_csv(predictions, kinds),
        "classes.tex": tables.classes_latex(predictions),
        "subjects.csv": tables.subjects_csv(predictions, kinds),
        "subjects.tex": tables.subjects_latex(predictions),
    }


def _page(
    predictions: Predictions, scores: RunScores, run: RunInfo, inline: Mapping[str, Markup], wall_time_s: float | None
) -> str:
    filters = {"score": tables.number, "scope": scope_name, "big": lambda n: f"{n:,}".replace(",", " ")}
    return template("report.html.j2", filters).render(
        run=run,
        scores=scores,
        counts=scores.counts,
        figures=inline,
        kind_names=KIND_NAMES,
        metric_names=tables.METRIC_NAMES,
        sentence=_sentence(scores, run),
        one_seed=len(scores.seeds) == 1,
        selects="test_selected" in scores.kinds,
        composite=run.protocol.name == "cde",
        on_published_clips=are_published(predictions.classes, scores.counts.databases),
        published_clips=PUBLISHED_CLIPS,
        published_subjects=PUBLISHED_SUBJECTS,
        published=_by_selection(published_rows()),
        published_scopes=_PUBLISHED_SCOPES,
        five_class=_five_class_groups(predictions, run),
        seed_scores=figures.seed_scores(predictions, scores.kinds),
        confusions={scope: confusion_of(predictions, None if scope == FULL else scope) for scope in scores.fixed},
        class_names=predictions.classes,
        classes=tables.class_rows(predictions, digits=3),
        subjects=_subjects(predictions),
        settings=settings_rows(run),
        wall_time=duration(wall_time_s),
    )


def _drawings(predictions: Predictions, scores: RunScores) -> dict[str, tuple[Figure, str]]:
    rows = per_subject(predictions)
    matrices = {s: confusion_of(predictions, None if s == FULL else s) for s in scores.fixed}
    strip = figures.subjects_figure([r.subject for r in rows], [r.accuracy for r in rows], [r.samples for r in rows])
    selected, sides = "", ", honest"
    if "test_selected" in scores.kinds:
        selected = ", test-selected with interval, chance level of test selection"
        sides = "; honest on the left, test-selected on the right"
    return {
        "scores": (
            figures.scores_figure(scores),
            f"UF1 per database: honest with interval{selected}. The tables above give the numbers.",
        ),
        "seeds": (
            figures.seeds_figure(figures.seed_scores(predictions, scores.kinds)),
            f"UF1 of each seed per database{sides}. The tables below give the numbers.",
        ),
        "confusion": (
            figures.confusion_figure(matrices, predictions.classes),
            "Confusion matrices of the honest predictions. The table below gives the counts.",
        ),
        "subjects": (strip, "Honest accuracy of every subject, lowest first. The table below gives the numbers."),
    }


def _sentence(scores: RunScores, run: RunInfo) -> str:
    counts, protocol = scores.counts, run.protocol.name
    return (
        f"{run.model.name} was trained and scored under {PROTOCOL_NAMES.get(protocol, protocol)}: "
        f"{many(counts.samples, 'clip')} of {many(counts.subjects, 'subject')} from {listed(counts.databases)}, "
        f"{many(counts.folds, 'fold')}, {many(len(scores.seeds), 'seed')}."
    )


def _by_selection(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {"fixed": [], "test_selected": [], "unknown": []}
    for row in rows:
        groups[next((kind for kind in KINDS if comparable(row, kind)), "unknown")].append(row)
    return groups


def _five_class_groups(predictions: Predictions, run: RunInfo) -> dict[str, list[FiveClassRow]] | None:
    """Return the rows of papers that score what this run scored; None if it is not five classes of one database."""
    databases = sorted(set(predictions.database.tolist()))
    fits = len(databases) == 1 and len(predictions.classes) == _FIVE and run.protocol.name in _ONE_SUBJECT_OUT
    rows = five_class_rows(databases[0]) if fits else ()
    return _by_selection(rows) if rows else None


def _subjects(predictions: Predictions) -> dict[str, list[SubjectScore]]:
    groups: dict[str, list[SubjectScore]] = {}
    for row in per_subject(predictions):
        groups.setdefault(row.subject.split("/")[0], []).append(row)
    return groups
