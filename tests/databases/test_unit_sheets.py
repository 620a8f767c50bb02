"""Action units of clips whose maps were made elsewhere are read from sheets and indexes."""

from pathlib import Path

import pandas as pd
import pytest

from glfnet.databases.unit_sheets import with_action_units
from glfnet.errors import InputError
from glfnet.samples.flow_set import FlowSet, Sample
from glfnet.samples.subjects import SubjectId


@pytest.fixture
def flow(tiny_flow: FlowSet) -> FlowSet:
    named = [("casme2", "sub01", "EP02_01f"), ("casme2", "sub02", "EP01_11f"), ("samm", "006", "006_1_2")]
    samples = tuple(Sample(subject=SubjectId(d, s), clip=c, emotion="happiness") for d, s, c in named)
    return FlowSet(samples=samples, maps=tiny_flow.maps[:3])


def sheet(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    pd.DataFrame(rows, columns=["Subject", "Filename", "Action Units"]).to_csv(path, index=False)
    return path


def test_each_sheet_belongs_to_the_database_whose_clips_it_names(flow: FlowSet, tmp_path: Path) -> None:
    casme2 = sheet(tmp_path / "a.csv", [("1", "EP02_01f", "4+L10"), ("9", "EP09_01", "12")])
    samm = sheet(tmp_path / "b.csv", [("6", "006_1_2", "AU12")])
    units = [sample.action_units for sample in with_action_units(flow, [casme2, samm]).samples]
    assert units == ["4+L10", "", "AU12"]


def test_a_sheet_of_another_database_says_what_was_expected(flow: FlowSet, tmp_path: Path) -> None:
    other = sheet(tmp_path / "a.csv", [("spNO.1", "a", "4")])
    with pytest.raises(InputError) as caught:
        with_action_units(flow, other)
    assert str(caught.value) == (
        f"{other}: found no clip of these flow maps; expected subjects and clips as in the maps, such as "
        "casme2/sub01/EP02_01f. Name the sheet of the same database; or make an index of it (`glfnet index`) and name "
        "that."
    )


def test_a_sheet_without_units_is_refused(flow: FlowSet, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Subject,Filename,Emotion\n1,EP02_01f,happiness\n")
    with pytest.raises(InputError, match="without Action Units"):
        with_action_units(flow, path)
