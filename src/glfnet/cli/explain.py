"""The command `explain`: why a video, or a run, got its answers. `main` registers it."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from glfnet import __version__
from glfnet.cli.options import LABEL_NAMES, DataDatabase, LabelNames, Units
from glfnet.cli.terminal import OUT, early_end, print_note, progress_bar
from glfnet.databases.unit_sheets import with_action_units
from glfnet.errors import SettingsError
from glfnet.path_kind import ANSWER, PICTURES, RUN, VIDEO, check_kind
from glfnet.samples.read import read_flow_set

# What needs torch or matplotlib is imported by the command: --help must not wait for it.
if TYPE_CHECKING:
    from glfnet.recognition.explain import Explained
    from glfnet.report.run_info import RunInfo

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
    data: Annotated[
        Path | None, typer.Option(help="Of a run: its flow maps; where `evaluate` was given them if they are there.")
    ] = None,
    data_database: DataDatabase = None,
    label_names: LabelNames = LABEL_NAMES,
    units: Units = None,
) -> None:
    """Show why: what moved, where the model looked, and what it would say without each region of the face.

    For a run: mean maps of each class, held-out clips on a plane, and those that all seeds get wrong.
    """
    kind = check_kind(what, (VIDEO, PICTURES, ANSWER, RUN), _EXPECTED)
    of_video = {"--onset": onset, "--apex": apex, "--fps": fps}
    wrong: dict[str, object] = {
        **(of_video if kind in (ANSWER, RUN) else {}),
        **({"--weights": weights} if kind is RUN else {}),
    }
    wrong |= {} if kind is RUN else {"--data": data, "--data-database": data_database, "--units": units}
    given = [name for name, value in wrong.items() if value is not None]
    if given:
        raise SettingsError(
            f"{what}: found {kind.words} and {', '.join(given)}; expected no option of something else. Leave it out."
        )
    folder = out or what.resolve().with_name(f"{what.resolve().name}{_SUFFIX}")
    with early_end("Nothing was written."):
        if kind is RUN:
            _explain_run(what, folder, data, data_database, label_names, units)
        elif kind is ANSWER:
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


def _explain_run(
    run: Path, folder: Path, data: Path | None, database: str | None, label_names: str, units: list[Path] | None
) -> None:
    from glfnet.evaluation.explain_run import NO_WEIGHTS, explain_run, write_run_explanation
    from glfnet.explanation.folder import check_explanation_folder
    from glfnet.report.run_files import read_info

    check_explanation_folder(folder)
    about = read_info(run)
    data = data or _typed_data(about)
    flow = None
    if data is not None:
        flow = read_flow_set(
            data, database=database, label_names=tuple(name.strip() for name in label_names.split(",")),
            normalisation=str(about.settings.get("input", {}).get("normalisation", "min_max")),
        )  # fmt: skip
        flow = with_action_units(flow, units) if units else flow
    found = explain_run(run, flow)
    write_run_explanation(folder, found, __version__)
    if found.without_maps:
        print_note(found.without_maps)
    OUT.print(f"{len(found.missed)} answers about {len(found.clips)} clips are wrong with every seed ({found.seeds}).")
    if found.where is not None:
        known = {name: value for name, value in found.where.silhouettes.items() if value is not None}
        OUT.print("Silhouettes: " + ", ".join(f"by {name} {value:.3f}" for name, value in known.items()) + ".")
    print_note(NO_WEIGHTS)
    OUT.print(escape(str(folder)))


def _typed_data(about: "RunInfo") -> Path | None:
    """Return the data that the command of a run named, if they are still there."""
    try:
        words = [Path(word) for word in shlex.split(about.command)]
        return next((word for word in words if word.name == about.data.source and word.exists()), None)
    except (ValueError, OSError):  # not as a command line is written
        return None
