"""Tables as text: every number, in its own kind's rows, escaped and never silently empty."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from glfnet.report.figures import seed_scores
from glfnet.report.tables import (
    METRIC_NAMES,
    class_rows,
    classes_csv,
    classes_latex,
    confusion_csv,
    number,
    scores_csv,
    scores_latex,
    seeds_csv,
    subjects_csv,
    subjects_latex,
)
from glfnet.scores.predictions import Predictions
from glfnet.scores.resampling import UNDEFINED
from glfnet.scores.run_scores import RunScores, ScopeScores
from glfnet.scores.score_run import score_run


def some_predictions(database: str = "smic", seeds: int = 2) -> Predictions:
    """Six clips of three subjects a seed; the first seed takes one positive for a negative."""
    once = [("1/a", 0), ("1/b", 1), ("2/c", 0), ("2/d", 1), ("3/e", 1), ("3/f", 1)]
    truth = np.array([label for _, label in once] * seeds)
    prediction = truth.copy()
    prediction[1] = 0
    return Predictions(
        classes=("negative", "posi,tive"),
        sample_id=np.array([f"{database}/{name}" for name, _ in once] * seeds),
        fold=np.array([f"{database}/{name[0]}" for name, _ in once] * seeds),
        seed=np.repeat(np.arange(seeds), 6),
        truth=truth,
        probabilities=np.full((6 * seeds, 2), 0.5),
        prediction=prediction,
        test_selected_prediction=truth,
    )


def some_scores(database: str = "smic", seeds: int = 2) -> RunScores:
    return score_run(some_predictions(database, seeds), looks=5, resamples=50)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (1.0, "1.000"), (None, "undefined"), (float("nan"), "undefined")]
)
def test_a_number_has_three_decimals_or_is_called_undefined(value: float | None, text: str) -> None:
    assert number(value) == text


def test_the_score_table_holds_every_value_of_the_metrics_under_its_own_kind() -> None:
    scores = some_scores()
    rows = {(row["kind"], row["scope"], row["metric"]): row for row in rows_of(scores_csv(scores))}
    assert len(rows) == 3 * 2 * 4
    for kind in ("fixed", "test_selected"):
        for scope, scored in scores.of(kind).items():
            for metric in METRIC_NAMES:
                for part in ("mean", "sd", "low", "high"):
                    assert rows[kind, scope, metric][part] == number(getattr(scored.of(metric), part), 6)
    chance = rows["chance_of_selection", "full", "uf1"]
    assert chance["mean"] == number(scores.chance["full"].uf1, 6)
    assert chance["low"] == ""


def test_an_undefined_value_is_written_so_in_every_table() -> None:
    scores = some_scores()
    without = ScopeScores({**scores.fixed["smic"].by_metric, "uf1": UNDEFINED})
    scores = replace(scores, fixed={**scores.fixed, "smic": without})
    row = next(
        r for r in rows_of(scores_csv(scores)) if (r["kind"], r["scope"], r["metric"]) == ("fixed", "smic", "uf1")
    )
    assert [row[part] for part in ("mean", "sd", "low", "high")] == ["undefined"] * 4
    assert "honest & SMIC & undefined & " in scores_latex(scores)


def test_every_row_of_the_latex_table_names_its_kind_and_all_but_honest_values_carry_a_dagger() -> None:
    table, note = scores_latex(some_scores()).split(r"\bottomrule")
    rows = [line.split(" & ") for line in table.splitlines() if " & " in line]
    assert [row[:2] for row in rows] == [
        ["Kind of score", "Databases"],
        *(
            [kind, scope]
            for kind in ("honest", "test-selected", "chance level of test selection")
            for scope in ("All databases", "SMIC")
        ),
    ]
    for row in rows[1:]:
        daggers = 0 if row[0] == "honest" else len(METRIC_NAMES)
        assert " ".join(row).count(r"$^{\dagger}$") == daggers
    assert r"$^{\dagger}$ Test-selected: the epoch was chosen on the held-out subject itself; not an estimate" in note
    assert r"$^{\dagger}$ Chance level of test selection" in note
    assert "(looks: 5)" in note


def test_a_run_without_epochs_has_honest_rows_and_columns_only() -> None:
    scores = score_run(some_predictions(), looks=1, resamples=50)
    assert {row["kind"] for row in rows_of(scores_csv(scores))} == {"fixed"}
    assert {row["kind"] for row in rows_of(classes_csv(some_predictions(), scores.kinds))} == {"fixed"}
    assert list(rows_of(subjects_csv(some_predictions(), scores.kinds))[0]) == ["subject", "clips", "honest_accuracy"]
    latex = scores_latex(scores)
    assert "dagger" not in latex
    assert "selected" not in latex
    assert "Honest: the held-out subject had no part in choosing the epoch." in latex


def test_the_latex_table_shows_mean_spread_and_interval() -> None:
    scores = some_scores()
    score = scores.fixed["full"].uf1
    shown = f"{score.mean:.3f} $\\pm$ {score.sd:.3f} [{score.low:.3f}, {score.high:.3f}]"
    assert f"All databases & {shown} & " in scores_latex(scores)


def test_one_seed_has_no_spread_in_the_latex_table() -> None:
    assert r"\pm" not in scores_latex(some_scores(seeds=1))


def test_names_are_escaped_for_latex() -> None:
    assert r"honest & my\_data\% & " in scores_latex(some_scores("my_data%"))


def test_clips_of_a_class_are_counted_once_whatever_the_number_of_seeds() -> None:
    assert [row[-1] for row in class_rows(some_predictions(seeds=1))] == ["2", "4"]
    assert [row[-1] for row in class_rows(some_predictions(seeds=3))] == ["2", "4"]


def test_class_scores_are_those_of_all_seeds_pooled() -> None:
    # Two seeds: 4 negatives all found, 1 of 8 positives taken for negative.
    assert class_rows(some_predictions(), digits=3) == [
        ["negative", "0.800", "1.000", "0.889", "2"],
        ["posi,tive", "1.000", "0.875", "0.933", "4"],
    ]


def test_the_class_table_names_kind_scope_and_class_of_every_row() -> None:
    rows = rows_of(classes_csv(some_predictions()))
    assert [(r["kind"], r["scope"], r["class"]) for r in rows] == [
        (kind, scope, name)
        for kind in ("fixed", "test_selected")
        for scope in ("full", "smic")
        for name in ("negative", "posi,tive")
    ]
    assert {r["f1"] for r in rows if r["kind"] == "test_selected"} == {"1.000000"}


def test_a_class_that_never_occurs_is_undefined_in_the_class_table() -> None:
    only_positive = some_predictions().select(some_predictions().truth == 1)
    row = rows_of(classes_csv(only_positive))[0]
    assert (row["class"], row["recall"], row["clips"]) == ("negative", "undefined", "0")


def test_the_subject_table_has_one_row_a_subject_and_columns_that_name_the_kind() -> None:
    assert rows_of(subjects_csv(some_predictions())) == [
        {
            "subject": f"smic/{name}",
            "clips": "2",
            "honest_accuracy": accuracy,
            "test_selected_accuracy": "1.000000",
        }
        for name, accuracy in (("1", "0.750000"), ("2", "1.000000"), ("3", "1.000000"))
    ]


def test_the_numbers_behind_the_figures_of_seeds_and_confusions_are_written_too() -> None:
    predictions = some_predictions()
    seeds = rows_of(seeds_csv(seed_scores(predictions), predictions.seeds))
    assert [(row["kind"], row["scope"], row["seed"]) for row in seeds[:4]] == [
        ("fixed", "full", "0"), ("fixed", "full", "1"), ("test_selected", "full", "0"), ("test_selected", "full", "1"),
    ]  # fmt: skip
    assert [row["uf1"] for row in seeds[1:4]] == ["1.000000"] * 3
    assert float(seeds[0]["uf1"]) == pytest.approx((4 / 5 + 6 / 7) / 2, abs=1e-6)
    counts = {
        (row["kind"], row["true"], row["predicted"]): row["count"]
        for row in rows_of(confusion_csv(predictions))
        if row["scope"] == "full"
    }
    assert counts["fixed", "posi,tive", "negative"] == "1"
    assert counts["fixed", "posi,tive", "posi,tive"] == "7"
    assert counts["test_selected", "posi,tive", "negative"] == "0"


def test_classes_and_subjects_are_latex_tables_of_honest_numbers_with_names_escaped() -> None:
    predictions = some_predictions("my_data")
    classes, subjects = classes_latex(predictions), subjects_latex(predictions)
    assert r"All databases & negative & 0.800 & 1.000 & 0.889 & 2 \\" in classes
    assert r"my\_data & posi,tive & " in classes
    assert r"my\_data/1 & 2 & 0.750 \\" in subjects
    assert all(r"\toprule" in text and "Honest predictions." in text for text in (classes, subjects))
