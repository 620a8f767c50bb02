"""Recordings of made-up faces, index, check, flow maps, evaluation, report: what each hands to the next."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from glfnet.databases.check.diagnosis import Diagnosis, diagnose
from glfnet.databases.index import Index
from glfnet.databases.index_table import read_index, write_index
from glfnet.databases.own_data import index_own_data
from glfnet.databases.prepare import Prepared, prepare, read_clips
from glfnet.databases.recordings import face_finder
from glfnet.evaluation.evaluate import Run, evaluate
from glfnet.flow.settings import FlowSettings
from glfnet.labels import THREE_CLASSES
from glfnet.samples.flow_set import FlowSet
from glfnet.samples.read import read_flow_set
from glfnet.samples.store.index import read_store_index
from glfnet.settings_page import read_settings
from glfnet.synthetic.database import write_synthetic_database

SUBJECTS, CLIPS = 3, 3
pytestmark = pytest.mark.slow
ALL = SUBJECTS * CLIPS
DIS = FlowSettings(method="dis")


@dataclass(frozen=True)
class Road:
    """What came out at each joint."""

    folder: Path
    index: Index
    diagnosis: Diagnosis
    prepared: Prepared
    flow: FlowSet
    run: Run


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    """Go the road once. Tests change nothing in its folder."""
    folder = tmp_path_factory.mktemp("road")
    table = write_synthetic_database(
        folder / "faces", subjects=SUBJECTS, clips_per_subject=CLIPS, size_px=192, fps=50, flow=False
    )
    index = index_own_data(table)
    write_index(folder / "faces.csv", index.clips)
    clips = read_index(folder / "faces.csv")
    diagnosis = diagnose(clips, folder / "faces.csv", find_face=face_finder())
    prepared = prepare(read_clips([folder / "faces.csv"]), folder / "store", DIS)
    flow = read_flow_set(folder / "store")
    settings = read_settings("glfnet", ["training.epochs=2"])
    run = evaluate(flow, folder / "run", settings, seeds=(0, 1), source="store")
    return Road(folder, index, diagnosis, prepared, flow, run)


@pytest.mark.slow
def test_every_clip_is_indexed_and_the_doctor_has_nothing_to_say(road: Road) -> None:
    assert len(road.index.clips) == ALL
    assert Counter(clip.emotion for clip in road.index.clips) == dict.fromkeys(THREE_CLASSES, ALL // 3)
    assert {clip.subject.database for clip in road.index.clips} == {"synth"}
    assert road.diagnosis.findings == ()
    assert [look.face_width_px is not None for look in road.diagnosis.looks] == [True] * ALL


def test_every_clip_has_a_flow_map_of_its_annotated_frames(road: Road) -> None:
    rows = read_store_index(road.folder / "store")
    assert (road.prepared.made, road.prepared.damaged, len(road.prepared.rows)) == (ALL, 0, ALL)
    assert rows == road.prepared.rows
    kept = [(row.sample.sample_id, row.entry.onset_frame, row.entry.apex_frame, row.entry.excluded) for row in rows]
    assert kept == [(clip.sample_id, clip.onset_frame, clip.apex_frame, "") for clip in road.index.clips]
    assert road.flow.maps.shape == (ALL, 3, 28, 28)
    assert [sample.sample_id for sample in road.flow.samples] == [clip.sample_id for clip in road.index.clips]


def test_every_clip_is_predicted_once_a_seed_by_a_model_that_never_saw_its_subject(road: Road) -> None:
    found = Counter(zip(road.run.predictions.seed.tolist(), road.run.predictions.sample_id.tolist(), strict=True))
    assert found == {(seed, clip.sample_id): 1 for seed in (0, 1) for clip in road.index.clips}
    assert (road.folder / "run" / "predictions.csv").read_text().count("\n") == 1 + 2 * ALL
    folds = {sample.rsplit("/", 1)[0] for sample in road.run.predictions.sample_id}
    assert folds == set(road.run.predictions.fold.tolist())
    assert len(folds) == SUBJECTS


def test_the_report_is_there_and_names_what_was_held_out(road: Road) -> None:
    assert road.run.report == road.folder / "run" / "report.html"
    page = road.run.report.read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "glfnet on store" in page
    assert all(f"synth/p0{subject}" in page for subject in range(1, SUBJECTS + 1))


@pytest.mark.slow
@pytest.mark.usefixtures("without_report")
def test_the_classes_can_be_learnt_from_other_people(road: Road, tmp_path: Path) -> None:
    run = evaluate(road.flow, tmp_path / "run", read_settings("logistic_regression"))
    assert run.metrics["fixed"]["full"]["uf1"]["mean"] > 0.6  # guessing reaches 1/3


def test_going_the_road_again_makes_nothing_anew(road: Road) -> None:
    before = stamps(road.folder)
    write_synthetic_database(
        road.folder / "faces", subjects=SUBJECTS, clips_per_subject=CLIPS, size_px=192, fps=50, flow=False
    )
    again = prepare(read_clips([road.folder / "faces.csv"]), road.folder / "store", DIS)
    after = stamps(road.folder)
    assert (again.made, again.rows) == (0, road.prepared.rows)
    changed = {file.name for file, stamp in after.items() if before.get(file) != stamp}
    assert changed <= {"index.csv"}, "only the table of the recordings is written again"


def stamps(folder: Path) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
