"""A contact sheet: of every clip of a store onset, apex and flow, and how its map was made, as lines and as a page.

The store does not hold frames: the indexes that `glfnet prepare` read say where they are. Without them the sheet has
flow and words only.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import escape

from glfnet.databases.check.page import Thumbnail
from glfnet.databases.clip import Clip
from glfnet.databases.contact.pictures import clip_pictures
from glfnet.files import write_whole
from glfnet.pages import template
from glfnet.samples.flow_set import Sample
from glfnet.samples.sentences import counted
from glfnet.samples.store.folder import FlowStore
from glfnet.samples.store.how_made import HowMade, how_made
from glfnet.samples.store.index import read_store_index

if TYPE_CHECKING:
    from glfnet.faces.detector import FaceDetector

SHOWN = 500
"""Clips with pictures: about 8 kB each, so that the page stays near 4 MB."""

_HEAD_BYTES = 4096  # of a page, its title among them


@dataclass(frozen=True, slots=True)
class ContactClip:
    """One clip of a sheet.

    Attributes:
        sample: the clip with its emotion and action units.
        how: how its map was made, or why it has none.
        pictures: onset, apex and flow; empty if it has no map, or beyond the first `SHOWN`.
    """

    sample: Sample
    how: HowMade
    pictures: tuple[Thumbnail, ...] = ()

    @property
    def frames(self) -> str:
        """From which frame to which, and whose word that is, such as `frame 12 to 25, apex annotated`."""
        how = self.how
        apex = f"apex estimated by {how.apex_rule}" if how.apex_rule else "apex annotated"
        to = str(how.apex_frame)
        if how.averaged:
            to = f"each of {', '.join(map(str, how.averaged))}, their flow averaged"
        return f"frame {how.onset_frame} to {to}, {apex}"


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """How the maps of a store were made.

    Attributes:
        store: the folder.
        clips: every clip of its index, in its order.
        has_frames: whether any frame is among the pictures.
        is_cropped: whether frames are shown as the crop that the flow was made in.
    """

    store: Path
    clips: tuple[ContactClip, ...]
    has_frames: bool = False
    is_cropped: bool = False

    @property
    def made(self) -> list[ContactClip]:
        """Clips with a map."""
        return [clip for clip in self.clips if not clip.how.excluded]

    @property
    def excluded(self) -> list[ContactClip]:
        """Clips without one."""
        return [clip for clip in self.clips if clip.how.excluded]

    def lines(self) -> Iterator[str]:
        """Yield what the terminal shows: counts, the way of making, whose the apexes are, each excluded clip."""
        people = len({clip.sample.subject for clip in self.clips})
        yield (
            f"{counted(len(self.clips), 'clip')} of {counted(people, 'subject')}: {len(self.made)} with a flow map, "
            f"{len(self.excluded)} excluded."
        )
        for way, count in Counter(_way(clip.how) for clip in self.made).items():
            yield f"{counted(count, 'map')}: {way}."
        rules = Counter(clip.how.apex_rule for clip in self.made)
        for rule, count in sorted(rules.items()):
            averaged = sum(bool(clip.how.averaged) for clip in self.made if clip.how.apex_rule == rule)
            said = f"estimated by the rule {rule}" if rule else "as annotated"
            also = f"; in {averaged} the flow to several frames like it is averaged" if averaged else ""
            yield f"Apex of {counted(count, 'clip')}: {said}{also}."
        for clip in self.excluded:
            yield f"{clip.sample.sample_id} is excluded: {clip.how.excluded}."


def contact_sheet(
    store: Path,
    clips: Sequence[Clip] = (),
    detector: "FaceDetector | None" = None,
    *,
    shown: int = 0,
    on_clip: Callable[[int, int], None] = lambda done, total: None,
) -> ContactSheet:
    """Look up how every clip of a finished store was made, and make the pictures of the first `shown` with a map.

    Args:
        store: the folder.
        clips: from the indexes that the store was made from; their frames are shown.
        detector: finds the face on the onset frame as `glfnet prepare` did, so that the crop is shown; None shows
            whole frames.
        shown: clips that get pictures.
        on_clip: is called at the start and after each such clip with the number of clips done and of all of them.

    Raises:
        InputError: if `store` is no store or an unfinished one, or a map is damaged.
    """
    rows, ways = read_store_index(store), how_made(store)
    where = {clip.sample_id: clip for clip in clips}
    pictured = [row.sample.sample_id for row in rows if not row.entry.excluded][:shown]
    done = 0
    on_clip(done, len(pictured))
    found: list[ContactClip] = []
    for row, how in zip(rows, ways, strict=True):
        pictures: tuple[Thumbnail, ...] = ()
        if how.sample_id in pictured[done : done + 1]:
            flow = FlowStore(store).read(row.entry)
            pictures = tuple(clip_pictures(how, where.get(how.sample_id), flow, detector))
            done += 1
            on_clip(done, len(pictured))
        found.append(ContactClip(row.sample, how, pictures))
    has_frames = any(picture.uri for clip in found for picture in clip.pictures[:-1])
    return ContactSheet(store, tuple(found), has_frames, has_frames and detector is not None)


def write_contact_sheet(path: Path, sheet: ContactSheet) -> Path:
    """Write the page, whole or not at all; return its path.

    Raises:
        InputError: if the file cannot be written.
    """
    write_whole(path, contact_page(sheet).encode("utf-8", errors="replace"))
    return path


def contact_page(sheet: ContactSheet) -> str:
    """Return the page's text."""
    first, *more = sheet.lines()
    return template("contact.html.j2").render(
        title=_title(sheet.store),
        name=_name(sheet.store),
        lead=first,
        lines=more[: len(more) - len(sheet.excluded)],
        sheet=sheet,
        databases=sorted({clip.sample.subject.database for clip in sheet.clips}),
        counts=_counts(sheet.clips),
        pictured=sum(bool(clip.pictures) for clip in sheet.clips),
    )


def is_contact_page(path: Path, store: Path) -> bool:
    """Return whether a file is a contact sheet of a store of this name."""
    with path.open("rb") as file:
        return f"<title>{escape(_title(store))}</title>" in file.read(_HEAD_BYTES).decode("utf-8", errors="replace")


def _title(store: Path) -> str:
    return f"glfnet check: maps of {_name(store)}"


def _name(store: Path) -> str:
    return store.resolve().name  # also of "."


def _way(how: HowMade) -> str:
    """Return all that a run of `glfnet prepare` decides, in words."""
    said = [
        f"{how.method} in the crop {how.crop} of {how.crop_px} pixels",
        f"{how.size_px} x {how.size_px} pixels" + (", stretched before it was shrunk" * (how.scaling == "stretched")),
        "the head's movement taken out" if how.rigid_correction else "the head's movement left in",
        f"faces found by {how.detector}",
    ]
    return "; ".join(said)


def _counts(clips: Sequence[ContactClip]) -> Mapping[str, tuple[int, ...]]:
    """Return database -> clips, annotated, estimated and averaged apexes, excluded clips."""
    counts: dict[str, tuple[int, ...]] = {}
    for database in sorted({clip.sample.subject.database for clip in clips}):
        hows = [clip.how for clip in clips if clip.sample.subject.database == database]
        made = [how for how in hows if not how.excluded]
        estimated = [how for how in made if how.apex_rule]
        averaged = sum(bool(how.averaged) for how in estimated)
        counts[database] = (len(hows), len(made) - len(estimated), len(estimated), averaged, len(hows) - len(made))
    return counts
