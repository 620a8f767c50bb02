"""`glfnet predict` on the command line: what it prints, writes and refuses, and what is left when it is stopped."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from command_line import Command, Said
from glfnet.cli import predict as cli_predict
from glfnet.cli.terminal import end_at_once_when_told_twice
from glfnet.errors import WorkerError
from glfnet.faces.tracker import FaceTracker
from glfnet.recognition import predict, source
from glfnet.recognition.card import card_digest
from glfnet.recognition.weights import WEIGHTS
from glfnet.video import camera
from glfnet.video.stream import Frame
from made_up_recordings import a_clip, wall, write_clip
from made_up_videos import cut, write_sound

ANSWER = ["curve.csv", "intervals.csv", "maps.npz", "report.html", "result.json"]
NOTHING_FOUND = ["curve.csv", "intervals.csv", "report.html", "result.json"]
unix = pytest.mark.skipif(sys.platform == "win32", reason="signals and named pipes are POSIX")


@pytest.fixture
def command(command: Command) -> Command:
    """Return a function that runs `glfnet predict ...` in this process."""
    return partial(command, "predict")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one of everything. Tests change nothing in it."""
    folder = tmp_path_factory.mktemp("made")
    write_clip(folder / "clip.mp4", a_clip().frames)
    write_clip(folder / "wall.mp4", wall(60))
    write_clip(folder / "one.mp4", a_clip().frames[:1])
    write_clip(folder / "tiny.mp4", wall(60, (16, 16)))
    shutil.copy(folder / "clip.mp4", folder / "cut.mp4")
    cut(folder / "cut.mp4", 0.6)
    (folder / "text.mp4").write_text("This is no video.\n" * 20)
    (folder / "zero.mp4").write_bytes(b"")
    write_sound(folder / "sound.m4a")
    (folder / "notes").mkdir()
    (folder / "notes" / "a.txt").write_text("x")
    (folder / "empty").mkdir()
    for name in ("frames", "mixed", "broken"):
        write_pictures(folder / name, list(a_clip().frames[:20]))
    cv2.imwrite(str(folder / "mixed" / "img10.png"), a_clip().frames[10][:-20])
    (folder / "broken" / "img10.png").write_bytes(b"not a picture")
    return folder


def write_pictures(folder: Path, images: list[NDArray[np.uint8]]) -> None:
    folder.mkdir()
    for number, image in enumerate(images):
        cv2.imwrite(str(folder / f"img{number}.png"), image[..., ::-1])


