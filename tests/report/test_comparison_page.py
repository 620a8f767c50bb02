"""The page and the figure of a comparison: every number given, names escaped, and what is certain in a sentence."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from glfnet.report.comparison_page import (
    TITLE,
    comparison_figure,
    comparison_page,
    comparison_verdict,
    is_comparison_figure,
    is_comparison_page,
)
from glfnet.report.figure_files import png, svg
from glfnet.scores.comparison import Comparison, SpottingComparison
from whole_pages import faults_of

NAN = float("nan")
ROW = Comparison(
    run="runs/<b>",
    baseline="runs/a",
    scope="full",
    metric="uf1",
    value=0.75,
    baseline_value=0.5,
    difference=0.25,
    low=0.0123,
    high=0.5,
    p_value=0.01,
    adjusted_p_value=0.04,
)
UNDEFINED = replace(ROW, scope="mine", **dict.fromkeys(("value", "difference", "low", "high", "p_value"), NAN))
ROWS = [ROW, UNDEFINED, replace(ROW, metric="uar"), replace(ROW, run="runs/c", difference=-0.1, adjusted_p_value=0.5)]


@pytest.mark.slow
def test_the_page_holds_every_number_escapes_names_and_needs_nothing_else() -> None:
    page = comparison_page(ROWS)
    text = " ".join(re.sub(r"<[^>]+>", " ", page[page.index("The numbers") :]).split())
    assert "runs/&lt;b&gt; All databases 0.500 0.750 +0.250 [+0.012, +0.500] 0.0100 0.0400" in text
    assert "mine 0.500 undefined undefined undefined 0.0400" in text
    assert "<b>" not in page
    assert faults_of(page) == []


@pytest.mark.slow
def test_single_units_have_a_table_of_their_own() -> None:
    unit = replace(ROW, metric="auc", unit=12)
    page = comparison_page([replace(ROW, metric="auc"), unit])
    assert "Each action unit" in page
    assert "AUC AU12" in page
    assert "Each action unit" not in comparison_page(ROWS)


def test_the_sentence_names_what_is_beyond_doubt_and_nothing_else() -> None:
    assert comparison_verdict(ROWS) == (
        "Beyond doubt, in UF1: runs/<b> is better by 0.250 (corrected p 0.04). Of the others, chance alone could "
        "explain what was found."
    )
    assert comparison_verdict(ROWS[3:]) == (
        "runs/c does not differ from runs/a beyond doubt: in UF1, chance alone could explain what was found."
    )
    assert comparison_verdict([replace(ROW, adjusted_p_value=NAN), ROWS[3]]).startswith("No run differs from runs/a")


@pytest.mark.slow
def test_the_figure_has_a_panel_for_each_measure_and_a_line_for_each_run_and_scope() -> None:
    figure = comparison_figure(ROWS)
    assert [axes.get_title() for axes in figure.axes] == ["UF1", "UAR"]
    figure.canvas.draw()
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["runs/<b>", "All databases", "mine", "runs/c", "All databases"]
    fills = [line.get_markerfacecolor() for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert len(set(fills)) == 2, "certain and uncertain differences look different"


@pytest.mark.slow
def test_runs_over_long_videos_are_judged_by_f1_of_both_kinds_over_whom_was_drawn() -> None:
    given = {field.name: getattr(ROW, field.name) for field in fields(Comparison)} | {"scope": "casme_sq"}
    rows = [
        SpottingComparison(**given | {"metric": metric}, kind=kind, drawn="videos")
        for metric in ("precision", "f1")
        for kind in ("micro_expression", "both")
    ]
    assert comparison_verdict(rows) == "Beyond doubt, in F1 both: runs/<b> is better by 0.250 (corrected p 0.04)."
    page = comparison_page(rows)
    assert "answers over the same videos as the baseline" in page
    assert "randomly chosen videos" in page
    assert "Precision micro" in page, "what is not drawn stands in the tables"
    assert [axes.get_title() for axes in comparison_figure(rows).axes] == ["F1 micro", "F1 both"]
    assert faults_of(page) == []


@pytest.mark.slow
def test_pages_and_figures_of_comparisons_are_told_apart_from_other_files(tmp_path: Path) -> None:
    figure = comparison_figure(ROWS)
    files = {"a.svg": svg(figure, TITLE).encode(), "a.png": png(figure, TITLE), "other.svg": svg(figure).encode()}
    files |= {"a.html": comparison_page(ROWS).encode(), "b.html": b"<title>glfnet check: x</title>"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert [is_comparison_figure(tmp_path / name) for name in files] == [True, True, False, False, False]
    assert [is_comparison_page(tmp_path / name) for name in files] == [False, False, False, True, False]
