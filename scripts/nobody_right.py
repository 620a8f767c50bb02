"""Which clips no model gets right, and whether their true action units would have told the class.

    python scripts/nobody_right.py FLOWS runs/dev/b-logistic_regression runs/dev/b-rbf_svm ... \
        --units LABELS/CASME2-coding-20140508.xlsx LABELS/SAMM.xlsx

Each run is one of `glfnet evaluate` on the same maps; a run with several seeds counts each of them. Beside the maps,
the same people are left out in turn by logistic regression on the units that the sheets list (1 there, 0 not there, or
not known): is what is missed missing in the maps, or in the units? Prints the tables of docs/measurements.md.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from glfnet.databases.unit_sheets import with_action_units
from glfnet.errors import ProtocolError
from glfnet.evaluation.labelled_set import LabelledSet, label_samples
from glfnet.evaluation.protocol import make_folds
from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.notation import read_units
from glfnet.report.published import scope_name
from glfnet.samples.read import read_flow_set
from glfnet.scores.metrics import confusion, uf1
from glfnet.scores.predictions import read_predictions
from glfnet.settings_page import read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip: what it is, how many of the answers were right, and what its true units alone would say.

    `units` are the units that are certainly there; empty where the database lists none, and `by_units` is None there.
    """

    sample_id: str
    database: str
    truth: str
    units: tuple[int, ...]
    right: int
    answers: int
    said: str
    by_units: str | None


def read_answers(runs: Sequence[Path], data: LabelledSet) -> NDArray[np.int64]:
    """Return (A, N) class indices: the answers of every run and seed, in the order of the samples.

    Raises:
        ProtocolError: if a run is of other clips.
    """
    names = {sample.sample_id: i for i, sample in enumerate(data.flow.samples)}
    answers = []
    for run in runs:
        table = read_predictions(run / "predictions.csv")
        for seed in np.unique(table.seed):
            rows = table.seed == seed
            if sorted(table.sample_id[rows]) != sorted(names):
                raise ProtocolError(f"{run}: found other clips than in the maps. Evaluate these maps.")
            answer = np.empty(len(names), dtype=np.int64)
            answer[[names[clip] for clip in table.sample_id[rows]]] = table.prediction[rows]
            answers.append(answer)
    return np.stack(answers)


def unit_features(data: LabelledSet) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (N, U) 1 where a unit is certainly there, and (N,) whether anything is known of a clip's units."""
    readings = [read_units(sample.action_units) for sample in data.flow.samples]
    there = np.array([[reading.presence(unit) is True for unit in ACTION_UNITS] for reading in readings])
    known = np.array([bool(reading.marks) for reading in readings])
    return there.astype(np.float64), known


def told_by_units(data: LabelledSet) -> NDArray[np.int64]:
    """Return (N,) the class that the true units say, learnt from other people's; -1 where no units are known."""
    features, known = unit_features(data)
    said = np.full(len(known), -1, dtype=np.int64)
    for fold in make_folds(data.flow.samples, read_settings("glfnet").protocol):
        train = [i for i in fold.train if known[i]]
        test = [i for i in fold.test if known[i]]
        if test:
            model = LogisticRegression(class_weight="balanced", max_iter=5000)
            said[test] = model.fit(features[train], data.truth[train]).predict(features[test])
    return said


def clips(data: LabelledSet, answers: NDArray[np.int64]) -> list[Clip]:
    """Return every clip with what was said of it."""
    features, by_units = unit_features(data)[0], told_by_units(data)
    units = list(ACTION_UNITS)
    found = []
    for i, sample in enumerate(data.flow.samples):
        most = int(np.bincount(answers[:, i]).argmax())
        found.append(
            Clip(
                sample_id=sample.sample_id,
                database=sample.subject.database,
                truth=data.classes[data.truth[i]],
                units=tuple(units[u] for u in np.flatnonzero(features[i])),
                right=int((answers[:, i] == data.truth[i]).sum()),
                answers=len(answers),
                said=data.classes[most],
                by_units=None if by_units[i] < 0 else data.classes[by_units[i]],
            )
        )
    return found


