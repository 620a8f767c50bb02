"""What is said of an ablation: which parts are a gain beyond doubt, and which numbers stand where."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from glfnet.evaluation.evaluate import Run
from glfnet.report.ablation import (
    AblatedRun,
    ablation_figure,
    ablation_latex,
    ablation_rows,
    verdict,
    write_ablation,
)
from glfnet.report.figure_files import svg
from glfnet.scores.comparison import Comparison
from glfnet.scores.metrics import Metric
from whole_pages import faults_of

NAN = math.nan


def against(run: str, difference: float, p: float, metric: Metric = "uf1") -> Comparison:
    low, high = difference - 0.02, difference + 0.02
    return Comparison(
        run=run, baseline="whole", scope="full", metric=metric, value=0.7 + difference, baseline_value=0.7,
        difference=difference, low=low, high=high, p_value=p / 2, adjusted_p_value=p,
    )  # fmt: skip


@pytest.fixture
def runs(finished_run: Run) -> list[AblatedRun]:
    def run(name: str, change: str, part: str) -> AblatedRun:
        folder = name.replace(" ", "-")
        return AblatedRun(
            name=name, change=change, folder=folder, part=part, parameters=1234, scores=finished_run.scores
        )

    return [
        run("whole", "", ""),
        run("without Local Block", "model.local_block=none", "Local Block"),
        run("fused by sum", "model.fusion=sum", "Adaptive Feature Fusion over sum"),
        run("model.width=2", "model.width=2", ""),
    ]


def said(runs: list[AblatedRun], block: tuple[float, float], fusion: tuple[float, float], own: float = 0.9) -> str:
    rows = [
        against("without Local Block", *block), against("fused by sum", *fusion), against("model.width=2", -0.05, own),
        against("fused by sum", -0.3, 0.001, "uar"), replace(against("fused by sum", -0.3, 0.001), scope="smic"),
    ]  # fmt: skip
    return verdict(runs, rows)


@pytest.mark.slow
def test_no_part_is_a_gain_unless_its_difference_stays_significant(runs: list[AblatedRun]) -> None:
    assert said(runs, (-0.012, 0.4), (-0.002, 1.0)) == (
        "No part is a gain beyond doubt. With 5 subjects, no difference stays significant after Holm's correction; "
        "nearest: Local Block (without it, UF1 -0.012, corrected p 0.4). Of the other changes, these matter beyond "
        "doubt: none."
    )
    assert said(runs, (-0.08, 0.01), (-0.002, 1.0), own=0.02) == (
        "Beyond doubt a gain: Local Block (without it, UF1 -0.080, corrected p 0.01). With 5 subjects, no other "
        "difference stays significant after Holm's correction; nearest: Adaptive Feature Fusion over sum (without it, "
        "UF1 -0.002, corrected p 1). Of the other changes, these matter beyond doubt: "
        "model.width=2 (UF1 -0.050, corrected p 0.02)."
    )
    assert said(runs[:-1], (0.08, 0.01), (-0.08, 0.03)) == (
        "Beyond doubt a gain: Adaptive Feature Fusion over sum (without it, UF1 -0.080, corrected p 0.03). Beyond "
        "doubt a loss: Local Block (without it, UF1 +0.080, corrected p 0.01)."
    )
    assert said(runs[:-1], (0.08, 0.01), (-0.08, 0.05)).startswith(
        "No part is a gain beyond doubt. Beyond doubt a loss: Local Block (without it, UF1 +0.080, corrected p 0.01). "
    )
    assert said(runs[:-1], (NAN, NAN), (NAN, NAN)) == (
        "No part is a gain beyond doubt. UF1 is undefined, so nothing can be tested."
    )
    assert verdict([runs[0], runs[3]], [against("model.width=2", 0.1, 0.5)]) == (
        "Of the other changes, these matter beyond doubt: none."
    )


@pytest.mark.slow
def test_every_number_of_the_page_and_the_latex_table_is_one_that_was_given(
    runs: list[AblatedRun], tmp_path: Path
) -> None:
    rows = [
        against(run.name, difference, 0.25, metric)
        for run, difference in zip(runs[1:], (-0.123, NAN, 0.045), strict=True)
        for metric in ("uf1", "uar")
    ]
    page = write_ablation(tmp_path, runs, rows, {"Recipe": "<b>mine</b>"}).read_text()
    for text in ("-0.123 [-0.143, -0.103]", "0.1250", "0.2500", "undefined", "1 234", "&lt;b&gt;mine&lt;/b&gt;"):
        assert text in page
    assert 'href="without-Local-Block/report.html"' in page
    assert faults_of(page) == []
    assert (tmp_path / "ablation.png").read_bytes().startswith(b"\x89PNG")
    assert "nan" not in page.replace("font-variant-numeric", "").lower().split("<svg")[0]
    latex = ablation_latex(ablation_rows(runs, rows))
    assert r"without Local Block & UF1 & 1\,234 & " in latex
    assert r"$-$0.123 [$-$0.143, $-$0.103] & 0.1250 & 0.2500 \\" in latex
    assert "undefined" in latex
    assert (tmp_path / "ablation.tex").read_text() == latex


@pytest.mark.slow
def test_the_figure_names_every_run_and_says_undefined(runs: list[AblatedRun]) -> None:
    rows = [
        replace(against(run.name, difference, 0.5, metric), low=NAN, high=NAN) if difference == 0.0 else
        against(run.name, difference, 0.5, metric)
        for run, difference in zip(runs[1:], (-0.123, NAN, 0.0), strict=True)
        for metric in ("uf1", "uar")
    ]  # fmt: skip
    drawing = svg(ablation_figure(ablation_rows(runs, rows)))
    for text in ("without Local Block", "fused by sum", "model.width=2", "undefined", "UF1", "UAR"):
        assert text in drawing
    assert drawing == svg(ablation_figure(ablation_rows(runs, rows)))
