"""Compares a fold's training pictures (`u_train`) with the clips of the other subjects, which they must be."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glfnet.errors import InputError
from glfnet.samples.flow_pictures import FlowPicture, read_flow_picture
from glfnet.samples.sentences import counted, first_few

_NAMED = 5

# The worst first: it is what a reader of the error should see at the top.
_OWN = "of the held-out subject's own clips: whatever is trained here has seen its test"
_UNKNOWN = "that no other subject's u_test has"
_LABEL = "under another label than in u_test"
_PIXELS = "whose pixels differ from the same clip in u_test"
_MISSING = "of other subjects missing"
_ORDER = (_OWN, _UNKNOWN, _LABEL, _PIXELS, _MISSING)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledPicture:
    """One picture below a label folder; `label` is the class name."""

    label: str
    picture: FlowPicture

    @property
    def name(self) -> str:
        """The file's name without its ending and without the space that published copies have before it."""
        return self.picture.path.stem.strip()

    @property
    def digest(self) -> bytes:
        """A fingerprint of the pixels."""
        return hashlib.sha256(repr(self.picture.pixels.shape).encode() + self.picture.pixels.tobytes()).digest()


def fold_disagreements(
    part: Path,
    copies: Sequence[tuple[str, Path]],
    *,
    own: Sequence[LabelledPicture],
    others: Sequence[LabelledPicture],
) -> list[InputError]:
    """Return what is wrong with one `u_train`: at most one problem a kind, and one a file that cannot be read.

    Args:
        part: the folder `u_train`.
        copies: class name and file of each picture in it.
        own: the held-out subject's clips, from its `u_test`.
        others: the clips of all other subjects, from theirs.
    """
    problems: list[InputError] = []
    faults: dict[str, list[str]] = defaultdict(list)
    known = _Known(own, others)
    for label, path in copies:
        try:
            copy = LabelledPicture(label=label, picture=read_flow_picture(path))
        except InputError as problem:
            problems.append(problem)
            continue
        fault = known.find_fault(copy)
        if fault:
            faults[fault].append(copy.name)
    # A copy that cannot be read is there all the same, so names and not readable pictures are counted.
    present = {path.stem.strip() for _, path in copies}
    faults[_MISSING] = sorted({clip.name for clip in others} - present)
    return [_disagreement(part, kind, faults[kind]) for kind in _ORDER if faults[kind]] + problems


class _Known:
    """What `u_test` says about clips, to be asked for each copy."""

    def __init__(self, own: Sequence[LabelledPicture], others: Sequence[LabelledPicture]) -> None:
        self._own_names = {clip.name for clip in own}
        # Two people may have the same map (a clip without movement); only a map that is the held-out subject's alone
        # tells a leak.
        self._own_digests = {clip.digest for clip in own} - {clip.digest for clip in others}
        # File names without the subject in front can occur for several people: any of them may be meant.
        self._others: dict[str, set[tuple[str, bytes]]] = defaultdict(set)
        for clip in others:
            self._others[clip.name].add((clip.label, clip.digest))

    def find_fault(self, copy: LabelledPicture) -> str | None:
        """Return what is wrong with a copy, or None."""
        digest = copy.digest
        candidates = self._others.get(copy.name, set())
        if digest in self._own_digests or (not candidates and copy.name in self._own_names):
            return _OWN
        if not candidates:
            return _UNKNOWN
        if (copy.label, digest) in candidates:
            return None
        return _PIXELS if copy.label in {label for label, _ in candidates} else _LABEL


def _disagreement(part: Path, kind: str, names: Sequence[str]) -> InputError:
    return InputError(
        file=part,
        found=f"{counted(len(names), 'picture')} {kind} ({first_few(sorted(names), _NAMED)})",
        expected="the clips of all other subjects' u_test and nothing else",
        remedy="Delete u_train, which repeats the other folders and is not needed, or correct this copy of the data.",
    )
