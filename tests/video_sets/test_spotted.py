"""A run of `glfnet spot` read back, and two of them compared on the command line."""

import csv
import json
import shutil
from pathlib import Path

import pytest

import glfnet
from command_line import Command
from glfnet.errors import InputError, SettingsError
from glfnet.labels import MACRO, MICRO
from glfnet.scores.spotting.expressions import Expression
from glfnet.video_sets.spotted import read_spotted

HEADER = "database,subject,video,kind,onset_frame,apex_frame,offset_frame,emotion\n"
PEOPLE = range(12)
EARLIER_RUN = Path(__file__).parents[1] / "made_by_earlier_versions" / "0.1.0" / "run"


def row(person: int, onset: int, kind: str = MICRO, emotion: str = "surprise") -> str:
    return f"samm_long,s{person},v{person},{kind},{onset},{onset + 4},{onset + 9},{emotion}\n"


TRUTH = "".join(row(person, onset) for person in PEOPLE for onset in (100, 200)) + "samm_long,s0,calm,,,,,\n"


def a_run(folder: Path, answers: str, truth: str = TRUTH) -> Path:
    folder.mkdir()
    (folder / "spot.json").write_text("{}")
    (folder / "truth.csv").write_text(HEADER + truth)
    (folder / "answers.csv").write_text(HEADER + answers)
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """One that finds a half and invents as much in one person, and one that finds everything."""
    half = "".join(row(person, 100) for person in PEOPLE) + row(0, 900) + row(0, 500, MACRO, "")
    return a_run(tmp_path / "half", half), a_run(tmp_path / "all", TRUTH)


def test_a_run_is_read_with_its_truth_and_videos_without_anything(runs: tuple[Path, Path]) -> None:
    found = read_spotted(str(runs[0]))
    assert len(found.videos) == len(PEOPLE) + 1
    first = next(video for video in found.videos if video.video == "v0")
    assert (first.database, first.subject, len(first.true), len(first.spotted)) == ("samm_long", "s0", 2, 3)
    expected = Expression(onset_index=100, apex_index=104, offset_index=109, emotion="surprise", kind=MICRO)
    assert first.true[0] == first.spotted[0] == expected
    (calm,) = [video for video in found.videos if video.video == "calm"]
    assert (calm.true, calm.spotted) == ((), ())
    rows = glfnet.compare_runs({"a": glfnet.read_spotted(runs[0]), "b": found}, permutations=9, resamples=9)
    assert {row.difference for row in rows if row.metric == "f1"} >= {0.0}


def test_what_is_no_run_or_has_not_ended_is_said(tmp_path: Path, runs: tuple[Path, Path]) -> None:
    (runs[0] / "truth.csv").unlink()
    with pytest.raises(InputError) as caught:
        read_spotted(runs[0])
    assert str(caught.value) == (
        f"{runs[0]}: found a run of `glfnet spot` without truth.csv; expected a run that has ended. `glfnet spot TABLE "
        f"--out {runs[0]}` goes on with it, and writes the file; videos that have an answer are not searched again."
    )
    with pytest.raises(
        InputError, match=r"nowhere: found nothing there; expected the folder of a run of `glfnet spot`"
    ):
        read_spotted(tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="run: found 3, an int; expected the path of the folder of a run of"):
        read_spotted(3)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_command_prints_and_writes_how_two_runs_differ(
    command: Command, tmp_path: Path, runs: tuple[Path, Path]
) -> None:
    outputs = {name: tmp_path / f"c.{name}" for name in ("csv", "json", "latex")}
    words = [word for name, path in outputs.items() for word in (f"--{name}", path)]
    for _ in range(2):  # the second time it replaces its own files
        said = command("compare", *runs, *words)
        assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Against {runs[0]}; the same videos, paired over subjects")
    assert "SAMM-LV" in said.out
    assert " Recall micro     0.500     1.000  +0.500 [+0.500, +0.500]  0.000" in said.out
    assert max(len(line.rstrip()) for line in said.out.splitlines() if "micro" in line) <= 80
    lines = {(row["metric"], row["kind"]): row for row in csv.DictReader(outputs["csv"].read_text().splitlines())}
    recall = lines["recall", MICRO]
    assert (recall["scope"], recall["value"], recall["difference"]) == ("samm_long", "1.000000", "0.500000")
    assert recall["drawn"] == "subjects"
    assert lines["recall", MACRO]["difference"] == "undefined", "there is no true macro-expression"
    document = json.loads(outputs["json"].read_bytes())["rows"]
    assert [row["difference"] for row in document if row["metric"] == "recall"] == [0.5, None, 0.5]
    latex = outputs["latex"].read_text()
    assert "& SAMM Long Videos & Recall micro & 0.500 & 1.000 & $+0.500$" in latex
    assert "Long videos, paired over subjects." in latex


def test_a_run_over_long_videos_beside_one_on_clips_is_refused(command: Command, runs: tuple[Path, Path]) -> None:
    said = command("compare", runs[0], EARLIER_RUN)
    assert said.status == 1
    assert (
        f"Error: compare: found {runs[0]}, a run of `glfnet spot`, beside {EARLIER_RUN}, which is none; expected runs "
        "of `glfnet spot` alone, or of `glfnet evaluate` alone."
    ) in said.err
    assert said.out == ""


def test_runs_with_another_truth_are_refused_and_nothing_is_written(
    command: Command, tmp_path: Path, runs: tuple[Path, Path]
) -> None:
    other = Path(shutil.copytree(runs[1], tmp_path / "other"))
    (other / "truth.csv").write_text(
        HEADER + TRUTH.replace("samm_long,s3,v3,micro_expression,100", "samm_long,s3,v3,micro_expression,101")
    )
    said = command("compare", *runs, other, "--csv", tmp_path / "c.csv")
    assert said.status == 1
    assert (
        f"{runs[0]} and {other} cannot be compared: 1 video has other true expressions in the two runs: "
        "samm_long/s3/v3. `glfnet spot TABLE --out RUN` scores a run again by another table."
    ) in said.err
    assert not (tmp_path / "c.csv").exists()
