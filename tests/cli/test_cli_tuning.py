"""`glfnet ablate` and `glfnet sweep` as a user types them: what is printed, what is refused, what a kill leaves."""

import csv
import importlib.util
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from command_line import Command, Said
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set

unix = pytest.mark.skipif(sys.platform == "win32", reason="process groups and their signals are POSIX")

QUICK = ("--protocol", "kfold", "--set", "protocol.folds=2", "--seeds", "2", "--jobs", "1")
ABLATE = ("--recipe", "plain_cnn", "--set", "model.width=2", "--set", "training.epochs=1", *QUICK)
SWEEP = (
    "--recipe", "logistic_regression", "--try", "model.c=1e-4..1:log", "--try", "input.scale=none,deviation",
    "--trials", "3", "--inner-folds", "3", "--seeds", "1", "--jobs", "1",
)  # fmt: skip
WIDTH = 80


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("maps") / "maps.npz"
    write_flow_npz(file, synthetic_flow_set(subjects=12, seed=3, size_px=12))
    return file


def refused(said: Said) -> str:
    """Return the error that a command ended with, and nothing else."""
    assert (said.status, said.out) == (1, "")
    assert "Traceback" not in said.err
    return said.err[said.err.index("Error: ") :].removeprefix("Error: ").rstrip("\n")


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_ablate_prints_one_table_a_sentence_and_where_the_page_is(command: Command, maps: Path, tmp_path: Path) -> None:
    out = tmp_path / "ab"
    said = command("ablate", maps, "--out", out, *ABLATE, "--also", "model.width=4")
    assert said.status == 0, said.err
    table = said.out[said.out.index("Honest, all") : said.out.index("No part is")]
    for text in ("whole", "without", "model.width=", "UF1", "UAR", "weights", "p Holm"):
        assert text in table
    assert len(re.findall(r"[+-]0\.\d{3} \[[+-]0\.\d{3}, [+-]0\.\d{3}\]", table)) == 4
    assert max(len(line) for line in table.splitlines() if "[" in line) <= WIDTH
    assert said.out.rstrip().splitlines()[-1] == str(out / "ablation.html")
    assert {path.name for path in out.iterdir()} == {
        "ablation.json", "ablation.csv", "ablation.tex", "ablation.svg", "ablation.png", "ablation.html", "whole",
        "no-class-balanced-loss", "model.width=4",
    }  # fmt: skip
    compared = command("compare", out / "whole", out / "no-class-balanced-loss", out / "model.width=4")
    assert compared.status == 0, "the runs are run folders like any other"
    wrong = refused(command("report", out))
    assert wrong == (
        f"{out}: found an ablation; expected the folder of a finished run. Open ablation.html in it; `glfnet compare` "
        "takes the run folders in it."
    )


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_sweep_prints_the_best_trials_and_a_command_that_scores_the_best_of_them(
    command: Command, maps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a sweep"
    said = command("sweep", maps, "--out", out, *SWEEP)
    assert said.status == 0, said.err
    assert said.out.startswith("The best trials: UF1 on inner folds")
    assert "Trial " in said.out
    assert "The best of many is partly luck, so this number is optimistic and no result." in said.out
    assert said.out.rstrip().splitlines()[-1] == str(out / "sweep.html")
    (typed,) = (line.removeprefix("$ ") for line in said.out.splitlines() if line.startswith("$ "))
    words = shlex.split(typed)
    assert words[:3] == ["glfnet", "evaluate", str(maps)]
    scored = command(*words[1:], "--jobs", "1")
    assert scored.status == 0, scored.err
    held = read_settings(out / "best.toml").protocol.subjects
    table = (tmp_path / "a sweep-score" / "predictions.csv").read_text()
    assert {"/".join(line.split("/")[:2]) for line in table.splitlines()[1:]} == set(held)
    wrong = refused(command("report", out))
    assert wrong.startswith(f"{out}: found a sweep; expected the folder of a finished run. Open sweep.html in it; ")


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return maps of one database that know no action unit, and its sheet."""
    folder = tmp_path_factory.mktemp("unlabelled")
    flow = synthetic_flow_set(subjects=24, seed=3, size_px=12)
    samples = [sample for sample in flow.samples if sample.subject.database == "synth-c"]
    rows = [["Subject", "Filename", "Action Units"]]
    rows += [[sample.subject.name, sample.clip, sample.action_units] for sample in samples]
    with (folder / "sheet.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    kept = flow.select([i for i, sample in enumerate(flow.samples) if sample in samples])
    bare = replace(kept, samples=tuple(replace(sample, action_units="") for sample in kept.samples))
    write_flow_npz(folder / "maps.npz", bare)
    return folder / "maps.npz", folder / "sheet.csv"


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_both_take_action_units_from_a_sheet(command: Command, unlabelled: tuple[Path, Path], tmp_path: Path) -> None:
    maps, sheet = unlabelled
    named = ("--task", "action-units", "--units", sheet, "--set", "protocol.units=[4,12]")
    said = command("ablate", maps, "--out", tmp_path / "a", *named, *ABLATE)
    assert said.status == 0, said.err
    table = said.out[said.out.index("Honest, all") : said.out.index("No part is")]
    assert table.index("Mean AUC") < table.index("Mean F1")
    assert max(len(line) for line in table.splitlines() if "[" in line) <= WIDTH
    said = command("sweep", maps, "--out", tmp_path / "s", *named, *SWEEP)
    assert said.status == 0, said.err
    assert said.out.startswith("The best trials: Mean AUC on inner folds")
    (typed,) = (line.removeprefix("$ ") for line in said.out.splitlines() if line.startswith("$ "))
    assert f"--units {sheet}" in typed
    scored = command(*shlex.split(typed)[1:], "--jobs", "1")
    assert scored.status == 0, scored.err
    header = (tmp_path / "s-score" / "predictions.csv").read_text().splitlines()[0]
    assert header == "sample_id,fold,seed,AU4,p_AU4,AU12,p_AU12"
    wrong = refused(command("ablate", maps, "--out", tmp_path / "b", "--task", "action-units", *ABLATE))
    assert wrong.startswith("found no clip with action units among ")


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_a_sweep_that_sets_nobody_aside_asks_for_other_data(command: Command, maps: Path, tmp_path: Path) -> None:
    said = command("sweep", maps, "--out", tmp_path / "s", *SWEEP, "--hold-out", "0", "--trials", "1")
    assert said.status == 0, said.err
    assert "$ glfnet evaluate OTHER_DATA --recipe " in said.out
    assert "on other subjects: here nobody was set aside." in said.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("ablate", "--recipe", "logistic_regression"), "model.kind logistic_regression: found no part that can be "
         "switched off; expected a recipe with Global Attention, Local Block, Adaptive Feature Fusion or "
         "class-balanced loss, such as glfnet. Take one, or name changes of your own. (On the command line: --also.)"),
        (("ablate", "--also", "model.widht=3"), "model.widht=3: unknown setting model.widht; did you mean width?"),
        (("ablate", "--recipe", "glfnt"), "glfnt: no such settings page. Did you mean glfnet? Name a .toml file or one "
         "of: fields, glfnet, htnet, logistic_regression, majority, off_apexnet, paper, plain_cnn, prior, rbf_svm, "
         "ststnet."),
        (("sweep", "--try", "model.widht=3,4"), "model.widht=3: unknown setting model.widht; did you mean width?"),
        (("sweep", "--try", "training.learning_rate=1e-2..1e-4:log"), "training.learning_rate=1e-2..1e-4:log: "
         "found 1e-2 before 1e-4; expected the smaller one first."),
    ],
)  # fmt: skip
def test_what_is_misspelt_is_said_before_maps_are_read(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    said = command(arguments[0], tmp_path / "no such file.npz", "--out", tmp_path / "out", *arguments[1:])
    assert refused(said) == sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--hold-out", "1.5"), "found 1.5 as the share of subjects to set aside; expected a number from 0 (nobody is "
         "set aside) to less than 1, such as 0.25."),
        (("--protocol", "subjects", "--hold-out", "0.2"), "found a share of subjects to set aside, and the protocol "
         "subjects, which lists them; expected one of the two. Leave one out. (On the command line: --hold-out.)"),
        (("--inner-folds", "40"), "found 9 subjects for 40 inner folds; expected a subject for each at least. Take "
         "fewer folds, or set fewer subjects aside. (On the command line: --inner-folds or --hold-out.)"),
    ],
)  # fmt: skip
def test_a_sweep_that_cannot_be_made_is_refused(
    command: Command, maps: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    said = command("sweep", maps, "--out", tmp_path / "out", "--try", "model.width=2,4", *arguments)
    assert refused(said) == sentence
    assert list(tmp_path.iterdir()) == []


def test_without_optuna_sweep_says_how_to_install_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "optuna" else there(name, *more)
    )
    said = command("sweep", tmp_path / "maps.npz", "--out", tmp_path / "s", "--try", "model.width=2,4")
    assert refused(said).startswith(
        "sweep: found no Optuna; expected it to be installed. Install it: `pip install optuna`"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ablate", "sweep"])
def test_the_help_waits_for_neither_torch_nor_optuna(name: str) -> None:
    program = (
        "import sys\nfrom glfnet.cli.main import app\n"
        f"app(['{name}', '--help'], standalone_mode=False)\n"
        "assert not {'torch', 'optuna', 'sklearn', 'matplotlib'} & set(sys.modules), 'imported too early'\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--out" in done.stdout


@contextmanager
def at_work(words: list[str], ready: Path) -> Iterator[subprocess.Popen[str]]:
    """Start `glfnet ...` in a process group of its own, and wait until a file is there."""
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from glfnet.cli.main import main; main()"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        deadline = time.monotonic() + 900  # only so that a hang ends
        while not ready.exists():
            assert started.poll() is None, started.communicate()[1]
            assert time.monotonic() < deadline, "nothing was finished within a quarter of an hour"
            time.sleep(0.01)
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.communicate()


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
@unix
def test_a_sweep_that_was_killed_goes_on_and_ends_with_the_same_trials(
    command: Command, maps: Path, tmp_path: Path
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "killed"
    assert command("sweep", maps, "--out", whole, *SWEEP).status == 0
    words = ["sweep", str(maps), "--out", str(out), *SWEEP]
    with at_work(words, out / "trials" / "0001" / "identity.json") as run:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert not (out / "trials.csv").exists()
    said = command(*words)
    assert said.status == 0, said.err
    for name in ("trials.csv", "best.toml", "sweep.json", "trials/0001/predictions.csv"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.slow
@unix
def test_ctrl_c_says_that_what_is_finished_is_kept(maps: Path, tmp_path: Path) -> None:
    for words, begun in ((["sweep", *SWEEP], "trials/0000"), (["ablate", *ABLATE], "whole")):
        out = tmp_path / words[0]
        with at_work([*words, str(maps), "--out", str(out)], out / begun / "identity.json") as run:
            os.killpg(run.pid, signal.SIGINT)
            printed, said = run.communicate(timeout=900)
        assert run.returncode == 130
        assert "Traceback" not in said
        last = said.rstrip().splitlines()[-1]
        assert re.fullmatch(r"Stopped\. Finished .*folds are kept: run the same command again to resume\.", last)
        assert printed == ""
    assert not list(tmp_path.rglob("*.part"))
