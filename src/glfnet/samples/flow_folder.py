"""The folder layout that researchers of this field pass around.

::

    <folder>/<subject>/u_test/<label>/<clip> .png      the subject's own clips (the space is real)
    <folder>/<subject>/u_train/<label>/<clip> .png     where it is there: the clips of every other subject once more

`u_test` is read. `u_train` only repeats what other folders hold, so it is compared and not read: a subject's own clip
among its training pictures would make every score of that copy worthless.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glfnet.errors import InputError
from glfnet.labels import THREE_CLASSES
from glfnet.path_kind import PARTS, has_subject_folders
from glfnet.samples.flow_pictures import SUFFIXES, odd_sizes, read_flow_picture, unit_map
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample, flow_set
from glfnet.samples.problems import check_problems, duplicate_ids
from glfnet.samples.subjects import SubjectId, clip_name, find_database, subject_id
from glfnet.samples.train_copies import LabelledPicture, fold_disagreements

LAYOUT = "<folder>/<subject>/u_test/<label>/<clip>.png"
# Files that operating systems leave behind; hidden files are passed over too.
_LEFTOVERS = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class _SubjectFolder:
    path: Path
    subject: SubjectId


def read_flow_folder(
    folder: Path, *, database: str | None = None, label_names: Sequence[str] = THREE_CLASSES
) -> FlowSet:
    """Read all clips of a flow folder.

    Args:
        folder: the folder that holds the subject folders.
        database: the database of all subjects; None: it is inferred from the subject folders' names.
        label_names: what label folders `0`, `1`, ... mean. A folder may also be named by the class itself.

    Returns:
        maps in 0..1, channels u, v, strain; a sample's emotion is its class name.

    Raises:
        InputError: with everything that is wrong: unreadable, grey or oddly sized pictures, unknown label folders,
            files that do not belong, clips that occur twice, subjects whose database cannot be inferred. Once `u_test`
            is sound, also for each `u_train` that disagrees with the other subjects' `u_test`.
    """
    problems: list[InputError] = []
    folders = _subject_folders(folder, database, problems)
    clips = {f: _read_part(f.path / "u_test", label_names, problems) for f in folders}
    owners = [(f, clip) for f in folders for clip in clips[f]]
    samples = [_sample(folder, f.subject, clip) for f, clip in owners]
    problems += odd_sizes([clip.picture for _, clip in owners])
    problems += duplicate_ids(folder, (s.sample_id for s in samples), (s.source for s in samples))
    problems += [
        _bad_layout(f.path / "u_test", "no clips") for f in folders if not clips[f] and not _under(f, problems)
    ]
    check_problems(folder, problems)
    _check_train_copies(folder, clips, label_names)
    return flow_set(samples, [unit_map(clip.picture.pixels) for _, clip in owners], CHANNELS)


def _subject_folders(folder: Path, database: str | None, problems: list[InputError]) -> list[_SubjectFolder]:
    if not folder.is_dir() or not has_subject_folders(folder):
        raise _bad_layout(folder, "no subject folders" if folder.is_dir() else "no such folder")
    found = []
    for path in _entries(folder):
        name = database or find_database(path.name)
        if not (path / "u_test").is_dir():
            problems.append(_bad_layout(path, "no folder u_test" if path.is_dir() else "a file among the subjects"))
        elif name is None:
            problems.append(_unknown_database(path))
        else:
            found.append(_SubjectFolder(path, subject_id(name, path.name)))
            problems += [_bad_layout(p, "an entry that does not belong") for p in _entries(path) if p.name not in PARTS]
    problems += _shared_persons(found)
    return found


def _shared_persons(folders: Sequence[_SubjectFolder]) -> list[InputError]:
    persons = Counter(f.subject for f in folders)
    return [
        InputError(
            file=f.path,
            found=f"one of {persons[f.subject]} folders of the person {f.subject}",
            expected="one folder a person",
            remedy="Merge the folders; if they are two people, rename one.",
        )
        for f in folders
        if persons[f.subject] > 1
    ]


def _under(folder: _SubjectFolder, problems: Sequence[InputError]) -> bool:
    return any(problem.file.is_relative_to(folder.path) for problem in problems)


def _read_part(part: Path, label_names: Sequence[str], problems: list[InputError]) -> list[LabelledPicture]:
    clips = []
    for label, path in _label_files(part, label_names, problems):
        try:
            clips.append(LabelledPicture(label=label, picture=read_flow_picture(path)))
        except InputError as problem:
            problems.append(problem)
    return clips


def _label_files(part: Path, label_names: Sequence[str], problems: list[InputError]) -> list[tuple[str, Path]]:
    """Return (class name, picture file) for everything below u_test or u_train."""
    found = []
    for label_folder in _entries(part):
        label = _class_name(label_folder.name, label_names) if label_folder.is_dir() else None
        if label is None:
            problems.append(_bad_label(label_folder, label_names))
            continue
        for path in _entries(label_folder):
            if path.is_file() and path.suffix.lower() in SUFFIXES:
                found.append((label, path))
            else:
                problems.append(_bad_layout(path, "an entry that is no picture"))
    return found


def _class_name(written: str, label_names: Sequence[str]) -> str | None:
    if written.isascii() and written.isdigit():
        return label_names[int(written)] if int(written) < len(label_names) else None
    return written if written in label_names else None


def _check_train_copies(
    folder: Path, clips: dict[_SubjectFolder, list[LabelledPicture]], label_names: Sequence[str]
) -> None:
    problems: list[InputError] = []
    for f, own in clips.items():
        part = f.path / "u_train"
        if part.is_dir():
            others = [clip for other, theirs in clips.items() if other is not f for clip in theirs]
            copies = _label_files(part, label_names, problems)
            problems += fold_disagreements(part, copies, own=own, others=others)
    check_problems(folder, problems)


def _sample(folder: Path, subject: SubjectId, clip: LabelledPicture) -> Sample:
    source = clip.picture.path.relative_to(folder).as_posix()
    return Sample(subject=subject, clip=clip_name(subject, clip.name), emotion=clip.label, source=source)


def _entries(folder: Path) -> list[Path]:
    kept = (p for p in folder.iterdir() if not p.name.startswith(".") and p.name.lower() not in _LEFTOVERS)
    return sorted(kept)


def _bad_layout(path: Path, found: str) -> InputError:
    remedy = "Name the folder that holds the subject folders, and take out what is no flow map."
    return InputError(file=path, found=found, expected=LAYOUT, remedy=remedy)


def _unknown_database(path: Path) -> InputError:
    return InputError(
        file=path,
        found="a subject folder from whose name no database can be inferred",
        expected="sub12 (CASME II), s12 (SMIC) or 012 (SAMM)",
        remedy="Give the database's name.",
    )


def _bad_label(path: Path, label_names: Sequence[str]) -> InputError:
    return InputError(
        file=path,
        found=f"{path.name!r} where a label folder belongs",
        expected=f"0 to {len(label_names) - 1}, or one of {', '.join(label_names)}",
        remedy="Rename the folder, or give the label names that it belongs to.",
    )
