"""The demo: every stage from recordings of made-up faces to a report, as the commands that a user would type.

Each command resumes where it was stopped, and so does the demo. The folder::

    OUT/faces           the recordings, see `synthetic.database`
    OUT/faces.csv       their index
    OUT/check.html      what the data doctor says
    OUT/made-up-faces   the store of flow maps; the report takes its title from this name
    OUT/glfnet          the run, with report.html
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSize:
    """How much the demo does. The defaults take a minute or two on two cores; its classes are learnt, with mistakes.

    Attributes:
        subjects: made-up people, and so folds.
        clips: of each person; a multiple of 3 has every class equally often.
        frame_px: side of a frame; below 192 some faces are so small that the doctor warns.
        fps: frames per second.
        method: flow method, see `flow.optical_flow.METHODS`.
        epochs: of training; far fewer than in the recipe.
        seeds: how many.
    """

    subjects: int = 8
    clips: int = 6
    frame_px: int = 192
    fps: int = 80
    method: str = "tvl1"
    epochs: int = 15
    seeds: int = 2


@dataclass(frozen=True, slots=True)
class DemoStep:
    """One stage: what it is for, and the arguments of `glfnet` that do it."""

    purpose: str
    arguments: tuple[str, ...]


def demo_steps(out: Path, jobs: int = 0, size: DemoSize | None = None) -> tuple[DemoStep, ...]:
    """Return the stages in order; the last prints the path of the report as its last line.

    Args:
        out: the demo's folder; name the same one again to resume.
        jobs: processes; 0 takes all cores.
        size: how much; the defaults if None.
    """
    size = size or DemoSize()
    faces, index, store = out / "faces", out / "faces.csv", out / "made-up-faces"
    parallel = ("--jobs", str(jobs))
    people = ("--subjects", str(size.subjects), "--clips", str(size.clips))
    frames = ("--size", str(size.frame_px), "--fps", str(size.fps))
    training = ("--set", f"training.epochs={size.epochs}", "--seeds", str(size.seeds))
    return (
        DemoStep("record made-up faces", ("synth", str(faces), "--harder", *people, *frames)),
        DemoStep("index the clips", ("index", "own", str(faces / "index.csv"), "--out", str(index))),
        DemoStep("check them", ("check", str(index), "--html", str(out / "check.html"), *parallel)),
        DemoStep(
            f"find the faces, align them, make flow maps (optical flow: {size.method})",
            ("prepare", str(index), "--method", size.method, "--out", str(store), *parallel),
        ),
        DemoStep(
            "evaluate GLFNet, one subject left out; scores on made-up faces say nothing about people",
            ("evaluate", str(store), *training, "--out", str(out / "glfnet"), *parallel),
        ),
    )
