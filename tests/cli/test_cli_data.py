"""The whole road on the command line: synth, index, prepare, evaluate; what it prints, refuses, and survives."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from command_line import Command, Said
from glfnet.cli import main as cli
from glfnet.cli import terminal
from glfnet.databases.check import intervals
from glfnet.databases.clip import Clip
from glfnet.databases.index_table import read_index, write_index
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.samples.read import read_flow_set
from glfnet.samples.store.index import read_store, read_store_index
from glfnet.samples.subjects import SubjectId

pytestmark = pytest.mark.slow

SYNTH = ("--subjects", "2", "--clips", "3", "--size", "128", "--fps", "50")
PREPARE = ("--method", "dis", "--jobs", "1")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a made-up database and its index. Tests change nothing in it."""
    folder = tmp_path_factory.mktemp("road")
    for arguments in (
        ["synth", str(folder / "db"), *SYNTH],
        ["index", "own", str(folder / "db" / "index.csv"), "--out", str(folder / "own.csv")],
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["glfnet", *arguments])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        assert not ended.value.code
    return folder


@pytest.fixture(scope="module")
def store(database: Path) -> Path:
    """Return the store of the database, made in one go. Tests change nothing in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            sys, "argv", ["glfnet", "prepare", str(database / "own.csv"), "--out", str(database / "s"), *PREPARE]
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    return database / "s"


def test_a_made_up_database_says_what_to_do_next(command: Command, database: Path) -> None:
    said = command("synth", database / "db", *SYNTH)
    assert said.status == 0
    table = database / "db" / "index.csv"
    assert said.out == f"6 made-up clips of 2 made-up subjects. Next: glfnet index own {table} --out synth.csv\n"
    assert "6/6" in said.err


def test_an_index_says_what_it_found(command: Command, database: Path, tmp_path: Path) -> None:
    with (database / "db" / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["apex"] = ""
    own = tmp_path / "mine.csv"
    with own.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "frames": str(database / "db" / row["frames"])} for row in rows)
    said = command("index", "own", own, "--out", tmp_path / "index.csv")
    assert said == Said(
        0,
        "6 clips of 2 subjects, 0 of them excluded: negative 2, positive 2, surprise 2.\n"
        "note: 1 of 6 clips without an apex: it is to be estimated.\n"
        f"{tmp_path / 'index.csv'}\n",
        "",
    )
    assert len(read_index(tmp_path / "index.csv")) == 6


def test_the_face_finder_finds_every_face_and_every_clip_gets_a_map(store: Path) -> None:
    rows = read_store_index(store)
    assert len(rows) == 6
    assert [row.entry.excluded for row in rows] == [""] * 6


def test_a_store_is_evaluated(command: Command, store: Path, tmp_path: Path) -> None:
    said = command(
        "evaluate", store, "--out", tmp_path / "run", "-r", "logistic_regression", "--seeds", "1", "--jobs", "1",
    )  # fmt: skip
    assert said.status == 0, said.err
    assert "Honest: " in said.out
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.usefixtures("without_report")
def test_a_store_is_evaluated_in_another_normalisation_as_another_run(
    command: Command, store: Path, tmp_path: Path
) -> None:
    options = ("-r", "prior", "--seeds", "1", "--jobs", "1")
    physical = (*options, "--set", "input.normalisation=physical")
    assert command("evaluate", store, "--out", tmp_path / "run", *options).status == 0
    said = command("evaluate", store, "--out", tmp_path / "run", *physical)
    assert said.status == 1
    assert "belongs to a different run: data was" in said.err
    assert "settings.input.normalisation" in said.err
    said = command("evaluate", store, "--out", tmp_path / "physical", *physical)
    assert said.status == 0, said.err
    told = json.loads((tmp_path / "physical" / "run.json").read_text())
    assert told["data"]["digest"] == read_store(store, normalisation="physical").digest()
    assert (told["settings"]["input"]["normalisation"], told["settings"]["input"]["scale"]) == ("physical", "none")


def test_the_normalisation_is_described_with_its_source(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "_width", 1000)  # each setting on a line of its own
    said = command("describe", "-r", "prior", "--set", "input.normalisation=pixels")
    rows = [[cell.strip() for cell in line.split("│")[1:4]] for line in said.out.splitlines()]
    assert ["input.normalisation", "pixels", "ancestor: STSTNet, HTNet"] in rows
    assert ["input.scale", "none", "ours"] in rows


def test_maps_that_lost_their_strength_are_not_evaluated_as_if_they_had_it(
    command: Command, store: Path, tmp_path: Path
) -> None:
    write_flow_npz(tmp_path / "maps.npz", read_store(store))
    said = command(
        "evaluate", tmp_path / "maps.npz", "--out", tmp_path / "run", "--set", "input.normalisation=physical"
    )
    assert (said.status, said.out) == (1, "")
    assert "maps.npz are min-max scaled map by map, so how strong a movement was is lost" in said.err
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("without_report")
def test_seven_classes_are_asked_for_on_the_command_line(command: Command, store: Path, tmp_path: Path) -> None:
    flow = read_store(store)
    samples = tuple(
        replace(sample, subject=SubjectId("casme3", sample.subject.name), emotion=emotion)
        for sample, emotion in zip(flow.samples, ("happy", "Others", "fear") * 2, strict=True)
    )
    write_flow_npz(tmp_path / "maps.npz", replace(flow, samples=samples))
    options = ("-r", "prior", "--classes", "seven", "--seeds", "1", "--jobs", "1")
    said = command("evaluate", tmp_path / "maps.npz", "--out", tmp_path / "run", *options)
    assert said.status == 0, said.err
    header = (tmp_path / "run" / "predictions.csv").read_text().splitlines()[0]
    assert "p_happiness,p_disgust,p_fear,p_anger,p_sadness,p_surprise,p_others" in header
    said = command("evaluate", store, "--out", tmp_path / "other", *options)
    assert said.status == 1
    assert "found synth, expected protocol.database casme3 or dfme." in said.err


def test_a_second_run_has_nothing_to_do_and_says_so(command: Command, database: Path, store: Path) -> None:
    said = command("prepare", database / "own.csv", "--out", store, *PREPARE)
    assert said.status == 0
    assert said.out == f"Nothing to do: 6 clips with a flow map, 0 excluded, all made before. Store:\n{store}\n"


def test_what_is_excluded_estimated_or_damaged_is_told(
    command: Command, database: Path, store: Path, tmp_path: Path
) -> None:
    index, copy = tmp_path / "index.csv", tmp_path / "store"
    shutil.copytree(store, copy)
    clips = read_index(database / "own.csv")
    clips[0] = replace(clips[0], apex_frame=None)
    clips[1] = replace(clips[1], apex_frame=9998, offset_frame=9999)
    write_index(index, clips)
    (copy / read_store_index(copy)[-1].entry.file).write_bytes(b"damage")
    said = command("prepare", index, "--out", copy, *PREPARE)
    assert said.status == 0
    lines = said.out.splitlines()
    assert "note: 1 damaged entry was made again." in lines
    marks = f"the apex of 1 clip is an estimate; column apex_estimated of {copy / 'index.csv'} marks them."
    assert f"note: {marks}" in lines
    assert "note: synth/p01/clip02 is excluded: clip02: no frame 9998." in lines
    assert lines[-2].startswith("5 clips with a flow map, 1 excluded; 3 made now in ")
    assert lines[-2].endswith(" kept from earlier. Store:")


def test_what_a_store_keeps_and_what_leaves_it_is_told(
    command: Command, database: Path, store: Path, tmp_path: Path
) -> None:
    index, copy = tmp_path / "index.csv", tmp_path / "store"
    shutil.copytree(store, copy)
    clips = read_index(database / "own.csv")
    write_index(index, [replace(clips[0], subject=SubjectId("another", "p01")), *clips[:4]])
    said = command("prepare", index, "--out", copy, *PREPARE)
    assert said.status == 0, said.err
    rest = "2 clips (synth/p02/clip02, synth/p02/clip03)"
    assert f"note: not in these indexes, but kept in the store: {rest}; --remove-missing takes them out.\n" in said.out
    assert "7 clips with a flow map, 0 excluded; 1 made now in " in said.out
    write_index(index, clips[:4])
    said = command("prepare", index, "--out", copy, *PREPARE, "--remove-missing")
    assert "note: the store keeps 1 clip of another from earlier.\n" in said.out
    assert f"note: taken out of the store: {rest}.\n" in said.out
    assert "Nothing to do: 5 clips with a flow map" in said.out
    refused = command("prepare", index, "--out", copy, "--method", "farneback", "--jobs", "1")
    assert refused.status == 1
    assert "found 1 map of another made with method dis; expected method farneback, as in this run" in refused.err


def test_published_maps_are_imitated_and_what_is_named_beside_them_wins(
    command: Command, database: Path, tmp_path: Path
) -> None:
    out = tmp_path / "like"
    said = command("prepare", database / "own.csv", "--out", out, "--like", "causalnet", *PREPARE, "--apex", "middle")
    assert said.status == 0, said.err
    settings = json.loads(read_store_index(out)[0].entry.settings)
    assert {name: settings[name] for name in ("crop", "crop_px", "method", "scaling", "apex")} == {
        "crop": "wide", "crop_px": 128, "method": "dis", "scaling": "stretched", "apex": "middle",
    }  # fmt: skip
    said = command("prepare", database / "own.csv", "--out", tmp_path / "no", "--like", "casualnet")
    assert said.status == 1
    assert "rendition 'casualnet': no such rendition; known are ststnet, htnet, causalnet." in said.err
    assert "Did you mean causalnet?" in said.err
    said = command("prepare", database / "own.csv", "--out", tmp_path / "no", "--apex", "center")
    assert said.status == 1
    assert "apex rule 'center': no such rule; known are flow, middle, weighted." in said.err
    assert not (tmp_path / "no").exists()


def test_a_store_is_exported_and_read_back(command: Command, store: Path, tmp_path: Path) -> None:
    out = tmp_path / "norm_u_v_os"
    said = command("export", store, "--out", out)
    assert said == Said(
        0, f"6 clips of 2 subjects as pictures; labels: 0 negative, 1 positive, 2 surprise. Folder:\n{out}\n", ""
    )
    kept, back = read_store(store), read_flow_set(out, database="synth")
    assert [s.sample_id for s in back.samples] == [s.sample_id for s in kept.samples]
    assert [s.emotion for s in back.samples] == [s.emotion for s in kept.samples]
    assert abs(back.maps - kept.maps).max() < 1 / 509
    refused = command("export", store, "--out", out)
    assert refused.status == 1
    assert "found a folder with other files; expected a new or empty folder." in refused.err


@pytest.mark.usefixtures("without_report")
def test_clips_that_a_store_excludes_are_named_by_evaluate(
    command: Command, database: Path, store: Path, tmp_path: Path
) -> None:
    index, copy = tmp_path / "index.csv", tmp_path / "store"
    shutil.copytree(store, copy)
    clips = read_index(database / "own.csv")
    write_index(index, [replace(clip, excluded="blurred") if n in (0, 4) else clip for n, clip in enumerate(clips)])
    assert command("prepare", index, "--out", copy, *PREPARE).status == 0
    said = command("evaluate", copy, "--out", tmp_path / "run", "-r", "prior", "--seeds", "1", "--jobs", "1")
    assert said.status == 0, said.err
    assert "note: 2 clips left out (blurred): synth/p01/clip01, synth/p02/clip02.\n" in said.out
    assert "note: left out in all: 2; report.html and run.json name each clip with its reason.\n" in said.out
    about = json.loads((tmp_path / "run" / "run.json").read_text())["data"]
    assert about["exclusions"] == [
        {"sample_id": "synth/p01/clip01", "reason": "blurred"},
        {"sample_id": "synth/p02/clip02", "reason": "blurred"},
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_killed_run_is_completed_to_the_same_bytes(
    command: Command, database: Path, store: Path, tmp_path: Path
) -> None:
    out = tmp_path / "store"
    arguments = ["prepare", str(database / "own.csv"), "--out", str(out), *PREPARE]
    with subprocess.Popen(
        [sys.executable, "-m", "glfnet.cli", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as killed:
        deadline = time.monotonic() + 240
        while not list(out.glob("records/*.json")):
            assert killed.poll() is None, "it ended before the first clip"
            assert time.monotonic() < deadline, "no clip was made within four minutes"
            time.sleep(0.01)
        os.kill(killed.pid, signal.SIGKILL)
    refused = command("evaluate", out, "--out", tmp_path / "run", "-r", "prior")
    assert (refused.status, "found an unfinished store (no index.csv)" in refused.err) == (1, True)
    said = command(*arguments)
    assert said.status == 0
    kept = 6 - int(said.out.split("excluded; ")[1].split()[0])
    assert 1 <= kept < 6
    for file in store.rglob("*"):
        assert file.is_dir() or (out / file.relative_to(store)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (
            ["index", "casme3d", ".", "--out", "x.csv"],
            ["found database casme3d; expected one of", "Did you mean casme3?"],
        ),
        (
            ["index", "samm", ".", "--out", "x.csv"],
            ["samm: found no annotation sheet; expected the file", "(On the command line: --labels.)"],
        ),
        (["index", "4dme", ".", "--out", "x.csv"], ["fourdme: found no annotation sheet"]),
        (["index", "own", "x.csv", "--out", "y.csv", "--modality", "VIS"], ["own: found modality (only smic)"]),
        (
            ["prepare", "nowhere.csv", "--out", "store"],
            ["nowhere.csv: found nothing there; expected an index"],
        ),
        (["prepare", "x.csv", "--out", "store", "--method", "lk"], ["flow method 'lk': no such method"]),
        (["synth", "file", "--subjects", "1"], ["file: found a file; expected a new or empty folder"]),
    ],
)
def test_what_is_wrong_is_one_clear_error(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], parts: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    said = command(*arguments)
    assert (said.status, said.out) == (1, "")
    assert "Traceback" not in said.err
    for part in parts:
        assert part in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_whole_database_passes_the_doctor(command: Command, database: Path, tmp_path: Path) -> None:
    said = command("check", database / "own.csv", "--faces", "--html", tmp_path / "page.html")
    assert said.status == 0, said.out
    assert "Faces found in 6 of 6 clips." in said.out
    assert said.out.splitlines()[-1] == str(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().lower().startswith("<!doctype html>")


def test_the_doctor_says_where_all_findings_are(command: Command, tmp_path: Path) -> None:
    clip = Clip(
        subject=SubjectId("lab", "s"), clip="", emotion="surprise", frames=tmp_path / "gone", onset_frame=1,
        apex_frame=2, offset_frame=3, fps=100,
    )  # fmt: skip
    write_index(tmp_path / "lab.csv", [replace(clip, clip=f"c{number}") for number in range(12)])
    check = ("check", tmp_path / "lab.csv", "--no-faces")
    assert "  and 2 more: --html FILE writes them all\n" in command(*check).out
    page = tmp_path / "page.html"
    assert f"  and 2 more: they are all in {page}\n" in command(*check, "--html", page).out


def test_damage_gives_the_doctor_an_exit_status(command: Command, database: Path, tmp_path: Path) -> None:
    clips = read_index(database / "own.csv")
    write_index(tmp_path / "index.csv", [replace(clips[0], frames=tmp_path / "nowhere"), *clips[1:]])
    said = command("check", tmp_path / "index.csv", "--no-faces")
    assert said.status == 1
    assert "synth/p01/clip01" in said.out
    assert "Faces" not in said.out


def test_the_doctor_compares_with_the_ground_truth_clip_by_clip(
    command: Command, database: Path, tmp_path: Path
) -> None:
    clips = [
        replace(c, subject=SubjectId("casme2", f"sub{c.subject.name[1:]}")) for c in read_index(database / "own.csv")
    ]
    write_index(tmp_path / "index.csv", clips)
    table = tmp_path / "combined_3class_gt.csv"
    table.write_text("".join(f"casme2,{c.subject.name},{c.clip},2\n" for c in clips))
    said = command("check", tmp_path / "index.csv", "--no-faces", "--ground-truth", table)
    told = [line for line in said.out.splitlines() if "in the ground truth" in line]
    assert len(told) == 4, "two of the six clips are surprise in both"
    assert "casme2/sub01/clip01: negative in the index, surprise in the ground truth" in told[0]
    said = command("check", tmp_path / "index.csv", "--no-faces", "--ground-truth", tmp_path / "nowhere.csv")
    assert (said.status, said.out) == (1, "")
    assert "nowhere.csv: found nothing there; expected MEGC2019's ground truth" in said.err


def test_a_check_that_is_stopped_does_not_claim_that_anything_is_kept(
    command: Command, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(intervals, "diagnose", stopped)
    said = command("check", database / "own.csv", "--no-faces")
    assert said.status == 130
    assert said.err.rstrip().splitlines()[-1] == (
        "Stopped. Nothing was written: the same command starts from the beginning."
    )


def test_the_help_waits_for_neither_torch_nor_opencv() -> None:
    program = (
        "import sys, glfnet.cli.main\n"
        "names = ('torch', 'cv2', 'pandas', 'openpyxl', 'sklearn', 'matplotlib')\n"
        "slow = [name for name in names if name in sys.modules]\n"
        "assert not slow, slow"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
