"""The report of a run: one page that works without network, its figures and its tables.

A page shows two kinds of score that must never be mixed: the honest one, and the test-selected one, whose epoch was
chosen on the held-out subject itself. They stand in separate, differently drawn places, and a test-selected number
carries a dagger wherever it appears.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from glfnet.errors import RunFolderError
from glfnet.files import write_whole
from glfnet.pages import template
from glfnet.report import figures, tables
from glfnet.report.published import (
    KIND_NAMES,
    PUBLISHED_CLIPS,
    PUBLISHED_SUBJECTS,
    PublishedRow,
    comparable,
    published_rows,
    scope_name,
)
from glfnet.scores.predictions import Predictions
from glfnet.scores.run_scores import confusion_of, per_subject

_REQUIRED = ("glfnet", "title", "settings", "data", "command", "model", "protocol")
_PUBLISHED_SCOPES = ("full", "smic", "casme2", "samm")
_PROTOCOLS = {
    "cde": "the composite protocol (CDE: leave one subject out over all databases together)",
    "sde": "the single-database protocol (SDE: leave one subject out within each database)",
    "lodo": "leave one database out",
    "kfold": "subject-disjoint folds",
    "subjects": "one fixed list of held-out subjects",
}


def write_report(folder: Path, predictions: Predictions, metrics: dict[str, Any], run: dict[str, Any]) -> Path:
    """Write `report.html`, `figures/*.svg`, `figures/*.png`, `tables/*.csv` and `tables/*.tex`; return the page's path.

    Every file is written aside and renamed, so a reader never sees half of one; the page comes last.

    Args:
        folder: the run folder; made where it is missing.
        predictions: the run's prediction table.
        metrics: the content of metrics.json, made from these predictions by `scores.score_run`; `wall_time_s` may be
            absent. None is an undefined value and is shown as `undefined`.
        run: the content of run.json with the keys `glfnet`, `title`, `settings`, `data` (`source`, `digest`),
            `command`, `model` (`name`) and `protocol` (`name`). These may be absent: `sources`, `versions`, the model's
            `parameters` and `flops`, the data's `exclusions`, `notes` and `leaks`.

    Raises:
        RunFolderError: if `run` lacks a key, `metrics` are not of these predictions.
        InputError: if a file cannot be written.
    """
    _check(folder, predictions, metrics, run)
    drawings = _drawings(predictions, metrics)
    inline = {}
    for name, (figure, description) in drawings.items():
        drawing = figures.svg(figure)
        _write(folder / "figures" / f"{name}.svg", drawing.encode())
        _write(folder / "figures" / f"{name}.png", figures.png(figure))
        inline[name] = Markup(figures.inline_svg(drawing, name, description))  # our own SVG; its texts are escaped
    _write(folder / "tables" / "scores.csv", tables.scores_csv(metrics).encode())
    _write(folder / "tables" / "scores.tex", tables.scores_latex(metrics).encode())
    _write(folder / "tables" / "classes.csv", tables.classes_csv(predictions).encode())
    _write(folder / "tables" / "subjects.csv", tables.subjects_csv(predictions).encode())
    return _write(folder / "report.html", _page(predictions, metrics, run, inline).encode())


def _page(predictions: Predictions, metrics: Mapping[str, Any], run: Mapping[str, Any], inline: object) -> str:
    filters = {"score": tables.number, "scope": scope_name, "big": lambda n: f"{n:,}".replace(",", " ")}
    data = run["data"]
    return template("report.html.j2", filters).render(
        run=run,
        metrics=metrics,
        counts=metrics["counts"],
        figures=inline,
        kind_names=KIND_NAMES,
        metric_names=tables.METRIC_NAMES,
        sentence=_sentence(metrics, run),
        one_seed=len(metrics["seeds"]) == 1,
        composite=run["protocol"]["name"] == "cde",
        published_clips=PUBLISHED_CLIPS,
        published_subjects=PUBLISHED_SUBJECTS,
        published=_published_groups(),
        published_scopes=_PUBLISHED_SCOPES,
        classes=tables.class_rows(predictions, digits=3),
        subjects=_subjects(predictions),
        leaks=data.get("leaks", []),
        notes=data.get("notes", []),
        exclusions=data.get("exclusions", []),
        undefined=metrics["undefined"],
        settings=_settings(run),
        versions=run.get("versions", {}),
        wall_time=_duration(metrics.get("wall_time_s")),
    )


def _drawings(predictions: Predictions, metrics: Mapping[str, Any]) -> dict[str, tuple[Figure, str]]:
    rows = per_subject(predictions)
    scopes = list(metrics["fixed"])
    matrices = {s: confusion_of(predictions, None if s == "full" else s) for s in scopes}
    strip = figures.subjects_figure([r.subject for r in rows], [r.accuracy for r in rows], [r.samples for r in rows])
    return {
        "scores": (
            figures.scores_figure(metrics),
            "UF1 per database: honest with interval, test-selected with interval, chance level of test selection. "
            "The tables above give the numbers.",
        ),
        "seeds": (
            figures.seeds_figure(figures.seed_scores(predictions)),
            "UF1 of each seed per database; honest on the left, test-selected on the right.",
        ),
        "confusion": (
            figures.confusion_figure(matrices, predictions.classes),
            "Confusion matrices of the honest predictions.",
        ),
        "subjects": (strip, "Honest accuracy of every subject, lowest first. The table below gives the numbers."),
    }


def _sentence(metrics: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    counts, seeds, protocol = metrics["counts"], metrics["seeds"], run["protocol"]["name"]
    databases = [scope_name(d) for d in counts["databases"]]
    listed = " and ".join([", ".join(databases[:-1]), databases[-1]] if len(databases) > 1 else databases)
    return (
        f"{run['model']['name']} was trained and scored under {_PROTOCOLS.get(protocol, protocol)}: "
        f"{_many(counts['samples'], 'clip')} of {_many(counts['subjects'], 'subject')} from {listed}, "
        f"{_many(counts['folds'], 'fold')}, {_many(len(seeds), 'seed')}."
    )


def _published_groups() -> dict[str, list[PublishedRow]]:
    rows = published_rows()
    return {
        "fixed": [r for r in rows if comparable(r, "fixed")],
        "test_selected": [r for r in rows if comparable(r, "test_selected")],
        "unknown": [r for r in rows if not comparable(r, "fixed") and not comparable(r, "test_selected")],
    }


def _subjects(predictions: Predictions) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in per_subject(predictions):
        groups.setdefault(row.subject.split("/")[0], []).append(row)
    return groups


def _settings(run: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    sources = run.get("sources", {})
    return [
        (
            section,
            [(name, _value(value), sources.get(f"{section}.{name}", "not stated")) for name, value in page.items()],
        )
        for section, page in run["settings"].items()
    ]


def _value(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not set"}[value]
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "not recorded"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _check(folder: Path, predictions: Predictions, metrics: Mapping[str, Any], run: Mapping[str, Any]) -> None:
    missing = [key for key in _REQUIRED if key not in run]
    if missing:
        raise RunFolderError(
            f"{folder / 'run.json'}: found no {', '.join(missing)}; expected the keys {', '.join(_REQUIRED)}. "
            "Run `glfnet evaluate` again with the same output folder; finished folds are kept."
        )
    here = (len(set(predictions.sample_id.tolist())), list(predictions.seeds))
    there = (metrics["counts"]["samples"], list(metrics["seeds"]))
    if here != there:
        raise RunFolderError(
            f"{folder / 'metrics.json'}: found {there[0]} clips and seeds {there[1]}; "
            f"expected {here[0]} clips and seeds {here[1]} as in predictions.csv. "
            "Make the metrics again from the prediction table."
        )


def _write(path: Path, content: bytes) -> Path:
    write_whole(path, content, "Make room or name another folder; nothing of the run is lost.")
    return path
