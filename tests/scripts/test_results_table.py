"""The tables of docs/measurements.md, printed from finished run folders."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import results_table

from glfnet.evaluation.evaluate import Run
from glfnet.report.run_files import metrics_document
from glfnet.scores.run_scores import RunScores
from glfnet.scores.score_run import score_run


def in_real_databases(run: Run, folder: Path) -> RunScores:
    """Write metrics.json of a made-up run as if its databases were those of MEGC2019."""
    table = run.predictions
    names = dict(zip(np.unique(table.database).tolist(), ("casme2", "samm", "smic"), strict=True))
    ids = [f"{names[database]}/{rest}" for database, rest in (sample.split("/", 1) for sample in table.sample_id)]
    scores = score_run(replace(table, sample_id=np.array(ids)), looks=2, resamples=50)
    (folder / "metrics.json").write_text(json.dumps(metrics_document(scores, run.time)))
    return scores


@pytest.mark.slow
def test_a_finished_run_is_a_row_of_each_table(
    finished_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = in_real_databases(finished_run, tmp_path)
    monkeypatch.setattr(sys, "argv", ["results_table.py", str(tmp_path)])
    results_table.main()
    printed = capsys.readouterr().out
    honest, selected = (
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in printed.splitlines()
        if line.startswith(f"| {tmp_path.name} ")
    )
    for row, scored in ((honest, scores.fixed), (selected, scores.test_selected)):
        uf1 = scored["full"].uf1
        assert row[1:3] == [f"{uf1.mean:.3f} ± {uf1.sd:.3f}", f"{uf1.low:.3f} to {uf1.high:.3f}"]
        assert row[5:8] == [results_table.number(scored[scope].uf1.mean) for scope in ("smic", "casme2", "samm")]
    assert "undefined" in honest[5:8]
    assert honest[-2] == "2"  # seeds
    assert selected[-2:] == ["2", f"{scores.chance['full'].uf1:.3f}"]
    assert printed.index("Honest:") < printed.index("Test-selected:")
