"""Tiny good files of every kind: what `scripts/hostile_cases.py` begins with before it spoils them."""

import csv
import io
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np
from hostile import Rows, as_csv
from typed_commands import Files

from glfnet import __version__
from glfnet.databases.index_table import write_index
from glfnet.databases.own_data import index_own_data
from glfnet.evaluation.evaluate import evaluate
from glfnet.recognition.answer.folder import write_answer
from glfnet.recognition.predict import predict
from glfnet.samples.flow_npz import write_flow_npz
from glfnet.settings_page import read_settings
from glfnet.synthetic.database import write_synthetic_database
from glfnet.synthetic.flow_maps import synthetic_flow_set
from glfnet.video_sets.spot import spot


@cache
def picture(grey: int = 128, size: int = 16) -> bytes:
    """Return a grey PNG."""
    return cv2.imencode(".png", np.full((size, size, 3), grey, dtype=np.uint8))[1].tobytes()


FRAMES: Files = {f"c{clip}/img{number:03d}.png": picture(100 + number) for clip in (1, 2, 3) for number in range(1, 6)}
OWN: Rows = [
    ["subject", "clip", "frames", "onset", "apex", "offset", "emotion", "database", "fps", "action_units"],
    ["s1", "one", "c1", 1, 3, 5, "happiness", "own", 100, "12"],
    ["s1", "two", "c2", 1, None, 5, "surprise", "own", 100, "1+2"],
    ["s2", "three", "c3", 1, 2, 4, "disgust", "own", 100, "L4 or R4"],
]
CASME2: Rows = [
    ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion"],
    [1, "EP02_01f", 1, 3, 5, "12", "happiness"],
    [2, "EP03_02", 1, 2, "/", "4+R15", "others"],
]
CASME2_FRAMES: Files = {
    f"db/{clip}/img{number}.jpg": picture() for clip in ("sub01/EP02_01f", "sub02/EP03_02") for number in range(1, 6)
}


@cache
def made() -> dict[str, Files]:
    """Return tiny good files by kind: `maps`, one .npz; `run`, the run folder of a classical model on them."""
    flow = synthetic_flow_set(subjects=3, seed=3, size_px=12)
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_flow_npz(folder / "maps.npz", flow)
        settings = read_settings("logistic_regression", ["model.c=0.01"])
        evaluate(flow, folder / "run", settings, seeds=(0,), jobs=1, source="maps.npz")
        files = {
            str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
        }
    maps = {"maps.npz": files["maps.npz"]}
    run = {name: content for name, content in files.items() if name.startswith("run/")}
    return {"maps": maps, "run": run}


@cache
def answer() -> Files:
    """Return the folder of what `glfnet predict` says of a made-up clip whose frames are given."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_synthetic_database(folder / "db", subjects=1, clips_per_subject=1, size_px=128, fps=50, flow=False)
        clip = folder / "db" / "p01" / "clip01"
        result = predict(clip, fps=50, onset=3, apex=7, weights="free", progress=False)
        write_answer(folder / "answer", result, __version__)
        return {f"answer/{file.name}": file.read_bytes() for file in sorted((folder / "answer").iterdir())}


@cache
def _spot_run(table: bytes, videos: tuple[tuple[str, bytes], ...]) -> Files:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in videos:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        (folder / "long.csv").write_bytes(table)
        spot(folder / "long.csv", folder / "spotted", progress=False)
        files = (file for file in sorted((folder / "spotted").rglob("*")) if file.is_file())
        return {str(file.relative_to(folder / "spotted")): file.read_bytes() for file in files}


def spot_run(table: Rows, videos: Files) -> Files:
    """Return the folder of a run of `glfnet spot` over a table of videos."""
    return _spot_run(as_csv(table), tuple(videos.items()))


@cache
def index_rows() -> Rows:
    """Return the index that `glfnet index` makes of `OWN`, its paths relative."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in (FRAMES | {"clips.csv": as_csv(OWN)}).items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_bytes(content)
        write_index(folder / "index.csv", index_own_data(folder / "clips.csv").clips)
        text = (folder / "index.csv").read_text(encoding="utf-8").replace(f"{folder.absolute()}/", "")
    return [list(row) for row in csv.reader(io.StringIO(text))]


@cache
def video() -> bytes:
    """Return a short video without a face."""
    noise = np.random.default_rng(0)
    with TemporaryDirectory() as name:
        file = Path(name) / "v.mp4"
        with av.open(str(file), "w") as out:
            stream = out.add_stream("mpeg4", rate=30)
            stream.width, stream.height = 96, 64
            for _ in range(12):
                frame = av.VideoFrame.from_ndarray(noise.integers(0, 255, (64, 96, 3), dtype=np.uint8), format="rgb24")
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        return file.read_bytes()
