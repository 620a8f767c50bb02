"""Measure the dial of sensitivity on harder made-up videos, and fit the confidence of what is found in them:

    python scripts/fit_confidence.py search DEVELOPMENT.jsonl --first 100 [--videos 2] [--only CONDITION ...]
    python scripts/fit_confidence.py search TEST.jsonl --first 0 [--videos 2] [--only CONDITION ...]
    python scripts/fit_confidence.py fit DEVELOPMENT.jsonl TEST.jsonl

`search` makes the videos of `score_harder_spotting.py`, and photographs with noise (`still crf=28`), searches each with
every position of the dial, and adds a line to the file; what is in the file is not made again. `fit` prints what each
position finds and invents, the numbers of `glfnet.spotting.confidence`, and how right they are in the test videos.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta, chi2
from score_harder_spotting import CONDITIONS, DURATION_S, made_video, right_ones
from score_still_photographs import FPS, made_up_picture, noisy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from glfnet.faces.default_detector import default_detector
from glfnet.faces.tracker import FaceTracker
from glfnet.labels import MICRO
from glfnet.recognition.source import opened
from glfnet.spotting.confidence import Grounds, confidence
from glfnet.spotting.settings import SENSITIVITIES, SpottingSettings
from glfnet.spotting.spotter import Movement, Spotter
from glfnet.synthetic.long_video_files import write_video

STILL = "still"
STILLS = tuple(f"{STILL} crf={crf} {height}" for crf in (23, 28, 34) for height in (240, 480))
STILL_S, NOISE = 8.0, 5.0
BOUNDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)

Line = Mapping[str, Any]


def spotted_at_once(video: Path) -> dict[str, list[Movement]]:
    """Return the micro-expressions of the largest face at every position of the dial."""
    tracker, spotters = FaceTracker(default_detector()), dict[tuple[str, int], Spotter]()
    found: dict[str, list[Movement]] = {position: [] for position in SENSITIVITIES}
    with opened(video, None) as frames:
        for frame in frames:
            for face in tracker.step(frame):
                for position in SENSITIVITIES:
                    key = position, face.track
                    spotter = spotters.setdefault(key, Spotter(SpottingSettings().at(position)))
                    found[position] += spotter.step(face)
    for (position, _), spotter in spotters.items():
        found[position] += spotter.finish()
    return {position: [one for one in seen if one.kind == MICRO] for position, seen in found.items()}


def searched(condition: str, number: int, folder: Path, height: int) -> Line:
    """Make one video, search it at every position, and return what is right of what was found."""
    if condition.startswith(STILL):
        _, crf, side = condition.replace("crf=", "").split()
        video, plan, minutes = folder / "still.mp4", None, STILL_S / 60
        pictures = noisy(made_up_picture(number, int(side)), NOISE, round(STILL_S * FPS), number)
        write_video(video, pictures, FPS, crf=float(crf))
    else:
        (video, plan), minutes = made_video(condition, number, folder, height), DURATION_S / 60
    true, found = 0, {}
    for position, seen in spotted_at_once(video).items():
        true, right = (0, [False] * len(seen)) if plan is None else right_ones(seen, plan)
        found[position] = [{"right": fits, "grounds": one.grounds} for fits, one in zip(right, seen, strict=True)]
    return {"condition": condition, "video": number, "true": true, "minutes": minutes, "found": found}


def search(ask: argparse.Namespace) -> None:
    """Add a line for every video that the file does not have yet."""
    there = {(line["condition"], line["video"]) for line in read_lines(ask.file)} if ask.file.exists() else set()
    wanted = [(name, number) for number in range(ask.first, ask.first + ask.videos) for name in ask.only]
    with tempfile.TemporaryDirectory() as folder:
        for place, (name, number) in enumerate(wanted, start=1):
            if (name, number) not in there:
                line = json.dumps(searched(name, number, Path(folder), ask.height))
                with ask.file.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
            print(f"{place} of {len(wanted)} videos", file=sys.stderr, flush=True)


def read_lines(file: Path) -> list[Line]:
    """Return what was searched."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def found_at(lines: Sequence[Line], position: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the grounds of what was found at a position, (N, grounds), and whether it is right, (N,)."""
    found = [one for line in lines for one in line["found"][position]]
    grounds = np.array([one["grounds"] for one in found], dtype=np.float64).reshape(len(found), len(Grounds._fields))
    return grounds, np.array([one["right"] for one in found], dtype=np.bool_)


