"""The command `explain`: why a video, or a run, got its answers. `main` registers it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from glfnet import __version__
from glfnet.cli.terminal import OUT, early_end, print_note, progress_bar
from glfnet.errors import SettingsError
from glfnet.path_kind import ANSWER, PICTURES, RUN, VIDEO, check_kind

# What needs torch or matplotlib is imported by the command: --help must not wait for it.
if TYPE_CHECKING:
    from glfnet.recognition.explain import Explained

_EXPECTED = "a video, an answer of `glfnet predict`, or a run folder of `glfnet evaluate`"
_SUFFIX = ".explanation"


def explain_command(
    what: Annotated[Path, typer.Argument(help="A video, an answer folder of predict, or a run folder.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the explanation; WHAT.explanation beside it if not given.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="As for predict; for an answer folder, the weights that gave the answer.")
    ] = None,
    onset: Annotated[int | None, typer.Option(help="Of a video: as for predict.", min=0)] = None,
    apex: Annotated[int | None, typer.Option(help="Of a video: as for predict.", min=0)] = None,
    fps: Annotated[float | None, typer.Option(help="Of a video: as for predict.", min=1)] = None,
    data: Annotated[Path | None, typer.Option(help="Of a run: its flow maps, as `evaluate` was given them.")] = None,
) -> None:
    """Show why: what moved, where the model looked, and what it would say without each region of the face.

    For a run: mean maps of each class, held-out clips on a plane, and those that all seeds get wrong.
    """
    kind = check_kind(what, (VIDEO, PICTURES, ANSWER), _EXPECTED)
    of_video = {"--onset": onset, "--apex": apex, "--fps": fps}
    wrong = {**(of_video if kind in (ANSWER, RUN) else {}), **({"--weights": weights} if kind is RUN else {})}
    wrong |= {} if kind is RUN else {"--data": data}
    given = [name for name, value in wrong.items() if value is not None]
    if given:
        raise SettingsError(
            f"{what}: found {kind.words} and {', '.join(given)}; expected no option of something else. Leave it out."
        )
    folder = out or what.resolve().with_name(f"{what.resolve().name}{_SUFFIX}")
    with early_end("Nothing was written."):
        if kind is ANSWER:
            _explain_answer(what, weights, folder)
        else:
            _explain_video(what, folder, onset, apex, fps, weights)


def _explain_video(
    video: Path, folder: Path, onset: int | None, apex: int | None, fps: float | None, weights: Path | None
) -> None:
    from glfnet.recognition.source import checked_source

    checked_source(video, onset, apex, fps)
    from glfnet.explanation.folder import check_explanation_folder
    from glfnet.recognition.explain import explain_and_write
    from glfnet.recognition.predict import predict
    from glfnet.recognition.weights import read_trained

    check_explanation_folder(folder)
    trained = read_trained(weights)
    with progress_bar(video.name, transient=True) as show:
        result = predict(video, onset=onset, apex=apex, fps=fps, weights=weights, on_frame=show)
    _print(folder, explain_and_write(result, trained, folder, __version__))


def _explain_answer(answer: Path, weights: Path | None, folder: Path) -> None:
    from glfnet.explanation.folder import check_explanation_folder
    from glfnet.recognition.answer.read import read_answer
    from glfnet.recognition.explain import explain_and_write, weights_of

    check_explanation_folder(folder)
    result = read_answer(answer)
    _print(folder, explain_and_write(result, weights_of(result, weights, answer), folder, __version__))


def _print(folder: Path, explained: "Sequence[Explained]") -> None:
    from glfnet.explanation.words import NO_FEELING, region_sentences

    for found in explained:
        OUT.print(f"[bold]at {found.interval.onset_s:.3f} s:[/] {escape(' '.join(region_sentences(found.why)))}")
    if not explained:
        OUT.print("Nothing was classified here, so there is nothing to explain.")
    print_note(NO_FEELING)
    OUT.print(escape(str(folder)))
