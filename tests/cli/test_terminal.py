"""Every command shows its progress and ends early in the same way."""

import pytest
import typer

from glfnet.cli.terminal import early_end, error_sentence, print_error, print_note, progress_bar, resumable
from glfnet.errors import GlfnetError, SettingsError, WorkerError


def test_ctrl_c_is_one_sentence_and_status_130(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, early_end(resumable("folds")), progress_bar("folds"):
        raise KeyboardInterrupt
    assert ended.value.exit_code == 130
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == "Stopped. Finished folds are kept: run the same command again to resume."
    assert said.out == ""


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
