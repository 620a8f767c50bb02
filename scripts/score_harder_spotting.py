"""Measure how spotting holds where made-up videos are harder, one switch at a time:

    python scripts/score_harder_spotting.py [--videos 2] [--first 0] [--height 480] [--only NAME ...] [--figure FILE]

Every condition shows the same people for 12 s with four micro-expressions that move 0.8 to 3 % of the distance between
the eyes, among blinks, talking, a long expression and nods; `glfnet.synthetic.difficulties` says what each switch does.
Videos from 0 on are for testing; settings were chosen on those from 100 on. Only spotting is measured: nothing is
classified. Markdown for `docs/measurements.md` goes to standard output, progress to standard error.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import beta

from glfnet.faces.default_detector import default_detector
from glfnet.faces.tracker import FaceTracker
from glfnet.labels import MICRO
from glfnet.recognition.source import opened
from glfnet.scores.spotting.expressions import Expression, matched_pairs
from glfnet.spotting.spotter import Movement, Spotter
from glfnet.synthetic.difficulties import harder_plan, read_difficulties
from glfnet.synthetic.long_video import long_video_frames
from glfnet.synthetic.long_video_files import write_video
from glfnet.synthetic.long_video_plan import LongVideoPlan, long_video_plan
from glfnet.synthetic.rough_frames import rough_frames

DURATION_S, EXPRESSIONS = 12.0, 4
BASE = "weak"
ALL = (
    "crf=23 noise incomplete_return=0.4 slow_return from_movement overlapping within_macro one_sided=0.5 blinks shakes "
    "tilts leaning light flicker repeated"
)
CONDITIONS = (
    *("", "strength=0.5", "strength=0.8", "crf=18", "crf=23", "crf=28", "crf=33", "noise", "25fps", "30fps", "60fps"),
    *("200fps", "repeated", "incomplete_return=0.3", "incomplete_return", "slow_return", "from_movement"),
    *("overlapping", "within_macro", "one_sided", "blinks", "shakes", "tilts", "leaning", "light", "flicker"),
    *("crf=23 incomplete_return=0.4 blinks light", "crf=28 one_sided=0.5 shakes=5", "30fps crf=23 blinks repeated"),
    ALL,
)
"""Switches on top of `BASE`, and frame rates; several together in the last ones."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was found in the videos of one condition."""

    true: int
    found: int
    false: int
    minutes: float

    @property
    def recall(self) -> float:
        """Share of the true ones that were found."""
        return self.found / self.true

    @property
    def bounds(self) -> tuple[float, float]:
        """95 % of the recall by Clopper and Pearson, as if micro-expressions were independent."""
        low, high = beta.ppf((0.025, 0.975), (self.found, self.found + 1), (self.missed + 1, self.missed))
        return 0.0 if np.isnan(low) else float(low), 1.0 if np.isnan(high) else float(high)

    @property
    def missed(self) -> int:
        """True ones that were not found."""
        return self.true - self.found

    @property
    def row(self) -> str:
        """A row of the table."""
        spotted = self.found + self.false
        precision = f"{self.found / spotted:.2f}" if spotted else "undefined"
        f1 = 2 * self.found / (spotted + self.true)
        low, high = self.bounds
        return (
            f"{self.found} of {self.true} | {self.recall:.2f} [{low:.2f}, {high:.2f}] | {precision} | {f1:.2f} | "
            f"{self.false / self.minutes:.1f} |"
        )


def made_video(words: str, number: int, folder: Path, height: int) -> tuple[Path, LongVideoPlan]:
    """Make one video of a condition; return it with what is true of it."""
    switches = words.split()
    rates = [float(word.removesuffix("fps")) for word in switches if word.endswith("fps")]
    named = [word for word in switches if not word.endswith("fps")]
    base = [] if any(word.startswith("strength") for word in named) else [BASE]
    harder, fps = read_difficulties([*base, *named]), rates[0] if rates else 100.0
    plan = long_video_plan(0, number, duration_s=DURATION_S, fps=fps, expressions=EXPRESSIONS)
    plan = harder_plan(plan, harder)
    frames = long_video_frames(plan, (round(height * 2 / 3) * 2, height))
    frames = rough_frames(frames, harder, seed=plan.seed, number=plan.number, fps=fps)
    write_video(folder / "video.mp4", frames, fps, crf=harder.get("crf"))
    return folder / "video.mp4", plan


