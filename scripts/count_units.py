"""Count which action units the sheets of CASME II and SAMM list for each class, over the development subjects only.

    python scripts/count_units.py LABELS FLOWS.npz

LABELS is the folder with the two sheets, FLOWS.npz the published flow maps of the development subjects: only their
clips count. Prints the tables of docs/action_units.md: how often each unit is there, and the sets that are listed most.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from glfnet.databases.sheets import read_sheet
from glfnet.facs.atlas import ACTION_UNITS
from glfnet.facs.notation import UnitReading, read_units
from glfnet.labels import CASME2, SAMM, THREE, THREE_CLASSES
from glfnet.samples.flow_set import Sample
from glfnet.samples.read import read_flow_set
from glfnet.samples.subjects import clip_name, subject_id

SHEETS = {CASME2: "CASME2-coding-20140508.xlsx", SAMM: "SAMM.xlsx"}
_COLUMNS = {"subject": ("Subject",), "clip": ("Filename",)}
_UNITS = {"action_units": ("Action Units",)}
_RARE = 3  # a unit in fewer clips of a class than this is not listed there

Readings = Mapping[str, list[UnitReading]]
"""Class -> what its clips' cells say."""


def read_cells(folder: Path) -> dict[str, str]:
    """Return what the sheets list for each clip: sample id -> cell."""
    cells = {}
    for database, name in SHEETS.items():
        for row in read_sheet(folder / name, _COLUMNS, _UNITS).rows:
            subject = subject_id(database, row.cells["subject"])
            cells[f"{subject}/{clip_name(subject, row.cells['clip'])}"] = row.cells.get("action_units", "")
    return cells


def by_class(cells: Mapping[str, str], samples: Iterable[Sample]) -> Readings:
    """Return the cells of these clips, each read, by their class; clips without a row are left out."""
    found: dict[str, list[UnitReading]] = {name: [] for name in THREE_CLASSES}
    for sample in samples:
        label = THREE.find_class(sample.subject.database, sample.emotion)
        if label is not None and sample.sample_id in cells:
            found[THREE_CLASSES[label]].append(read_units(cells[sample.sample_id]))
    return found


def units_table(readings: Readings) -> str:
    """Return how many clips of each class have a unit, as a table; units in fewer than three of every class are out."""
    counts = {
        name: {u: sum(r.presence(u) is True for r in of_class) for u in ACTION_UNITS}
        for name, of_class in readings.items()
    }
    listed = [unit for unit in ACTION_UNITS if any(counts[name][unit] >= _RARE for name in readings)]
    lines = [
        f"| | {' | '.join(f'{name}, {len(of_class)} clips' for name, of_class in readings.items())} |",
        "|---|" + "---:|" * len(readings),
    ]
    lines += [f"| AU{unit} | {' | '.join(str(counts[name][unit]) for name in readings)} |" for unit in listed]
    return "\n".join(lines)


def sets_table(readings: Readings, most: int = 6) -> str:
    """Return the sets of units that are listed most for each class, whatever the sides, as a table."""
    lines = ["| class | sets of units, with their clips |", "|---|---|"]
    for name, of_class in readings.items():
        sets = Counter(
            "+".join(str(u) for u in sorted({mark.number for mark in reading.marks or () if mark.certain}))
            for reading in of_class
            if not reading.unread and any(mark.certain for mark in reading.marks or ())
        )
        shown = sorted(sets.items(), key=lambda one: (-one[1], one[0]))[:most]
        lines.append(f"| {name} | {', '.join(f'{units} ({count})' for units, count in shown)} |")
    return "\n".join(lines)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("flows", type=Path)
    given = parser.parse_args()
    readings = by_class(read_cells(given.labels), read_flow_set(given.flows).samples)
    print(units_table(readings), sets_table(readings), sep="\n\n")


if __name__ == "__main__":
    main()
