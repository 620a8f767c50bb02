"""Figures: what is drawn is what was given, and the two kinds of score look different."""

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from glfnet.errors import ShapeError
from glfnet.report.figure_files import inline_svg, png, svg
from glfnet.report.figures import (
    CHANCE,
    HONEST,
    INK,
    PAPER,
    SELECTED,
    confusion_figure,
    scores_figure,
    seed_scores,
    seeds_figure,
    subjects_figure,
)
from glfnet.scores.chance import ChanceLevel
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import UNDEFINED, ConfidenceInterval
from glfnet.scores.run_scores import RunCounts, RunScores, ScopeScores

NAN = float("nan")
SCORE = ConfidenceInterval(mean=0.6, sd=0.02, low=0.5, high=0.7)
BETTER = ConfidenceInterval(mean=0.9, sd=0.01, low=0.8, high=0.95)


def all_three(score: ConfidenceInterval) -> ScopeScores:
    return ScopeScores({"uf1": score, "uar": score, "accuracy": score})


def level(value: float) -> ChanceLevel:
    return ChanceLevel({"uf1": value, "uar": value, "accuracy": value})


def some_scores(honest: ConfidenceInterval = SCORE, selected: ConfidenceInterval = BETTER) -> RunScores:
    return RunScores(
        fixed={"full": all_three(SCORE), "samm": all_three(honest)},
        test_selected={"full": all_three(BETTER), "samm": all_three(selected)},
        looks=40,
        chance={"full": level(0.5), "samm": level(0.55)},
        counts=RunCounts(samples=0, subjects=0, classes={}, folds=0, databases={}),
        undefined=(),
        seeds=(0,),
    )


def some_predictions() -> Predictions:
    truth = np.array([0, 1, 2, 0, 1, 0] * 2)
    return Predictions(
        classes=("negative", "positive", "surprise"),
        sample_id=np.array(
            [f"{d}/{s}/c{n}" for d, s, n in zip("aaabbb" * 2, "112344" * 2, range(6), strict=False)] * 2
        ),
        fold=np.array(list("112344") * 2),
        seed=np.repeat([7, 8], 6),
        truth=truth,
        probabilities=np.full((12, 3), 1 / 3),
        prediction=np.where(np.arange(12) == 6, 1, truth),
        test_selected_prediction=truth,
    )


def texts(drawing: str) -> list[str]:
    root = ElementTree.fromstring(drawing)
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("}text")]


@pytest.mark.slow
def test_the_two_kinds_of_score_differ_in_colour_shape_and_words() -> None:
    axes = scores_figure(some_scores()).axes[0]
    marks = {(line.get_color(), line.get_marker()) for line in axes.lines if line.get_marker() not in ("None", "|")}
    assert marks == {(HONEST, "o"), (SELECTED, "D"), (CHANCE, "x")}
    shown = texts(svg(scores_figure(some_scores())))
    assert "honest" in shown
    assert "test-selected (epoch chosen on the held-out subject)" in shown
    assert "random labels, selected in the same way" in shown


@pytest.mark.slow
def test_without_epochs_there_is_one_mark_a_row_and_one_panel_of_seeds() -> None:
    scores = replace(some_scores(), looks=1)
    axes = scores_figure(scores).axes[0]
    assert {line.get_marker() for line in axes.lines if line.get_marker() not in ("None", "|")} == {"o"}
    assert not [text for text in texts(svg(scores_figure(scores))) if "selected" in text]
    panels = seeds_figure(seed_scores(some_predictions(), scores.kinds)).axes
    assert [panel.get_title() for panel in panels] == ["honest"]


def test_marks_stand_at_the_values_of_the_metrics() -> None:
    axes: Any = scores_figure(some_scores()).axes[0]
    drawn = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert drawn == [0.6, 0.6]
    ends = [tuple(path.vertices[:, 0]) for bars in axes.collections for path in bars.get_paths()]
    assert ends == [(0.5, 0.7), (0.8, 0.95)] * 2


@pytest.mark.slow
def test_an_undefined_score_is_written_and_not_drawn_as_a_number() -> None:
    shown = texts(svg(scores_figure(some_scores(honest=UNDEFINED, selected=UNDEFINED))))
    assert shown.count("undefined") == 2


@pytest.mark.slow
def test_one_subject_gives_a_mark_without_interval() -> None:
    lonely = ConfidenceInterval(mean=0.6, sd=NAN, low=NAN, high=NAN)
    axes = scores_figure(some_scores(honest=lonely, selected=lonely)).axes[0]
    assert sum(len(bars.get_paths()) for bars in axes.collections) == 2
    assert "undefined" not in texts(svg(scores_figure(some_scores(honest=lonely, selected=lonely))))


def test_a_confusion_panel_shows_counts_and_the_percent_of_each_row() -> None:
    matrix = np.array([[3, 1], [0, 5]])
    shown = texts(svg(confusion_figure({"full": matrix, "smic": matrix}, ("calm", "lively"))))
    for text in ("3", "75.0 %", "25.0 %", "5", "100.0 %", "All databases", "SMIC", "calm", "lively"):
        assert text in shown


