"""All databases from the real sheets, with frame folders made here in each database's own layout."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from glfnet.config.settings import ProtocolSettings
from glfnet.databases.casme2 import index_casme2
from glfnet.databases.casme3 import index_casme3
from glfnet.databases.composite import (
    composite_clips,
    composite_differences,
    ground_truth_differences,
    read_ground_truth,
)
from glfnet.databases.dfme import index_dfme
from glfnet.databases.index import Index
from glfnet.databases.index_table import read_index, write_index
from glfnet.databases.samm import index_samm
from glfnet.databases.smic import index_smic
from glfnet.evaluation.labelled_set import label_samples
from glfnet.labels import CASME3, DFME, THREE, seven_classes
from glfnet.samples.five_classes import five_class_differences
from glfnet.samples.flow_set import FlowSet, Sample
from made_up_databases import LABELS, make_frames

pytestmark = pytest.mark.slow

SHEETS = {
    "casme2": "CASME2-coding-20140508.xlsx",
    "samm": "SAMM.xlsx",
    "smic": "smic_apex.xlsx",
    "casme3": "casme3_table.xlsx",
    "dfme": "dfme_training_full_with_AU.xlsx",
}
Place = tuple[str, str]


def casme2_place(row: dict[str, str]) -> Place:
    return f"CASME2_RAW_selected/sub{row['Subject']}/{row['Filename']}", f"img{row['OnsetFrame']}.jpg"


def samm_place(row: dict[str, str]) -> Place:
    digits = 5 if int(row["Offset Frame"]) > 9999 or row["Subject"] < "020" else 4
    name = f"{row['Subject']}_{int(row['Onset Frame']):0{digits}d}.jpg"
    return f"SAMM/{row['Subject']}/{row['Filename']}", name


def smic_place(row: dict[str, str]) -> Place:
    return f"HS_long/SMIC_HS_E/s{int(row['subject']):02d}/{row['clip']}", f"image{int(row['onset_frame']):06d}.jpg"


def casme3_place(row: dict[str, str]) -> Place:
    return f"part_A/{row['Subject']}/{row['Filename'].lower()}/color", f"{row['Onset']}.jpg"


def dfme_place(row: dict[str, str]) -> Place:
    return f"DFME/part_{row['Fps']}/{row['Filename']}", f"{int(row['OnsetFrame']):05d}.png"


INDEXERS: dict[str, tuple[Callable[[dict[str, str]], Place], Callable[[Path, Path], Index], int]] = {
    "casme2": (casme2_place, index_casme2, 255),
    "samm": (samm_place, index_samm, 159),
    "smic": (smic_place, index_smic, 164),
    "casme3": (casme3_place, index_casme3, 860),
    "dfme": (dfme_place, index_dfme, 1856),
}


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Index]:
    if not all((LABELS / name).is_file() for name in SHEETS.values()):
        pytest.skip("the licensed label sheets are not in ../shared/data/labels")
    found = {}
    for database, (place, index, _) in INDEXERS.items():
        root = tmp_path_factory.mktemp(database)
        for row in pd.read_excel(LABELS / SHEETS[database], dtype=str).to_dict("records"):
            folder, name = place(row)
            make_frames(root / folder, [name])
        found[database] = index(root, LABELS / SHEETS[database])
    return found


@pytest.mark.parametrize("database", INDEXERS)
def test_the_counts_are_the_published_ones_and_no_clip_lacks_frames(indexes: dict[str, Index], database: str) -> None:
    index = indexes[database]
    assert len(index.clips) == INDEXERS[database][2]
    assert not [note for note in index.notes if "instead of" in note or "without frames" in note or "row in" in note]
    assert all(clip.frames.is_dir() for clip in index.clips)
    assert len({clip.sample_id for clip in index.clips}) == len(index.clips)


def test_the_composite_database_is_megc2019_clip_by_clip(indexes: dict[str, Index]) -> None:
    clips = [clip for name in ("casme2", "samm", "smic") for clip in indexes[name].clips]
    members = composite_clips(clips)
    counts = Counter((c.subject.database, THREE.find_class(c.subject.database, c.emotion)) for c in members)
    assert [counts[name, k] for name in ("smic", "casme2", "samm") for k in (0, 1, 2)] == [
        70, 51, 43, 88, 32, 25, 92, 26, 15,
    ]  # fmt: skip
    assert len(members) == 442
    assert composite_differences(clips) == []
    table = LABELS / "megc2019_combined_3class.csv"
    assert ground_truth_differences(clips, read_ground_truth(table)) == []
    assert not [c.sample_id for c in clips if c.excluded]


@pytest.mark.parametrize("database", ["casme2", "samm"])
def test_the_five_classes_have_the_published_counts(indexes: dict[str, Index], database: str) -> None:
    samples = [
        Sample(subject=clip.subject, clip=clip.clip, emotion=clip.emotion)
        for clip in indexes[database].clips
        if not clip.excluded
    ]
    flow = FlowSet(samples=tuple(samples), maps=np.zeros((len(samples), 3, 1, 1), dtype=np.float32))
    five = label_samples(flow, ProtocolSettings(name="sde", classes="five"))
    assert five_class_differences(five.flow.samples) == []
    assert np.bincount(five.truth).tolist() == {"casme2": [32, 63, 27, 25, 99], "samm": [26, 57, 12, 15, 26]}[database]
    three = label_samples(flow, ProtocolSettings())
    assert np.bincount(three.truth).tolist() == {"casme2": [88, 32, 25], "samm": [92, 26, 15]}[database]


def test_casme2_has_five_corrections_and_those_clips_no_apex(indexes: dict[str, Index]) -> None:
    corrected = sorted(f"{c.subject}/{c.clip}" for c in indexes["casme2"].corrections)
    assert corrected == ["sub05/EP09_05f", "sub05/EP16_04f", "sub12/EP09_06", "sub20/EP16_01", "sub25/EP18_04f"]
    without = [c for c in indexes["casme2"].clips if c.apex_frame is None]
    assert sorted(f"{c.subject.name}/{c.clip}" for c in without) == corrected


def test_quirks_of_the_other_sheets(indexes: dict[str, Index]) -> None:
    assert indexes["samm"].corrections == ()
    assert {c.fps for c in indexes["dfme"].clips} == {200.0, 300.0, 500.0}
    assert sum(c.offset_frame is None for c in indexes["smic"].clips) == 7
    assert any("apexes are those of smic_apex.xlsx" in note for note in indexes["smic"].notes)
    casme3 = indexes["casme3"].clips
    assert sum(c.offset_frame is None for c in casme3) == 2
    assert sum(c.onset_frame == c.apex_frame for c in casme3) == 54  # the data doctor's matter, no error here
    assert len(indexes["casme3"].corrections) == 2


@pytest.mark.parametrize("database", [CASME3, DFME])
def test_the_seven_classes_hold_every_clip(indexes: dict[str, Index], database: str) -> None:
    seven = seven_classes(database)
    assert seven is not None
    assert {seven.find_class(database, clip.emotion) for clip in indexes[database].clips} == set(range(7))


@pytest.mark.parametrize("database", INDEXERS)
def test_an_index_survives_writing_and_reading(indexes: dict[str, Index], database: str, tmp_path: Path) -> None:
    write_index(tmp_path / "index.csv", indexes[database].clips)
    assert read_index(tmp_path / "index.csv") == list(indexes[database].clips)
    with (tmp_path / "index.csv").open(newline="") as lines:
        assert len(list(csv.reader(lines))) == INDEXERS[database][2] + 1
