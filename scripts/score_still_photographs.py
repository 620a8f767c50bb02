"""Count false alarms in photographs: nothing moves in them, so whatever is found was made by sensor and compression.

    python scripts/score_still_photographs.py [--pictures FILE ...] [--videos 2] [--first 0] [--duration 10]
        [--noise 5] [--crf 18 23 28 34] [--heights 240 480] [--sensitivity normal]

Each video shows one picture with new noise in every frame, compressed by H.264, at 60 frames/s. The pictures are
made-up people, those of `score_harder_spotting.py`: from 0 on for testing, from 100 on for development; or files of
your own, in which every face is searched. Alarms are counted a face-minute. Markdown for `docs/measurements.md` goes
to standard output, progress to standard error.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import chi2

from glfnet.faces.default_detector import default_detector
from glfnet.faces.tracker import FaceTracker
from glfnet.labels import MACRO, MICRO
from glfnet.recognition.source import opened
from glfnet.spotting.settings import SENSITIVITIES, SpottingSettings
from glfnet.spotting.spotter import Spotter
from glfnet.synthetic.long_video import long_video_frames
from glfnet.synthetic.long_video_files import write_video
from glfnet.synthetic.long_video_plan import long_video_plan

FPS = 60.0
SEED = 0

Picture = NDArray[np.uint8]


def made_up_picture(number: int, height: int) -> Picture:
    """Return one person at rest, without noise, (height, W, 3)."""
    plan = long_video_plan(SEED, number, duration_s=12, expressions=1)
    return next(iter(long_video_frames(plan, (round(height * 2 / 3) * 2, height), clean=True)))


def read_picture(file: Path, height: int) -> Picture:
    """Return a file as a picture so high, with even sides."""
    with Image.open(file) as picture:
        width = round(picture.width * height / picture.height / 2) * 2
        return np.asarray(picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))


def noisy(picture: Picture, noise: float, frames: int, seed: int) -> Iterator[Picture]:
    """Yield the picture many times, with new noise of this standard deviation, in grey levels, in every pixel."""
    rng = np.random.default_rng(seed)
    for _ in range(frames):
        grain = np.float32(noise) * rng.standard_normal(picture.shape, dtype=np.float32)
        yield np.clip(np.rint(picture + grain), 0, 255).astype(np.uint8)


def movements(video: Path, settings: SpottingSettings) -> tuple[Counter[str], float]:
    """Return how many movements of each kind are found in all faces, and how many minutes of faces there are."""
    tracker, spotters = FaceTracker(default_detector(), faces="all"), dict[int, Spotter]()
    kinds, seen = Counter[str](), 0
    with opened(video, None) as frames:
        for frame in frames:
            for face in tracker.step(frame):
                seen += 1
                spotter = spotters.setdefault(face.track, Spotter(settings))
                kinds.update(one.kind for one in spotter.step(face))
    for spotter in spotters.values():
        kinds.update(one.kind for one in spotter.finish())
    return kinds, seen / FPS / 60


def row(name: str, kinds: Counter[str], minutes: float) -> str:
    """Return a row of the table; the interval of the rate is that of a Poisson count."""
    micro, macro = kinds[MICRO], kinds[MACRO]
    low = chi2.ppf(0.025, 2 * micro) / 2 if micro else 0.0
    high = chi2.ppf(0.975, 2 * micro + 2) / 2
    rate = f"{micro / minutes:.1f} [{low / minutes:.1f}, {high / minutes:.1f}]"
    return f"| {name} | {minutes:.2f} | {micro} | {rate} | {macro} | {kinds.total() - micro - macro} |"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Count false alarms in photographs with noise.")
    parser.add_argument("--pictures", nargs="*", type=Path, help="photographs; made-up people if not given")
    parser.add_argument("--videos", type=int, default=2, help="made-up people for each condition")
    parser.add_argument("--first", type=int, default=0, help="number of the first person")
    parser.add_argument("--duration", type=float, default=10, help="of a video in seconds")
    parser.add_argument("--noise", type=float, default=5, help="standard deviation in grey levels")
    parser.add_argument("--crf", nargs="*", type=int, default=(18, 23, 28, 34), help="how strongly H.264 compresses")
    parser.add_argument("--heights", nargs="*", type=int, default=(240, 480), help="of a frame in pixels")
    parser.add_argument("--sensitivity", default="normal", choices=tuple(SENSITIVITIES))
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    ask = arguments()
    settings = SpottingSettings().at(ask.sensitivity)
    people = [*(ask.pictures or range(ask.first, ask.first + ask.videos))]
    print("| crf | face-minutes | micro-expressions | a face-minute, 95 % | macro-expressions | other |")
    print("|---|---|---|---|---|---|")
    all_kinds, all_minutes = Counter[str](), 0.0
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "video.mp4"
        for crf in ask.crf:
            kinds, minutes = Counter[str](), 0.0
            for place, (one, height) in enumerate(product(people, ask.heights)):
                picture = read_picture(one, height) if isinstance(one, Path) else made_up_picture(one, height)
                write_video(video, noisy(picture, ask.noise, round(ask.duration * FPS), place), FPS, crf=crf)
                found, taken = movements(video, settings)
                kinds, minutes = kinds + found, minutes + taken
                print(f"crf {crf}: video {place + 1} is done", file=sys.stderr, flush=True)
            print(row(str(crf), kinds, minutes), flush=True)
            all_kinds, all_minutes = all_kinds + kinds, all_minutes + minutes
    print(row("all", all_kinds, all_minutes))


if __name__ == "__main__":
    main()