def counts_table(found: Sequence[Clip]) -> str:
    """Return by database and class: clips, how many nobody and everybody gets right, and what the units would tell."""
    lines = [
        "| | class | clips | everybody right | nobody right | of these, told by units | of all, told by units |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    groups = sorted({(clip.database, clip.truth) for clip in found})
    for database, truth in [*groups, ("", "")]:
        group = [clip for clip in found if not truth or (clip.database, clip.truth) == (database, truth)]
        missed = [clip for clip in group if clip.right == 0]
        name = scope_name(database) if truth else "All"
        everybody = sum(clip.right == clip.answers for clip in group)
        cells = [name, truth or "all", len(group), everybody, len(missed), _told(missed), _told(group)]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def sets_table(found: Sequence[Clip], *, names: bool) -> str:
    """Return the clips that nobody gets right by database and set of units: their number, or names, and what was said.

    SMIC lists no units and is left out; of several answers to a clip, the most frequent one counts.
    """
    groups: dict[tuple[str, tuple[int, ...], str], list[Clip]] = {}
    for clip in found:
        if clip.right == 0 and clip.by_units is not None:
            groups.setdefault((clip.database, clip.units, clip.truth), []).append(clip)
    lines = [
        "| | true units | class | clips | said instead | their units say |",
        "|---|---|---|---|---|---|",
    ]
    for (database, units, truth), group in sorted(groups.items()):
        which = ", ".join(clip.sample_id.partition("/")[2] for clip in group) if names else str(len(group))
        said, by_units = _listed([clip.said for clip in group]), _listed([clip.by_units or "" for clip in group])
        shown = " + ".join(f"AU{unit}" for unit in units) or "none for certain"
        lines.append(f"| {scope_name(database)} | {shown} | {truth} | {which} | {said} | {by_units} |")
    return "\n".join(lines)


def units_sentence(data: LabelledSet) -> str:
    """Return how well the true units tell the class of all clips that have some."""
    said = told_by_units(data)
    of_all = _unit_score(said, data, said >= 0)
    databases = np.array([sample.subject.database for sample in data.flow.samples])
    parts = [
        f"{scope_name(name)} {_unit_score(said, data, (said >= 0) & (databases == name)):.3f}"
        for name in sorted({*databases[said >= 0]})
    ]
    return f"From the true units of {int((said >= 0).sum())} clips: UF1 {of_all:.3f} ({', '.join(parts)})."


def _unit_score(said: NDArray[np.int64], data: LabelledSet, rows: NDArray[np.bool_]) -> float:
    return float(uf1(confusion(data.truth[rows], said[rows], len(data.classes))))


def _told(group: Sequence[Clip]) -> str:
    known = [clip for clip in group if clip.by_units is not None]
    return f"{sum(clip.by_units == clip.truth for clip in known)} of {len(known)}" if known else "no units"


def _listed(words: Sequence[str]) -> str:
    counts: Mapping[str, int] = {word: words.count(word) for word in dict.fromkeys(words)}
    return ", ".join(word if len(counts) == 1 else f"{word} ({n})" for word, n in counts.items())


def main() -> None:
    """Print both tables and what true units tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flows", type=Path)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--units", nargs="+", type=Path, required=True, metavar="SHEET")
    parser.add_argument("--names", action="store_true", help="name the clips instead of counting them")
    asked = parser.parse_args()
    flow = with_action_units(read_flow_set(asked.flows), asked.units)
    data = label_samples(flow, read_settings("glfnet").protocol)
    answers = read_answers(asked.runs, data)
    found = clips(data, answers)
    print(f"{len(answers)} answers for each of {len(found)} clips.")
    print(counts_table(found), sets_table(found, names=asked.names), units_sentence(data), sep="\n\n")


if __name__ == "__main__":
    main()
