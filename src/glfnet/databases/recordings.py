"""From recordings to flow maps, as a program calls it: `glfnet.index`, `glfnet.check` and `glfnet.prepare`.

They do what the commands of the same names do, and return what these print.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glfnet.arguments import check_argument, given_list, given_number, given_path
from glfnet.databases.by_name import index_database
from glfnet.databases.index import Index
from glfnet.databases.index_table import is_index_of, write_index
from glfnet.databases.long_videos.interval_row import LongVideoIndex
from glfnet.databases.long_videos.interval_table import is_long_index_of, write_intervals
from glfnet.files import check_replaceable
from glfnet.progress import progress_of

if TYPE_CHECKING:  # these bring OpenCV
    from glfnet.databases.check.diagnosis import Diagnosis
    from glfnet.databases.prepare import Prepared
    from glfnet.faces.detector import FaceDetector
    from glfnet.flow.settings import FlowSettings

_INDEX = "the path of an index, a .csv file that glfnet.index wrote"
_JOBS = "how many of them at a time, 1 or more, such as os.cpu_count()"


def index(
    name: str,
    folder: Path | str,
    labels: Path | str | None = None,
    *,
    out: Path | str | None = None,
    layout: str | None = None,
    modality: str | None = None,
    version: str | None = None,
    emotions: Path | str | None = None,
    corrections: Path | str | None = None,
    no_corrections: bool = False,
    exclude_faulty: bool = False,
    force: bool = False,
) -> Index | LongVideoIndex:
    """Find the clips of a database, or the intervals of its long videos, and write them into one table.

    Args:
        name: of the database, such as `casme2`; `own` for your own data.
        folder: the unpacked database; for `own` the table of clips.
        labels: the annotation sheet, as the database ships it; `own` has none.
        out: the index to write, a `.csv` file, which `check` and `prepare` take; None writes nothing.
        layout: `raw` or `cropped`, where a database has both; `video` for the video files of long videos.
        modality: SMIC's camera: `HS`, `VIS` or `NIR`.
        version: SMIC's version: `long` or `short`.
        emotions: for SAMM Long Videos: SAMM's own sheet, which has the emotions of the micro-movements.
        corrections: a file of corrections of your own.
        no_corrections: leave the sheet as it is.
        exclude_faulty: exclude rows whose frames are out of order instead of stopping.
        force: let `out` replace a file that is something else, but never one that is read.

    Returns:
        the clips, or the intervals of long videos, and notes that you should read.

    Raises:
        InputError: if sheet or frames are not as they must be, or `out` is something else than an earlier index of the
            same databases.
        SettingsError: if there is no such database, the sheet is not named, or a setting belongs to another database.
    """
    check_argument("name", name, isinstance(name, str), "the name of a database, such as 'casme2', or 'own'")
    place = given_path("folder", folder, "the folder of the unpacked database")
    sheet = None if labels is None else given_path("labels", labels, "the path of the annotation sheet")
    own = None if corrections is None else given_path("corrections", corrections, "the path of a .toml file")
    with_emotions = None if emotions is None else given_path("emotions", emotions, "the path of SAMM's own sheet")
    found = index_database(
        name, place, sheet, layout=layout,
        own_settings={"modality": modality, "version": version, "emotions": with_emotions},
        no_corrections=no_corrections, corrections=own, exclude_faulty=exclude_faulty,
    )  # fmt: skip
    if out is not None:
        keep_index(
            given_path("out", out, "the .csv file to write"), found, (place, sheet, own, with_emotions), force=force
        )
    return found


def keep_index(out: Path, found: Index | LongVideoIndex, inputs: Iterable[Path | None], *, force: bool = False) -> None:
    """Write an index; an earlier one of the same databases is replaced, and nothing else.

    Args:
        out: the `.csv` file.
        found: the index.
        inputs: what it was made from.
        force: replace any other file, too, but none of `inputs`.

    Raises:
        InputError: if something else is there, or it cannot be written.
    """
    databases = found.databases()
    what = f"an index of {', '.join(databases)}"
    is_same = is_long_index_of if isinstance(found, LongVideoIndex) else is_index_of
    check_replaceable(out, what, lambda path: is_same(path, databases), inputs, force=force)
    if isinstance(found, LongVideoIndex):
        write_intervals(out, found.rows)
    else:
        write_index(out, found.clips)


def check(
    index: Path | str,
    *,
    faces: bool = True,
    ground_truth: Path | str | None = None,
    jobs: int = 1,
    progress: bool | None = None,
) -> "Diagnosis":
    """Look for everything that is wrong with an index and its frames.

    Args:
        index: what `index` has written.
        faces: look for a face on each onset frame, which takes most of the time.
        ground_truth: MEGC2019's `combined_3class_gt.csv`, to compare with clip by clip.
        jobs: threads that read frames. The result does not depend on it.
        progress: whether a bar on stderr shows how many clips are done; None: in a terminal or notebook.

    Returns:
        all findings: `.errors` must be corrected, `print(*diagnosis.lines(), sep="\\n")` is what the command prints.

    Raises:
        InputError: if the index or the ground truth cannot be read.
    """
    from glfnet.databases.check.intervals import diagnosis_of
    from glfnet.databases.composite import read_ground_truth

    place = given_path("index", index, _INDEX)
    given_number("jobs", jobs, _JOBS, least=1)
    truth = None
    if ground_truth is not None:
        truth = read_ground_truth(given_path("ground_truth", ground_truth, "the path of combined_3class_gt.csv"))
    look = diagnosis_of(place)
    with progress_of("clips", progress) as show:
        return look(find_face=face_finder() if faces else None, ground_truth=truth, jobs=jobs, on_clip=show)


def prepare(
    indexes: Path | str | Iterable[Path | str],
    out: Path | str,
    settings: "FlowSettings | None" = None,
    *,
    jobs: int = 1,
    detector: "FaceDetector | None" = None,
    remove_missing: bool = False,
    progress: bool | None = None,
) -> "Prepared":
    """Find the faces, align the clips and make their flow maps; only what is missing, changed or damaged is made.

    If it was stopped, the same call goes on with it. `glfnet.read_flow_set(out)` then reads the maps.

    Args:
        indexes: what `index` has written, one or several.
        out: the store: a new folder, or one to resume.
        settings: how maps are made; the defaults of `FlowSettings` if None.
        jobs: processes. The maps do not depend on it.
        detector: finds the faces; the one that comes with the package if None.
        remove_missing: take other clips of the same databases out of the store; else they stay.
        progress: whether a bar on stderr shows how many clips are done; None: in a terminal or notebook.

    Returns:
        what was done: `.rows` has one row a clip, the excluded ones with their reason.

    Raises:
        InputError: if an index or its recordings cannot be read, or `out` holds other things or cannot be written.
        SettingsError: if an argument is of another type.
    """
    from glfnet.databases import prepare as clips_to_maps
    from glfnet.flow.settings import FlowSettings

    listed = [indexes] if isinstance(indexes, str | Path) else indexes
    tables = given_list("indexes", listed, _INDEX, lambda name, one: given_path(name, one, _INDEX))
    check_argument("indexes", indexes, bool(tables), "one index or more")
    store = given_path("out", out, "the folder of the store")
    expected = "glfnet.FlowSettings(method='dis'), for example"
    check_argument("settings", settings, settings is None or isinstance(settings, FlowSettings), expected)
    given_number("jobs", jobs, _JOBS, least=1)
    clips = clips_to_maps.read_clips([Path(table) for table in tables])
    with progress_of("clips", progress) as show:
        return clips_to_maps.prepare(
            clips, store, settings, jobs=jobs, detector=detector, on_clip=show, remove_missing=remove_missing
        )


def face_finder() -> Callable[[NDArray[np.uint8]], tuple[float, float, float, float] | None]:
    """Return what finds the box of the largest central face on a frame; see `diagnose`."""
    from glfnet.faces.detector import MtcnnDetector, largest_central_face

    detector = MtcnnDetector()

    def find(frame: NDArray[np.uint8]) -> tuple[float, float, float, float] | None:
        face = largest_central_face(detector.detect(frame), frame.shape)
        return face.box if face else None

    return find
