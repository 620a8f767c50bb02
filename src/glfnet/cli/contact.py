"""`glfnet check STORE`: how the maps of a store were made, in the terminal and as a contact sheet."""

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from glfnet.cli.terminal import OUT, early_end, progress_bar
from glfnet.files import check_replaceable


def check_store(store: Path, indexes: Sequence[Path], html: Path | None, *, faces: bool, force: bool) -> None:
    """Print how the maps of a store were made; with `html`, write the contact sheet, too.

    Args:
        store: the folder.
        indexes: the indexes that it was made from; none shows no frames.
        html: the page to write.
        faces: show the crop that flow was made in, for which faces are found once more; else whole frames.
        force: replace any file but an index.
    """
    from glfnet.databases.contact.sheet import SHOWN, contact_sheet, is_contact_page, write_contact_sheet
    from glfnet.databases.prepare import read_clips
    from glfnet.faces.default_detector import default_detector

    if html is not None:
        what = f"a page about {store.name}"
        check_replaceable(html, what, lambda path: is_contact_page(path, store), indexes, force=force)
    clips = read_clips(indexes) if indexes else []
    if html is None:
        sheet = contact_sheet(store)
    else:
        stopped = "Nothing was written: the same command starts from the beginning."
        with early_end(stopped), progress_bar("clips") as on_clip:
            detector = default_detector() if clips and faces else None
            sheet = contact_sheet(store, clips, detector, shown=SHOWN, on_clip=on_clip)
    for line in sheet.lines():
        OUT.print(escape(line))
    if html is not None:
        OUT.print(escape(str(write_contact_sheet(html, sheet))))
