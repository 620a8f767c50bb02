"""The contact sheet of a store: what it says and shows of each clip, how large it is, what a lack of frames does."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from command_line import Command
from glfnet.databases.clip import Clip
from glfnet.databases.contact.pictures import flow_picture
from glfnet.databases.contact.sheet import contact_page, contact_sheet, is_contact_page
from glfnet.databases.index_table import write_index
from glfnet.errors import InputError
from glfnet.faces.detector import Face
from glfnet.samples.flow_set import Sample
from glfnet.samples.store.folder import StoreEntry, open_store
from glfnet.samples.store.index import write_store_index
from glfnet.samples.subjects import SubjectId
from glfnet.synthetic.clip import render_clip
from whole_pages import MOST_BYTES, faults_of

PERSON = SubjectId("lab", "<p1>")
SETTINGS = {"crop": "wide", "crop_px": 224, "method": "dis", "size_px": 28, "rigid_correction": True, "detector": "d"}
NO_FACE = "no face found in onset frame 46 (640 x 480 pixels)"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a store of three clips: one annotated, one with an estimated, averaged apex, one excluded."""
    kept = open_store(tmp_path / "maps")
    made = StoreEntry(
        sample_id=f"{PERSON}/a", key="k", frames_digest="d", settings=json.dumps(SETTINGS), onset_frame=1, apex_frame=5,
        eye_distance_px=71.68,
    )  # fmt: skip
    entries = [
        made,
        replace(made, sample_id=f"{PERSON}/b", apex_estimated=True, averaged=(3, 4, 5)),
        replace(made, sample_id=f"{PERSON}/c", excluded=NO_FACE, apex_frame=None),
    ]
    for entry in entries:
        kept.put(entry, None if entry.excluded else np.full((3, 28, 28), 0.5, dtype=np.float32))
    samples = [Sample(subject=PERSON, clip=name, emotion="surprise", action_units="1+2") for name in "abc"]
    write_store_index(kept, samples)
    return kept.path


@pytest.fixture
def clips(tmp_path: Path) -> list[Clip]:
    """Return where the frames of `a` are; those of `b` are gone."""
    frames, _ = render_clip(0, 1, 1, size_px=96, fps=50)
    (tmp_path / "a").mkdir()
    for number in (1, 5):
        Image.fromarray(frames[number]).save(tmp_path / "a" / f"img{number}.png")
    clip = Clip(
        subject=PERSON, clip="a", emotion="surprise", frames=tmp_path / "a", onset_frame=1, apex_frame=5,
        offset_frame=9, fps=50,
    )  # fmt: skip
    return [clip, replace(clip, clip="b", frames=tmp_path / "gone")]


class OneFace:
    """A detector that finds one face, tells what it was shown, and needs no network."""

    name = "one"

    def detect(self, frame: np.ndarray) -> list[Face]:
        points = np.array([[35, 40], [61, 40], [48, 52], [39, 66], [57, 66]], dtype=np.float64)
        return [Face(box=(20.0, 20.0, 76.0, 76.0), points=points, score=1.0)]


def test_how_each_map_was_made_is_said_in_words(store: Path) -> None:
    assert list(contact_sheet(store).lines()) == [
        "3 clips of 1 subject: 2 with a flow map, 1 excluded.",
        "2 maps: dis in the crop wide of 224 pixels; 28 x 28 pixels; the head's movement taken out; faces found by d.",
        "Apex of 1 clip: as annotated.",
        "Apex of 1 clip: estimated by the rule flow; in 1 the flow to several frames like it is averaged.",
        f"lab/<p1>/c is excluded: {NO_FACE}.",
    ]


