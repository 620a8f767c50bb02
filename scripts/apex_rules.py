"""How far rules for choosing an apex are from the annotated one, and on made-up clips from the true one:

    python scripts/apex_rules.py LABELS FLOWS [--clips 48]

LABELS holds the sheets of CASME II, SAMM and (community annotation) SMIC; FLOWS, a `.npz` of flow maps, tells whose
clips are used: the development subjects. Of sheets only times are known, so rules that look at frames are measured on
made-up clips, whose apex is known exactly but whose course is our own invention. Markdown for docs/measurements.md goes
to standard output. Errors are means over clips; intervals resample subjects 10,000 times.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from prepare_accuracy import FPS, correlations, found_face, made_up_clips, true_flows

from glfnet.databases.clip import Clip
from glfnet.databases.prepare import frame_numbers
from glfnet.databases.sheets import Columns, read_sheet
from glfnet.faces.alignment import WIDE, canonical_transform, face_mask, warp
from glfnet.flow.apex import APEX_RULES, MIDDLE_RULE, apex_indices, middle_frames, movement_since_onset
from glfnet.flow.optical_flow import optical_flow
from glfnet.samples.subjects import subject_id
from glfnet.threads import processor_threads
from glfnet.video.frames import find_frames

SHEETS = (
    ("casme2", "CASME II", "CASME2-coding-20140508.xlsx", 200.0),
    ("samm", "SAMM", "SAMM.xlsx", 200.0),
    ("smic", "SMIC, a community's apexes", "smic_apex.xlsx", 100.0),
)
FRAMES: Columns = MappingProxyType(
    {
        "clip": ("Filename", "clip", "material"),
        "onset_frame": ("OnsetFrame", "Onset Frame", "Onset"),
        "apex_frame": ("ApexFrame", "Apex Frame", "Apex"),
        "offset_frame": ("OffsetFrame", "Offset Frame", "Offset"),
    }
)
SUBJECT: Columns = MappingProxyType({"subject": ("Subject", "sub")})
RESAMPLES, LEVEL = 10_000, 0.95


@dataclass(frozen=True, slots=True)
class Timed:
    """One clip's times in frames, counted from its onset."""

    subject: str
    apex: int
    length: int


def timed_clips(sheet: Path, database: str, subjects: frozenset[str]) -> list[Timed]:
    """Return the clips of some subjects whose apex lies between onset and offset; others mark none."""
    clips = []
    for row in read_sheet(sheet, FRAMES, SUBJECT).rows:
        name = row.cells.get("subject") or row.cells["clip"].split("_")[0]
        subject = str(subject_id(database, name))
        try:
            onset, apex, offset = (int(float(row.cells[field])) for field in FRAMES if field != "clip")
        except ValueError:
            continue
        if subject in subjects and onset < apex < offset:
            clips.append(Timed(subject, apex - onset, offset - onset))
    return clips


def development_subjects(flows: Path) -> frozenset[str]:
    """Return whose maps a file holds, as database/name."""
    with np.load(flows) as file:
        pairs = set(zip(file["dataset"].tolist(), file["subject"].tolist(), strict=True))
    return frozenset(str(subject_id(database, name)) for database, name in pairs)


def guesses(clips: Sequence[Timed]) -> dict[str, NDArray[np.float64]]:
    """Return each rule of times with its apexes; what it has to learn, it learns from the other subjects."""
    subject = np.array([clip.subject for clip in clips])
    apex, length = (np.array([getattr(clip, name) for clip in clips], dtype=float) for name in ("apex", "length"))
    share, after = np.empty(len(clips)), np.empty(len(clips))
    for one in np.unique(subject):
        others = subject != one
        share[subject == one] = np.median((apex / length)[others])
        after[subject == one] = np.median(apex[others])
    middle = np.array([middle_frames(0, clip.length)[0] for clip in clips], dtype=float)
    return {
        "`middle`": middle,
        "a third": (length / 3).round(),
        "the share usual in others": (share * length).round(),
        "the time usual in others": np.minimum(after, length - 1),
    }


def interval(errors: NDArray[np.float64], subjects: Sequence[str]) -> tuple[float, float]:
    """Return the interval of a mean over clips, by resampling subjects."""
    _, where = np.unique(np.array(subjects), return_inverse=True)
    sums, counts = np.bincount(where, errors), np.bincount(where)
    drawn = np.random.default_rng(0).integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return low, high


def rows(name: str, fps: float, clips: Sequence[Timed], found: Mapping[str, NDArray[np.float64]]) -> Iterator[str]:
    """Yield a line of the table for each rule."""
    people = [clip.subject for clip in clips]
    apex, length = (np.array([getattr(clip, field) for clip in clips], dtype=float) for field in ("apex", "length"))
    for rule, guess in found.items():
        off = np.abs(guess - apex)
        cells = []
        for value, digits in ((off, 1), (1000 * off / fps, 0), (off / length, 3)):
            low, high = interval(value, people)
            cells.append(f"{value.mean():.{digits}f} ({low:.{digits}f} to {high:.{digits}f})")
        signed = ((guess - apex) / length).mean()
        who = f"{name}: {len(clips)} clips of {len(set(people))} people"
        yield f"| {who} | {rule} | {' | '.join(cells)} | {signed:+.3f} |"


