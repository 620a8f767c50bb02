"""A flow set as the folders that researchers of this field pass around, which `flow_folder` reads back."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from glfnet.errors import InputError, SettingsError
from glfnet.files import check_free, folder_written_whole
from glfnet.samples.flow_set import CHANNELS, FlowSet, Sample
from glfnet.samples.sentences import first_few
from glfnet.samples.subjects import SubjectId, clip_name, find_database, subject_id

_LISTED = 10
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
        InputError: if `out` holds something or cannot be written, or subjects or clips have names from which
            they would not be known again.
    """
    if flow.normalisation != "min_max" or flow.channels != CHANNELS:
        raise SettingsError(
            f"export: found {flow.normalisation} maps of {', '.join(flow.channels)}; expected min_max maps of "
            f"{', '.join(CHANNELS)}, since pictures hold nothing else."
        )
    check_free(out)
    _check_names(out, flow.samples)
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


def _check_names(out: Path, samples: Sequence[Sample]) -> None:
    """Raise an error if a reader of the folder would take a subject or clip for another, or not find it."""
    subjects = sorted({sample.subject for sample in samples})
    several = len({subject.database for subject in subjects}) > 1
    names = Counter(subject.name.lower() for subject in subjects)  # some systems do not tell P1 from p1
    one_database = ("one database, or names that tell it: sub12 (CASME II), s12 (SMIC), 012 (SAMM)", ("database",))
    kinds = (
        ("that share a name", [str(s) for s in subjects if names[s.name.lower()] > 1], *one_database),
        (
            "whose names do not tell their databases",
            [str(s) for s in subjects if several and find_database(s.name) != s.database],
            *one_database,
        ),
        (
            "whose names cannot be those of a folder or file and be read back",
            [*(str(s) for s in subjects if not _fits(s)), *(s.sample_id for s in samples if not _clip_fits(s))],
            "other names",
            (),
        ),
    )
    for what, found, expected, settings in kinds:
        if found:
            raise InputError(
                file=out,
                found=f"subjects or clips {what}: {first_few(found, _LISTED)}",
                expected=expected,
                remedy="Export one database at a time, or rename them in the index and prepare it again.",
                settings=settings,
            )


def _fits(subject: SubjectId) -> bool:
    return _is_name(subject.name) and subject_id(subject.database, subject.name) == subject


def _clip_fits(sample: Sample) -> bool:
    written = f"{sample.subject.name}_{sample.clip}"
    return _is_name(sample.clip) and clip_name(sample.subject, written) == sample.clip


def _is_name(text: str) -> bool:
    return bool(text) and text == text.strip() and not text.startswith(".") and _UNFIT.isdisjoint(text)
