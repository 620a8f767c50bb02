"""The log that the Micro-Expression Grand Challenges ask for: truth and answers of spotting in one text file.

::

    1                                   a number alone: the videos of another database follow
    019_7 -   -   277 347 FP            video, onset and offset of the truth, of the answer, and what the answer is
    019_7 398 532 -   -   FN            - where there is none

It has no apexes, and does not say which intervals are micro-expressions. Frames are those of the database.

Source:
    Rules of MEGC 2020 and the log published with its baseline (MDMD, He et al., FG 2020). The number of a database is
    another one in other years, so a database is told by the names of its videos.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from glfnet.errors import InputError, reason
from glfnet.samples.problems import check_problems
from glfnet.scores.spotting.answered_videos import AnsweredVideo
from glfnet.scores.spotting.counts import VideoCounts, count_video
from glfnet.scores.spotting.expressions import Expression, matched_pairs

FOUND, FALSE, MISSED = "TP", "FP", "FN"
_NONE = "-"
_WIDTH = 6
_EXPECTED = "lines `video onset offset onset offset TP|FP|FN`, truth first, - where there is none"
_REMEDY = "Correct the line, or write the log again."
# Names of the videos of a database; of several that fit, the first.
_DATABASES = ((r"\d{3}_\d", "SAMM Long Videos"), (r"\d{2}_\d{4}", "CAS(ME)²"))

Ends = tuple[int, int]


def read_megc_log(path: Path) -> list[AnsweredVideo]:
    """Read a log: each video with its truth, its answers, and the counts as the log has marked them.

    A line that repeats an answer of the same video adds none; nor does one that repeats a truth.

    Args:
        path: text in UTF-8; blanks, tabs or commas between the columns.

    Raises:
        InputError: naming every line that is none, whose mark does not fit to what is there, or whose frames are out of
            order; and truths that are found in one line and missed in another.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        found = f"no readable text ({reason(error)})"
        raise InputError(file=path, found=found, expected=_EXPECTED, remedy="Check the path.") from error
    problems: list[InputError] = []
    lines: dict[tuple[str, str], list[tuple[int, Ends | None, Ends | None]]] = defaultdict(list)
    number = ""
    for place, line in enumerate(text.splitlines(), start=1):
        cells = re.split(r"[\s,;]+", line.strip())
        if len(cells) == 1 and (cells[0].isdigit() or not cells[0]):
            number = cells[0] or number
            continue
        try:
            lines[number, cells[0]].append((place, *_truth_and_answer(path, place, cells)))
        except InputError as problem:
            problems.append(problem)
    videos = [_video(path, number, video, rows, problems) for (number, video), rows in lines.items()]
    check_problems(path, problems)
    if not videos:
        raise InputError(file=path, found="no line", expected=_EXPECTED, remedy=_REMEDY)
    return videos


def is_megc_log(path: Path) -> bool:
    """Return whether the first lines of a file look like those of a log."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = [file.readline().strip() for _ in range(2)]
    except (OSError, UnicodeDecodeError):
        return False
    return any(re.search(rf"[\s,;]({FOUND}|{FALSE}|{MISSED})$", line) for line in first)


def megc_log_text(videos: Sequence[AnsweredVideo], kinds: Sequence[str]) -> str:
    """Return a log of these videos, as `read_megc_log` reads it; micro- and macro-expressions are matched apart.

    Args:
        videos: those of one database follow one another.
        kinds: of expressions that are in it, such as those of `labels`.
    """
    lines: list[str] = []
    for number, database in enumerate(dict.fromkeys(video.database for video in videos), start=1):
        lines.append(str(number))
        for video in (video for video in videos if video.database == database):
            rows: list[tuple[Expression | None, Expression | None]] = []
            for kind in kinds:
                true, spotted = ([one for one in side if one.kind == kind] for side in (video.true, video.spotted))
                pairs = {t: s for s, t in matched_pairs(spotted, true)}
                rows += [(one, spotted[pairs[place]] if place in pairs else None) for place, one in enumerate(true)]
                rows += [(None, one) for place, one in enumerate(spotted) if place not in pairs.values()]
            rows.sort(key=lambda row: (min(one.onset_index for one in row if one is not None), row[0] is None))
            lines += [
                "\t".join([video.video, *_ends(true), *_ends(answer), _mark(true, answer)]) for true, answer in rows
            ]
    return "".join(f"{line}\n" for line in lines)


def _truth_and_answer(path: Path, place: int, cells: Sequence[str]) -> tuple[Ends | None, Ends | None]:
    def bad(found: str, expected: str = _EXPECTED) -> InputError:
        return InputError(file=path, row=place, found=found, expected=expected, remedy=_REMEDY)

    if len(cells) != _WIDTH:
        raise bad(f"{len(cells)} columns")
    ends: list[Ends | None] = []
    for which, (first, last) in (("truth", cells[1:3]), ("answer", cells[3:5])):
        if first == last == _NONE:
            ends.append(None)
            continue
        if not (first.isdecimal() and last.isdecimal()):
            raise bad(f"{first} {last} as frames of the {which}", "two whole numbers, or - and -")
        if int(first) > int(last):
            raise bad(f"{which} from frame {first} to {last}", "an onset before the offset")
        ends.append((int(first), int(last)))
    truth, answer = ends
    there = {FOUND: (True, True), FALSE: (False, True), MISSED: (True, False)}.get(cells[5].upper())
    if there is None:
        raise bad(f"{cells[5]!r} at the end", f"{FOUND}, {FALSE} or {MISSED}")
    if there != (truth is not None, answer is not None):
        expected = f"{'a' if there[0] else 'no'} truth and {'an' if there[1] else 'no'} answer with it"
        raise bad(f"{' '.join(cells[1:5])} marked {cells[5]}", expected)
    return truth, answer


def _video(
    path: Path,
    number: str,
    video: str,
    rows: Sequence[tuple[int, Ends | None, Ends | None]],
    problems: list[InputError],
) -> AnsweredVideo:
    true = dict.fromkeys(truth for _, truth, _ in rows if truth is not None)
    spotted = dict.fromkeys(answer for _, _, answer in rows if answer is not None)
    found = {truth for _, truth, answer in rows if truth is not None and answer is not None}
    for place, truth, answer in rows:
        if truth in found and answer is None:
            what = f"the truth {truth[0]} to {truth[1]} of {video} as missed" if truth else ""
            expected = "it once, since another line has found it"
            problems.append(InputError(file=path, row=place, found=what, expected=expected, remedy=_REMEDY))
    none = count_video([], [], ()).confusion
    counts = VideoCounts(spotted=len(spotted), true=len(true), matched=len(found), apex_errors=(), confusion=none)
    subject, between, _ = video.partition("_")
    name = next((name for names, name in _DATABASES if re.fullmatch(names, video)), f"database {number}".strip())
    return AnsweredVideo(
        database=name, subject=subject if between else "", video=video, true=tuple(map(_expression, true)),
        spotted=tuple(map(_expression, spotted)), marked=counts,
    )  # fmt: skip


def _expression(ends: Ends) -> Expression:
    return Expression(onset_index=ends[0], apex_index=None, offset_index=ends[1])


def _ends(one: Expression | None) -> tuple[str, str]:
    return (_NONE, _NONE) if one is None else (str(one.onset_index), str(one.offset_index))


def _mark(true: Expression | None, answer: Expression | None) -> str:
    return FALSE if true is None else MISSED if answer is None else FOUND
