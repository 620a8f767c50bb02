"""The commands about data: index, check, prepare, export, synth, synth-video. `main` registers them."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import joblib
import typer
from rich.markup import escape

from glfnet.cli.contact import check_store
from glfnet.cli.options import Executor
from glfnet.cli.terminal import OUT, early_end, print_exclusions, print_note, progress_bar, resumable
from glfnet.dask_cluster import LOCAL, cluster
from glfnet.databases.by_name import DATABASES, index_database
from glfnet.errors import SettingsError
from glfnet.files import check_replaceable
from glfnet.path_kind import STORE, find_kind
from glfnet.samples.sentences import counted, counted_few
from glfnet.samples.subjects import database_of

# What needs OpenCV, torch or a reader of spreadsheets is imported by the command that uses it: --help must not wait.
if TYPE_CHECKING:
    from glfnet.databases.prepare import Prepared

_LISTED = 20
_LIKE_HELP = "ststnet, htnet or causalnet: imitate these published maps; see docs/renditions.md."
_APEX_HELP = (
    "How an apex is estimated where none is annotated: flow (the skin has moved farthest; 8 ms off on made-up clips), "
    "middle (40 ms off on CASME II, 50 on SAMM, 19 on made-up clips) or weighted (both; 14 on made-up clips)."
)

Force = Annotated[
    bool, typer.Option("--force", help="Replace a file that is something else, but never one that is read.")
]


def index_command(
    name: Annotated[
        str, typer.Argument(help=f"{', '.join(database.name for database in DATABASES)}, or own for your own data.")
    ],
    folder: Annotated[Path, typer.Argument(help="The unpacked database; for own the table of clips.")],
    out: Annotated[Path, typer.Option(help="The index to write, a .csv file.")],
    labels: Annotated[Path | None, typer.Option(help="The annotation sheet, as the database ships it.")] = None,
    no_corrections: Annotated[bool, typer.Option("--no-corrections", help="Leave the sheet as it is.")] = False,
    corrections: Annotated[Path | None, typer.Option(help="A file of corrections of your own.")] = None,
    exclude_faulty: Annotated[
        bool, typer.Option("--exclude-faulty", help="Exclude rows whose frames are out of order instead of stopping.")
    ] = False,
    layout: Annotated[str | None, typer.Option(help="raw or cropped; video for the files of long videos.")] = None,
    modality: Annotated[str | None, typer.Option(help="SMIC's camera: HS, VIS or NIR.")] = None,
    version: Annotated[str | None, typer.Option(help="SMIC's version: long or short.")] = None,
    emotions: Annotated[
        Path | None, typer.Option(help="For SAMM Long Videos: SAMM's own sheet, which has the emotions.")
    ] = None,
    keep_left_out: Annotated[
        bool, typer.Option("--keep-left-out", help="No longer needed: an index keeps every clip.")
    ] = False,
    force: Force = False,
) -> None:
    """Find the clips or long videos of a database on your disk, say what is wrong, and write them into one table."""
    from glfnet.databases.recordings import keep_index

    index = index_database(
        name, folder, labels,
        own_settings={
            "modality": modality, "version": version, "emotions": emotions, "keep_left_out": keep_left_out or None,
        },
        layout=layout, no_corrections=no_corrections, corrections=corrections, exclude_faulty=exclude_faulty,
    )  # fmt: skip
    keep_index(out, index, (folder, labels, corrections, emotions), force=force)
    OUT.print(escape(index.summary()))
    for note in index.notes:
        print_note(note)
    OUT.print(escape(str(out)))


def check_command(
    index: Annotated[Path, typer.Argument(help="A table that `glfnet index` wrote, or a store of `glfnet prepare`.")],
    faces: Annotated[bool, typer.Option(help="Look for a face on each onset frame.")] = True,
    frames: Annotated[
        list[Path] | None, typer.Option(help="Of a store: an index it was made from, to show frames; may be repeated.")
    ] = None,
    ground_truth: Annotated[
        Path | None, typer.Option(help="MEGC2019's combined_3class_gt.csv, to compare with clip by clip.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write it as a page with small pictures, too.")] = None,
    jobs: Annotated[int, typer.Option(help="Threads that read frames; 0 takes all cores.", min=0)] = 0,
    force: Force = False,
) -> None:
    """Look for everything that is wrong with an index and its frames; exit status 1 if there are errors.

    Of a store it says how the maps were made; --html is then a contact sheet: onset, apex and flow of every clip.
    """
    from glfnet.databases.check.intervals import diagnosis_of
    from glfnet.databases.check.page import is_check_page, write_check_page
    from glfnet.databases.composite import read_ground_truth
    from glfnet.databases.recordings import face_finder

    if find_kind(index) is STORE:
        if ground_truth is not None:
            raise SettingsError("check: found --ground-truth for a store; expected an index of clips.")
        return check_store(index, frames or (), html, faces=faces, force=force)
    if frames:
        raise SettingsError("check: found --frames for an index, which names its frames itself; expected a store.")
    look = diagnosis_of(index)
    if html is not None:
        what = f"a page about {index.name}"
        check_replaceable(html, what, lambda path: is_check_page(path, index), (index, ground_truth), force=force)
    truth = None if ground_truth is None else read_ground_truth(ground_truth)
    stopped = "Nothing was written: the same command starts from the beginning."
    with early_end(stopped), progress_bar("clips") as on_clip:
        diagnosis = look(
            find_face=face_finder() if faces else None, ground_truth=truth, jobs=jobs or joblib.cpu_count(),
            on_clip=on_clip,
        )  # fmt: skip
    rest = ": --html FILE writes them all" if html is None else f": they are all in {html}"
    for line in diagnosis.lines(rest=rest):
        OUT.print(escape(line))
    if html is not None:
        OUT.print(escape(str(write_check_page(html, diagnosis))))
    if diagnosis.errors:
        raise typer.Exit(1)


def prepare_command(
    indexes: Annotated[list[Path], typer.Argument(help="Tables that `glfnet index` wrote.")],
    out: Annotated[Path, typer.Option(help="The store; name the same one again to resume.")],
    jobs: Annotated[int, typer.Option(help="Processes; 0 takes all cores.", min=0)] = 0,
    executor: Executor = LOCAL,
    like: Annotated[str | None, typer.Option(help=_LIKE_HELP)] = None,
    crop: Annotated[
        str | None, typer.Option(help="wide (forehead and chin inside) or tight.", show_default="wide")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(help="tvl1, or dis, which is much faster; another word lists all.", show_default="tvl1"),
    ] = None,
    rigid_correction: Annotated[
        bool, typer.Option("--rigid-correction", help="Take the movement of the head out of the flow.")
    ] = False,
    size: Annotated[int, typer.Option(help="Side of the flow maps in pixels.", min=1)] = 28,
    apex: Annotated[str, typer.Option(help=_APEX_HELP)] = "flow",
    average_apexes: Annotated[
        bool,
        typer.Option("--average-apexes", help="Where the apex is estimated, average the flow to frames like it."),
    ] = False,
    remove_missing: Annotated[
        bool,
        typer.Option("--remove-missing", help="Take other clips of the same databases out of the store."),
    ] = False,
) -> None:
    """Find the faces, align the clips and make their flow maps; only what is missing, changed or damaged is made.

    A store that is there already keeps its other clips: these are added.
    """
    from glfnet.databases.prepare import prepare, read_clips
    from glfnet.flow.renditions import rendition
    from glfnet.flow.settings import FlowSettings

    started = time.perf_counter()
    base = FlowSettings() if like is None else rendition(like)
    settings = replace(
        base, crop=base.crop if crop is None else crop, method=base.method if method is None else method,
        size_px=size, rigid_correction=rigid_correction, apex=apex, average_apexes=average_apexes,
    )  # fmt: skip
    clips = read_clips(indexes)
    with cluster(executor), early_end(resumable("clips")), progress_bar("clips") as on_clip:
        prepared = prepare(
            clips, out, settings, jobs=jobs or joblib.cpu_count(), on_clip=on_clip, remove_missing=remove_missing
        )
    _print_other_clips(prepared, {clip.subject.database for clip in clips})
    _print_prepared(prepared, out, time.perf_counter() - started)


def export_command(
    data: Annotated[Path, typer.Argument(help="Store, or other flow maps that `glfnet evaluate` reads.")],
    out: Annotated[Path, typer.Option(help="A new or empty folder.")],
    classes: Annotated[str, typer.Option(help="three, or five or seven (one database).")] = "three",
    database: Annotated[str | None, typer.Option(help="Use this database only.")] = None,
    train_copies: Annotated[
        bool, typer.Option(help="Write u_train, too: the clips of every other subject once more.")
    ] = True,
) -> None:
    """Write flow maps as the folders that other programs read: SUBJECT/u_test and u_train/LABEL/CLIP.png."""
    from glfnet.evaluation.export import export_flow_folder
    from glfnet.report.run_info import by_reason
    from glfnet.samples.read import read_flow_set
    from glfnet.settings_page import read_settings

    changes = {"protocol.classes": classes, "protocol.database": database}
    settings = read_settings("glfnet", [f'{key}="{value}"' for key, value in changes.items() if value is not None])
    with early_end("Nothing was written: the same command starts from the beginning."):
        written = export_flow_folder(read_flow_set(data), out, settings.protocol, train_copies=train_copies)
    print_exclusions(by_reason(written.exclusions))
    subjects = {sample.subject for sample in written.flow.samples}
    labels = ", ".join(f"{number} {name}" for number, name in enumerate(written.classes))
    counts = f"{counted(len(written.flow), 'clip')} of {counted(len(subjects), 'subject')}"
    OUT.print(escape(f"{counts} as pictures; labels: {labels}. Folder:"))
    OUT.print(escape(str(out)))


def synth_command(
    out: Annotated[Path, typer.Argument(help="A new folder, or one to resume.")],
    subjects: Annotated[int, typer.Option(help="Number of made-up people.", min=1, max=10_000)] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pixels.", min=0)] = 0,
    clips: Annotated[
        int, typer.Option(help="Clips of each person; a multiple of 3 has all classes.", min=1, max=10_000)
    ] = 6,
    size: Annotated[int, typer.Option(help="Side of a frame in pixels.", min=96, max=4096)] = 256,
    fps: Annotated[float, typer.Option(help="Frames per second.", min=25, max=10_000)] = 200,
    harder: Annotated[
        bool, typer.Option("--harder", help="People differ and classes overlap as in life: no model is always right.")
    ] = False,
) -> None:
    """Write a made-up database, faces whose movement is known exactly, for trying everything without licensed data."""
    from glfnet.synthetic.database import write_synthetic_database

    with early_end(resumable("clips")), progress_bar("clips") as on_clip:
        table = write_synthetic_database(
            out, subjects=subjects, seed=seed, clips_per_subject=clips, size_px=size, fps=fps, harder=harder,
            on_clip=on_clip,
        )  # fmt: skip
    OUT.print(
        f"{counted(subjects * clips, 'made-up clip')} of {counted(subjects, 'made-up subject')}. Next: "
        f"glfnet index own {escape(str(table))} --out synth.csv"
    )


def synth_video_command(
    out: Annotated[Path, typer.Argument(help="A new folder, or one to resume.")],
    videos: Annotated[int, typer.Option(help="Number of videos, each of another person.", min=1, max=10_000)] = 4,
    seed: Annotated[int, typer.Option(help="The same seed gives the same videos.", min=0)] = 0,
    first: Annotated[int, typer.Option(help="Number of the first video; others show other people.", min=0)] = 0,
    duration: Annotated[float, typer.Option(help="Length of a video in seconds.", min=10, max=36_000)] = 30,
    fps: Annotated[float, typer.Option(help="Frames per second.", min=25, max=10_000)] = 100,
    harder: Annotated[
        list[str] | None,
        typer.Option(help="A switch, NAME or NAME=NUMBER, such as incomplete_return or crf=28; may be repeated."),
    ] = None,
) -> None:
    """Write made-up videos with micro-expressions among blinks, talking and more, and the truth about them."""
    from glfnet.synthetic.difficulties import read_difficulties
    from glfnet.synthetic.long_video_files import write_long_videos

    switches = read_difficulties(harder or ())
    with early_end(resumable("videos")), progress_bar("videos") as on_video:
        table = write_long_videos(
            out, videos=videos, seed=seed, first=first, duration_s=duration, fps=fps, harder=switches, on_video=on_video
        )
    OUT.print(f"{counted(videos, 'made-up video')} of {duration:g} s at {fps:g} frames a second. What happens in them:")
    OUT.print(escape(str(table)))


def _print_other_clips(prepared: "Prepared", databases: set[str]) -> None:
    """Say which clips the store has besides those of this run, and which it has no more."""
    others = Counter(database_of(clip) for clip in prepared.kept if database_of(clip) not in databases)
    for name, count in sorted(others.items()):
        print_note(f"the store keeps {counted(count, 'clip')} of {name} from earlier.")
    unnamed = [clip for clip in prepared.kept if database_of(clip) in databases]
    if unnamed:
        print_note(f"not in these indexes, but kept in the store: {_listed(unnamed)}; --remove-missing takes them out.")
    if prepared.removed:
        print_note(f"taken out of the store: {_listed(prepared.removed)}.")
    if prepared.without_row:
        print_note(
            f"made, but not in the store's index, since a run did not end or version 0.1.0 took them out: "
            f"{_listed(prepared.without_row)}. Prepare their index too; they need not be made again."
        )


def _listed(sample_ids: Sequence[str]) -> str:
    return counted_few(sample_ids, "clip", _LISTED)


def _print_prepared(prepared: "Prepared", out: Path, duration_s: float) -> None:
    rows = prepared.rows
    excluded = [(row.sample.sample_id, row.entry.excluded) for row in rows if row.entry.excluded]
    estimated = sum(row.entry.apex_estimated and not row.entry.excluded for row in rows)
    if prepared.damaged:
        print_note(f"{prepared.damaged} damaged {'entry was' if prepared.damaged == 1 else 'entries were'} made again.")
    if estimated:
        clips = counted(estimated, "clip")
        print_note(f"the apex of {clips} is an estimate; column apex_estimated of {out / 'index.csv'} marks them.")
    if prepared.still:
        print_note(
            f"no movement at all in the map of {_listed(prepared.still)}: are onset and apex the same picture? Such a "
            "clip counts like all others, unless the column excluded of the index says why not."
        )
    for sample_id, reason in excluded[:_LISTED]:
        print_note(f"{sample_id} is excluded: {reason}.")
    if len(excluded) > _LISTED:
        print_note(f"{len(excluded) - _LISTED} more are excluded; column excluded of {out / 'index.csv'} says why.")
    counts = f"{counted(len(rows) - len(excluded), 'clip')} with a flow map, {len(excluded)} excluded"
    if prepared.made:
        rate = f"{prepared.made} made now in {duration_s:.0f} s, {prepared.made / duration_s:.1f} a second"
        OUT.print(f"{counts}; {rate}, {len(rows) - prepared.made} kept from earlier. Store:")
    else:
        OUT.print(f"Nothing to do: {counts}, all made before. Store:")
    OUT.print(escape(str(out)))
