"""The diagnosis as one HTML page that needs no network: everything found, thumbnails, exclusions with their reasons."""

import base64
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import escape
from PIL import Image

from glfnet.databases.check.diagnosis import Diagnosis
from glfnet.databases.check.finding import SEVERITY, Finding
from glfnet.databases.check.frames import FrameLook, read_frame
from glfnet.databases.clip import Clip
from glfnet.errors import InputError
from glfnet.facs.captions import caption
from glfnet.facs.notation import read_units
from glfnet.files import write_whole
from glfnet.pages import template

_HEAD_BYTES = 4096  # of a page, its title among them

SHOWN = 200  # clips with thumbnails: some 10 kB each, so that the page stays near 2 MB
_SIDE_PX = 144
_QUALITY = 75


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One small picture, or the reason why there is none.

    Attributes:
        caption: such as `onset 46`.
        uri: the picture itself, `data:image/jpeg;base64,...`; empty if there is none.
        missing: why there is none, in words.
    """

    caption: str
    uri: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class ClipFindings:
    """What the page shows of one clip with problems.

    Attributes:
        sample_id: the clip.
        rows: emotion, frame rate, row of the sheet and frames in words, for each row of the index with this key; its
            action units, where there are any, in a line of their own, as they are written and in words.
        findings: errors first.
        thumbnails: onset and apex; empty beyond the first `SHOWN` clips.
    """

    sample_id: str
    rows: tuple[str, ...]
    findings: tuple[Finding, ...]
    thumbnails: tuple[Thumbnail, ...]


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What was looked at of one database, ready to print."""

    database: str
    clips: int
    excluded: int
    subjects: int
    frames: int
    sizes: str
    rates: str
    faces: str


def is_check_page(path: Path, index: Path) -> bool:
    """Return whether a file is a page about an index of this name."""
    with path.open("rb") as file:
        start = file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
    return f"<title>{escape(f'glfnet check: {index.name}')}</title>" in start


def write_check_page(path: Path, diagnosis: Diagnosis, *, shown: int = SHOWN) -> Path:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        diagnosis: what to show. Thumbnails are read from the clips' frames once more.
        shown: clips with problems that get thumbnails, errors first; the findings of all others stand there too.

    Returns:
        the path.

    Raises:
        InputError: if the file cannot be written.
    """
    # A file name may be no valid text; it is shown with question marks rather than not at all.
    content = check_page(diagnosis, shown=shown).encode("utf-8", errors="replace")
    write_whole(path, content)
    return path


def check_page(diagnosis: Diagnosis, *, shown: int = SHOWN) -> str:
    """Return the page's text; see `write_check_page`."""
    return template("check.html.j2").render(
        index=diagnosis.index,
        about=diagnosis.about(),
        verdict=diagnosis.verdict(),
        state="errors" if diagnosis.errors else "warnings" if diagnosis.findings else "sound",
        counts=[(kind, SEVERITY[kind], count) for kind, count in diagnosis.counts().items()],
        facts=database_facts(diagnosis),
        general=[finding for finding in diagnosis.findings if not finding.sample_id],
        clips=list(clips_with_findings(diagnosis, shown)),
        noun=diagnosis.noun,
        shown=shown,
        excluded=diagnosis.excluded,
    )


def clips_with_findings(diagnosis: Diagnosis, shown: int = SHOWN) -> Iterator[ClipFindings]:
    """Yield the clips that something was found about, those with errors first, the first `shown` with thumbnails."""
    rows: dict[str, list[Clip]] = defaultdict(list)
    for clip in diagnosis.clips:
        if not clip.excluded:
            rows[clip.sample_id].append(clip)
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in diagnosis.findings:
        if finding.sample_id:
            grouped[finding.sample_id].append(finding)
    for place, (sample_id, findings) in enumerate(grouped.items()):
        clips = rows[sample_id]
        yield ClipFindings(
            sample_id=sample_id,
            rows=tuple(line for clip in clips for line in _lines(clip)),
            findings=tuple(findings),
            # A finding about a whole long video is about none of its intervals.
            thumbnails=tuple(thumbnails(clips[0])) if clips and place < shown else (),
        )


def thumbnails(clip: Clip) -> Iterator[Thumbnail]:
    """Yield the onset and, where one is annotated, the apex as small pictures."""
    for name, number in (("onset", clip.onset_frame), ("apex", clip.apex_frame)):
        if number is None:
            yield Thumbnail(caption=name, missing="not annotated")
            continue
        try:
            yield Thumbnail(caption=f"{name} {number}", uri=_data_uri(clip.frames, number))
        except InputError as error:
            yield Thumbnail(caption=f"{name} {number}", missing=error.found)


def database_facts(diagnosis: Diagnosis) -> list[DatabaseFacts]:
    """Return how much of each database was looked at, and its frame sizes, frame rates and faces."""
    facts = []
    for database in sorted({clip.subject.database for clip in diagnosis.clips}):
        clips = [clip for clip in diagnosis.clips if clip.subject.database == database]
        looks = [look for look in diagnosis.looks if look.clip.subject.database == database]
        sizes = [f"{look.size_px[0]} x {look.size_px[1]}" for look in looks if look.size_px]
        facts.append(
            DatabaseFacts(
                database=database,
                clips=len(clips),
                excluded=sum(bool(clip.excluded) for clip in clips),
                subjects=len({clip.subject for clip in clips}),
                frames=sum(look.frames for look in looks),
                sizes=_tally(sizes),
                rates=_tally([f"{look.clip.fps:g} fps" if look.clip.fps else "unknown" for look in looks]),
                faces=_faces(looks) if diagnosis.looked_for_faces else "not looked for",
            )
        )
    return facts


def _lines(clip: Clip) -> Iterator[str]:
    rate = f"{clip.fps:g} fps" if clip.fps else "frame rate unknown"
    sheet = [f"row {clip.row} of the sheet"] if clip.row is not None else []
    yield ", ".join([clip.emotion, rate, *sheet, str(clip.frames)])
    if clip.action_units:
        yield f"action units {clip.action_units}: {caption(read_units(clip.action_units)) or 'not known'}"


def _faces(looks: Sequence[FrameLook]) -> str:
    widths = [look.face_width_px for look in looks if look.face_width_px is not None]
    size = f", {min(widths):.0f} to {max(widths):.0f} pixels wide" if widths else ""
    return f"{len(widths)} of {len(looks)}{size}"


def _tally(words: Sequence[str]) -> str:
    counts = Counter(words).most_common(4)
    if len(counts) == 1:
        return counts[0][0]
    more = len(set(words)) - len(counts)
    listed = ", ".join(f"{word} ({count})" for word, count in counts) or "none"
    return f"{listed} and {more} others" if more else listed


def _data_uri(frames: Path, number: int) -> str:
    image = Image.fromarray(read_frame(frames, number))
    image.thumbnail((_SIDE_PX, _SIDE_PX))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode("ascii")
