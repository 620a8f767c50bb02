"""The counts of action units: only clips that are asked for, and only units that are certainly there."""

from pathlib import Path

from count_units import SHEETS, by_class, read_cells, sets_table, units_table

from glfnet.labels import CASME2, SAMM
from glfnet.samples.flow_set import Sample
from glfnet.samples.subjects import SubjectId
from made_up_databases import write_sheet


def sample(database: str, subject: str, clip: str, emotion: str) -> Sample:
    return Sample(subject=SubjectId(database, subject), clip=clip, emotion=emotion)


def test_units_are_counted_by_class_over_the_clips_that_are_asked_for(tmp_path: Path) -> None:
    heading = ["Subject", "Filename", "Action Units"]
    rows = [[n, f"EP0{n}_01", cell] for n, cell in enumerate(["L4+R7", "4", "4+7A", "12"], start=1)]
    write_sheet(tmp_path / SHEETS[CASME2], [heading, *rows])
    write_sheet(tmp_path / SHEETS[SAMM], [heading, ["006", "006_1_2", "L12 or L14"], ["007", "007_1_1", "12+x"]])
    samples = [
        *(sample(CASME2, f"sub0{n}", f"EP0{n}_01", "disgust") for n in (1, 2, 3)),
        sample(SAMM, "006", "006_1_2", "happiness"),
        sample(SAMM, "007", "007_1_1", "happiness"),
        sample("smic", "s01", "s01_po_01", "positive"),
    ]
    readings = by_class(read_cells(tmp_path), samples)
    assert units_table(readings).splitlines() == [
        "| | negative, 3 clips | positive, 2 clips | surprise, 0 clips |",
        "|---|---:|---:|---:|",
        "| AU4 | 3 | 0 | 0 |",
    ]
    assert sets_table(readings).splitlines()[2:] == [
        "| negative | 4+7 (2), 4 (1) |",
        "| positive |  |",
        "| surprise |  |",
    ]
