"""The command line: what it prints, what it refuses and how, and what is left after it was killed."""

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import glfnet
from command_line import Command, Said
from glfnet.cli import main as cli
from glfnet.cli import terminal
from glfnet.errors import WorkerError
from glfnet.evaluation import evaluate as experiment
from glfnet.samples.flow_npz import read_flow_npz, write_flow_npz
from glfnet.samples.flow_set import FlowSet
from glfnet.settings_page import recipe_names
from glfnet.synthetic.flow_maps import synthetic_flow_set

# Small and short, but with enough folds that there is time to be killed between the first and the last.
SHORT = (
    "--recipe", "plain_cnn", "--set", "model.width=4", "--set", "training.epochs=8", "--set", "training.batch_size=8",
    "--set", "training.device=cpu", "--set", "training.threads=1", "--seeds", "3",
)  # fmt: skip
unix = pytest.mark.skipif(sys.platform == "win32", reason="process groups and their signals are POSIX")


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory, tiny_flow: FlowSet) -> Path:
    file = tmp_path_factory.mktemp("maps") / "maps.npz"
    write_flow_npz(file, tiny_flow)
    return file


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, maps: Path) -> tuple[Path, str]:
    """A run left alone, in one process, and what it printed."""
    out = tmp_path_factory.mktemp("cli") / "run"
    with pytest.MonkeyPatch.context() as patch, terminal.OUT.capture() as printed:
        patch.setattr(sys, "argv", ["glfnet", "evaluate", str(maps), "--out", str(out), *SHORT, "--jobs", "1"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    return out, printed.get()


def check_refused(said: Said, *parts: str) -> None:
    """Check that a command ended with one clear error and nothing else."""
    assert said.status == 1
    assert said.out == ""
    assert "Traceback" not in said.err
    error = said.err[said.err.index("Error: ") :].removeprefix("Error: ")
    assert error.count("Error") == 0
    for part in parts:
        assert part in error


def a_flow_folder(folder: Path, people: int = 3) -> Path:
    """Write the layout of the field: <subject>/u_test/<label>/<clip> .png, two classes, two clips a subject."""
    draw = np.random.default_rng(0)
    for n in range(1, people + 1):
        for label in ("0", "2"):
            picture = folder / f"sub{n:02d}" / "u_test" / label / f"sub{n:02d}_EP{label}_01 .png"
            picture.parent.mkdir(parents=True)
            Image.fromarray(draw.integers(0, 255, (12, 12, 3), dtype=np.uint8)).save(picture)
    return folder


def test_the_version_is_printed(command: Command) -> None:
    said = command("--version")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"glfnet {glfnet.__version__} (Python {platform.python_version()}, torch ")


def test_without_a_command_the_help_is_printed(command: Command) -> None:
    said = command()
    assert all(name in said.out + said.err for name in ("evaluate", "compare", "describe", "demo", "synth-flow"))


def test_recipes_are_listed(command: Command) -> None:
    said = command("recipes")
    assert said.status == 0
    assert said.out.split() == recipe_names()


@pytest.mark.parametrize("recipe", recipe_names())
@pytest.mark.slow
def test_every_recipe_can_be_described(command: Command, recipe: str) -> None:
    said = command("describe", "--recipe", recipe)
    assert (said.status, said.err) == (0, "")
    assert f"{recipe}: " in said.out
    assert "training.epochs" in said.out.replace("\n", "")


@pytest.mark.slow
def test_the_size_of_the_network_is_described(command: Command) -> None:
    said = command("describe", "-r", "plain_cnn", "--set", "model.width=1", "--size", "8")
    # 3*1*9+2, 1*2*9+4, 2*4*9+8 and the classifier's 4*16*3+3.
    assert f"{29 + 22 + 80 + 195:,} parameters" in said.out
    assert "for one 8x8 map." in said.out


@pytest.mark.slow
def test_a_run_prints_both_kinds_of_score_apart_and_its_report_last(finished: tuple[Path, str]) -> None:
    out, printed = finished
    honest, selected = printed.index("Honest: epoch fixed before the run, 3 seed(s)"), printed.index("Test-selected: ")
    assert honest < selected < printed.index("Random answers, best of 8 looks per held-out fold, would reach UF1 ")
    assert "NOT an estimate of performance" in printed
    assert printed.splitlines()[-1] == str(out / "report.html")
    assert (out / "report.html").read_text().lstrip().lower().startswith("<!doctype html>")


@pytest.mark.usefixtures("without_report")
@pytest.mark.slow
def test_the_same_command_again_keeps_every_fold(
    command: Command, maps: Path, finished: tuple[Path, str], tmp_path: Path
) -> None:
    again = shutil.copytree(finished[0], tmp_path / "run")
    said = command("evaluate", maps, "--out", again, *SHORT, "--jobs", "2")
    assert said.status == 0
    assert "15 folds kept from earlier" in said.out
    assert "15/15" in said.err


@pytest.mark.usefixtures("without_report")
@pytest.mark.slow
def test_runs_are_compared(command: Command, maps: Path, finished: tuple[Path, str], tmp_path: Path) -> None:
    evaluated = command("evaluate", maps, "--out", tmp_path / "prior", "-r", "prior", "--seeds", "1", "--jobs", "1")
    assert evaluated.status == 0
    assert "Test-selected" not in evaluated.out, "a model without epochs has nothing to select"
    said = command("compare", finished[0], tmp_path / "prior")
    assert said.status == 0
    assert "paired over subjects" in said.out
    assert said.out.count("UF1") == said.out.count("UAR") == 4, "the whole and three databases"


@pytest.mark.slow
def test_a_report_is_made_again(command: Command, finished: tuple[Path, str]) -> None:
    page = finished[0] / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert command("report", finished[0]) == Said(0, f"{page}\n", "")
    assert page.read_bytes() == before


def test_made_up_maps_are_written_where_no_folder_was(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "er" / "maps.npz"
    said = command("synth-flow", file, "--subjects", "4", "--seed", "6")
    assert said.status == 0
    assert str(file) in said.out
    assert read_flow_npz(file).digest() == synthetic_flow_set(subjects=4, seed=6).digest()


@pytest.mark.usefixtures("without_report")
@pytest.mark.slow
def test_a_planted_leak_is_told(command: Command, tiny_flow: FlowSet, tmp_path: Path) -> None:
    pictures = tiny_flow.maps.copy()
    pictures[-1] = pictures[0]
    write_flow_npz(tmp_path / "leak.npz", FlowSet(samples=tiny_flow.samples, maps=pictures))
    said = command("evaluate", tmp_path / "leak.npz", "--out", tmp_path / "run", "-r", "prior", "--jobs", "1")
    assert said.status == 0
    assert (
        f"note: 2 clips of 2 subjects have identical maps: {tiny_flow.samples[0].sample_id}, "
        f"{tiny_flow.samples[-1].sample_id}; a fold that tests one has trained on the other"
    ) in said.out


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_a_flow_folder_of_the_field_is_evaluated(command: Command, tmp_path: Path) -> None:
    said = command(
        "evaluate", a_flow_folder(tmp_path / "flow"), "--out", tmp_path / "run", "-r", "logistic_regression",
        "--protocol", "sde", "--seeds", "1", "--jobs", "1",
    )  # fmt: skip
    assert said.status == 0
    assert "note: casme2: 3 subjects, MEGC2019 has 24." in said.out
    assert "note: full: no true sample of positive, so UF1 and UAR are undefined." in said.out
    assert "CASME II" in said.out
    assert (tmp_path / "run" / "megc2019" / "seed-0.log").read_text().startswith("casme2 sub01\nEP0_01 0 ")


def break_nothing_there(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def break_picture(folder: Path) -> None:
    (folder / "sub02" / "u_test" / "2" / "sub02_EP2_01 .png").write_bytes(b"\x89PNG and then nothing")


def break_size(folder: Path) -> None:
    Image.new("RGB", (9, 12)).save(folder / "sub02" / "u_test" / "2" / "sub02_EP2_01 .png")


def break_label(folder: Path) -> None:
    (folder / "sub02" / "u_test" / "2").rename(folder / "sub02" / "u_test" / "7")


def break_classes(folder: Path) -> None:
    for path in folder.glob("*/u_test/2/*"):
        path.unlink()


def break_subjects(folder: Path) -> None:
    for path in [*folder.glob("sub02/u_test/*/*"), *folder.glob("sub03/u_test/*/*")]:
        path.unlink()
    for name in ("sub02", "sub03"):
        for path in sorted((folder / name).rglob("*"), reverse=True):
            path.rmdir()
        (folder / name).rmdir()


@pytest.mark.parametrize(
    ("damage", "parts"),
    [
        (
            break_nothing_there,
            ["flow: found a folder without subject folders; expected flow maps: a folder <folder>"],
        ),
        (break_picture, ["sub02_EP2_01 .png: found an unreadable picture", "Copy the file again from its source."]),
        (break_size, ["sub02_EP2_01 .png: found 12 x 9 pixels; expected 12 x 12, as 5 of 6 pictures have"]),
        (break_label, ["u_test/7: found '7' where a label folder belongs; expected 0 to 2", "Rename the folder"]),
        (break_classes, ["found samples of 1 class (negative); expected at least two of negative, positive, surprise"]),
        (break_subjects, ["found one subject only (casme2/sub01); expected at least two: one to hold out"]),
    ],
)
def test_a_faulty_flow_folder_is_one_clear_error(
    command: Command, tmp_path: Path, damage: Callable[[Path], None], parts: list[str]
) -> None:
    folder = a_flow_folder(tmp_path / "flow")
    damage(folder)
    check_refused(command("evaluate", folder, "--out", tmp_path / "run", "-r", "prior"), *parts)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--set", "training.epoch=3"], "unknown setting training.epoch; did you mean epochs?"),
        (["--set", "trainign.epochs=3"], "unknown setting trainign; did you mean training?"),
        (["--set", "training.epochs=many"], "training.epochs: Input should be a valid integer"),
        (["--set", "training"], "'training': expected section.option=value, such as model.fusion=concat."),
        (["-r", "glfmet"], "glfmet: no such settings page. Did you mean glfnet?"),
        (["-r", "own.toml"], "own.toml: no such settings page."),
        (["--protocol", "lood"], "protocol.name: Input should be 'cde', 'sde', 'lodo', 'kfold' or 'subjects'"),
        (["--protocol", "loso"], "protocol.name: loso (leave one subject out) is what two protocols do: cde over all"),
        (["--classes", "five"], "protocol.classes five: databases have five classes of their own; found synth-a"),
        (["--database", "samm"], "protocol.database: found 'samm'; expected one of synth-a, synth-b, synth-c."),
        (["--protocol", "kfold", "--set", "protocol.folds=40"], "kfold: 40 parts of 5 subjects"),
        (["--data-database", "samm"], "names the database of each clip; leave it out."),
    ],
)
@pytest.mark.slow
def test_a_faulty_setting_is_one_clear_error(
    command: Command, maps: Path, tmp_path: Path, options: list[str], part: str
) -> None:
    check_refused(command("evaluate", maps, "--out", tmp_path / "run", "--jobs", "1", *options), part)
    assert not (tmp_path / "run").exists()


def test_a_faulty_page_is_one_clear_error(command: Command, maps: Path, tmp_path: Path) -> None:
    page = tmp_path / "own.toml"
    page.write_text('[model]\nkind = "plain_cnn"\nwidht = 3\n')
    check_refused(
        command("evaluate", maps, "--out", tmp_path / "run", "-r", page),
        f"{page}: unknown setting model.widht; did you mean width?",
    )
    page.write_text("[model\n")
    check_refused(command("describe", "-r", page), f"{page}: not a readable TOML page: ")


def test_a_missing_path_is_one_clear_error_with_the_near_miss(command: Command, maps: Path, tmp_path: Path) -> None:
    said = command("evaluate", maps.with_name("map.npz"), "--out", tmp_path / "run")
    check_refused(said, "map.npz: found nothing there; expected flow maps: ")


@pytest.mark.slow
def test_the_folder_of_another_run_is_one_clear_error(command: Command, maps: Path, finished: tuple[Path, str]) -> None:
    table = (finished[0] / "predictions.csv").read_bytes()
    said = command("evaluate", maps, "--out", finished[0], *SHORT, "--set", "training.epochs=9")
    check_refused(
        said,
        f"{finished[0]}: belongs to a different run: settings.training.epochs was 8, now 9. "
        "Name another folder, or repeat the earlier command.",
    )
    assert (finished[0] / "predictions.csv").read_bytes() == table


def test_a_folder_with_other_things_in_it_is_one_clear_error(command: Command, maps: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for out in (tmp_path, tmp_path / "notes.txt"):
        check_refused(command("evaluate", maps, "--out", out, "-r", "prior"), f"{out}: found a f")
    check_refused(
        command("evaluate", maps, "--out", tmp_path / "notes.txt" / "run", "-r", "prior"),
        "a place that cannot be written (",
    )


@pytest.mark.slow
def test_other_commands_refuse_what_is_not_there(command: Command, tmp_path: Path, finished: tuple[Path, str]) -> None:
    nowhere = tmp_path / "nowhere"
    check_refused(command("report", nowhere), f"{nowhere}: found nothing there; expected the folder of a finished run.")
    check_refused(command("compare", finished[0], nowhere), f"{nowhere}: found nothing there; expected the folder of a")
    (tmp_path / "empty").mkdir()
    check_refused(command("compare", finished[0], tmp_path / "empty"), "predictions.csv: found", "a prediction table")
    check_refused(
        command("compare", finished[0]), "compare: found one run folder; expected at least two, the baseline first."
    )
    check_refused(command("compare", finished[0], finished[0]), "needs at least two runs; got 1")


@pytest.mark.slow
def test_maps_that_cannot_be_written_are_one_clear_error(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    file = tmp_path / "file" / "maps.npz"
    check_refused(command("synth-flow", file), f"{file}: found a place that cannot be written (", "name another place")


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "maps.npz"),
        ("evaluate", "maps.npz", "--out", "run", "--seeds", "0"),
        ("describe", "--size", "7"),
        ("synth-flow", "maps.npz", "--subjects", "2"),
        ("evalaute",),
    ],
)
def test_a_command_that_cannot_be_understood_says_how_to_get_help(command: Command, arguments: tuple[str, ...]) -> None:
    said = command(*arguments)
    assert said.status == 2
    assert "--help" in said.err
    assert "Traceback" not in said.err