def test_the_page_shows_onset_apex_and_flow_of_every_clip_and_says_what_it_lacks(
    store: Path, clips: list[Clip]
) -> None:
    page = contact_page(contact_sheet(store, clips, OneFace(), shown=10))
    assert "<p1>" not in page
    for said in (
        "frame 1 to 5, apex annotated",
        "frame 1 to each of 3, 4, 5, their flow averaged, apex estimated by flow",
        "surprise; action units 1+2",
        "no readable folder",
        NO_FACE,
        "This page contains frames of lab.",
        "Onset and apex are shown in the crop that the flow was made in",
    ):
        assert said in " ".join(page.split()), said
    alts = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert alts == ["onset 1", "apex 5", "flow, up to 0.71 pixels", "flow, up to 0.71 pixels"]
    assert faults_of(page) == []


def test_without_indexes_there_is_flow_alone_and_the_page_says_why(store: Path) -> None:
    page = " ".join(contact_page(contact_sheet(store, shown=10)).split())
    assert "No frame is shown: name the index that the store was made from with <code>--frames</code>" in page
    assert "This page contains frames" not in page
    assert page.count("no index that names it") == 4
    assert len(re.findall("<img ", page)) == 2


def test_a_flow_map_is_darkest_where_the_skin_moves_most_and_strokes_point_there() -> None:
    flow = np.zeros((3, 28, 28), dtype=np.float32)
    flow[0, 8:20, 14:] = 1.0
    picture = np.asarray(flow_picture(flow).convert("L"), dtype=float)
    assert picture[30:60, 50:].mean() < 0.5 * picture[30:60, :42].mean()
    assert np.asarray(flow_picture(0 * flow)).mean() > 200, "a map without movement is light, not an error"


def test_only_the_first_clips_have_pictures_but_all_have_words(store: Path, clips: list[Clip]) -> None:
    page = contact_page(contact_sheet(store, clips, shown=1))
    assert page.count('<article class="clip">') == 2
    assert len(re.findall("<img ", page)) == 3
    assert "The first 1 clips have pictures." in page
    assert "Onset and apex are whole frames." in page


def test_a_sheet_of_442_clips_stays_below_five_megabytes(store: Path, clips: list[Clip]) -> None:
    sheet = contact_sheet(store, clips, OneFace(), shown=10)
    many = replace(sheet, clips=sheet.clips[:1] * 442)
    page = contact_page(many)
    assert len(page.encode()) < MOST_BYTES
    assert page.count("<img ") == 3 * 442


def test_a_sheet_replaces_a_sheet_of_the_same_store_and_nothing_else(
    store: Path, tmp_path: Path, command: Command
) -> None:
    page, other = tmp_path / "contact.html", tmp_path / "other.html"
    other.write_text("<title>mine</title>")
    for _ in range(2):
        said = command("check", store, "--html", page)
        assert said.status == 0, said.err
        assert said.out.splitlines()[-1] == str(page)
    assert is_contact_page(page, store)
    said = command("check", store, "--html", other)
    assert (said.status, other.read_text()) == (1, "<title>mine</title>")
    assert "other.html: found a file that is not a page about maps" in said.err


def test_what_belongs_to_an_index_is_refused_for_a_store_and_the_other_way_round(
    store: Path, clips: list[Clip], tmp_path: Path, command: Command
) -> None:
    write_index(tmp_path / "lab.csv", clips)
    said = command("check", store, "--ground-truth", tmp_path / "lab.csv")
    assert "check: found --ground-truth for a store; expected an index of clips." in said.err
    said = command("check", tmp_path / "lab.csv", "--frames", tmp_path / "lab.csv")
    assert "check: found --frames for an index, which names its frames itself; expected a store." in said.err
    said = command("check", store, "--no-faces", "--frames", tmp_path / "lab.csv", "--html", tmp_path / "c.html")
    assert said.status == 0, said.err
    assert "whole frames" in (tmp_path / "c.html").read_text()


def test_an_unfinished_store_has_no_sheet(store: Path, tmp_path: Path) -> None:
    (store / "index.csv").unlink()
    with pytest.raises(InputError, match="found an unfinished store"):
        contact_sheet(store)