@dataclass(frozen=True, slots=True)
class Looked:
    """What the rules of `glfnet prepare --apex` make of one made-up clip.

    Attributes:
        apexes: rule -> the apex it finds, counted from the onset.
        likeness: (rule, averaged or not) -> correlation of u, v and strain of the map with the true one.
    """

    apexes: Mapping[str, int]
    likeness: Mapping[tuple[str, bool], tuple[float, ...]]


def look(clip: Clip) -> Looked:
    """Estimate a clip's apex by each rule, and make its map with and without averaging, with DIS."""
    unmarked = replace(clip, apex_frame=None)
    with processor_threads():
        frames = find_frames(clip.frames, frame_numbers(unmarked))
        transform = canonical_transform(found_face(frames).points, WIDE)
        grey = (np.asarray(picture.mean(axis=2), dtype=np.uint8) for picture in frames.read())
        crops = [warp(picture, transform, WIDE.size_px) for picture in grey]
        curve = movement_since_onset(crops, mask=face_mask(WIDE))
        truth, _ = true_flows(clip, transform)
        apexes, likeness = {}, {}
        for rule in APEX_RULES:
            for average in (False, True):
                chosen = (
                    middle_frames(0, len(curve) - 1, average=average)
                    if rule == MIDDLE_RULE
                    else apex_indices(curve, rule, average=average)
                )
                flow = np.mean([optical_flow(crops[0], crops[index], "dis") for index in chosen], axis=0)
                likeness[rule, average] = correlations(flow.astype(np.float32), truth)
                if not average:
                    (apexes[rule],) = chosen
    return Looked(apexes, likeness)


def looked_at(clips: Sequence[Clip]) -> list[Looked]:
    """Return what the rules make of each clip, saying how far it is."""
    found = []
    for number, clip in enumerate(clips, 1):
        found.append(look(clip))
        print(f"{number} of {len(clips)} made-up clips", file=sys.stderr, flush=True)
    return found


def made_up_rows(clips: Sequence[Clip], found: Sequence[Looked]) -> Iterator[str]:
    """Yield the lines of the made-up clips."""
    timed = [
        Timed(str(clip.subject), (clip.apex_frame or 0) - clip.onset_frame, (clip.offset_frame or 0) - clip.onset_frame)
        for clip in clips
    ]
    by_rule = {f"`{rule}`": np.array([one.apexes[rule] for one in found], dtype=float) for rule in APEX_RULES}
    yield from rows("made up", FPS, timed, by_rule)


def averaging_rows(clips: Sequence[Clip], found: Sequence[Looked]) -> Iterator[str]:
    """Yield the lines of the table of what averaging gains."""
    people = [str(clip.subject) for clip in clips]
    yield "| rule | u: one frame → averaged | v | strain | gain, mean of the three (95 %) |"
    yield "|---|---:|---:|---:|---:|"
    for rule in APEX_RULES:
        one, averaged = (np.array([clip.likeness[rule, average] for clip in found]) for average in (False, True))
        cells = [
            f"{before:.3f} → {after:.3f}" for before, after in zip(one.mean(axis=0), averaged.mean(axis=0), strict=True)
        ]
        gain = (averaged - one).mean(axis=1)
        low, high = interval(gain, people)
        yield f"| `{rule}` | {' | '.join(cells)} | {gain.mean():+.3f} ({low:+.3f} to {high:+.3f}) |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How far rules for the apex are off; a Markdown table.")
    parser.add_argument("labels", type=Path, help="folder of the sheets")
    parser.add_argument("flows", type=Path, help=".npz of flow maps, for the names of the subjects")
    parser.add_argument("--clips", type=int, default=48, help="made-up clips, three a person; 0: none")
    given = parser.parse_args()
    subjects = development_subjects(given.flows)
    print("| clips | rule | off by, frames (95 %) | ms (95 %) | share of the clip (95 %) | mean with sign |")
    print("|---|---|---:|---:|---:|---:|")
    for database, name, file, fps in SHEETS:
        timed = timed_clips(given.labels / file, database, subjects) if (given.labels / file).exists() else []
        if timed:
            print(*rows(name, fps, timed, guesses(timed)), sep="\n", flush=True)
    if given.clips:
        with tempfile.TemporaryDirectory() as temporary:
            clips = made_up_clips(Path(temporary) / "made-up", given.clips)
            found = looked_at(clips)
            print(*made_up_rows(clips, found), "", *averaging_rows(clips, found), sep="\n")


if __name__ == "__main__":
    main()
