"""A flow set as the folders that researchers of this field pass around, which `flow_folder` reads back."""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from glfnet.errors import InputError, SettingsError
from glfnet.files import check_free, folder_written_whole
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample
from glfnet.samples.problems import check_problems
from glfnet.samples.subjects import SubjectId, clip_name, find_database, subject_id

_UNFIT = frozenset('/\\:*?"<>|\0')  # in the name of a file, on one system or another


def write_flow_folder(out: Path, flow: FlowSet, labels: Sequence[int], *, train_copies: bool = True) -> None:
    """Write `<out>/<subject>/u_test/<label>/<subject>_<clip> .png` and, beside each `u_test`, a `u_train`.

    Red is u, green v, blue strain; 0..1 becomes 0..255, so a value changes by at most 1/510. The folder is written
    aside and renamed: it is there whole or not at all.

    Args:
        out: a new or empty folder.
        flow: maps scaled to 0..1 (`min_max`), channels u, v, strain.
        labels: the number of each sample's class.
        train_copies: whether to write `u_train`, the clips of every other subject once more: glfnet does not need it,
            most other programs do.

    Raises:
        SettingsError: if the maps have another scale or other channels.
        InputError: if `out` holds something or cannot be written, or a subject or clip has a name from which it would
            not be known again; all of them at once.
    """
    if flow.normalisation != "min_max" or flow.channels != CHANNELS:
        raise SettingsError(
            f"export: found {flow.normalisation} maps of {', '.join(flow.channels)}; expected min_max maps of "
            f"{', '.join(CHANNELS)}, since pictures hold nothing else."
        )
    check_free(out)
    check_problems(out, _unfit_names(out, flow.samples))
    pixels = np.rint(np.moveaxis(flow.maps, 1, -1) * 255).astype(np.uint8)
    files: dict[SubjectId, list[tuple[Path, int]]] = defaultdict(list)
    for number, (sample, label) in enumerate(zip(flow.samples, labels, strict=True)):
        files[sample.subject].append((Path(str(label), f"{sample.subject.name}_{sample.clip} .png"), number))
    with folder_written_whole(out) as aside:
        for subject, own in files.items():
            for name, number in own:
                path = aside / subject.name / "u_test" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels[number]).save(path)
        if train_copies:
            _write_train_copies(aside, files)


def _write_train_copies(folder: Path, files: dict[SubjectId, list[tuple[Path, int]]]) -> None:
    """Copy each clip to the other subjects, read once: a composite database of 442 clips has 30,000 copies."""
    for subject, own in files.items():
        content = {name: (folder / subject.name / "u_test" / name).read_bytes() for name, _ in own}
        for other in files.keys() - {subject}:
            for name, data in content.items():
                path = folder / other.name / "u_train" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)


def _unfit_names(out: Path, samples: Sequence[Sample]) -> list[InputError]:
    """Return a problem for each subject and clip that a reader of the folder would take for another, or not find."""
    subjects = sorted({sample.subject for sample in samples})
    databases = {subject.database for subject in subjects}
    folders: dict[str, list[SubjectId]] = defaultdict(list)
    for subject in subjects:
        folders[os.path.normcase(subject.name).lower()].append(subject)
    problems = [
        _bad(out, f"subjects {' and '.join(map(str, named))}", "one subject of each name", "Name one database.")
        for named in folders.values()
        if len(named) > 1
    ]
    for subject in subjects:
        if len(databases) > 1 and find_database(subject.name) != subject.database:
            expected = "names that tell the database: sub12 (CASME II), s12 (SMIC), 012 (SAMM)"
            problems.append(_bad(out, f"subject {subject} among those of others", expected, "Name one database."))
        if not _is_name(subject.name) or subject_id(subject.database, subject.name) != subject:
            problems.append(_bad(out, f"subject {subject}", "a name that a folder can have", "Rename the subject."))
    for sample in samples:
        written = f"{sample.subject.name}_{sample.clip}"
        if not _is_name(sample.clip) or clip_name(sample.subject, written) != sample.clip:
            expected = "a clip's name that a file can have"
            problems.append(_bad(out, f"clip {sample.sample_id}", expected, "Rename the clip."))
    return problems


def _is_name(text: str) -> bool:
    return bool(text) and text == text.strip() and not text.startswith(".") and _UNFIT.isdisjoint(text)


def _bad(out: Path, found: str, expected: str, remedy: str) -> InputError:
    return InputError(file=out, found=found, expected=expected, remedy=remedy)
