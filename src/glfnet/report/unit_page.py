"""The report of a run on action units: one page that works without network, its figure and its tables."""

import math
from collections.abc import Hashable, Mapping
from pathlib import Path

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from glfnet.facs.atlas import ACTION_UNITS
from glfnet.pages import template
from glfnet.report import figure_files, tables
from glfnet.report.figures import interval_mark, score_axis
from glfnet.report.page_words import PROTOCOL_NAMES, duration, listed, many, settings_rows, write_part
from glfnet.report.published import scope_name
from glfnet.report.run_info import RunInfo
from glfnet.scores.resampling import ConfidenceInterval
from glfnet.scores.run_scores import FULL
from glfnet.scores.unit_measures import THRESHOLD, UNIT_MEASURES, UnitMetric
from glfnet.scores.unit_predictions import UnitPredictions, unit_name
from glfnet.scores.unit_scores import UnitRunScores, UnitScopeScores, rare_units

_DRAWN: tuple[UnitMetric, ...] = ("auc", "f1")
_PARTS = ("mean", "sd", "low", "high")


def write_unit_report(
    folder: Path, predictions: UnitPredictions, scores: UnitRunScores, run: RunInfo, wall_time_s: float | None = None
) -> Path:
    """Write `report.html`, `figures/units.*` and `tables/units.*`; return the page's path.

    Every file is written aside and renamed, so a reader never sees half of one; the page comes last.

    Args:
        folder: the run folder; made if it is missing.
        predictions: the run's prediction table.
        scores: made from these predictions by `score_units`.
        run: what the run was.
        wall_time_s: how long it took; None where it is unknown.

    Raises:
        InputError: if a file cannot be written.
    """
    figure = units_figure(scores.scopes[FULL])
    drawing = figure_files.svg(figure)
    write_part(folder / "figures" / "units.svg", drawing.encode())
    write_part(folder / "figures" / "units.png", figure_files.png(figure))
    described = "AUC and F1 of every action unit with interval. The tables below give the numbers."
    inline = {"units": Markup(figure_files.inline_svg(drawing, "units", described))}  # our own SVG; texts are escaped
    write_part(folder / "tables" / "units.csv", units_csv(scores).encode())
    write_part(folder / "tables" / "units.tex", units_latex(scores).encode())
    return write_part(folder / "report.html", _page(scores, run, inline, wall_time_s).encode())


def units_figure(scored: UnitScopeScores) -> Figure:
    """Return a row for each unit that has a number: AUC in the left panel, F1 in the right one, with intervals."""
    units = scored.counted
    figure = Figure(figsize=(8.4, 1.4 + 0.36 * max(len(units), 1)), layout="constrained")
    panels = figure.subplots(1, len(_DRAWN), sharey=True, squeeze=False)[0]
    for axes, metric in zip(panels, _DRAWN, strict=True):
        for row, unit in enumerate(units):
            interval_mark(axes, row, scored.units[unit].of(metric), "fixed")
        score_axis(axes, UNIT_MEASURES[metric].name)
    panels[0].set_yticks(range(len(units)), [unit_name(unit) for unit in units], fontsize=11)
    panels[0].set_ylim(max(len(units), 1) - 0.4, -0.6)
    return figure


def units_csv(scores: UnitRunScores) -> str:
    """Return every score of a run: a row for each scope, unit (or `mean`) and measure; rare units have counts only.

    Columns: scope, unit, clips, there, people, metric, mean, sd, low, high.
    """
    rows: list[tuple[object, ...]] = []
    for scope, scored in scores.scopes.items():
        rows += [(scope, "mean", "", "", "", metric, *_cells(scored.mean[metric])) for metric in UNIT_MEASURES]
        for unit, score in scored.units.items():
            counts = (score.clips, score.there, score.people)
            rows += [(scope, unit_name(unit), *counts, m, *_cells(score.of(m))) for m in UNIT_MEASURES]
    header = ["scope", "unit", "clips", "there", "people", "metric", *_PARTS]
    return str(pd.DataFrame(rows, columns=header).to_csv(index=False, lineterminator="\n"))


def units_latex(scores: UnitRunScores) -> str:
    """Return a `tabular` for the booktabs package: a row for each unit of all databases together, and their mean."""
    full = scores.scopes[FULL]
    names: list[Hashable] = ["Unit", "Clips with it"]
    rows = [
        (unit_name(unit), f"{score.there} of {score.clips}", *(_latex(score.of(m)) for m in UNIT_MEASURES))
        for unit, score in full.units.items()
        if not score.is_rare
    ]
    rows.append((f"Mean of {len(full.counted)}", "", *(_latex(full.mean[m]) for m in UNIT_MEASURES)))
    header = [*names, *(measure.name for measure in UNIT_MEASURES.values())]
    table = pd.DataFrame(rows, columns=header).style.format(escape="latex", subset=names).hide(axis="index")
    text = table.to_latex(hrules=True, column_format="ll" + "c" * len(UNIT_MEASURES))
    said = "; ".join(f"{measure.name}: {measure.says}" for measure in UNIT_MEASURES.values())
    return f"% needs \\usepackage{{booktabs}}\n{text}{{\\par\\footnotesize Honest predictions. {said}.\\par}}\n"


def _page(scores: UnitRunScores, run: RunInfo, inline: Mapping[str, Markup], wall_time_s: float | None) -> str:
    filters = {"score": tables.number, "scope": scope_name, "big": lambda n: f"{n:,}".replace(",", " ")}
    rare = [f"{scope_name(scope)}: {said}" for scope, scored in scores.scopes.items() if (said := rare_units(scored))]
    return template("unit_report.html.j2", filters).render(
        run=run,
        scores=scores,
        measures=UNIT_MEASURES,
        seen={unit: ACTION_UNITS[unit].seen if unit in ACTION_UNITS else "" for unit in scores.scopes[FULL].units},
        threshold=THRESHOLD,
        rare=rare,
        sentence=_sentence(scores, run),
        one_seed=len(scores.seeds) == 1,
        figures=inline,
        settings=settings_rows(run),
        wall_time=duration(wall_time_s),
    )


def _sentence(scores: UnitRunScores, run: RunInfo) -> str:
    full, protocol = scores.scopes[FULL], run.protocol.name
    databases = [scope for scope in scores.scopes if scope != FULL]
    return (
        f"{run.model.name} was trained to see {many(len(full.units), 'action unit')} and scored under "
        f"{PROTOCOL_NAMES.get(protocol, protocol)}: {many(full.samples, 'clip')} of "
        f"{many(full.subjects, 'subject')} from {listed(databases)}, {many(scores.folds, 'fold')}, "
        f"{many(len(scores.seeds), 'seed')}."
    )


def _cells(score: ConfidenceInterval) -> list[str]:
    return [tables.number(getattr(score, part), 6) for part in _PARTS]


def _latex(score: ConfidenceInterval) -> str:
    if not score.is_defined:
        return tables.UNDEFINED
    spread = "" if math.isnan(score.sd) else rf" $\pm$ {tables.number(score.sd)}"
    return f"{tables.number(score.mean)}{spread} [{tables.number(score.low)}, {tables.number(score.high)}]"
