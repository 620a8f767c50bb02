"""The commands about spotting in long videos: spot, score. `main` registers them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import joblib
import typer
from rich.markup import escape

from glfnet.cli.data import Force
from glfnet.cli.options import Executor, Faces, Sensitivity, prediction_settings
from glfnet.cli.spotting_tables import print_published_spotting, print_spotting
from glfnet.cli.terminal import OUT, early_end, print_error, print_note, progress_bar, resumable
from glfnet.dask_cluster import LOCAL, cluster
from glfnet.errors import SettingsError
from glfnet.files import check_replaceable, write_whole
from glfnet.samples.sentences import counted

if TYPE_CHECKING:
    from glfnet.scores.spotting.answered_videos import SpottingScores


Fps = Annotated[
    float | None, typer.Option(help="Frames per second of the video of an .eaf that does not say.", min=0.001)
]


def spot_command(
    index: Annotated[
        Path, typer.Argument(help="A table of long videos and the expressions in them: columns video, onset, offset.")
    ],
    out: Annotated[Path, typer.Option(help="Run folder; name the same one again to resume.")],
    faces: Faces = "largest",
    sensitivity: Sensitivity = "normal",
    weights: Annotated[
        Path | None, typer.Option(help="free, research (the default), or a .safetensors file with its card beside it.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Videos at a time; 0 takes all cores.", min=0)] = 1,
    executor: Executor = LOCAL,
) -> None:
    """Spot expressions in all long videos of a table, score them, and write a report.

    Exit status 1 if a video could not be read; the others are scored all the same.
    """
    from glfnet.video_sets.spot import spot

    settings = prediction_settings(faces, sensitivity)
    with cluster(executor), early_end(resumable("videos")), progress_bar("videos") as show:
        run = spot(index, out, weights=weights, settings=settings, jobs=jobs or joblib.cpu_count(), on_video=show)
    for failure in run.failed:
        print_error(failure.sentence)
    _print(run.scores)
    print_published_spotting(run.scores)
    OUT.print(f"{counted(run.made, 'video')} answered now, {run.kept} kept from earlier. Report:")
    OUT.print(escape(str(run.report)))
    if run.failed:
        raise typer.Exit(1)


def score_command(
    truth: Annotated[
        Path,
        typer.Argument(help="A MEGC log, which holds both truth and answers; or a CSV table or .eaf of the truth."),
    ],
    answers: Annotated[
        Path | None,
        typer.Argument(
            help="A CSV table or .eaf of what was spotted, or a folder of answers, of `glfnet predict` or `spot`."
        ),
    ] = None,
    out: Annotated[
        list[Path] | None, typer.Option(help="Also write the scores to this .csv or .json file. May be repeated.")
    ] = None,
    min_iou: Annotated[float, typer.Option(help="Overlap from which on an interval is found, over 0 to 1.")] = 0.5,
    fps: Fps = None,
    force: Force = False,
) -> None:
    """Score what was spotted in long videos: precision, recall, F1, apex error and STRS, with intervals."""
    from glfnet.report.spotting_files import is_spotting_file, spotting_csv, spotting_json
    from glfnet.video_sets.score import score

    writers = {".csv": spotting_csv, ".json": spotting_json}
    read = [truth, answers]
    for path in out or []:
        if path.suffix.lower() not in writers:
            raise SettingsError(f"--out: found {path}; expected a name that ends in .csv or .json.")
        check_replaceable(path, "earlier scores of spotting", is_spotting_file, read, force=force)
    scores = score(truth, answers, min_iou=min_iou, fps=fps)
    _print(scores)
    for path in out or []:
        write_whole(path, writers[path.suffix.lower()](scores))
        OUT.print(escape(str(path)))


def _print(scores: "SpottingScores") -> None:
    for note in scores.notes:
        print_note(note)
    print_spotting(scores)