def test_a_killed_worker_is_one_clear_error(command: Command, maps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_arguments: object, **_named: object) -> None:
        raise WorkerError("a worker process was killed, perhaps because memory ran out.")

    monkeypatch.setattr(experiment, "evaluate", killed)
    check_refused(
        command("evaluate", maps, "--out", "nowhere"),
        "a worker process was killed, perhaps because memory ran out. Finished folds are kept: run the same command "
        "again to resume. If memory is short, use fewer processes (--jobs).",
    )


@contextmanager
def in_the_background(maps: Path, out: Path, jobs: int) -> Iterator[subprocess.Popen[str]]:
    """Start `glfnet evaluate ...` in a process group of its own and wait for the first fold to be kept."""
    # A shell that starts tests in the background makes them deaf to Ctrl-C; the handler brings it back.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from glfnet.cli.main import main; main()"
    )
    arguments = ["evaluate", str(maps), "--out", str(out), *SHORT, "--jobs", str(jobs)]
    started = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        deadline = time.monotonic() + 900  # only so that a hang ends
        while not kept(out):
            assert started.poll() is None, started.communicate()[1]
            assert time.monotonic() < deadline, "no fold was finished within a quarter of an hour"
            time.sleep(0.01)
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.communicate()


def kept(out: Path) -> list[Path]:
    return list(out.glob("folds/*/*.json"))


