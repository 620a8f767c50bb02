"""Measure how well `glfnet.predict` spots and names micro-expressions in made-up long videos:

    python scripts/score_spotting.py [--videos 10] [--first 0] [--fps 100] [--height 480] [--folder FOLDER] [--jobs 2]

Each video shows another made-up person for half a minute with six micro-expressions among blinks, talking, long
expressions and nods; `glfnet.synthetic.long_video_plan` says what happens when. Videos 0 to 9 are for testing: no
setting was chosen on them. Those from 100 on are for development. With a folder, videos that are there are not made
again. Markdown for `docs/measurements.md` goes to standard output, progress to standard error.
"""

import argparse
import dataclasses
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib

import glfnet
from glfnet.labels import BLINK, HEAD_MOVEMENT, MACRO, MICRO, TALKING, THREE_CLASSES
from glfnet.recognition.result import Interval
from glfnet.scores.spotting.counts import count_video
from glfnet.scores.spotting.expressions import Expression, interval_iou, matched_pairs
from glfnet.scores.spotting.measures import Bounds, SpottingScore, pooled_score, score_bounds
from glfnet.synthetic.long_video_files import video_name, write_long_videos
from glfnet.synthetic.long_video_plan import KINDS, Event, long_video_plan

NOTHING = "nothing"
ROWS = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "apex_mean_frames": "apex error, mean, frames",
    "apex_median_frames": "apex error, median, frames",
    "uf1": "UF1 of the three classes among what was found",
    "strs": "STRS, F1 times UF1",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is true of a video, and what was found in it; `notes` are codes of the video's notes."""

    name: str
    events: tuple[Event, ...]
    intervals: tuple[Interval, ...]
    notes: tuple[str, ...]
    duration_s: float
    taken_s: float

    @property
    def true(self) -> list[Expression]:
        """The micro-expressions in it."""
        return [expression(event, event.emotion) for event in self.events if event.kind == MICRO]

    @property
    def micro(self) -> list[Interval]:
        """What was reported as a micro-expression."""
        return [interval for interval in self.intervals if interval.kind == MICRO]

    def spotted(self, *, guess: bool) -> list[Expression]:
        """What was reported as a micro-expression; with `guess` the most probable class even where it is unsure."""
        return [expression(one, most_probable(one) if guess else one.emotion) for one in self.micro]


def expression(frames: Event | Interval, emotion: str | None = None) -> Expression:
    """Return the frames of an event or of an answer."""
    return Expression(
        onset_index=frames.onset_index, apex_index=frames.apex_index, offset_index=frames.offset_index, emotion=emotion
    )


def most_probable(interval: Interval) -> str | None:
    """Return the most probable class, or None where nothing was classified."""
    return max(interval.probabilities, key=interval.probabilities.__getitem__, default=None)


def answer(file: Path, events: tuple[Event, ...]) -> Answer:
    """Search one video."""
    start = time.perf_counter()
    result = glfnet.predict(file)
    bare = tuple(dataclasses.replace(one, maps=None, pictures=None, notes=()) for one in result.intervals)
    codes = tuple(note.code for note in result.notes)
    return Answer(file.name, events, bare, codes, result.recording.duration_s, time.perf_counter() - start)


def score_lines(answers: Sequence[Answer]) -> list[str]:
    """Return the scores with their intervals."""
    lines = ["| | value | 95 % |", "|---|---|---|"]
    sure, guessed = (
        [count_video(one.spotted(guess=guess), one.true, THREE_CLASSES) for one in answers] for guess in (False, True)
    )
    lines += score_rows(pooled_score(sure), score_bounds(sure), ROWS)
    named = {name: f"{ROWS[name]}, the most probable class even where unsure" for name in ("uf1", "strs")}
    return lines + score_rows(pooled_score(guessed), score_bounds(guessed), named)


def score_rows(score: SpottingScore, bounds: dict[str, Bounds], names: dict[str, str]) -> list[str]:
    """Return one line a score."""
    values = dataclasses.asdict(score)
    return [
        f"| {text} | {number(values[name])} | {number(bounds[name].low)} to {number(bounds[name].high)} |"
        for name, text in names.items()
    ]


def number(value: float) -> str:
    """Return a score to three digits; a word where it is undefined."""
    return "undefined" if math.isnan(value) else f"{value:.3f}"


