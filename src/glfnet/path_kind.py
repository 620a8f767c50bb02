"""What a file or folder is, and which command takes it: the one rule by which every reader refuses the wrong one.

Only names, markers and a table's first line are looked at, and no file that is not a regular one is opened.
"""

import difflib
import os
import re
import shlex
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from glfnet.errors import InputError, reason


@dataclass(frozen=True, slots=True)
class PathKind:
    """One kind of thing that commands read or write.

    Attributes:
        words: what it is called, with its article.
        use: a sentence on which command takes it, with `{path}` in it; empty if none does.
    """

    words: str
    use: str = ""


NOTHING = PathKind("nothing there")
INDEX = PathKind(
    "an index of clips",
    "Make flow maps from it with `glfnet prepare {path} --out STORE`; `glfnet check {path}` looks for faults in it.",
)
LONG_INDEX = PathKind(
    "an index of long videos",
    "`glfnet spot {path} --out RUN` searches its videos and scores what it finds; `glfnet check {path}` looks for "
    "faults in it; flow maps are made from the index of a database of clips.",
)
STORE = PathKind("a store of flow maps", "Measure how well they are recognised: `glfnet evaluate {path} --out RUN`.")
STORE_INDEX = PathKind("the table within a store", "Name the store, which is the folder around it.")
FLOW_FOLDER = PathKind("a folder of flow maps", STORE.use)
FLOW_TABLE = PathKind("a list of flow maps", STORE.use)
ARRAYS = PathKind("an .npz file of arrays", "If they are flow maps, `glfnet evaluate {path} --out RUN` takes it.")
RUN = PathKind("a run folder", "`glfnet report {path}` makes its page again; `glfnet compare` takes two or more.")
ABLATION = PathKind("an ablation", "Open ablation.html in it; `glfnet compare` takes the run folders in it.")
SWEEP = PathKind("a sweep", "Open sweep.html in it; `glfnet evaluate DATA --recipe {path}/best.toml` takes its best.")
PREDICTIONS = PathKind("the prediction table of a run", "Name the run, which is the folder around it.")
ANSWER = PathKind("an answer of `glfnet predict`", "Open report.html in it; `glfnet explain {path}` says why.")
OWN_CLIPS = PathKind("a list of clips", "Make an index of it with `glfnet index own {path} --out INDEX.csv`.")
SHEET = PathKind(
    "a spreadsheet",
    "If it is the annotation of a database, make an index: `glfnet index NAME FOLDER --labels {path} --out INDEX.csv`.",
)
VIDEO = PathKind("a video", "`glfnet predict {path}` looks for micro-expressions in it.")
PICTURES = PathKind("a folder of pictures", "`glfnet predict {path} --fps 200` looks for micro-expressions in it.")
WEIGHTS = PathKind("weights", "Recognise with them: `glfnet predict VIDEO --weights {path}`.")
SETTINGS_PAGE = PathKind("a page of settings", "`glfnet evaluate DATA --recipe {path} --out RUN` takes it.")
TABLE = PathKind("a table with other columns")
SPOT_RUN = PathKind(
    "a run of `glfnet spot`", "`glfnet score INDEX {path}` scores it again; `glfnet compare` takes two or more."
)
FOLDER = PathKind("a folder of other things")
FILE = PathKind("a file of another kind")

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".webm", ".wmv"})
EXCEL_SUFFIXES = (".xlsx", ".xlsm", ".xls")
PARTS = ("u_test", "u_train")
"""The folders in a subject's folder of flow maps: the own clips, and those of every other subject once more."""
# More than our readers of frames and maps take: a folder of other pictures is one, too, and they say what they expect.
_PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_BY_SUFFIX = {
    **dict.fromkeys(VIDEO_SUFFIXES, VIDEO),
    **dict.fromkeys(EXCEL_SUFFIXES, SHEET),
    ".npz": ARRAYS,
    ".safetensors": WEIGHTS,
    ".toml": SETTINGS_PAGE,
}
_TABLES = (".csv", ".tsv", ".txt")
# These names belong to the modules that write or read such folders and tables, all in rooms that import this one; it
# imports none, so it repeats them: `samples.store.folder`, `evaluation.run_folder` and `report.run_files`,
# `recognition.answer.folder`; `samples.store.index`, `scores.table_file`, `databases.index_table`,
# `databases.long_videos.interval_table`, `databases.own_data`, `samples.flow_csv`. A test compares.
_STORE_MARKER = "store.json"
_RUN_FILES = frozenset({"identity.json", "metrics.json"})  # a run has one of them
_ANSWER_FILES = frozenset({"result.json", "intervals.csv"})  # an answer has both
_SPOT_MARKER = "spot.json"  # of `video_sets.spot`
# Columns -> what a table with all of them is; the first that fits.
_BY_COLUMNS = (
    ({"sample_id", "file", "sha256", "settings"}, STORE_INDEX),
    ({"sample_id", "fold", "seed"}, PREDICTIONS),
    ({"database", "subject", "clip", "emotion", "frames", "onset_frame"}, INDEX),
    ({"database", "subject", "video", "kind", "frames", "onset_frame"}, LONG_INDEX),
    ({"subject", "clip", "emotion", "frames"}, OWN_CLIPS),
    ({"subject", "clip", "emotion", "image"}, FLOW_TABLE),
)
_HEADER_BYTES = 4096