def files(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def document(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found


def errors(said: Said) -> list[str]:
    return [line for line in said.err.splitlines() if line.startswith("Error: ")]


@pytest.mark.slow
def test_a_video_gets_one_folder_with_everything_and_a_table_that_fits(
    command: Command, made: Path, tmp_path: Path
) -> None:
    shutil.copy(made / "clip.mp4", tmp_path)
    said = command(tmp_path / "clip.mp4", "--overlay")
    assert (said.status, said.err) == (0, "")
    assert files(tmp_path) == ["clip.glfnet", "clip.mp4"]
    folder = tmp_path / "clip.glfnet"
    assert files(folder) == sorted([*ANSWER, "overlay.mp4"])
    (found,) = document(folder)["micro_expressions"]  # type: ignore[misc]
    assert found["onset_index"] <= a_clip().plan.apex_index <= found["offset_index"]
    with (folder / "intervals.csv").open(encoding="utf-8") as table:
        assert [row["apex_index"] for row in csv.DictReader(table)] == [str(found["apex_index"])]
    assert len((folder / "curve.csv").read_text().splitlines()) == 1 + 66
    with av.open(str(folder / "overlay.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 66
    lines = said.out.splitlines()
    assert lines[0] == f"{tmp_path / 'clip.mp4'}: 1 movement that may be a micro-expression."
    assert lines[-1] == str(folder)
    (of_units,) = [line for line in lines if line.startswith(f"at {found['onset_s']:.3f} s, action units: ")]
    there = sorted((unit for unit in found["action_units"] if unit["there"]), key=lambda unit: -unit["probability"])
    assert [word for word in of_units.split() if word.startswith("AU")] == [f"AU{unit['unit']}" for unit in there]
    table_lines = [line for line in lines if line not in (lines[0], of_units, lines[-1])]
    assert max(map(len, table_lines)) <= 80
    (heading,) = [line.split() for line in lines if "face" in line and "apex s" in line]
    assert heading[-4:] == ["answer", "negative", "positive", "surprise"]
    assert f"{found['onset_s']:.3f}" in said.out
    assert (found["emotion"] or "none") in said.out


@pytest.mark.slow
def test_finding_nobody_is_an_answer(command: Command, made: Path, tmp_path: Path) -> None:
    said = command(made / "wall.mp4", "--out", tmp_path / "a")
    assert (said.status, said.err) == (0, "")
    assert said.out.splitlines() == [
        f"{made / 'wall.mp4'}: I see no face here.", "note: no face was found.", str(tmp_path / "a"),
    ]  # fmt: skip
    assert files(tmp_path / "a") == NOTHING_FOUND
    assert (tmp_path / "a" / "intervals.csv").read_text().count("\n") == 1


@pytest.mark.slow
def test_one_frame_and_tiny_frames_are_answered(command: Command, made: Path, tmp_path: Path) -> None:
    said = command(made / "one.mp4", made / "tiny.mp4", "--out", tmp_path)
    assert said.status == 0
    assert "note: the recording is shorter than what is searched for (1 frame;" in said.out
    assert files(tmp_path) == ["one.glfnet", "tiny.glfnet"]


BAD = {
    "cut.mp4": "expected a video that FFmpeg reads. MP4 and MOV keep their index at the end",
    "text.mp4": "found data that cannot be read as a video",
    "zero.mp4": "found an empty file",
    "sound.m4a": "found no video stream (audio only)",
    "notes": "found no frames, only a.txt",
    "empty": "found an empty folder",
    "mixed": "mixed/img10.png: found a picture of 192 x 172 pixels; expected 192 x 192",
    "broken": "broken/img10.png: found an unreadable picture",
    "clpi.mp4": "found nothing there; expected a video or a folder of pictures. Did you mean clip.mp4",
}


@pytest.mark.slow
def test_bad_files_are_one_sentence_each_and_the_others_are_done(command: Command, made: Path, tmp_path: Path) -> None:
    names = [*BAD, "wall.mp4"]
    said = command(*(made / name for name in names), "--fps", "50", "--out", tmp_path)
    assert said.status == 1
    assert len(errors(said)) == len(BAD)
    for line, sentence in zip(errors(said), BAD.values(), strict=True):
        assert sentence in line
    assert said.err.splitlines()[-1] == f"{len(BAD)} of {len(names)} videos could not be answered; the others are done."
    assert files(tmp_path) == ["wall.glfnet"]
    assert "Traceback" not in said.err


@pytest.mark.slow
def test_a_fault_of_our_own_stops_no_other_video(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = source.open_video

    def faulty(path: Path, **options: object) -> object:
        return 1 / 0 if Path(path).name == "one.mp4" else whole(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(source, "open_video", faulty)
    said = command(made / "one.mp4", made / "wall.mp4", "--out", tmp_path)
    assert said.status == 1
    assert "one.mp4: glfnet itself has failed here; please report it with these lines." in said.err
    assert "ZeroDivisionError" in said.err
    assert files(tmp_path) == ["wall.glfnet"]


@pytest.mark.slow
def test_side_by_side_gives_the_same_as_one_by_one(command: Command, made: Path, tmp_path: Path) -> None:
    videos = [made / "clip.mp4", made / "text.mp4", made / "wall.mp4"]
    single = command(*videos, "--out", tmp_path / "1")
    double = command(*videos, "--out", tmp_path / "2", "--jobs", "2")
    assert (single.status, double.status) == (1, 1)
    assert double.out == single.out.replace(str(tmp_path / "1"), str(tmp_path / "2"))
    assert double.err == single.err
    for name in ("clip.glfnet", "wall.glfnet"):
        assert files(tmp_path / "1" / name) == files(tmp_path / "2" / name)
        for file in ("result.json", "curve.csv", "intervals.csv", "report.html"):
            assert (tmp_path / "1" / name / file).read_bytes() == (tmp_path / "2" / name / file).read_bytes()


@pytest.mark.slow
def test_a_worker_that_is_killed_is_told(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_arguments: object, **_named: object) -> Iterator[object]:
        raise WorkerError("a worker process was killed, perhaps because memory ran out.")
        yield

    monkeypatch.setattr(cli_predict, "worked", dying)
    said = command(made / "wall.mp4", made / "one.mp4", "--out", tmp_path, "--jobs", "2")
    assert said.status == 1
    assert "a worker process was killed, perhaps because memory ran out. Finished answers are kept" in said.err
    assert "Traceback" not in said.err


@pytest.mark.slow
def test_known_frames_are_classified(command: Command, made: Path, tmp_path: Path) -> None:
    plan = a_clip().plan
    frames = ("--onset", str(plan.onset_index), "--apex", str(plan.apex_index))
    said = command(made / "clip.mp4", *frames, "--out", tmp_path / "a")
    assert (said.status, said.err) == (0, "")
    (found,) = document(tmp_path / "a")["micro_expressions"]  # type: ignore[misc]
    assert (found["kind"], found["onset_index"], found["apex_index"]) == ("given", plan.onset_index, plan.apex_index)
    assert said.out.startswith(f"{made / 'clip.mp4'}: Between the given frames: ")
    assert files(tmp_path / "a") == ANSWER


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--onset", "3"], "--onset, --apex: found one of them; expected both, or none to search the video."),
        (["--apex", "3"], "--onset, --apex: found one of them; expected both, or none to search the video."),
        (["--onset", "9", "--apex", "9"], "--onset 9, --apex 9: expected an apex after the onset, frames from 0."),
        (["--faces", "two"], "--faces: found 'two'; expected largest or all."),
        (["--sensitivity", "max"], "--sensitivity: found 'max'; expected low, normal or high."),
        (["--weights", "nope"], "nope: found a name without an ending; expected weights (.safetensors)"),
        (["--camera", "0", "--overlay"], "--camera: found a video, --overlay, too; expected the camera alone"),
    ],
)
def test_what_is_wrong_with_every_video_is_said_once(
    command: Command, made: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    said = command(made / "clip.mp4", made / "wall.mp4", *arguments, "--out", tmp_path / "a")
    assert (said.status, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert sentence in said.err
    assert files(tmp_path) == []


def test_frames_beyond_the_end_and_a_folder_without_a_rate_are_refused(
    command: Command, made: Path, tmp_path: Path
) -> None:
    said = command(made / "clip.mp4", "--onset", "60", "--apex", "99", "--out", tmp_path / "a")
    assert said.status == 1
    assert "clip.mp4: found 66 frames; expected frame 99, from 0. Name frames that the video has." in said.err
    said = command(made / "frames", "--out", tmp_path / "a")
    assert said.status == 1
    assert "frames: pictures have no frame rate; give fps, such as 200. (On the command line: --fps.)" in said.err
    assert files(tmp_path) == []
    assert command().err == (
        "Error: predict: found no video; name one or more videos or folders of pictures, or --camera 0.\n"
    )


@pytest.mark.slow
def test_a_folder_of_pictures_is_answered_beside_it(command: Command, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "frames", tmp_path / "frames")
    said = command(tmp_path / "frames", "--fps", "100")
    assert said.status == 0
    assert document(tmp_path / "frames.glfnet")["recording"]["fps"] == 100  # type: ignore[index]


@pytest.mark.slow
def test_a_folder_of_pictures_may_be_the_one_we_are_in(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made / "frames", tmp_path / "frames")
    monkeypatch.chdir(tmp_path / "frames")
    assert command(".", "--fps", "100").status == 0
    assert files(tmp_path) == ["frames", "frames.glfnet"]


@pytest.mark.slow
def test_videos_of_one_stem_are_told_apart_and_others_keep_short_names(
    command: Command, made: Path, tmp_path: Path
) -> None:
    for name in ("a.mp4", "a.mkv", "b.mp4"):
        shutil.copy(made / "wall.mp4", tmp_path / name)
    videos = [tmp_path / name for name in ("a.mp4", "a.mkv", "b.mp4")]
    assert command(*videos, "--out", tmp_path / "out").status == 0
    assert files(tmp_path / "out") == ["a.mkv.glfnet", "a.mp4.glfnet", "b.glfnet"]
    (tmp_path / "sub").mkdir()
    shutil.copy(made / "wall.mp4", tmp_path / "sub" / "b.mp4")
    said = command(tmp_path / "b.mp4", tmp_path / "sub" / "b.mp4", "--out", tmp_path / "other")
    assert said.status == 1
    assert f"--out: two videos would be answered in {tmp_path / 'other' / 'b.mp4.glfnet'}; name them" in said.err
    assert command(tmp_path / "b.mp4", tmp_path / "sub" / "b.mp4").status == 0  # each beside its own
    assert (tmp_path / "sub" / "b.glfnet").is_dir()


@pytest.mark.slow
def test_a_link_is_answered_where_the_link_is(command: Command, made: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.mp4").symlink_to(made / "wall.mp4")
    assert command(tmp_path / "mine.mp4").status == 0
    assert files(tmp_path) == ["mine.glfnet", "mine.mp4"]


@pytest.mark.slow
def test_force_replaces_the_answer_about_another_video(command: Command, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "a"
    assert command(made / "one.mp4", "--out", out).status == 0
    refused = command(made / "wall.mp4", "--out", out)
    assert refused.status == 1
    assert "found the answer about one.mp4; expected a new folder, or an earlier answer about wall.mp4." in refused.err
    assert "or force it to be replaced. (On the command line: --out or --force.)" in refused.err
    assert document(out)["recording"]["source"].endswith("one.mp4")  # type: ignore[index, attr-defined]
    assert command(made / "wall.mp4", "--out", out, "--force").status == 0
    assert document(out)["recording"]["source"].endswith("wall.mp4")  # type: ignore[index, attr-defined]


def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "watch", lambda *_, **__: pytest.fail("it was watched"))
    (tmp_path / "file").write_text("mine")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("mine")
    for out, sentence in (
        ("file", "found a file; expected a folder. Name another folder."),
        ("file/sub", "found a place that cannot be written (Not a directory)"),
        ("thesis", "found a folder with other files; expected a new folder or an earlier answer."),
    ):
        said = command(made / "wall.mp4", "--out", tmp_path / out)
        assert (said.status, said.out) == (1, "")
        assert sentence in said.err
    assert files(tmp_path) == ["file", "thesis"]


@pytest.mark.slow
def test_a_full_disk_leaves_the_earlier_answer(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command(made / "wall.mp4", "--out", tmp_path / "a").status == 0
    before = (tmp_path / "a" / "result.json").read_bytes()

    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    said = command(made / "wall.mp4", "--out", tmp_path / "a")
    assert said.status == 1
    assert (
        "found a place that cannot be written (No space left on device); expected a writable one with room" in said.err
    )
    assert (tmp_path / "a" / "result.json").read_bytes() == before
    assert files(tmp_path) == ["a"]
    assert files(tmp_path / "a") == NOTHING_FOUND


@pytest.mark.slow
def test_free_weights_are_named_with_their_licence_and_others_are_used_where_none_are_named(
    command: Command, made: Path, tmp_path: Path
) -> None:
    for options, name, licence in (([], "glfnet", "Research use"), (["--weights", "free"], "glfnet-free", "MIT")):
        said = command(made / "clip.mp4", "--out", tmp_path / name, *options)
        assert said.status == 0, said.err
        model = json.loads((tmp_path / name / "result.json").read_text())["model"]
        assert model["name"] == name
        assert model["licence"].startswith(licence)
        assert model["units"].startswith(
            "Of the 14 action units that these weights know, a yes or no is reliable for AU1, "
        )


@pytest.mark.slow
def test_weights_of_your_own_are_used_and_others_than_their_card_refused(
    command: Command, made: Path, tmp_path: Path
) -> None:
    for suffix in (".safetensors", ".json"):
        shutil.copy(WEIGHTS.with_suffix(suffix), tmp_path / f"mine{suffix}")
    card = json.loads((tmp_path / "mine.json").read_text())
    card["features"] |= {"crop": "tight", "method": "dis"}
    card |= {"name": "mine", "digest": card_digest(card)}
    (tmp_path / "mine.json").write_text(json.dumps(card))
    said = command(made / "clip.mp4", "--weights", tmp_path / "mine.safetensors", "--out", tmp_path / "a")
    assert said.status == 0
    assert document(tmp_path / "a")["model"]["name"] == "mine"  # type: ignore[index]
    (tmp_path / "mine.safetensors").write_bytes(b"other weights")
    said = command(made / "clip.mp4", "--weights", tmp_path / "mine.safetensors", "--out", tmp_path / "b")
    assert said.status == 1
    assert "mine.safetensors: found SHA-256" in said.err
    assert not (tmp_path / "b").exists()


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_leaves_nothing_half_written(
    command: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FaceTracker.step

    def stopped(self: FaceTracker, frame: Frame) -> object:
        if frame.image.shape[0] == 192 and frame.index == 20:
            raise KeyboardInterrupt
        return whole(self, frame)

    monkeypatch.setattr(FaceTracker, "step", stopped)
    said = command(made / "wall.mp4", made / "clip.mp4", made / "one.mp4", "--out", tmp_path)
    assert said.status == 130
    assert said.err == "Stopped. Finished answers are kept; nothing is written for the current video.\n"
    assert files(tmp_path) == ["wall.glfnet"]


@contextmanager
def at_work(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Give a process, in a group of its own, that reads a folder and cannot go on until a pipe, given too, is closed.

    Its disk is slow: in every process of the group, whoever opens the last picture must read the pipe first.
    """
    write_pictures(tmp_path / "stuck", list(a_clip().frames[:10]))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "sitecustomize.py").write_text(
        "import builtins\n"
        "at_once = builtins.open\n"
        "def slowly(file, *given, **named):\n"
        "    if str(file).endswith('img9.png'):\n"
        f"        with at_once({str(tmp_path / 'pipe')!r}, 'rb') as pipe:\n"
        "            pipe.read()\n"
        "    return at_once(file, *given, **named)\n"
        "builtins.open = slowly\n"
    )
    found = os.pathsep.join(filter(None, [str(tmp_path / "slow"), os.environ.get("PYTHONPATH")]))
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from glfnet.cli.main import main; main()"
    )
    call = ["predict", str(tmp_path / "stuck"), *arguments, "--fps", "50", "--out", str(tmp_path / "out")]
    with subprocess.Popen(
        [sys.executable, "-c", program, *call], text=True, start_new_session=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": found},
    ) as process:  # fmt: skip
        deadline, pipe = time.monotonic() + 240, None
        while pipe is None:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "it did not begin to read within four minutes"
            time.sleep(0.02)
            try:
                pipe = os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody reads it yet
                pipe = None
        yield process, pipe


@pytest.mark.slow
@unix
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_in_the_terminal_ends_every_process(jobs: int, made: Path, tmp_path: Path) -> None:
    others = [] if jobs == 1 else [str(made / "wall.mp4"), "--jobs", "2"]
    with at_work(tmp_path, *others) as (process, pipe):
        os.killpg(process.pid, signal.SIGINT)
        if jobs == 1:  # Python does not break off what a thread reads
            os.close(pipe)
        out, err = process.communicate(timeout=60)
        if jobs == 2:
            os.close(pipe)
    assert process.returncode == 130, err
    assert "Stopped. Finished answers are kept; nothing is written for the current video." in err
    assert "Traceback" not in err
    assert "stuck" not in out
    assert not (tmp_path / "out").exists() or set(files(tmp_path / "out")) <= {"wall.glfnet"}
    deadline = time.monotonic() + 30
    while is_alive(process.pid):
        assert time.monotonic() < deadline, "a process of the group lives on"
        time.sleep(0.05)


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_camera_that_is_not_there_is_one_clear_error(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = command("--camera", "97")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("Error: camera 97: found no camera of this number that can be opened; expected a camera")
    assert files(tmp_path) == []


class StandIn:
    """A camera that shows the clip again and again, and presses Ctrl-C when it has shown enough."""

    def __init__(self) -> None:
        self.shown = 0

    def isOpened(self) -> bool:
        return True

    def get(self, property_id: int) -> float:
        return 100.0

    def read(self) -> tuple[bool, NDArray[np.uint8]]:
        self.shown += 1
        if self.shown == 90:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        return True, np.ascontiguousarray(a_clip().frames[self.shown % 66][..., ::-1])

    def release(self) -> None: ...


@unix
@pytest.mark.slow
def test_a_camera_is_watched_until_ctrl_c_and_no_earlier_answer_is_replaced(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(camera.cv2, "VideoCapture", lambda number: StandIn())
    end_at_once_when_told_twice()  # as every command does
    before = signal.getsignal(signal.SIGINT)
    for folder in ("camera0.glfnet", "camera0-2.glfnet"):
        said = command("--camera", "0")
        assert said.status == 0, said.err
        assert said.out.splitlines()[-1] == folder
        assert document(tmp_path / folder)["recording"]["source"] == "camera 0"  # type: ignore[index]
    assert files(tmp_path) == ["camera0-2.glfnet", "camera0.glfnet"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_pressed_twice_stops_at_once() -> None:
    with cli_predict._ended_by_ctrl_c() as ended:
        assert not ended()
        signal.raise_signal(signal.SIGINT)
        assert ended()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.slow
def test_the_help_waits_for_neither_torch_nor_opencv() -> None:
    program = "import sys, glfnet.cli.predict\nassert not {'torch', 'cv2', 'av', 'jinja2'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
