"""The commands about spotting in long videos: score. `main` registers them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from glfnet.cli.data import Force
from glfnet.cli.score_tables import print_spotting
from glfnet.cli.terminal import OUT, print_note
from glfnet.errors import SettingsError
from glfnet.files import check_replaceable, write_whole

if TYPE_CHECKING:
    from glfnet.scores.spotting.answered_videos import SpottingScores


def score_command(
    truth: Annotated[
        Path, typer.Argument(help="A MEGC log, which holds both truth and answers; or a CSV table of the truth.")
    ],
    answers: Annotated[
        Path | None, typer.Argument(help="A CSV table of what was spotted, or a folder of `glfnet predict`'s answers.")
    ] = None,
    out: Annotated[
        list[Path] | None, typer.Option(help="Also write the scores to this .csv or .json file. May be repeated.")
    ] = None,
    min_iou: Annotated[float, typer.Option(help="Overlap from which on an interval is found, over 0 to 1.")] = 0.5,
    force: Force = False,
) -> None:
    """Score what was spotted in long videos: precision, recall, F1, apex error and STRS, with intervals."""
    from glfnet.long_videos.score import score
    from glfnet.report.spotting_files import is_spotting_file, spotting_csv, spotting_json

    writers = {".csv": spotting_csv, ".json": spotting_json}
    read = [truth, answers]
    for path in out or []:
        if path.suffix.lower() not in writers:
            raise SettingsError(f"--out: found {path}; expected a name that ends in .csv or .json.")
        check_replaceable(path, "earlier scores of spotting", is_spotting_file, read, force=force)
    scores = score(truth, answers, min_iou=min_iou)
    _print(scores)
    for path in out or []:
        write_whole(path, writers[path.suffix.lower()](scores))
        OUT.print(escape(str(path)))


def _print(scores: "SpottingScores") -> None:
    for note in scores.notes:
        print_note(note)
    print_spotting(scores)