def called(event: Event, intervals: Sequence[Interval]) -> str:
    """Return the kind of the interval that overlaps an event best, or nothing."""
    overlaps = [(interval_iou(expression(event), expression(interval)), interval.kind) for interval in intervals]
    overlap, kind = max(overlaps, default=(0, NOTHING))
    return kind if overlap else NOTHING


def false_alarms(one: Answer) -> list[str]:
    """Return the cause of each: the kind of the event that overlaps it best, or nothing."""
    spotted = one.spotted(guess=False)
    right = {place for place, _ in matched_pairs(spotted, one.true)}
    causes = []
    for place, alarm in enumerate(spotted):
        if place not in right:
            overlap, kind = max((interval_iou(alarm, expression(event)), event.kind) for event in one.events)
            causes.append(kind if overlap else NOTHING)
    return causes


def alarm_lines(answers: Sequence[Answer]) -> list[str]:
    """Return how many false alarms there are of each cause."""
    causes = Counter(cause for one in answers for cause in false_alarms(one))
    minutes = sum(one.duration_s for one in answers) / 60
    named = {MICRO: "a micro-expression, at frames too far off"}
    rows = [f"| {named.get(kind) or words(kind)} | {causes[kind]} |" for kind in (*KINDS, NOTHING)]
    total = f"| **all** | **{causes.total()}**, {causes.total() / minutes:.1f} a minute |"
    return ["| what it was in truth | false alarms |", "|---|---|", *rows, total]


def kind_lines(answers: Sequence[Answer]) -> list[str]:
    """Return what the events of each kind were called."""
    counts = Counter((event.kind, called(event, one.intervals)) for one in answers for event in one.events)
    columns = (MICRO, MACRO, BLINK, TALKING, HEAD_MOVEMENT, NOTHING)
    rows = [("in truth", *map(words, columns)), ("---",) * (len(columns) + 1)]
    rows += [(words(kind), *(str(counts[kind, name]) for name in columns)) for kind in KINDS]
    return [f"| {' | '.join(row)} |" for row in rows]


def video_lines(answers: Sequence[Answer]) -> list[str]:
    """Return what was found in each video."""
    lines = ["| video | true | spotted | found | notes | seconds |", "|---|---|---|---|---|---|"]
    for one in answers:
        found = len(matched_pairs(one.spotted(guess=False), one.true))
        notes = ", ".join(one.notes) or "none"
        lines.append(f"| {one.name} | {len(one.true)} | {len(one.micro)} | {found} | {notes} | {one.taken_s:.0f} |")
    return lines


def measure(folder: Path, ask: argparse.Namespace) -> list[Answer]:
    """Make the videos that are missing, and search all of them."""
    numbers = range(ask.first, ask.first + ask.videos)
    plans = [long_video_plan(0, number, duration_s=ask.duration, fps=ask.fps) for number in numbers]
    write_long_videos(
        folder, videos=ask.videos, first=ask.first, duration_s=ask.duration, fps=ask.fps,
        size=(round(ask.height * 2 / 3) * 2, ask.height),
        on_video=lambda done, total: say(f"video {done} of {total} is there"),
    )  # fmt: skip
    jobs = (joblib.delayed(answer)(folder / video_name(plan), plan.events) for plan in plans)
    answers = []
    for one in joblib.Parallel(n_jobs=ask.jobs, return_as="generator")(jobs):
        say(f"{one.name}: {len(one.micro)} spotted in {one.taken_s:.0f} s")
        answers.append(one)
    return answers


def words(kind: str) -> str:
    """Return a kind as people write it."""
    return kind.replace("_", " ")


def say(text: str) -> None:
    """Tell the progress."""
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure spotting in made-up long videos.")
    parser.add_argument("--videos", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="number of the first video")
    parser.add_argument("--fps", type=float, default=100)
    parser.add_argument("--duration", type=float, default=30, help="of a video in seconds")
    parser.add_argument("--height", type=int, default=480, help="of a frame in pixels; the face takes 0.6 of it")
    parser.add_argument("--folder", type=Path, help="where the videos are or go; a temporary one if not given")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    """Print everything."""
    ask = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        answers = measure(ask.folder or Path(temporary) / "videos", ask)
    print(
        f"{len(answers)} videos of {ask.duration:g} s, {ask.height} pixels high, at {ask.fps:g} frames/s, "
        f"{sum(len(one.true) for one in answers)} micro-expressions, {sum(len(one.micro) for one in answers)} spotted."
    )
    for lines in (score_lines, alarm_lines, kind_lines, video_lines):
        print("", *lines(answers), sep="\n")


if __name__ == "__main__":
    main()
