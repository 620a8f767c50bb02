"""Every command shows its progress and ends early in the same way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rich.markup import escape
from rich.table import Table

from glfnet.cli.terminal import (
    OUT,
    early_end,
    error_sentence,
    output_watched,
    print_error,
    print_note,
    progress_bar,
    resumable,
)
from glfnet.errors import GlfnetError, SettingsError, WorkerError


def test_ctrl_c_is_one_sentence_and_status_130(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, early_end(resumable("folds")), progress_bar("folds"):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == "Stopped. Finished folds are kept: run the same command again to resume."
    assert said.out == ""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full to write to")
@pytest.mark.parametrize("held_back", [True, False])
@pytest.mark.parametrize("argument", ["recipes", "--help"])
def test_a_full_output_is_one_sentence_and_no_traceback(argument: str, held_back: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, *([] if held_back else ["-u"]), "-m", "glfnet.cli", argument],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=environment,
        )
    assert ended.returncode == 1
    assert ended.stderr == (
        "Error: the output of this command cannot be written (No space left on device). Make room, or send it to "
        "another place. Files that the command has written are kept.\n"
    )


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_error() -> None:
    end, start = os.pipe()
    os.close(end)
    ended = subprocess.run(
        [sys.executable, "-m", "glfnet.cli", "recipes"], stdout=start, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(start)
    assert ended.stderr == ""


def test_an_error_of_another_file_is_not_taken_for_one_of_the_output() -> None:
    with pytest.raises(OSError, match="another file"), output_watched():
        raise OSError("another file")


def test_ctrl_c_without_anything_to_say_is_one_word(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), early_end(""):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_killed_worker_is_one_error() -> None:
    with pytest.raises(GlfnetError) as caught, early_end(resumable("clips")):
        raise WorkerError("a worker process was killed, perhaps because memory ran out.")
    assert str(caught.value) == (
        "a worker process was killed, perhaps because memory ran out. Finished clips are kept: run the same command "
        "again to resume. If memory is short, use fewer processes (--jobs)."
    )


def test_other_errors_and_good_ends_pass() -> None:
    with early_end("all"):
        pass
    with pytest.raises(SettingsError, match="no"), early_end("all"):
        raise SettingsError("no")


def test_an_error_names_the_options_that_would_mend_it() -> None:
    assert error_sentence(GlfnetError("Bad.")) == "Bad."
    error = SettingsError("Bad.", settings=("labels", "exclude_faulty"))
    assert error_sentence(error) == "Bad. (On the command line: --labels or --exclude-faulty.)"


def test_a_bar_shows_what_is_done_and_names_with_brackets_and_braces(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("clip[1]{x}") as show:
        show(3, 7, "UF1 so far 0.5")
    said = capsys.readouterr().err
    assert "clip[1]{x}" in said
    assert "3/7" in said
    assert "UF1 so far 0.5" in said


def test_a_transient_bar_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("clips", transient=True) as show:
        show(3, 7)
    assert capsys.readouterr().err == ""


def test_notes_go_to_the_output_and_errors_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_note("all [sic] well")
    print_error("not [sic] well")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("note: all [sic] well\n", "Error: not [sic] well\n")


HOSTILE = "a\x1b[31m\x1b]0;title\x07b\x9bc\u202ed\udcffe"


def test_no_name_commands_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_note(HOSTILE)
    print_error(HOSTILE)
    table = Table("name")
    table.add_row(escape(HOSTILE))
    OUT.print(table)
    with progress_bar(HOSTILE) as show:
        show(1, 1)
    said = capsys.readouterr()
    assert not any(character in said.out + said.err for character in "\x1b\x07\x9b\u202e\udcff")
    assert r"a\x1b[31m\x1b]0;title\x07b\x9bc\u202ed\udcffe" in said.out.splitlines()[0]


@pytest.mark.slow
def test_names_that_the_terminals_encoding_lacks_are_written_out(tmp_path: Path) -> None:
    (tmp_path / "\u5fae\u8868\u60c5.npz").write_bytes(b"no archive")
    call = [sys.executable, "-m", "glfnet.cli", "evaluate", "\u5fae\u8868\u60c5.npz", "--out", "run"]
    env = os.environ | {"PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, env=env, check=False)
    assert done.returncode == 1
    said = done.stderr.decode("cp1252")
    assert said.startswith(r"Error: \u5fae\u8868\u60c5.npz: found ")
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_a_second_ctrl_c_ends_at_once_without_a_traceback() -> None:
    program = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from glfnet.cli.terminal import early_end, end_at_once_when_told_twice\n"
        "end_at_once_when_told_twice()\n"
        "try:\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "finally:\n"
        "    print('tidying up', flush=True)\n"
        "    time.sleep(60)\n"
    )
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program], text=True, **pipes) as process:
        assert process.stdout is not None
        for line in ("ready", "tidying up"):
            assert process.stdout.readline().strip() == line
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (130, "Stopped at once. What was finished before is kept.")