def dial_rows(lines: Sequence[Line]) -> Iterator[str]:
    """Yield recall and false alarms a minute of every position, with 95 %, as if all were independent."""
    true, minutes = sum(line["true"] for line in lines), sum(line["minutes"] for line in lines)
    yield "| sensitivity | found | recall | false alarms | a minute |"
    yield "|---|---|---|---|---|"
    for position in SENSITIVITIES:
        _, right = found_at(lines, position)
        hits, alarms = int(right.sum()), int((~right).sum())
        low, high = beta.ppf((0.025, 0.975), (hits, hits + 1), (true - hits + 1, true - hits))
        least, most = chi2.ppf((0.025, 0.975), (max(2 * alarms, 1e-9), 2 * alarms + 2)) / 2 / minutes
        rate = f"{alarms / minutes:.1f} [{least:.1f}, {most:.1f}]"
        yield f"| {position} | {hits} of {true} | {hits / true:.2f} [{low:.2f}, {high:.2f}] | {alarms} | {rate} |"


def reliability_rows(sure: np.ndarray, right: np.ndarray) -> Iterator[str]:
    """Yield how often an answer is right, by how sure it is; 95 % by Clopper and Pearson."""
    yield "| confidence | movements | mean confidence | were right |"
    yield "|---|---|---|---|"
    for low, high in pairwise(BOUNDS):
        inside = (sure >= low) & ((sure < high) | (high == BOUNDS[-1]))
        count, hits = int(inside.sum()), int(right[inside].sum())
        if count:
            least, most = np.nan_to_num(beta.ppf((0.025, 0.975), (hits, hits + 1), (count - hits + 1, count - hits)))
            most = most if hits < count else 1.0
            shares = f"{hits / count:.2f} [{least:.2f}, {most:.2f}]"
            yield f"| {low:g} to {high:g} | {count} | {sure[inside].mean():.2f} | {shares} |"


def fit(ask: argparse.Namespace) -> None:
    """Print the dial, the fitted numbers, and the reliability of the numbers that the package has."""
    development, test = read_lines(ask.development), read_lines(ask.test)
    for name, lines in (("Development", development), ("Test", test)):
        print(f"{name}, {len(lines)} videos:\n", *dial_rows(lines), "", sep="\n")
    grounds, right = found_at(development, "high")
    spread = np.maximum(grounds.std(axis=0), 1e-6)
    fitted = LogisticRegression(C=1.0).fit(grounds / spread, right)
    weights = fitted.coef_[0] / spread
    print(f"Fitted to {len(right)} movements, {int(right.sum())} of them right:", end=" ")
    print(f"_INTERCEPT = {fitted.intercept_[0]:.2f}, _WEIGHTS = ({', '.join(f'{one:.2f}' for one in weights)})\n")
    for position in SENSITIVITIES:
        grounds, right = found_at(test, position)
        sure = np.array([confidence(Grounds(*row)) for row in grounds])
        area = f"{roc_auc_score(right, sure):.2f}" if 0 < right.sum() < len(right) else "undefined"
        brier = np.mean((sure - right) ** 2)
        print(f"Test, {position}: mean {sure.mean():.2f}, right {right.mean():.2f}, AUC {area}, Brier {brier:.3f}\n")
        print(*reliability_rows(sure, right), "", sep="\n")


def main() -> None:
    """Search, or fit."""
    parser = argparse.ArgumentParser(description="Measure the dial, and fit the confidence.")
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("search")
    part.add_argument("file", type=Path)
    part.add_argument("--first", type=int, required=True, help="number of the first video")
    part.add_argument("--videos", type=int, default=2, help="a condition")
    part.add_argument("--height", type=int, default=480, help="of a frame in pixels")
    part.add_argument("--only", nargs="*", default=(*CONDITIONS, *STILLS), help="conditions")
    part.set_defaults(do=search)
    part = parts.add_parser("fit")
    part.add_argument("development", type=Path)
    part.add_argument("test", type=Path)
    part.set_defaults(do=fit)
    ask = parser.parse_args()
    ask.do(ask)


if __name__ == "__main__":
    main()
