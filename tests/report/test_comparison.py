"""A comparison as a file: every number, names escaped, and told apart from any other file."""

import csv
import io
import json
from dataclasses import fields, replace
from pathlib import Path

from glfnet.report.comparison import (
    comparison_csv,
    comparison_json,
    comparison_latex,
    is_comparison_csv,
    is_comparison_json,
    is_comparison_latex,
)
from glfnet.scores.comparison import Comparison, SpottingComparison

ROW = Comparison(
    run="runs/b_2",
    baseline="runs/a_1",
    scope="casme2",
    metric="uf1",
    value=0.75,
    baseline_value=0.5,
    difference=0.25,
    low=-0.0123456789,
    high=0.5,
    p_value=0.03125,
    adjusted_p_value=0.0625,
)
NAN = float("nan")
UNDEFINED = replace(
    ROW,
    scope="mine",
    value=NAN,
    baseline_value=NAN,
    difference=NAN,
    low=NAN,
    high=NAN,
    p_value=NAN,
    adjusted_p_value=NAN,
)


def test_the_csv_holds_every_field_and_says_undefined() -> None:
    first, second = csv.DictReader(io.StringIO(comparison_csv([ROW, UNDEFINED])))
    assert list(first) == [field.name for field in fields(Comparison) if field.name != "unit"]
    assert (first["run"], first["baseline"], first["scope"], first["metric"]) == (
        "runs/b_2",
        "runs/a_1",
        "casme2",
        "uf1",
    )
    assert (first["difference"], first["low"], first["p_value"]) == ("0.250000", "-0.012346", "0.031250")
    assert {second[field.name] for field in fields(Comparison)[4:] if field.name != "unit"} == {"undefined"}


def test_the_latex_table_names_run_baseline_database_and_measure_of_each_row() -> None:
    text = comparison_latex([ROW, UNDEFINED, replace(ROW, low=NAN, high=NAN)])
    assert (
        r"runs/a\_1 & runs/b\_2 & CASME II & UF1 & 0.500 & 0.750 & $+0.250$ [$-0.012$, $+0.500$] & 0.0312 & 0.0625 \\"
    ) in text
    assert r"& mine & UF1 & undefined & undefined & undefined & undefined & undefined \\" in text
    assert "$+0.250$ [undefined]" in text
    assert "nan" not in text
    assert "Honest predictions, paired over subjects." in text


def test_where_single_units_are_compared_each_row_names_its_unit() -> None:
    rows = [replace(ROW, metric="auc"), replace(ROW, metric="auc", unit=4)]
    first, second = csv.DictReader(io.StringIO(comparison_csv(rows)))
    assert [first["unit"], second["unit"]] == ["mean", "AU4"]
    assert list(first)[3:6] == ["metric", "unit", "value"]
    text = comparison_latex(rows)
    assert r"& CASME II & Mean AUC & 0.500" in text
    assert r"& CASME II & AUC AU4 & 0.500" in text


def test_of_long_videos_each_row_names_its_kind_and_over_whom_the_runs_are_paired() -> None:
    fields_of_it = {field.name: getattr(ROW, field.name) for field in fields(Comparison)}
    rows = [
        SpottingComparison(**fields_of_it | {"metric": "f1", "scope": scope}, kind="micro_expression", drawn=drawn)
        for scope, drawn in (("full", "videos"), ("casme_sq", "subjects"))
    ]
    first, second = csv.DictReader(io.StringIO(comparison_csv(rows)))
    assert list(first)[3:6] == ["metric", "kind", "value"]
    assert [(row["kind"], row["drawn"]) for row in (first, second)] == [
        ("micro_expression", "videos"), ("micro_expression", "subjects"),
    ]  # fmt: skip
    text = comparison_latex(rows)
    assert r"& CAS(ME)² & F1 micro & 0.500" in text
    assert "Long videos, paired over videos or subjects." in text


def test_the_json_holds_every_field_and_null_where_a_number_is_undefined() -> None:
    first, second = json.loads(comparison_json([ROW, UNDEFINED]))["rows"]
    assert list(first) == [field.name for field in fields(Comparison) if field.name != "unit"]
    assert (first["run"], first["difference"], first["low"]) == ("runs/b_2", 0.25, -0.012346)
    assert (second["scope"], second["value"], second["p_value"]) == ("mine", None, None)


def test_a_run_whose_name_a_spreadsheet_program_would_compute_gets_an_apostrophe() -> None:
    assert "\n'=1+1,runs/a_1,casme2," in comparison_csv([replace(ROW, run="=1+1")])


def test_a_comparison_is_told_apart_from_any_other_file(tmp_path: Path) -> None:
    table, latex, other = tmp_path / "c.csv", tmp_path / "c.tex", tmp_path / "other.csv"
    table.write_text(comparison_csv([ROW]))
    latex.write_text(comparison_latex([ROW]))
    other.write_text("run,baseline\n")
    units = tmp_path / "u.csv"
    units.write_text(comparison_csv([replace(ROW, metric="f1", unit=12)]))
    document, listed = tmp_path / "c.json", tmp_path / "other.json"
    document.write_text(comparison_json([ROW]))
    listed.write_text("[1]")
    assert [is_comparison_json(path) for path in (document, listed)] == [True, False]
    assert [is_comparison_csv(path) for path in (table, units, latex, other)] == [True, True, False, False]
    assert [is_comparison_latex(path) for path in (table, latex, other)] == [False, True, False]
