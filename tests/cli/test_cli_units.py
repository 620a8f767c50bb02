"""`glfnet evaluate --task action-units` as it is typed: scores, report, comparison, and what is refused."""

import re
from pathlib import Path

import pytest

from command_line import Command
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.synthetic.flow_maps import synthetic_flow_set
from whole_pages import faults_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("maps") / "maps.npz"
    write_flow_npz(file, synthetic_flow_set(subjects=8, seed=3, size_px=12))
    return file


def evaluated(command: Command, maps: Path, out: Path, *more: str) -> str:
    linear = ("--recipe", "logistic_regression", "--seeds", "1", "--jobs", "1")
    said = command("evaluate", maps, "--task", "action-units", *linear, "--out", out, *more)
    assert said.status == 0, said.err
    return said.out


def test_scores_of_every_unit_are_printed_and_two_runs_compared(command: Command, maps: Path, tmp_path: Path) -> None:
    said = evaluated(command, maps, tmp_path / "a")
    assert "Honest: epoch fixed before the run, 1 seed(s)" in said
    assert "AU12" in said
    assert "AUC: area under the ROC curve; guessing gives 0.5." in said
    assert str(tmp_path / "a" / "report.html") in said.replace("\n", "")
    assert faults_of((tmp_path / "a" / "report.html").read_text()) == []
    assert all(len(line) <= 80 or line.startswith(("note", "/")) for line in said.splitlines())
    evaluated(command, maps, tmp_path / "b", "--set", "model.c=1e-6")
    compared = command("compare", tmp_path / "a", tmp_path / "b", "--csv", tmp_path / "c.csv")
    assert compared.status == 0, compared.err
    assert "Mean AUC" in compared.out
    assert "Each unit, all databases: difference, p after Holm over all units, 95 %" in compared.out
    assert re.search(r"^ *AU12 +[+-]0\.\d{3} p \d\.\d{3}", compared.out, re.MULTILINE)
    assert all(len(line) <= 80 or line.startswith(("/", "Against")) for line in compared.out.splitlines())
    lines = (tmp_path / "c.csv").read_text().splitlines()
    assert sum(",average_precision,mean," in line for line in lines) == 4
    assert sum(",average_precision,AU12," in line for line in lines) == 4
    assert command("compare", tmp_path / "a", tmp_path / "b", "--csv", tmp_path / "c.csv").status == 0, "it is replaced"
    again = command("report", tmp_path / "a")
    assert again.status == 0
    assert again.out.replace("\n", "") == str(tmp_path / "a" / "report.html")


def test_units_that_are_named_alone_are_learnt(command: Command, maps: Path, tmp_path: Path) -> None:
    evaluated(command, maps, tmp_path / "a", "--set", "protocol.units=[12,4]")
    header = (tmp_path / "a" / "predictions.csv").read_text().splitlines()[0]
    assert header == "sample_id,fold,seed,AU4,p_AU4,AU12,p_AU12"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--task", "units"), "protocol.task: Input should be 'classes' or 'action_units', got \"units\""),
        (("--set", "protocol.units=[99]"), "found AU99; expected action units of the atlas"),
        (("--units", "nothing.xlsx"), "nothing.xlsx: found nothing there; expected annotation sheets"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    command: Command, maps: Path, tmp_path: Path, words: tuple[str, str], sentence: str
) -> None:
    said = command("evaluate", maps, "--task", "action-units", "--out", tmp_path / "run", *words)
    assert said.status == 1
    assert sentence in " ".join(said.err.split())
    assert not (tmp_path / "run").exists()
