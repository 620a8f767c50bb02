"""Scores in the terminal: whole numbers, whatever its width, and a comparison as files."""

import json
import re
import shutil
from pathlib import Path

import pytest

from command_line import Command
from glfnet.cli.score_tables import print_comparisons, print_run
from glfnet.cli.terminal import OUT
from glfnet.evaluation.evaluate import Run
from glfnet.scores.compare import compare_runs
from glfnet.scores.comparison import Comparison

KEPT = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0"
RUNS = (KEPT / "run", KEPT / "run_of_logistic_regression")


@pytest.fixture(scope="module")
def rows() -> list[Comparison]:
    """Two comparisons, of which some are undefined."""
    from glfnet.scores.predictions import read_predictions

    first, other = (read_predictions(run / "predictions.csv") for run in RUNS)
    return compare_runs({"runs/first": first, "runs/z": other, "runs/a": first}, permutations=20, resamples=20)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_comparison_has_at_most_80_columns_and_no_number_is_cut(
    rows: list[Comparison], width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(OUT, "width", width)
    print_comparisons(rows)
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert "…" not in printed
    assert "nan" not in printed
    assert printed.index("runs/z") < printed.index("runs/a"), "runs in the order in which they were named"
    for row in rows:
        if row.difference == row.difference and row.low == row.low:
            assert f"{row.difference:+.3f} [{row.low:+.3f}, {row.high:+.3f}]" in printed
            assert f"{row.p_value:.4f}  {row.adjusted_p_value:.4f}" in printed


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 80])
def test_a_run_shows_every_measure_with_its_spread_and_interval(
    finished_run: Run, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(OUT, "width", width)
    print_run(finished_run)
    printed = capsys.readouterr().out
    for name in ("UF1", "UAR", "Accuracy", "Weighted F1"):
        assert printed.count(f" {name} ") >= 2, "honest and test-selected"
    score = finished_run.scores.fixed["full"].accuracy
    for text in (f"{score.mean:.3f} ± {score.sd:.3f}", f"[{score.low:.3f}, {score.high:.3f}]"):
        assert text in printed
    table = printed[printed.index("Honest") : printed.index("Random")]
    assert max(len(line.rstrip()) for line in table.splitlines() if "±" in line) <= 80
    assert "…" not in printed


@pytest.mark.slow
def test_a_comparison_is_written_as_csv_and_as_latex_and_written_again(command: Command, tmp_path: Path) -> None:
    table, latex = tmp_path / "new" / "c.csv", tmp_path / "c.tex"
    for _ in range(2):
        said = command("compare", *RUNS, "--csv", table, "--latex", latex)
        assert (said.status, said.err) == (0, "")
        assert said.out.splitlines()[-2:] == [str(table), str(latex)]
    assert table.read_text().startswith("run,baseline,scope,metric,")
    assert re.search(r"& All databases & UF1 & 0\.348 & 0\.326 & ", latex.read_text())


def test_a_comparison_replaces_nothing_but_a_comparison(command: Command, tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.tex"
    thesis.write_text("years of work")
    said = command("compare", *RUNS, "--latex", thesis)
    assert (said.status, said.out) == (1, "")
    assert f"{thesis}: found a file that is not an earlier comparison; expected a new file, or an earlier" in said.err
    assert thesis.read_text() == "years of work"
    both = tmp_path / "both"
    said = command("compare", *RUNS, "--latex", tmp_path / "in" / ".." / "both", "--csv", both)
    assert f"compare: found {both} for both --csv and --latex; expected a file for each." in said.err
    assert not both.exists()


def test_a_comparison_with_a_table_that_was_exchanged_is_refused(command: Command, tmp_path: Path) -> None:
    run = Path(shutil.copytree(RUNS[0], tmp_path / "run"))
    metrics = json.loads((run / "metrics.json").read_text())
    (run / "metrics.json").write_text(json.dumps(metrics | {"predictions_sha256": "that of another table"}))
    said = command("compare", run, RUNS[1])
    assert (said.status, said.out) == (1, "")
    assert f"{run / 'predictions.csv'}: found another table than the one that metrics.json was made from" in said.err