def right_ones(spotted: Iterable[Movement], plan: LongVideoPlan) -> tuple[int, list[bool]]:
    """Return how many micro-expressions there are, and of each spotted one whether it is one of them."""
    micro = [
        Expression(onset_index=one.onset.index, apex_index=one.apex.index, offset_index=one.offset.index)
        for one in spotted
        if one.kind == MICRO
    ]
    true = [
        Expression(onset_index=one.onset_index, apex_index=one.apex_index, offset_index=one.offset_index)
        for one in plan.of_kind(MICRO)
    ]
    hits = {place for place, _ in matched_pairs(micro, true)}
    return len(true), [place in hits for place in range(len(micro))]


def count(words: str, number: int, folder: Path, height: int) -> Counts:
    """Make one video, search it and count."""
    video, plan = made_video(words, number, folder, height)
    true, right = right_ones(spotted_in(video), plan)
    return Counts(true, sum(right), len(right) - sum(right), DURATION_S / 60)


def spotted_in(video: Path) -> list[Movement]:
    """Return all movements of the largest face."""
    tracker, spotters, found = FaceTracker(default_detector()), dict[int, Spotter](), list[Movement]()
    with opened(video, None) as frames:
        for frame in frames:
            for face in tracker.step(frame):
                found += spotters.setdefault(face.track, Spotter()).step(face)
    return [*found, *(one for spotter in spotters.values() for one in spotter.finish())]


def total(parts: Iterable[Counts]) -> Counts:
    """Return the counts of several videos together."""
    rows = [(one.true, one.found, one.false, one.minutes) for one in parts]
    true, found, false, minutes = map(sum, zip(*rows, strict=True))
    return Counts(int(true), int(found), int(false), float(minutes))


def draw(counts: dict[str, Counts], file: Path) -> None:
    """Draw recall with its interval, and false alarms a minute, one row a condition."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "spotting"
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(
        1, 2, sharey=True, figsize=(9, 0.26 * len(counts) + 1), width_ratios=(3, 1), layout="constrained"
    )
    shown = {"": "nothing harder", ALL: "all of them at once"}
    names, places = [shown.get(name, name) for name in counts], range(len(counts))
    for place, one in zip(places, counts.values(), strict=True):
        left.plot(one.bounds, (place, place), color="#9db4c8", linewidth=4, solid_capstyle="butt")
        left.plot(one.recall, place, "o", color="#1f4e79", markersize=5)
    left.set_yticks(places, names, fontsize=8)
    left.set(xlim=(-0.02, 1.02), xlabel="recall of micro-expressions, 95 %")
    left.invert_yaxis()
    left.grid(axis="x", alpha=0.3)
    right.barh(places, [one.false / one.minutes for one in counts.values()], color="#c2410c", height=0.5)
    right.set(xlabel="false alarms a minute")
    right.axvline(1, color="grey", linewidth=0.8, linestyle=":")
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure spotting where made-up videos are harder.")
    parser.add_argument("--videos", type=int, default=2, help="a condition")
    parser.add_argument("--first", type=int, default=0, help="number of the first video")
    parser.add_argument("--height", type=int, default=480, help="of a frame in pixels; the face takes 0.6 of it")
    parser.add_argument("--only", nargs="*", default=CONDITIONS, help="conditions")
    parser.add_argument("--figure", type=Path, help="where the figure goes")
    ask = parser.parse_args()
    print("| harder by | found | recall | precision | F1 | false alarms a minute |\n|---|---|---|---|---|---|")
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        for words in ask.only:
            numbers = range(ask.first, ask.first + ask.videos)
            counts[words] = total(count(words, number, Path(folder), ask.height) for number in numbers)
            print(f"| {words or 'nothing'} | {counts[words].row}", flush=True)
            print(f"{len(counts)} of {len(ask.only)} conditions", file=sys.stderr, flush=True)
    if ask.figure:
        draw(counts, ask.figure)


if __name__ == "__main__":
    main()