def find_kind(path: Path) -> PathKind:
    """Return what is at a path; `FOLDER`, `TABLE` or `FILE` where it is nothing that a command writes or reads.

    Raises:
        OSError: if that cannot be found out: the name is too long, or a folder is closed to us.
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last: a character that no name can have
        return NOTHING
    if stat.S_ISDIR(mode):
        return _kind_of_folder(path)
    if not stat.S_ISREG(mode):  # a pipe may never give a line
        return FILE
    suffix = path.suffix.lower()
    if suffix == ".json" and path.with_suffix(".safetensors").is_file():
        return WEIGHTS
    return _BY_SUFFIX.get(suffix) or _kind_of_table(path) or (TABLE if suffix in _TABLES else FILE)


def check_kind(path: Path, accepted: Collection[PathKind], expected: str) -> PathKind:
    """Raise an error that says what a path is and which command takes it, unless it is of a kind that is accepted.

    Args:
        path: the file or folder that the user has named.
        accepted: kinds that the reader may be given; it says itself what is wrong within them.
        expected: what the reader takes, in words.

    Returns:
        the kind.

    Raises:
        InputError: if there is nothing (similar names beside it are offered), something of another kind, or something
            that cannot be looked at.
    """
    try:
        kind = find_kind(path)
    except OSError as error:
        found = f"what cannot be read ({reason(error)})"
        remedy = "Check the path, and who may read it."
        raise InputError(file=path, found=found, expected=expected, remedy=remedy) from error
    if kind in accepted:
        return kind
    if kind is NOTHING:
        raise missing(path, expected)
    found = f"{kind.words} ({path.suffix or 'without an ending'})" if kind is FILE else kind.words
    remedy = kind.use.format(path=shlex.quote(str(path))) or "Check the path."
    raise InputError(file=path, found=found, expected=expected, remedy=remedy)


def missing(path: Path, expected: str) -> InputError:
    """Return the error that there is nothing at a path; similar names beside it are offered."""
    try:
        beside = sorted(other.name for other in path.parent.iterdir())
    except OSError:
        beside = []
    near = difflib.get_close_matches(path.name, beside, n=3)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "Check the path."
    return InputError(file=path, found=NOTHING.words, expected=expected, remedy=remedy)


def has_subject_folders(folder: Path) -> bool:
    """Return whether some folder in `folder` holds `u_test` or `u_train`: the layout of flow maps in this field."""
    with os.scandir(folder) as entries:
        return any(
            os.path.isdir(os.path.join(entry.path, part))
            for entry in entries
            if entry.is_dir() and not entry.name.startswith(".")
            for part in PARTS
        )


def _kind_of_folder(folder: Path) -> PathKind:
    names = set(os.listdir(folder))
    if _STORE_MARKER in names:
        return STORE
    if names & _RUN_FILES:
        return RUN
    if _SPOT_MARKER in names:
        return SPOT_RUN
    if "ablation.json" in names:
        return ABLATION
    if "sweep.json" in names:
        return SWEEP
    if names >= _ANSWER_FILES:
        return ANSWER
    if has_subject_folders(folder):
        return FLOW_FOLDER
    if any(os.path.splitext(name)[1].lower() in _PICTURE_SUFFIXES for name in names):
        return PICTURES
    return FOLDER


def _kind_of_table(path: Path) -> PathKind | None:
    with path.open("rb") as file:
        first = file.read(_HEADER_BYTES).decode("utf-8-sig", errors="replace").partition("\n")[0]
    columns = {cell.strip(' "\r') for cell in re.split("[,;\t]", first)}
    return next((kind for needed, kind in _BY_COLUMNS if needed <= columns), None)
