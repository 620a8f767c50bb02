"""SMIC: 164 clips of 16 people (HS, 100 fps), 71 of 8 people (VIS and NIR, 25 fps) (Li et al., FG 2013).

Long version (SMIC-E, with the calm frames around): `HS_long/SMIC_HS_E/s03/s3_ne_03/image302370.jpg`, onset and offset
in `SMIC-HS-E_annotation.xlsx`. Short version: `HS/s3/micro/negative/s3_ne_03/image302370.bmp`, exactly the frames from
onset to offset, so no sheet is needed. Cropped: `SMIC_all_cropped/HS/s3/micro/negative/s3_ne_03/reg_image302370.bmp`.
SMIC marks no apex and no action units; the class is in the clip's name.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from glfnet.databases.assemble import Annotation, assemble, without_row
from glfnet.databases.clip import Clip
from glfnet.databases.database import Database
from glfnet.databases.index import Index, Options
from glfnet.databases.layouts import FrameTree, choose_frames, find_trees
from glfnet.databases.published_counts import PublishedCounts, count_differences
from glfnet.databases.sheets import Columns, SheetRow, read_sheet
from glfnet.errors import InputError, SettingsError
from glfnet.labels import SMIC
from glfnet.samples.problems import check_problems
from glfnet.samples.subjects import clip_name, subject_id
from glfnet.video.frame_files import frame_files

FPS = {"HS": 100.0, "VIS": 25.0, "NIR": 25.0}
LONG, SHORT = "long", "short"

_COLUMNS: Columns = {
    "clip": ("Filename", "clip", "material"),
    "onset_frame": ("OnsetF", "Onset", "OnsetFrame", "onset_frame"),
    "offset_frame": ("OffsetF", "Offset", "OffsetFrame", "offset_frame"),
}
_OPTIONAL: Columns = {"apex_frame": ("ApexF", "Apex", "ApexFrame", "apex_frame")}
_EMOTIONS = {"ne": "negative", "po": "positive", "sur": "surprise"}
_CLIP = r"s\d+_(?:ne|po|sur)_\d+"
_LONG_LEVELS = (r"s\d+", _CLIP)
_SHORT_LEVELS = (r"s\d+", "micro", "negative|positive|surprise", _CLIP)
_EXAMPLES = {
    LONG: "HS_long/SMIC_HS_E/s03/s3_ne_03/image302370.jpg",
    SHORT: "HS/s3/micro/negative/s3_ne_03/image302370.bmp",
}
_TWO_D = PublishedCounts(
    clips=71, subjects=8, source="Li et al., A spontaneous micro-expression database, FG 2013 (VIS, NIR)"
)
# Counts go by camera.
_PUBLISHED = {
    f"{SMIC} HS": PublishedCounts(
        clips=164,
        subjects=16,
        emotions={"negative": 70, "positive": 51, "surprise": 43},
        source="Li et al., A spontaneous micro-expression database, FG 2013 (HS)",
    ),
    f"{SMIC} VIS": _TWO_D,
    f"{SMIC} NIR": _TWO_D,
}


def index_smic(
    folder: Path,
    labels: Path | None = None,
    *,
    modality: str = "HS",
    version: str | None = None,
    **options: Unpack[Options],
) -> Index:
    """Index SMIC.

    Args:
        folder: of the unpacked database, or of one camera's frames.
        labels: `SMIC-HS-E_annotation.xlsx` or a community sheet; None for the short version, whose first and last frame
            are onset and offset. An apex column is read where a sheet has one, and a note says so.
        modality: `HS`, `VIS` or `NIR`: which camera.
        version: `long` or `short`; None: long where there are labels and long frames, else short.
        **options: see `Options`.

    Raises:
        InputError: if sheet or frames are not found or not as expected; all bad rows at once.
        SettingsError: if `modality` or `version` is none of the above.
    """
    modality = modality.upper()
    if modality not in FPS or version not in (None, LONG, SHORT):
        raise SettingsError(
            f"smic: found modality {modality} and version {version}; expected HS, VIS or NIR, and long or short."
        )
    sheet = read_sheet(labels, _COLUMNS, _OPTIONAL) if labels is not None else None
    trees = find_trees(folder, [_SHORT_LEVELS, _LONG_LEVELS], lambda names: _key(names[-1]), skip="non_?micro")
    trees = [tree for tree in trees if _modality(tree.root) in (modality, None)]
    kinds = {_version(tree) for tree in trees}
    chosen = version or (LONG if labels is not None and LONG in kinds else SHORT if SHORT in kinds else LONG)
    kept = [tree for tree in trees if _version(tree) == chosen]
    label = f"{modality} {chosen}"
    frames = choose_frames(f"{SMIC} {label}", folder, kept, options.get("layout"), _EXAMPLES[chosen], label=label)
    notes = []
    if len(kinds) > 1 and version is None:
        notes.append(f"{SMIC}: long and short versions found; {chosen} taken; the setting version chooses.")
    if sheet is not None:
        annotations = _from_sheet(sheet.file, sheet.rows)
        notes += [*sheet.skipped, *without_row(SMIC, annotations, frames)]
        if "apex_frame" in sheet.fields:
            notes.append(f"{SMIC}: the apexes are those of {sheet.file.name}; SMIC itself marks none.")
    elif chosen == SHORT:
        annotations = [_from_frames(path) for path in frames.folders.values()]
    else:
        raise InputError(
            file=folder,
            found="the long version without a sheet",
            expected=f"onset and offset of each clip, as in SMIC-{modality}-E_annotation.xlsx",
            remedy="Name the sheet, or take the short version.",
            settings=("labels", "version"),
        )
    index = assemble(SMIC, labels or folder, annotations, frames, fps=FPS[modality], notes=notes, **options)
    release = f"{SMIC} {modality}"
    differences = count_differences(release, _PUBLISHED[release], index.clips)
    return Index(index.clips, (*differences, *index.notes), index.corrections)


def _from_sheet(labels: Path, rows: Sequence[SheetRow]) -> list[Annotation]:
    bad = [row for row in rows if not re.fullmatch(_CLIP, row.cells["clip"], re.IGNORECASE)]
    problems = [
        InputError(
            file=labels,
            row=row.row,
            found=f"clip {row.cells['clip']}",
            expected="a name such as s3_ne_03, with ne, po or sur for the class",
            remedy="Give the sheet of the micro-expressions.",
        )
        for row in bad
    ]
    check_problems(labels, problems)
    return [_annotation(row.cells["clip"], dict(row.cells), row.row) for row in rows]


def _from_frames(folder: Path) -> Annotation:
    numbers = list(frame_files(folder))
    fields = {"onset_frame": str(numbers[0]), "offset_frame": str(numbers[-1])} if numbers else {}
    return _annotation(folder.name, fields, None)


def _annotation(written: str, fields: dict[str, str], row: int | None) -> Annotation:
    prefix, kind, _ = written.strip().lower().split("_")
    subject = subject_id(SMIC, prefix)
    clip = clip_name(subject, written.strip().lower())
    return Annotation(subject=subject, clip=clip, key=clip, row=row, fields=fields | {"emotion": _EMOTIONS[kind]})


def _key(written: str) -> str:
    subject = subject_id(SMIC, written.strip().split("_")[0])
    return clip_name(subject, written.strip().lower())


def _version(tree: FrameTree) -> str:
    return SHORT if tree.levels == _SHORT_LEVELS else LONG


def _modality(root: Path) -> str | None:
    """Return the camera that a folder's path names, the innermost folder first."""
    for part in reversed(root.parts):
        found = re.search(r"(?<![a-z])(hs|vis|nir)(?![a-z])", part, re.IGNORECASE)
        if found:
            return found.group().upper()
    return None


def _release(clip: Clip) -> str:
    """Return the key of `_PUBLISHED`: a clip's layout names its camera first, such as `HS long raw`."""
    camera = clip.layout.split()[0] if clip.layout else ""
    return f"{SMIC} {camera if camera in FPS else 'HS'}"


DATABASE = Database(
    name=SMIC,
    index=index_smic,
    published=_PUBLISHED,
    own_settings=("modality", "version"),
    needs_labels=False,
    release=_release,
)