def test_a_class_without_clips_has_no_percent() -> None:
    shown = texts(svg(confusion_figure({"full": np.array([[2, 0], [0, 0]])}, ("a", "b"))))
    assert shown.count("no clip") == 2


def test_a_confusion_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"^the confusion of smic must be \(3, 3\); got \(2, 2\)\.$"):
        confusion_figure({"smic": np.eye(2, dtype=np.int64)}, ("a", "b", "c"))


def test_subjects_are_drawn_from_the_lowest_to_the_highest() -> None:
    names, values = ["x/1", "y/1", "x/2"], [0.9, 0.1, 0.5]
    axes: Any = subjects_figure(names, values, [4, 2, 1]).axes[0]
    dots = np.concatenate([c.get_offsets() for c in axes.collections if c.get_label() in ("x", "y")])
    assert sorted(map(tuple, dots.tolist())) == [(0, 0.1), (1, 0.5), (2, 0.9)]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["y/1", "x/2", "x/1"]


def test_databases_differ_in_colour_and_in_shape() -> None:
    axes = subjects_figure(["x/1", "y/1", "z/1"], [0.9, 0.1, 0.5], [4, 2, 1]).axes[0]
    handles: list[Any] = axes.get_legend_handles_labels()[0]
    assert len({tuple(h.get_facecolor()[0]) for h in handles}) == 3
    assert len({h.get_paths()[0].vertices.tobytes() for h in handles}) == 3


def test_many_subjects_are_counted_instead_of_named() -> None:
    names = [f"x/{i}" for i in range(30)]
    axes = subjects_figure(names, [0.5] * 30, [1] * 30).axes[0]
    assert axes.get_xlabel() == "30 subjects, lowest first; larger marks have more clips"
    assert len(axes.get_xticks()) == 0


def test_the_score_of_each_seed_is_pooled_over_folds_and_undefined_without_a_class() -> None:
    values = seed_scores(some_predictions())
    assert list(values) == ["full", "a", "b"]
    assert values["full"]["test_selected"] == [1.0, 1.0]
    # Seed 8 takes one of three negatives for a positive: F1 is 4/5, 4/5 and 1.
    assert values["full"]["fixed"] == pytest.approx([1.0, (0.8 + 0.8 + 1) / 3])
    assert np.isnan(values["b"]["fixed"]).all()  # no surprise in database b


@pytest.mark.slow
def test_seeds_of_the_two_kinds_are_drawn_in_panels_of_their_own() -> None:
    values = seed_scores(some_predictions())
    panels: list[Any] = seeds_figure(values).axes
    left, right = panels
    assert (left.get_title(), right.get_title()) == ("honest", "test-selected")
    assert {line.get_color() for line in left.lines} == {HONEST}
    assert {line.get_color() for line in right.lines} == {SELECTED}
    assert left.lines[0].get_xdata().tolist() == values["full"]["fixed"]
    assert texts(svg(seeds_figure(values))).count("undefined") == 2


def test_names_are_text_and_never_formulas_or_markup() -> None:
    name = "$x^2$<script>b"
    drawing = svg(confusion_figure({name: np.eye(2, dtype=np.int64)}, (name, "b")))
    assert "<script" not in drawing
    assert texts(drawing).count(name) == 3


def test_a_long_name_is_cut_so_that_it_leaves_room_for_the_drawing() -> None:
    drawing = svg(confusion_figure({"full": np.eye(2, dtype=np.int64)}, ("x" * 100, "b")))
    assert texts(drawing).count("x" * 19 + "…") == 2


@pytest.mark.slow
def test_equal_figures_give_equal_files_and_no_date() -> None:
    first, second = (svg(scores_figure(some_scores())) for _ in range(2))
    assert first == second
    assert "<dc:date>" not in first
    assert png(scores_figure(some_scores()))[:8] == b"\x89PNG\r\n\x1a\n"


def test_an_inline_figure_follows_the_colours_of_its_page() -> None:
    drawing = inline_svg(svg(scores_figure(some_scores())), "scores", 'says "a" & <b>')
    root = ElementTree.fromstring(drawing)
    assert root.get("aria-label") == 'says "a" & <b>'
    assert root.get("width") is None
    assert root.get("viewBox")
    assert not any(colour in drawing for colour in (INK, PAPER, HONEST, SELECTED, CHANCE))
    assert "var(--honest)" in drawing
    assert "var(--selected)" in drawing
    assert "<style" not in drawing  # it would change the whole page


@pytest.mark.slow
def test_identifiers_of_two_inline_figures_do_not_clash_and_every_reference_resolves() -> None:
    drawings = [inline_svg(svg(scores_figure(some_scores())), name, "") for name in ("one", "two")]
    ids = [set(re.findall(r'\bid="([^"]+)"', d)) for d in drawings]
    assert not ids[0] & ids[1]
    for drawing, known in zip(drawings, ids, strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', drawing)) <= known


def test_drawing_leaves_the_settings_of_matplotlib_alone() -> None:
    before = dict(matplotlib.rcParams)
    figure = scores_figure(some_scores())
    svg(figure)
    assert isinstance(figure, Figure)
    assert dict(matplotlib.rcParams) == before
