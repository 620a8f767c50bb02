"""Many faults, one error: readers look at everything and raise once, so that a user corrects it in one go."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from glfnet.errors import InputError

_LISTED = 20


def check_problems(file: Path, problems: Sequence[InputError]) -> None:
    """Raise all collected problems as a single error, or return if there are none.

    Args:
        file: what the user named: the folder, the CSV or the `.npz`.
        problems: one error a fault. The first 20 are listed in the text; all of them, with their parts as attributes,
            are the `exceptions` of the raised error's `__cause__`.

    Raises:
        InputError: the problem itself if there is one; otherwise one error that lists them.
    """
    if len(problems) == 1:
        raise problems[0]
    if problems:
        lines = [f"  {problem}" for problem in problems[:_LISTED]]
        more = len(problems) - _LISTED
        raise InputError(
            file=file,
            found=f"{len(problems)} problems",
            expected="none",
            remedy="\n".join(
                ["Nothing was read; correct these first:", *lines, *([f"  and {more} more."] * (more > 0))]
            ),
            settings=tuple(dict.fromkeys(name for problem in problems for name in problem.settings)),
        ) from ExceptionGroup(f"problems in {file}", list(problems))


def duplicate_ids(file: Path, ids: Iterable[str], places: Iterable[str]) -> list[InputError]:
    """Return one problem for each sample id that occurs more than once.

    Args:
        file: what the user named.
        ids: the sample id of each clip.
        places: where each clip stands in `file`, in words.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for sample_id, place in zip(ids, places, strict=True):
        found[sample_id].append(place)
    return [
        InputError(
            file=file,
            found=f"clip {sample_id} {len(listed)} times ({', '.join(listed)})",
            expected="each clip once",
            remedy="Keep one of them, or name the clips apart.",
        )
        for sample_id, listed in found.items()
        if len(listed) > 1
    ]