@pytest.mark.usefixtures("without_report")
@pytest.mark.slow
@unix
def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_bytes(
    command: Command, maps: Path, finished: tuple[Path, str], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    with in_the_background(maps, out, jobs=2) as run:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    before = len(kept(out))
    assert 1 <= before < 15
    assert not (out / "predictions.csv").exists()
    said = command("evaluate", maps, "--out", out, *SHORT, "--jobs", "2")
    assert said.status == 0
    assert f"{before} folds kept from earlier" in said.out
    for name in ("predictions.csv", "identity.json", "megc2019/seed-2.log"):
        assert (out / name).read_bytes() == (finished[0] / name).read_bytes()


@pytest.mark.slow
@unix
def test_ctrl_c_says_that_finished_folds_are_kept(maps: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with in_the_background(maps, out, jobs=1) as run:
        os.killpg(run.pid, signal.SIGINT)
        printed, said = run.communicate(timeout=900)
    assert run.returncode == 130
    assert said.rstrip().splitlines()[-1] == "Stopped. Finished folds are kept: run the same command again to resume."
    assert "Traceback" not in said
    assert printed == ""
    assert kept(out)
    assert not list(out.rglob("*.part"))


@pytest.mark.slow
@unix
@pytest.mark.parametrize(("how", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_to_end_is_like_ctrl_c_and_leaves_no_process(
    maps: Path, tmp_path: Path, how: signal.Signals, status: int
) -> None:
    out = tmp_path / "run"
    with in_the_background(maps, out, jobs=2) as run:
        run.send_signal(how)  # to this process alone, as a batch system does
        printed, said = run.communicate(timeout=60)  # ends only when no worker holds the other end of the pipe
    assert (run.returncode, printed) == (status, "")
    assert said.rstrip().splitlines()[-1] == "Stopped. Finished folds are kept: run the same command again to resume."
    assert "Traceback" not in said
    assert "leaked" not in said
    assert kept(out)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("evaluate", "MAPS", "-r", "prior", "--seeds", "1", "--out", "LONG"), "(File name too long)"),
        (("synth-flow", "LONG"), "(File name too long)"),
        (("synth", "LONG", "--subjects", "1"), "(File name too long)"),
        (("describe", "--set", "model.width=1000000000"), "model.width: Input should be less than or equal to 1024"),
        (("describe", "--set", "training.epochs=1e99"), "training.epochs: "),
    ],
)
def test_a_name_or_number_beyond_all_limits_is_one_clear_error(
    command: Command, maps: Path, tmp_path: Path, arguments: tuple[str, ...], part: str
) -> None:
    words: dict[str, str | Path] = {"MAPS": maps, "LONG": tmp_path / ("x" * 300)}
    check_refused(command(*(words.get(word, word) for word in arguments)), part)


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (MemoryError("Unable to allocate 4.92 PiB"), "Unable to allocate 4.92 PiB"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "the system gives no more"),  # of torch
    ],
)
def test_too_little_memory_is_one_clear_error(
    command: Command, monkeypatch: pytest.MonkeyPatch, error: Exception, how: str
) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli, "read_settings", too_much)
    check_refused(command("describe"), f"found too little memory ({how}); expected what was asked")


def test_an_error_of_our_own_is_not_hidden(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(cli, "read_settings", wrong)
    with pytest.raises(RuntimeError, match="a fault"):
        command("describe")
