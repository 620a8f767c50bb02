"""Put an explanation into a folder: a page, its pictures and a document, which comes last."""

import re
from collections.abc import Iterable
from pathlib import Path

from glfnet.errors import InputError
from glfnet.files import is_there, take_parts_away, write_whole, writing_at

DOCUMENT, PAGE = "explanation.json", "explanation.html"
_OURS = re.compile(r"explanation\.(json|html)|(movement-\d+|mean_maps|embedding)\.(svg|png)|(embedding|missed)\.csv")


def check_explanation_folder(folder: Path) -> None:
    """Raise before the work what would be raised after it: a folder is new, empty, or an earlier explanation.

    Raises:
        InputError: if it holds anything else, or cannot be written.
    """
    if not is_there(folder):
        return
    if not folder.is_dir():
        raise InputError(file=folder, found="a file", expected="a folder", remedy="Name another folder.")
    with writing_at(folder):
        take_parts_away(folder)
        other = sorted(entry.name for entry in folder.iterdir() if not _OURS.fullmatch(entry.name))
    if other:
        raise InputError(
            file=folder, found=f"a folder with other files ({other[0]})", settings=("out",),
            expected="a new or empty folder, or an earlier explanation", remedy="Name another folder.",
        )  # fmt: skip


def write_explanation(folder: Path, files: Iterable[tuple[str, bytes | str]]) -> Path:
    """Write an explanation; whoever finds `explanation.json` finds the files that belong to it.

    Args:
        folder: new, empty, or an earlier explanation, which is replaced.
        files: names and contents, `explanation.json` among them.

    Returns:
        the page.

    Raises:
        InputError: as `check_explanation_folder`.
    """
    check_explanation_folder(folder)
    made = dict(files)
    document = made.pop(DOCUMENT)
    with writing_at(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DOCUMENT).unlink(missing_ok=True)
        for entry in folder.iterdir():
            if entry.name not in made:
                entry.unlink()
    for name, content in made.items():
        write_whole(folder / name, content)
    write_whole(folder / DOCUMENT, document)
    return folder / PAGE
